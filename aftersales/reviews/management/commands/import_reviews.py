from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from aftersales.reviews.files.services import import_reviews
from aftersales.reviews.services.base import Doing
from backoffice.common.management.base import WITH_FINDINGS, JsonCommand, Refused
from backoffice.common.models import Store
from orders.core.statuses import EventSource
from orders.intake.engine import ImportRefused
from orders.intake.formats import snapshot_from_name

_SHOWN = 100  # rows that are named


class Command(JsonCommand):
    help = "Import a file of reviews: a spreadsheet by its headers, or what taobao.traderates.get answers, as JSON."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", metavar="FILE")
        parser.add_argument("--store", required=True, metavar="CODE")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen and change nothing")
        parser.add_argument("--snapshot-at", default="", metavar="T", help="when it was taken (Beijing time)")

    def run(self, **options: Any) -> int | None:
        path, at = Path(options["file"]), timezone.now()
        store = Store.objects.filter(code=options["store"]).first()
        if store is None:
            raise Refused(_("There is no store %(code)s.") % {"code": options["store"]})
        if not path.is_file():
            raise Refused(f"{path}: {_('There is no such file.')}")
        try:
            counts = import_reviews(
                store=store, path=path, name=path.name, doing=Doing(None, at, EventSource.PLATFORM),
                snapshot_at=_moment(options["snapshot_at"]) or snapshot_from_name(path.name) or at,
                is_dry_run=options["dry_run"],
            )  # fmt: skip
        except (ImportRefused, OSError) as error:
            raise Refused(f"{path.name}: {error}") from error
        problems = [{"line": line, "reason": reason} for line, reason in counts.pop("problems")[:_SHOWN]]
        self.output({"file": path.name, "format": "reviews", **counts, "quarantine": problems})
        return WITH_FINDINGS if counts["quarantined"] else None


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
