import pytest

from orders.core.models import Order
from orders.core.services import agree_spec
from orders.core.statuses import OrderStatus
from orders.fulfilment.checking import checks_of_lines, facts_of_lines, required_checks
from orders.fulfilment.models import LineCheck
from orders.fulfilment.services import CheckError, ShipError, ship_order, ship_problem, tick_check
from tests.factories import NOON, make_line, make_order, make_store, make_user
from tests.fulfilment.parcels import make_product, make_sku

pytestmark = pytest.mark.django_db


@pytest.fixture
def li(store):
    return make_user("li", store=store)


@pytest.fixture
def order(store):
    """An order of two lines; the first needs its spec and its brand looked at."""
    order = make_order(store=store, lines=0)
    sku = make_sku(store, needs_check=True, product=make_product(store, needs_brand_check=True))
    make_line(order=order, position=1, sku_code=sku.code, spec="黑色 L")
    make_line(order=order, position=2, sku_code=make_sku(store).code)
    return order


def checks(order):
    return [(c.line.position, c.kind.value, c.is_done) for c in required_checks(order, list(order.lines.all()))]


def tick(order, position=1, kind="spec", **values):
    line = order.lines.get(position=position)
    return tick_check(store=order.store, order_id=order.pk, line_id=line.pk, kind=kind, **({"at": NOON} | values))


def ship(order, **values):
    return ship_order(
        store=order.store, order_id=order.pk, courier="SF", tracking_number="SF1234567890123", actor=None, at=NOON,
        **values,
    )  # fmt: skip


def test_required_checks_come_from_the_sku_and_its_product(order):
    assert checks(order) == [(1, "spec", False), (1, "brand", False)]


def test_a_line_without_a_code_is_known_by_the_platforms_item_id(store):
    order = make_order(store=store, lines=0)
    one = make_product(store, platform_id="601", needs_packing_check=True)
    many = make_product(store, platform_id="602")
    sku = make_sku(store, product=one, needs_check=True)
    for product in (many, many):
        make_sku(store, product=product, needs_check=True)
    for position, item in enumerate(("601", "602", "603"), start=1):
        make_line(order=order, position=position, product_id=item)

    facts = facts_of_lines(list(order.lines.order_by("position")))

    assert [(fact.sku, fact.product) for fact in facts.values()] == [(sku, one), (None, many)]
    assert checks(order) == [(1, "spec", False), (1, "packing", False)]


def test_an_order_ships_once_a_named_person_has_ticked_every_look(order, li):
    with pytest.raises(ShipError) as refusal:
        ship(order)
    tick(order, actor=li)
    tick(order, kind="brand", actor=li)

    ship(order)

    assert str(refusal.value) == (
        f"Order {order.number} is not checked yet (line 1: Name, spec, colour and quantity, line 1: Brand label): "
        "look and tick it."
    )
    assert refusal.value.code == "hold"
    assert [(c.kind, c.checked_by, c.spec) for c in LineCheck.objects.order_by("pk")] == [
        ("spec", li, "黑色 L"), ("brand", li, "黑色 L"),
    ]  # fmt: skip
    event = order.events.order_by("pk")[0]
    assert (event.kind, event.actor_name, event.after) == (
        "line_checked", "li", {"line": 1, "check": "spec", "spec": "黑色 L"},
    )  # fmt: skip


def test_lines_that_need_no_look_ship_without_the_others(order):
    second = order.lines.get(position=2)

    ship(order, lines={second.pk: 1})

    order.refresh_from_db()
    assert order.status == OrderStatus.PARTIALLY_SHIPPED


def test_the_same_look_twice_stays_the_first_persons(order, li):
    first = tick(order, actor=li)

    again = tick(order, actor=make_user("wang"))

    assert (again.pk, again.checked_by, order.events.count()) == (first.pk, li, 1)


def test_another_agreed_spec_needs_another_look(order, li):
    tick(order, actor=li)
    line = order.lines.get(position=1)

    agree_spec(store=order.store, order_id=order.pk, line_id=line.pk, spec="白色 L", actor=li, at=NOON)
    between = checks(order)
    tick(order, actor=li)

    assert (between[0], checks(order)[0]) == ((1, "spec", False), (1, "spec", True))
    assert LineCheck.objects.get().spec == "白色 L"


@pytest.mark.parametrize(
    ("position", "kind", "sentence"),
    [(2, "spec", "needs no such check"), (1, "packing", "needs no such check"), (1, "x\x00", "needs no such check")],
)
def test_tick_check_refuses_what_is_not_asked_for(order, li, position, kind, sentence):
    with pytest.raises(CheckError, match=sentence):
        tick(order, position, kind, actor=li)


def test_tick_check_refuses_a_line_of_another_order_another_store_and_what_has_left(order, li):
    stranger = make_line(order=make_order(store=order.store), position=9)
    call = {"order_id": order.pk, "kind": "spec", "actor": li, "at": NOON}
    with pytest.raises(CheckError, match="has no such line"):
        tick_check(store=order.store, line_id=stranger.pk, **call)
    with pytest.raises(Order.DoesNotExist):
        tick_check(store=make_store(), line_id=order.lines.get(position=1).pk, **call)
    Order.objects.filter(pk=order.pk).update(status=OrderStatus.CLOSED)
    with pytest.raises(CheckError, match="does not await shipment"):
        tick(order, actor=li)


def test_ship_problem_names_the_missing_looks(order, li):
    lines = list(order.lines.order_by("position"))
    found = ship_problem(order, lines=lines, holds=[], checks=checks_of_lines(lines))
    for kind in ("spec", "brand"):
        tick(order, kind=kind, actor=li)

    assert "is not checked yet (line 1:" in found
    assert ship_problem(order, lines=lines, holds=[], checks=checks_of_lines(lines)) is None


def test_checks_of_lines_take_the_same_statements_for_one_and_three(store, django_assert_num_queries):
    for count in (1, 3):
        lines = []
        for _ in range(count):
            sku = make_sku(store, needs_check=True)
            lines.append(make_line(order=make_order(store=store), position=2, sku_code=sku.code))
        with django_assert_num_queries(2):
            assert len(checks_of_lines(lines)) == count
