"""Run one command with embedded servers around it.

`python -m backoffice.common.embedded.run [--data-dir DIR] -- COMMAND …`: without a folder the servers are new, fast
and gone afterwards. The command's exit code is ours.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from backoffice.common.embedded.errors import EmbeddedError
from backoffice.common.embedded.folder import DataDir
from backoffice.common.embedded.servers import running_servers

REFUSED, INTERRUPTED = 2, 130
STOP_SECONDS = 5


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="embedded.run")
    parser.add_argument("--data-dir", type=Path, help="keep the data here")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args(arguments)
    command = [part for part in options.command if part != "--"] or ["sh"]
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        return run(command, options.data_dir)
    except EmbeddedError as error:
        sys.stderr.write(f"{error}\n")
        return REFUSED
    except KeyboardInterrupt:
        return INTERRUPTED


def run(command: Sequence[str], kept: Path | None) -> int:
    """Run a command while the servers stand; those that the environment brings are used instead.

    Raises:
        EmbeddedError: the servers cannot start.
    """
    with (
        _folder(kept) as folder,
        running_servers(
            DataDir(folder),
            app_env=os.environ.get("APP_ENV", "demo" if kept else "test"),
            is_durable=kept is not None,
            has_database=bool(os.environ.get("DATABASE_URL")),
            has_broker=bool(os.environ.get("REDIS_URL")),
        ) as servers,
    ):
        return _call(command, os.environ | servers.environment)


@contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    if kept is not None:
        yield kept.absolute()
        return
    folder = Path(tempfile.mkdtemp(prefix="backoffice-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _call(command: Sequence[str], environment: dict[str, str]) -> int:
    process = subprocess.Popen(command, env=environment)  # noqa: S603 -- the caller's own command
    try:
        return process.wait()
    except KeyboardInterrupt:
        try:
            process.wait(STOP_SECONDS)  # a terminal has interrupted it too
        except subprocess.TimeoutExpired:
            process.terminate()
            process.wait()
        raise


def _interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
