"""Periods of business days, both ends included."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from backoffice.common.clock import day_bounds, day_start

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Period:
    first: date
    last: date

    @property
    def day_count(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def days(self) -> Iterator[date]:
        return (self.first + DAY * number for number in range(self.day_count))

    @property
    def bounds(self) -> tuple[datetime, datetime]:
        """Return the first moment of the period and the first after it."""
        return day_start(self.first), day_bounds(self.last)[1]

    @property
    def previous(self) -> "Period":
        """Return as many days right before this period."""
        return Period.ending(self.first - DAY, self.day_count)

    @classmethod
    def ending(cls, last: date, day_count: int) -> "Period":
        return cls(last - DAY * (day_count - 1), last)
