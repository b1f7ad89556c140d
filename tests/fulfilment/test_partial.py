"""Orders that leave in part: which are marked, which pieces are planned, and what the desk does with them."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from orders.core.models import Order
from orders.core.services import lock_order, open_hold
from orders.core.statuses import Acceptance, OrderStatus
from orders.fulfilment.models import PartialOrder, Waybill
from orders.fulfilment.queries.desk import PACK, PART, desk_counts, desk_page
from orders.fulfilment.queries.partial import ready_pieces
from orders.fulfilment.services import (
    WaybillError,
    plan_rest,
    plan_waybill,
    ship_order,
    ship_waybill,
    split_waybill,
    void_waybill,
)
from orders.fulfilment.services.stock import settle_order
from tests.factories import NOON, make_line, make_order, make_recipient

pytestmark = pytest.mark.django_db
BULK = reverse("fulfilment:shipping-bulk")


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


def order_of(store, *quantities, **values):
    order = make_order(store=store, lines=0, **values)
    make_recipient(order=order)
    lines = [make_line(order=order, position=n, quantity=count) for n, count in enumerate(quantities, start=1)]
    return order, lines


def hold(order, line=None, kind="out_of_stock"):
    line_id = line.pk if line else None
    open_hold(store=order.store, order_id=order.pk, line_id=line_id, kind=kind, reason="why", actor=None, at=NOON)


def settle(order):
    settle_order(lock_order(store=order.store, order_id=order.pk), at=NOON)


def tab_of(store, tab):
    return [row.pk for row in desk_page(store, tab, now=NOON).rows]


def plan(order, lines=None):
    return plan_waybill(store=order.store, order_ids=[order.pk], courier="SF", lines=lines, actor=None, at=NOON)


def test_an_order_with_one_line_short_is_found_with_the_pieces_that_are_ready(store):
    order, (ready, short) = order_of(store, 2, 1)
    hold(order, short)

    settle(order)

    row = desk_page(store, PART, now=NOON).rows[0]
    assert (row.pk, [line.quantity for line in row.lines], row.orders[0].hold_kinds) == (
        order.pk,
        [2],
        ["out_of_stock"],
    )
    assert (tab_of(store, PACK), desk_counts(store, NOON)[PART]) == ([], 1)
    assert ready_pieces([order.pk]) == {order.pk: {ready.pk: 2}}


@pytest.mark.parametrize(
    "values",
    [
        {"acceptance": Acceptance.UNREVIEWED},
        {"status": OrderStatus.CLOSED},
        {"status": OrderStatus.SHIPPED},
        {"refunded": 100},
    ],
)
def test_an_order_that_must_not_leave_is_not_marked_whatever_of_it_is_ready(store, values):
    order, (_ready, short) = order_of(store, 1, 1)
    hold(order, short)
    Order.objects.filter(pk=order.pk).update(**values)

    settle(order)

    assert not PartialOrder.objects.exists()


def test_a_hold_of_the_order_takes_it_off_the_tab(store):
    order, (_ready, short) = order_of(store, 1, 1)
    hold(order, short)
    settle(order)

    hold(order, kind="manual")
    settle(order)

    assert tab_of(store, PART) == []
    with pytest.raises(WaybillError, match="is held: Held by hand"):
        plan_rest(store=store, order_id=order.pk, actor=None, at=NOON)


def test_an_order_whose_every_line_is_short_has_nothing_to_plan(store):
    order, (only,) = order_of(store, 1)
    hold(order, only)
    settle(order)

    with pytest.raises(WaybillError) as refused:
        plan_rest(store=store, order_id=order.pk, actor=None, at=NOON)

    assert str(refused.value) == f"Order {order.number} has nothing that is ready and in no parcel yet."
    assert tab_of(store, PART) == []


def test_an_order_that_left_a_moment_ago_is_not_shown_though_it_is_marked(store):
    order, (_ready, short) = order_of(store, 1, 1)
    hold(order, short)
    settle(order)

    Order.objects.filter(pk=order.pk).update(status=OrderStatus.CLOSED)

    assert tab_of(store, PART) == []


def test_planning_the_rest_takes_what_is_ready_and_leaves_what_is_short(store):
    order, (ready, short) = order_of(store, 3, 1)
    hold(order, short)
    settle(order)

    waybill = plan_rest(store=store, order_id=order.pk, courier="SF", actor=None, at=NOON)

    assert list(waybill.lines.values_list("line_id", "quantity")) == [(ready.pk, 3)]
    assert tab_of(store, PART) == []


def test_pieces_that_a_waybill_left_over_are_found_until_a_parcel_takes_them(store):
    order, (first, second) = order_of(store, 3, 2)

    plan(order, {first.pk: 1})

    row = desk_page(store, PART, now=NOON).rows[0]
    assert [line.quantity for line in row.lines] == [2, 2]
    assert tab_of(store, PACK) == []
    rest = plan_rest(store=store, order_id=order.pk, actor=None, at=NOON)
    assert dict(rest.lines.values_list("line_id", "quantity")) == {first.pk: 2, second.pk: 2}
    assert tab_of(store, PART) == []


def test_voiding_one_of_two_parcels_brings_its_pieces_back_and_voiding_both_the_order(store):
    order, (line,) = order_of(store, 3)
    whole = plan(order)
    part = split_waybill(store=store, waybill_id=whole.pk, lines={line.pk: 1}, actor=None, at=NOON)
    after_split = tab_of(store, PART)

    void_waybill(store=store, waybill_id=part.pk, reason="torn", actor=None, at=NOON)
    after_one = (tab_of(store, PART), tab_of(store, PACK))
    void_waybill(store=store, waybill_id=whole.pk, reason="torn", actor=None, at=NOON)

    assert (after_split, after_one) == ([], ([order.pk], []))
    assert (tab_of(store, PART), tab_of(store, PACK)) == ([], [order.pk])


def test_what_is_left_of_an_order_after_a_parcel_left_is_to_pack_again(store):
    order, (line,) = order_of(store, 3)
    waybill = plan(order, {line.pk: 1})
    Waybill.objects.filter(pk=waybill.pk).update(state="numbered", number="SF1234567890123")

    ship_waybill(store=store, waybill_id=waybill.pk, actor=None, at=NOON)

    assert (tab_of(store, PART), tab_of(store, PACK)) == ([], [order.pk])


def test_shipping_by_hand_what_is_ready_ends_the_mark(store):
    order, (ready, short) = order_of(store, 1, 1)
    hold(order, short)
    settle(order)

    ship_order(
        store=store, order_id=order.pk, courier="SF", tracking_number="SF1234567890123", lines={ready.pk: 1},
        actor=None, at=NOON,
    )  # fmt: skip

    assert not PartialOrder.objects.exists()


def test_pages_of_the_tab_hold_each_order_once(store):
    hours = [3, 1, 2, 2, None]
    orders = []
    for hour in hours:
        order, (line,) = order_of(store, 2, ship_by=NOON + timedelta(hours=hour) if hour else None)
        plan(order, {line.pk: 1})
        orders.append(order.pk)
    seen, after = [], ""
    while not seen or after:
        page = desk_page(store, PART, now=NOON, after=after, size=2)
        seen += [row.pk for row in page.rows]
        after = page.next

    assert seen == [orders[n] for n in (1, 2, 3, 0, 4)]


def test_the_desk_plans_what_is_ready_of_the_selected_orders(store, other_store, warehouse_client):
    order, (ready, short) = order_of(store, 1, 1)
    foreign, (_line, other) = order_of(other_store, 1, 1)
    for held, line in ((order, short), (foreign, other)):
        hold(held, line)
        settle(held)

    html = warehouse_client.get(reverse("fulfilment:shipping-desk"), {"tab": "part"}).content.decode()
    receipt = warehouse_client.post(
        BULK, {"selected": [order.pk, foreign.pk], "act": "rest", "query": "tab=part", "courier": "SF"}, follow=True
    )

    assert [mark in html for mark in ('data-action="rest"', 'data-hold="out_of_stock"', foreign.number)] == [
        True, True, False,
    ]  # fmt: skip
    assert "It is gone." in receipt.content.decode()
    assert list(Waybill.objects.get().lines.values_list("line_id", flat=True)) == [ready.pk]


def test_all_orders_of_the_tab_are_planned_at_once(store, warehouse_client):
    for _ in range(2):
        order, (line,) = order_of(store, 2)
        plan(order, {line.pk: 1})

    warehouse_client.post(BULK, {"_all": "1", "act": "rest_numbered", "query": "tab=part"})

    assert (Waybill.objects.count(), tab_of(store, PART)) == (4, [])
