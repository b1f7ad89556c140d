import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from orders.core.models import Order, OrderEvent
from orders.core.services import (
    VersionConflict,
    agree_wish,
    bump,
    lock_order,
    open_hold,
    release_hold,
    set_flag,
    set_refund_facts,
)
from orders.core.statuses import Acceptance, HoldKind, OrderStatus, RefundStatus
from orders.fulfilment.models import Shipment
from orders.fulfilment.services import ShipError, ship_order, ship_problem
from tests.factories import NOON, make_line, make_order, make_store, make_user

pytestmark = pytest.mark.django_db
NUMBER = "SF1234567890123"


def ship(order, **values):
    defaults = {"courier": "SF", "tracking_number": NUMBER, "actor": None, "at": NOON}
    return ship_order(store=order.store, order_id=order.pk, **(defaults | values))


def assert_unchanged(order):
    fresh = Order.objects.get(pk=order.pk)
    assert (fresh.status, fresh.version, fresh.shipped_at) == (order.status, order.version, order.shipped_at)
    assert not Shipment.objects.exists()
    assert not order.events.filter(kind="shipped").exists()


def test_ship_order_makes_one_parcel_of_everything():
    order, person = make_order(lines=2), make_user("li")

    shipment = ship(order, actor=person)

    order.refresh_from_db()
    assert (order.status, order.shipped_at, order.version) == (OrderStatus.SHIPPED, NOON, 2)
    assert [(line.line.position, line.quantity) for line in shipment.lines.order_by("pk")] == [(1, 1), (2, 1)]
    assert list(order.lines.values_list("shipped_quantity", flat=True)) == [1, 1]
    event = OrderEvent.objects.get()
    assert (event.kind, event.actor_name, event.order_version) == ("shipped", "li", 2)
    assert event.before == {"status": "pending_shipment"}
    assert event.after == {
        "status": "shipped",
        "courier": "SF",
        "tracking_number": NUMBER,
        "lines": {"1": 1, "2": 1},
    }


def test_ship_order_in_two_parcels_is_partly_shipped_between():
    order = make_order(lines=0)
    first, second = make_line(order=order, position=1, quantity=3), make_line(order=order, position=2)

    ship(order, lines={first.pk: 2})
    order.refresh_from_db()
    between = (order.status, order.shipped_at)
    ship(order, tracking_number="SF1234567890124")

    order.refresh_from_db()
    assert between == (OrderStatus.PARTIALLY_SHIPPED, None)
    assert (order.status, order.shipped_at) == (OrderStatus.SHIPPED, NOON)
    parcels = [sorted(shipment.lines.values_list("line_id", "quantity")) for shipment in order.shipments.order_by("pk")]
    assert parcels == [[(first.pk, 2)], [(first.pk, 1), (second.pk, 1)]]


def test_ship_order_ends_the_wishes_of_what_has_left_whole():
    order, person = make_order(lines=2), make_user("li")
    first, second = order.lines.order_by("position")
    for kind, line in (("packing", None), ("invoice", None), ("engraving", second)):
        _agree(order, kind, line)

    ship(order, actor=person, lines={first.pk: 1})
    order.refresh_from_db()
    between = order.wish_kinds
    ship(order, actor=person, tracking_number="SF1234567890124")

    order.refresh_from_db()
    assert between == ["engraving", "invoice", "packing"]
    assert order.wish_kinds == ["invoice"]
    assert list(order.wishes.order_by("pk").values_list("done_by", flat=True)) == [person.pk, None, person.pk]
    done = order.events.filter(kind="wish_done").order_by("pk")
    assert [(event.after["wish"], event.actor_name, event.order_version) for event in done] == [
        ("packing", "li", order.version), ("engraving", "li", order.version),
    ]  # fmt: skip


def _agree(order, kind, line):
    with transaction.atomic():
        locked = lock_order(store=order.store, order_id=order.pk)
        agree_wish(locked, kind=kind, text="as agreed", line_id=line and line.pk, actor=None, at=NOON)
        bump(locked, NOON, "wish_kinds")


def test_ship_order_locks_the_order_before_it_decides():
    order = make_order()

    with CaptureQueriesContext(
        connection,
    ) as queries:
        ship(order)

    statements = [query["sql"] for query in queries if "orders_order" in query["sql"]]
    assert "FOR UPDATE OF" in statements[0]


@pytest.mark.parametrize(
    "status", [OrderStatus.PENDING_PAYMENT, OrderStatus.SHIPPED, OrderStatus.COMPLETED, OrderStatus.CLOSED]
)
def test_ship_order_refuses_any_order_not_awaiting_shipment(status):
    order = make_order(status=status)

    with pytest.raises(ShipError, match=order.number):
        ship(order)

    assert_unchanged(order)


def test_ship_order_says_who_shipped_it_already():
    order, person = make_order(), make_user("li")
    ship(order, actor=person)

    with pytest.raises(ShipError, match=f"already shipped by li at 06-01 12:00, tracking number {NUMBER}") as refusal:
        ship(order, tracking_number="SF1234567890124")

    assert refusal.value.code == "state"
    assert Shipment.objects.count() == 1


def test_ship_order_refuses_an_unpaid_order_in_the_queue():
    order = make_order(paid_at=None, ship_by=None)

    with pytest.raises(ShipError, match="is not paid") as refusal:
        ship(order)

    assert refusal.value.code == "hold"
    assert_unchanged(order)


def test_ship_order_refuses_an_unreviewed_order():
    order = make_order(acceptance=Acceptance.UNREVIEWED)

    with pytest.raises(ShipError, match="not reviewed yet: accept it first"):
        ship(order)

    assert_unchanged(order)


