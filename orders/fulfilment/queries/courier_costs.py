"""What parcels cost: the prices of couriers, and what they make of the parcels of a period."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from backoffice.common.models import Store
from backoffice.common.statements import fetch
from orders.fulfilment.models import EVERYWHERE, CourierPrice


@dataclass(frozen=True, slots=True)
class Prices:
    """What a courier takes for a parcel; to provinces that are not named, the usual price."""

    usual: Decimal
    provinces: dict[str, Decimal] = field(default_factory=dict)

    def to(self, province: str) -> Decimal:
        return self.provinces.get(province, self.usual)

    @property
    def groups(self) -> list[tuple[Decimal, list[str]]]:
        """Return the provinces of each other price, the dearest first."""
        found: dict[Decimal, list[str]] = {}
        for province, price in sorted(self.provinces.items()):
            found.setdefault(price, []).append(province)
        return sorted(found.items(), reverse=True)


def courier_prices(store: Store) -> dict[str, Prices]:
    """Return the prices of each courier that has some."""
    found: dict[str, dict[str, Decimal]] = {}
    rows = CourierPrice.objects.filter(store=store).values_list("courier", "province", "price")
    for courier, province, price in rows:
        found.setdefault(courier, {})[province] = price
    return {
        courier: Prices(prices.pop(EVERYWHERE), prices) for courier, prices in found.items() if EVERYWHERE in prices
    }


# Of the counts by province only those are read that cost otherwise.
_ELSEWHERE = """
SELECT courier, province, sum(parcels) FROM fulfilment_courierday
WHERE store_id = %(store)s AND day BETWEEN %(first)s AND %(last)s AND province = ANY(%(provinces)s) GROUP BY 1, 2
"""


def courier_costs(store: Store, first: date, last: date, parcels: dict[str, int]) -> dict[str, Decimal]:
    """Return what the parcels of these days cost, by courier, at the prices of now; `parcels` is how many each had."""
    prices = courier_prices(store)
    provinces = sorted({province for one in prices.values() for province in one.provinces})
    costs = {courier: one.usual * parcels.get(courier, 0) for courier, one in prices.items()}
    values = {"store": store.pk, "first": first, "last": last, "provinces": provinces}
    for courier, province, count in fetch(_ELSEWHERE, values):
        if courier in prices:
            costs[courier] += (prices[courier].to(province) - prices[courier].usual) * count
    return costs
