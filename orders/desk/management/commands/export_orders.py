import hashlib
import os
import tempfile
import time
from pathlib import Path
from typing import IO, Any

from django.core.management.base import CommandParser
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.common.audit import write_audit
from backoffice.common.management.base import JsonCommand, Refused
from backoffice.common.models import Store
from orders.core.services import OrderError
from orders.core.services.base import clean_reason
from orders.desk.exports import ExportError
from orders.desk.exports.jobs import result_of, watermark
from orders.desk.exports.templates import find_template
from orders.desk.exports.writing import FORMATS, ExportOrder, write_export
from orders.desk.filters import PARAMETERS, POSITION


class Command(JsonCommand):
    help = "Export a store's orders to a file, in this process; masked unless --clear is given with a reason."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--store", required=True, metavar="CODE")
        parser.add_argument("--query", default="", help="parameters of the order list, such as queue=pending_shipment")
        parser.add_argument("--out", required=True, metavar="FILE", help="a file name that ends in .xlsx or .csv")
        parser.add_argument("--template", default="", metavar="NAME")
        parser.add_argument("--clear", action="store_true", help="recipients in clear text; needs --reason")
        parser.add_argument("--reason", default="", metavar="TEXT")

    def run(self, **options: Any) -> None:
        started, out = time.monotonic(), Path(options["out"])
        try:
            order = _order(options, out)
            result = _write(order, out, started)
        except (ExportError, OrderError) as error:
            raise Refused(str(error)) from error
        except OSError as error:
            sentence = _("%(path)s cannot be written: %(reason)s.")
            raise Refused(sentence % {"path": out, "reason": error.strerror or error}) from error
        keys = ("rows", "lines", "sum_paid", "file", "sha256", "seconds", "snapshot_at", "data_sha256", "file_rows")
        self.output({key: result[key] for key in keys})


def _order(options: dict[str, Any], out: Path) -> ExportOrder:
    store = Store.objects.filter(code=options["store"]).first()
    if store is None:
        raise Refused(_("There is no store %(code)s.") % {"code": options["store"]})
    file_format = out.suffix.removeprefix(".").lower()
    if file_format not in FORMATS:
        raise Refused(_("--out must end in .xlsx or .csv."))
    is_clear = options["clear"]
    return ExportOrder(
        store=store,
        user=None,
        query=_checked_query(options["query"]),
        template=find_template(store, options["template"]),
        file_format=file_format,
        is_clear=is_clear,
        reason=clean_reason(options["reason"], longest=200) if is_clear else "",
        watermark=watermark(None, timezone.now(), "export_orders") if is_clear else "",
    )


def _checked_query(query: str) -> str:
    text = query.removeprefix("?")
    if unknown := sorted(set(QueryDict(text)) - {*PARAMETERS, *POSITION}):
        raise Refused(_("The order list has no parameter %(name)s.") % {"name": ", ".join(unknown)})
    return text


def _write(order: ExportOrder, out: Path, started: float) -> dict[str, Any]:
    """Write beside the target and put the file in its place only when it is whole."""
    now = timezone.now()
    handle, name = tempfile.mkstemp(prefix=f".{out.name}-", suffix=".part", dir=out.parent)
    try:
        with open(handle, "wb") as target:  # noqa: PTH123 -- the handle that mkstemp gave
            written = write_export(target, order, now=now, on_progress=lambda *_counts: None)
            target.flush()
            os.fsync(target.fileno())
        with Path(name).open("rb") as stream:
            sha256 = _digest(stream)
        if order.is_clear:
            data = {"filter_text": written.filter_text, "reason": order.reason, "rows": written.rows, "sha256": sha256}
            write_audit(
                store=order.store, actor=None, action="clear_export_requested", at=now, subject=out.name, data=data
            )
        Path(name).replace(out)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return result_of(written, order, seconds=time.monotonic() - started, sha256=sha256) | {"file": str(out)}


def _digest(stream: IO[bytes]) -> str:
    return hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]
