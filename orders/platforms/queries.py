from collections.abc import Iterable
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from backoffice.common.models import Store
from orders.core.models import OutboxMessage, OutboxState
from orders.platforms.models import PlatformConnection

COUNTED = 1000  # a longer list is "1000+"


def connection_of(store: Store, *, is_locked: bool = False) -> PlatformConnection | None:
    """Return the store's connection, locked against changes and other senders if asked."""
    rows = PlatformConnection.objects.filter(store=store).select_related("store")
    return (rows.select_for_update(of=("self",)) if is_locked else rows).first()


def messages_of(store: Store, state: str) -> QuerySet[OutboxMessage]:
    """Return what the outbox holds in one state, with what a page shows of it."""
    found = OutboxMessage.objects.for_store(store).filter(state=state)
    return found.select_related("order", "event").only(
        *(f"order__{name}" for name in ("number", "store_id")),
        *(f"event__{name}" for name in ("actor_name", "source", "kind", "at", "after")),
        *(field.attname for field in OutboxMessage._meta.concrete_fields),  # noqa: SLF001 -- public in Django's docs
    )


def counts_of(store: Store) -> dict[str, int]:
    """Return how many messages are in each state, counted up to COUNTED; one statement."""
    parts = [
        OutboxMessage.objects.for_store(store).filter(state=state).order_by().values_list("state", flat=True)[:COUNTED]
        for state in OutboxState.values
    ]
    counts = dict.fromkeys(OutboxState.values, 0)
    for state in parts[0].union(*parts[1:], all=True):
        counts[state] += 1
    return counts


def due_messages(store: Store, now: datetime) -> QuerySet[OutboxMessage]:
    """Return what may be sent now, the oldest first."""
    waiting = OutboxMessage.objects.for_store(store).filter(state=OutboxState.PENDING, not_before__lte=now)
    return waiting.order_by("not_before", "pk")


def outbox_states(event_ids: Iterable[int]) -> list[OutboxMessage]:
    """Return the messages of events, and whether their store is connected (`is_connected`); one statement."""
    connected = PlatformConnection.objects.filter(store=OuterRef("store"), is_active=True, sends_acts=True)
    return list(OutboxMessage.objects.filter(event_id__in=list(event_ids)).annotate(is_connected=Exists(connected)))


def sends_acts(store: Store) -> bool:
    """Tell whether acts leave for the platform at all."""
    return PlatformConnection.objects.filter(store=store, is_active=True, sends_acts=True).exists()


def connections_to_use(now: datetime) -> QuerySet[PlatformConnection]:
    """Return the connections that are on and not banned by the platform's rate limit."""
    is_free = Q(blocked_until__isnull=True) | Q(blocked_until__lte=now)
    found = PlatformConnection.objects.filter(is_free, is_active=True, store__is_active=True)
    return found.select_related("store").order_by("pk")
