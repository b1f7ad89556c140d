"""What every act on an order does: lock first, decide, write the event, bump the version."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import OperationalError
from django.utils.translation import gettext as _
from psycopg.errors import LockNotAvailable

from backoffice.common.masking import mask_text
from backoffice.common.models import Job, Store, User
from backoffice.common.outgoing import card_numbers
from orders.core.models import Order, OrderEvent, OutboxKind, OutboxMessage, OutboxState
from orders.core.services.errors import OrderError, VersionConflict
from orders.core.statuses import MOVES, EventKind, EventSource, OrderStatus

CLAIM_LEASE = timedelta(minutes=20)
CLOSE_WAIT = timedelta(minutes=15)  # as long as a closed order may be reopened, the platform is not told
TOLD_KINDS: dict[str, OutboxKind] = {  # what the platform should know of
    EventKind.SHIPPED: OutboxKind.SHIP,
    EventKind.REMARKED: OutboxKind.MEMO,
    EventKind.REMARK_WITHDRAWN: OutboxKind.MEMO,
    EventKind.FLAG_CHANGED: OutboxKind.FLAG,
    EventKind.CLOSED: OutboxKind.CLOSE,
}
TOLD_SOURCES = frozenset({EventSource.STAFF, EventSource.RULE, EventSource.API})


def lock_order(*, store: Store, order_id: int, version: int | None = None) -> Order:
    """Lock one order of the store for this transaction.

    Raises:
        Order.DoesNotExist: the store has no such order.
        VersionConflict: the order is not at the version the caller saw.
        OrderError: somebody holds the lock for longer than `lock_timeout`.
    """
    try:
        order = Order.objects.for_store(store).locked().get(pk=order_id)
    except OperationalError as error:
        if not isinstance(error.__cause__, LockNotAvailable):
            raise
        raise OrderError(_("Somebody is saving this order right now. Nothing was changed; try again.")) from error
    order.store = store
    if version is not None and order.version != version:
        raise VersionConflict(order, version, list(order.events.filter(order_version__gt=version).order_by("pk")))
    return order


def record_event(
    order: Order,
    kind: str,
    *,
    actor: User | None,
    at: datetime,
    source: str = EventSource.STAFF,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    job: Job | None = None,
) -> OrderEvent:
    """Append to the order's history; call it before `bump`, whose version it names.

    An act that the platform should know of is put into the outbox with it.
    """
    event = OrderEvent.objects.create(
        store_id=order.store_id,
        order=order,
        kind=kind,
        source=source,
        actor=actor,
        actor_name=str(actor or "")[:60],
        before=dict(before or {}),
        after=dict(after or {}),
        job=job,
        at=at,
        order_version=order.version + 1,
    )
    if source in TOLD_SOURCES:
        _tell_platform(event)
    return event


def _tell_platform(event: OrderEvent) -> None:
    """Put the act into the outbox; reopening takes a closing back that was not sent yet."""
    kind = TOLD_KINDS.get(event.kind)
    if kind is not None:
        put_into_outbox(event, kind, wait=CLOSE_WAIT if kind == OutboxKind.CLOSE else timedelta(0))
    elif event.kind == EventKind.REOPENED:
        OutboxMessage.objects.filter(
            order_id=event.order_id, kind=OutboxKind.CLOSE, state=OutboxState.PENDING, asked_at__isnull=True
        ).update(state=OutboxState.KEPT, error_code="reopened")


def put_into_outbox(event: OrderEvent, kind: OutboxKind, *, wait: timedelta = timedelta(0)) -> None:
    """Have the store's adapter tell the platform of an event."""
    OutboxMessage.objects.create(
        store_id=event.store_id,
        order_id=event.order_id,
        event=event,
        kind=kind,
        created_at=event.at,
        not_before=event.at + wait,
    )


def bump(order: Order, at: datetime, *fields: str, actor: User | None = None) -> None:
    """Save these columns of a locked order with the next version; the actor's own claim on it is renewed."""
    names = {*fields, "version", "updated_at"}
    order.version += 1
    order.updated_at = at
    if actor is not None and order.claimed_by_id == actor.pk and order.is_claimed(at):
        order.claim_expires_at = at + CLAIM_LEASE
        names.add("claim_expires_at")
    order.save(update_fields=names)


def check_move(order: Order, new: OrderStatus) -> None:
    """Refuse a move that staff may not make.

    Raises:
        OrderError: the order's status does not allow it.
    """
    if new not in MOVES[order.status]:
        raise OrderError(
            _("Order %(number)s is “%(status)s” and cannot become “%(new)s”.")
            % {"number": order.number, "status": order.get_status_display(), "new": new.label}
        )


def move(order: Order, new: OrderStatus, kind: EventKind, *, actor: User | None, at: datetime, **event: Any) -> None:
    """Check and record a move; the caller holds the row lock and saves. `event`: after, source, job."""
    check_move(order, new)
    after = {"status": new.value, **(event.pop("after", None) or {})}
    record_event(order, kind, actor=actor, at=at, before={"status": str(order.status)}, after=after, **event)
    order.status = new


def clean_reason(text: str, *, shortest: int = 2, longest: int = 300) -> str:
    """Return the reason without surrounding space and with phone-like numbers masked.

    Raises:
        OrderError: it is missing or too long.
    """
    reason = text.strip()
    if not shortest <= len(reason) <= longest:
        raise OrderError(
            _("Give a reason of %(shortest)s to %(longest)s characters.") % {"shortest": shortest, "longest": longest},
            "field",
        )
    return mask_text(reason)


def is_order_number(number: str, *, store: Store) -> bool:
    """Tell whether an order of the store has it: one in ten looks like the number of a bank card."""
    return Order.objects.for_store(store).filter(number=number).exists()


def refuse_cards(text: str, *, store: Store) -> None:
    """Refuse a text that holds a bank card number; the number of an order of the store may stand there.

    Raises:
        OrderError: it does.
    """
    if found := card_numbers(text, is_known=lambda number: is_order_number(number, store=store)):
        raise OrderError(
            _("“%(number)s” looks like a bank card number. Account numbers are not written down here: refunds go back "
              "the way the buyer paid.") % {"number": f"{found[0][:4]}…{found[0][-4:]}"},
            "field",
        )  # fmt: skip
