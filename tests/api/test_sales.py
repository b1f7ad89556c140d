"""Daily sales over the API: the rollups' figures, and the way from each to its orders."""

from datetime import date
from decimal import Decimal

import pytest
import time_machine

from analytics.rollups.runs import roll_range
from backoffice.common.access import Role
from tests.api.client import EVERYTHING, error, make_api
from tests.factories import NOON, make_order

DAY = date(2026, 6, 1)


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def api(store):
    return make_api(store, Role.ADMIN)


def test_figures_are_the_rollups(api, store, other_store):
    make_order(store=store, paid=Decimal("10.01"))
    make_order(store=store, paid=Decimal("20.02"), refunded=Decimal("5.50"), piece_count=3)
    make_order(store=other_store, paid=Decimal(999))
    roll_range(stores=[store, other_store], first=DAY, last=DAY, at=NOON)

    answer = api.get("analytics/daily-sales/?from=2026-05-31&to=2026-06-01").json()

    assert [row["day"] for row in answer["results"]] == ["2026-05-31", "2026-06-01"]
    assert answer["results"][0]["paid"] == "0.00"
    row = answer["results"][1]
    assert (row["orders"], row["pieces"], row["paid"], row["average"]) == (2, 4, "30.03", "15.02")
    assert (row["refunded"], row["refund_rate"], row["buyers"]) == ("5.50", "0.1832", 2)
    assert answer["total"]["paid"] == "30.03"
    assert set(answer["definitions"]) == {"paid", "orders", "average", "buyers", "refunded", "refund_rate"}
    assert (answer["currency"], answer["time_zone"], answer["next"]) == ("CNY", "Asia/Shanghai", None)


def test_figure_leads_to_exactly_its_orders(api, store):
    make_order(store=store)
    make_order(store=store, placed_at=NOON.replace(day=3), paid_at=NOON.replace(day=3))
    roll_range(stores=[store], first=DAY, last=DAY, at=NOON)

    row = api.get("analytics/daily-sales/?from=2026-06-01&to=2026-06-01").json()["results"][0]
    orders = api.get(f"orders/?{row['orders_query']}").json()["results"]

    assert len(orders) == row["orders"] == 1
    assert sum(Decimal(order["money"]["paid_at_pay_time"]) for order in orders) == Decimal(row["paid"])


def test_usual_period_is_the_last_thirty_closed_days(api):
    days = [row["day"] for row in api.get("analytics/daily-sales/").json()["results"]]

    assert (len(days), days[0], days[-1]) == (30, "2026-05-02", "2026-05-31")


@pytest.mark.parametrize(
    "query", ["from=2026-06-02&to=2026-06-01", "from=x", "to=2026-02-30", "from=2020-01-01&to=2026-01-01",
         "to=0001-01-01",
              "from=9999-12-31", "to=9999-12-31&from=9999-12-31", "from=%00"],
)  # fmt: skip
def test_bad_period_is_refused_or_empty(api, query):
    response = api.get(f"analytics/daily-sales/?{query}")

    assert response.status_code in {200, 422}
    if response.status_code == 422:
        assert error(response) == (422, "invalid")


def test_scope_and_right_are_needed(store):
    assert make_api(store, Role.FINANCE).get("analytics/daily-sales/").status_code == 200
    assert error(make_api(store, Role.AGENT).get("analytics/daily-sales/")) == (403, "permission_denied")
    others = [scope for scope in EVERYTHING if scope != "analytics:read"]
    assert error(make_api(store, Role.FINANCE, *others).get("analytics/daily-sales/")) == (403, "permission_denied")
