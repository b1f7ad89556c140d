"""Writing one export to a stream: the filter rebuilt, the rows of one snapshot, the summary behind them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import IO, Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import QueryDict
from django.utils.translation import gettext as _

from backoffice.common.models import Store, User
from backoffice.common.sheets.columns import Column
from backoffice.common.sheets.writers import RowWriter, open_writer
from orders.core.models import OrderQuerySet
from orders.desk.chips import describe, safe_query
from orders.desk.exports.columns import LINE
from orders.desk.exports.errors import ExportError
from orders.desk.exports.rows import CLEAR_FIELDS, EXTRA_FIELDS, RowMaker
from orders.desk.exports.source import READY_KINDS, Totals, read_totals, select, snapshot, stream
from orders.desk.exports.templates import Template
from orders.desk.filters import POSITION, OrderFilter, order_filter

FORMATS = ("xlsx", "csv")
PROGRESS_ROWS = 500
Progress = Callable[..., None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOrder:
    """What is asked for: which orders, in which shape, for whom."""

    store: Store
    user: User | None
    query: str
    template: Template
    file_format: str = "xlsx"
    selected: tuple[int, ...] = ()  # ids of orders; then only the sort of the query counts
    is_clear: bool = False
    reason: str = ""
    watermark: str = ""  # who, when and which job: stands in every row of a clear-text export


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What stands in the file."""

    rows: int  # orders
    lines: int  # their lines
    file_rows: int
    sum_paid: Decimal
    snapshot_at: datetime
    data_sha256: str
    filter_text: str
    cut_texts: int  # longer than a cell holds; the summary says so
    unreadable: int  # recipients that could not be opened


@dataclass(frozen=True, slots=True)
class Found:
    """The orders of a request, still to be read."""

    orders: OrderQuerySet
    filter: OrderFilter
    text: str  # the filter in words, searched persons masked

    @property
    def query(self) -> str:
        """Return the query as it may be kept: a searched person as an opaque token, no place in the list."""
        query = safe_query(self.filter)
        for name in POSITION[1:]:
            query.pop(name, None)
        return query.urlencode()


def find_orders(*, store: Store, user: User | None, query: str, now: datetime, selected: tuple[int, ...] = ()) -> Found:
    """Rebuild the filter that staff saw.

    Raises:
        ExportError: a parameter cannot be read.
    """
    found = order_filter(store, QueryDict(query), user=user, now=now)
    orders: OrderQuerySet = found.qs
    problems = [f"{name}: {text}" for name, texts in found.form.errors.items() for text in texts]
    if problems or found.sort_error:
        raise ExportError(found.sort_error or " ".join(problems))
    if not selected:
        return Found(orders, found, describe(found))
    text = _("%(count)s selected orders") % {"count": len(selected)}
    return Found(type(orders)(orders.model).for_store(store).filter(pk__in=selected), found, text)


def write_export(target: IO[bytes], order: ExportOrder, *, now: datetime, on_progress: Progress) -> Written:
    """Write the file onto a binary stream; `on_progress(done, total)` counts orders and may raise to stop.

    Raises:
        ExportError: the filter cannot be read, or the rows do not add up to the snapshot's count.
    """
    found = find_orders(
        store=order.store, user=order.user, query=order.query, now=now, selected=order.selected
    )  # fmt: skip
    with snapshot() as db:
        totals = read_totals(db, found.orders)
        on_progress(0, totals.orders)
        with open_writer(target, order.file_format) as writer:
            maker = _write_rows(writer, db, found, order, on_progress)
            if maker.order_count != totals.orders:
                raise ExportError(_("The rows do not add up to the orders counted. Try again, or tell operations."))
            written = _written(writer, maker, totals, found)
            writer.add_summary(_("Summary"), _summary(order, written, totals))
    return written


def _write_rows(
    writer: RowWriter, db: BaseDatabaseWrapper, found: Found, order: ExportOrder, on_progress: Progress
) -> RowMaker:
    columns, grain = order.template.export_columns, order.template.grain
    more = CLEAR_FIELDS if order.is_clear else EXTRA_FIELDS
    rows, fields = select(found.orders, columns, grain=grain, sort=found.filter.sort, more=more)
    maker = RowMaker(
        columns, fields=fields, store_id=order.store.pk, is_clear=order.is_clear, watermark=order.watermark
    )  # fmt: skip
    heads = [Column(str(column.label), column.kind, is_ready=column.kind in READY_KINDS) for column in columns]
    if order.watermark:
        heads.append(Column(_("Exported by"), width=36))
    writer.add_sheet(_("Lines") if grain == LINE else _("Orders"), heads)
    write_row, left = writer.write_row, PROGRESS_ROWS
    for values in maker.rows(stream(db, rows)):
        write_row(values)
        left -= 1
        if not left:
            left = PROGRESS_ROWS
            on_progress(maker.order_count)
    return maker


def _written(writer: RowWriter, maker: RowMaker, totals: Totals, found: Found) -> Written:
    return Written(
        rows=totals.orders,
        lines=totals.lines,
        file_rows=writer.rows_written,
        sum_paid=totals.sum_paid,
        snapshot_at=totals.snapshot_at,
        data_sha256=writer.data_sha256,
        filter_text=found.text,
        cut_texts=writer.truncated,
        unreadable=maker.unreadable,
    )


def _summary(order: ExportOrder, written: Written, totals: Totals) -> list[tuple[str, Any]]:
    entries: list[tuple[str, Any]] = [
        (_("Store"), order.store.name),
        (_("Filter"), written.filter_text),
        (_("Template"), str(order.template.label)),
        (_("Grain"), order.template.grain_label),
        (_("Number of orders"), written.rows),
        (_("Number of lines"), written.lines),
        (_("Rows in the file"), written.file_rows),
        (_("Sum paid"), totals.sum_paid),
        (_("Sum refunded"), totals.sum_refunded),
        (_("Snapshot (Beijing time)"), totals.snapshot_at),
        (_("SHA-256 of the data rows"), written.data_sha256),
    ]
    if written.cut_texts:
        entries.append((_("Texts cut at 32,767 characters"), written.cut_texts))
    if order.is_clear:
        entries += [(_("Clear text, exported by"), order.watermark), (_("Reason"), order.reason)]
    if written.unreadable:
        entries.append((_("Recipients that could not be opened"), written.unreadable))
    return entries
