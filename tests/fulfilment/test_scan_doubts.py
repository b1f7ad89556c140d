"""The scan station, when an order is put away again or its address changed after printing."""

import pytest

from orders.core.services import change_recipient
from orders.fulfilment.models import Shipment
from orders.fulfilment.services.printing import record_waybill_print
from tests.factories import NOON
from tests.fulfilment.parcels import NUMBER, make_parcel, make_sku
from tests.fulfilment.scanning import OTHER, Station

pytestmark = pytest.mark.django_db


@pytest.fixture
def station(warehouse_client):
    return Station(warehouse_client)


# Taking an order off the table


@pytest.mark.parametrize("text", ["CANCEL", "cancel", "取消"])
def test_cancel_takes_the_order_off_the_table(station, store, text):
    order = make_parcel(store).lines.get().order
    station.scan(order.number)

    tone, title = station.scan(text)

    assert (tone, title) == ("info", f"Order {order.number} was taken off the table.")
    assert station.is_empty
    assert not Shipment.objects.exists()


def test_cancel_with_an_empty_table_says_so(station):
    assert station.scan("CANCEL") == ("info", "Nothing lies on the table.")


def test_next_order_replaces_one_that_is_not_begun(station, store):
    first, second = (make_parcel(store, number=number).lines.get().order for number in (NUMBER, OTHER))
    station.scan(first.number)

    assert station.scan(second.number) == ("info", second.number)


def test_next_order_is_scanned_twice_to_replace_one_that_is_begun(station, store):
    sku = make_sku(store, barcode="6901234567892")
    first = make_parcel(store, sku=sku).lines.get().order
    second = make_parcel(store, number=OTHER).lines.get().order
    station.scan(first.number)
    station.scan(sku.barcode)

    asked = station.scan(second.number)
    counted, text = station.fields["counted"], station.text
    replaced = station.scan(second.number)

    assert asked == ("bad", f"Order {first.number} is begun and not shipped yet.")
    assert text.startswith(f"Go on with it. Or scan order {second.number} again")
    assert counted.endswith(":1")
    assert replaced == ("info", second.number)


def test_question_about_the_next_order_is_over_once_the_person_goes_on(station, store):
    sku = make_sku(store, barcode="6901234567892")
    first = make_parcel(store, sku=sku).lines.get().order
    second = make_parcel(store, number=OTHER).lines.get().order
    station.scan(first.number)
    station.scan(sku.barcode)
    station.scan(second.number)
    station.scan(sku.barcode)

    assert station.scan(second.number)[0] == "bad"
    assert station.scan(NUMBER)[0] == "ok"
    assert Shipment.objects.get().order == first


# An address that was changed after printing


@pytest.fixture
def moved(store):
    waybill = make_parcel(store)
    record_waybill_print(store=store, waybill_id=waybill.pk, actor=None, at=NOON)
    order = waybill.lines.get().order
    change_recipient(store=store, order_id=order.pk, fields={"street": "另一条路 2 号"}, actor=None, at=NOON)
    return order


def test_label_of_a_changed_address_is_asked_about(station, moved):
    tone, title = station.scan(NUMBER)

    assert (tone, title) == (
        "bad", f"The address of order {moved.number} was changed after waybill {NUMBER} was printed: print it again."
    )  # fmt: skip
    assert station.text == "If the label on it shows the new address already, press 0 and Enter."
    assert "data-moved" in station.html
    assert not Shipment.objects.exists()


def test_label_of_a_changed_address_leaves_when_the_person_says_it_is_right(station, moved):
    station.scan(NUMBER)
    again = station.scan(NUMBER)

    station.scan("0")

    assert again[0] == "bad"
    assert station.tone == "ok"
    assert Shipment.objects.get().order == moved


def test_zero_without_the_label_ships_nothing(station, moved):
    station.scan(moved.number)

    assert "print the label again" in station.text
    assert station.scan("0") == ("bad", "There is no check number 0 here.")
    assert not Shipment.objects.exists()
