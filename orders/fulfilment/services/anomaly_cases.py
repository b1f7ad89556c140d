"""Writing cases of parcels in trouble: many are opened in one statement, as when a courier's traces stop coming."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

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


_OPEN_AGAIN = """
UPDATE fulfilment_anomaly a SET closed_at = NULL, opened_at = %(at)s, detail = x.detail::jsonb, outcome = '',
    version = a.version + 1
FROM unnest(%(ids)s::bigint[], %(details)s::text[]) AS x (id, detail) WHERE a.id = x.id
"""


def open_again(cases: Mapping[int, Case], at: datetime) -> None:
    """Open cases once more, by their keys, that had gone by themselves."""
    if not cases:
        return
    details = [json.dumps(case.facts) for case in cases.values()]
    with connection.cursor() as cursor:
        cursor.execute(_OPEN_AGAIN, {"at": at, "ids": list(cases), "details": details})


_CLOSE = """
UPDATE fulfilment_anomaly a SET closed_at = %(at)s, detail = a.detail || jsonb_build_object('fact', x.fact::jsonb),
    version = a.version + 1
FROM unnest(%(ids)s::bigint[], %(facts)s::text[]) AS x (id, fact) WHERE a.id = x.id
"""


def close_cases(facts: Mapping[int, Mapping[str, str]], at: datetime) -> None:
    """Close cases, by their keys, that nobody need settle any more; the facts say why."""
    if not facts:
        return
    with connection.cursor() as cursor:
        cursor.execute(_CLOSE, {"at": at, "ids": list(facts), "facts": [json.dumps(fact) for fact in facts.values()]})


# One statement for both: every index of a parcel is written anew with it.
_KINDS = """
UPDATE fulfilment_shipment p SET anomaly_kinds = string_to_array(x.kinds, ','), is_watched = p.is_watched AND NOT x.ends
FROM unnest(%(ids)s::bigint[], %(kinds)s::text[], %(ends)s::bool[]) AS x (id, kinds, ends)
WHERE p.id = x.id AND (p.anomaly_kinds::text[] <> string_to_array(x.kinds, ',') OR p.is_watched AND x.ends)
"""


def save_kinds(kinds: Mapping[int, str], ended: Collection[int] = ()) -> None:
    """Repeat what is open, by the key of its parcel, on the parcels; those that `ended` are not watched any longer."""
    values: dict[str, Any] = {"ids": list(kinds), "kinds": list(kinds.values()), "ends": [pk in ended for pk in kinds]}
    with connection.cursor() as cursor:
        cursor.execute(_KINDS, values)


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
