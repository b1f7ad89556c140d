"""Keyset pages: every row once, in order, both ways, across ties and rows without a value."""

from datetime import timedelta

import pytest

from orders.core.models import Order
from orders.desk.paging import CursorError, Sort, decode_cursor, encode_cursor, fetch_page, read_sort
from orders.desk.queries import ROW_FIELDS
from tests.factories import NOON, make_order

SORTS = [
    "ship_by",
    "-ship_by",
    "paid_at",
    "-paid_at",
    "placed_at",
    "-placed_at",
    "paid",
    "-paid",
    "amount",
    "number",
    "-number",
]


def make_mixed(store):
    """Nine orders: ties in every key, three without times of payment and promise."""
    for number in range(9):
        is_paid = number % 3 != 0
        make_order(
            store=store,
            status="pending_shipment" if is_paid else "pending_payment",
            placed_at=NOON - timedelta(hours=number // 4),
            paid=100 + number // 3,
        )


def expected(store, sort):
    rows = list(Order.objects.for_store(store).values("id", sort.column))
    sign = -1 if sort.is_descending else 1
    with_value = sorted(
        (row for row in rows if row[sort.column] is not None), key=lambda row: (row[sort.column], row["id"])
    )
    without = sorted((row for row in rows if row[sort.column] is None), key=lambda row: row["id"])
    return [row["id"] for row in with_value[::sign] + without[::sign]]


@pytest.mark.parametrize("text", SORTS)
@pytest.mark.parametrize("size", [1, 2, 4, 9, 20])
def test_fetch_page_visits_every_row_once_in_both_directions(store, text, size):
    make_mixed(store)
    sort, orders = read_sort(text, "ship_by"), Order.objects.for_store(store).values(*ROW_FIELDS)

    page = fetch_page(orders, sort=sort, size=size)
    forward = [page]
    while page.next:
        page = fetch_page(orders, sort=sort, after=page.next, size=size)
        forward.append(page)
    backward = [page]
    while page.previous:
        page = fetch_page(orders, sort=sort, before=page.previous, size=size)
        backward.append(page)

    assert [row["id"] for one in forward for row in one.rows] == expected(store, sort)
    assert [row["id"] for one in reversed(backward) for row in one.rows] == expected(store, sort)
    assert forward[0].previous == ""


def test_fetch_page_caps_its_size(store):
    make_order(store=store)
    orders = Order.objects.for_store(store).values(*ROW_FIELDS)

    assert len(fetch_page(orders, sort=read_sort("", "ship_by"), size=10**9).rows) == 1


@pytest.mark.parametrize(
    "token", ["x", "!!!", "W10", "bnVsbA", "WyJzaGlwX2J5IiwgIngiLCAxXQ", "WyItcGFpZCIsICIxIiwgMV0"]
)
def test_decode_cursor_refuses_what_is_damaged_or_foreign(token):
    with pytest.raises(CursorError):
        decode_cursor(token, Sort("ship_by", is_descending=False, is_nullable=True))


def test_decode_cursor_opens_its_own():
    sort = Sort("ship_by", is_descending=False, is_nullable=True)

    assert decode_cursor(encode_cursor({"ship_by": NOON, "id": 7}, sort), sort) == (NOON, 7)
    assert decode_cursor(encode_cursor({"ship_by": None, "id": 7}, sort), sort) == (None, 7)


def test_read_sort_refuses_other_columns():
    with pytest.raises(KeyError):
        read_sort("flag", "ship_by")
