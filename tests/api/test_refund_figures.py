"""After-sales figures over the API: the rollups' own, and the way from each to its cases."""

from datetime import date, timedelta

import pytest
import time_machine

from aftersales.refunds.models import RefundStep
from analytics.rollups.runs import roll_range
from backoffice.common.access import Role
from orders.core.statuses import OrderStatus
from tests.api.client import error, make_api
from tests.factories import NOON, make_order, make_user
from tests.refunds.cases import make_case

DAY = date(2026, 6, 1)
QUERY = {"from": "2026-06-01", "to": "2026-06-01"}


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOON + timedelta(days=1), tick=False):
        yield


@pytest.fixture
def api(store):
    return make_api(store, Role.MANAGER)


def make_shipped(store, **values):
    order = make_order(store=store, status=OrderStatus.SHIPPED, placed_at=NOON, paid_at=NOON)
    line = order.lines.get()
    return make_case(order=order, line=line, title=line.title, **values)


def test_figures_are_the_rollups(api, store, other_store):
    li = make_user("li")
    first = make_shipped(store, status="succeeded")
    make_shipped(store, reason_kind="size")
    make_shipped(other_store)
    for case, seconds in ((first, 3600), (first, 7200)):
        RefundStep.objects.create(
            refund=case, store=store, status="requested", to_status="succeeded", actor=li, source="staff",
            entered_at=NOON - timedelta(seconds=seconds), left_at=NOON,
        )  # fmt: skip
    roll_range(stores=[store, other_store], first=DAY, last=DAY, at=NOON)

    answer = api.get("analytics/refunds/", QUERY).json()

    assert answer["total"] == {"cases": 2, "succeeded": 1, "closed": 0, "asked": "120.00", "refunded": "60.00"}
    assert {row["reason_kind"]: row["cases"] for row in answer["reasons"]} == {"quality": 1, "size": 1}
    (decided,) = [row for row in answer["times"] if (row["step"], row["person"]) == ("requested", "li")]
    assert (decided["count"], decided["median_seconds"], decided["p90_seconds"]) == (2, 3600, 7200)
    assert (answer["returns"]["orders"], answer["returns"]["asked"], answer["returns"]["rate"]) == (2, 2, "1.0000")
    assert sum(cell["cases"] for cell in answer["months"]) == 2
    assert list(answer["products"].values()) == [first.title.text]
    assert "first_answer" in answer["definitions"]


def test_figure_leads_to_exactly_its_cases(api, store):
    case = make_shipped(store)
    make_shipped(store, reason_kind="size")
    roll_range(stores=[store], first=DAY, last=DAY, at=NOON)

    (row,) = [row for row in api.get("analytics/refunds/", QUERY).json()["reasons"] if row["reason_kind"] == "quality"]
    found = api.get(f"refunds/?{row['refunds_query']}").json()["results"]

    assert [one["number"] for one in found] == [case.number]


def test_days_without_cases_are_nothing(api):
    answer = api.get("analytics/refunds/").json()

    assert (answer["total"]["cases"], answer["reasons"], answer["returns"]["rate"]) == (0, [], None)


@pytest.mark.parametrize("query", [{"from": "2026-06-02", "to": "2026-06-01"}, {"from": "x"}, {"from": "2020-01-01"}])
def test_period_that_will_not_do_is_refused(api, query):
    assert error(api.get("analytics/refunds/", query)) == (422, "invalid")
