"""How fast skus leave, how long what is free lasts at that pace, and who should order more."""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from backoffice.common.models import Alert, AlertKind, Store
from backoffice.common.models.alerts import ALERT_RIGHTS
from backoffice.common.services.alerts import raise_alert
from orders.fulfilment.models import Sku
from orders.fulfilment.models.products import SkuQuerySet

_CHUNK, _NAMED = 2000, 5
# rows are locked in the order of their keys, as everywhere, and written only where something changed
_FORECAST = """
WITH locked AS (
    SELECT id, counted_at, greatest(on_hand - reserved, 0) AS free FROM fulfilment_sku
    WHERE store_id = %(store)s AND id > %(after)s ORDER BY id LIMIT %(chunk)s FOR UPDATE
), sold AS (
    SELECT m.sku_id, -sum(m.on_hand_change) AS count FROM fulfilment_stockmovement m
    WHERE m.store_id = %(store)s AND m.kind = 'ship' AND m.at >= %(since)s AND m.sku_id IN (SELECT id FROM locked)
    GROUP BY m.sku_id
), facts AS (
    SELECT l.id, coalesce(s.count, 0) AS sold, CASE WHEN l.counted_at IS NOT NULL AND s.count > 0
        THEN least(round(l.free * %(days)s::numeric / s.count, 1), 99999.9) END AS cover
    FROM locked l LEFT JOIN sold s ON s.sku_id = l.id
), saved AS (
    UPDATE fulfilment_sku k SET sold_count = f.sold, cover_days = f.cover, demand_at = %(at)s FROM facts f
    WHERE k.id = f.id AND (k.sold_count, k.cover_days) IS DISTINCT FROM (f.sold::integer, f.cover)
)
SELECT max(id) FROM locked
"""


def forecast_demand(*, store: Store, at: datetime) -> int:
    """Count what left in the store's window of days, and tell once a day how many skus run low; return how many."""
    values = {
        "store": store.pk, "at": at, "since": at - timedelta(days=store.demand_days), "days": store.demand_days,
        "chunk": _CHUNK, "after": 0,
    }  # fmt: skip
    while (last := _forecast(values)) is not None:
        values["after"] = last
    count, kind = low_skus(store).count(), AlertKind.LOW_STOCK
    if count and not _is_told(store, at):
        codes = list(low_skus(store).order_by("code").values_list("code", flat=True)[:_NAMED])
        raise_alert(store=store, kind=kind, right=ALERT_RIGHTS[kind], at=at, count=count, data={"sku_codes": codes})
    return count


@transaction.atomic
def _forecast(values: dict[str, Any]) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(_FORECAST, values)
        row = cursor.fetchone()
    return row[0] if row else None


def low_skus(store: Store) -> SkuQuerySet:
    """Return the counted skus that are sold and have no more free than is to be kept, or only for a few days."""
    lasts_too_short = Q(cover_days__lt=store.low_cover_days)
    low = Sku.objects.for_store(store).counted().filter(is_active=True)
    return low.filter(Q(pk__in=Sku.objects.for_store(store).low().values("pk")) | lasts_too_short)


def _is_told(store: Store, at: datetime) -> bool:
    today = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
    return Alert.objects.for_store(store).filter(kind=AlertKind.LOW_STOCK, at__gte=today).exists()
