"""One order with what its acts depend on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from backoffice.common.access import Right
from backoffice.common.models import Store, User
from backoffice.common.statements import Prepared
from orders.core.models import Hold, Order, OrderLine
from orders.core.statuses import NoteState
from orders.desk.situations import Situation
from orders.fulfilment.checking import Check, checks_of_lines
from orders.fulfilment.queries.order_lines import LineNotes, line_notes, may_need_looks
from orders.notes.models import BuyerNote

_Row = TypeVar("_Row", OrderLine, Hold, BuyerNote)


_STORE, _ORDER, _NUMBER = -1, -2, "-3"  # stand for the values of a call
_ORDERS = Prepared(
    lambda: Order.objects.filter(store=_STORE, number=_NUMBER).select_related("buyer", "claimed_by", "recipient"),
    _STORE,
    _NUMBER,
)
_LINES = Prepared(
    lambda: OrderLine.objects.filter(order=_ORDER).select_related("title").order_by("position", "pk"), _ORDER
)
_HOLDS = Prepared(
    lambda: (
        Hold.objects.filter(order=_ORDER, released_at__isnull=True)
        .select_related("opened_by")
        .order_by("opened_at", "pk")
    ),
    _ORDER,
)
_NOTES = Prepared(lambda: BuyerNote.objects.select_related("handled_by", "assignee").filter(order=_ORDER), _ORDER)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadSituation(Situation):
    """An order's situation with what was read on the way to it."""

    line_notes: Mapping[int, LineNotes]  # by line


def find_situation(*, store: Store, number: str, actor: User, rights: frozenset[Right], now: datetime) -> ReadSituation:
    """Read one order with what its acts depend on.

    Raises:
        Order.DoesNotExist: the store has no such order.
    """
    found = _ORDERS.fetch(store.pk, number)
    if not found:
        raise Order.DoesNotExist(number)
    order = found[0]
    order.store = store
    lines = _of(order, _LINES.fetch(order.pk))
    notes = line_notes(lines) if any(line.unshipped or line.is_gift for line in lines) else {}
    return ReadSituation(
        order=order,
        lines=lines,
        holds=_of(order, _HOLDS.fetch(order.pk)) if order.hold_kinds else [],
        note=_note_of(order),
        actor=actor,
        rights=rights,
        now=now,
        checks=_checks(lines, notes) if order.is_open and Right.SHIP in rights else (),
        line_notes=notes,
    )


def _checks(lines: Sequence[OrderLine], notes: Mapping[int, LineNotes]) -> Sequence[Check]:
    return checks_of_lines(lines) if may_need_looks(lines, notes) else ()


def _of(order: Order, rows: list[_Row]) -> list[_Row]:
    for row in rows:
        row.order = order
    return rows


def _note_of(order: Order) -> BuyerNote | None:
    """Read the note of an order that has one."""
    if order.note_state == NoteState.NONE:
        return None
    return next(iter(_of(order, _NOTES.fetch(order.pk))), None)
