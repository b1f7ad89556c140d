from decimal import Decimal

import pytest

from aftersales.refunds.models import Refund
from aftersales.refunds.reasons import reason_kind_of
from aftersales.refunds.services import RefundError, agree_case, open_case, refundable_of, withdraw_case
from orders.core.models import Hold, Order, OrderEvent, OrderLine
from orders.core.services import OrderError, VersionConflict, set_refund_facts
from orders.core.statuses import OrderStatus
from orders.fulfilment.services import ShipError, ship_order
from tests.factories import NOON, make_line, make_order, make_store, make_user
from tests.refunds.cases import make_case, target

pytestmark = pytest.mark.django_db


def opened(order, **values):
    defaults = {"kind": "refund_only", "amount": Decimal(60), "reason": "质量问题", "actor": None, "at": NOON}
    return open_case(**({"store": order.store, "order_id": order.pk} | defaults | values))


def make_two_lines(**values):
    """Make an order of ¥100: two lines of ¥40 and ¥50, and ¥10 of postage."""
    order = make_order(lines=0, postage=Decimal(10), payable=Decimal(90), line_count=2, piece_count=2, **values)
    lines = [make_line(order=order, position=at, paid=Decimal(paid)) for at, paid in ((1, 40), (2, 50))]
    return order, *lines


def ship(order, **values):
    return ship_order(
        store=order.store, order_id=order.pk, courier="SF", tracking_number="SF1234567890123", actor=None, at=NOON,
        **values,
    )  # fmt: skip


def facts(order):
    order.refresh_from_db()
    return order.refund_status, order.refunded, order.has_open_refund, order.hold_kinds


def test_a_case_is_filled_from_its_order():
    order = make_order(lines=2)
    line = order.lines.get(position=2)
    OrderLine.objects.filter(pk=line.pk).update(sku_code="A-1", quantity=3)

    refund = opened(order, line_id=line.pk, reason="尺码偏小", text="打 13812345678 找我", goods="received")

    assert (refund.status, refund.phase, refund.reason_kind, refund.goods) == (
        "requested",
        "on_sale",
        "size",
        "received",
    )
    assert (refund.number, refund.buyer, refund.title, refund.sku_code, refund.quantity) == (
        f"C260601-{order.pk}-1", order.buyer, line.title, "A-1", 3,
    )  # fmt: skip
    assert (refund.text, bool(refund.sealed)) == ("打 138****5678 找我", True)
    assert (refund.deadline - NOON).total_seconds() == 48 * 3600
    event = OrderEvent.objects.get(kind="case_opened")
    assert event.after == {
        "refund": refund.number, "version": 1, "case_status": "requested", "kind": "refund_only", "amount": "60",
        "line": line.pk,
    }  # fmt: skip


def test_a_case_after_completion_is_after_sale_and_a_return_has_more_time():
    refund = opened(make_order(status=OrderStatus.COMPLETED), kind="return_refund")

    assert refund.phase == "after_sale"
    assert (refund.deadline - NOON).total_seconds() == 120 * 3600


def test_a_case_of_a_line_holds_that_line_alone():
    order, first, second = make_two_lines()

    opened(order, line_id=first.pk, amount=Decimal(40))

    assert facts(order) == ("open", Decimal(0), True, ["refund_open"])
    assert list(Hold.objects.values_list("line", flat=True)) == [first.pk]
    with pytest.raises(ShipError, match="is held: Refund open"):
        ship(order)
    assert ship(order, lines={second.pk: 1}).pk


def test_a_case_of_what_has_shipped_holds_nothing_and_stands_in_the_queue():
    order = make_order(status=OrderStatus.SHIPPED)

    opened(order)

    assert facts(order) == ("open", Decimal(0), True, [])


def test_a_line_that_has_left_is_not_held_while_the_rest_waits():
    order, first, second = make_two_lines()
    ship(order, lines={first.pk: 1})

    opened(order, line_id=first.pk, amount=Decimal(40))
    left = facts(order)
    opened(order, line_id=second.pk, amount=Decimal(50))

    assert left == ("open", Decimal(0), True, [])
    assert list(Hold.objects.values_list("line", flat=True)) == [second.pk]


def test_the_last_case_that_ends_gives_the_order_free():
    order, first, second = make_two_lines()
    cases = [opened(order, line_id=line.pk, amount=line.paid) for line in (first, second)]

    states = []
    for case in cases:
        withdraw_case(**target(case, reason="keeps it"))
        states.append(facts(order))

    assert states == [("open", Decimal(0), True, ["refund_open"]), ("closed", Decimal(0), False, [])]
    first.refresh_from_db()
    assert first.refund_status == "closed"


