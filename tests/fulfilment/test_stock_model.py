"""Random histories of stock, held against a naive model in Python."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orders.core.models import Hold, Order, OrderLine
from orders.fulfilment.models import FulfilmentDue, LineStock, Shortage, StockMovement
from orders.fulfilment.services import ShipError, ship_order
from orders.fulfilment.services.stock import StockError, count_stock, move_stock
from tests.factories import NOON, make_store
from tests.fulfilment.stocking import make_order_of, make_sku, on_shelf, settle_all

pytestmark = pytest.mark.django_db

ORDER = st.tuples(st.just("order"), st.integers(1, 3), st.integers(0, 5))
ACT = st.one_of(
    ORDER,
    st.tuples(st.just("receive"), st.integers(1, 4), st.just(0)),
    st.tuples(st.just("scrap"), st.integers(1, 4), st.just(0)),
    st.tuples(st.just("count"), st.integers(0, 6), st.just(0)),
    st.tuples(st.just("close"), st.integers(0, 9), st.just(0)),
    st.tuples(st.just("ship"), st.integers(0, 9), st.just(0)),
    st.tuples(st.just("platform"), st.integers(0, 9), st.just(0)),
    st.tuples(st.just("settle"), st.just(0), st.just(0)),
)


class Shop:
    """The store and the model beside it: what is on hand by simple arithmetic."""

    def __init__(self):
        self.store = make_store()
        self.sku = make_sku(store=self.store, on_hand=2)
        self.on_hand, self.open, self.serial = 2, [], 0

    def order(self, quantity, hours):
        values = {"ship_by": NOON + timedelta(hours=hours)}
        self.open.append(make_order_of(self.store, "A", quantity=quantity, **values))

    def receive(self, quantity, _):
        self._move("receive", quantity)
        self.on_hand += quantity

    def scrap(self, quantity, _):
        if quantity <= self.on_hand:
            self._move("scrap", quantity)
            self.on_hand -= quantity

    def _move(self, kind, quantity):
        move_stock(
            store=self.store, sku_id=self.sku.pk, kind=kind, quantity=quantity, reason="test", actor=None, at=NOON
        )

    def count(self, counted, _):
        count_stock(store=self.store, sku_id=self.sku.pk, counted=counted, reason="test", actor=None, at=NOON)
        self.on_hand = counted

    def close(self, place, _):
        if order := self._take(place):
            Order.objects.filter(pk=order.pk).update(status="closed")

    def platform(self, place, _):
        """The platform ships, whether there is stock or not."""
        if order := self._take(place):
            Order.objects.filter(pk=order.pk).update(status="shipped", shipped_at=NOON)
            self.on_hand = max(0, self.on_hand - order.lines.get().quantity)
            self.settle(0, 0)

    def ship(self, place, _):
        if not (order := self._take(place)):
            return
        self.serial += 1
        try:
            ship_order(
                store=self.store, order_id=order.pk, courier="SF", tracking_number=f"SF{self.serial:013}", actor=None,
                at=NOON,
            )  # fmt: skip
        except (ShipError, StockError):  # held for a shortage that was seen already, or one that is new
            self.open.append(order)
        else:
            self.on_hand -= order.lines.get().quantity

    def settle(self, _, __):
        for _round in range(3):
            settle_all(self.store)

    def _take(self, place):
        return self.open.pop(place % len(self.open)) if self.open else None


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(ACT, max_size=14))
def test_any_history_leaves_a_ledger_that_adds_up(db, acts):
    shop = Shop()

    for name, number, other in acts:
        getattr(shop, name)(number, other)
        on_hand, reserved = on_shelf(shop.sku)
        rows = LineStock.objects.filter(sku=shop.sku)
        assert on_hand == shop.on_hand
        assert 0 <= reserved <= on_hand
        assert reserved == sum(rows.values_list("reserved", flat=True))
    shop.settle(0, 0)
    assert not FulfilmentDue.objects.filter(store=shop.store).exists()

    wanted = {order.pk: order.lines.get().quantity for order in shop.open}
    stocks = {row.order_id: row for row in LineStock.objects.filter(sku=shop.sku)}
    assert on_shelf(shop.sku) == (shop.on_hand, min(shop.on_hand, sum(wanted.values())))
    for pk, quantity in wanted.items():
        assert stocks[pk].reserved + stocks[pk].short == quantity
    short = {pk for pk in wanted if stocks[pk].short}
    assert set(Shortage.objects.filter(store=shop.store, closed_at=None).values_list("order_id", flat=True)) == short
    assert set(Hold.objects.filter(store=shop.store, released_at=None).values_list("order_id", flat=True)) == short
    held = Order.objects.filter(store=shop.store, hold_kinds=["out_of_stock"])
    assert set(held.values_list("pk", flat=True)) == short
    for line in OrderLine.objects.filter(order__store=shop.store, stock__reserved__gt=0):
        moves = StockMovement.objects.filter(line=line).values_list("reserved_change", flat=True)
        assert sum(moves) == line.stock.reserved
