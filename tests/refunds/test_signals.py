from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aftersales.refunds.models import Inspection, Refund, RefundPolicy
from aftersales.refunds.queries import buyer_year, cases_to_recipient, reason_mix, signals_of
from aftersales.refunds.queries.facts import KindCount
from orders.core.models import Recipient
from orders.core.statuses import OrderStatus
from orders.fulfilment.models import Shipment
from tests.factories import NOON, make_buyer, make_order, make_store, make_title
from tests.refunds.cases import make_case

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def make_cases(buyer, count, *, days_ago=10, signed=0, **values):
    """Make cases of the buyer on orders of their own; the parcels of so many were signed for before."""
    made = []
    for number in range(count):
        at = NOON - days_ago * DAY
        order = make_order(store=buyer.store, buyer=buyer, status=OrderStatus.SHIPPED, placed_at=at - DAY)
        if number < signed:
            Shipment.objects.create(
                store=order.store, order=order, courier="SF", tracking_number=f"SF{order.pk}", source="staff",
                shipped_at=at, signed_at=at - timedelta(hours=1),
            )  # fmt: skip
        made.append(make_case(order=order, requested_at=at, **values))
    return made


def signals(refund, **policy):
    return {one.code: one for one in signals_of(refund, RefundPolicy(**policy), NOON)}


def test_a_buyer_like_others_gives_no_signal():
    store = make_store()
    (refund, *_rest) = make_cases(make_buyer(store=store), 2, signed=1)
    make_cases(make_buyer(store=store), 5)  # somebody else
    make_cases(make_buyer(store=make_store(), nick=refund.buyer.nick), 5)  # the same name elsewhere

    assert signals(refund) == {}


def test_many_refunds_without_a_return_are_told_with_how_many_came_after_signing():
    buyer = make_buyer(store=make_store(), nick="tb 小红")
    refund = make_cases(buyer, 6, signed=5)[0]
    make_cases(buyer, 1, kind="return_refund", reason_kind="size")
    make_cases(buyer, 4, days_ago=91, reason_kind="size")

    found = signals(refund)

    assert found["refund_only"].sentence == "6 refunds without a return in 90 days, 5 of them after signing"
    assert found["refund_only"].query == "queue=all&buyer=tb+%E5%B0%8F%E7%BA%A2&kind=refund_only"
    assert found["same_reason"].sentence == "“Quality” for the 6. time in 90 days"
    assert found["same_reason"].query.endswith("&reason_kind=quality")
    assert found["rate"].sentence == "11 of this buyer's 11 orders in 12 months have a case"


def test_the_shop_says_how_many_and_how_long():
    refund = make_cases(make_buyer(store=make_store()), 2, days_ago=200)[0]

    assert set(signals(refund)) == set()
    assert set(signals(refund, signal_count=2, signal_days=201)) == {"refund_only", "same_reason", "rate"}


def test_a_rate_needs_orders_and_half_of_them_with_a_case():
    buyer = make_buyer(store=make_store())
    refund = make_cases(buyer, 2)[0]
    for _ in range(2):
        make_order(store=buyer.store, buyer=buyer, placed_at=NOON - DAY)
    half = signals(refund)["rate"].sentence
    make_order(store=buyer.store, buyer=buyer, placed_at=NOON - DAY)

    assert half == "2 of this buyer's 4 orders in 12 months have a case"
    assert signals(refund) == {}


def test_a_reason_that_says_nothing_is_no_signal():
    refund = make_cases(make_buyer(store=make_store()), 4, kind="return_refund", reason_kind="other")[0]

    assert set(signals(refund)) == {"rate"}


def test_a_return_that_was_not_as_it_should_be_is_told():
    buyer = make_buyer(store=make_store())
    refund, before = make_cases(buyer, 2, kind="return_refund")
    for case, outcome in ((before, "disputed"), (refund, "restock")):
        Inspection.objects.create(refund=case, store=case.store, outcome=outcome, quantity=1, at=NOON)

    found = signals(refund)

    assert found["disputed"].sentence == "1 return of this buyer in 12 months was not as it should be"


def test_many_recipients_of_one_buyer_and_many_buyers_of_one_recipient_are_told():
    store = make_store()
    buyer = make_buyer(store=store)
    orders = [make_order(store=store, buyer=buyer, placed_at=NOON - DAY, status=OrderStatus.SHIPPED) for _ in range(8)]
    for number, order in enumerate(orders):
        Recipient.objects.create(order=order, store=store, recipient_key=f"key-{number % 4}")
    refund = make_case(order=orders[0])
    for _ in range(2):
        other = make_order(store=store, status=OrderStatus.SHIPPED)
        Recipient.objects.create(order=other, store=store, recipient_key="key-0")
        make_case(order=other)

    found = signals(refund)

    assert found["recipients"].sentence == "Orders of this buyer went to 4 different recipients in 90 days"
    assert found["recipients"].order_query == f"queue=all&q={buyer.nick}"
    assert found["names"].sentence == "Cases of 3 buyers in 12 months are about this recipient"
    assert found["names"].query == f"queue=all&recipient={orders[0].number}"
    assert cases_to_recipient(store, orders[0].number).count() == 3
    assert cases_to_recipient(make_store(), orders[0].number).count() == 0


def test_a_case_without_a_buyer_has_no_signals():
    refund = make_case()
    Refund.objects.filter(pk=refund.pk).update(buyer=None)

    assert signals(Refund.objects.get()) == {}


def test_facts_hold_the_buyers_year_and_the_reasons_of_the_same_goods():
    store = make_store()
    buyer, title = make_buyer(store=store), make_title(store=store)
    goods = {"title": title, "sku_code": "A-1"}
    refund = make_cases(buyer, 1, **goods)[0]
    make_cases(buyer, 1, status="succeeded", **goods)
    make_cases(buyer, 1, kind="exchange", status="closed", reason_kind="size", **goods)
    make_cases(buyer, 1, days_ago=400, **goods)
    make_cases(make_buyer(store=store), 1, reason_kind="size", **goods)
    make_cases(make_buyer(store=store), 1, reason_kind="damaged", title=title, sku_code="A-2")
    make_cases(make_buyer(store=store), 1, reason_kind="damaged", title=title, sku_code="A-1", days_ago=181)

    year = buyer_year(refund, refund.order, NOON)

    assert (year.orders, year.paid, year.refunded) == (3, Decimal(300), Decimal(60))
    assert year.cases == [KindCount("refund_only", open=1, succeeded=1), KindCount("exchange", closed=1)]
    assert [(one.kind, one.count, one.share, one.is_own) for one in reason_mix(refund, NOON)] == [
        ("quality", 2, 50, True), ("size", 2, 50, False),
    ]  # fmt: skip


def test_without_a_sku_the_product_counts_and_without_a_product_nothing():
    store = make_store()
    title = make_title(store=store)
    refund = make_cases(make_buyer(store=store), 1, title=title)[0]
    make_cases(make_buyer(store=store), 1, title=title, sku_code="A-2")

    assert reason_mix(refund, NOON)[0].count == 2
    assert reason_mix(make_case(), NOON) == []


@pytest.mark.parametrize("count", [1, 3])
def test_facts_and_signals_take_a_fixed_number_of_statements(count):
    buyer = make_buyer(store=make_store())
    refund = Refund.objects.select_related("order__buyer", "buyer").get(pk=make_cases(buyer, count, signed=count)[0].pk)

    with CaptureQueriesContext(connection) as queries:
        buyer_year(refund, refund.order, NOON)
        reason_mix(refund, NOON)
        signals_of(refund, RefundPolicy(), NOON)

    assert len(queries) == 5