def test_a_case_of_the_whole_order_that_ends_leaves_those_of_lines_held():
    order, first, _second = make_two_lines()
    whole = opened(order, amount=Decimal(30))
    opened(order, line_id=first.pk, amount=Decimal(20))

    withdraw_case(**target(whole, reason="keeps it"))

    assert facts(order) == ("open", Decimal(0), True, ["refund_open"])
    assert list(Hold.objects.filter(released_at=None).values_list("line", flat=True)) == [first.pk]


def test_cases_of_the_order_and_of_lines_share_what_was_paid():
    order, first, second = make_two_lines(status=OrderStatus.SHIPPED)

    opened(order, line_id=first.pk, amount=Decimal(40))
    opened(order, amount=Decimal(20))
    with pytest.raises(RefundError, match=r"was paid 100\.00, of which 60\.00 .*at most 40\.00") as refusal:
        opened(order, line_id=second.pk, amount=Decimal("40.01"))
    last = opened(order, line_id=second.pk, amount=Decimal(40))

    assert (refusal.value.code, last.pk is not None) == ("field", True)
    order.refresh_from_db()
    assert refundable_of(order) == 0


def test_refunds_add_up_on_the_line_and_the_order():
    order, first, second = make_two_lines(status=OrderStatus.SHIPPED)

    agree_case(**target(opened(order, line_id=first.pk, amount=Decimal(40)), amount=Decimal(15)))
    agree_case(**target(opened(order, amount=Decimal(20))))
    agree_case(**target(opened(order, line_id=second.pk, amount=Decimal(50))))

    assert facts(order) == ("succeeded", Decimal(85), False, [])
    assert [*order.lines.order_by("position").values_list("refunded", "refund_status")] == [
        (Decimal(15), "succeeded"), (Decimal(50), "succeeded"),
    ]  # fmt: skip


def test_what_the_platform_told_beside_the_cases_stays_counted():
    order = make_order(status=OrderStatus.SHIPPED)
    set_refund_facts(
        store=order.store, order_id=order.pk, status="succeeded", refunded=Decimal(30), actor=None, at=NOON
    )

    with pytest.raises(RefundError, match=r"at most 70\.00"):
        opened(order, amount=Decimal("70.01"))
    agree_case(**target(opened(order, amount=Decimal(50))))

    assert facts(order) == ("succeeded", Decimal(80), False, [])


def test_a_case_of_the_platform_explains_what_it_told_before():
    order = make_order(status=OrderStatus.SHIPPED)
    set_refund_facts(
        store=order.store, order_id=order.pk, status="succeeded", refunded=Decimal(60), actor=None, at=NOON
    )

    make_case(order=order, status="succeeded", source="platform")

    assert facts(order) == ("succeeded", Decimal(60), False, [])


def test_freight_comes_beside_the_goods_of_a_line_up_to_the_postage():
    order, first, _second = make_two_lines()
    wish = {"line_id": first.pk, "freight": Decimal(10)}

    with pytest.raises(RefundError, match=r"Line 1 of order .* has 40\.00 left to give back, beside freight"):
        opened(order, amount=Decimal("50.01"), **wish)
    with pytest.raises(RefundError, match="Line 1"):
        opened(order, amount=Decimal(52), **wish | {"freight": Decimal(12)})
    refund = opened(order, amount=Decimal(50), **wish)

    assert (refund.amount, refund.freight, refundable_of(order), refundable_of(order, first)) == (50, 10, 50, 40)


def test_a_second_open_case_about_the_same_goods_is_refused_and_one_after_it_is_not():
    order, first, _second = make_two_lines()
    opened_once = opened(order, line_id=first.pk, amount=Decimal(10))

    with pytest.raises(RefundError, match="is open already: go on with that one"):
        opened(order, line_id=first.pk, amount=Decimal(10))
    withdraw_case(**target(opened_once, reason="asks anew"))
    again = opened(order, line_id=first.pk, amount=Decimal(40))

    assert (again.number, Refund.objects.count()) == (f"C260601-{order.pk}-2", 2)
    assert facts(order) == ("open", Decimal(0), True, ["refund_open"])


