"""DATA_DIR: what lies where, who holds it, and the keys generated for demo and tests."""

import base64
import errno
import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backoffice.common.embedded.errors import EmbeddedError

PROJECT_ROOT = Path(__file__).resolve().parents[3]
NEEDED_MEGABYTES = 300
LARGE_LOG = 10_000_000
FULL_BYTES = 1_000_000
DISK_FULL = "The disk that holds {folder} is full: make room, or point DATA_DIR elsewhere."


@dataclass(frozen=True)
class DataDir:
    path: Path

    @classmethod
    def from_environment(cls) -> "DataDir":
        return cls(Path(os.environ.get("DATA_DIR") or PROJECT_ROOT / ".data").absolute())

    @property
    def state_file(self) -> Path:
        return self.path / "state.json"

    @property
    def keys_file(self) -> Path:
        return self.path / "keys.json"

    def log(self, name: str) -> Path:
        """Path of one log; a large one of an earlier run is moved aside."""
        path = self.path / "log" / f"{name}.log"
        if path.exists() and path.stat().st_size > LARGE_LOG:
            path.replace(path.with_suffix(".log.1"))
        return path

    def create(self) -> None:
        """Make the folders; the account of the database server must be able to pass through.

        Raises:
            EmbeddedError: the right to write is missing or the disk is full.
        """
        with sentence_for_os_errors(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            if os.geteuid() == 0:
                self.path.chmod(0o711)
            (self.path / "log").mkdir(exist_ok=True)
            if not os.access(self.path, os.W_OK | os.X_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(self.path))
        self._check_room()

    def _check_room(self) -> None:
        free = shutil.disk_usage(self.path).free // 1_000_000
        if free < NEEDED_MEGABYTES:
            raise EmbeddedError(
                f"The disk that holds {self.path} has {free} MB left and {NEEDED_MEGABYTES} MB are needed: "
                "make room, or point DATA_DIR elsewhere."
            )

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the folder alone while servers of this process live in it.

        Raises:
            EmbeddedError: another process holds it.
        """
        handle = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            raise EmbeddedError(
                f"The servers in {self.path} already run: stop them first, or choose another DATA_DIR."
            ) from None
        try:
            yield
        finally:
            os.close(handle)


def failure(folder: Path, sentence: str, log: str) -> EmbeddedError:
    """Error for something that failed; a full disk, told by the log or found now, is said in its own sentence."""
    if "No space left" in log or shutil.disk_usage(folder).free < FULL_BYTES:
        return EmbeddedError(DISK_FULL.format(folder=folder))
    return EmbeddedError(sentence)


@contextmanager
def sentence_for_os_errors(path: Path) -> Iterator[None]:
    """Turn the usual troubles of a folder into a sentence that says what to do."""
    try:
        yield
    except PermissionError as error:
        raise EmbeddedError(
            f"The right to write to {error.filename or path} is missing: change its owner, or point DATA_DIR elsewhere."
        ) from error
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise EmbeddedError(DISK_FULL.format(folder=path)) from error
        raise EmbeddedError(f"{error.filename or path} cannot be used: {error.strerror}.") from error


def write_json(path: Path, content: Mapping[str, Any], mode: int = 0o600) -> None:
    """Replace a small file in one step, so that a reader never sees half of it."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    with sentence_for_os_errors(path):
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as file:
            json.dump(content, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)


def read_json(path: Path) -> dict[str, Any]:
    """Content of a small file; empty when it is missing or broken."""
    with suppress(OSError, ValueError):
        content = json.loads(path.read_text())
        if isinstance(content, dict):
            return content
    return {}


def load_keys(data_dir: DataDir) -> dict[str, str]:
    """Secrets of this DATA_DIR, made at the first call: for demo and test only, production brings its own."""
    keys = read_json(data_dir.keys_file)
    if not keys:
        keys = {
            "secret_key": secrets.token_urlsafe(48),
            "pii_keys": f"demo1:{base64.b64encode(secrets.token_bytes(32)).decode()}",
            "cluster": secrets.token_hex(8),
            "superuser_password": secrets.token_urlsafe(18),
            "owner_password": secrets.token_urlsafe(18),
            "app_password": secrets.token_urlsafe(18),
            "redis_password": secrets.token_urlsafe(18),
        }
        write_json(data_dir.keys_file, keys)
    return keys
