import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from html import unescape

import pytest
from django.http import QueryDict

from analytics.models import DailySales
from analytics.rollups.runs import roll_nightly, roll_range
from analytics.views import sales as views
from orders.core.models import Order
from orders.core.statuses import OrderStatus
from tests.factories import NOON, make_buyer, make_line, make_order

TODAY = NOON + timedelta(days=1)  # 2 June, 12:00 in Asia/Shanghai
DAY = date(2026, 6, 1)


@pytest.fixture(autouse=True)
def _second_of_june(monkeypatch):
    monkeypatch.setattr(views, "clock_now", lambda: TODAY)


def roll(store):
    roll_range(stores=[store], first=DAY - timedelta(days=70), last=DAY, at=NOON)


def metric(page, name, key=None):
    """Return data-value of a figure, or of the one with this data-key."""
    tags = [tag for tag in re.findall(r"<[^>]*data-metric[^>]*>", page) if f'data-metric="{name}"' in tag]
    if key is not None:
        tags = [tag for tag in tags if f'data-key="{key}"' in tag]
    return re.search(r'data-value="([^"]*)"', tags[0])[1]


def values(page, name):
    return re.findall(rf'data-metric="{name}" data-key="[^"]*"\s+data-value="([^"]*)"', page)


def open_page(client, query=""):
    response = client.get(f"/analytics/{query}")
    assert response.status_code == 200
    return response.content.decode()


def test_sales_page_shows_every_figure_of_the_closed_days(finance_client, store):
    buyer = make_buyer(store=store)
    make_order(store=store, buyer=buyer, paid=Decimal("100.01"))
    make_order(store=store, buyer=buyer, paid=Decimal(50), refunded=Decimal("15.01"), paid_at=NOON - timedelta(days=2))
    make_order(store=store, paid=Decimal(100), paid_at=NOON - timedelta(days=35))
    make_order(store=store, status=OrderStatus.PENDING_PAYMENT)
    roll(store)

    page = open_page(finance_client)

    figures = {"paid": "150.01", "orders": "2", "average": "75.01", "buyers": "1", "refunded": "15.01"}
    assert {name: metric(page, name) for name in figures} == figures
    assert metric(page, "refund_rate") == "0.1001"
    assert "+50.01 % on the period before" in page
    assert 'data-from="2026-05-03" data-to="2026-06-01"' in page


def test_today_is_counted_live_and_apart(finance_client, store):
    make_order(store=store, paid=Decimal(70), placed_at=TODAY, paid_at=TODAY - timedelta(hours=1))
    make_order(store=store, paid=Decimal(30), paid_at=datetime(2026, 6, 1, 15, 59, tzinfo=UTC))
    roll(store)

    page = open_page(finance_client)

    assert "as of 12:00" in page
    assert (metric(page, "today_paid"), metric(page, "today_orders")) == ("70.00", "1")
    assert (metric(page, "paid"), metric(page, "orders")) == ("30.00", "1")


@pytest.mark.parametrize(
    ("query", "first"),
    [("?days=7", "2026-05-26"), ("?days=90", "2026-03-04"), ("?day_from=2026-05-20&day_to=2026-06-01", "2026-05-20")],
)
def test_period_is_chosen_in_the_address(finance_client, store, query, first):
    make_order(store=store)
    roll(store)

    assert f'data-from="{first}" data-to="2026-06-01"' in open_page(finance_client, query)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("?day_to=2026-06-02", "2026-06-02 is not over yet: the last closed day is 2026-06-01."),
        ("?day_from=2026-05-02&day_to=2026-05-01", "The first day must not be after the last."),
        ("?day_from=2004-01-01", "Choose at most ten years."),
        ("?day_from=yesterday", "Enter a day like 2026-06-01."),
    ],
)
def test_a_period_that_cannot_be_shown_says_why(finance_client, store, query, sentence):
    response = finance_client.get(f"/analytics/{query}")

    assert response.status_code == 422
    assert sentence in unescape(response.content.decode())


