import re
from datetime import date, timedelta
from decimal import Decimal
from html import unescape

import pytest
from django.http import QueryDict

from aftersales.refunds.models import Refund, RefundStep
from aftersales.refunds.services import agree_case, say
from analytics.models import RefundStepTimes
from analytics.rollups.runs import roll_nightly, roll_range
from analytics.views import refunds as views
from orders.core.statuses import OrderStatus
from tests.factories import NOON, make_line, make_order, make_user
from tests.refunds.cases import make_case, target

TODAY = NOON + timedelta(days=1)  # 2 June, 12:00 in Asia/Shanghai
DAY = date(2026, 6, 1)
HOUR, DAYS = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def _second_of_june(monkeypatch):
    monkeypatch.setattr(views, "clock_now", lambda: TODAY)


def roll(store):
    roll_range(stores=[store], first=DAY - 500 * DAYS, last=DAY, at=NOON)


def figure(page, name, key=None):
    """Return data-value of a figure, or of the one with this data-key."""
    tags = [tag for tag in re.findall(r"<[^>]*data-metric[^>]*>", page) if f'data-metric="{name}"' in tag]
    if key is not None:
        tags = [tag for tag in tags if f'data-key="{key}"' in tag]
    return re.search(r'data-value="([^"]*)"', tags[0])[1]


def values(page, name):
    return dict(re.findall(rf'data-metric="{name}" data-key="([^"]*)"\s+data-value="([^"]*)"', page))


def open_page(client, query=""):
    """Return the page with the parts that come after it."""
    page = open_part(client, f"/analytics/refunds/{query}")
    parts = re.findall(r'hx-get="(/analytics/refunds/[^"]+)"', page)
    return "".join([page, *(open_part(client, unescape(url)) for url in parts)])


def open_part(client, url):
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def make_product_case(store, *, title="真丝连衣裙", **facts):
    order = make_order(store=store, status=OrderStatus.SHIPPED, lines=0)
    line = make_line(order=order, title=title)
    return make_case(order=order, line=line, title=line.title, **facts)


def make_step(case, *, seconds, status="requested", actor=None, left_at=NOON):
    RefundStep.objects.create(
        refund=case, store=case.store, status=status, to_status="succeeded", actor=actor, source="staff",
        entered_at=left_at - timedelta(seconds=seconds), left_at=left_at,
    )  # fmt: skip


def test_figures_of_the_cases_asked_for(finance_client, store):
    for kind, facts in (
        ("not_as_described", {"status": "succeeded", "amount": Decimal(60), "refunded": Decimal("40.50")}),
        ("not_as_described", {"answered_at": NOON + HOUR}),
        ("changed_mind", {"status": "closed", "finished_at": NOON + 3 * HOUR, "answered_at": NOON + 2 * HOUR}),
        ("seven_days", {"requested_at": NOON - 40 * DAYS}),
    ):
        make_product_case(store, reason_kind=kind, **facts)
    make_order(store=store)
    roll(store)

    page = open_page(finance_client)

    expected = {
        "cases": "3", "case_succeeded": "1", "case_refunded": "40.50", "first_answer": "3600", "whole_case": "0",
        "return_rate": "0.8000", "not_as_described": "2", "changed_mind": "1",
    }  # fmt: skip
    assert {name: figure(page, name) for name in expected} == expected
    assert "+200.00 % on the period before" in page
    assert values(page, "reason_share") == {"not_as_described": "0.6667", "changed_mind": "0.3333"}
    assert 'data-from="2026-05-03" data-to="2026-06-01"' in page


def test_median_and_ninetieth_percentile_are_times_that_occurred(finance_client, store):
    case = make_product_case(store)
    wang, li = make_user("wang", store=store), make_user("li", store=store)
    for number in range(1, 11):
        make_step(case, seconds=number * 3600, actor=wang if number <= 7 else li, left_at=NOON - number * DAYS)
    make_step(case, seconds=90, status="awaiting_receipt")
    roll(store)

    page = open_page(finance_client)

    assert figure(page, "step_median", "requested") == "18000"
    assert figure(page, "step_p90", "requested") == "32400"
    assert figure(page, "step_count", "requested") == "10"
    assert values(page, "person_median") == {
        f"requested:{wang.pk}": "14400", f"requested:{li.pk}": "32400", "awaiting_receipt:0": "90",
    }  # fmt: skip
    assert figure(page, "person_p90", f"requested:{wang.pk}") == "25200"
    assert figure(page, "reason_median", "requested:quality") == "18000"
    assert "5.0 h" in page
    assert "1 min" in page


