"""A whole shop working on the same few orders at once: whatever comes first, the books add up."""

from collections import Counter
from datetime import timedelta
from random import Random

import pytest
from django.db.models import Sum

from orders.core.models import Order, OrderLine
from orders.core.services import OrderError, close_order
from orders.fulfilment.models import LineStock, PoolNumber, Shipment, ShipmentLine, Sku, StockMovement, Waybill
from orders.fulfilment.services import (
    assign_number,
    plan_waybill,
    ship_order,
    ship_waybill,
    unmerge_waybill,
    void_waybill,
)
from orders.fulfilment.services.stock import move_stock, settle_due
from orders.fulfilment.statuses import MovementKind
from tests.factories import NOON, make_line, make_order, make_recipient, make_store
from tests.fulfilment.stocking import make_sku
from tests.fulfilment.test_waybills import make_account
from tests.parallel import in_parallel

pytestmark = pytest.mark.django_db(transaction=True)
SKUS, ORDERS, PEOPLE, ACTS = "ABC", 8, 6, 25


class Person:
    """Somebody who does anything to anything."""

    def __init__(self, store, seed):
        self.store, self.random, self.odd = store, Random(seed), []

    def __call__(self):
        for step in range(ACTS):
            act = self.random.choice(self.acts())
            try:
                act(NOON + timedelta(seconds=step))
            except (OrderError, Waybill.DoesNotExist):
                continue
            except Exception as error:  # noqa: BLE001 -- the test names it
                self.odd.append((act.__name__, repr(error)[:300]))

    def acts(self):
        often = [self.plan, self.ship] * 2
        return [*often, self.settle, self.number, self.by_hand, self.void, self.unmerge, self.move, self.close]

    def call(self, at):
        return {"store": self.store, "actor": None, "at": at}

    def order(self):
        return self.random.choice(list(Order.objects.values_list("pk", flat=True)))

    def waybill(self):
        return self.random.choice([0, *Waybill.objects.live().values_list("pk", flat=True)])

    def settle(self, at):
        settle_due(store=self.store, at=at)

    def plan(self, at):
        plan_waybill(order_ids=[self.order() for _ in range(self.random.choice([1, 1, 2, 3]))], **self.call(at))

    def number(self, at):
        assign_number(waybill_id=self.waybill(), **self.call(at))

    def ship(self, at):
        ship_waybill(waybill_id=self.waybill(), **self.call(at))

    def by_hand(self, at):
        number = f"YT9{self.random.randrange(10**12):012}"
        ship_order(order_id=self.order(), courier="YTO", tracking_number=number, **self.call(at))

    def void(self, at):
        void_waybill(waybill_id=self.waybill(), reason="mistake", **self.call(at))

    def unmerge(self, at):
        unmerge_waybill(waybill_id=self.waybill(), **self.call(at))

    def move(self, at):
        sku = self.random.choice(list(Sku.objects.values_list("pk", flat=True)))
        kind = self.random.choice([MovementKind.RECEIVE, MovementKind.SCRAP])
        move_stock(sku_id=sku, kind=kind, quantity=1, reason="broken", **self.call(at))

    def close(self, at):
        if self.random.random() < 0.2:
            close_order(order_id=self.order(), reason="not wanted", **self.call(at))


def make_shop():
    store = make_store()
    make_account(store, numbers=200, is_default=True)
    for code in SKUS:
        make_sku(store=store, code=code, on_hand=6)
    random = Random(1)
    for _ in range(ORDERS):
        order = make_order(store=store, lines=0)
        make_recipient(order=order, name="张三")
        for position, code in enumerate(random.sample(SKUS, 2), start=1):
            make_line(order=order, position=position, sku_code=code, quantity=random.choice([1, 2]))
    return store


def check_books():
    for sku in Sku.objects.all():
        sums = StockMovement.objects.filter(sku=sku).aggregate(h=Sum("on_hand_change"), r=Sum("reserved_change"))
        held = LineStock.objects.filter(sku=sku).aggregate(sum=Sum("reserved"))["sum"] or 0
        assert (sums["h"], sums["r"], held) == (sku.on_hand, sku.reserved, sku.reserved)
        assert 0 <= sku.reserved <= sku.on_hand
        shipped = StockMovement.objects.filter(sku=sku, kind="ship").aggregate(sum=Sum("on_hand_change"))["sum"] or 0
        left = OrderLine.objects.filter(sku_code=sku.code).aggregate(sum=Sum("shipped_quantity"))["sum"]
        assert -shipped == left


def check_parcels():
    for line in OrderLine.objects.all():
        packed = ShipmentLine.objects.filter(line=line).aggregate(sum=Sum("quantity"))["sum"] or 0
        planned = line.waybill_lines.filter(waybill__in=Waybill.objects.live()).aggregate(sum=Sum("quantity"))["sum"]
        assert packed == line.shipped_quantity
        assert (planned or 0) <= max(0, line.unshipped)
    numbers = Counter(
        Shipment.objects.values_list("tracking_number", "waybill").distinct().values_list("tracking_number")
    )
    assert set(numbers.values()) <= {1}
    live = set(Waybill.objects.exclude(number="").exclude(state="void").values_list("number", flat=True))
    used = set(PoolNumber.objects.filter(state="used").values_list("number", flat=True))
    assert used == live


@pytest.mark.parametrize("seed", range(2))
def test_shop_that_works_on_the_same_orders_keeps_its_books(seed):
    store = make_shop()
    people = [Person(store, seed * 100 + number) for number in range(PEOPLE)]

    crashed = [result for result in in_parallel(*people) if result is not None]
    while settle_due(store=store, at=NOON + timedelta(hours=1)):
        pass

    assert (crashed, [odd for person in people for odd in person.odd]) == ([], [])
    check_books()
    check_parcels()
    assert Shipment.objects.exists()
