"""What parallel people may do to one order; with a control that shows the race without the lock."""

import time
from decimal import Decimal
from threading import Event

import pytest
from django.db import OperationalError, connection, transaction

from orders.core.models import Order, OrderEvent
from orders.core.models.querysets import OrderQuerySet
from orders.core.services import OrderError, VersionConflict, add_remark, set_flag, set_refund_facts
from orders.core.statuses import OrderStatus
from orders.fulfilment.models import Shipment, Waybill
from orders.fulfilment.services import (
    ShipError,
    assign_number,
    plan_waybill,
    scanning_out,
    ship_order,
    ship_waybill,
    shipping,
    waybill_numbers,
)
from tests.factories import NOON, make_line, make_order, make_store, make_user
from tests.fulfilment.parcels import NUMBER, make_parcel, make_sku
from tests.parallel import in_parallel

pytestmark = pytest.mark.django_db(transaction=True)


def ship(order, number):
    return lambda: ship_order(
        store=order.store, order_id=order.pk, courier="SF", tracking_number=f"SF{number:013}", actor=None, at=NOON
    )


def test_twenty_parallel_ships_make_one_parcel():
    order = make_order()

    results = in_parallel(*(ship(order, number) for number in range(20)))

    refusals = [result for result in results if isinstance(result, ShipError)]
    assert len(refusals) == 19
    assert all("already shipped" in str(refusal) for refusal in refusals)
    assert Shipment.objects.count() == OrderEvent.objects.count() == 1


def test_without_the_lock_parallel_ships_make_several_parcels(monkeypatch):
    """Control: the test above can fail."""
    order, check = make_order(), shipping._check_state
    monkeypatch.setattr(OrderQuerySet, "locked", lambda self: self.order_by("pk"))
    monkeypatch.setattr(shipping, "_check_state", lambda order: (check(order), time.sleep(0.2)))

    in_parallel(*(ship(order, number) for number in range(8)))

    assert Shipment.objects.count() > 1


def test_one_number_shipped_for_two_orders_at_once_belongs_to_one():
    store = make_store()
    orders = [make_order(store=store) for _ in range(6)]

    results = in_parallel(*(ship(order, 7) for order in orders))

    assert sum(isinstance(result, ShipError) for result in results) == 5
    assert Shipment.objects.count() == 1


def test_one_number_typed_for_a_waybill_and_shipped_at_once_belongs_to_one():
    store = make_store()
    for number in range(10):
        planned, order = make_order(store=store), make_order(store=store)
        waybill = plan_waybill(store=store, order_ids=[planned.pk], courier="SF", actor=None, at=NOON)

        def assign(waybill=waybill, number=number):
            text = f"SF{number:013}"
            return assign_number(store=store, waybill_id=waybill.pk, number=text, actor=None, at=NOON)

        results = in_parallel(assign, ship(order, number))

        assert sum(isinstance(result, OrderError) for result in results) == 1


def test_without_the_lock_a_number_is_a_waybills_and_a_parcels(monkeypatch):
    """Control: the test above can fail."""
    store = make_store()
    planned, order = make_order(store=store), make_order(store=store)
    waybill = plan_waybill(store=store, order_ids=[planned.pk], courier="SF", actor=None, at=NOON)
    monkeypatch.setattr(shipping, "lock_number", lambda *_args: time.sleep(0.2))
    give = waybill_numbers._give
    monkeypatch.setattr(waybill_numbers, "_give", lambda *args: (time.sleep(0.4), give(*args)))

    def assign():
        return assign_number(store=store, waybill_id=waybill.pk, number=f"SF{7:013}", actor=None, at=NOON)

    results = in_parallel(assign, ship(order, 7))

    assert not any(isinstance(result, OrderError) for result in results)


def test_ship_against_full_refund_leaves_one_legal_state():
    for number in range(20):
        order = make_order()

        def refund(order=order):
            return set_refund_facts(
                store=order.store, order_id=order.pk, status="succeeded", refunded=Decimal(100), actor=None, at=NOON
            )

        shipped, refunded = in_parallel(ship(order, number), refund)

        order = Order.objects.get(pk=order.pk)
        kinds = list(order.events.order_by("pk").values_list("kind", flat=True))
        assert order.refunded == Decimal(100)
        assert not isinstance(refunded, Exception)
        if isinstance(shipped, ShipError):
            assert (order.status, kinds) == (OrderStatus.PENDING_SHIPMENT, ["refund_changed"])
        else:
            assert (order.status, kinds) == (OrderStatus.SHIPPED, ["shipped", "refund_changed"])
        assert order.shipments.count() == int(not isinstance(shipped, ShipError))