@pytest.mark.parametrize("kind", HoldKind.values)
def test_ship_order_refuses_an_order_under_any_hold(kind):
    order = make_order()
    open_hold(
        store=order.store, order_id=order.pk, kind=kind, reason="why", actor=None, at=NOON, rule="r", source="rule"
    )

    with pytest.raises(ShipError, match=str(HoldKind(kind).label)) as refusal:
        ship(order)

    assert refusal.value.code == "hold"
    assert not Shipment.objects.exists()


def test_ship_order_ships_the_lines_that_are_not_held():
    order = make_order(lines=2)
    free, held = order.lines.order_by("position")
    values = {"store": order.store, "order_id": order.pk, "kind": "out_of_stock", "reason": "none left", "actor": None}
    open_hold(**values, at=NOON, line_id=held.pk)

    with pytest.raises(ShipError, match="Out of stock"):
        ship(order)
    with pytest.raises(ShipError, match="Out of stock"):
        ship(order, lines={held.pk: 1})
    ship(order, lines={free.pk: 1})
    release_hold(**values, at=NOON)
    ship(order, tracking_number="SF1234567890124")

    order.refresh_from_db()
    assert (order.status, order.hold_kinds, order.shipments.count()) == (OrderStatus.SHIPPED, [], 2)


@pytest.mark.parametrize("quantity", [0, -1, 3])
def test_ship_order_refuses_more_or_less_than_is_left(quantity):
    order = make_order(lines=0)
    line = make_line(order=order, quantity=2)

    with pytest.raises(ShipError, match="has 2 pieces left to ship") as refusal:
        ship(order, lines={line.pk: quantity})

    assert refusal.value.code == "field"
    assert_unchanged(order)


def test_ship_order_refuses_a_line_of_another_order():
    order, other = make_order(), make_order()

    with pytest.raises(ShipError, match="no such line"):
        ship(order, lines={other.lines.get().pk: 1})

    assert_unchanged(order)


def test_ship_order_leaves_closed_and_refunded_lines_out():
    order = make_order(lines=1)
    closed = make_line(order=order, position=2, is_closed=True)
    make_line(order=order, position=3, paid=10, refunded=10, refund_status=RefundStatus.SUCCEEDED)

    with pytest.raises(ShipError, match=r"Line 2 .* closed or refunded"):
        ship(order, lines={closed.pk: 1})
    shipment = ship(order)

    order.refresh_from_db()
    assert [line.line.position for line in shipment.lines.all()] == [1]
    assert order.status == OrderStatus.SHIPPED


def test_ship_order_refuses_what_was_refunded_in_full():
    order = make_order()
    set_refund_facts(store=order.store, order_id=order.pk, status="succeeded", refunded=order.paid, actor=None, at=NOON)

    with pytest.raises(ShipError, match="refunded in full"):
        ship(order)

    assert not Shipment.objects.exists()


@pytest.mark.parametrize(
    ("courier", "number", "sentence"),
    [
        ("", NUMBER, "not in the list of couriers"),
        ("Flying carpets", NUMBER, "not in the list of couriers"),
        ("SF", "  ", "is empty"),
        ("SF", "SF12<script>", "is not made of"),
    ],
)
def test_ship_order_refuses_a_parcel_it_cannot_name(courier, number, sentence):
    order = make_order()

    with pytest.raises(ShipError, match=sentence) as refusal:
        ship(order, courier=courier, tracking_number=number)

    assert refusal.value.code == "field"
    assert_unchanged(order)


def test_ship_order_takes_a_couriers_full_name_and_a_loose_number():
    shipment = ship(make_order(), courier="顺丰速运", tracking_number=" No:sf1234567890123 ")

    assert (shipment.courier, shipment.tracking_number) == ("SF", NUMBER)


def test_ship_order_refuses_a_number_of_another_order_of_the_store():
    store = make_store()
    first, second, elsewhere = make_order(store=store), make_order(store=store), make_order()
    ship(first)
    ship(elsewhere)

    with pytest.raises(ShipError, match=f"{NUMBER} already belongs to order {first.number}"):
        ship(second)

    second.refresh_from_db()
    assert (second.status, second.shipments.count()) == (OrderStatus.PENDING_SHIPMENT, 0)


def test_ship_order_refuses_an_order_of_another_store():
    order = make_order()

    with pytest.raises(Order.DoesNotExist):
        ship_order(store=make_store(), order_id=order.pk, courier="SF", tracking_number=NUMBER, actor=None, at=NOON)

    assert_unchanged(order)


def test_ship_order_refuses_a_stale_version_with_the_order_and_its_changes():
    order = make_order()
    set_flag(store=order.store, order_id=order.pk, flag=3, actor=make_user("li"), at=NOON)

    with pytest.raises(VersionConflict, match="li changed order") as conflict:
        ship(order, version=1)

    assert (conflict.value.order.version, conflict.value.order.flag, conflict.value.expected) == (2, 3, 1)
    assert [event.kind for event in conflict.value.changes] == ["flag_changed"]
    assert not Shipment.objects.exists()


def test_ship_problem_says_what_the_act_would():
    ready, held = make_order(), make_order()
    open_hold(store=held.store, order_id=held.pk, kind="manual", reason="wait", actor=None, at=NOON)

    def problem(order):
        return ship_problem(order, lines=list(order.lines.all()), holds=list(order.holds.all()))

    assert problem(ready) is None
    assert "Held by hand" in problem(held)
