from datetime import timedelta

import pytest

from orders.core.models import Order, OrderEvent
from orders.core.services import OrderError, open_hold
from orders.fulfilment.models import CourierAccount, PoolNumber, Waybill, WaybillLine
from orders.fulfilment.services import (
    WaybillError,
    assign_number,
    choose_courier,
    plan_waybill,
    ship_order,
    split_waybill,
    unmerge_waybill,
    void_waybill,
)
from tests.factories import NOON, make_line, make_order, make_recipient
from tests.parallel import in_parallel

pytestmark = pytest.mark.django_db


def make_account(store, courier="YTO", numbers=0, **values):
    account = CourierAccount.objects.create(store=store, courier=courier, updated_at=NOON, **values)
    PoolNumber.objects.bulk_create(
        PoolNumber(account=account, number=f"YT{number:013}", added_at=NOON) for number in range(1, numbers + 1)
    )
    return account


def plan(*orders, **values):
    return plan_waybill(
        store=orders[0].store, order_ids=[order.pk for order in orders], actor=values.pop("actor", None), at=NOON,
        **values,
    )  # fmt: skip


def act(service, waybill, **values):
    return service(store=waybill.store, waybill_id=waybill.pk, actor=values.pop("actor", None), at=NOON, **values)


def pieces(waybill):
    return dict(waybill.lines.order_by("line_id").values_list("line_id", "quantity"))


def test_plan_takes_everything_unshipped_with_the_usual_courier(store, warehouse):
    make_account(store, is_default=True)
    make_account(store, courier="SF")
    order = make_order(store=store, lines=2)

    waybill = plan(order, actor=warehouse)

    assert (waybill.courier, waybill.state, waybill.order_count) == ("YTO", "draft", 1)
    assert (waybill.ship_by, waybill.created_by) == (order.ship_by, warehouse)
    assert list(pieces(waybill).values()) == [1, 1]
    event = OrderEvent.objects.get()
    assert (event.kind, event.after) == (
        "waybill_made", {"waybill": waybill.pk, "courier": "YTO", "lines": {"1": 1, "2": 1}},
    )  # fmt: skip
    assert Order.objects.get().version == order.version + 1


def test_plan_of_chosen_pieces_leaves_the_others_for_a_second_parcel(store):
    order = make_order(store=store, lines=0)
    line = make_line(order=order, quantity=5)

    first, second = plan(order, lines={line.pk: 2}), plan(order)

    assert (pieces(first), pieces(second)) == ({line.pk: 2}, {line.pk: 3})


def test_plan_of_what_is_planned_names_who_did_it(store, warehouse):
    order = make_order(store=store, number="A1")
    first = plan(order, actor=warehouse)

    with pytest.raises(WaybillError) as refused:
        plan(order)

    expected = f"Everything in order A1 is planned already: warehouse made waybill #{first.pk} at 06-01 12:00."
    assert str(refused.value) == expected


def test_plan_refuses_more_pieces_than_are_free(store):
    order = make_order(store=store, number="A1")
    line = order.lines.get()

    with pytest.raises(WaybillError, match="Line 1 of order A1 has 1 pieces without a parcel, not 2"):
        plan(order, lines={line.pk: 2})


def test_plan_refuses_a_line_of_another_order(store):
    order, other = make_order(store=store, number="A1"), make_order(store=store)

    with pytest.raises(WaybillError, match="Order A1 has nothing left to ship"):
        plan(order, lines={other.lines.get().pk: 1})


def test_plan_refuses_a_held_order_by_name(store):
    order = make_order(store=store, number="A1")
    open_hold(store=store, order_id=order.pk, kind="manual", reason="ask first", actor=None, at=NOON)

    with pytest.raises(WaybillError, match="Order A1 is held: Held by hand") as refused:
        plan(order)

    assert refused.value.code == "hold"
    assert not Waybill.objects.exists()


def test_plan_refuses_an_unknown_courier(store):
    with pytest.raises(WaybillError, match="Courier “Nobody” is not in the list"):
        plan(make_order(store=store), courier="Nobody")


def test_plan_of_another_stores_order_is_unknown(store, other_store):
    order = make_order(store=other_store)

    with pytest.raises(Order.DoesNotExist):
        plan_waybill(store=store, order_ids=[order.pk], actor=None, at=NOON)


def test_plan_merges_orders_to_one_recipient(store):
    orders = [make_order(store=store, number=f"A{day}", ship_by=NOON + timedelta(days=day)) for day in (2, 1)]
    for order in orders:
        make_recipient(order=order)

    waybill = plan(*orders)

    assert (waybill.order_count, waybill.ship_by) == (2, NOON + timedelta(days=1))
    assert waybill.recipient_key != ""
    assert set(OrderEvent.objects.values_list("kind", flat=True)) == {"merged"}
    assert OrderEvent.objects.earliest("pk").after["orders"] == ["A2", "A1"]


