"""Stock under parallel hands; with controls that show each race when the lock is off."""

import time
from datetime import timedelta
from threading import Event

import pytest
from django.db import transaction

from orders.core.models import Hold, Order
from orders.core.services import OrderError
from orders.fulfilment.models import FulfilmentDue, GiftGrant, GiftRule, LineStock, Shortage, StockMovement
from orders.fulfilment.services import ship_order, shortages
from orders.fulfilment.services.gifts import GiftValues, save_gift_rule, switch_gift_rule
from orders.fulfilment.services.stock import (
    StockError,
    count_stock,
    lines,
    move_stock,
    reading,
    settle_due,
    settle_order,
)
from tests.factories import NOON, make_order, make_store
from tests.fulfilment.stocking import fresh, make_order_of, make_sku, on_shelf, settle_all
from tests.parallel import in_parallel

pytestmark = pytest.mark.django_db(transaction=True)


@transaction.atomic
def settle(order):
    locked = Order.objects.locked().get(pk=order.pk)
    locked.store = order.store
    settle_order(locked, at=NOON)


def ship(order, number):
    return ship_order(
        store=order.store, order_id=order.pk, courier="SF", tracking_number=f"SF{number:013}", actor=None, at=NOON
    )


def test_last_piece_ordered_twenty_times_at_once_is_promised_once():
    store = make_store()
    sku = make_sku(store=store, on_hand=1)
    orders = [make_order_of(store, "A") for _ in range(20)]

    results = in_parallel(*(lambda order=order: settle(order) for order in orders))

    assert results == [None] * 20
    assert on_shelf(sku) == (1, 1)
    assert sorted(LineStock.objects.values_list("reserved", "short")) == [(0, 1)] * 19 + [(1, 0)]
    short = {row.order_id for row in Shortage.objects.all()}
    assert len(short) == 19
    assert set(Hold.objects.values_list("order_id", "kind", "rule")) == {(pk, "out_of_stock", "stock") for pk in short}
    for order in orders:
        kinds = list(fresh(order).events.values_list("kind", flat=True))
        assert (fresh(order).hold_kinds, kinds) == (
            (["out_of_stock"], ["stock_short"]) if order.pk in short else ([], [])
        )


def test_without_the_lock_the_last_piece_is_promised_several_times(monkeypatch):
    """Control: the test above can fail."""
    store = make_store()
    make_sku(store=store, on_hand=1)
    orders = [make_order_of(store, "A") for _ in range(8)]
    claimable = lines.LineBook.claimable
    monkeypatch.setattr(reading, "_LOCK", reading._LOCK.replace("FOR UPDATE", ""))
    monkeypatch.setattr(lines.LineBook, "claimable", lambda book, sku: (claimable(book, sku), time.sleep(0.3))[0])

    in_parallel(*(lambda order=order: settle(order) for order in orders))

    assert LineStock.objects.filter(reserved=1).count() > 1


def test_the_last_piece_shipped_at_once_by_ten_leaves_once():
    store = make_store()
    sku = make_sku(store=store, on_hand=1)
    orders = [make_order_of(store, "A") for _ in range(10)]

    results = in_parallel(*(lambda n=n, order=order: ship(order, n) for n, order in enumerate(orders)))
    refused = [result for result in results if isinstance(result, StockError)]
    settle_all(store)

    assert (len(refused), {error.code for error in refused}) == (9, {"hold"})
    assert on_shelf(sku) == (0, 0)
    assert Order.objects.filter(status="shipped").count() == 1
    assert Order.objects.filter(hold_kinds=["out_of_stock"]).count() == 9


def test_shipping_against_settling_deducts_once():
    store = make_store()
    sku = make_sku(store=store, on_hand=10)
    orders = [make_order_of(store, "A") for _ in range(10)]

    acts = [lambda n=n, order=order: ship(order, n) for n, order in enumerate(orders)]
    results = in_parallel(*acts, *[lambda: settle_due(store=store, at=NOON)] * 3)
    settle_all(store)

    assert not [result for result in results if isinstance(result, Exception)]
    assert on_shelf(sku) == (0, 0)
    shipped = StockMovement.objects.filter(kind="ship").values_list("order_id", "on_hand_change")
    assert sorted(shipped) == [(order.pk, -1) for order in orders]
    assert not FulfilmentDue.objects.exists()


def test_one_order_settled_by_many_is_promised_once():
    store = make_store()
    sku = make_sku(store=store, on_hand=9)
    order = make_order_of(store, "A", quantity=2)

    results = in_parallel(*[lambda: settle_due(store=store, at=NOON)] * 3, *[lambda: settle(order)] * 5)

    assert not [result for result in results if isinstance(result, Exception)]
    assert on_shelf(sku) == (9, 2)
    assert StockMovement.objects.filter(kind="reserve").count() == 1


