"""Writing cases of parcels in trouble: many are opened in one statement, as when a courier's traces stop coming."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import F

from backoffice.common.models import Job, Store
from orders.core.statuses import EventKind, EventSource
from orders.fulfilment.models import Anomaly
from orders.fulfilment.statuses import AnomalyKind


class Case(NamedTuple):
    """What is wrong with a parcel, and what its order's history names."""

    shipment_id: int
    order_id: int
    kind: AnomalyKind
    facts: Mapping[str, Any]
    number: str
    order_number: str
    order_version: int
    replaces: Anomaly | None = None


_OPEN = """
INSERT INTO fulfilment_anomaly (store_id, shipment_id, order_id, kind, detail, owner_id, courier_asked_at,
    buyer_informed_at, opened_at, outcome, version)
SELECT %(store)s, x.shipment, x.orders, x.kind, x.detail::jsonb, x.owner, x.asked, x.informed, %(at)s, '', 1
FROM unnest(%(shipments)s::bigint[], %(orders)s::bigint[], %(kinds)s::text[], %(details)s::text[],
    %(owners)s::bigint[], %(asked)s::timestamptz[], %(informed)s::timestamptz[])
    AS x (shipment, orders, kind, detail, owner, asked, informed)
"""


def open_cases(store: Store, cases: Sequence[Case], at: datetime) -> None:
    """Open new cases; one that takes the place of another goes to who worked on that."""
    if not cases:
        return
    values: dict[str, Any] = {
        "store": store.pk,
        "at": at,
        "shipments": [case.shipment_id for case in cases],
        "orders": [case.order_id for case in cases],
        "kinds": [case.kind.value for case in cases],
        "details": [json.dumps(case.facts) for case in cases],
        "owners": [case.replaces.owner_id if case.replaces else None for case in cases],
        "asked": [case.replaces.courier_asked_at if case.replaces else None for case in cases],
        "informed": [case.replaces.buyer_informed_at if case.replaces else None for case in cases],
    }
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, values)


def open_again(anomaly: Anomaly, case: Case, at: datetime) -> None:
    """Open a case once more that had gone by itself."""
    Anomaly.objects.filter(pk=anomaly.pk).update(
        closed_at=None, opened_at=at, detail=case.facts, outcome="", version=F("version") + 1
    )


def close_case(anomaly: Anomaly, fact: Mapping[str, str], at: datetime) -> None:
    """Close a case that nobody need settle any more."""
    Anomaly.objects.filter(pk=anomaly.pk).update(
        closed_at=at, detail={**anomaly.detail, "fact": fact}, version=F("version") + 1
    )


_KINDS = """
UPDATE fulfilment_shipment p SET anomaly_kinds = string_to_array(x.kinds, ',')
FROM unnest(%s::bigint[], %s::text[]) AS x (id, kinds) WHERE p.id = x.id
"""


def save_kinds(kinds: Mapping[int, str]) -> None:
    """Repeat what is open, by the key of its parcel, on the parcels."""
    with connection.cursor() as cursor:
        cursor.execute(_KINDS, [list(kinds), list(kinds.values())])


# They change nothing of the order, so its version stays: nobody's form becomes stale.
_EVENTS = """
INSERT INTO orders_orderevent (store_id, order_id, kind, source, actor_name, before, after, job_id, order_version, at)
SELECT %(store)s, x.orders, %(kind)s, %(source)s, '', '{}',
    jsonb_build_object('anomaly', x.anomaly, 'tracking_number', x.number), %(job)s, x.version, %(at)s
FROM unnest(%(orders)s::bigint[], %(anomalies)s::text[], %(numbers)s::text[], %(versions)s::int[])
    AS x (orders, anomaly, number, version)
"""


def write_events(store: Store, cases: Sequence[Case], at: datetime, job: Job | None) -> None:
    """Write into the orders' histories what was opened."""
    if not cases:
        return
    values: dict[str, Any] = {
        "store": store.pk,
        "kind": EventKind.PARCEL_ANOMALY.value,
        "source": EventSource.RULE.value,
        "job": job.pk if job else None,
        "at": at,
        "orders": [case.order_id for case in cases],
        "anomalies": [case.kind.value for case in cases],
        "numbers": [case.number for case in cases],
        "versions": [case.order_version for case in cases],
    }
    with connection.cursor() as cursor:
        cursor.execute(_EVENTS, values)