def test_two_staff_saving_one_version_lose_nothing():
    order, li, wang = make_order(), make_user("li"), make_user("wang")
    values = {"store": order.store, "order_id": order.pk, "at": NOON, "version": 1}

    results = in_parallel(
        lambda: set_flag(flag=1, actor=li, **values), lambda: add_remark(text="call first", actor=wang, **values)
    )

    conflicts = [result for result in results if isinstance(result, VersionConflict)]
    assert len(conflicts) == 1
    assert len(conflicts[0].changes) == 1
    order.refresh_from_db()
    assert (order.version, OrderEvent.objects.count()) == (2, 1)
    assert (order.flag == 1) != (order.latest_remark == "call first")


def test_parallel_acts_without_a_version_all_count():
    order = make_order()

    results = in_parallel(
        *(
            lambda number=number: add_remark(
                store=order.store, order_id=order.pk, text=f"remark {number}", actor=None, at=NOON
            )
            for number in range(10)
        )
    )

    order.refresh_from_db()
    assert not any(isinstance(result, OrderError) for result in results)
    assert (order.version, order.remarks.count(), order.events.count()) == (11, 10, 10)


def test_an_order_locked_for_too_long_is_a_clear_refusal():
    order = make_order()
    is_locked, may_end = Event(), Event()

    def hold():
        with transaction.atomic():
            Order.objects.locked().get(pk=order.pk)
            is_locked.set()
            may_end.wait(timeout=10)

    def act():
        is_locked.wait(timeout=10)
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '100ms'")
        try:
            return set_flag(store=order.store, order_id=order.pk, flag=1, actor=None, at=NOON)
        finally:
            may_end.set()

    _held, refused = in_parallel(hold, act)

    assert isinstance(refused, OrderError)
    assert str(refused) == "Somebody is saving this order right now. Nothing was changed; try again."
    assert Order.objects.get().flag == 0


def locks_stock_first(monkeypatch):
    """Take the skus before the number, as it was."""
    real = scanning_out._checked

    def check(order, waybill, lines, **more):
        scanning_out._lock_stock(scanning_out._pieces_by_order(waybill))
        return real(order, waybill, lines, **more)

    monkeypatch.setattr(scanning_out, "_checked", check)


def ship_a_number_by_hand_and_by_its_merged_parcel(monkeypatch):
    """Ship an order under a number that the pool gives a merged parcel in the same moment; return both results."""
    store = make_store()
    sku = make_sku(store, on_hand=9)
    parcel = make_parcel(store, "SF9876543210987", orders=2, sku=sku)
    order = make_order(store=store, lines=0)
    make_line(order=order, sku_code=sku.code)
    checked, about_to_ask = Event(), Event()
    ship_pieces, check_number = shipping.ship_pieces, scanning_out.check_number

    def ship_slowly(*args, **values):
        checked.set()
        about_to_ask.wait(10)
        time.sleep(0.3)
        return ship_pieces(*args, **values)

    def ask(*args):
        about_to_ask.set()
        return check_number(*args)

    def scan():
        checked.wait(10)
        Waybill.objects.filter(pk=parcel.pk).update(number=NUMBER)  # as the pool gives one: without the number's lock
        return ship_waybill(store=store, waybill_id=parcel.pk, actor=None, at=NOON)

    monkeypatch.setattr(shipping, "ship_pieces", ship_slowly)
    monkeypatch.setattr(scanning_out, "check_number", ask)
    by_hand = lambda: ship_order(  # noqa: E731
        store=store, order_id=order.pk, courier="SF", tracking_number=NUMBER, actor=None, at=NOON
    )
    return in_parallel(by_hand, scan)


def test_a_merged_parcel_takes_its_number_before_its_stock_as_an_order_does(monkeypatch):
    by_hand, by_label = ship_a_number_by_hand_and_by_its_merged_parcel(monkeypatch)

    assert by_hand.tracking_number == NUMBER
    assert isinstance(by_label, ShipError)
    assert "already belongs to order" in str(by_label)
    assert Shipment.objects.count() == 1


def test_without_that_order_one_of_them_dies_in_a_deadlock(monkeypatch):
    """Control: the test above can fail."""
    locks_stock_first(monkeypatch)

    results = ship_a_number_by_hand_and_by_its_merged_parcel(monkeypatch)

    assert any(isinstance(result, OperationalError) for result in results)