@pytest.mark.parametrize("recipient", [{"name": "李四"}, None])
def test_plan_refuses_to_merge_different_recipients(store, recipient):
    first, second = make_order(store=store, number="A1"), make_order(store=store, number="A2")
    make_recipient(order=first)
    if recipient:
        make_recipient(order=second, **recipient)

    with pytest.raises(WaybillError, match="Order A2 does not go to the same recipient as order A1"):
        plan(first, second)


def test_assign_takes_the_oldest_number_of_the_pool(store, warehouse):
    make_account(store, numbers=2, is_default=True)
    waybill = plan(make_order(store=store))

    waybill = act(assign_number, waybill, actor=warehouse)

    assert (waybill.number, waybill.state, waybill.problem) == ("YT0000000000001", "numbered", "")
    number = PoolNumber.objects.get(number="YT0000000000001")
    assert (number.state, number.waybill, number.taken_at) == ("used", waybill, NOON)
    assert OrderEvent.objects.latest("pk").after["tracking_number"] == "YT0000000000001"


def test_assign_from_an_empty_pool_keeps_the_parcel_and_says_why(store):
    make_account(store, is_default=True)
    waybill = plan(make_order(store=store))

    with pytest.raises(WaybillError, match="No waybill number of 圆通速递 is left"):
        act(assign_number, waybill)

    waybill.refresh_from_db()
    assert (waybill.state, waybill.number) == ("draft", "")
    assert waybill.problem == "No waybill number of 圆通速递 is left: add numbers to its pool."


def test_assign_without_an_account_says_what_to_do(store):
    waybill = plan(make_order(store=store), courier="SF")

    with pytest.raises(WaybillError, match="No way to get numbers of 顺丰速运 is set up"):
        act(assign_number, waybill)


def test_assign_passes_over_a_pool_number_that_travels_already(store):
    make_account(store, numbers=2, is_default=True)
    ship_order(
        store=store, order_id=make_order(store=store).pk, courier="YTO", tracking_number="YT0000000000001", actor=None,
        at=NOON,
    )  # fmt: skip

    waybill = act(assign_number, plan(make_order(store=store)))

    assert waybill.number == "YT0000000000002"
    assert PoolNumber.objects.get(number="YT0000000000001").state == "void"


def test_assign_refuses_a_typed_number_of_another_waybill(store):
    act(assign_number, plan(make_order(store=store), courier="SF"), number="SF1000000000001")
    second = plan(make_order(store=store), courier="SF")

    with pytest.raises(WaybillError, match="SF1000000000001 already belongs to another waybill"):
        act(assign_number, second, number="sf 1000000000001")


def test_assign_refuses_a_typed_number_that_was_shipped(store):
    shipped = make_order(store=store, number="A1")
    ship_order(
        store=store, order_id=shipped.pk, courier="SF", tracking_number="SF1000000000001", actor=None, at=NOON
    )  # fmt: skip
    waybill = plan(make_order(store=store), courier="SF")

    with pytest.raises(WaybillError, match="SF1000000000001 already belongs to order A1"):
        act(assign_number, waybill, number="SF1000000000001")


def test_assign_twice_is_refused(store):
    waybill = act(assign_number, plan(make_order(store=store), courier="SF"), number="SF1000000000001")

    with pytest.raises(WaybillError, match="Waybill SF1000000000001 is “To print”"):
        act(assign_number, waybill, number="SF1000000000002")


def test_assign_refuses_an_outdated_form(store):
    waybill = plan(make_order(store=store), courier="SF")
    act(choose_courier, waybill, courier="YTO")

    with pytest.raises(WaybillError, match="Somebody changed this parcel") as refused:
        act(assign_number, waybill, number="YT1000000000001", version=waybill.version)

    assert refused.value.code == "version"


def test_void_frees_the_pieces_and_ends_the_number(store):
    make_account(store, numbers=1, is_default=True)
    order = make_order(store=store)
    waybill = act(assign_number, plan(order))

    waybill = act(void_waybill, waybill, reason="wrong courier")

    assert (waybill.state, waybill.voided_at, waybill.void_reason) == ("void", NOON, "wrong courier")
    assert PoolNumber.objects.get().state == "void"
    assert plan(order).pk != waybill.pk
    event = OrderEvent.objects.filter(kind="waybill_voided").get()
    assert event.before["tracking_number"] == "YT0000000000001"


def test_void_needs_a_reason(store):
    waybill = plan(make_order(store=store))

    with pytest.raises(OrderError, match="Give a reason"):
        act(void_waybill, waybill, reason=" ")