@pytest.mark.parametrize(
    ("seconds", "median", "ninetieth"),
    [
        ([7], 7, 7),
        ([1, 2], 1, 2),
        ([5, 5, 9], 5, 9),
        (range(1, 101), 50, 90),
    ],
)
def test_percentiles_merge_any_days_exactly(finance_client, store, seconds, median, ninetieth):
    case = make_product_case(store)
    for number, length in enumerate(seconds):
        make_step(case, seconds=length, left_at=NOON - number % 9 * DAYS)
    roll(store)

    page = open_page(finance_client)

    assert figure(page, "step_median", "requested") == str(median)
    assert figure(page, "step_p90", "requested") == str(ninetieth)


def test_people_are_compared_by_their_own_steps_and_first_answers(finance_client, store):
    wang, li = make_user("wang", store=store, display_name="王芳"), make_user("li", store=store)
    decided, written = make_product_case(store), make_product_case(store)
    agree_case(**target(decided, actor=wang, at=NOON + HOUR))
    say(**target(written, actor=li, at=NOON + 2 * HOUR), text="亲，稍等")
    roll(store)

    page = open_page(finance_client)

    assert values(page, "person_median") == {
        f"first_answer:{wang.pk}": "3600", f"requested:{wang.pk}": "3600", f"first_answer:{li.pk}": "7200",
    }  # fmt: skip
    assert ">王芳</th>" in page


def test_reasons_by_product_and_month_add_up(finance_client, store):
    for number in range(12):
        make_product_case(
            store, title=f"裙{number % 11}", reason_kind=["quality", "size"][number % 2],
            requested_at=NOON - (number % 3) * 25 * DAYS,
        )  # fmt: skip
    make_case(order=make_order(store=store, status=OrderStatus.SHIPPED, lines=2))
    roll(store)

    page = open_page(finance_client, "?days=90")

    cells = {key: int(value) for key, value in values(page, "month_cases").items()}
    assert sum(count for key, count in cells.items() if re.fullmatch(r"-?\d+:total", key)) == 13
    assert cells["-1:total"] == 1
    assert cells["0:quality:total"] == 1
    for title_id in {key.partition(":")[0] for key in cells}:
        own = {tuple(key.split(":")[1:]): count for key, count in cells.items() if key.startswith(f"{title_id}:")}
        for month in {parts[-1] for parts in own}:
            reasons = sum(count for parts, count in own.items() if parts[-1] == month and len(parts) == 2)
            assert own[(month,)] == reasons
        months = sum(count for parts, count in own.items() if len(parts) == 1 and parts[0] != "total")
        assert own[("total",)] == months


def test_a_long_period_shows_twelve_months_and_what_was_before(finance_client, store):
    for days in (0, 40, 380, 420):
        make_product_case(store, requested_at=NOON - days * DAYS)
    roll(store)

    page = open_page(finance_client, "?day_from=2025-03-15&day_to=2026-06-01")

    head = re.search(r'id="months-title".*?<thead>(.*?)</thead>', page, re.DOTALL)[1]
    headings = re.findall(r'class="num">([^<]*)<', head)
    assert (headings[0], headings[1], headings[-2], len(headings)) == ("Before", "2025-07", "2026-06", 14)
    cells = values(page, "month_cases")
    assert [count for key, count in cells.items() if key.endswith(":2025-03") and "quality" not in key] == ["2"]


def test_each_number_leads_to_exactly_its_cases(finance_client, store):
    filters = pytest.importorskip("aftersales.refunds.filters")
    for number in range(14):
        make_product_case(
            store, title=f"裙{number % 3}", reason_kind=["quality", "size", "not_as_described"][number % 3 % 2],
            requested_at=NOON - number * 11 * HOUR * 24 / 4,
        )  # fmt: skip
    roll(store)
    page = open_page(finance_client, "?days=90")

    links = re.findall(r'data-metric="month_cases"[^>]*data-value="(\d+)"><a href="([^"]+)">', page)
    links += [
        (count, href)
        for href, count in re.findall(
            r'<th scope="row"><a href="([^"]+)">[^<]*</a></th>\s*<td class="num" data-metric="reason_cases"[^>]*'
            r'data-value="(\d+)"',
            page,
        )
    ]

    assert len(links) == 20
    for count, href in links:
        path, _mark, query = unescape(href).partition("?")
        chosen = filters.CaseFilter(QueryDict(query), store=store)
        assert path == "/aftersales/refunds/"
        assert chosen.is_valid()
        assert Refund.objects.for_store(store).filter(chosen.where).count() == int(count), href


