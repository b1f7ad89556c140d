"""The queue of open orders in every order of its list: the same rows page by page, each read from a short index."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from backoffice.common.clock import business_day
from orders.core.models import Order
from orders.core.statuses import OrderStatus
from orders.desk import paid_hours
from orders.desk.filters import order_filter
from orders.desk.first_pages import first_page
from orders.desk.paging import fetch_page
from orders.desk.queries import ROW_FIELDS
from tests.factories import NOON, make_order

pytestmark = pytest.mark.django_db
SORTS = [f"{sign}{name}" for name in ("ship_by", "paid_at", "placed_at", "paid", "number") for sign in ("", "-")]
HOUR = timedelta(hours=1)


def found_by(store, **query):
    found = order_filter(store, QueryDict(urlencode(query, doseq=True)), user=None, now=NOON)
    return found, found.qs


def make_shop(store, count=14):
    """Make open orders with ties in every key among others that were paid before, between and after them."""
    statuses = (OrderStatus.PENDING_SHIPMENT, OrderStatus.COMPLETED, OrderStatus.PARTIALLY_SHIPPED, OrderStatus.SHIPPED)
    for turn in range(count):
        at = NOON - HOUR * (turn * 7 % 11)
        make_order(
            store=store, number=f"{turn * 5 % count:03}", status=statuses[turn % 4], placed_at=at, lines=0,
            paid_at=None if turn % 6 == 4 else at + HOUR, paid=turn * 3 % 5, province="西藏" if turn % 3 else "广东",
        )  # fmt: skip


def expected(orders, sort):
    rows = list(orders.values("id", sort.column))
    sign = -1 if sort.is_descending else 1
    known = [row for row in rows if row[sort.column] is not None]
    known.sort(key=lambda row: (row[sort.column], row["id"]))
    unknown = sorted(row["id"] for row in rows if row[sort.column] is None)
    return [row["id"] for row in known[::sign]] + unknown[::sign]


def pages(orders, sort, **places):
    page = fetch_page(orders, fields=ROW_FIELDS, sort=sort, size=2, **places)
    yield page
    while page.next if not places.get("before") else page.previous:
        place = {"before": page.previous} if places.get("before") else {"after": page.next}
        page = fetch_page(orders, fields=ROW_FIELDS, sort=sort, size=2, **place)
        yield page


def of_naive(store, **conditions):
    return Order.objects.for_store(store).filter(status__in=["pending_shipment", "partially_shipped"], **conditions)


@pytest.mark.parametrize("text", SORTS)
@pytest.mark.parametrize("query", [{}, {"province": "西藏"}, {"placed_from": business_day(NOON)}])
def test_pages_of_every_order_hold_every_open_order_once(store, other_store, text, query):
    make_shop(store)
    make_shop(other_store, 3)
    conditions = {"province": "西藏"} if "province" in query else {}

    found, orders = found_by(store, queue="pending_shipment", sort=text, **query)
    forward = list(pages(orders, found.sort))
    backward = list(pages(orders, found.sort, before=forward[-1].previous))

    wanted = expected(of_naive(store, **conditions), found.sort)
    assert [row["id"] for page in forward for row in page.rows] == wanted
    assert [row["id"] for page in reversed(backward) for row in page.rows] == wanted[: -len(forward[-1].rows)]


@pytest.mark.parametrize("text", ["paid", "-paid", "number", "-placed_at", "paid_at", "ship_by"])
@pytest.mark.parametrize("cap", [1, 1_000])
def test_first_page_of_a_filter_is_the_same_for_a_short_and_a_long_queue(store, text, cap):
    make_shop(store)

    found, orders = found_by(store, queue="pending_shipment", sort=text, province="西藏")
    page = first_page(found, orders, cap)

    wanted = expected(of_naive(store, province="西藏"), found.sort)
    assert [row["id"] for row in page.rows] == wanted[: cap + 1]
    assert page.counted == min(len(wanted), cap + 1)


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("ship_by", "order_open_ship_by"),
        ("paid", "order_open_paid"),
        ("-paid", "order_open_paid"),
        ("paid_at", "order_open_paid_at"),
        ("-placed_at", "order_open_placed"),
        ("number", "order_open_number"),
        ("-number", "order_open_number"),
    ],
)
def test_every_order_is_walked_along_its_own_index(store, text, index):
    make_shop(store, 24)
    found, orders = found_by(store, queue="pending_shipment", sort=text)

    plan = plan_of(lambda: fetch_page(orders, fields=ROW_FIELDS, sort=found.sort))

    assert f"Index Only Scan using {index} on" in plan or f"Index Only Scan Backward using {index} on" in plan, plan


@pytest.mark.parametrize(
    "query",
    [
        {"province": "西藏", "placed_from": business_day(NOON)},
        {"amount_min": 3},
        {"payment": "huabei"},
        {"note": "any"},
        {"flag": 0, "province": "西藏"},
        {"paid_from": business_day(NOON), "province": "西藏"},
    ],
)
def test_what_is_filtered_by_is_read_from_the_index_alone(store, query):
    make_shop(store, 24)
    found, orders = found_by(store, queue="pending_shipment", **query)

    plan = plan_of(lambda: first_page(found, orders, 1_000))

    assert "Index Only Scan using order_open_" in plan, plan


def plan_of(read):
    """Return the plan of the first statement, as it is where the tables are too long to be read through."""
    with CaptureQueriesContext(connection) as captured:
        read()
    with connection.cursor() as cursor:
        cursor.execute("REINDEX TABLE orders_order; ANALYZE orders_order")  # what other tests left must not decide
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off")
        cursor.execute(f"EXPLAIN {captured[0]['sql']}")
        return "\n".join(row[0] for row in cursor.fetchall())


# Hours of payment


@pytest.fixture
def hours(store):
    """Orders paid in the hours 4 and 5 of several days, most of them shipped."""
    midnight = NOON - 12 * HOUR
    for name, days, minutes, status in (
        ("a", 0, 4 * 60, "pending_shipment"),
        ("b", 0, 5 * 60, "pending_shipment"),
        ("c", 1, 4 * 60 + 59, "partially_shipped"),
        ("d", 2, 3 * 60 + 59, "pending_shipment"),
        ("e", 3, 4 * 60 + 30, "pending_shipment"),
        ("f", 90, 4 * 60, "completed"),
        ("g", 0, 4 * 60, "shipped"),
    ):
        at = midnight - timedelta(days=days) + timedelta(minutes=minutes)
        make_order(store=store, number=name, status=status, placed_at=at, lines=0)


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ({"hour": 4}, "eca"),
        ({"hour": [4, 5]}, "ecab"),
        ({"hour": 3, "sort": "number"}, "d"),
        ({"hour": 4, "sort": "-paid_at"}, "ace"),
        ({"hour": [5, 4], "sort": "paid_at"}, "ecab"),
        ({"hour": 4, "paid_from": business_day(NOON) - timedelta(days=1)}, "ca"),
        ({"hour": 4, "paid_to": business_day(NOON) - timedelta(days=1), "sort": "-paid_at"}, "ce"),
        ({"hour": 23}, ""),
        ({"hour": [3, 4, 5]}, "edcab"),
    ],
)
@pytest.mark.parametrize("many", [0, 3_000])
def test_hours_of_the_open_queue(store, other_store, hours, monkeypatch, query, numbers, many):
    monkeypatch.setattr(paid_hours, "MANY", many)
    make_order(store=other_store, placed_at=NOON - 8 * HOUR)

    found, orders = found_by(store, queue="pending_shipment", **query)
    listed = [row["number"] for row in fetch_page(orders, fields=ROW_FIELDS, sort=found.sort).rows]

    assert listed == list(numbers)
    if str(found.sort) != "-paid_at":
        assert [row["number"] for row in first_page(found, orders, 1_000).rows] == list(numbers)


def test_hours_of_several_short_tabs_are_read_from_the_orders(store, hours):
    _found, orders = found_by(store, queue=["pending_shipment", "shipped"], hour=4)

    assert sorted(order.number for order in orders) == ["a", "c", "e", "g"]
