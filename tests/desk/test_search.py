"""The one search box."""

import pytest
from django.http import QueryDict

from orders.desk import search
from orders.desk.filters import order_filter
from orders.fulfilment.models import Shipment
from tests.desk.helpers import numbers
from tests.factories import NOON, make_buyer, make_order, make_recipient, make_store


@pytest.fixture
def orders(store):
    first = make_order(store=store, number="355260000000000001", buyer=make_buyer(store=store, nick="小鱼儿abc"))
    make_recipient(order=first, name="张三丰", mobile="13812345678")
    second = make_order(
        store=store, number="355260000000000002", buyer=make_buyer(store=store, nick="tb8812"), status="completed"
    )
    make_recipient(order=second, name="李四", mobile="13900005678")
    Shipment.objects.create(
        store=store, order=second, courier="SF", tracking_number="SF1234567890123", shipped_at=NOON, source="staff"
    )
    return first.number, second.number


@pytest.mark.parametrize(
    ("term", "places"),
    [
        ("355260000000000001", [0]),
        ("13812345678", [0]),
        ("138 1234 5678", [0]),
        ("+86 138-1234-5678", [0]),
        ("5678", [0, 1]),
        ("138****5678", [0]),
        ("张三丰", [0]),
        ("李四", [1]),
        ("张三", []),
        ("小鱼", [0]),
        ("ABC", [0]),
        ("b8", [1]),
        ("小", []),
        ("连衣", [0, 1]),
        ("裙", [0, 1]),
        ("SF1234567890123", [1]),
        ("sf1234567890123", [1]),
        ("SF123456789012", []),
        ("100%", []),
        ("_", []),
    ],
)
def test_term_finds_by_its_form(store, orders, term, places):
    found = numbers(
        store, QueryDict(mutable=True).urlencode() + f"queue=all&q={term.replace('%', '%25').replace('+', '%2B')}"
    )

    assert found == [orders[place] for place in places]


def test_term_finds_open_orders_by_title(store, orders):
    assert numbers(store, "queue=pending_shipment&q=连衣") == [orders[0]]


def test_terms_that_are_two_things_find_both(store, orders):
    other = make_order(store=store, number="9", buyer=make_buyer(store=store, nick="李四的店"))

    assert numbers(store, "queue=all&q=李四") == sorted([orders[1], other.number])


@pytest.mark.parametrize(
    ("term", "is_private", "shown"),
    [
        ("13812345678", True, "138****5678"),
        ("5678", True, "****78"),
        ("张三丰", True, "张*"),
        ("王五", True, "王*"),
        ("连衣", False, "连衣"),
        ("小鱼", False, "小鱼"),
        ("355260000000000001", False, "355260000000000001"),
    ],
)
def test_what_may_name_a_person_is_masked_and_sealed(store, orders, term, is_private, shown):
    match = search.find(term, store)

    assert (match.is_private, match.shown) == (is_private, shown)
    assert (match.in_links == term) is not is_private
    assert search.read_term(match.in_links, store) == term
    assert numbers(store, f"queue=all&q={match.in_links}") == numbers(store, f"queue=all&q={term}")


def test_a_token_of_another_store_is_refused(store):
    token = search.seal_term("13812345678", make_store(code="else"))

    found = order_filter(store, QueryDict(f"q={token}"), user=None, now=NOON)

    assert found.qs.count() == 0
    assert list(found.form.errors) == ["q"]
