from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from aftersales.refunds.files.services import import_path
from backoffice.common.management.base import DONE, REFUSED, WITH_FINDINGS, JsonCommand, Refused
from backoffice.common.models import Store
from orders.intake.engine import ImportRefused

_COUNTS = ("rows", "created", "updated", "unchanged", "stale", "quarantined")


class Command(JsonCommand):
    help = "Import refund lists of the seller centre (CSV or XLSX), in the order given."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("files", nargs="+", metavar="FILE")
        parser.add_argument("--store", required=True, metavar="CODE")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen and change nothing")
        parser.add_argument("--snapshot-at", default="", metavar="T", help="when it was taken (Beijing time)")

    def run(self, **options: Any) -> int | None:
        store = Store.objects.filter(code=options["store"]).first()
        if store is None:
            raise Refused(_("There is no store %(code)s.") % {"code": options["store"]})
        options["snapshot_at"] = _moment(options["snapshot_at"])
        reports = [report for name in options["files"] if (report := self._import(store, Path(name), options))]
        if not reports:
            return REFUSED
        self.output({"files": reports})
        is_whole = len(reports) == len(options["files"]) and not any(report["quarantined"] for report in reports)
        return DONE if is_whole else WITH_FINDINGS

    def _import(self, store: Store, path: Path, options: dict[str, Any]) -> dict[str, Any] | None:
        """Import one file; a refused one is named on standard error and gives None."""
        if not path.is_file():
            self.stderr.write(f"{path}: {_('There is no such file.')}")
            return None
        try:
            counts = import_path(
                store=store, path=path, snapshot_at=options["snapshot_at"], at=timezone.now(),
                is_dry_run=options["dry_run"],
            )  # fmt: skip
        except (ImportRefused, OSError) as error:
            self.stderr.write(f"{path.name}: {error}")
            return None
        told = {name: counts[name] for name in (*_COUNTS, "waiting")}
        return {"file": path.name, "format": "refunds", **told, "quarantine": counts["problems"]}


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise Refused(_("%(text)s is not a date and time.") % {"text": text})
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)
