"""Finding parcels in trouble: the rules look at every watched parcel, and write only where they find a difference."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from backoffice.common.models import AlertKind, Job, Store
from backoffice.common.models.alerts import ALERT_RIGHTS
from backoffice.common.services.alerts import raise_alert
from backoffice.common.statements import fetch
from orders.fulfilment.models import Anomaly
from orders.fulfilment.services.anomaly_cases import Case, close_cases, open_again, open_cases, save_kinds, write_events
from orders.fulfilment.services.tracking import WATCHED_BEFORE
from orders.fulfilment.statuses import AnomalyKind
from orders.fulfilment.traces.rules import REPLACED, WATCHED_FOR, Limits, Parcel, find_trouble, is_done

_CHUNK = 2000  # parcels that are written in one transaction
_TRACED_WITHIN = timedelta(days=30)  # a courier of which nothing was heard so long tells the store nothing by silence
Progress = Callable[[int], None]
Trouble = Mapping[AnomalyKind, dict[str, Any]]
Past = dict[tuple[int, str], Anomaly]

_FACTS = """
SELECT p.id, p.order_id, o.version, o.number, p.courier, p.tracking_number, p.shipped_at, p.trace_state, p.picked_up_at,
    p.last_event_at, p.signed_at, CASE WHEN p.last_event_at IS NOT NULL THEN (
        SELECT min(t.at) FROM fulfilment_trackingevent t WHERE t.shipment_id = p.id AND t.state <> '') END,
    CASE WHEN p.trace_state = 'signed' THEN (
        SELECT t.place FROM fulfilment_trackingevent t WHERE t.shipment_id = p.id AND t.state = 'signed'
        ORDER BY t.at DESC, t.id DESC LIMIT 1) END,
    o.paid_at, o.status = 'completed', o.province, o.city, o.district, p.anomaly_kinds
FROM fulfilment_shipment p JOIN orders_order o ON o.id = p.order_id
WHERE p.store_id = %(store)s AND p.is_watched {where} ORDER BY p.id
"""
# When the first parcel left of which a courier's traces are known, of couriers that were heard of lately.
_TRACED = """
SELECT courier, min(shipped_at) FROM fulfilment_shipment
WHERE store_id = %(store)s AND shipped_at >= %(since)s AND last_event_at IS NOT NULL
GROUP BY courier HAVING max(last_event_at) >= %(lately)s
"""


@dataclass(frozen=True, slots=True)
class Found:
    """One watched parcel: what the rules judge, and what its history names."""

    pk: int
    order_id: int
    version: int
    order_number: str
    courier: str
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
    look = _Look(store, at, job, Limits.of(store), _traced_since(store, at))
    watched = look.facts()
    report = Report(watched=len(watched))
    different = [found.pk for found in watched if look.is_different(found)]
    told: list[tuple[str, str]] = []
    for start in range(0, len(different), _CHUNK):
        told += _settle(look, different[start : start + _CHUNK], report)
        if on_progress is not None:
            on_progress(min(start + _CHUNK, len(different)))
    _tell(store, told, at)
    return report


def _traced_since(store: Store, at: datetime) -> dict[str, datetime]:
    values = {"store": store.pk, "since": at - WATCHED_FOR, "lately": at - _TRACED_WITHIN}
    return {courier: first - WATCHED_BEFORE for courier, first in fetch(_TRACED, values)}


@dataclass(frozen=True, slots=True)
class _Look:
    store: Store
    at: datetime
    job: Job | None
    limits: Limits
    traced_since: Mapping[str, datetime]  # by courier

    def facts(self, ids: Sequence[int] | None = None) -> list[Found]:
        where = "" if ids is None else "AND p.id = ANY(%(ids)s)"
        rows = fetch(_FACTS.format(where=where), {"store": self.store.pk, "ids": list(ids or ())})
        return [self._with_traces(_found(*row)) for row in rows]

    def _with_traces(self, found: Found) -> Found:
        """Mark a parcel whose courier's traces do not reach the store; what is open about it stays."""
        since = self.traced_since.get(found.courier)
        if found.parcel.open_kinds or (since is not None and found.parcel.shipped_at >= since):
            return found
        return replace(found, parcel=replace(found.parcel, is_traced=False))

    def trouble(self, found: Found) -> Trouble:
        return find_trouble(found.parcel, self.limits, self.at)

    def is_different(self, found: Found) -> bool:
        return set(self.trouble(found)) != set(found.parcel.open_kinds) or is_done(found.parcel, self.at)


