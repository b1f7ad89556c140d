"""When a parcel is in trouble: pure functions of its facts, the store's numbers and the time.

A limit of so many hours is passed at its last second: 24 hours after shipping to the second, a parcel is late.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from backoffice.common.models import Store
from orders.fulfilment.statuses import ENDED_TRACES, AnomalyKind, TraceState
from orders.fulfilment.traces.places import is_elsewhere

REPLACED = {  # what takes the place of what: of these a parcel has one case at a time
    AnomalyKind.NOT_PICKED_UP: (AnomalyKind.LOST, AnomalyKind.UNSIGNED),
    AnomalyKind.SILENT: (AnomalyKind.LOST, AnomalyKind.UNSIGNED),
    AnomalyKind.UNSIGNED: (AnomalyKind.LOST,),
}
WATCHED_FOR = timedelta(days=60)  # rules look at a parcel no longer; what they found stays until it is settled
Finding = tuple[AnomalyKind, dict[str, Any]]  # what is wrong, and the times and places that say so


@dataclass(frozen=True, slots=True)
class Limits:
    """What the store allows a parcel."""

    pickup: timedelta
    silence: timedelta
    unsigned: timedelta
    lost: timedelta

    @classmethod
    def of(cls, store: Store) -> "Limits":
        return cls(
            timedelta(hours=store.pickup_hours), timedelta(hours=store.silent_hours),
            timedelta(days=store.unsigned_days), timedelta(days=store.lost_days),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is known of a parcel and of the order that it belongs to."""

    shipped_at: datetime
    state: str = ""
    picked_up_at: datetime | None = None
    last_event_at: datetime | None = None
    signed_at: datetime | None = None
    first_event_at: datetime | None = None
    signed_place: str = ""
    paid_at: datetime | None = None
    is_received: bool = False  # the buyer, or the platform for the buyer, confirmed the receipt
    province: str = ""
    city: str = ""
    district: str = ""
    open_kinds: tuple[str, ...] = ()
    is_traced: bool = True  # its courier's traces reach the store: that nothing is heard means something

    @property
    def has_ended(self) -> bool:
        return self.state in ENDED_TRACES


def find_trouble(parcel: Parcel, limits: Limits, now: datetime) -> dict[AnomalyKind, dict[str, Any]]:
    """Return everything that is wrong with a parcel now."""
    return dict([*_seen_in_trace(parcel), *_waited_for(parcel, limits, now)])


def is_done(parcel: Parcel, now: datetime) -> bool:
    """Tell whether the rules need not look at the parcel again."""
    return parcel.has_ended or parcel.is_received or now - parcel.shipped_at >= WATCHED_FOR


def _seen_in_trace(parcel: Parcel) -> Iterator[Finding]:
    first, paid = parcel.first_event_at, parcel.paid_at
    if first is not None and paid is not None and first < paid:
        yield AnomalyKind.BEFORE_PAYMENT, {"scanned": first.isoformat(), "paid": paid.isoformat()}
    if parcel.state == TraceState.SIGNED and _is_elsewhere(parcel):
        yield AnomalyKind.SIGNED_ELSEWHERE, {"place": parcel.signed_place, "order": f"{parcel.province}{parcel.city}"}
    if parcel.state == TraceState.RETURNED:
        yield AnomalyKind.RETURNED, {"since": _text(parcel.last_event_at)}


def _is_elsewhere(parcel: Parcel) -> bool:
    return is_elsewhere(
        parcel.signed_place, province=parcel.province, city=parcel.city, district=parcel.district
    )  # fmt: skip


def _waited_for(parcel: Parcel, limits: Limits, now: datetime) -> Iterator[Finding]:
    """Yield what has taken too long; a receipt ends all of it but a loss that was found before.

    A parcel waits in one place only: what is not signed for, or perhaps lost, is not also without news.
    """
    if parcel.has_ended or not (parcel.is_traced or parcel.last_event_at):
        return
    age = now - parcel.shipped_at
    if age >= limits.lost:
        if not parcel.is_received or AnomalyKind.LOST in parcel.open_kinds:
            yield AnomalyKind.LOST, {"since": parcel.shipped_at.isoformat()}
    elif parcel.is_received:
        return
    elif age >= limits.unsigned:
        yield AnomalyKind.UNSIGNED, {"since": parcel.shipped_at.isoformat()}
    else:
        yield from _unheard(parcel, age, limits, now)


def _unheard(parcel: Parcel, age: timedelta, limits: Limits, now: datetime) -> Iterator[Finding]:
    if parcel.picked_up_at is None and age >= limits.pickup:
        yield AnomalyKind.NOT_PICKED_UP, {"since": parcel.shipped_at.isoformat()}
    if parcel.picked_up_at and parcel.last_event_at and now - parcel.last_event_at >= limits.silence:
        yield AnomalyKind.SILENT, {"since": parcel.last_event_at.isoformat()}


def _text(at: datetime | None) -> str:
    return at.isoformat() if at else ""
