import json
from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from backoffice.common.models import Store
from orders.intake.engine import ImportRefused
from orders.intake.services import FileReport, import_path

DONE, PARTLY, REFUSED = 0, 1, 2


class Command(BaseCommand):
    """Import order files in this process, in the order given."""

    help = "Import order lists and order details of the seller centre (CSV or XLSX)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE")
        parser.add_argument("--store", required=True, metavar="CODE")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen and change nothing")
        parser.add_argument("--snapshot-at", metavar="T", help="when the platform took the snapshot (Beijing time)")
        parser.add_argument("--json", action="store_true", dest="as_json", help="end with one JSON object")

    def handle(self, *, files: list[str], store: str, **options: Any) -> None:
        shop = Store.objects.filter(code=store).first()
        if shop is None:
            self._refuse(_("There is no store %(code)s.") % {"code": store})
        try:
            options["snapshot_at"] = _moment(options["snapshot_at"])
        except ValueError as error:
            self._refuse(str(error))
        reports = [report for name in files if (report := self._import(shop, name, options)) is not None]
        if not reports:
            raise SystemExit(REFUSED)
        if options["as_json"]:
            self.stdout.write(json.dumps({"files": [_as_dict(report) for report in reports]}, ensure_ascii=False))
        if len(reports) < len(files) or any(report.counts.quarantined for report in reports):
            raise SystemExit(PARTLY)

    def _refuse(self, sentence: str) -> NoReturn:
        self.stderr.write(sentence)
        raise SystemExit(REFUSED)

    def _import(self, store: Store, name: str, options: dict[str, Any]) -> FileReport | None:
        """Import one file; a refused one is named on standard error and gives None."""
        path = Path(name)
        if not path.is_file():
            self.stderr.write(f"{name}: {_('There is no such file.')}")
            return None
        try:
            report = import_path(
                store=store,
                path=path,
                snapshot_at=options["snapshot_at"],
                at=timezone.now(),
                is_dry_run=options["dry_run"],
            )
        except (ImportRefused, OSError) as error:
            self.stderr.write(f"{name}: {error}")
            return None
        if not options["as_json"]:
            counts = ", ".join(f"{key} {value}" for key, value in report.counts.as_dict().items())
            self.stdout.write(f"{report.file}: {report.format}: {counts}")
        return report


def _moment(text: str | None) -> datetime | None:
    """Read a time, in Beijing time where it names no zone.

    Raises:
        ValueError: it is no time.
    """
    if not text:
        return None
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise ValueError(_("%(text)s is not a date and time.") % {"text": text})
    return moment if moment.tzinfo else timezone.make_aware(moment)


def _as_dict(report: FileReport) -> dict[str, Any]:
    return {
        "file": report.file,
        "format": report.format,
        **report.counts.as_dict(),
        "quarantine": report.counts.problems,
    }