def _found(*row: Any) -> Found:
    pk, order_id, version, order_number, courier, number, shipped, state, picked, last, signed, first, *rest = row
    place, paid, is_received, province, city, district, kinds = rest
    return Found(pk, order_id, version, order_number, courier, number, Parcel(
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
    parcels = look.facts(ids)
    troubles = {found.pk: look.trouble(found) for found in parcels}
    anomalies = Anomaly.objects.filter(shipment__in=ids).select_for_update(no_key=True, of=("self",))
    past = {(anomaly.shipment_id, anomaly.kind): anomaly for anomaly in anomalies}
    cases = [case for found in parcels for case in _cases(found, troubles[found.pk], past)]
    known = {past[key].pk: case for case in cases if (key := (case.shipment_id, case.kind)) in past}
    open_cases(look.store, [case for case in cases if (case.shipment_id, case.kind) not in past], look.at)
    open_again(known, look.at)
    over = dict(one for found in parcels for one in _over(found, troubles[found.pk], past))
    close_cases(over, look.at)
    ended = {found.pk for found in parcels if is_done(found.parcel, look.at)}
    save_kinds({found.pk: _open_kinds(found, troubles[found.pk], past) for found in parcels}, ended)
    report.closed += len(over)
    report.ended += len(ended)
    report.opened += len(cases)
    write_events(look.store, cases, look.at, look.job)
    return [(case.kind, case.order_number) for case in cases]


def _lock(ids: Sequence[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM fulfilment_shipment WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [list(ids)])


def _cases(found: Found, trouble: Trouble, past: Past) -> Iterable[Case]:
    """Yield what is to be opened, also once more what had gone by itself; what a person settled stays settled."""
    for kind, facts in trouble.items():
        known = past.get((found.pk, kind))
        if known is None or (known.closed_at is not None and known.closed_by_id is None):
            yield Case(
                found.pk, found.order_id, kind, facts, found.number, found.order_number, found.version,
                _heir_of(found, kind, past),
            )  # fmt: skip


def _heir_of(found: Found, kind: AnomalyKind, past: Past) -> Anomaly | None:
    """Return the open case that this one takes the place of: who works on it goes on."""
    replaced = (past.get((found.pk, old)) for old, heirs in REPLACED.items() if kind in heirs)
    return next((case for case in replaced if case is not None and case.closed_at is None), None)


def _over(found: Found, trouble: Trouble, past: Past) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield what the parcel itself, or its order, has put right, or another case replaces; the fact says by what."""
    for kind in found.parcel.open_kinds:
        case = past.get((found.pk, kind))
        if kind not in trouble and case is not None and case.closed_at is None:
            yield case.pk, _fact(found.parcel, AnomalyKind(kind), trouble)


def _fact(parcel: Parcel, kind: AnomalyKind, trouble: Trouble) -> dict[str, str]:
    heir = next((one for one in REPLACED.get(kind, ()) if one in trouble), None)
    if heir is not None:
        return {"state": "replaced", "by": heir.value}
    if parcel.is_received and not parcel.has_ended:
        return {"state": "received"}
    at = parcel.last_event_at
    return {"state": parcel.state, "at": at.isoformat() if at else ""}


def _open_kinds(found: Found, trouble: Trouble, past: Past) -> str:
    """Return what is open now: what is wrong, but for what a person settled."""
    cases = {kind: past.get((found.pk, kind)) for kind in trouble}
    return ",".join(sorted(str(kind) for kind, case in cases.items() if case is None or case.closed_by_id is None))


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
    save_kinds({shipment_id: ",".join(kinds.values_list("kind", flat=True))})