def test_orders_of_the_same_skus_do_not_wait_for_each_other_for_ever():
    store = make_store()
    skus = [make_sku(store=store, code=code, on_hand=5) for code in "ABCD"]
    orders = [make_order_of(store, *("ABCD" if n % 2 else "DCBA")) for n in range(16)]

    results = in_parallel(*(lambda order=order: settle(order) for order in orders))

    assert results == [None] * 16
    assert [on_shelf(sku) for sku in skus] == [(5, 5)] * 4


def test_recounts_against_settling_leave_a_ledger_that_adds_up():
    store = make_store()
    sku = make_sku(store=store, on_hand=5)
    orders = [make_order_of(store, "A", paid_at=NOON + timedelta(minutes=n)) for n in range(8)]

    def recount(counted):
        return lambda: count_stock(store=store, sku_id=sku.pk, counted=counted, reason="again", actor=None, at=NOON)

    acts = [lambda order=order: settle(order) for order in orders]
    results = in_parallel(*acts, *(recount(counted) for counted in (2, 7, 0, 3)))
    count_stock(store=store, sku_id=sku.pk, counted=3, reason="at last", actor=None, at=NOON)
    for _ in range(3):
        settle_all(store)

    failures = [result for result in results if isinstance(result, Exception)]
    assert all(isinstance(failure, OrderError) and "try again" in str(failure) for failure in failures)
    assert on_shelf(sku) == (3, 3)
    held = Order.objects.filter(hold_kinds=["out_of_stock"])
    assert held.count() == 5
    assert sum(LineStock.objects.values_list("reserved", flat=True)) == 3


def test_limited_gift_ordered_at_once_is_given_so_many_times():
    store = make_store()
    gift = make_sku(store=store, code="GIFT", on_hand=50)
    values = GiftValues(name="Three", gift_id=gift.pk, starts_at=NOON - timedelta(days=1), limit=3)
    rule = save_gift_rule(store=store, values=values, actor=None, at=NOON)
    switch_gift_rule(store=store, rule_id=rule.pk, is_active=True, actor=None, at=NOON)
    orders = [make_order(store=store) for _ in range(12)]

    results = in_parallel(*(lambda order=order: settle(order) for order in orders))

    assert results == [None] * 12
    assert (GiftGrant.objects.count(), GiftRule.objects.get().given_count, on_shelf(gift)) == (3, 3, (50, 3))


def test_an_order_that_somebody_works_on_stays_due():
    store = make_store()
    order = make_order_of(store, "A")
    with transaction.atomic():
        Order.objects.locked().get(pk=order.pk)

        (settled,) = in_parallel(lambda: settle_due(store=store, at=NOON))

    assert (settled, FulfilmentDue.objects.count()) == (0, 1)


def test_a_first_count_during_a_look_at_the_order_is_not_missed(monkeypatch):
    """The sku is locked although it was never counted: the count waits, and then finds the order to mark."""
    store = make_store()
    sku = make_sku(store=store)
    order = make_order_of(store, "A")
    follow = lines.LineBook.settle
    monkeypatch.setattr(lines.LineBook, "settle", lambda book, **how: (time.sleep(0.3), follow(book, **how))[1])

    def count():
        time.sleep(0.1)
        return count_stock(store=store, sku_id=sku.pk, counted=4, actor=None, at=NOON)

    in_parallel(lambda: settle_due(store=store, at=NOON), count)
    settle_all(store)

    assert (on_shelf(sku), LineStock.objects.get().order_id) == ((4, 1), order.pk)


@pytest.mark.parametrize("is_locked", [True, False])
def test_exchange_against_stock_that_arrives_never_wait_for_each_other(monkeypatch, is_locked):
    store = make_store()
    sku, order = make_sku(store=store, on_hand=0), make_order_of(store, "A")
    make_sku(store=store, code="B", on_hand=5)
    settle_all(store)
    has_agreed, agree = Event(), shortages.agree_spec

    def agree_slowly(**values):
        agree(**values)  # from here on the order is marked due
        has_agreed.set()
        time.sleep(0.5)  # the delivery has its sku by now, and wakes the order

    def exchange():
        return shortages.decide_shortage(
            store=store, order_id=order.pk, shortage_id=Shortage.objects.get().pk, solution="exchange", sku_code="B",
            answer="the buyer agrees", actor=None, at=NOON,
        )  # fmt: skip

    def receive():
        has_agreed.wait(timeout=30)
        return move_stock(store=store, sku_id=sku.pk, kind="receive", quantity=3, actor=None, at=NOON)

    monkeypatch.setattr(shortages, "agree_spec", agree_slowly)
    if not is_locked:
        monkeypatch.setattr(shortages, "lock_skus_of", lambda *_asked: None)

    failed = [result for result in in_parallel(exchange, receive) if isinstance(result, Exception)]

    assert [type(error).__name__ for error in failed] == ([] if is_locked else ["OperationalError"])
