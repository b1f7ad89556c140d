"""What raises alerts of orders: new ones, holds by rules, notes changed after printing, deadlines that come and pass.

Called every 15 s. It reads the part of the history that was written since, and every five minutes the open orders whose
deadline lies between the last look and now, so that a busy shop is told of many at once. Six statements at most,
however many stores and orders there are.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection, transaction

from backoffice.common.models import AlertMark, Store
from backoffice.common.models.alerts import ALERT_RIGHTS
from backoffice.common.services.alerts import raise_alert
from orders.core.models import OrderEvent
from orders.core.statuses import FACT_HOLDS, OPEN_STATUSES

MARK = "orders"
_DEADLINES_EVERY = timedelta(minutes=5)
_LONGEST = timedelta(days=1)  # how far back a deadline may lie that is still told, after a standstill


class Found(NamedTuple):
    """One thing to tell of, in one store."""

    store_id: int
    kind: str
    rule: str
    size: int
    numbers: list[str]


class Look(NamedTuple):
    """What lies between the last look and this one: events by id, deadlines by time."""

    seen: int
    upto: int
    top: int
    since: datetime
    now: datetime

    @property
    def has_deadlines(self) -> bool:
        return self.now - self.since >= _DEADLINES_EVERY

    def mark(self) -> dict[str, Any]:
        """Return what the next look must know."""
        told_until = self.now if self.has_deadlines else self.since
        return {"seen": self.upto, "top": self.top, "since": told_until.isoformat()}


@transaction.atomic
def raise_due_alerts(now: datetime) -> None:
    """Tell what has happened since the last call; the first call only notes where it stands."""
    mark = AlertMark.objects.select_for_update(skip_locked=True).filter(name=MARK).first()
    if mark is None:  # the first call, or another worker looks just now
        AlertMark.objects.get_or_create(name=MARK, defaults={"at": now, "value": _start(now)})
    elif mark.at < now:
        look = _next_look(mark, now)
        _raise([*_happened(look), *_came_due(look)], now)
        AlertMark.objects.filter(pk=mark.pk).update(value=look.mark(), at=now)


def _start(now: datetime) -> dict[str, Any]:
    top = _top()
    return Look(seen=top, upto=top, top=top, since=now, now=now).mark()


def _top() -> int:
    return OrderEvent.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def _next_look(mark: AlertMark, now: datetime) -> Look:
    """Look at all events when nobody is writing some; else at those that were there at the last look.

    Ids are given before they are committed: behind the newest one there may be others that nobody sees yet.
    """
    top = _top()
    upto = mark.value["top"] if _is_being_written() else top
    since = max(datetime.fromisoformat(mark.value.get("since", mark.at.isoformat())), now - _LONGEST)
    return Look(seen=mark.value["seen"], upto=max(upto, mark.value["seen"]), top=top, since=since, now=now)


def _is_being_written() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_WRITERS)
        return bool(cursor.fetchone()[0])


_WRITERS = """
SELECT EXISTS (
    SELECT FROM pg_locks WHERE locktype = 'relation' AND mode = 'RowExclusiveLock' AND pid <> pg_backend_pid()
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND relation = 'orders_orderevent'::regclass)
"""

# the kinds of history that are told, and as what
_EVENTS = """
SELECT x.store_id, x.kind, x.rule, count(DISTINCT x.order_id), (array_agg(DISTINCT o.number))[1:5]
FROM (
    SELECT id, store_id, order_id, at, CASE WHEN kind = 'held' THEN after->>'rule' ELSE '' END AS rule,
        CASE WHEN kind = 'imported' AND after->>'status' = ANY(%(open)s) THEN 'new_orders'
             WHEN kind IN ('paid', 'platform_changed') AND before->>'status' = 'pending_payment'
                  AND after->>'status' = ANY(%(open)s) THEN 'new_orders'
             WHEN kind = 'held' AND source = 'rule' AND NOT after->>'hold' = ANY(%(facts)s) THEN 'held'
             WHEN kind = 'note_received' THEN 'note_changed' END AS kind
    FROM orders_orderevent WHERE id > %(seen)s AND id <= %(upto)s
        AND kind IN ('imported', 'paid', 'platform_changed', 'held', 'note_received')
) AS x JOIN orders_order o ON o.id = x.order_id
WHERE x.kind IS NOT NULL AND (x.kind <> 'note_changed' OR o.printed_at <= x.at)
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""

# those that crossed one of two lines: the deadline itself, and so many hours before it
_DEADLINES = """
SELECT s.id, line.kind, '', found.count, found.numbers
FROM common_store s
CROSS JOIN LATERAL (VALUES ('overdue', interval '0'), ('due_soon', s.due_soon_hours * interval '1 hour'))
    AS line (kind, ahead)
CROSS JOIN LATERAL (
    SELECT count(*) AS count, (array_agg(o.number ORDER BY o.ship_by, o.id))[1:5] AS numbers FROM orders_order o
    WHERE o.store_id = s.id AND o.status IN ('pending_shipment', 'partially_shipped')
        AND o.ship_by > %(since)s + line.ahead AND o.ship_by <= %(now)s + line.ahead
        AND (line.kind = 'overdue' OR o.ship_by > %(now)s)
) AS found
WHERE s.is_active AND found.count > 0 ORDER BY s.id, line.kind
"""


def _happened(look: Look) -> list[Found]:
    values = {"seen": look.seen, "upto": look.upto, "open": list(OPEN_STATUSES), "facts": sorted(FACT_HOLDS)}
    return _rows(_EVENTS, values) if look.upto > look.seen else []


def _came_due(look: Look) -> list[Found]:
    return _rows(_DEADLINES, {"since": look.since, "now": look.now}) if look.has_deadlines else []


def _rows(statement: str, values: dict[str, Any]) -> list[Found]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [Found(*row) for row in cursor.fetchall()]


def _raise(found: Iterable[Found], now: datetime) -> None:
    told = list(found)
    stores = Store.objects.in_bulk({one.store_id for one in told}) if told else {}
    for one in told:
        raise_alert(
            store=stores[one.store_id],
            kind=one.kind,
            right=ALERT_RIGHTS[one.kind],
            at=now,
            count=one.size,
            subjects=one.numbers,
            data={"rule": one.rule} if one.rule else {},
        )
