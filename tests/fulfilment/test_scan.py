"""The scan station, as a scanner uses it."""

import json
import random
import re

import pytest

from orders.core.models import Order
from orders.core.services import agree_wish, bump, lock_order, open_hold
from orders.core.statuses import OrderStatus
from orders.fulfilment.models import CourierAccount, LineCheck, Shipment, Waybill
from orders.fulfilment.services import plan_waybill, ship_waybill, split_waybill, void_waybill
from orders.fulfilment.services.waybill_numbers import assign_number
from tests.conftest import signed_in
from tests.factories import NOON, make_line, make_order, make_recipient, make_user
from tests.fulfilment.parcels import NUMBER, make_parcel, make_product, make_sku
from tests.fulfilment.scanning import OTHER, URL, Station, order_to

pytestmark = pytest.mark.django_db


@pytest.fixture
def station(warehouse_client):
    return Station(warehouse_client)


def test_order_then_tracking_number_then_the_next(store, station, warehouse):
    first, second = order_to(store), order_to(store, "李四")

    shown = station.scan(first.number)
    step = station.text
    shipped = station.scan(NUMBER)
    station.scan(second.number)
    again = station.scan(OTHER)

    assert (shown, step) == (("info", first.number), "Scan the tracking number to ship it.")
    assert (shipped, again) == (("ok", first.number), ("ok", second.number))
    assert station.shipped_today == "2"
    assert list(Shipment.objects.order_by("pk").values_list("order", "tracking_number", "courier", "shipped_by")) == [
        (first.pk, NUMBER, "SF", warehouse.pk), (second.pk, OTHER, "SF", warehouse.pk),
    ]  # fmt: skip


def test_a_label_with_nothing_to_look_at_ships_by_itself(store, station):
    waybill = make_parcel(store, orders=2)

    answer = station.scan(NUMBER)

    numbers = ", ".join(Order.objects.order_by("pk").values_list("number", flat=True))
    assert answer == ("ok", numbers)
    assert (station.is_empty, Shipment.objects.filter(waybill=waybill).count()) == (True, 2)


def test_a_label_scanned_again_is_told_who_shipped_it_and_when(store, station):
    station.scan(make_parcel(store).number)

    tone, title = station.scan(NUMBER)

    assert tone == "bad"
    assert title.startswith(f"Parcel {NUMBER} was already shipped by warehouse at ")


def test_two_workers_with_one_parcel_the_second_is_told_the_first(store, station):
    make_parcel(store)
    colleague = Station(signed_in(make_user("wang", store=store, roles=("warehouse",))))

    station.scan(NUMBER)

    assert colleague.scan(NUMBER)[0] == "bad"
    assert "already shipped by warehouse at" in colleague.title
    assert Shipment.objects.count() == 1


@pytest.mark.parametrize("has_label", [True, False])
def test_one_form_sent_twice_ships_once_and_says_so_both_times(store, station, has_label):
    number = make_parcel(store).lines.get().order.number if has_label else order_to(store).number
    station.scan(number)

    assert station.scan_twice(NUMBER) == ("ok", number)
    assert Shipment.objects.count() == 1


def test_what_must_be_read_is_shown_before_the_label_ships(store, station):
    sku = make_sku(store, product=make_product(store, packing_instruction="Wrap twice"), location="A-3")
    waybill = make_parcel(store, sku=sku)
    order = lock_order(store=store, order_id=waybill.lines.get().order_id)
    agree_wish(order, kind="packing", text="no invoice in the box", actor=None, at=NOON)
    bump(order, NOON, "wish_kinds")
    make_line(order=order, position=2, is_gift=True)

    first = station.scan(NUMBER)
    shown = station.html
    second = station.scan(NUMBER)

    assert (first, second) == (("info", NUMBER), ("ok", order.number))
    for text in ("Wrap twice", "no invoice in the box", "A-3", "张*", "138****1234"):
        assert text in shown


def test_a_gift_in_the_parcel_is_shown_first(store, station):
    order = make_order(store=store, lines=0)
    make_recipient(order=order)
    make_line(order=order, is_gift=True)

    station.scan(order.number)

    assert ">Gift<" in station.html


def test_checks_are_ticked_by_scanning_each_piece_and_by_digit(store, station, warehouse):
    sku = make_sku(
        store, needs_check=True, barcode="6901234567892", product=make_product(store, needs_brand_check=True)
    )
    order = make_order(store=store, lines=0)
    make_recipient(order=order)
    make_line(order=order, sku_code=sku.code, quantity=2)
    station.scan(order.number)

    early = station.scan(NUMBER)
    one = station.scan("6901234567892")
    two = station.scan("6901234567892")
    brand = station.scan("2")
    shipped = station.scan(NUMBER)

    assert (early[0], early[1].startswith("Not checked yet: ")) == ("bad", True)
    assert (one, two) == (
        ("info", f"Right: {sku.code}, 1 of 2"), ("info", "Name, spec, colour and quantity: checked"),
    )  # fmt: skip
    assert (brand, shipped) == (("info", "Brand label: checked"), ("ok", order.number))
    assert list(LineCheck.objects.order_by("pk").values_list("kind", "checked_by")) == [
        ("spec", warehouse.pk), ("brand", warehouse.pk),
    ]  # fmt: skip


