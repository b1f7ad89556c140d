import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.utils import timezone

from backoffice.common.backups import BackupError, make_backup
from backoffice.common.management.base import JsonCommand, Refused


class Command(JsonCommand):
    help = "Back the database and the stored files up into a new folder; the keys are not in it."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("folder", nargs="?", default="", help="default: DATA_DIR/backups/<time>")

    def run(self, **options: Any) -> None:
        started, now = time.monotonic(), timezone.now()
        name = timezone.localtime(now).strftime("%Y%m%d-%H%M%S")
        folder = Path(options["folder"] or settings.DATA_DIR / "backups" / name).resolve()
        try:
            manifest = make_backup(folder=folder, at=now)
        except (BackupError, OSError) as error:
            raise Refused(str(error)) from error
        self.output({
            "folder": str(folder),
            "tables": len(manifest["tables"]),
            "rows": sum(rows for rows, _checksum in manifest["tables"].values()),
            "files": manifest["files"],
            "bytes": sum(part.stat().st_size for part in folder.iterdir()),
            "seconds": round(time.monotonic() - started, 2),
        })  # fmt: skip
