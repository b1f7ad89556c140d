"""Traces of the parcels of cases: kept once each, repeated on the parcel, and of a return on its case."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime

from django.db import connection, transaction

from aftersales.refunds.models import Refund, ReturnParcel
from backoffice.common.models import Store
from backoffice.common.statements import fetch
from orders.fulfilment.models import Shipment
from orders.fulfilment.services.tracking import CleanEvent
from orders.fulfilment.traces.adapters import Asked

_Key = tuple[int, str]  # of an event: its parcel's, and its digest

_KEEP = """
INSERT INTO refunds_returnevent (parcel_id, at, state, place, text, source, digest, received_at)
SELECT x.parcel, x.at, x.state, x.place, x.text, %(source)s, x.digest, %(received)s
FROM unnest(%(parcels)s::bigint[], %(digests)s::text[], %(times)s::timestamptz[], %(states)s::text[],
    %(places)s::text[], %(texts)s::text[]) AS x (parcel, digest, at, state, place, text)
ON CONFLICT (parcel_id, digest) DO NOTHING RETURNING parcel_id, digest
"""
# a courier's words of a return: “退件已签收” arrived, “退回中” is on its way
_ARRIVAL = "(?<!未|待|等待)签收(?!前|失败)"
_REPEAT = """
UPDATE refunds_returnparcel p SET last_event_at = e.last_at, last_event = coalesce(e.last_text, ''),
    signed_at = e.signed_at
FROM (
    SELECT t.parcel_id, max(t.at) AS last_at,
        (array_agg(left(coalesce(nullif(t.text, ''), t.place), 200) ORDER BY t.at DESC, t.id DESC))[1] AS last_text,
        min(t.at) FILTER (WHERE t.state = 'signed' OR t.state = 'returned' AND t.text ~ %(arrived)s) AS signed_at
    FROM refunds_returnevent t WHERE t.parcel_id = ANY(%(parcels)s) GROUP BY t.parcel_id
) AS e
WHERE p.id = e.parcel_id
"""
# the newest return of a case is the one that is waited for
_ARRIVED = """
UPDATE refunds_refund r SET return_signed_at = p.signed_at FROM refunds_returnparcel p
WHERE p.id = ANY(%(parcels)s) AND p.refund_id = r.id AND p.direction = 'back' AND p.signed_at IS NOT NULL
    AND r.inspected_at IS NULL AND r.return_signed_at IS DISTINCT FROM p.signed_at
    AND NOT EXISTS (
        SELECT FROM refunds_returnparcel n WHERE n.refund_id = r.id AND n.direction = 'back' AND n.id > p.id)
"""
_ON_THEIR_WAY = """
SELECT p.id, p.courier, p.tracking_number, p.sent_at, o.province || o.city
FROM refunds_refund r JOIN refunds_returnparcel p ON p.refund_id = r.id JOIN orders_order o ON o.id = r.order_id
WHERE r.store_id = %s AND r.status IN ('awaiting_receipt', 'awaiting_buyer') AND p.signed_at IS NULL AND p.id > %s
ORDER BY p.id LIMIT %s
"""


def parcels_on_their_way(store: Store, after: int, most: int) -> list[Asked]:
    """Return the next parcels of open cases, in the order of their keys, that nobody has signed for."""
    return [Asked(*row) for row in fetch(_ON_THEIR_WAY, [store.pk, after, most])]


@transaction.atomic
def take_return_events(*, store: Store, events: Mapping[int, CleanEvent], source: str, at: datetime) -> dict[int, bool]:
    """Keep the events of parcels of cases; return the places of those, and which of them were new.

    A case that somebody is working on is waited for; its order is not, and the case keeps its version: whoever decides
    just now is not stopped by a trace.
    """
    parcels = _locked_parcels(store, {event.number for event in events.values()})
    if not parcels:
        return {}
    turned = _left_before(store, parcels)
    told = {place: keys for place, event in events.items() if (keys := _keys(event, parcels, turned))}
    new = _keep({key: events[place] for place, keys in told.items() for key in keys}, source, at)
    _repeat(sorted({parcel_id for parcel_id, _digest in new}))
    return {place: bool(keys & new) for place, keys in told.items()}


def _locked_parcels(store: Store, numbers: set[str]) -> dict[str, list[ReturnParcel]]:
    """Lock the cases of the parcels with these numbers, then the parcels; one number may be of several cases."""
    found = ReturnParcel.objects.filter(store=store, tracking_number__in=sorted(numbers))
    case_ids = set(found.values_list("refund_id", flat=True))
    if not case_ids:
        return {}
    list(Refund.objects.filter(pk__in=case_ids).order_by("pk").select_for_update(no_key=True).values_list("pk"))
    columns = ("courier", "tracking_number", "sent_at")
    parcels: dict[str, list[ReturnParcel]] = {}
    for parcel in found.only(*columns).order_by("pk").select_for_update(no_key=True):
        parcels.setdefault(parcel.tracking_number, []).append(parcel)
    return parcels


def _left_before(store: Store, numbers: Iterable[str]) -> set[str]:
    """Return the numbers that left with an order: what happened before the parcel turned was its way to the buyer."""
    shipments = Shipment.objects.for_store(store).filter(tracking_number__in=sorted(numbers))
    return set(shipments.values_list("tracking_number", flat=True))


def _keys(event: CleanEvent, parcels: Mapping[str, list[ReturnParcel]], turned: AbstractSet[str]) -> set[_Key]:
    return {
        (parcel.pk, event.digest)
        for parcel in parcels.get(event.number, ())
        if (not event.courier or parcel.courier in ("", event.courier))
        and (event.number not in turned or event.at >= parcel.sent_at)
    }


def _keep(told: Mapping[_Key, CleanEvent], source: str, at: datetime) -> set[_Key]:
    """Write the events that their parcels do not have yet; return which."""
    if not told:
        return set()
    values = {
        "source": source[:12], "received": at,
        "parcels": [parcel_id for parcel_id, _digest in told], "digests": [digest for _parcel_id, digest in told],
        "times": [event.at for event in told.values()], "states": [event.state for event in told.values()],
        "places": [event.place for event in told.values()], "texts": [event.text for event in told.values()],
    }  # fmt: skip
    return set(fetch(_KEEP, values))


def _repeat(parcel_ids: list[int]) -> None:
    if not parcel_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(_REPEAT, {"parcels": parcel_ids, "arrived": _ARRIVAL})
        cursor.execute(_ARRIVED, {"parcels": parcel_ids})
