import json
import tarfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection, transaction

from backoffice.common.backups.tables import table_states
from backoffice.common.backups.tools import BackupError, run_tool
from backoffice.common.files import file_digest
from backoffice.common.sealing import current_key_id

DUMP, FILES, MANIFEST = "database.dump", "files.tar", "manifest.json"

__all__ = ["DUMP", "FILES", "MANIFEST", "BackupError", "make_backup"]


def make_backup(*, folder: Path, at: datetime) -> dict[str, Any]:
    """Write a backup of one moment into a new folder; return its manifest.

    Database, counts and checksums come from one snapshot. The keys are not in it: keep PII_KEYS and SECRET_KEY apart.

    Raises:
        BackupError: the folder exists, or a program failed; nothing is left behind.
    """
    if folder.exists():
        raise BackupError(f"{folder} exists already; a backup goes into a new folder.")
    draft = folder.with_name(f"{folder.name}.part")
    draft.mkdir(parents=True, mode=0o700)
    try:
        manifest = _write(draft, at)
        (draft / MANIFEST).write_text(json.dumps(manifest, indent=1))
        draft.rename(folder)
    except BaseException:
        for left in draft.glob("*"):
            left.unlink()
        draft.rmdir()
        raise
    return manifest


def _write(folder: Path, at: datetime) -> dict[str, Any]:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("SELECT pg_export_snapshot()")
            snapshot = cursor.fetchone()[0]
        states = table_states()
        name = settings.DATABASES["default"]["NAME"]
        dump = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}"]
        run_tool("pg_dump", [*dump, f"--file={folder / DUMP}", str(connection.settings_dict["NAME"] or name)])
    count = _write_files(folder / FILES)
    return {
        "made_at": at.isoformat(),
        "key_id": current_key_id(),
        "tables": {table: list(state) for table, state in states.items()},
        "files": count,
        "sha256": {part: file_digest(folder / part) for part in (DUMP, FILES)},
    }


def _write_files(path: Path) -> int:
    count = 0
    with tarfile.open(path, "w") as archive:
        for name in _stored_names(""):
            with default_storage.open(name) as stream:
                entry = tarfile.TarInfo(name)
                entry.size = default_storage.size(name)
                archive.addfile(entry, stream)
            count += 1
    return count


def _stored_names(folder: str) -> Iterator[str]:
    try:
        folders, names = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    for name in sorted(names):
        yield f"{folder}/{name}" if folder else name
    for name in sorted(folders):
        yield from _stored_names(f"{folder}/{name}" if folder else name)
