"""Finding parcels in trouble: the rules look at every watched parcel, and write only where they find a difference."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import F

from backoffice.common.models import AlertKind, Job, Store
from backoffice.common.models.alerts import ALERT_RIGHTS
from backoffice.common.services.alerts import raise_alert
from backoffice.common.statements import fetch
from orders.core.models import OrderEvent
from orders.core.statuses import EventKind, EventSource
from orders.fulfilment.models import Anomaly, Shipment
from orders.fulfilment.statuses import AnomalyKind
from orders.fulfilment.traces.rules import Limits, Parcel, find_trouble, is_done

_CHUNK = 500  # parcels that are written in one transaction
Progress = Callable[[int], None]

_FACTS = """
SELECT p.id, p.order_id, o.version, o.number, p.tracking_number, p.shipped_at, p.trace_state, p.picked_up_at,
    p.last_event_at, p.signed_at, CASE WHEN p.last_event_at IS NOT NULL THEN (
        SELECT min(t.at) FROM fulfilment_trackingevent t WHERE t.shipment_id = p.id AND t.state <> '') END,
    CASE WHEN p.trace_state = 'signed' THEN (
        SELECT t.place FROM fulfilment_trackingevent t WHERE t.shipment_id = p.id AND t.state = 'signed'
        ORDER BY t.at DESC, t.id DESC LIMIT 1) END,
    o.paid_at, o.status = 'completed', o.province, o.city, o.district, p.anomaly_kinds
FROM fulfilment_shipment p JOIN orders_order o ON o.id = p.order_id
WHERE p.store_id = %(store)s AND p.is_watched {where} ORDER BY p.id
"""


@dataclass(frozen=True, slots=True)
class Found:
    """One watched parcel: what the rules judge, and what its history names."""

    pk: int
    order_id: int
    version: int
    order_number: str
    number: str
    parcel: Parcel


@dataclass(slots=True)
class Report:
    """What one look found."""

    watched: int = 0
    opened: int = 0
    closed: int = 0
    ended: int = 0  # parcels that are not watched any longer

    def as_dict(self) -> dict[str, int]:
        return {"watched": self.watched, "opened": self.opened, "closed": self.closed, "ended": self.ended}


def find_anomalies(
    *, store: Store, at: datetime, job: Job | None = None, on_progress: Progress | None = None
) -> Report:
    """Open and close anomalies of the store's watched parcels, as their traces and the clock say."""
    look = _Look(store, at, job)
    watched = _facts(store)
    report = Report(watched=len(watched))
    different = [found.pk for found in watched if look.is_different(found)]
    told: list[tuple[str, str]] = []
    for start in range(0, len(different), _CHUNK):
        told += _settle(look, different[start : start + _CHUNK], report)
        if on_progress is not None:
            on_progress(start + _CHUNK)
    _tell(store, told, at)
    return report


@dataclass(frozen=True, slots=True)
class _Look:
    store: Store
    at: datetime
    job: Job | None

    @property
    def limits(self) -> Limits:
        return Limits.of(self.store)

    def trouble(self, found: Found) -> dict[AnomalyKind, dict[str, Any]]:
        return find_trouble(found.parcel, self.limits, self.at)

    def is_different(self, found: Found) -> bool:
        return set(self.trouble(found)) != set(found.parcel.open_kinds) or is_done(found.parcel, self.at)


def _facts(store: Store, ids: Sequence[int] | None = None) -> list[Found]:
    where = "" if ids is None else "AND p.id = ANY(%(ids)s)"
    rows = fetch(_FACTS.format(where=where), {"store": store.pk, "ids": list(ids or ())})
    return [_found(*row) for row in rows]


def _found(*row: Any) -> Found:
    pk, order_id, version, order_number, number, shipped, state, picked, last, signed, first, place, *order = row
    paid, is_received, province, city, district, kinds = order
    return Found(pk, order_id, version, order_number, number, Parcel(
        shipped_at=shipped, state=state, picked_up_at=picked, last_event_at=last, signed_at=signed,
        first_event_at=first, signed_place=place or "", paid_at=paid, is_received=is_received,
        province=province, city=city, district=district, open_kinds=tuple(kinds),
    ))  # fmt: skip


@transaction.atomic
def _settle(look: _Look, ids: Sequence[int], report: Report) -> list[tuple[str, str]]:
    """Write what is different of these parcels; return the kinds and orders of what was opened.

    They are read again under their lock: a trace may have come since, or a person may have settled something.
    """
    _lock(ids)
    parcels = _facts(look.store, ids)
    past = {
        (anomaly.shipment_id, anomaly.kind): anomaly
        for anomaly in Anomaly.objects.filter(shipment__in=ids).select_for_update(no_key=True, of=("self",))
    }
    opened: list[tuple[Found, AnomalyKind]] = []
    new: list[Anomaly] = []
    for found in parcels:
        trouble = look.trouble(found)
        opened += [(found, kind) for kind, facts in trouble.items() if _open(look, found, kind, facts, past, new)]
        report.closed += _close(look, found, set(trouble), past)
    Anomaly.objects.bulk_create(new)
    _save_kinds({found.pk: _open_kinds(look, found, past) for found in parcels})
    report.ended += _stop_watching(look, parcels)
    report.opened += len(opened)
    _write_events(look, opened)
    return [(kind, found.order_number) for found, kind in opened]


