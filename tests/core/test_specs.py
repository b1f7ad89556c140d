import pytest

from orders.core.models import Order, OrderEvent, OrderLine
from orders.core.services import OrderError, VersionConflict, agree_spec
from orders.core.statuses import OrderStatus
from tests.factories import NOON, make_line, make_order, make_store, make_user
from tests.parallel import in_parallel

pytestmark = pytest.mark.django_db
ORDERED = "颜色:黑色;尺码:L"


def make_spec_order(**values):
    order = make_order(lines=0, **values)
    return order, make_line(order=order, spec=ORDERED, sku_code="K-1")


def agree(order, line, **values):
    defaults = {"store": order.store, "order_id": order.pk, "line_id": line.pk, "actor": None, "at": NOON}
    return agree_spec(**(defaults | values))


def test_agree_spec_ships_instead_and_keeps_what_was_ordered():
    (order, line), person = make_spec_order(), make_user("li")

    agree(order, line, spec=" 颜色:白色;尺码:L ", sku_code="K-2", actor=person)

    line.refresh_from_db()
    order.refresh_from_db()
    assert (line.spec, line.sku_code) == (ORDERED, "K-1")
    assert (line.agreed_spec, line.agreed_sku_code, line.shown_spec) == ("颜色:白色;尺码:L", "K-2", "颜色:白色;尺码:L")
    event = OrderEvent.objects.get()
    assert (event.kind, event.actor, order.version) == ("spec_agreed", person, 2)
    assert event.before == {"line": line.pk, "spec": ORDERED, "sku_code": "K-1"}
    assert event.after == {"line": line.pk, "spec": "颜色:白色;尺码:L", "sku_code": "K-2"}


@pytest.mark.parametrize("spec", ["", " ", ORDERED])
def test_agree_spec_takes_it_back(spec):
    order, line = make_spec_order()
    agree(order, line, spec="颜色:白色", sku_code="K-2")

    agree(order, line, spec=spec)

    line.refresh_from_db()
    assert (line.agreed_spec, line.agreed_sku_code, line.shown_spec) == ("", "", ORDERED)
    assert OrderEvent.objects.order_by("pk").last().after["spec"] == ORDERED


def test_the_same_spec_with_another_code_is_another_agreement():
    order, line = make_spec_order()

    agree(order, line, spec=ORDERED, sku_code="K-9")

    line.refresh_from_db()
    assert (line.agreed_spec, line.agreed_sku_code) == (ORDERED, "K-9")


def test_agree_spec_twice_changes_nothing_more():
    order, line = make_spec_order()

    for _ in range(2):
        agree(order, line, spec="颜色:白色")
        agree(order, line, spec="颜色:白色", version=2)

    order.refresh_from_db()
    assert (order.version, OrderEvent.objects.count()) == (2, 1)


def test_agree_spec_masks_a_phone():
    order, line = make_spec_order()

    agree(order, line, spec="刻字:13812341234")

    line.refresh_from_db()
    assert line.agreed_spec == "刻字:138****1234"
    assert "13812341234" not in str(OrderEvent.objects.get().after)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"spec": "x" * 301}, "up to 300 characters and a merchant code up to 100"),
        ({"spec": "x", "sku_code": "k" * 101}, "up to 300 characters and a merchant code up to 100"),
        ({"spec": "", "sku_code": "K-2"}, "which spec the merchant code K-2 stands for"),
        ({"spec": "x", "line_id": 0}, "has no such line"),
    ],
)
def test_agree_spec_refuses_what_cannot_be(values, sentence):
    order, line = make_spec_order()

    with pytest.raises(OrderError, match=sentence) as refusal:
        agree(order, line, **values)

    assert refusal.value.code == "field"
    assert not OrderEvent.objects.exists()


@pytest.mark.parametrize("status", OrderStatus)
def test_agree_spec_as_long_as_the_line_is_to_ship(status):
    order, line = make_spec_order(status=status)

    if status in (OrderStatus.PENDING_PAYMENT, OrderStatus.PENDING_SHIPMENT, OrderStatus.PARTIALLY_SHIPPED):
        agree(order, line, spec="颜色:白色")
        expected = "颜色:白色"
    else:
        with pytest.raises(OrderError, match="left to ship"):
            agree(order, line, spec="颜色:白色")
        expected = ""

    line.refresh_from_db()
    assert line.agreed_spec == expected


@pytest.mark.parametrize("gone", [{"shipped_quantity": 1}, {"is_closed": True}])
def test_agree_spec_refuses_a_line_that_left(gone):
    order, line = make_spec_order(status=OrderStatus.PARTIALLY_SHIPPED)
    OrderLine.objects.update(**gone)

    with pytest.raises(OrderError, match="Nothing of line 1"):
        agree(order, line, spec="颜色:白色")

    assert not OrderEvent.objects.exists()


def test_agree_spec_is_reached_through_store_and_order_only():
    order, line = make_spec_order()
    other = make_order()

    with pytest.raises(OrderError, match="has no such line"):
        agree(other, line, spec="x")
    with pytest.raises(Order.DoesNotExist):
        agree(order, line, spec="x", store=make_store())
    with pytest.raises(VersionConflict):
        agree(order, line, spec="x", version=7)

    line.refresh_from_db()
    assert line.agreed_spec == ""


@pytest.mark.django_db(transaction=True)
def test_of_two_who_saw_the_same_version_one_agrees():
    order, line = make_spec_order()

    results = in_parallel(*(lambda text=text: agree(order, line, spec=text, version=1) for text in ("白", "红")))

    assert sum(isinstance(result, OrderLine) for result in results) == 1
    assert sum(isinstance(result, VersionConflict) for result in results) == 1
    line.refresh_from_db()
    assert OrderEvent.objects.get().after["spec"] == line.agreed_spec
