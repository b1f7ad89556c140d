"""Traces of parcels: kept once each, masked, and repeated on the parcel by its newest one."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from backoffice.common.models import Job, Store
from backoffice.common.statements import fetch
from orders.core.models import OrderEvent
from orders.core.statuses import EventKind, EventSource
from orders.fulfilment.couriers import TrackingError, find_courier, normalise_tracking
from orders.fulfilment.models import Shipment
from orders.fulfilment.statuses import TraceState
from orders.fulfilment.traces.states import mask_trace, read_state

MOST_AT_ONCE = 500
WATCHED_BEFORE = timedelta(days=10)  # parcels shipped so long before the store's first trace are watched as well
NEW, KNOWN, UNKNOWN, REFUSED = "new", "known", "unknown", "refused"
_AHEAD = timedelta(hours=24)  # clocks of couriers may be wrong, but not by a day
_PLACE, _TEXT = 60, 300


@dataclass(frozen=True, slots=True)
class TraceEvent:
    """One scan as it was told. A time without a zone is of the shop's clock; a state may be a code or any text."""

    number: str
    at: datetime
    state: str = ""
    text: str = ""
    place: str = ""
    courier: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one told event: new, known, unknown (no such parcel) or refused, and why."""

    code: str
    number: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TraceResult:
    """What became of the told events, in their order."""

    outcomes: list[Outcome] = field(default_factory=list)

    def count(self, code: str) -> int:
        return sum(outcome.code == code for outcome in self.outcomes)

    @property
    def new(self) -> int:
        return self.count(NEW)

    @property
    def known(self) -> int:
        return self.count(KNOWN)

    @property
    def unknown_numbers(self) -> list[str]:
        return list(dict.fromkeys(outcome.number for outcome in self.outcomes if outcome.code == UNKNOWN))


@dataclass(frozen=True, slots=True)
class CleanEvent:
    """An event as it is kept."""

    number: str
    courier: str
    at: datetime
    state: str
    place: str
    text: str

    @property
    def digest(self) -> str:
        told = "\x1f".join((self.at.astimezone(UTC).isoformat(timespec="seconds"), self.state, self.place, self.text))
        return hashlib.blake2b(told.encode(), digest_size=16).hexdigest()


_Parcel = tuple[int, str]  # key and courier
_Key = tuple[int, str]  # of an event: its parcel's, and its digest
_Told = dict[_Key, CleanEvent]


def record_trace(
    *, store: Store, events: Sequence[TraceEvent], source: str, at: datetime, job: Job | None = None
) -> TraceResult:
    """Keep what is new of the events of this store's parcels; each is done or refused by itself.

    `source` says where they come from: api, file, or the name of an adapter. The same events told again change nothing.
    Parcels that are not of orders are known to `settings.TRACE_TAKERS`: each is offered the events in a transaction of
    its own, so that nobody waits for orders and for cases at once.
    """
    read = [_read(event, at) for event in events]
    outcomes = _record(store, read, source=source, at=at, job=job)
    for place, is_new in _offer(store, read, source=source, at=at).items():
        if outcomes[place].code != NEW:
            outcomes[place] = Outcome(NEW if is_new else KNOWN, outcomes[place].number)
    return TraceResult(outcomes)


@transaction.atomic
def _record(
    store: Store, read: Sequence[CleanEvent | Outcome], *, source: str, at: datetime, job: Job | None
) -> list[Outcome]:
    _watch_from_first(store, at, is_trace=any(isinstance(event, CleanEvent) for event in read))
    parcels = _locked_parcels(store, {event.number for event in read if isinstance(event, CleanEvent)})
    told = [event if isinstance(event, Outcome) else _of_parcels(event, parcels) for event in read]
    new = _keep(
        store, {key: event for keys in told if isinstance(keys, dict) for key, event in keys.items()}, source, at
    )
    _repeat_on_parcels(store, {shipment_id for shipment_id, _digest in new}, at=at, job=job)
    return [one if isinstance(one, Outcome) else _outcome(one, new) for one in told]


def _offer(store: Store, read: Sequence[CleanEvent | Outcome], *, source: str, at: datetime) -> dict[int, bool]:
    """Return the places of the events that others have a parcel for, and whether these were new to it."""
    events = {place: event for place, event in enumerate(read) if isinstance(event, CleanEvent)}
    taken: dict[int, bool] = {}
    for path in settings.TRACE_TAKERS if events else ():
        taken |= import_string(path)(store=store, events=events, source=source, at=at)
    return taken


def _read(event: TraceEvent, now: datetime) -> CleanEvent | Outcome:
    shown = event.number.strip()[:60]
    try:
        number = normalise_tracking(event.number)
    except TrackingError as error:
        return Outcome(REFUSED, shown, str(error))
    courier = find_courier(event.courier) if event.courier.strip() else None
    if event.courier.strip() and courier is None:
        sentence = _("Courier “%(courier)s” is not in the list of couriers.")
        return Outcome(REFUSED, number, sentence % {"courier": event.courier.strip()[:60]})
    at = (timezone.make_aware(event.at) if timezone.is_naive(event.at) else event.at).replace(microsecond=0)
    if at > now + _AHEAD:
        return Outcome(REFUSED, number, _("The time %(time)s is still to come.") % {"time": f"{at:%Y-%m-%d %H:%M}"})
    text = mask_trace(event.text) or ("" if _is_code(event.state) else mask_trace(event.state))
    if not (event.state.strip() or text or event.place.strip()):
        return Outcome(REFUSED, number, _("The event says nothing: it needs a state, a text or a place."))
    state = read_state(event.state) or read_state(event.text)
    place = " ".join(event.place.split())[:_PLACE]
    return CleanEvent(number, courier.code if courier else "", at, str(state), place, text[:_TEXT])


def _is_code(state: str) -> bool:
    return state.strip().lower() in TraceState.values


def _watch_from_first(store: Store, at: datetime, *, is_trace: bool) -> None:
    """Watch parcels from the store's first trace on, and those that left in the days before it."""
    if not is_trace or store.parcels_watched_since is not None:
        return
    since = at - WATCHED_BEFORE
    if Store.objects.filter(pk=store.pk, parcels_watched_since__isnull=True).update(parcels_watched_since=since):
        Shipment.objects.for_store(store).filter(shipped_at__gte=since).update(is_watched=True)
        store.parcels_watched_since = since
    else:
        store.refresh_from_db(fields=["parcels_watched_since"])


