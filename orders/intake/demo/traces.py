"""Invented traces for the demo shop's parcels of the last days, each of which says that it is one."""

from datetime import datetime, timedelta

from django.db.models import F

from backoffice.common.models import Store
from orders.core.statuses import OrderStatus
from orders.fulfilment.models import Shipment
from orders.fulfilment.services.anomalies import find_anomalies
from orders.fulfilment.services.courier_days import recount_marked_days
from orders.fulfilment.services.polling import poll_traces

_DAYS, _STEP = 14, 2  # as far back as a parcel may be lost, and how often is looked


def furnish_traces(store: Store, at: datetime) -> dict[str, int]:
    """Watch the parcels of the last days, and live through these days: cases are as old as what they are about."""
    since = at - timedelta(days=_DAYS)
    Store.objects.filter(pk=store.pk).update(parcels_watched_since=since)
    store.parcels_watched_since = since
    parcels = Shipment.objects.for_store(store).filter(shipped_at__gte=since, shipped_at__gt=F("order__paid_at"))
    received = parcels.filter(order__status=OrderStatus.COMPLETED)
    received.update(is_watched=True)
    poll_traces(store=store, at=at)
    parcels.update(is_watched=True)
    received.update(is_watched=False)  # nobody missed them
    totals = {"new": 0, "opened": 0, "closed": 0}
    for days in range(_DAYS, -1, -_STEP):
        now = at - timedelta(days=days)
        found = poll_traces(store=store, at=now) | find_anomalies(store=store, at=now).as_dict()
        totals = {name: count + found[name] for name, count in totals.items()}
    while recount_marked_days(limit=60):
        pass
    return totals
