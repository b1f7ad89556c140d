import json
import os
import tarfile
from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import connection, transaction

from backoffice.common.audit import broken_entries
from backoffice.common.backups.backup import DUMP, FILES, MANIFEST
from backoffice.common.backups.tables import table_states
from backoffice.common.backups.tools import BackupError, run_tool
from backoffice.common.files import file_digest


def restore_backup(*, folder: Path) -> dict[str, Any]:
    """Restore a backup into an empty database and the configured storage; return what was found.

    `mismatches` names the tables whose count or checksum differs from the manifest, `broken` the audit entries that
    do not verify.

    Raises:
        BackupError: the folder is no whole backup, or the database is not empty; nothing was changed.
    """
    manifest = _read(folder)
    if table_states():
        raise BackupError("The database is not empty: a restore goes into a new database only.")
    run_tool(
        "pg_restore", ["--no-owner", "--no-privileges", "--exit-on-error", f"--dbname={_name()}", str(folder / DUMP)]
    )
    _protect_audit()
    files = _restore_files(folder / FILES)
    with transaction.atomic():
        states = table_states()
    found: dict[str, list[Any]] = {table: list(state) for table, state in states.items()}
    expected: dict[str, list[Any]] = manifest["tables"]
    mismatches = sorted(table for table in expected.keys() | found.keys() if expected.get(table) != found.get(table))
    entries, broken = broken_entries()
    rows = sum(state.rows for state in states.values())
    return {
        "tables": len(found),
        "rows": rows,
        "files": files,
        "mismatches": mismatches,
        "entries": entries,
        "broken": broken,
    }


def _read(folder: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
        digests: dict[str, str] = manifest["sha256"]
        damaged = [part for part, digest in digests.items() if file_digest(folder / part) != digest]
    except (OSError, ValueError, KeyError) as error:
        raise BackupError(f"{folder} holds no whole backup: {error}") from error
    if damaged:
        raise BackupError(f"{folder} is damaged: {', '.join(damaged)} is not what the manifest says.")
    return manifest


def _name() -> str:
    return str(connection.settings_dict["NAME"])


def _protect_audit() -> None:
    """Take from the application's role what migration common 0003 takes."""
    role = os.environ.get("DATABASE_APP_ROLE", "")
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s AND rolname <> current_user", [role])
        if cursor.fetchone():
            cursor.execute(
                f"REVOKE UPDATE, DELETE, TRUNCATE ON common_auditentry FROM {connection.ops.quote_name(role)}"
            )


def _restore_files(path: Path) -> int:
    count = 0
    with tarfile.open(path) as archive:
        for entry in archive:
            stream = archive.extractfile(entry)
            if stream is None:
                continue
            if default_storage.exists(entry.name):
                default_storage.delete(entry.name)
            default_storage.save(entry.name, File(stream))
            count += 1
    return count
