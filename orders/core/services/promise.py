"""Promises to ship by a time: longer ones that the buyer agreed to, and what follows when the store's own changes."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.expressions import CombinedExpression
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.common.models import Attachment, Job, Store, User
from orders.core.models import Extension, Order, OrderEvent
from orders.core.promise import ship_by_of
from orders.core.services.base import bump, clean_reason, lock_order, record_event
from orders.core.services.errors import OrderError
from orders.core.statuses import EventKind, EventSource, ShipByRule
from orders.core.texts import extension_context, masked_and_sealed

PROMISE_FIELDS = ("ship_by", "ship_by_rule")
LONGEST_EXTENSION = timedelta(days=60)
AGREEMENT_LENGTH = 1000
BATCH = 500
_SHORTEST_AGREEMENT = 2


def recompute_promise(order: Order) -> bool:
    """Set the ship-by time of a locked order from its facts; the caller saves PROMISE_FIELDS. Tell whether it moved."""
    before = order.ship_by, order.ship_by_rule
    order.ship_by, order.ship_by_rule = ship_by_of(
        store=order.store,
        paid_at=order.paid_at,
        presale_ship_at=order.presale_ship_at,
        appointed_date=order.appointed_date,
        extended_until=order.extended_until,
    )
    return before != (order.ship_by, order.ship_by_rule)


def promise_facts(order: Order) -> dict[str, Any]:
    """Return what events keep of the promise, before and after."""
    return {
        "ship_by": order.ship_by and order.ship_by.isoformat(),
        "ship_by_rule": str(order.ship_by_rule),
        "extended_until": order.extended_until and order.extended_until.isoformat(),
    }


@transaction.atomic
def extend_promise(
    *,
    store: Store,
    order_id: int,
    until: datetime,
    agreement: str,
    image: Attachment | None,
    actor: User | None,
    at: datetime,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> Extension:
    """Record that the buyer agreed to wait longer, with the agreement in their words, as a picture, or both.

    Raises:
        OrderError: there is no agreement, the order does not await shipment, or the new time is no extension.
    """
    agreement = _clean_agreement(agreement, image)
    _check_image(store, image)
    order = lock_order(store=store, order_id=order_id, version=version)
    previous = _check_until(order, until, at)
    masked, sealed = masked_and_sealed(agreement, context=extension_context(store.pk, order.number))
    extension = Extension.objects.create(
        store=store, order=order, until=until, previous_ship_by=previous, agreement=masked, sealed=sealed, image=image,
        recorded_by=actor, recorded_at=at,
    )  # fmt: skip
    before, order.extended_until = promise_facts(order), until
    recompute_promise(order)
    after = promise_facts(order) | {"agreement": masked, "image": image and image.pk}
    record_event(order, EventKind.EXTENDED, actor=actor, at=at, source=source, before=before, after=after, job=job)
    bump(order, at, "extended_until", *PROMISE_FIELDS, actor=actor)
    return extension


@transaction.atomic
def withdraw_extension(
    *,
    store: Store,
    order_id: int,
    reason: str,
    actor: User | None,
    at: datetime,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> Order:
    """Take back the newest extension that stands; the one before it, else the order's own promise, counts again.

    Raises:
        OrderError: none stands, the order does not await shipment, or the reason is missing.
    """
    reason = clean_reason(reason)
    order = lock_order(store=store, order_id=order_id, version=version)
    _check_open(order)
    if order.extended_until is None:
        raise OrderError(_("Order %(number)s has no extension to withdraw.") % {"number": order.number})
    before, order.extended_until = promise_facts(order), _withdraw_newest(order, at)
    recompute_promise(order)
    after = promise_facts(order) | {"reason": reason}
    record_event(
        order, EventKind.EXTENSION_WITHDRAWN, actor=actor, at=at, source=source, before=before, after=after, job=job
    )
    bump(order, at, "extended_until", *PROMISE_FIELDS, actor=actor)
    return order


def _withdraw_newest(order: Order, at: datetime) -> datetime | None:
    """Return the end of the extension that stands now."""
    standing = list(order.extensions.filter(withdrawn_at__isnull=True).order_by("-pk")[:2])
    for newest in standing[:1]:
        newest.withdrawn_at = at
        newest.save(update_fields=["withdrawn_at"])
    return standing[-1].until if standing[1:] else None


def end_extensions(order: Order, *, at: datetime) -> None:
    """End what stands of a locked order: the buyer agreed to something else since. The caller saves extended_until."""
    if order.extended_until is not None:
        order.extensions.filter(withdrawn_at__isnull=True).update(withdrawn_at=at)
        order.extended_until = None


def revive_extensions(order: Order, *, ended_at: datetime) -> None:
    """Let stand again what ended at that moment, of a locked order. The caller saves extended_until."""
    ended = order.extensions.filter(withdrawn_at=ended_at)
    newest = ended.order_by("-pk").first()
    if newest is not None:
        ended.update(withdrawn_at=None)
        order.extended_until = newest.until


def _clean_agreement(text: str, image: Attachment | None) -> str:
    text = text.strip()
    if len(text) > AGREEMENT_LENGTH:
        raise OrderError(
            _("The agreement has up to %(count)s characters: keep the sentences that matter.")
            % {"count": AGREEMENT_LENGTH},
            "field",
        )
    if len(text) < _SHORTEST_AGREEMENT and image is None:
        raise OrderError(
            _("An extension needs the buyer's agreement: their words, or a picture of the conversation."), "field"
        )
    return text


def _check_image(store: Store, image: Attachment | None) -> None:
    if image is None:
        return
    if image.store_id != store.pk or image.kind != Attachment.Kind.IMAGE or not image.stored:
        raise OrderError(_("This file cannot stand for the agreement: add a picture of the conversation."), "field")


def _check_until(order: Order, until: datetime, at: datetime) -> datetime:
    """Return the time that the order had to leave by so far."""
    _check_open(order)
    if order.ship_by is None:
        raise OrderError(_("Order %(number)s has no ship-by time to extend.") % {"number": order.number})
    if until <= max(at, order.ship_by):
        raise OrderError(
            _("Order %(number)s ships by %(ship_by)s: an extension ends later than that, and later than now.")
            % {"number": order.number, "ship_by": _moment(order.ship_by)},
            "field",
        )
    if until > at + LONGEST_EXTENSION:
        raise OrderError(
            _("An extension ends at most %(days)s days from now.") % {"days": LONGEST_EXTENSION.days}, "field"
        )
    return order.ship_by


def _check_open(order: Order) -> None:
    if not order.is_open:
        raise OrderError(
            _("Order %(number)s is “%(status)s”: only the promise of an order that awaits shipment can be changed.")
            % {"number": order.number, "status": order.get_status_display()}
        )


def _moment(at: datetime) -> str:
    return f"{timezone.localtime(at):%m-%d %H:%M}"


def recompute_store_promise(
    *, store: Store, at: datetime, job: Job | None = None, on_progress: Callable[[int], None] | None = None
) -> int:
    """Give the open orders that run on the store's promise the time it says now; return how many moved.

    What somebody is saving at this moment is left for a second pass, which waits for it.
    """
    moved = 0
    for is_patient in (False, True):
        last = 0
        while batch := _move_batch(store, at, job, after=last, is_patient=is_patient):
            last, moved = batch[-1].pk, moved + len(batch)
            if on_progress is not None:
                on_progress(moved)
    return moved


def outdated_promises(store: Store) -> QuerySet[Order]:
    """Return the open orders on the store's promise whose time is not the one it says now."""
    running = Order.objects.for_store(store).pending_shipment().filter(ship_by_rule=ShipByRule.PROMISE)
    return running.exclude(ship_by=_promised(store))


def _promised(store: Store) -> CombinedExpression:
    # See also orders.core.promise.ship_by_of
    return F("paid_at") + timedelta(hours=store.promise_hours)


@transaction.atomic
def _move_batch(store: Store, at: datetime, job: Job | None, *, after: int, is_patient: bool) -> list[Order]:
    outdated = outdated_promises(store).filter(pk__gt=after).order_by("pk")
    orders = list(outdated.select_for_update(of=("self",), skip_locked=not is_patient)[:BATCH])
    OrderEvent.objects.bulk_create([_moved_event(order, store, at, job) for order in orders])
    Order.objects.filter(pk__in=[order.pk for order in orders]).update(
        ship_by=_promised(store), version=F("version") + 1, updated_at=at
    )
    return orders


def _moved_event(order: Order, store: Store, at: datetime, job: Job | None) -> OrderEvent:
    order.store = store
    before = promise_facts(order)
    recompute_promise(order)
    return OrderEvent(
        store=store, order=order, kind=EventKind.PROMISE_CHANGED, source=EventSource.SYSTEM, before=before,
        after=promise_facts(order), job=job, at=at, order_version=order.version + 1,
    )  # fmt: skip
