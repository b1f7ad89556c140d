"""Where traces may be asked for: each adapter knows one service, and the job `traces` asks it about watched parcels.

An adapter of a real service is a class with these three members and a line in ADAPTERS. Nothing else makes traces: with
no adapter that is on, they come by the API and from spreadsheets alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.conf import settings

from orders.fulfilment.services.tracking import TraceEvent
from orders.fulfilment.traces.demo import tell


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

    def is_active(self) -> bool:
        return bool(settings.APP_ENV == "demo")

    def fetch(self, parcels: Sequence[Asked], now: datetime) -> Iterator[TraceEvent]:
        for parcel in parcels:
            yield from tell(parcel.pk, parcel.shipped_at, parcel.place, parcel.number, now)


ADAPTERS: tuple[TraceAdapter, ...] = (DemoAdapter(),)


def active_adapters() -> list[TraceAdapter]:
    return [adapter for adapter in ADAPTERS if adapter.is_active()]