def _lock(ids: Sequence[int]) -> None:
    list(Shipment.objects.filter(pk__in=ids).select_for_update(no_key=True).order_by("pk").values_list("pk"))


Past = dict[tuple[int, str], Anomaly]


def _open(look: _Look, found: Found, kind: AnomalyKind, facts: dict[str, Any], past: Past, new: list[Anomaly]) -> bool:
    """Open an anomaly, or once more one that had gone by itself; what a person settled stays settled."""
    anomaly = past.get((found.pk, kind))
    if anomaly is None:
        new.append(Anomaly(
            store=look.store, shipment_id=found.pk, order_id=found.order_id, kind=kind, opened_at=look.at, detail=facts
        ))  # fmt: skip
        return True
    if anomaly.closed_at is None or anomaly.closed_by_id is not None:
        return False
    Anomaly.objects.filter(pk=anomaly.pk).update(
        closed_at=None, opened_at=look.at, detail=facts, outcome="", version=F("version") + 1
    )
    return True


def _close(look: _Look, found: Found, trouble: set[AnomalyKind], past: Past) -> int:
    """Close what the parcel itself, or its order, has put right; `fact` says by what."""
    over = [kind for kind in found.parcel.open_kinds if kind not in trouble]
    anomalies = [past[found.pk, kind] for kind in over if (found.pk, kind) in past]
    for anomaly in anomalies:
        if anomaly.closed_at is None:
            Anomaly.objects.filter(pk=anomaly.pk).update(
                closed_at=look.at, detail={**anomaly.detail, "fact": _fact(found.parcel)}, version=F("version") + 1
            )
    return len(anomalies)


def _fact(parcel: Parcel) -> dict[str, str]:
    if parcel.is_received and not parcel.has_ended:
        return {"state": "received"}
    at = parcel.last_event_at
    return {"state": parcel.state, "at": at.isoformat() if at else ""}


def _open_kinds(look: _Look, found: Found, past: Past) -> str:
    """Return what is open now: what is wrong, but for what a person settled."""
    cases = {kind: past.get((found.pk, kind)) for kind in look.trouble(found)}
    return ",".join(sorted(str(kind) for kind, case in cases.items() if case is None or case.closed_by_id is None))


_KINDS = """
UPDATE fulfilment_shipment p SET anomaly_kinds = string_to_array(x.kinds, ',')
FROM unnest(%s::bigint[], %s::text[]) AS x (id, kinds) WHERE p.id = x.id
"""


def _save_kinds(kinds: Mapping[int, str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_KINDS, [list(kinds), list(kinds.values())])


def _stop_watching(look: _Look, parcels: Iterable[Found]) -> int:
    done = [found.pk for found in parcels if is_done(found.parcel, look.at)]
    return Shipment.objects.filter(pk__in=done, is_watched=True).update(is_watched=False)


def _write_events(look: _Look, opened: Iterable[tuple[Found, AnomalyKind]]) -> None:
    OrderEvent.objects.bulk_create(_events(look, opened), batch_size=1000)


def _events(look: _Look, opened: Iterable[tuple[Found, AnomalyKind]]) -> Iterator[OrderEvent]:
    """Yield the events; they change nothing of the order, so its version stays: nobody's form becomes stale."""
    for found, kind in opened:
        yield OrderEvent(
            store_id=look.store.pk, order_id=found.order_id, kind=EventKind.PARCEL_ANOMALY, source=EventSource.RULE,
            after={"anomaly": kind.value, "tracking_number": found.number}, job=look.job, at=look.at,
            order_version=found.version,
        )  # fmt: skip


def _tell(store: Store, told: Sequence[tuple[str, str]], at: datetime) -> None:
    if not told:
        return
    numbers = list(dict.fromkeys(number for _kind, number in told))
    raise_alert(
        store=store, kind=AlertKind.ANOMALY, right=ALERT_RIGHTS[AlertKind.ANOMALY], at=at, count=len(told),
        subjects=numbers, data={"kinds": sorted({str(kind) for kind, _number in told})},
    )  # fmt: skip


def refresh_kinds(shipment_id: int) -> None:
    """Repeat the kinds of a parcel's open anomalies on the parcel."""
    kinds = Anomaly.objects.filter(shipment=shipment_id, closed_at__isnull=True).order_by("kind")
    _save_kinds({shipment_id: ",".join(kinds.values_list("kind", flat=True))})
