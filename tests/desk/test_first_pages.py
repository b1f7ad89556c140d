"""A list's first page is read together with its length: the same orders as page by page, in the same order."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
import time_machine
from django.http import QueryDict

from orders.core.models import Order
from orders.core.statuses import OrderStatus
from orders.desk import queries
from orders.desk.filters import order_filter
from orders.desk.first_pages import first_page, is_gathered_at_once
from orders.desk.paging import PAGE_SIZE
from tests.factories import NOON, make_line, make_order, make_store

MIDNIGHT = NOON - timedelta(hours=12)


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


def found_by(store, **query):
    found = order_filter(store, QueryDict(urlencode(query, doseq=True)), user=None, now=NOON)
    return found, found.qs


def listed(store, cap=1_000, **query):
    found, orders = found_by(store, **query)
    assert is_gathered_at_once(found)
    page = first_page(found, orders, cap)
    return [row["number"] for row in page.rows], page.counted


def done(store, number, *, paid_at=NOON, placed_at=NOON - timedelta(days=3), **values):
    return make_order(
        store=store, number=number, status=OrderStatus.COMPLETED, paid_at=paid_at, placed_at=placed_at, **values
    )


def test_page_and_length_come_together(store):
    for number in range(PAGE_SIZE + 3):
        done(store, f"{number:02}", placed_at=NOON - timedelta(hours=number), province="西藏")
    done(store, "elsewhere")

    found, orders = found_by(store, queue="completed", province="西藏")
    page = first_page(found, orders, 1_000)

    assert [row["number"] for row in page.rows] == [f"{number:02}" for number in range(PAGE_SIZE)]
    assert (page.counted, bool(page.next), page.previous) == (PAGE_SIZE + 3, True, "")


def test_length_is_counted_to_one_more_than_the_cap(store):
    for number in range(5):
        done(store, f"{number}", placed_at=NOON - timedelta(hours=number), province="西藏")

    numbers, counted = listed(store, cap=3, queue="completed", province="西藏")

    assert (numbers, counted) == (["0", "1", "2", "3"], 4)


def test_nothing_found_is_an_empty_page(store):
    done(store, "1")

    assert listed(store, queue="completed", province="西藏") == ([], 0)
    assert listed(store, queue="completed", product="没有") == ([], 0)


def test_orders_without_a_deadline_come_last(store):
    make_order(store=store, number="none", ship_by=None, flag=2)
    make_order(store=store, number="late", ship_by=NOON + timedelta(hours=9), flag=2)
    make_order(store=store, number="soon", ship_by=NOON + timedelta(hours=1), flag=2)

    assert listed(store, queue="pending_shipment", flag=2) == (["soon", "late", "none"], 3)


@pytest.mark.parametrize(
    "query",
    [
        {"queue": "completed", "province": "西藏", "after": "x"},
        {"queue": "completed", "province": ["西藏", "新疆"]},
        {"queue": "completed", "flag": [1, 2]},
        {"queue": "completed", "province": "西藏", "sort": "-paid_at"},
    ],
)
def test_other_lists_are_read_page_by_page(store, query):
    found, _orders = found_by(store, **query)

    assert not is_gathered_at_once(found)


# Products


@pytest.mark.parametrize("tab", ["completed", "all"])
@pytest.mark.parametrize("query", [{"product": "真丝连衣裙"}, {"product": "连衣"}, {"product": "SKU-1"}, {"q": "连衣"}])
def test_orders_of_one_product_are_found_along_its_lines(store, other_store, tab, query):
    for place, number in enumerate(("new", "twice", "old")):
        order = done(store, number, placed_at=NOON - timedelta(days=place), lines=0)
        for position in range(2 if number == "twice" else 1):
            make_line(order=order, position=position, sku_code="SKU-1")
    make_line(order=done(store, "other", lines=0), title="帆布鞋")
    make_line(order=done(other_store, "foreign", lines=0), sku_code="SKU-1")

    found, orders = found_by(store, queue=tab, **query)

    assert found.lines is not None
    page = first_page(found, orders, 1_000)
    assert ([row["number"] for row in page.rows], page.counted) == (["new", "twice", "old"], 3)


def test_orders_of_one_second_are_told_apart(store):
    for number in range(4):
        done(store, f"{number}", lines=0 if number == 2 else 1)
    make_order(store=store, number="shipped", status=OrderStatus.SHIPPED, placed_at=NOON - timedelta(days=3))

    assert listed(store, queue="completed", product="真丝连衣裙") == (["3", "1", "0"], 3)


@pytest.mark.parametrize("query", [{"product": "真丝连衣裙"}, {"product": "连衣"}, {"product": "SKU-1"}, {"q": "连衣"}])
@pytest.mark.parametrize("cap", [2, 1_000])
def test_open_orders_of_one_product_stand_most_urgent_first(store, other_store, query, cap):
    for number, hours in (("late", -1), ("twice", 3), ("none", None), ("soon", 2), ("shipped", 1), ("same", 3)):
        ship_by = None if hours is None else NOON + timedelta(hours=hours)
        order = make_order(store=store, number=number, ship_by=ship_by, lines=0)
        for position in range(2 if number == "twice" else 1):
            make_line(order=order, position=position, sku_code="SKU-1")
    Order.objects.filter(number="shipped").update(status=OrderStatus.SHIPPED)
    make_line(order=make_order(store=store, number="other", lines=0), title="帆布鞋")
    make_line(order=make_order(store=other_store, number="foreign", lines=0), sku_code="SKU-1")

    numbers, counted = listed(store, cap=cap, queue="pending_shipment", **query)

    assert numbers == ["late", "soon", "twice", "same", "none"][: cap + 1]
    assert counted == len(numbers)


def test_product_of_a_tab_leaves_out_the_orders_of_others(store):
    done(store, "completed")
    make_order(store=store, number="open", placed_at=NOON)
    make_order(store=store, number="closed", status=OrderStatus.CLOSED, placed_at=NOON - timedelta(days=9))

    assert listed(store, queue="completed", product="真丝连衣裙") == (["completed"], 1)
    assert listed(store, queue="all", product="真丝连衣裙")[1] == 3


def test_several_products_or_titles_are_not_read_along_lines(store):
    make_line(order=done(store, "1", lines=0), title="连衣裙")
    make_line(order=done(store, "2", lines=0), title="连衣裙 长款")

    assert found_by(store, queue="all", product="连衣")[0].lines is None
    found, orders = found_by(store, queue="all", product=["连衣裙", "连衣裙 长款"])
    assert (found.lines, orders.count()) == (None, 2)
    assert listed(store, queue="all", product="连衣")[1] == 2


def test_product_with_a_further_filter_finds_both(store):
    done(store, "1", province="西藏")
    done(store, "2", province="广东")

    assert listed(store, queue="completed", product="真丝连衣裙", province="西藏") == (["1"], 1)


# Hours of payment


def paid(store, number, days, hour, minute=0, **values):
    at = MIDNIGHT - timedelta(days=days) + timedelta(hours=hour, minutes=minute)
    return done(store, number, paid_at=at, placed_at=at, **values)


def test_hours_are_walked_from_the_newest_day_and_hour(store):
    for name, days, hour, minute in (
        ("a", 0, 4, 0),
        ("b", 0, 3, 59),
        ("c", 0, 5, 0),
        ("d", 9, 4, 59),
        ("e", 9, 20, 30),
    ):
        paid(store, name, days, hour, minute)
    paid(make_store(code="else"), "foreign", 1, 4)

    assert listed(store, queue="completed", hour=4) == (["a", "d"], 2)
    assert listed(store, queue="completed", hour=[20, 4]) == (["a", "e", "d"], 3)
    assert listed(store, queue="all", hour=[4, 20], sort="paid_at") == (["d", "e", "a"], 3)


def test_hours_of_some_days_of_a_province(store):
    for name, days in (("a", 0), ("b", 1), ("c", 2), ("d", 3)):
        paid(store, name, days, 4)
    paid(store, "elsewhere", 1, 4, province="西藏")
    day = NOON.date()
    query = {"paid_from": day - timedelta(days=2), "paid_to": day - timedelta(days=1), "province": "广东"}

    assert listed(store, queue="completed", hour=4, **query) == (["b", "c"], 2)


def test_hours_in_another_order_or_with_a_product_find_the_same(store):
    paid(store, "a", 1, 4)
    paid(store, "b", 2, 4)

    assert listed(store, queue="completed", hour=4, sort="placed_at") == (["b", "a"], 2)
    assert listed(store, queue="completed", hour=4, product="真丝连衣裙") == (["a", "b"], 2)


def test_pages_of_hours_follow_each_other(agent_client, store, monkeypatch):
    monkeypatch.setattr(queries, "TOTAL_CAP", 60)
    for number in range(PAGE_SIZE + 2):
        paid(store, f"N{number:02}", number, 4)

    first = agent_client.get("/orders/?queue=completed&hour=4")
    second = agent_client.get(first.context["next_url"])

    assert [row.number for row in first.context["rows"]] == [f"N{number:02}" for number in range(PAGE_SIZE)]
    assert [row.number for row in second.context["rows"]] == ["N50", "N51"]
    assert (first.context["total"], second.context["total"]) == (PAGE_SIZE + 2, PAGE_SIZE + 2)


@pytest.mark.parametrize(
    ("query", "count"),
    [("queue=completed&hour=4", 6), ("queue=completed&product=真丝连衣裙", 7), ("queue=completed&flag=1&flag=2", 6)],
)
def test_number_of_statements_does_not_grow_with_the_rows(agent_client, store, django_assert_num_queries, query, count):
    agent_client.get(f"/orders/?{query}")  # what is kept for later
    paid(store, "1", 1, 4, flag=1)
    with django_assert_num_queries(count):
        agent_client.get(f"/orders/?{query}")

    for number in ("2", "3"):
        paid(store, number, 2, 4, flag=2)
    with django_assert_num_queries(count):
        assert len(agent_client.get(f"/orders/?{query}").context["rows"]) == 3