def test_a_wrong_piece_and_a_digit_of_no_check_are_refused_and_the_parcel_stays(store, station):
    sku, wrong = make_sku(store, needs_check=True), make_sku(store, barcode="6900000000001", spec="白色 M")
    order = make_order(store=store, lines=0)
    make_recipient(order=order)
    make_line(order=order, sku_code=sku.code)
    station.scan(order.number)

    piece = station.scan("6900000000001")
    digit = station.scan("7")

    assert piece == ("bad", f"{wrong.code} 白色 M does not belong to this parcel.")
    assert digit == ("bad", "There is no check number 7 here.")
    assert (station.is_empty, Shipment.objects.count()) == (False, 0)


def test_a_label_of_another_order_is_refused_and_takes_the_parcel_off_the_table(store, station):
    make_parcel(store)
    order = order_to(store, "李四")
    station.scan(order.number)

    tone, title = station.scan(NUMBER)

    assert (tone, title.startswith(f"Wrong label: {NUMBER} is for order ")) == ("bad", True)
    assert (station.is_empty, Shipment.objects.count()) == (True, 0)


def test_another_number_than_the_printed_label_is_refused(store, station):
    order = make_parcel(store).lines.get().order
    station.scan(order.number)

    assert station.scan(OTHER) == ("bad", f"{OTHER} is not the label of this parcel.")
    assert station.text == f"Nothing was shipped. Its label is {NUMBER}."
    assert (station.is_empty, Shipment.objects.count()) == (True, 0)


def test_a_number_that_looks_wrong_is_asked_for_once_more(store, station):
    order = order_to(store)
    plan_waybill(store=store, order_ids=[order.pk], courier="SF", actor=None, at=NOON)
    station.scan(order.number)

    first = station.scan("99887766554433")
    second = station.scan("99887766554433")

    assert first == ("bad", "99887766554433 does not look like a number of 顺丰速运.")
    assert second == ("ok", order.number)


def test_the_number_of_the_next_parcel_never_goes_to_the_one_on_the_table(store, station):
    """An order number that nobody knows, then its tracking number: neither is taken for the order before."""
    order = order_to(store)
    CourierAccount.objects.create(store=store, courier="SF", updated_at=NOON)
    station.scan(order.number)

    station.scan("355260000000000999")
    answer = station.scan(NUMBER)

    assert answer == ("bad", f"{NUMBER} is not the number that was asked for.")
    assert (station.is_empty, Shipment.objects.count()) == (True, 0)


def test_a_number_that_does_not_tell_its_courier_asks_for_a_digit(store, station):
    order = order_to(store)
    for code in ("ZTO", "UC"):
        CourierAccount.objects.create(store=store, courier=code, updated_at=NOON)
    station.scan(order.number)

    asked = station.scan("VIP123456789")
    nothing = station.scan("9")
    shipped = station.scan("2")

    assert (asked, nothing[0]) == (("info", "Which courier has VIP123456789?"), "info")
    assert shipped == ("ok", order.number)
    assert Shipment.objects.get().courier == "UC"


def test_a_parcel_without_a_number_takes_the_one_that_is_scanned(store, station):
    order = order_to(store)
    draft = plan_waybill(store=store, order_ids=[order.pk], courier="SF", actor=None, at=NOON)
    station.scan(order.number)

    assert station.scan(NUMBER) == ("ok", order.number)
    draft.refresh_from_db()
    assert (draft.number, draft.state) == (NUMBER, "shipped")


def test_an_order_of_several_parcels_ships_by_the_label_of_each(store, station):
    order = make_order(store=store, lines=0)
    line = make_line(order=order, quantity=2)
    make_recipient(order=order)
    first = plan_waybill(store=store, order_ids=[order.pk], courier="SF", actor=None, at=NOON)
    second = split_waybill(store=store, waybill_id=first.pk, lines={line.pk: 1}, actor=None, at=NOON)
    for waybill, number in ((first, NUMBER), (second, OTHER)):
        assign_number(store=store, waybill_id=waybill.pk, number=number, actor=None, at=NOON)

    station.scan(order.number)
    asked = station.text
    shipped = station.scan(OTHER)

    assert asked == f"This order has several parcels. Scan the label of one: {NUMBER}, {OTHER}."
    assert shipped == ("ok", order.number)
    order.refresh_from_db()
    assert order.status == OrderStatus.PARTIALLY_SHIPPED


