"""Shortages settled with the buyer: another product, a refund, or waiting; what was offered and what they answered."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.common.models import Job, Store, User
from orders.core.models import Order
from orders.core.services import agree_spec, bump, clean_reason, lock_order, record_event
from orders.core.statuses import EventKind, EventSource
from orders.fulfilment.models import LineStock, Shortage, Sku
from orders.fulfilment.services.stock import StockError, settle_order
from orders.fulfilment.services.stock.wanted import lock_skus_of
from orders.fulfilment.statuses import ShortageSolution


class ShortageError(StockError):
    """A shortage that is not settled in this way."""


@transaction.atomic
def offer_solution(
    *,
    store: Store,
    order_id: int,
    shortage_id: int,
    solution: str,
    actor: User | None,
    at: datetime,
    expected_on: date | None = None,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> Shortage:
    """Note what was offered to the buyer, whose answer is still to come; the line stays held.

    Raises:
        Order.DoesNotExist: the store has no such order.
        ShortageError: the order has no such open shortage, it is decided already, or a value will not do.
        VersionConflict: the order changed since the caller saw it.
    """
    order, shortage = _open_shortage(store, order_id, shortage_id, version)
    _check(solution, expected_on, at)
    if shortage.decided_at is not None:
        raise ShortageError(
            _("The buyer has answered already: “%(solution)s”. Settle it anew if they changed their mind.")
            % {"solution": shortage.get_solution_display()}
        )
    before = _facts(shortage)
    shortage.solution, shortage.expected_on = solution, expected_on
    shortage.save(update_fields=["solution", "expected_on"])
    after = _facts(shortage) | {"is_offer": True}
    record_event(
        order, EventKind.SHORTAGE_SETTLED, actor=actor, at=at, source=source, before=before, after=after, job=job
    )
    bump(order, at, actor=actor)
    return shortage


@transaction.atomic
def decide_shortage(  # noqa: PLR0913 -- a decision has that many facts
    *,
    store: Store,
    order_id: int,
    shortage_id: int,
    solution: str,
    answer: str,
    actor: User | None,
    at: datetime,
    sku_code: str = "",
    expected_on: date | None = None,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> Shortage:
    """Record what the buyer agreed to and do it; until a shortage has ended, it can be decided anew.

    An exchange packs the sku of `sku_code` instead and ends the shortage. A refund keeps the line held, under another
    name, until the platform has refunded it, and what was promised to the line is released. Waiting keeps it held
    until stock arrives.

    Raises:
        Order.DoesNotExist: the store has no such order.
        ShortageError: the order has no such open shortage, a value will not do, or the other sku is short as well.
        OrderError: the answer is missing.
        VersionConflict: the order changed since the caller saw it.
    """
    order, shortage = _open_shortage(store, order_id, shortage_id, version)
    _check(solution, expected_on, at)
    answer = clean_reason(answer)
    before = _facts(shortage)
    if solution == ShortageSolution.EXCHANGE:
        order = _exchange(order, shortage, sku_code, actor=actor, at=at, source=source, job=job)
    shortage.solution, shortage.answer, shortage.expected_on = solution, answer, expected_on
    shortage.decided_by, shortage.decided_at = actor, at
    shortage.save(update_fields=["solution", "answer", "expected_on", "decided_by", "decided_at"])
    after = _facts(shortage) | {"answer": answer} | ({"sku_code": sku_code} if sku_code else {})
    record_event(
        order, EventKind.SHORTAGE_SETTLED, actor=actor, at=at, source=source, before=before, after=after, job=job
    )
    bump(order, at, actor=actor)
    settle_order(order, at=at)
    if solution == ShortageSolution.EXCHANGE:
        _check_served(shortage, sku_code)
    shortage.refresh_from_db()
    return shortage


def _open_shortage(store: Store, order_id: int, shortage_id: int, version: int | None) -> tuple[Order, Shortage]:
    order = lock_order(store=store, order_id=order_id, version=version)
    shortage = Shortage.objects.select_related("line", "sku").filter(order=order, pk=shortage_id).first()
    if shortage is None:
        raise ShortageError(_("Order %(number)s has no such shortage.") % {"number": order.number}, "field")
    if shortage.closed_at is not None:
        raise ShortageError(
            _("This shortage of order %(number)s has ended already: %(outcome)s.")
            % {"number": order.number, "outcome": shortage.get_outcome_display()}
        )
    return order, shortage


def _check(solution: str, expected_on: date | None, at: datetime) -> None:
    if solution not in ShortageSolution.values:
        raise ShortageError(_("Choose another product, a refund, or waiting for stock."), "field")
    if expected_on is None:
        return
    if solution != ShortageSolution.WAIT:
        raise ShortageError(_("Only those who wait for stock need the day on which it is expected."), "field")
    if expected_on < timezone.localdate(at):
        raise ShortageError(_("Stock cannot be expected on a day that has passed."), "field")


def _exchange(
    order: Order, shortage: Shortage, code: str, *, actor: User | None, at: datetime, source: str, job: Job | None
) -> Order:
    """Agree on the other sku and return the order as that left it."""
    line = shortage.line
    if line.is_gift:
        raise ShortageError(_("A gift is not exchanged: change its gift rule, or wait for stock."), "field")
    sku = _other_sku(order, shortage, code)
    # before the line changes: that marks the order due, which whoever has one of its skus in hand may be about to do
    lock_skus_of(order, [sku.code])
    agree_spec(
        store=order.store, order_id=order.pk, line_id=line.pk, spec=sku.spec or sku.product.title, sku_code=sku.code,
        actor=actor, at=at, source=source, job=job,
    )  # fmt: skip
    return lock_order(store=order.store, order_id=order.pk)


def _other_sku(order: Order, shortage: Shortage, code: str) -> Sku:
    code = code.strip()
    if not code:
        raise ShortageError(_("Say which product ships instead, by its merchant code."), "field")
    sku = Sku.objects.for_store(order.store).filter(code=code, is_active=True).select_related("product").first()
    if sku is None:
        raise ShortageError(_("The store sells nothing with the merchant code %(code)s.") % {"code": code}, "field")
    if sku.pk == shortage.sku_id:
        raise ShortageError(_("%(code)s is what is short: choose another one.") % {"code": code}, "field")
    return sku


def _check_served(shortage: Shortage, code: str) -> None:
    """Refuse an exchange for what is short as well; the skus are locked, and all that was done goes back."""
    missing = LineStock.objects.filter(line=shortage.line_id, short__gt=0).values_list("short", flat=True).first()
    if missing:
        raise ShortageError(
            _("%(code)s is short as well: %(count)s pieces are missing.") % {"code": code, "count": missing}, "field"
        )


def _facts(shortage: Shortage) -> dict[str, object]:
    expected = shortage.expected_on.isoformat() if shortage.expected_on else ""
    facts = {"shortage": shortage.pk, "line": shortage.line_id, "solution": str(shortage.solution)}
    return facts | ({"expected_on": expected} if expected else {})
