"""Servers for a plain `pytest`: one pair for all runs of a checkout, and a slot of its own for each run.

A keeper process holds the servers in .data-test and ends them when no run has used them for a while. A slot is a
locked file; its number goes into the names of the test database and the Redis databases, so that runs side by side
do not meet.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from backoffice.common.embedded.errors import EmbeddedError
from backoffice.common.embedded.folder import PROJECT_ROOT, DataDir
from backoffice.common.embedded.processes import last_words, tail, wait_until
from backoffice.common.embedded.servers import running_servers
from backoffice.common.embedded.state import find_environment

SLOTS = 16
PROCESSES_PER_SLOT = 6
IDLE_SECONDS = 900
LOOK_SECONDS = 5
START_SECONDS = 60
_held: list[int] = []  # slots stay locked as long as this process lives


def join_test_servers() -> None:
    """Complete os.environ for this test run; given addresses are used as they are.

    Raises:
        EmbeddedError: the servers cannot start.
    """
    if os.environ.get("DATABASE_URL"):
        return
    data_dir = DataDir(Path(os.environ.get("TEST_DATA_DIR") or PROJECT_ROOT / ".data-test").absolute())
    data_dir.create()
    slot = _take_slot(data_dir)
    os.environ |= _environment(data_dir) | {"APP_ENV": "test", "TEST_SLOT": str(slot)}


def database_name() -> str:
    """Name that changes with the migrations, so that a kept database is never an outdated one."""
    return f"test_slot{slot_number()}_{migrations_digest()}"


def migrations_digest() -> str:
    digest = hashlib.sha256()
    for path in sorted(PROJECT_ROOT.glob("[abo]*/**/migrations/*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:10]


def redis_database() -> int:
    """Number of the Redis database of this test process."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    return slot_number() * PROCESSES_PER_SLOT + (int(worker[2:]) + 1 if worker else 0)


def slot_number() -> int:
    return int(os.environ.get("TEST_SLOT", "0"))


def _take_slot(data_dir: DataDir) -> int:
    for number in range(SLOTS):
        handle = os.open(data_dir.path / f"slot-{number}", os.O_RDWR | os.O_CREAT, 0o600)
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _held.append(handle)
            return number
        os.close(handle)
    raise EmbeddedError(f"{SLOTS} test runs use {data_dir.path} already: wait for one to end.")


def _environment(data_dir: DataDir) -> dict[str, str]:
    """Environment of the kept servers, started first where they do not run."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        environment = find_environment(data_dir)
        if environment is not None:
            return environment
        keeper = _start_keeper(data_dir)
        wait_until(lambda: find_environment(data_dir) is not None or keeper.poll() is not None, START_SECONDS)  # noqa: B023
        keeper.returncode = keeper.returncode or 0  # it goes on without us
        time.sleep(0.2)
    raise EmbeddedError(last_words(tail(data_dir.log("keeper"))))


def _start_keeper(data_dir: DataDir) -> "subprocess.Popen[bytes]":
    with data_dir.log("keeper").open("ab") as output:
        return subprocess.Popen(  # noqa: S603 -- this module
            [sys.executable, "-m", __name__, str(data_dir.path)],
            cwd=PROJECT_ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def keep(data_dir: DataDir) -> None:
    """Hold the servers until every slot has been free for a while.

    Raises:
        EmbeddedError: another keeper holds them, or they cannot start.
    """
    with running_servers(data_dir, app_env="test", is_durable=False) as servers:
        last_used = time.monotonic()
        while True:
            time.sleep(LOOK_SECONDS)
            servers.restart_ended()
            if _is_used(data_dir):
                last_used = time.monotonic()
            elif time.monotonic() - last_used > IDLE_SECONDS:
                data_dir.state_file.unlink(missing_ok=True)  # a run that begins now starts a keeper of its own
                if not _is_used(data_dir):
                    return
                servers.save_state()


def _is_used(data_dir: DataDir) -> bool:
    return any(_is_locked(path) for path in data_dir.path.glob("slot-*"))


def _is_locked(path: Path) -> bool:
    handle = os.open(path, os.O_RDWR)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False


if __name__ == "__main__":
    try:
        keep(DataDir(Path(sys.argv[1])))
    except EmbeddedError as error:
        sys.exit(str(error))
