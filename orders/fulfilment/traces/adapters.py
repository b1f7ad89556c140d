"""Where traces may be asked for: each adapter knows one service, and the job `traces` asks it about watched parcels.

An adapter of a real service is a class with these three members and a line in ADAPTERS. Nothing else makes traces: with
no adapter that is on, they come by the API and from spreadsheets alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from django.conf import settings

from orders.fulfilment.services.tracking import TraceEvent


@dataclass(frozen=True, slots=True)
class Asked:
    """A parcel whose trace is asked for."""

    pk: int
    courier: str
    number: str
    shipped_at: datetime
    place: str  # province and city of the order


class TraceAdapter(Protocol):
    """What the job asks; `name` (12 characters at most) is the source of its events."""

    name: str

    def is_active(self) -> bool: ...

    def fetch(self, parcels: Sequence[Asked], now: datetime) -> Iterator[TraceEvent]:
        """Yield what is known of these parcels; told again, the same events must be the same."""
        ...


class DemoAdapter:
    """Invents traces for the demo shop, where every one of them says so; it does not exist anywhere else."""

    name = "demo"
    _STEPS = (
        (3, "picked_up", "demo: picked up by the courier"),
        (9, "in_transit", "demo: left the first hub"),
        (30, "in_transit", "demo: arrived at the last hub"),
        (46, "delivering", "demo: out for delivery"),
        (50, "signed", "demo: signed for"),
    )
    _STOPS = {11: 0, 12: 1, 13: 2}  # the last digits of a key: after so many steps nothing is heard any more

    def is_active(self) -> bool:
        return bool(settings.APP_ENV == "demo")

    def fetch(self, parcels: Sequence[Asked], now: datetime) -> Iterator[TraceEvent]:
        for parcel in parcels:
            for hours, state, text in self._STEPS[: self._STOPS.get(parcel.pk % 24)]:
                at = parcel.shipped_at + timedelta(hours=hours, minutes=parcel.pk % 50)
                if at <= now:
                    place = parcel.place if state in {"delivering", "signed"} else ""
                    yield TraceEvent(parcel.number, at, state=state, text=text, place=place)


ADAPTERS: tuple[TraceAdapter, ...] = (DemoAdapter(),)


def active_adapters() -> list[TraceAdapter]:
    return [adapter for adapter in ADAPTERS if adapter.is_active()]
