"""Parcels of waybills: whole or not at all, once, and never to somebody else."""

import pytest
from django.db import transaction

from orders.core.models import Order, OrderEvent
from orders.core.services import change_recipient, open_hold, set_refund_facts
from orders.core.statuses import EventKind
from orders.fulfilment.models import LineStock, Shipment, Sku, StockMovement, Waybill
from orders.fulfilment.services import (
    LabelError,
    ShipError,
    StockError,
    assign_number,
    merge_orders,
    plan_waybill,
    scanning_out,
    ship_order,
    ship_waybill,
    split_waybill,
    void_waybill,
)
from orders.fulfilment.services.printing import record_waybill_print
from tests.factories import NOON, make_line, make_order, make_recipient, make_store, make_user
from tests.fulfilment.parcels import NUMBER, make_parcel, make_sku
from tests.parallel import in_parallel

pytestmark = pytest.mark.django_db


def ship(waybill, **values):
    return ship_waybill(store=waybill.store, number=waybill.number, **({"actor": None, "at": NOON} | values))


def ship_by_hand(order, number=NUMBER, **values):
    return ship_order(
        store=order.store, order_id=order.pk, courier="SF", tracking_number=number, actor=None, at=NOON, **values
    )


def test_ship_waybill_ships_every_order_of_a_merged_parcel(store):
    li = make_user("li")
    waybill = make_parcel(store, orders=2)

    shipments = ship(waybill, actor=li)

    waybill.refresh_from_db()
    assert (waybill.state, waybill.shipped_by, waybill.shipped_at) == ("shipped", li, NOON)
    assert [(s.tracking_number, s.courier, s.waybill) for s in shipments] == [(NUMBER, "SF", waybill)] * 2
    assert set(Order.objects.values_list("status", flat=True)) == {"shipped"}


def test_ship_waybill_finds_the_parcel_by_a_loose_number_or_its_id(store):
    waybill = make_parcel(store)

    shipments = ship_waybill(store=store, number=f" {NUMBER.lower()} ", actor=None, at=NOON)

    assert [s.waybill for s in shipments] == [waybill]
    with pytest.raises(ShipError, match="already shipped by System at 06-01 12:00"):
        ship_waybill(store=store, waybill_id=waybill.pk, actor=None, at=NOON)


def test_ship_waybill_refuses_what_left_was_given_up_or_has_no_number(store):
    li = make_user("li")
    shipped, gone = make_parcel(store, "SF1000000000001"), make_parcel(store, "SF1000000000002")
    ship(shipped, actor=li)
    void_waybill(store=store, waybill_id=gone.pk, reason="torn", actor=None, at=NOON)
    draft = plan_waybill(store=store, order_ids=[make_order(store=store).pk], courier="SF", actor=None, at=NOON)

    with pytest.raises(ShipError, match="Parcel SF1000000000001 was already shipped by li at 06-01 12:00"):
        ship(shipped)
    with pytest.raises(ShipError, match="is void: take its label off"):
        ship(gone)
    with pytest.raises(ShipError, match="no tracking number yet"):
        ship_waybill(store=store, waybill_id=draft.pk, actor=None, at=NOON)


def test_ship_waybill_knows_no_parcel_of_another_store(store):
    waybill = make_parcel(store)

    with pytest.raises(Waybill.DoesNotExist):
        ship_waybill(store=make_store(), number=NUMBER, actor=None, at=NOON)
    with pytest.raises(Waybill.DoesNotExist):
        ship_waybill(store=make_store(), waybill_id=waybill.pk, actor=None, at=NOON)


def test_one_order_that_may_not_leave_keeps_the_whole_parcel_and_is_named(store):
    waybill = make_parcel(store, orders=3)
    second = waybill.lines.order_by("order_id")[1].order
    open_hold(store=store, order_id=second.pk, kind="manual", reason="wait", actor=None, at=NOON)

    with pytest.raises(ShipError) as refusal:
        ship(waybill)

    assert str(refusal.value) == (f"Parcel {NUMBER} was not shipped. Order {second.number} is held: Held by hand.")
    waybill.refresh_from_db()
    assert (waybill.state, Shipment.objects.count()) == ("numbered", 0)


@pytest.fixture
def moved(store):
    """A parcel whose label is printed, and whose order goes elsewhere since."""
    waybill = make_parcel(store)
    record_waybill_print(store=store, waybill_id=waybill.pk, actor=None, at=NOON)
    move(waybill)
    waybill.refresh_from_db()
    return waybill


def move(waybill):
    order = waybill.lines.order_by("pk").first().order
    change_recipient(store=order.store, order_id=order.pk, fields={"street": "另一条路 2 号"}, actor=None, at=NOON)
    return order


def test_a_recipient_changed_after_the_label_was_printed_stops_the_parcel(moved):
    with pytest.raises(LabelError) as refusal:
        ship(moved)

    order = moved.lines.get().order
    assert str(refusal.value) == (
        f"The address of order {order.number} was changed after waybill {NUMBER} was printed: print it again."
    )
    assert refusal.value.code == "hold"
    assert not Shipment.objects.exists()


