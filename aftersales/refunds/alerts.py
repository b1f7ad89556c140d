"""What raises alerts of after-sales: cases that came from outside, and deadlines of the shop that come near.

Called every 15 s. New cases are found by their ids, deadlines every five minutes by the time that passed since the last
look, so that a busy shop is told of many at once. Five statements at most, however many shops and cases there are.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from aftersales.refunds.models import Refund, RefundPolicy
from aftersales.refunds.statuses import OPEN_STATES, SHOP_STATES
from backoffice.common.models import AlertKind, AlertMark, Store
from backoffice.common.models.alerts import ALERT_RIGHTS
from backoffice.common.services.alerts import raise_alert
from orders.core.statuses import EventSource

MARK = "refunds"
_DEADLINES_EVERY = timedelta(minutes=5)
_LONGEST = timedelta(days=1)  # how far back a deadline may lie that is still told, after a standstill

# ids are given before they are committed: while cases are being written, only those of the last look are all there
_WRITERS = """
SELECT EXISTS (
    SELECT FROM pg_locks WHERE locktype = 'relation' AND mode = 'RowExclusiveLock' AND pid <> pg_backend_pid()
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND relation = 'refunds_refund'::regclass)
"""
_NEW = """
SELECT r.store_id, count(*), (array_agg(DISTINCT o.number))[1:5]
FROM refunds_refund r JOIN orders_order o ON o.id = r.order_id
WHERE r.id > %(seen)s AND r.id <= %(upto)s AND r.source = ANY(%(sources)s) AND r.status = ANY(%(open)s)
GROUP BY 1 ORDER BY 1
"""
_DUE = """
SELECT s.id, found.count, found.numbers
FROM common_store s LEFT JOIN refunds_refundpolicy p ON p.store_id = s.id
CROSS JOIN LATERAL (SELECT coalesce(p.due_soon_hours, %(hours)s) * interval '1 hour' AS ahead) AS line
CROSS JOIN LATERAL (
    SELECT count(*) AS count, (array_agg(o.number ORDER BY r.deadline, r.id))[1:5] AS numbers
    FROM refunds_refund r JOIN orders_order o ON o.id = r.order_id
    WHERE r.store_id = s.id AND r.status = ANY(%(shop)s)
        AND r.deadline > %(since)s + line.ahead AND r.deadline <= %(now)s + line.ahead
) AS found
WHERE s.is_active AND found.count > 0 ORDER BY s.id
"""


@transaction.atomic
def raise_case_alerts(now: datetime) -> None:
    """Tell what has happened since the last call; the first call only notes where it stands."""
    mark = AlertMark.objects.select_for_update(skip_locked=True).filter(name=MARK).first()
    if mark is None:  # the first call, or another worker looks just now
        start = {"seen": _top(), "top": _top(), "since": now.isoformat()}
        AlertMark.objects.get_or_create(name=MARK, defaults={"at": now, "value": start})
    elif mark.at < now:
        AlertMark.objects.filter(pk=mark.pk).update(value=_look(mark, now), at=now)


def _top() -> int:
    return Refund.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def _look(mark: AlertMark, now: datetime) -> dict[str, Any]:
    """Raise what lies between the last look and now; return what the next look must know."""
    seen, since = mark.value["seen"], max(datetime.fromisoformat(mark.value["since"]), now - _LONGEST)
    top = _top()
    upto = max(mark.value["top"] if _fetch(_WRITERS, {})[0][0] else top, seen)
    if upto > seen:
        sources = [EventSource.PLATFORM.value, EventSource.API.value]
        values = {"seen": seen, "upto": upto, "sources": sources, "open": [state.value for state in OPEN_STATES]}
        _raise(AlertKind.REFUND_NEW, _fetch(_NEW, values), now)
    if now - since >= _DEADLINES_EVERY:
        hours = RefundPolicy().due_soon_hours
        shop = [state.value for state in SHOP_STATES]
        _raise(AlertKind.REFUND_DUE, _fetch(_DUE, {"since": since, "now": now, "hours": hours, "shop": shop}), now)
        since = now
    return {"seen": upto, "top": top, "since": since.isoformat()}


def _fetch(statement: str, values: dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def _raise(kind: AlertKind, found: list[Any], now: datetime) -> None:
    stores = Store.objects.in_bulk({store for store, _count, _numbers in found}) if found else {}
    for store, count, numbers in found:
        raise_alert(store=stores[store], kind=kind, right=ALERT_RIGHTS[kind], at=now, count=count, subjects=numbers)
