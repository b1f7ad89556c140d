"""Appointed days: the buyer named the day on which the order is to leave, so it waits for that day."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from backoffice.common.clock import business_day
from backoffice.common.masking import mask_text
from backoffice.common.models import Job, Store, User
from orders.core.models import Hold, Order
from orders.core.services.base import bump, lock_order, record_event
from orders.core.services.errors import OrderError
from orders.core.services.holds import lift_holds, place_hold
from orders.core.services.promise import (
    PROMISE_FIELDS,
    end_extensions,
    promise_facts,
    recompute_promise,
    revive_extensions,
)
from orders.core.statuses import SHIPPABLE_STATUSES, EventKind, EventSource, HoldKind

APPOINTED_RULE = "appointed date"  # the rule of the holds that this module opens
FURTHEST = timedelta(days=180)
SLOT_LENGTH = 40
BATCH = 200  # of a store and a tick; the next tick takes the next


@transaction.atomic
def appoint_date(
    *,
    store: Store,
    order_id: int,
    day: date | None,
    actor: User | None,
    at: datetime,
    slot: str = "",
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> Order:
    """Appoint the day on which an order leaves, and a time of day in words; without a day nothing is appointed more.

    The order is held until that day. An extension ends when a day is appointed, since the buyer's newer word counts,
    and stands again when that day is taken back. The same day and slot again change nothing.

    Raises:
        OrderError: the day has passed or is too far away, the slot is too long, or nothing is left to ship.
    """
    slot = _clean_slot(slot) if day is not None else ""
    _check_day(day, business_day(at))
    order = lock_order(store=store, order_id=order_id, version=version)
    if order.status not in SHIPPABLE_STATUSES:
        raise OrderError(
            _("Order %(number)s is “%(status)s”: there is no day left to appoint.")
            % {"number": order.number, "status": order.get_status_display()}
        )
    if (order.appointed_date, order.appointed_slot) == (day, slot):
        return order
    before = _facts(order)
    if order.appointed_date != day:
        _set_day(order, day, actor=actor, at=at)
    order.appointed_slot = slot
    recompute_promise(order)
    record_event(
        order, EventKind.APPOINTED, actor=actor, at=at, source=source, before=before, after=_facts(order), job=job
    )
    bump(order, at, "appointed_date", "appointed_slot", "extended_until", "hold_kinds", *PROMISE_FIELDS, actor=actor)
    return order


def _clean_slot(slot: str) -> str:
    slot = mask_text(" ".join(slot.split()))
    if len(slot) > SLOT_LENGTH:
        raise OrderError(_("The time of day has up to %(count)s characters.") % {"count": SLOT_LENGTH}, "field")
    return slot


def _check_day(day: date | None, today: date) -> None:
    if day is None:
        return
    if day < today:
        raise OrderError(_("%(day)s has passed: appoint today or a day to come.") % {"day": day.isoformat()}, "field")
    if day > today + FURTHEST:
        raise OrderError(_("A day can be appointed at most %(days)s days ahead.") % {"days": FURTHEST.days}, "field")


def _set_day(order: Order, day: date | None, *, actor: User | None, at: datetime) -> None:
    order.appointed_date = day
    if day is not None:
        end_extensions(order, at=at)
    elif (ended_at := _ended_extensions_at(order)) is not None:
        revive_extensions(order, ended_at=ended_at)
    reason = day.isoformat() if day else ""
    lift_holds(order, HoldKind.APPOINTED_DATE, reason=reason, actor=actor, at=at)
    if day is not None and day > business_day(at):
        place_hold(order, HoldKind.APPOINTED_DATE, reason=reason, actor=actor, at=at, rule=APPOINTED_RULE)


def _ended_extensions_at(order: Order) -> datetime | None:
    """Return when a day was appointed that ended an extension."""
    appointed = order.events.filter(kind=EventKind.APPOINTED).exclude(before__extended_until=None)
    return appointed.order_by("-at", "-pk").values_list("at", flat=True).first()


def _facts(order: Order) -> dict[str, Any]:
    day = order.appointed_date
    return promise_facts(order) | {"appointed_date": day and day.isoformat(), "appointed_slot": order.appointed_slot}


def release_due_appointments(now: datetime) -> int:
    """Release the orders whose day has come, of each store; what somebody is saving just now has the next turn."""
    return sum(_release_due(store, now) for store in Store.objects.order_by("pk"))


@transaction.atomic
def _release_due(store: Store, now: datetime) -> int:
    waiting = Hold.objects.filter(
        order=OuterRef("pk"), kind=HoldKind.APPOINTED_DATE, rule=APPOINTED_RULE, released_at__isnull=True
    )
    due = Order.objects.for_store(store).pending_shipment().filter(
        Exists(waiting), appointed_date__lte=business_day(now), hold_kinds__contains=[HoldKind.APPOINTED_DATE]
    )  # fmt: skip
    locked = due.order_by("appointed_date", "pk").select_for_update(of=("self",), skip_locked=True)[:BATCH]
    for order in locked:
        _release(order, now)
    return len(locked)


def _release(order: Order, now: datetime) -> None:
    reason = order.appointed_date.isoformat() if order.appointed_date else ""
    lift_holds(order, HoldKind.APPOINTED_DATE, reason=reason, actor=None, at=now)
    record_event(
        order, EventKind.HOLD_RELEASED, actor=None, at=now, source=EventSource.SYSTEM,
        before={"hold": HoldKind.APPOINTED_DATE.value, "line": None}, after={"reason": reason},
    )  # fmt: skip
    bump(order, now, "hold_kinds")