def test_a_recipient_changed_before_the_label_was_printed_stops_the_parcel(store):
    waybill = make_parcel(store)
    move(waybill)

    with pytest.raises(LabelError, match=f"changed after waybill {NUMBER} was made: print its label now"):
        ship(waybill)


def test_a_label_printed_again_leaves(store, moved):
    record_waybill_print(store=store, waybill_id=moved.pk, actor=None, at=NOON)

    ship(moved)

    assert Shipment.objects.get().tracking_number == NUMBER


def test_a_label_that_a_person_looked_at_leaves_and_the_history_says_so(store, moved):
    ship_waybill(store=store, waybill_id=moved.pk, actor=None, at=NOON, has_right_label=True)

    shipped = OrderEvent.objects.get(kind=EventKind.SHIPPED)
    assert shipped.after["label"] == "confirmed"


def test_a_merged_parcel_of_which_one_goes_elsewhere_never_leaves(store):
    waybill = make_parcel(store, orders=2)
    order = move(waybill)

    with pytest.raises(LabelError, match=f"recipient of order {order.number} was changed after it was packed together"):
        ship_waybill(store=store, waybill_id=waybill.pk, actor=None, at=NOON, has_right_label=True)


def test_a_moved_order_shipped_by_hand_with_the_number_of_its_label_is_refused(store, moved):
    order = moved.lines.get().order

    with pytest.raises(LabelError):
        ship_order(store=store, order_id=order.pk, courier="SF", tracking_number=NUMBER, actor=None, at=NOON)


def test_a_parcel_that_gets_its_number_goes_where_its_order_goes_by_then(store):
    order = make_order(store=store)
    make_recipient(order=order)
    waybill = plan_waybill(store=store, order_ids=[order.pk], courier="SF", actor=None, at=NOON)
    move(waybill)
    waybill = assign_number(store=store, waybill_id=waybill.pk, number=NUMBER, actor=None, at=NOON)

    ship(waybill)

    assert Shipment.objects.get().order == order


def test_a_parcel_whose_pieces_changed_is_refused(store):
    waybill = make_parcel(store)
    line = waybill.lines.get()
    line.quantity = 5
    line.save()

    with pytest.raises(ShipError, match="has 1 pieces left to ship, not 5"):
        ship(waybill)


def test_two_parcels_of_one_order_ship_one_after_the_other(store):
    order = make_order(store=store, lines=0)
    line = make_line(order=order, quantity=3)
    make_recipient(order=order)
    first = plan_waybill(store=store, order_ids=[order.pk], courier="SF", actor=None, at=NOON)
    second = split_waybill(store=store, waybill_id=first.pk, lines={line.pk: 1}, actor=None, at=NOON)
    for number, waybill in enumerate((first, second)):
        assign_number(store=store, waybill_id=waybill.pk, number=f"SF100000000000{number}", actor=None, at=NOON)

    ship_waybill(store=store, waybill_id=second.pk, actor=None, at=NOON)
    order.refresh_from_db()
    between = order.status
    ship_waybill(store=store, waybill_id=first.pk, actor=None, at=NOON)

    order.refresh_from_db()
    assert (between, order.status) == ("partially_shipped", "shipped")


def test_stock_leaves_with_the_parcel(store):
    sku = make_sku(store, on_hand=5)
    waybill = make_parcel(store, sku=sku)

    ship(waybill)

    sku.refresh_from_db()
    assert (sku.on_hand, sku.reserved) == (4, 0)
    assert StockMovement.objects.filter(kind="ship", on_hand_change=-1).count() == 1


def test_a_parcel_without_stock_stays_whole(store):
    sku = make_sku(store, on_hand=1)
    waybill = make_parcel(store, orders=2, sku=sku)

    with pytest.raises(ShipError, match=rf"^Parcel {NUMBER} was not shipped\. .* is out of stock"):
        ship(waybill)

    sku.refresh_from_db()
    assert (sku.on_hand, Shipment.objects.count(), LineStock.objects.count()) == (1, 0, 0)


def test_ship_order_refuses_what_is_out_of_stock(store):
    order = make_order(store=store, lines=0)
    make_line(order=order, sku_code=make_sku(store, on_hand=0).code)

    with pytest.raises(StockError, match="is out of stock: 1 pieces are missing"):
        ship_by_hand(order)


# By hand


def test_a_parcel_shipped_by_hand_with_its_number_uses_its_waybill(store):
    waybill = make_parcel(store)

    shipment = ship_by_hand(waybill.lines.get().order)

    waybill.refresh_from_db()
    assert (shipment.waybill, waybill.state) == (waybill, "shipped")


def test_shipping_by_hand_gives_up_a_waybill_without_a_number(store):
    order = make_order(store=store)
    draft = plan_waybill(store=store, order_ids=[order.pk], courier="SF", actor=None, at=NOON)

    ship_by_hand(order)

    draft.refresh_from_db()
    assert (draft.state, draft.void_reason) == ("void", "Shipped by hand with another number")


