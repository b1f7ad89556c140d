"""The shops to measure: three sizes in one database, loaded once and kept."""

from datetime import timedelta

from django.db import connection
from django.db.models.functions import Mod
from django.utils import timezone

from analytics.rollups.runs import roll_range
from backoffice.common.clock import business_day
from backoffice.common.models import Store, User
from bench.aftersales_data import furnish as furnish_aftersales
from bench.fulfilment_data import furnish
from bench.output import say
from bench.people import USER, hire, work_today
from bench.sizes import FIVE_YEARS, LARGE, MIDDLE, Shop, Sizes
from orders.core.models import Order
from orders.core.statuses import Acceptance
from orders.intake.demo.bulk import bulk_load
from orders.intake.demo.fast import TABLES, FastLoader
from orders.intake.demo.generator import generate
from orders.intake.demo.shop import ends_at


def prepare(sizes: Sizes) -> None:
    """Load the shops that are missing; needs the connection of the tables' owner."""
    user = User.objects.get_or_create(username=USER, defaults={"display_name": "Bench"})[0]
    missing = [shop for shop in sizes.shops if not _is_loaded(shop)]
    if missing:
        with bulk_load(TABLES):
            for shop in missing:
                _load(shop, user)
    for shop in sizes.shops:
        store = Store.objects.get(code=shop.code)
        _vary(store, user)
        work_today(store, user, timezone.now())
    large = Store.objects.get(code=LARGE)
    is_new = furnish(large, user, timezone.now()) | furnish_aftersales(large, user, timezone.now())
    if missing or is_new:
        say("Vacuum …")  # after all changes: what they leave behind would be read by every list
        with connection.cursor() as cursor:
            cursor.execute("VACUUM (ANALYZE)")
    _roll_up(Store.objects.get(code=MIDDLE))


def _is_loaded(shop: Shop) -> bool:
    return Order.objects.filter(store__code=shop.code).exists()


def _load(shop: Shop, user: User) -> None:
    say(f"Loading {shop.orders:,} orders …")
    store = Store.objects.get_or_create(code=shop.code, defaults={"name": f"Bench {shop.orders:,}"})[0]
    hire(store, user)
    until = ends_at(None, timezone.now())
    orders = generate(count=shop.orders, seed=shop.orders % 97, until=until, days=shop.days)
    FastLoader(store, seed=shop.orders % 97, until=until).load(orders)


def _vary(store: Store, user: User) -> None:
    """Do what staff do, once: flags on some orders, some not reviewed yet, some claimed."""
    orders = Order.objects.for_store(store)
    if orders.filter(flag__gt=0).exists():
        return
    say(f"Flags and claims of {store.name} …")
    orders.alias(part=Mod("pk", 29)).filter(part=0).update(flag=Mod("pk", 5) + 1)
    waiting = orders.pending_shipment()
    waiting.alias(part=Mod("pk", 10)).filter(part=1).update(acceptance=Acceptance.UNREVIEWED)
    mine = list(waiting.order_by("pk").values_list("pk", flat=True)[:60])
    orders.filter(pk__in=mine).update(claimed_by=user, claim_expires_at=timezone.now() + timedelta(days=3650))


def _roll_up(store: Store) -> None:
    """Roll up every closed day of five years, for the sales page."""
    now = timezone.now()
    yesterday = business_day(now) - timedelta(days=1)
    say("Rolling up five years …")
    roll_range(stores=[store], first=yesterday - timedelta(days=FIVE_YEARS - 1), last=yesterday, at=now)
