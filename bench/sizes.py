"""How large the shops are that are measured."""

from dataclasses import dataclass
from typing import NamedTuple

SMALL, MIDDLE, LARGE, HUGE = "small", "middle", "large", "huge"
FIVE_YEARS, ONE_YEAR = 1826, 365


class Shop(NamedTuple):
    code: str
    orders: int
    days: int


@dataclass(frozen=True)
class Sizes:
    """How many orders the large shop has; the others are smaller, or as small."""

    orders: int = 1_000_000
    has_huge: bool = False

    @property
    def shops(self) -> list[Shop]:
        small, middle = min(20_000, self.orders), min(200_000, self.orders)
        shops = [Shop(SMALL, small, 90), Shop(MIDDLE, middle, FIVE_YEARS), Shop(LARGE, self.orders, ONE_YEAR)]
        return [*shops, Shop(HUGE, 5_000_000, ONE_YEAR)] if self.has_huge else shops