def test_the_same_number_twice_is_one_case():
    order = make_order()

    first, second = (opened(order, number="T-1") for _ in range(2))
    with pytest.raises(RefundError, match="T-1 belongs to another case") as refusal:
        opened(order, number="T-1", amount=Decimal(1))
    with pytest.raises(RefundError, match="T-1 belongs to another case"):
        opened(make_order(store=order.store), number="T-1")

    assert (first.pk, refusal.value.code) == (second.pk, "state")
    assert (Refund.objects.count(), OrderEvent.objects.filter(kind="case_opened").count()) == (1, 1)
    assert opened(make_order(), number="T-1").pk != first.pk


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"amount": Decimal(0)}, "Say how much"),
        ({"amount": Decimal(-1)}, "Say how much"),
        ({"amount": Decimal("NaN")}, "Say how much"),
        ({"amount": Decimal("1.005")}, "in whole fen"),
        ({"freight": Decimal(61)}, "Say how much"),
        ({"amount": Decimal("100.01")}, r"at most 100\.00 can be refunded"),
        ({"kind": "exchange"}, "“Exchange” ends without money"),
        ({"kind": "gift"}, "There is no kind of case “gift”"),
        ({"goods": "eaten"}, "There is no state of goods “eaten”"),
        ({"reason": " "}, "Give the buyer's reason"),
        ({"reason": "x" * 201}, "Give the buyer's reason"),
        ({"text": "x" * 2001}, "up to 2000 characters"),
        ({"number": "x" * 65}, "A case number has up to 64"),
        ({"quantity": 2}, "about 1 to 1 pieces"),
        ({"quantity": 0}, "about 1 to 1 pieces"),
        ({"line_id": 0}, "no such line"),
    ],
)
def test_what_cannot_be_is_refused_in_words(values, sentence):
    order = make_order()

    with pytest.raises(RefundError, match=sentence) as refusal:
        opened(order, **values)

    assert refusal.value.code == "field"
    assert (Refund.objects.count(), OrderEvent.objects.count()) == (0, 0)


def test_an_unpaid_order_has_no_case():
    with pytest.raises(RefundError, match="is not paid") as refusal:
        opened(make_order(status=OrderStatus.PENDING_PAYMENT), kind="exchange", amount=Decimal(0))

    assert refusal.value.code == "state"


def test_an_order_of_another_store_or_another_version_opens_nothing():
    order = make_order()

    with pytest.raises(Order.DoesNotExist):
        opened(order, store=make_store())
    with pytest.raises(VersionConflict):
        opened(order, version=7)

    assert not Refund.objects.exists()


@pytest.mark.parametrize("lines", [1, 2])
def test_an_unshipped_order_that_is_given_back_closes(lines):
    manager = make_user("li")
    order = make_order() if lines == 1 else make_two_lines()[0]
    subjects = [None] if lines == 1 else list(order.lines.order_by("position"))

    states = []
    for line in subjects:
        case = opened(order, line_id=line and line.pk, amount=line.paid if line else Decimal(100))
        agree_case(**target(case, actor=manager))
        order.refresh_from_db()
        states.append(order.status)

    assert states == ["pending_shipment", "closed"][-lines:]
    assert order.close_reason == "Refunded in full before it was shipped"
    assert not order.has_open_refund
    event = OrderEvent.objects.get(kind="closed")
    assert (event.actor, event.source) == (manager, "system")  # not told: the platform closes it itself
    with pytest.raises(OrderError):
        ship(order)


def test_a_partly_refunded_or_shipped_order_stays_as_it_is():
    partly, shipped = make_order(), make_order(status=OrderStatus.SHIPPED)

    agree_case(**target(opened(partly, amount=Decimal(100)), amount=Decimal("99.99")))
    agree_case(**target(opened(shipped, amount=Decimal(100))))

    partly.refresh_from_db()
    shipped.refresh_from_db()
    assert (partly.status, partly.hold_kinds, shipped.status) == ("pending_shipment", [], "shipped")


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("多拍/错拍/不想要", "changed_mind"), ("7天无理由退换货", "seven_days"), ("质量问题", "quality"),
        ("不喜欢/效果不好", "changed_mind"), ("货物与描述不符", "not_as_described"), ("收到商品少件/破损", "missing"),
        ("卖家发错货", "wrong_item"), ("快递/物流一直未收到", "not_arrived"), ("未按约定时间发货", "late"),
        ("假冒品牌", "counterfeit"), ("退运费", "freight"), ("发票问题", "invoice"), ("其他", "other"),
        ("quality", "quality"), ("商品破损", "damaged"), ("尺寸不符", "size"),
    ],
)  # fmt: skip
def test_the_words_of_platforms_tell_what_a_case_is_about(words, kind):
    assert reason_kind_of(words) == kind


def test_phone_numbers_in_the_reason_are_masked():
    order = make_order(status=OrderStatus.SHIPPED)

    refund = open_case(
        store=order.store, order_id=order.pk, kind="repair", reason="质量问题 13812341234", actor=None, at=NOON
    )

    refund.refresh_from_db()
    assert (refund.reason, refund.reason_kind) == ("质量问题 138****1234", "quality")
