"""New cases of many orders at once: a month's file is a matter of seconds.

Only what is simple comes here: one new case for an order whose refund holds are all closed. The order's facts follow by
the same rules as for one case (services/following.py), computed in memory. If the database refuses any, none is added.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from aftersales.refunds.files.records import CaseRecord
from aftersales.refunds.models import Refund, ReturnParcel
from aftersales.refunds.queries.money import NOTHING
from aftersales.refunds.services.following import CaseSums, counted, may_ship, state_of_refunds, sum_cases
from aftersales.refunds.statuses import ParcelDirection
from backoffice.common.models import Job
from orders.core.models import Hold, Order, OrderEvent, OrderLine
from orders.core.statuses import EventKind, EventSource, HoldKind, RefundStatus

_Rows = list[tuple[int | None, str, Decimal]]


class NewCase(NamedTuple):
    """A case to add, with its report and the lines of its locked order."""

    refund: Refund
    record: CaseRecord
    lines: Sequence[OrderLine]


def is_simple(order: Order) -> bool:
    """Tell whether nothing but the case itself has to be thought of."""
    return HoldKind.REFUND_OPEN not in order.hold_kinds


def add_cases(new: Sequence[NewCase], *, at: datetime, job: Job | None) -> None:
    """Save new cases of locked orders, one of each; histories, lines, orders and holds follow.

    Raises:
        IntegrityError: the database refuses one of them, and all are undone by the caller's transaction.
    """
    others = _other_cases(new)
    Refund.objects.bulk_create([case.refund for case in new])
    events: list[OrderEvent] = []
    holds: list[Hold] = []
    for case in new:
        rows = [*others[case.refund.order_id], (case.refund.line_id, case.refund.status, case.refund.refunded)]
        _follow(case, rows, events, holds, at, job)
    OrderEvent.objects.bulk_create(events)
    Hold.objects.bulk_create(holds)
    ReturnParcel.objects.bulk_create(
        parcel_of(case.refund, case.record, at) for case in new if case.record.return_number
    )
    _save_lines([case.refund.line for case in new if case.refund.line is not None])
    _save_orders([case.refund.order for case in new])


def _other_cases(new: Sequence[NewCase]) -> dict[int, _Rows]:
    found: dict[int, _Rows] = defaultdict(list)
    orders = [case.refund.order_id for case in new]
    for order_id, *row in Refund.objects.filter(order__in=orders).values_list(
        "order_id", "line_id", "status", "refunded"
    ):
        found[order_id].append((row[0], row[1], row[2]))
    return found


def parcel_of(refund: Refund, record: CaseRecord, at: datetime) -> ReturnParcel:
    return ReturnParcel(
        refund=refund,
        store_id=refund.store_id,
        direction=ParcelDirection.BACK,
        courier=record.return_courier,
        tracking_number=record.return_number,
        sent_at=record.returned_at or min(record.snapshot_at, at),
        quantity=refund.quantity,
        source=EventSource.PLATFORM,
    )


def _follow(
    case: NewCase, rows: _Rows, events: list[OrderEvent], holds: list[Hold], at: datetime, job: Job | None
) -> None:
    refund, order, line = case.refund, case.refund.order, case.refund.line
    before, own = _facts(order), sum_cases([row for row in rows if row[0] == refund.line_id])
    events.append(_event(order, EventKind.CASE_OPENED, at, job, after=_opened(refund)))
    if line is not None:
        line.refunded = counted(line.refunded, own.given, NOTHING, refund)
        line.refund_status = state_of_refunds(is_open=own.is_open, refunded=line.refunded)
    if own.is_open and may_ship(order, line):
        holds.append(_hold(refund, at))
        order.hold_kinds = sorted({*order.hold_kinds, HoldKind.REFUND_OPEN.value})
    sums = sum_cases(rows)
    order.refunded = min(counted(order.refunded, sums.given, NOTHING, refund), order.gross_paid)
    order.refund_status = state_of_refunds(is_open=_is_open(order, sums, case.lines), refunded=order.refunded)
    order.has_open_refund = order.refund_status == RefundStatus.OPEN
    if before != _facts(order):
        after = _facts(order) | ({"line": line.pk} if line else {})
        events.append(_event(order, EventKind.REFUND_CHANGED, at, job, before=before, after=after))
    order.version += 1
    order.updated_at = at


def _is_open(order: Order, sums: CaseSums, lines: Sequence[OrderLine]) -> bool:
    is_line_open = any(line.refund_status == RefundStatus.OPEN for line in lines)
    return sums.is_open or is_line_open or HoldKind.REFUND_OPEN in order.hold_kinds


def _facts(order: Order) -> dict[str, str]:
    return {"refund_status": str(order.refund_status), "refunded": str(order.refunded)}


def _opened(refund: Refund) -> dict[str, Any]:
    return {
        "refund": refund.number, "version": refund.version, "case_status": str(refund.status), "kind": str(refund.kind),
        "amount": str(refund.amount), "line": refund.line_id,
    }  # fmt: skip


def _event(order: Order, kind: str, at: datetime, job: Job | None, **values: Any) -> OrderEvent:
    return OrderEvent(
        store_id=order.store_id, order=order, kind=kind, source=EventSource.PLATFORM, at=at, job=job,
        order_version=order.version + 1, **values,
    )  # fmt: skip


def _hold(refund: Refund, at: datetime) -> Hold:
    return Hold(
        store_id=refund.store_id, order_id=refund.order_id, line_id=refund.line_id, kind=HoldKind.REFUND_OPEN,
        reason="", opened_at=at, rule="refund",
    )  # fmt: skip


_LINES = """
UPDATE orders_orderline l SET refunded = n.refunded, refund_status = n.state
FROM unnest(%s::bigint[], %s::numeric[], %s::text[]) AS n(id, refunded, state) WHERE l.id = n.id
"""
_ORDERS = """
UPDATE orders_order o SET refunded = n.refunded, refund_status = n.state, has_open_refund = n.is_open,
    version = n.version, updated_at = n.at, hold_kinds = CASE WHEN n.is_held
    THEN ARRAY(SELECT k FROM unnest(array_append(o.hold_kinds, 'refund_open')) AS k ORDER BY k) ELSE o.hold_kinds END
FROM unnest(%s::bigint[], %s::numeric[], %s::text[], %s::bool[], %s::bool[], %s::int[], %s::timestamptz[])
    AS n(id, refunded, state, is_open, is_held, version, at)
WHERE o.id = n.id
"""


def _save_lines(lines: Sequence[OrderLine]) -> None:
    _write(_LINES, [(line.pk, line.refunded, str(line.refund_status)) for line in lines])


def _save_orders(orders: Sequence[Order]) -> None:
    rows = [
        (
            order.pk, order.refunded, str(order.refund_status), order.has_open_refund,
            HoldKind.REFUND_OPEN in order.hold_kinds, order.version, order.updated_at,
        )
        for order in orders
    ]  # fmt: skip
    _write(_ORDERS, rows)


def _write(statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(statement, [list(column) for column in zip(*rows, strict=True)])
