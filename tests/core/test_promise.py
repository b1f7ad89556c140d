import itertools
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

from backoffice.common.models import Store
from orders.core.models import Order
from orders.core.promise import explain_ship_by, ship_by_of
from orders.core.services import appoint_date, extend_promise
from orders.core.statuses import ShipByRule
from orders.intake.engine.columns import promise_values
from tests.factories import NOON, make_order
from tests.intake.files import PAID, order_row, save_list
from tests.intake.importing import LATER as LATER_FILE
from tests.intake.importing import run

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


AGREED = {"paid_at": NOON, "ship_by": LATER, "ship_by_rule": ShipByRule.EXTENSION, "appointed_slot": ""}
APPOINTED_END = datetime(2026, 6, 5, 15, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        (
            {"ship_by": APPOINTED_END, "ship_by_rule": "appointed", "appointed_date": date(2026, 6, 5)},
            "The buyer appointed 06-05: ships by 06-05 23:59",
        ),
        (
            {
                "ship_by": APPOINTED_END,
                "ship_by_rule": "appointed",
                "appointed_date": date(2026, 6, 5),
                "appointed_slot": "afternoon",
            },
            "The buyer appointed 06-05 afternoon: ships by 06-05 23:59",
        ),
    ],
)
def test_explain_ship_by_of_an_appointed_day_names_day_and_slot(facts, sentence):
    assert explain_ship_by(Order(**({"paid_at": NOON, "appointed_slot": ""} | facts))) == sentence


@pytest.mark.parametrize(
    ("facts", "previous", "before"),
    [
        ({}, NOON + timedelta(hours=48), "06-03 12:00 (Paid 06-01 12:00 + 48 h)"),
        ({}, NOON + timedelta(minutes=30), "06-01 12:30"),
        ({"presale_ship_at": NOON + timedelta(hours=9)}, NOON + timedelta(hours=9), "06-01 21:00 (Presale)"),
        ({"presale_ship_at": NOON + timedelta(hours=9)}, NOON + timedelta(hours=48), "06-03 12:00"),
        ({"appointed_date": date(2026, 6, 5)}, APPOINTED_END, "06-05 23:59 (The buyer appointed 06-05)"),
        ({"paid_at": None}, NOON, "06-01 12:00"),
    ],
)
def test_explain_ship_by_of_an_extension_says_what_held_before(facts, previous, before):
    order = Order(**(AGREED | facts))

    assert explain_ship_by(order, previous) == f"The buyer agreed to wait until 06-06 12:00; before: {before}"


FACTS = {
    "paid_at": (None, NOON, NOON + timedelta(microseconds=987654)),
    "presale_ship_at": (None, LATER),
    "appointed_date": (None, date(2026, 6, 3), date(2026, 12, 31), date(2028, 2, 29)),
    "extended_until": (None, LATER + timedelta(days=2)),
}


@pytest.mark.django_db
@pytest.mark.parametrize("hours", [1, 48, 72, 2160])
def test_the_import_computes_what_ship_by_of_computes(store, hours):
    order, columns = make_order(store=store), promise_values("o.paid_at", "o.presale_ship_at")
    store.promise_hours, differing = hours, []

    for values in itertools.product(*FACTS.values()):
        facts = dict(zip(FACTS, values, strict=True))
        Order.objects.filter(pk=order.pk).update(**facts)
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {columns['ship_by']}, {columns['ship_by_rule']} FROM orders_order o", {"hours": hours}
            )
            found = cursor.fetchone()
        if found != ship_by_of(store=store, **facts):
            differing.append((facts, found))

    assert differing == []


def later_file(tmp_path, **values):
    return save_list(tmp_path, [order_row("1001", **values)], name=LATER_FILE)


@pytest.mark.django_db
@pytest.mark.parametrize("rule", ["extension", "appointed"])
def test_an_import_after_an_agreement_keeps_it(store, tmp_path, rule):
    run(save_list(tmp_path, [order_row("1001", 订单状态=PAID)]))
    order = Order.objects.get()
    call = {"store": store, "order_id": order.pk, "actor": None, "at": order.paid_at}
    if rule == "extension":
        extend_promise(**call, until=order.ship_by + timedelta(days=3), agreement="可以等", image=None)
    else:
        appoint_date(**call, day=order.paid_at.date() + timedelta(days=9), slot="下午")
    agreed = Order.objects.values("ship_by", "ship_by_rule", "appointed_slot", "hold_kinds").get()

    report = run(later_file(tmp_path, 订单状态=PAID, 总金额="77.00"))

    assert report[0]["updated"] == 1
    assert Order.objects.values("ship_by", "ship_by_rule", "appointed_slot", "hold_kinds").get() == agreed
    assert agreed["ship_by_rule"] == rule