def _locked_parcels(store: Store, numbers: Iterable[str]) -> dict[str, list[_Parcel]]:
    """Lock the parcels with these numbers: several orders may travel under one."""
    found: dict[str, list[_Parcel]] = {}
    parcels = Shipment.objects.for_store(store).filter(tracking_number__in=sorted(numbers))
    columns = parcels.select_for_update(no_key=True).order_by("pk").values_list("pk", "courier", "tracking_number")
    for pk, courier, number in columns:
        found.setdefault(number, []).append((pk, courier))
    return found


def _of_parcels(event: CleanEvent, parcels: Mapping[str, list[_Parcel]]) -> _Told | Outcome:
    """Return the event by each of its parcels, of which an event without a courier may be any."""
    found = [pk for pk, courier in parcels.get(event.number, ()) if not event.courier or courier in ("", event.courier)]
    if found:
        digest = event.digest
        return {(pk, digest): event for pk in found}
    sentence = _("No parcel of this store has the number %(number)s.")
    return Outcome(UNKNOWN, event.number, sentence % {"number": event.number})


def _outcome(told: _Told, new: set[_Key]) -> Outcome:
    """Say whether any parcel had the event not yet; the same one told twice is new once."""
    keys = told.keys() & new
    new -= keys
    return Outcome(NEW if keys else KNOWN, next(iter(told.values())).number)


# The parcels are locked: nobody else writes events of theirs.
_KEEP = """
INSERT INTO fulfilment_trackingevent (store_id, shipment_id, at, state, place, text, source, digest, received_at)
SELECT %(store)s, x.shipment, x.at, x.state, x.place, x.text, %(source)s, x.digest, %(received)s
FROM unnest(%(shipments)s::bigint[], %(digests)s::text[], %(times)s::timestamptz[], %(states)s::text[],
    %(places)s::text[], %(texts)s::text[]) AS x (shipment, digest, at, state, place, text)
ON CONFLICT (shipment_id, digest) DO NOTHING RETURNING shipment_id, digest
"""


def _keep(store: Store, told: _Told, source: str, at: datetime) -> set[_Key]:
    """Write the events that their parcels do not have yet, in the order in which they were told; return which."""
    if not told:
        return set()
    values = {
        "store": store.pk, "source": source[:12], "received": at,
        "shipments": [shipment_id for shipment_id, _digest in told], "digests": [digest for _pk, digest in told],
        "times": [event.at for event in told.values()], "states": [event.state for event in told.values()],
        "places": [event.place for event in told.values()], "texts": [event.text for event in told.values()],
    }  # fmt: skip
    return set(fetch(_KEEP, values))


# The newest event with a known state says how far the parcel is; the newest of all is its last news. Whatever is told
# later about a parcel that was done lets the rules look at it once more.
_REPEAT = """
UPDATE fulfilment_shipment p SET trace_state = coalesce(n.state, ''), last_event_at = n.last_at,
    last_event = coalesce(n.last_text, ''), picked_up_at = n.picked_up_at, signed_at = n.signed_at,
    is_watched = p.shipped_at >= %(since)s
FROM (
    SELECT p.id, p.order_id, p.signed_at IS NULL AS was_unsigned, e.*
    FROM fulfilment_shipment p CROSS JOIN LATERAL (
        SELECT (array_agg(t.state ORDER BY t.at DESC, t.id DESC) FILTER (WHERE t.state <> ''))[1] AS state,
            max(t.at) AS last_at,
            (array_agg(left(coalesce(nullif(t.text, ''), t.place), 200) ORDER BY t.at DESC, t.id DESC))[1] AS last_text,
            min(t.at) FILTER (WHERE t.state <> '') AS picked_up_at,
            min(t.at) FILTER (WHERE t.state = 'signed') AS signed_at
        FROM fulfilment_trackingevent t WHERE t.shipment_id = p.id
    ) AS e
    WHERE p.id = ANY(%(parcels)s)
) AS n
JOIN orders_order o ON o.id = n.order_id
WHERE p.id = n.id
RETURNING n.was_unsigned AND n.signed_at IS NOT NULL, p.order_id, o.version, p.tracking_number, p.courier, p.signed_at
"""


def _repeat_on_parcels(store: Store, parcel_ids: Iterable[int], *, at: datetime, job: Job | None) -> None:
    ids = sorted(parcel_ids)
    if not ids:
        return
    since = store.parcels_watched_since or at
    with connection.cursor() as cursor:
        cursor.execute(_REPEAT, {"parcels": ids, "since": since})
        rows = cursor.fetchall()
    OrderEvent.objects.bulk_create(
        OrderEvent(
            store_id=store.pk, order_id=order_id, kind=EventKind.PARCEL_SIGNED, source=EventSource.SYSTEM,
            after={"courier": courier, "tracking_number": number, "signed_at": signed_at.isoformat()},
            job=job, at=at, order_version=version,
        )
        for is_first, order_id, version, number, courier, signed_at in rows
        if is_first
    )  # fmt: skip