def test_shipping_by_hand_with_another_number_than_the_waybill_is_refused(store):
    order = make_parcel(store).lines.get().order

    with pytest.raises(ShipError, match=f"is packed under waybill {NUMBER}: ship it with that number"):
        ship_by_hand(order, "SF9999999999999")

    assert not Shipment.objects.exists()


@pytest.mark.parametrize("number", [NUMBER, "SF9999999999999"])
def test_an_order_packed_with_others_does_not_ship_by_hand(store, number):
    order = make_parcel(store, orders=2).lines.first().order

    with pytest.raises(ShipError, match=f"packed together with others \\(2 orders, waybill {NUMBER}\\)"):
        ship_by_hand(order, number)


def test_a_number_of_another_recipient_is_refused_and_of_the_same_one_goes_through_merging(store):
    make_parcel(store)
    shipped = make_order(store=store)
    make_recipient(order=shipped, name="李四")
    ship_by_hand(shipped, "SF7777777777777")
    same, stranger = make_order(store=store), make_order(store=store)
    make_recipient(order=same, name="李四")
    make_recipient(order=stranger, name="王五")

    with pytest.raises(ShipError, match=f"already belongs to order {shipped.number}, which goes to the same recipient"):
        ship_by_hand(same, "SF7777777777777")
    with pytest.raises(ShipError, match=rf"already belongs to order {shipped.number}\.$"):
        ship_by_hand(stranger, "SF7777777777777")
    with pytest.raises(ShipError, match=f"Tracking number {NUMBER} already belongs"):
        ship_by_hand(stranger)


# Races


def workers(waybill):
    people = [make_user(name) for name in ("li", "wang", "zhao", "sun")]
    return [lambda person=person: ship(waybill, actor=person) for person in people]


@pytest.mark.django_db(transaction=True)
def test_of_workers_who_scan_one_parcel_one_ships_and_the_others_are_told_who():
    waybill = make_parcel(make_store(), orders=2)

    results = in_parallel(*workers(waybill))

    winner = next(result for result in results if isinstance(result, list))
    refusals = {str(result) for result in results if isinstance(result, ShipError)}
    assert refusals == {f"Parcel {NUMBER} was already shipped by {winner[0].shipped_by} at 06-01 12:00."}
    assert (len(winner), Shipment.objects.count()) == (2, 2)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("act", ["refund", "hold"])
def test_a_merged_parcel_against_a_new_refund_or_hold_leaves_whole_or_stays_whole(act):
    for number in range(8):
        waybill = make_parcel(make_store(), f"SF{number:013}", orders=2)
        order = waybill.lines.order_by("-order_id")[0].order
        call = {"store": order.store, "order_id": order.pk, "actor": None, "at": NOON}
        acts = {
            "refund": lambda call=call: set_refund_facts(**call, status="open"),
            "hold": lambda call=call: open_hold(**call, kind="manual", reason="wait"),
        }

        shipped, _other = in_parallel(lambda waybill=waybill: ship(waybill), acts[act])

        left = Shipment.objects.filter(waybill=waybill).count()
        if isinstance(shipped, ShipError):
            assert (left, order.number in str(shipped)) == (0, True)
        else:
            assert left == 2


@pytest.mark.django_db(transaction=True)
def test_merged_parcels_that_share_skus_do_not_wait_for_each_other_for_ever():
    store = make_store()
    skus = [make_sku(store, on_hand=50) for _ in range(4)]
    parcels = [
        make_parcel(store, f"SF{number:013}", orders=4, name=f"买家{number}", skus=skus if number % 2 else skus[::-1])
        for number in range(6)
    ]

    results = in_parallel(*(lambda waybill=waybill: ship(waybill) for waybill in parcels))

    assert all(isinstance(result, list) for result in results)
    assert list(Sku.objects.values_list("on_hand", "reserved")) == [(26, 0)] * 4


@pytest.mark.django_db(transaction=True)
def test_killed_halfway_nothing_has_left(monkeypatch):
    waybill, calls = make_parcel(make_store(), orders=3), []
    real = scanning_out.ship_pieces

    def die(*args, **values):
        calls.append(args)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(*args, **values)

    monkeypatch.setattr(scanning_out, "ship_pieces", die)
    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        ship(waybill)
    monkeypatch.undo()

    waybill.refresh_from_db()
    assert (len(calls), waybill.state, Shipment.objects.count()) == (3, "numbered", 0)
    assert len(ship(waybill)) == 3


@pytest.mark.django_db(transaction=True)
def test_merging_against_shipping_leaves_each_order_in_one_parcel():
    for number in range(6):
        store = make_store()
        orders = [make_order(store=store) for _ in range(2)]
        for order in orders:
            make_recipient(order=order)

        in_parallel(
            lambda store=store, orders=orders: merge_orders(
                store=store, order_ids=[o.pk for o in orders], courier="SF", actor=None, at=NOON
            ),
            lambda order=orders[1], number=number: ship_by_hand(order, f"SF{number:013}"),
        )

        live = Waybill.objects.for_store(store).live()
        shipped = Shipment.objects.for_store(store).count()
        assert (live.count(), shipped) in {(1, 0), (0, 1)}
