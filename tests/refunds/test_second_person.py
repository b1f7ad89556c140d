"""The limit above which a second person agrees is one of an order, in however many cases it is asked for."""

from datetime import timedelta
from decimal import Decimal

import pytest

from aftersales.refunds import services
from aftersales.refunds.models import Refund
from aftersales.refunds.services import RefundError
from aftersales.refunds.services.goods import receive_case
from orders.core.models import OrderEvent
from orders.core.statuses import OrderStatus
from tests.factories import NOON, make_order, make_user
from tests.parallel import in_parallel
from tests.refunds.cases import make_case, target

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(store):
    return make_order(store=store, number="A1", lines=3, paid=Decimal(2000), status=OrderStatus.SHIPPED)


def case_of(order, place, **values):
    line = order.lines.order_by("position")[place]
    return make_case(order=order, line=line, number=f"7000{place}", **({"amount": Decimal(300)} | values))


def agree(refund, actor, **values):
    return services.agree_case(**target(refund, actor=actor, **values))


def test_second_case_of_an_order_needs_a_second_person_when_both_are_above_the_limit(order):
    li = make_user("li")
    first, second = (agree(case_of(order, place), li) for place in (0, 1))

    told = OrderEvent.objects.filter(after__refund="70001").latest("pk").after
    assert (first.status, first.proposed) == ("succeeded", None)
    assert (second.status, second.proposed, told["agreed_before"]) == ("requested", Decimal(300), "300.00")
    assert services.limit_sentence(second, second.proposed, services.policy_of(order.store), at=NOON) == (
        "¥300.00 here and ¥300.00 agreed in other cases of order A1 within 30 days are ¥600.00, above the limit of "
        "¥500.00: a second person must agree."
    )
    assert services.approve_case(**target(second, actor=make_user("wang"))).refunded == Decimal(300)


def test_money_that_the_platform_promised_counts_when_the_goods_are_received(order):
    on_the_way = {"kind": "return_refund", "status": "awaiting_receipt", "refunded": Decimal(300)}
    first, second = (case_of(order, place, **on_the_way) for place in (0, 1))
    li, wang = make_user("li"), make_user("wang")

    assert receive_case(**target(first, actor=li)).proposed == Decimal(300)

    assert services.approve_case(**target(first, actor=wang)).status == "succeeded"
    assert receive_case(**target(second, actor=li)).status == "succeeded"


def test_up_to_the_limit_one_person_is_enough(order):
    case_of(order, 0, status="succeeded", amount=Decimal(200))

    assert agree(case_of(order, 1), make_user()).status == "succeeded"


@pytest.mark.parametrize(
    "values",
    [
        {"status": "awaiting_return", "kind": "return_refund", "refunded": Decimal(300)},
        {"status": "awaiting_receipt", "kind": "return_refund", "refunded": Decimal(300)},
        {"status": "succeeded", "finished_at": NOON - timedelta(days=30)},
    ],
)
def test_money_that_was_promised_or_given_back_lately_counts(order, values):
    case_of(order, 0, **values)

    assert agree(case_of(order, 1), make_user()).proposed == Decimal(300)


@pytest.mark.parametrize(
    "values",
    [
        {"status": "requested"}, {"status": "refused"}, {"status": "closed"},
        {"status": "succeeded", "finished_at": NOON - timedelta(days=31)},
    ],
)  # fmt: skip
def test_money_that_was_only_asked_for_or_given_back_long_ago_does_not(order, values):
    case_of(order, 0, **values)

    assert agree(case_of(order, 1), make_user()).status == "succeeded"


def test_cases_of_other_orders_do_not_count(store, order):
    case_of(make_order(store=store, number="A2", paid=Decimal(900)), 0, status="succeeded")

    assert agree(case_of(order, 1), make_user()).status == "succeeded"


def test_goods_of_a_case_agreed_to_within_the_limit_are_received_by_one_person(order):
    first = agree(case_of(order, 0, kind="return_refund"), make_user("li"))
    second = agree(case_of(order, 1, kind="return_refund"), make_user("wang"))
    services.approve_case(**target(second, actor=make_user("zhao")))
    Refund.objects.update(status="awaiting_receipt")

    done = [receive_case(**target(refund, actor=make_user())) for refund in (first, second)]

    assert [(refund.status, refund.proposed) for refund in done] == [("succeeded", None)] * 2


def test_nobody_at_all_is_told_the_figures(order):
    case_of(order, 0, status="succeeded")

    with pytest.raises(RefundError, match=r"¥300.00 agreed in other cases of order A1 .* are ¥600.00"):
        agree(case_of(order, 1), None)


@pytest.mark.django_db(transaction=True)
def test_two_people_at_once_do_not_pass_the_limit_together(order):
    cases = [case_of(order, place) for place in range(3)]
    people = [make_user() for _case in cases]

    in_parallel(*(lambda pair=pair: agree(*pair) for pair in zip(cases, people, strict=True)))

    states = sorted(Refund.objects.values_list("status", "proposed"))
    assert states == [("requested", Decimal(300)), ("requested", Decimal(300)), ("succeeded", None)]