def test_products_with_high_return_rates_come_first(finance_client, store):
    for number in range(20):
        order = make_order(store=store, status=OrderStatus.SHIPPED, lines=0)
        line = make_line(order=order, title="AB"[number % 2])
        if number % 2 and number > 10:
            for amount in (10, 20):
                make_case(
                    order=order, line=line, title=line.title, kind="return_refund", reason_kind="size",
                    status="closed", amount=Decimal(amount),
                )  # fmt: skip
        if number == 0:
            make_case(order=order, line=line, title=line.title)
    make_product_case(store, title="C")  # one order: no rate worth comparing
    roll(store)

    page = open_page(finance_client)

    assert list(values(page, "product_return_rate").values()) == ["0.5000", "0.1000"]
    assert list(values(page, "product_goods_rate").values()) == ["0.5000", "0.0000"]
    assert list(values(page, "return_asked").values()) == ["5", "1"]
    assert figure(page, "return_rate") == "0.3333"
    assert "1.5 ×" in page


def test_who_may_not_see_cases_gets_figures_without_links(ops_client, store):
    make_product_case(store)
    roll(store)

    page = open_page(ops_client)

    assert figure(page, "cases") == "1"
    assert "requested_from" not in page


def test_page_before_the_first_night_says_what_will_be_here(finance_client, store):
    assert "No figures of closed days yet" in open_page(finance_client)


def test_a_period_without_cases_says_so(finance_client, store):
    make_order(store=store)
    roll(store)

    assert "Nothing was asked back from 2026-05-03 to 2026-06-01" in open_page(finance_client)


def test_a_period_that_cannot_be_shown_says_why(finance_client, store):
    response = finance_client.get("/analytics/refunds/?day_from=2026-05-02&day_to=2026-05-01")

    assert response.status_code == 422
    assert "The first day must not be after the last." in response.content.decode()


def test_changes_since_the_last_run_are_announced_and_leave_the_cached_report(finance_client, store):
    case = make_product_case(store)
    roll(store)
    assert figure(open_page(finance_client), "case_succeeded") == "0"
    Refund.objects.filter(pk=case.pk).update(status="succeeded", finished_at=NOON)
    assert "1 day has changed since" in open_page(finance_client)

    roll_nightly(stores=[store], at=TODAY)

    assert figure(open_page(finance_client), "case_succeeded") == "1"


@pytest.mark.parametrize("count", [1, 3])
def test_query_count_does_not_grow(finance_client, store, count, django_assert_num_queries):
    for number in range(count):
        case = make_product_case(store, title=f"裙{number}", requested_at=NOON - number * DAYS)
        make_step(case, seconds=60, actor=make_user(store=store))
    roll(store)
    page = open_part(finance_client, "/analytics/refunds/?days=7")
    steps, people, products = (unescape(url) for url in re.findall(r'hx-get="(/analytics/refunds/[^"]+)"', page))

    with django_assert_num_queries(8):
        open_part(finance_client, "/analytics/refunds/")
    with django_assert_num_queries(5):
        open_part(finance_client, steps)
    with django_assert_num_queries(6):
        open_part(finance_client, people)
    with django_assert_num_queries(7):
        open_part(finance_client, products)


def test_another_stores_cases_are_not_counted(finance_client, store, other_store):
    for of in (store, other_store):
        make_step(make_product_case(of), seconds=60)
        roll(of)

    page = open_page(finance_client)

    assert figure(page, "cases") == "1"
    assert figure(page, "step_count", "requested") == "1"
    assert RefundStepTimes.objects.count() == 2


def test_pages_of_figures_lead_to_each_other(finance_client, store):
    assert 'href="/analytics/refunds/"' in finance_client.get("/analytics/").content.decode()
    assert 'href="/analytics/"' in open_page(finance_client)


def test_agents_may_not_see_figures(agent_client):
    assert agent_client.get("/analytics/refunds/").status_code == 403