def test_void_twice_is_refused(store):
    waybill = act(void_waybill, plan(make_order(store=store)), reason="not now")

    with pytest.raises(WaybillError, match=f"Waybill #{waybill.pk} is “Void”"):
        act(void_waybill, waybill, reason="not now")


def test_courier_of_a_numbered_parcel_stays(store):
    waybill = act(assign_number, plan(make_order(store=store), courier="SF"), number="SF1000000000001")

    with pytest.raises(WaybillError):
        act(choose_courier, waybill, courier="YTO")


def test_split_moves_pieces_to_a_new_parcel(store):
    order = make_order(store=store, lines=0)
    shirts, socks = make_line(order=order, quantity=3), make_line(order=order, position=2)
    waybill = act(assign_number, plan(order, courier="SF"), number="SF1000000000001")

    new = act(split_waybill, waybill, lines={shirts.pk: 2, socks.pk: 1})

    assert (pieces(waybill), pieces(new)) == ({shirts.pk: 1}, {shirts.pk: 2, socks.pk: 1})
    assert (new.number, new.state, new.courier) == ("", "draft", "SF")
    assert Waybill.objects.get(pk=waybill.pk).number == "SF1000000000001"
    event = OrderEvent.objects.filter(kind="split").get()
    assert (event.before, event.after["lines"]) == ({"waybill": waybill.pk}, {"1": 2, "2": 1})


@pytest.mark.parametrize("quantity", [0, 3, 4])
def test_split_leaves_something_in_both(store, quantity):
    order = make_order(store=store, lines=0)
    line = make_line(order=order, quantity=3)
    waybill = plan(order)

    with pytest.raises(WaybillError):
        act(split_waybill, waybill, lines={line.pk: quantity})

    assert pieces(waybill) == {line.pk: 3}


def test_unmerge_gives_each_order_a_parcel(store):
    orders = [make_order(store=store) for _ in range(3)]
    for order in orders:
        make_recipient(order=order)
    waybill = act(assign_number, plan(*orders, courier="SF"), number="SF1000000000001")

    made = act(unmerge_waybill, waybill)

    assert [set(parcel.lines.values_list("order_id", flat=True)) for parcel in made] == [{o.pk} for o in orders]
    assert [parcel.number for parcel in made] == ["SF1000000000001", "", ""]
    assert {parcel.order_count for parcel in Waybill.objects.all()} == {1}
    assert OrderEvent.objects.filter(kind="unmerged").count() == 3


def test_unmerge_of_one_order_is_refused(store):
    with pytest.raises(WaybillError, match="one order only"):
        act(unmerge_waybill, plan(make_order(store=store)))


def test_printed_parcel_is_not_split(store):
    order = make_order(store=store, lines=2)
    waybill = act(assign_number, plan(order, courier="SF"), number="SF1000000000001")
    Waybill.objects.update(state="printed")

    with pytest.raises(WaybillError, match="SF1000000000001 is on paper already"):
        act(split_waybill, waybill, lines={order.lines.first().pk: 1})


@pytest.mark.django_db(transaction=True)
def test_twenty_people_share_ten_numbers(store):
    make_account(store, numbers=10, is_default=True)
    waybills = [plan(make_order(store=store)) for _ in range(20)]

    results = in_parallel(*(lambda waybill=waybill: act(assign_number, waybill) for waybill in waybills))

    given = [result.number for result in results if isinstance(result, Waybill)]
    assert len(given) == len(set(given)) == 10
    assert sum(isinstance(result, WaybillError) for result in results) == 10
    assert Waybill.objects.filter(problem__startswith="No waybill number", state="draft").count() == 10
    assert PoolNumber.objects.filter(state="used").count() == 10


@pytest.mark.django_db(transaction=True)
def test_pieces_are_never_planned_twice(store):
    order = make_order(store=store, lines=0)
    line = make_line(order=order, quantity=3)

    results = in_parallel(*[lambda: plan(order, lines={line.pk: 1})] * 8)

    assert sum(isinstance(result, Waybill) for result in results) == 3
    assert sum(row.quantity for row in WaybillLine.objects.all()) == 3


@pytest.mark.django_db(transaction=True)
def test_one_typed_number_goes_to_one_parcel(store):
    waybills = [plan(make_order(store=store), courier="SF") for _ in range(6)]

    results = in_parallel(
        *(lambda waybill=waybill: act(assign_number, waybill, number="SF1000000000001") for waybill in waybills)
    )

    assert sum(isinstance(result, WaybillError) for result in results) == 5
    assert Waybill.objects.filter(number="SF1000000000001").count() == 1
