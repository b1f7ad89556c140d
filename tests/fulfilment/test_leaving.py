from datetime import timedelta

import pytest

from orders.core.models import Order, OrderEvent, OrderLine
from orders.core.services import close_order
from orders.fulfilment.models import PoolNumber, Shipment
from orders.fulfilment.services import ShipError, assign_number, ship_waybill
from orders.fulfilment.services.printing import record_waybill_print
from tests.factories import NOON, make_line, make_order
from tests.fulfilment.parcels import NUMBER, make_parcel
from tests.fulfilment.stocking import settle_all
from tests.fulfilment.test_waybills import act, make_account, pieces, plan

pytestmark = pytest.mark.django_db


def close(order):
    return close_order(store=order.store, order_id=order.pk, reason="买家不要了", actor=None, at=NOON)


def leave_elsewhere(order, number):
    """Do what an import does when the platform says that the order was shipped."""
    Shipment.objects.create(
        store=order.store, order=order, courier="SF", tracking_number=number, shipped_at=NOON, source="platform"
    )
    OrderLine.objects.filter(order=order).update(shipped_quantity=1)
    Order.objects.filter(pk=order.pk).update(status="shipped", shipped_at=NOON)


def state_of(waybill):
    waybill.refresh_from_db()
    return waybill.state


def only_order(waybill):
    return Order.objects.get(waybill_lines__waybill=waybill)


def test_parcel_of_a_closed_order_is_given_up_and_its_number_is_not_used_again(store):
    make_account(store, numbers=2)
    order = make_order(store=store)
    waybill = act(assign_number, plan(order))
    close(order)

    settle_all(store)

    assert (state_of(waybill), waybill.void_reason) == ("void", "Nothing of it is to leave any more.")
    assert [number.state for number in PoolNumber.objects.order_by("pk")] == ["void", "free"]
    event = OrderEvent.objects.filter(kind="waybill_voided").get()
    assert (event.order_id, event.before["tracking_number"], event.source) == (order.pk, waybill.number, "system")


def test_printed_parcel_of_a_closed_order_cannot_be_scanned_out(store, warehouse):
    waybill = make_parcel(store)
    make_printed(waybill)
    close(only_order(waybill))

    settle_all(store)

    with pytest.raises(ShipError) as refused:
        ship_waybill(store=store, number=NUMBER, actor=warehouse, at=NOON)
    assert str(refused.value) == f"Waybill {NUMBER} is void: take its label off the parcel."


def test_parcel_that_the_platform_calls_shipped_under_its_number_has_left(store):
    waybill = make_parcel(store)
    leave_elsewhere(only_order(waybill), NUMBER)

    settle_all(store)

    assert (state_of(waybill), waybill.shipped_at, waybill.shipped_by) == ("shipped", NOON, None)
    assert Shipment.objects.get().waybill_id == waybill.pk


def test_parcel_of_an_order_that_left_under_another_number_is_given_up(store):
    waybill = make_parcel(store)
    leave_elsewhere(only_order(waybill), "SF9999999999999")

    settle_all(store)

    assert state_of(waybill) == "void"


def test_closed_order_is_taken_out_of_a_merged_parcel_without_paper(store):
    waybill = make_parcel(store, orders=2)
    first, second = Order.objects.order_by("pk")
    close(first)

    settle_all(store)

    assert (state_of(waybill), waybill.order_count) == ("numbered", 1)
    assert set(waybill.lines.values_list("order_id", flat=True)) == {second.pk}


def test_closed_order_in_a_printed_merged_parcel_is_said_and_keeps_all_of_it_here(store, warehouse):
    waybill = make_parcel(store, orders=2)
    make_printed(waybill)
    first, _second = Order.objects.order_by("pk")
    close(first)

    settle_all(store)

    assert (state_of(waybill), waybill.order_count) == ("printed", 2)
    expected = f"Order {first.number} in it must not leave like this any more: void this waybill."
    assert waybill.problem == expected
    with pytest.raises(ShipError):
        ship_waybill(store=store, number=NUMBER, actor=warehouse, at=NOON)


def test_refunded_line_is_taken_out_of_a_parcel(store):
    order = make_order(store=store, lines=0)
    refunded, kept = make_line(order=order, paid=50), make_line(order=order, position=2)
    waybill = plan(order)
    OrderLine.objects.filter(pk=refunded.pk).update(refund_status="succeeded", refunded=50)

    settle_all(store)
    settle_all(store)

    assert (state_of(waybill), pieces(waybill)) == ("draft", {kept.pk: 1})
    assert OrderEvent.objects.filter(kind="waybill_voided").count() == 1


def test_parcel_of_an_order_that_waits_stays_as_it_is(store):
    order = make_order(store=store, lines=0)
    line = make_line(order=order, quantity=5)
    waybill = plan(order, lines={line.pk: 2})

    settle_all(store, NOON + timedelta(minutes=1))

    assert (state_of(waybill), waybill.version, pieces(waybill)) == ("draft", 1, {line.pk: 2})


def make_printed(waybill):
    return record_waybill_print(store=waybill.store, waybill_id=waybill.pk, actor=None, at=NOON)
