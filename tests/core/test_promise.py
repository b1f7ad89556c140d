from datetime import UTC, date, datetime, timedelta

import pytest

from backoffice.common.models import Store
from orders.core.models import Order
from orders.core.promise import explain_ship_by, ship_by_of
from orders.core.statuses import ShipByRule
from tests.factories import NOON

STORE = Store(code="s", promise_hours=24)
LATER = NOON + timedelta(days=5)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"paid_at": None, "extended_until": LATER}, (None, "")),
        ({"paid_at": NOON}, (NOON + timedelta(hours=24), "promise")),
        ({"paid_at": NOON, "presale_ship_at": LATER}, (LATER, "presale")),
        (
            {"paid_at": NOON, "presale_ship_at": LATER, "appointed_date": date(2026, 6, 3)},
            (datetime(2026, 6, 3, 15, 59, 59, tzinfo=UTC), "appointed"),
        ),
        (
            {"paid_at": NOON, "appointed_date": date(2026, 6, 3), "extended_until": LATER},
            (LATER, "extension"),
        ),
    ],
)
def test_ship_by_follows_the_latest_agreement(facts, expected):
    assert ship_by_of(store=STORE, **facts) == expected


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        (ShipByRule.PROMISE, "Paid 06-01 12:00 + 48 h"),
        (ShipByRule.PRESALE, "Presale: ships by 06-03 12:00"),
        (ShipByRule.APPOINTED, "The buyer appointed 06-03 12:00"),
        (ShipByRule.EXTENSION, "The buyer agreed to wait until 06-03 12:00"),
        (ShipByRule.NONE, "Ships by 06-03 12:00"),
    ],
)
def test_explain_ship_by_shows_the_arithmetic(rule, sentence):
    order = Order(paid_at=NOON, ship_by=NOON + timedelta(hours=48), ship_by_rule=rule)

    assert explain_ship_by(order) == sentence


def test_explain_ship_by_of_an_unpaid_order():
    assert explain_ship_by(Order()) == "Not paid yet: no promise runs."
