"""What has left the outbox long ago is deleted; so is what waits in a store that never got a connection."""

from datetime import datetime, timedelta

from django.db.models import QuerySet

from orders.core.models import OutboxMessage, OutboxState
from orders.platforms.models import PlatformConnection

KEPT = timedelta(days=90)
_AT_ONCE = 10_000


def purge_outbox(now: datetime) -> dict[str, int]:
    """Delete old messages that nobody waits for; what failed stays until somebody settles it."""
    old = OutboxMessage.objects.filter(created_at__lt=now - KEPT)
    count = _delete(old.filter(state__in=(OutboxState.SENT, OutboxState.KEPT)))
    connected = PlatformConnection.objects.values("store")
    return {"outbox": count + _delete(old.filter(state=OutboxState.PENDING).exclude(store__in=connected))}


def _delete(rows: QuerySet[OutboxMessage]) -> int:
    total = 0
    while count := rows.filter(pk__in=list(rows.values_list("pk", flat=True)[:_AT_ONCE])).delete()[0]:
        total += count
    return total
