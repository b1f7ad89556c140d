import time
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from backoffice.common.backups import BackupError, restore_backup
from backoffice.common.management.base import WITH_FINDINGS, JsonCommand, Refused


class Command(JsonCommand):
    help = "Restore a backup into an empty database, and check it against its manifest."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("folder")

    def run(self, **options: Any) -> int | None:
        started = time.monotonic()
        try:
            found = restore_backup(folder=Path(options["folder"]))
        except BackupError as error:
            raise Refused(str(error)) from error
        self.output({**found, "seconds": round(time.monotonic() - started, 2)})
        return WITH_FINDINGS if found["mismatches"] or found["broken"] else None