def test_shares_of_every_breakdown_sum_to_one(finance_client, store):
    for number in range(23):
        order = make_order(
            store=store, lines=0, paid=Decimal(7 + number) / 3, paid_at=NOON + timedelta(minutes=20 * number - 300),
            province=["广东", "浙江", ""][number % 3], payment_method=["支付宝", ""][number % 2],
        )  # fmt: skip
        make_line(order=order, title=f"裙{number}")
    roll(store)

    page = open_page(finance_client)

    for name in ("product", "province", "payment", "hour"):
        assert sum(Decimal(value) for value in values(page, f"{name}_share")) == 1
        assert sum(Decimal(value) for value in values(page, f"{name}_paid")) == Decimal(metric(page, "paid"))
    assert len(values(page, "product_paid")) == 21
    assert "3 other products" in page


def test_each_figure_leads_to_exactly_its_orders(finance_client, store):
    desk = pytest.importorskip("orders.desk.filters")
    for number in range(12):
        make_order(
            store=store, paid=Decimal(10 + number), paid_at=NOON - timedelta(hours=7 * number),
            province=["广东", ""][number % 2], payment_method=["支付宝", "", "微信"][number % 3],
        )  # fmt: skip
    roll(store)
    page = open_page(finance_client)

    links = re.findall(r'<th scope="row"><a href="([^"]+)">[^<]*</a></th>(.*?)</tr>', page, re.DOTALL)

    assert len(links) > 30
    for href, cells in links:
        query = QueryDict(unescape(href).partition("?")[2])
        chosen = desk.order_filter(store, query, user=None, now=TODAY)
        assert not chosen.form.errors
        counted = re.search(r'data-metric="[a-z]+_orders"[^>]*data-value="(\d+)"', cells)
        assert chosen.qs.count() == int(counted[1] if counted else 0), href
        if 'data-metric="product' not in cells:
            paid = re.search(r'data-metric="[a-z]+_paid"[^>]*data-value="([\d.]+)"', cells)[1]
            assert sum((order.gross_paid for order in chosen.qs), Decimal(0)) == Decimal(paid)


def test_who_may_not_see_orders_gets_figures_without_links(ops_client, store):
    make_order(store=store)
    roll(store)

    page = open_page(ops_client)

    assert metric(page, "orders") == "1"
    assert "paid_from" not in page


def test_page_before_the_first_night_says_what_will_be_here(finance_client, store):
    assert "No figures of closed days yet" in open_page(finance_client)


def test_a_period_without_orders_leads_to_where_they_are(finance_client, store):
    make_order(store=store, paid_at=NOON - timedelta(days=60))
    roll(store)

    page = unescape(open_page(finance_client))

    assert "No order was paid from 2026-05-03 to 2026-06-01" in page
    assert 'href="/analytics/?day_from=2026-04-02&day_to=2026-04-02"' in page


def test_changes_since_the_last_run_are_announced(finance_client, store):
    order = make_order(store=store)
    roll(store)
    Order.objects.filter(pk=order.pk).update(refunded=5)

    assert "1 day has changed since and will be computed again tonight" in open_page(finance_client)


def test_cached_report_is_left_when_a_rollup_writes(finance_client, store):
    order = make_order(store=store)
    roll(store)
    assert metric(open_page(finance_client), "refunded") == "0.00"
    Order.objects.filter(pk=order.pk).update(refunded=5)

    roll_nightly(stores=[store], at=TODAY)

    assert metric(open_page(finance_client), "refunded") == "5.00"


def test_long_periods_are_shown_by_month(finance_client, store):
    make_order(store=store, paid_at=NOON - timedelta(days=40))
    make_order(store=store)
    roll(store)

    page = open_page(finance_client, "?day_from=2026-01-01")

    assert [Decimal(value) for value in values(page, "day_paid")] == [100, 0, 100, 0]
    assert "Paid amount by month" in page


@pytest.mark.parametrize("order_count", [1, 3])
def test_sales_page_query_count_does_not_grow(finance_client, store, order_count, django_assert_num_queries):
    for number in range(order_count):
        make_order(store=store, province="广东浙江"[number % 2 * 2 :][:2], paid_at=NOON - timedelta(days=number))
    roll(store)
    open_page(finance_client, "?days=7")

    with django_assert_num_queries(16):
        open_page(finance_client)


def test_another_stores_sales_are_not_counted(finance_client, store, other_store):
    make_order(store=store)
    make_order(store=other_store)
    roll(store)
    roll(other_store)

    assert metric(open_page(finance_client), "orders") == "1"
    assert DailySales.objects.filter(order_count=1).count() == 2


def test_agents_may_not_see_figures(agent_client):
    assert agent_client.get("/analytics/").status_code == 403
