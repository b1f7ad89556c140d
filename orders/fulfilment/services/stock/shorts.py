"""What a locked order lacks: its shortages, the holds that stand for them, and what the history says of them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from orders.core.models import Hold, Order, OrderLine
from orders.core.services import record_event
from orders.core.statuses import STOCK_RULE, EventKind, EventSource, HoldKind, OrderStatus
from orders.fulfilment.models import LineStock, Shortage
from orders.fulfilment.services.stock.lines import LineBook
from orders.fulfilment.services.waiting import claims_stock
from orders.fulfilment.statuses import ShortageOutcome, ShortageSolution

REFUND_AGREED = "refund_agreed"  # reasons are stored as codes: orders.desk.stored_words says them
_RELEASED = {
    ShortageOutcome.RESTOCKED: "restocked",
    ShortageOutcome.EXCHANGED: "exchanged",
    ShortageOutcome.REFUNDED: "line_refunded",
    ShortageOutcome.CLOSED: "line_closed",
}


class Change(NamedTuple):
    """What became short, what ended, and whether holds of the order changed."""

    opened: list[Shortage]
    ended: list[Shortage]
    has_other_holds: bool


def open_shortages(order: Order) -> list[Shortage]:
    return list(Shortage.objects.filter(order=order, closed_at__isnull=True).order_by("pk"))


def is_given_up(shortage: Shortage) -> bool:
    """Whether the buyer agreed to a refund: the line wants no stock any more."""
    return shortage.solution == ShortageSolution.REFUND and shortage.decided_at is not None


def follow_shorts(book: LineBook, shortages: Sequence[Shortage], *, at: datetime) -> Change:
    """Open and end shortages and their holds; `Order.hold_kinds` is for the caller to save where something changed."""
    order, short = book.order, {pk: row for pk, row in book.stocks.items() if row.short}
    if not short and not shortages and HoldKind.OUT_OF_STOCK not in order.hold_kinds:
        return Change([], [], has_other_holds=False)
    lines = {line.pk: line for line in book.lines}
    ended = [row for row in shortages if _end(row, order, lines[row.line_id], short.get(row.line_id), at)]
    staying = {row.line_id: row for row in shortages if row.closed_at is None}
    changed = [row for pk, row in staying.items() if pk in short and row.quantity != short[pk].short]
    for row in changed:
        row.quantity = short[row.line_id].short
    if ended or changed:
        Shortage.objects.bulk_update([*ended, *changed], ["quantity", "closed_at", "outcome"])
    opened = Shortage.objects.bulk_create(_new(row, at) for pk, row in short.items() if pk not in staying)
    has_other_holds = _follow_holds(book, [*staying.values(), *opened], ended, at)
    _tell(book, opened, ended, at)
    return Change(opened, ended, has_other_holds)


def _new(stock: LineStock, at: datetime) -> Shortage:
    return Shortage(
        store_id=stock.store_id, order_id=stock.order_id, line_id=stock.line_id, sku_id=stock.sku_id,
        quantity=stock.short, opened_at=at,
    )  # fmt: skip


def _end(row: Shortage, order: Order, line: OrderLine, stock: LineStock | None, at: datetime) -> bool:
    if stock is not None and stock.sku_id == row.sku_id:
        return False
    if is_given_up(row) and claims_stock(order) and line.unshipped:
        return False  # until the platform has refunded it
    row.closed_at, row.outcome = at, _outcome(row, order, line, stock)
    return True


def _outcome(row: Shortage, order: Order, line: OrderLine, stock: LineStock | None) -> ShortageOutcome:
    is_refunded = line.is_given_back or order.refunded >= order.gross_paid > 0
    if order.status == OrderStatus.CLOSED or line.is_closed or is_refunded:
        is_refunded = is_refunded or row.solution == ShortageSolution.REFUND
        return ShortageOutcome.REFUNDED if is_refunded else ShortageOutcome.CLOSED
    if not claims_stock(order) and not line.shipped_quantity and order.shipped_at is None:
        return ShortageOutcome.CLOSED
    is_other = stock is not None or bool(line.agreed_sku_code)
    return ShortageOutcome.EXCHANGED if is_other and _is_exchanged(row, stock, line) else ShortageOutcome.RESTOCKED


def _is_exchanged(row: Shortage, stock: LineStock | None, line: OrderLine) -> bool:
    return stock.sku_id != row.sku_id if stock is not None else line.agreed_sku_code != row.sku.code


def _follow_holds(book: LineBook, shortages: Iterable[Shortage], ended: Sequence[Shortage], at: datetime) -> bool:
    order, reasons = book.order, {row.line_id: _RELEASED[ShortageOutcome(row.outcome)] for row in ended}
    wanted = {(row.line_id, HoldKind.MANUAL if is_given_up(row) else HoldKind.OUT_OF_STOCK): row for row in shortages}
    holds = list(order.holds.filter(released_at__isnull=True).order_by("pk"))
    _take_over([hold for hold in holds if hold.kind == HoldKind.MANUAL and (hold.line_id, hold.kind) in wanted])
    over = [hold for hold in holds if hold.rule == STOCK_RULE and (hold.line_id, hold.kind) not in wanted]
    for hold in over:
        hold.released_at, hold.release_reason = at, reasons.get(hold.line_id or 0, "")
    if over:
        Hold.objects.bulk_update(over, ["released_at", "release_reason"])
    held = {(hold.line_id, hold.kind) for hold in holds}
    new = [_hold(book, row, kind, at) for (pk, kind), row in wanted.items() if (pk, kind) not in held]
    Hold.objects.bulk_create(new)
    order.hold_kinds = sorted({str(hold.kind) for hold in [*holds, *new] if hold.released_at is None})
    return bool(over or new)


def _take_over(holds: Iterable[Hold]) -> None:
    """Make holds that people opened on lines which are to be refunded end with the refund, and not by hand."""
    theirs = [hold for hold in holds if hold.rule != STOCK_RULE]
    for hold in theirs:
        hold.rule = STOCK_RULE
    if theirs:
        Hold.objects.bulk_update(theirs, ["rule"])


def _hold(book: LineBook, row: Shortage, kind: HoldKind, at: datetime) -> Hold:
    reason = REFUND_AGREED if kind == HoldKind.MANUAL else book.book.skus[row.sku_id].code
    return Hold(
        store_id=row.store_id, order_id=row.order_id, line_id=row.line_id, kind=kind, reason=reason, opened_at=at,
        rule=STOCK_RULE,
    )  # fmt: skip


def _tell(book: LineBook, opened: Sequence[Shortage], ended: Sequence[Shortage], at: datetime) -> None:
    arrived = [row for row in ended if row.outcome == ShortageOutcome.RESTOCKED]
    for kind, rows in ((EventKind.STOCK_SHORT, opened), (EventKind.STOCK_ARRIVED, arrived)):
        if rows:
            record_event(book.order, kind, actor=None, at=at, source=EventSource.SYSTEM, after=_facts(book, rows))
    for row in ended:
        if row.outcome in (ShortageOutcome.REFUNDED, ShortageOutcome.CLOSED):
            before = {"hold": "manual" if is_given_up(row) else "out_of_stock", "line": row.line_id}
            after = {"reason": _RELEASED[ShortageOutcome(row.outcome)]}
            record_event(
                book.order, EventKind.HOLD_RELEASED, actor=None, at=at, source=EventSource.SYSTEM,
                before=before, after=after,
            )  # fmt: skip


def _facts(book: LineBook, rows: Sequence[Shortage]) -> dict[str, object]:
    positions = {line.pk: line.position for line in book.lines}
    codes = [book.book.skus[row.sku_id].code for row in rows if row.sku_id in book.book.skus]
    return {"lines": {str(positions[row.line_id]): row.quantity for row in rows}, "sku_codes": codes}
