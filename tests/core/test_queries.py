from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.core import queries
from orders.core.models import Order, OrderDiscount, OrderLine
from orders.core.services import set_flag, set_tags
from orders.core.statuses import OrderStatus
from tests.factories import NOON, make_order, make_recipient, make_store, make_user

MONEY = st.decimals(0, 99999, places=2)


@pytest.mark.django_db
def test_tab_counts_take_one_statement(django_assert_num_queries):
    store = make_store()
    for status in (*OrderStatus, OrderStatus.PENDING_SHIPMENT):
        make_order(store=store, status=status)
    make_order(store=store, status=OrderStatus.SHIPPED, has_open_refund=True)
    make_order()

    with django_assert_num_queries(1):
        counts = queries.tab_counts(store)

    assert counts == {
        "pending_payment": 1,
        "pending_shipment": 3,
        "shipped": 2,
        "completed": 1,
        "closed": 1,
        "aftersales": 1,
        "all": 8,
    }


@pytest.mark.django_db
def test_tab_counts_of_an_empty_store_are_zeros():
    assert set(queries.tab_counts(make_store()).values()) == {0}


@pytest.mark.django_db
def test_order_by_number_stays_in_the_store():
    store, order = make_store(), make_order(number="12345")

    assert queries.order_by_number(order.store, "12345") == order
    with pytest.raises(Order.DoesNotExist):
        queries.order_by_number(store, "12345")


@pytest.mark.django_db
def test_history_is_newest_first():
    order, person = make_order(), make_user()
    values = {"store": order.store, "order_id": order.pk, "actor": person, "at": NOON}
    set_flag(**values, flag=1)
    set_tags(**values, tags=["vip"])

    assert [event.kind for event in queries.history(order)] == ["tagged", "flag_changed"]


@pytest.mark.django_db
def test_recipients_are_found_by_phone_tail_and_name_in_their_store():
    order, other = make_order(), make_order()
    mine, _theirs = make_recipient(order=order), make_recipient(order=other)

    found = [
        queries.recipients_with_phone(order.store, "+86 138 1234 1234"),
        queries.recipients_with_phone_tail(order.store, "1234"),
        queries.recipients_named(order.store, "张 三"),
    ]

    assert [list(rows) for rows in found] == [[mine]] * 3
    assert not queries.recipients_with_phone(order.store, "").exists()
    assert not queries.recipients_named(order.store, "张").exists()


@given(
    total=MONEY,
    payable=st.none() | MONEY,
    postage=MONEY,
    coupon=MONEY,
    gross=MONEY,
    refund=st.integers(0, 100),
    prices=st.lists(st.tuples(st.none() | MONEY, st.integers(1, 9)), max_size=4),
    discounts=st.lists(MONEY, max_size=3),
    is_paid=st.booleans(),
)
def test_money_table_sums_exactly(total, payable, postage, coupon, gross, refund, prices, discounts, is_paid):
    order = Order(
        total=total,
        payable=payable,
        postage=postage,
        coupon_amount=coupon,
        gross_paid=gross,
        refunded=(gross * refund / 100).quantize(Decimal("0.01")),
        paid_at=NOON if is_paid else None,
    )
    lines = [OrderLine(price=price, quantity=quantity) for price, quantity in prices]

    rows = queries.money_table(
        order, lines=lines, discounts=[OrderDiscount(name="coupon", amount=amount) for amount in discounts]
    )

    running = Decimal(0)
    for row in rows:
        if row.kind == queries.ITEM:
            running += row.amount
        else:
            assert row.amount == running
    assert [row.kind for row in rows].count(queries.TOTAL) == 1
    assert rows[-1].kind == queries.TOTAL
    if is_paid:
        assert rows[-1].amount == order.gross_paid - order.refunded


def test_money_table_of_a_whole_order_reads_from_list_price_to_what_is_kept():
    order = Order(
        total=Decimal("108.00"),
        payable=Decimal("100.00"),
        postage=Decimal("8.00"),
        coupon_amount=Decimal("5.00"),
        gross_paid=Decimal("103.00"),
        refunded=Decimal("3.00"),
        paid_at=NOON,
    )
    lines, discounts = [OrderLine(price=Decimal(75), quantity=2)], [OrderDiscount(name="618", amount=Decimal(40))]

    rows = queries.money_table(order, lines=lines, discounts=discounts)

    assert [(row.label, str(row.amount), row.kind) for row in rows] == [
        ("List price", "150", "item"),
        ("618", "-40", "item"),
        ("Other discounts", "-10.00", "item"),
        ("Goods", "100.00", "subtotal"),
        ("Postage", "8.00", "item"),
        ("Coupons", "-5.00", "item"),
        ("Paid", "103.00", "subtotal"),
        ("Refunded", "-3.00", "item"),
        ("Kept", "100.00", "total"),
    ]
