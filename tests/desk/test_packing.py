"""What of an order is packed, who else could go along, and what the ship form and the shipping table make of it."""

import pytest
import time_machine

from orders.core.services import open_hold
from orders.core.statuses import STOCK_RULE, HoldKind
from orders.desk import services
from orders.desk.acts import ACTS
from orders.desk.packing import packing_of
from orders.desk.shipping_table import check_rows, read_text
from orders.fulfilment.models import MergeCandidate, MergeRefusal, Waybill
from tests.factories import NOON, make_order, make_recipient

NUMBERS = ("SF1000000000001", "SF1000000000002")


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


def packed(store, *orders, number=NUMBERS[0], state="numbered", **values):
    made = Waybill.objects.create(
        store=store, courier="SF", number=number, state=state, order_count=len(orders), created_at=NOON, **values
    )
    for order in orders:
        made.lines.create(order=order, line=order.lines.get(), quantity=1)
    return made


def test_packing_names_live_waybills_and_others_to_the_same_recipient(store):
    orders = [make_order(store=store) for _ in range(3)]
    for order in orders:
        MergeCandidate.objects.create(order=order, store=store, recipient_key="k")
    packed(store, orders[0], print_count=2)
    packed(store, orders[0], number="", state="void")

    found = packing_of(orders[0])

    assert [(one.number, one.print_count, one.pieces) for one in found.waybills] == [(NUMBERS[0], 2, 1)]
    assert (found.mergeable, found.outbox_words) == (2, "Shipping is recorded here; not sent to the platform.")


def test_what_was_refused_or_is_merged_is_no_suggestion(store):
    orders = [make_order(store=store) for _ in range(2)]
    for order in orders:
        MergeCandidate.objects.create(order=order, store=store, recipient_key="k")
    refusal = MergeRefusal.objects.create(store=store, recipient_key="k", refused_at=NOON)

    refused = packing_of(orders[0]).mergeable
    refusal.delete()
    packed(store, *orders)

    assert (refused, packing_of(orders[0]).mergeable) == (0, 0)


def test_an_order_that_left_has_nothing_to_pack(store, django_assert_num_queries):
    order = make_order(store=store, status="shipped")

    with django_assert_num_queries(0):
        assert packing_of(order) is None


def test_page_shows_the_waybill_and_the_way_to_it(warehouse_client, agent_client, store):
    order = make_order(store=store)
    waybill = packed(store, order)
    path = f"/orders/{order.number}/"

    html, read_only = (client.get(path).content.decode() for client in (warehouse_client, agent_client))

    assert f'href="/orders/shipping/waybills/{waybill.pk}/"' in html
    assert NUMBERS[0] in read_only
    assert f'href="/orders/shipping/waybills/{waybill.pk}/"' not in read_only
    assert 'data-ship-outbox="kept"' in html


def test_ship_form_holds_the_number_of_the_waybill(warehouse_client, store):
    order = make_order(store=store)
    make_recipient(order=order)
    packed(store, order)

    html = warehouse_client.get(f"/orders/{order.number}/ship/").content.decode()

    assert f'value="{NUMBERS[0]}"' in html
    assert "The number is that of the waybill made for this order." in html


def test_ship_form_of_a_merged_parcel_says_to_scan_it(warehouse_client, store):
    orders = [make_order(store=store) for _ in range(2)]
    packed(store, *orders)

    html = warehouse_client.get(f"/orders/{orders[0].number}/ship/").content.decode()

    assert f'value="{NUMBERS[0]}"' not in html
    assert "scan that parcel out" in html


def test_table_says_which_numbers_are_packed_for_others(store):
    own, other, merged, fresh = (make_order(store=store, number=str(number)) for number in range(1, 5))
    packed(store, own)
    packed(store, merged, other, number=NUMBERS[1])
    rows = f"1\tSF\tSF1000000000009\n3\tSF\t{NUMBERS[1]}\n4\tSF\t{NUMBERS[0]}\n"

    found = [row.text for row in check_rows(store, read_text(rows))]

    assert found == [
        f"It is packed as {NUMBERS[0]}: ship it with that number, or void the waybill.",
        f"Packed with 2 orders as {NUMBERS[1]}: scan that parcel out, and all of them ship.",
        "This tracking number belongs to order 1.",
    ]
    assert fresh.shipments.count() == 0


def test_holds_of_a_shortage_are_not_offered_for_release(agent_client, agent, store):
    short, both = make_order(store=store), make_order(store=store)
    hold = {"store": store, "actor": None, "at": NOON, "reason": "K-1"}
    for order in (short, both):
        open_hold(**hold, order_id=order.pk, kind=HoldKind.OUT_OF_STOCK, rule=STOCK_RULE)
    open_hold(**hold, order_id=both.pk, kind=HoldKind.MANUAL)

    known = {"values": {}, "actor": agent, "at": NOON, "order_ids": [short.pk, both.pk]}
    preview = services.preview_act(store=store, act=ACTS["release"], **known)
    html = agent_client.get(f"/orders/{short.number}/release/").content.decode()

    assert [item.order_id for item in preview.items] == [both.pk]
    assert dict(preview.skipped) == {"short of stock: settle the shortage": 1}
    assert "Short of stock: settle the shortage with the buyer, or wait for stock." in html
