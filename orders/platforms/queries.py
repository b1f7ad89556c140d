from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.db.models import Q, QuerySet

from backoffice.common.models import Store
from backoffice.common.statements import fetch
from orders.core.models import OutboxMessage, OutboxState
from orders.platforms.models import PlatformConnection

PAGE = 50
COUNTED = 1000  # a longer list is "1000+"


def connection_of(store: Store, *, is_locked: bool = False) -> PlatformConnection | None:
    """Return the store's connection, locked against changes and other senders if asked."""
    rows = PlatformConnection.objects.filter(store=store).select_related("store")
    return (rows.select_for_update(of=("self",)) if is_locked else rows).first()


def messages_of(store: Store, state: str) -> QuerySet[OutboxMessage]:
    """Return what the outbox holds in one state, with what the API says of it."""
    found = OutboxMessage.objects.for_store(store).filter(state=state)
    return found.select_related("order", "event").only(
        *(f"order__{name}" for name in ("number", "store_id")),
        *(f"event__{name}" for name in ("actor_name", "source", "kind", "at", "after")),
        *(field.attname for field in OutboxMessage._meta.concrete_fields),  # noqa: SLF001 -- public in Django's docs
    )


class OutboxRow(NamedTuple):
    """What a page shows of a message."""

    pk: int
    number: str
    kind: str
    state: str
    created_at: datetime
    sent_at: datetime | None
    attempts: int
    error_code: str
    error: str
    actor_name: str
    source: str
    tracking_number: str | None


_ROWS = """
SELECT m.id, o.number, m.kind, m.state, m.created_at, m.sent_at, m.attempts, m.error_code, m.error,
    e.actor_name, e.source, e.after ->> 'tracking_number'
FROM (
    SELECT * FROM orders_outboxmessage WHERE store_id = %(store)s AND state = %(state)s AND {place} LIMIT %(size)s
) AS m JOIN orders_order o ON o.id = m.order_id JOIN orders_orderevent e ON e.id = m.event_id ORDER BY m.id DESC
"""
_OLDER = _ROWS.format(place="id < %(after)s ORDER BY id DESC")
_NEWER = _ROWS.format(place="id > %(before)s ORDER BY id")
_COUNTS = """
SELECT state, (SELECT count(*) FROM (
    SELECT FROM orders_outboxmessage WHERE store_id = %(store)s AND state = s.state LIMIT %(cap)s
) AS found) FROM unnest(%(states)s::text[]) AS s(state)
"""


class OutboxPage(NamedTuple):
    rows: list[OutboxRow]
    older: int | None  # the key after which the list goes on; None: it ends
    newer: int | None


def outbox_page(
    store: Store, state: str, *, after: int | None = None, before: int | None = None, size: int = PAGE
) -> OutboxPage:
    """Return a page of the messages in one state, the newest first: older ones than `after`, or newer than `before`."""
    values = {"store": store.pk, "state": state, "size": size + 1, "after": after or 2**63 - 1, "before": before}
    found = [OutboxRow(*row) for row in fetch(_OLDER if before is None else _NEWER, values)]
    has_more = len(found) > size
    if before is None:
        rows = found[:size]
        has_older, has_newer = has_more, after is not None
    else:
        rows = found[-size:]
        has_older, has_newer = True, has_more
    return OutboxPage(rows, rows[-1].pk if rows and has_older else None, rows[0].pk if rows and has_newer else None)


def counts_of(store: Store) -> dict[str, int]:
    """Return how many messages are in each state, counted up to COUNTED; one statement."""
    return dict(fetch(_COUNTS, {"store": store.pk, "cap": COUNTED, "states": OutboxState.values}))


def due_messages(store: Store, now: datetime) -> QuerySet[OutboxMessage]:
    """Return what may be sent now, the oldest first."""
    waiting = OutboxMessage.objects.for_store(store).filter(state=OutboxState.PENDING, not_before__lte=now)
    return waiting.order_by("not_before", "pk")


class OutboxFate(NamedTuple):
    """What became of the message of one event."""

    event_id: int
    state: str
    error_code: str
    error: str
    is_connected: bool  # its store sends acts


_FATES = """
SELECT m.event_id, m.state, m.error_code, m.error, EXISTS (
    SELECT FROM platforms_platformconnection c WHERE c.store_id = m.store_id AND c.is_active AND c.sends_acts
) FROM orders_outboxmessage m WHERE m.event_id = ANY(%(events)s)
"""


def outbox_fates(event_ids: Iterable[int]) -> list[OutboxFate]:
    """Return what became of the messages of events; one statement."""
    return [OutboxFate(*row) for row in fetch(_FATES, {"events": list(event_ids)})]


def sends_acts(store: Store) -> bool:
    """Tell whether acts leave for the platform at all."""
    return PlatformConnection.objects.filter(store=store, is_active=True, sends_acts=True).exists()


def sends_answers(store: Store) -> bool:
    """Tell whether answers to refunds leave for the platform."""
    found = PlatformConnection.objects.filter(store=store, is_active=True, sends_acts=True, sends_answers=True)
    return found.exists()


def connections_to_use(now: datetime) -> QuerySet[PlatformConnection]:
    """Return the connections that are on and not banned by the platform's rate limit."""
    is_free = Q(blocked_until__isnull=True) | Q(blocked_until__lte=now)
    found = PlatformConnection.objects.filter(is_free, is_active=True, store__is_active=True)
    return found.select_related("store").order_by("pk")
