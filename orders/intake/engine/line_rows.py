"""Records of an order detail as rows to merge: all that needs no database, so that another process can do it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from orders.core.statuses import HoldKind, OrderStatus, RefundStatus
from orders.intake.engine.copying import copy_line
from orders.intake.engine.names import Places
from orders.intake.engine.stage import courier_code, staged_note, staged_remark
from orders.intake.formats import ABSENT, LineRecord

Keyed = Sequence[tuple[LineRecord, str]]
# column of the line -> field of the record and the value of an empty cell
FIELDS = {
    "spec": ("spec", "''"),
    "product_id": ("product_id", "''"),
    "sku_code": ("sku_code", "''"),
    "quantity": ("quantity", "1"),
    "price": ("price", "NULL"),
    "paid": ("paid", "NULL"),
    "refunded": ("refunded", "0"),
    "refund_status": ("refund_status", "''"),
    "platform_status": ("platform_status", "''"),
}
_ORDER_COLUMNS = (
    "number",
    "snapshot_at",
    "status",
    "buyer",
    "placed_at",
    "paid_at",
    "shipped_at",
    "total",
    "paid",
    "gross_paid",
    "refunded",
    "presale_ship_at",
    "pieces",
    "line_count",
    "hold_kinds",
    "has_open_refund",
    "refund_status",
    "note",
    "note_sealed",
    "note_sha",
    "remark",
    "remark_sealed",
    "courier",
    "tracking",
)


@dataclass(frozen=True)
class LineRows:
    """A chunk of an order detail: rows of `intake_line`, of `intake_stage`, and what goes beside them."""

    numbers: list[str]
    columns: tuple[str, ...]
    present: frozenset[str]  # the columns of orders
    stage: bytes
    line_columns: tuple[str, ...]
    line_present: list[str]  # the columns of lines that the file can fill
    lines: bytes
    buyers: list[str]  # texts that the staged rows name by their place, from 1
    titles: list[str]
    notes: dict[str, str]
    has_remarks: bool
    repeats: list[tuple[str, int]]


_LINE_COLUMNS = ("number", "key", "ordinal", "snapshot_at", "content_hash", "is_closed", "title")


def line_rows(keyed: Keyed, *, store_id: int, snapshot_at: datetime) -> LineRows:
    kept, repeats = _without_repeats(keyed)
    present = [column for column, (field, _empty) in FIELDS.items() if getattr(kept[0][0], field) is not ABSENT]
    groups = _by_order(kept)
    buyers, titles = Places(), Places()
    orders = [
        _order_row(store_id, number, groups[number], snapshot_at, buyers.of(_first(groups[number], "buyer_nick")))
        for number in sorted(groups)
    ]
    lines = "".join(_line_rows(kept, snapshot_at, present, titles))
    notes = {number: note for number, records in groups.items() if (note := _first(records, "buyer_note"))}
    return LineRows(
        numbers=sorted(groups),
        columns=_ORDER_COLUMNS,
        present=frozenset(_ORDER_COLUMNS),
        stage="".join(map(copy_line, orders)).encode(),
        line_columns=(*_LINE_COLUMNS, *present),
        line_present=present,
        lines=lines.encode(),
        buyers=buyers.texts,
        titles=titles.texts,
        notes=notes,
        has_remarks=any(_first(records, "remark") for records in groups.values()),
        repeats=repeats,
    )


def _without_repeats(keyed: Keyed) -> tuple[Keyed, list[tuple[str, int]]]:
    kept: dict[tuple[str, str], tuple[LineRecord, str]] = {}
    repeats = {"unchanged": 0, "stale": 0}
    for record, key in keyed:
        other = kept.get((record.number, key))
        if other is not None:
            repeats["unchanged" if other[0].content_hash == record.content_hash else "stale"] += 1
            if other[0].content_hash > record.content_hash:
                continue
        kept[record.number, key] = (record, key)
    return list(kept.values()), [item for item in repeats.items() if item[1]]


def _by_order(keyed: Keyed) -> dict[str, list[LineRecord]]:
    groups: dict[str, list[LineRecord]] = {}
    for record, _key in keyed:
        groups.setdefault(record.number, []).append(record)
    return groups


def _line_rows(keyed: Keyed, snapshot_at: datetime, present: Iterable[str], titles: Places) -> Iterator[str]:
    fields = [FIELDS[column][0] for column in present]
    for ordinal, (record, key) in enumerate(keyed):
        is_closed = record.status == OrderStatus.CLOSED
        fixed = (record.number, key, ordinal, snapshot_at, record.content_hash, is_closed, titles.of(record.title))
        yield copy_line((*fixed, *[getattr(record, field) for field in fields]))


def _first(records: Sequence[LineRecord], field: str) -> Any:
    for record in records:
        value = getattr(record, field)
        if value is not None and value is not ABSENT:
            return value
    return None


def _total(records: Sequence[LineRecord], field: str) -> Decimal:
    return sum((getattr(record, field) or Decimal(0) for record in records), Decimal(0))


def _order_row(
    store_id: int, number: str, records: Sequence[LineRecord], snapshot_at: datetime, buyer: int | None
) -> tuple[Any, ...]:
    """Return what the lines say of their order; only one without its list takes status and money from it."""
    paid, refunded = _total(records, "paid"), _total(records, "refunded")
    total = sum(((record.price or Decimal(0)) * record.quantity for record in records), Decimal(0))
    holds = [
        HoldKind.INCOMPLETE.value,
        *([HoldKind.BALANCE_UNPAID.value] if any(r.is_balance_unpaid for r in records) else []),
    ]
    refund_status = strongest([record.refund_status or "" for record in records])
    tracking = list(dict.fromkeys(code for record in records for code in record.tracking_numbers or ()))
    is_open = refund_status == RefundStatus.OPEN
    return (
        number,
        snapshot_at,
        status_of_lines([_status(record) for record in records]),
        buyer,
        _first(records, "placed_at"),
        _first(records, "paid_at"),
        _first(records, "shipped_at"),
        total,
        paid,
        max(paid, refunded),
        refunded,
        _first(records, "ship_by"),
        sum(record.quantity for record in records),
        len(records),
        sorted([*holds, *([HoldKind.REFUND_OPEN.value] if is_open else [])]),
        is_open,
        refund_status,
        *staged_note(_first(records, "buyer_note"), store_id, number, 1),
        *staged_remark(_first(records, "remark"), store_id, number),
        courier_code(_first(records, "courier_name") or ""),
        tracking,
    )


def _status(record: LineRecord) -> str:
    if record.status:
        return str(record.status)
    return OrderStatus.PENDING_SHIPMENT if record.paid_at or record.paid else OrderStatus.PENDING_PAYMENT


def strongest(states: Sequence[str]) -> str:
    ranked = (RefundStatus.OPEN, RefundStatus.SUCCEEDED, RefundStatus.CLOSED)
    return next((str(state) for state in ranked if state in states), "")


def status_of_lines(statuses: Sequence[str]) -> str:
    """Derive an order's status from those of its lines: closed lines count only when there are no others."""
    open_ones = {str(status) for status in statuses if status != OrderStatus.CLOSED}
    if not open_ones:
        return OrderStatus.CLOSED.value
    if len(open_ones) == 1:
        return next(iter(open_ones))
    if OrderStatus.PENDING_PAYMENT in open_ones:
        return OrderStatus.PENDING_PAYMENT.value
    if open_ones <= {OrderStatus.SHIPPED, OrderStatus.COMPLETED}:
        return OrderStatus.SHIPPED.value
    return OrderStatus.PARTIALLY_SHIPPED.value
