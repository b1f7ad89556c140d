"""Invented traces for the demo shop's parcels of the last days, each of which says that it is one."""

from datetime import datetime

from backoffice.common.models import Store
from orders.fulfilment.models import Shipment
from orders.fulfilment.services.anomalies import find_anomalies
from orders.fulfilment.services.courier_days import recount_marked_days
from orders.fulfilment.services.polling import poll_traces
from orders.fulfilment.services.tracking import WATCHED_BEFORE


def furnish_traces(store: Store, at: datetime) -> dict[str, int]:
    """Watch the parcels of the last days, ask the demo's adapter about them, and look for trouble."""
    since = at - WATCHED_BEFORE
    Store.objects.filter(pk=store.pk).update(parcels_watched_since=since)
    store.parcels_watched_since = since
    Shipment.objects.for_store(store).filter(shipped_at__gte=since).update(is_watched=True)
    told = poll_traces(store=store, at=at)
    report = find_anomalies(store=store, at=at)
    while recount_marked_days(limit=60):
        pass
    return told | report.as_dict()