def test_what_may_not_leave_is_refused_with_the_reason(store, station):
    held, closed, gone = order_to(store), order_to(store, status=OrderStatus.CLOSED), make_parcel(store, name="李四")
    open_hold(store=store, order_id=held.pk, kind="manual", reason="wait", actor=None, at=NOON)
    void_waybill(store=store, waybill_id=gone.pk, reason="torn", actor=None, at=NOON)

    station.scan(held.number)
    answers = [station.scan(text) for text in (OTHER, closed.number, NUMBER)]

    assert answers == [
        ("bad", f"Order {held.number} is held: Held by hand."),
        ("bad", f"Order {closed.number} is “Closed”: it does not ship."),
        ("bad", f"Waybill {NUMBER} is void: take its label off the parcel."),
    ]
    assert not Shipment.objects.exists()


def test_a_shipped_order_and_its_number_name_who_shipped_it(store, station):
    order = order_to(store)
    station.scan(order.number)
    station.scan(NUMBER)

    for text in (order.number, NUMBER):
        tone, title = station.scan(text)
        assert (tone, f"Order {order.number} was already shipped by warehouse at" in title) == ("bad", True)


def test_a_product_alone_and_an_unknown_number_ask_for_an_order(store, station):
    make_sku(store, barcode="6900000000001", code="RED-L", spec="红色 L")

    assert station.scan("6900000000001") == ("bad", "This is a product: RED-L 红色 L.")
    assert station.scan(NUMBER) == ("bad", f"No order, parcel or product here has the number {NUMBER}.")
    assert station.scan("  ")[0] == "info"


def test_another_stores_numbers_are_unknown(store, other_store, station):
    parcel, order = make_parcel(other_store), order_to(other_store)
    make_sku(other_store, barcode="6900000000001")

    answers = {station.scan(text)[1] for text in (NUMBER, order.number, "6900000000001")}

    assert answers == {
        f"No order, parcel or product here has the number {text}." for text in (NUMBER, order.number, "6900000000001")
    }
    station.fields["target"] = f"w{parcel.pk}"
    assert station.scan(OTHER)[0] == "bad"
    assert not Shipment.objects.exists()


@pytest.mark.parametrize("is_on_table", [False, True])
def test_garbage_gets_one_clear_sentence(store, station, is_on_table):
    chance, order = random.Random(7), order_to(store)
    for number in range(200):
        if is_on_table and station.is_empty:
            station.scan(order.number)
        size = chance.choice((1, 5, 13, 30, 200))
        text = bytes(chance.randrange(256) for _ in range(size)).decode("latin-1" if number % 2 else "utf-8", "replace")
        tone, title = station.scan(text)
        assert (tone in {"bad", "info"}, bool(title)) == (True, True)

    assert station.scan("9" * 4000) == ("bad", "That is no number.")
    assert not Shipment.objects.exists()


@pytest.mark.parametrize("field", ["target", "pending", "counted", "issued"])
@pytest.mark.parametrize("value", ["", "x", "w0", "o99999999999999999999", "w-1", "1:2,3:x,:,9" * 500, "\x00", "ä"])
def test_garbage_in_the_hidden_fields_is_no_error(store, warehouse_client, field, value):
    order = order_to(store)

    response = warehouse_client.post(URL, {field: value, "text": order.number})

    assert response.status_code == 200
    assert order.number in response.content.decode()


def test_the_last_ten_scans_are_listed_without_phone_numbers(store, station):
    for number in range(12):
        station.scan(f"13812345{number:03}")

    rows = re.findall(r'data-log="bad">.*?<span class="number">([^<]*)</span>', station.html)
    assert len(rows) == 10
    assert "13812345" not in "".join(rows)
    assert "What was shipped cannot be undone here" in station.html


def test_the_page_works_without_script(store, warehouse_client):
    order = order_to(store)
    station = Station(warehouse_client, htmx=False)

    station.scan(order.number)
    shipped = station.scan(NUMBER)

    assert shipped == ("ok", order.number)
    assert station.html.startswith("\n<!DOCTYPE html>") or "<!DOCTYPE html>" in station.html[:200]
    assert "autofocus" in station.html


def test_who_may_not_ship_may_not_scan(agent_client, finance_client):
    for client in (agent_client, finance_client):
        assert client.get(URL).status_code == 403
        assert client.post(URL, {"text": "1"}).status_code == 403


def test_a_scan_that_ships_one_of_three_lines_takes_as_many_statements_as_of_one(
    store, warehouse_client, django_assert_max_num_queries
):
    make_parcel(store, skus=[make_sku(store) for _ in range(3)])

    with django_assert_max_num_queries(75):
        assert warehouse_client.post(URL, {"text": NUMBER}).status_code == 200

    assert (Waybill.objects.get().state, json.dumps(dict(warehouse_client.session))) != ("numbered", "{}")


def test_ship_waybill_by_another_worker_between_show_and_scan_is_told(store, station):
    waybill = make_parcel(store, sku=make_sku(store, product=make_product(store, packing_instruction="Wrap")))
    station.scan(NUMBER)
    ship_waybill(store=store, waybill_id=waybill.pk, actor=make_user("wang"), at=NOON)

    tone, title = station.scan(NUMBER)

    assert (tone, "already shipped by wang at 06-01 12:00" in title) == ("bad", True)
