"""The shops to measure: three sizes in one database, loaded once and kept."""

from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from django.db import connection
from django.utils import timezone

from analytics.rollups.runs import roll_range
from backoffice.common.access import Role
from backoffice.common.clock import business_day
from backoffice.common.models import Membership, Store, User
from bench.output import say
from orders.core.models import Order
from orders.intake.demo.bulk import bulk_load
from orders.intake.demo.fast import TABLES, FastLoader
from orders.intake.demo.generator import generate
from orders.intake.demo.shop import ends_at

SMALL, MIDDLE, LARGE, HUGE = "small", "middle", "large", "huge"
FIVE_YEARS, ONE_YEAR = 1826, 365
USER = "bench"


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


def prepare(sizes: Sizes) -> None:
    """Load the shops that are missing; needs the connection of the tables' owner."""
    user = User.objects.get_or_create(username=USER, defaults={"display_name": "Bench"})[0]
    missing = [shop for shop in sizes.shops if not _is_loaded(shop)]
    if missing:
        with bulk_load(TABLES):
            for shop in missing:
                _load(shop, user)
        say("Vacuum …")
        with connection.cursor() as cursor:
            cursor.execute("VACUUM (ANALYZE)")
    _roll_up(Store.objects.get(code=MIDDLE))


def _is_loaded(shop: Shop) -> bool:
    return Order.objects.filter(store__code=shop.code).exists()


def _load(shop: Shop, user: User) -> None:
    say(f"Loading {shop.orders:,} orders …")
    store = Store.objects.get_or_create(code=shop.code, defaults={"name": f"Bench {shop.orders:,}"})[0]
    Membership.objects.get_or_create(user=user, store=store, defaults={"roles": [Role.ADMIN]})
    until = ends_at(None, timezone.now())
    orders = generate(count=shop.orders, seed=shop.orders % 97, until=until, days=shop.days)
    FastLoader(store, seed=shop.orders % 97, until=until).load(orders)


def _roll_up(store: Store) -> None:
    """Roll up every closed day of five years, for the sales page."""
    now = timezone.now()
    yesterday = business_day(now) - timedelta(days=1)
    say("Rolling up five years …")
    roll_range(stores=[store], first=yesterday - timedelta(days=FIVE_YEARS - 1), last=yesterday, at=now)
