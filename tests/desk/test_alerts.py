"""What raises alerts: each thing once, in the store where it happened."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backoffice.common.models import Alert, AlertMark
from orders.core.models import Order
from orders.core.services import mark_paid, open_hold, record_event
from orders.core.statuses import EventKind, EventSource, HoldKind, OrderStatus
from orders.desk import alerts
from orders.desk.alerts import raise_due_alerts
from tests.factories import NOON, make_order, make_store

pytestmark = pytest.mark.django_db
TICK, LOOK = timedelta(seconds=15), timedelta(minutes=5)


@pytest.fixture(autouse=True)
def _started(db):
    raise_due_alerts(NOON)


def imported(store, status=OrderStatus.PENDING_SHIPMENT, **values) -> Order:
    order = make_order(store=store, status=status, **values)
    after = {"status": str(status)}
    record_event(order, EventKind.IMPORTED, actor=None, at=NOON, source=EventSource.PLATFORM, after=after)
    return order


def told(at=NOON + TICK):
    raise_due_alerts(at)
    return [(alert.store.code, alert.kind, alert.count, alert.subjects) for alert in Alert.objects.order_by("pk")]


def test_new_orders_are_told_once_and_per_store(store, other_store):
    for number in range(7):
        imported(store, number=f"A{number}")
    imported(other_store, number="B1")
    for status in (OrderStatus.COMPLETED, OrderStatus.SHIPPED, OrderStatus.PENDING_PAYMENT, OrderStatus.CLOSED):
        imported(store, status)

    expected = [("demo", "new_orders", 7, ["A0", "A1", "A2", "A3", "A4"]), ("other", "new_orders", 1, ["B1"])]
    assert told() == expected
    assert told(NOON + 2 * TICK) == expected
    assert set(Alert.objects.values_list("right", flat=True)) == {"view_orders"}


def test_order_that_is_paid_later_is_new_then(store, agent):
    by_hand, platform = (make_order(store=store, status=OrderStatus.PENDING_PAYMENT, number=n) for n in ("A1", "A2"))
    mark_paid(store=store, order_id=by_hand.pk, method="bank", actor=agent, at=NOON)
    record_event(
        platform, EventKind.PLATFORM_CHANGED, actor=None, at=NOON, source=EventSource.PLATFORM,
        before={"status": "pending_payment"}, after={"status": "pending_shipment"},
    )  # fmt: skip
    record_event(platform, EventKind.PLATFORM_CHANGED, actor=None, at=NOON, before={"city": "a"}, after={"city": "b"})

    assert told() == [("demo", "new_orders", 2, ["A1", "A2"])]


def test_deadlines_are_told_when_they_come_and_when_they_pass(store):
    soon = NOON + timedelta(hours=store.due_soon_hours)
    for number, ship_by in {
        "late long ago": NOON - timedelta(hours=1),
        "late just before": NOON,
        "late now": NOON + timedelta(seconds=1),
        "late at the look": NOON + LOOK,
        "late later": NOON + LOOK + timedelta(seconds=1),
        "soon before": soon,
        "soon now": soon + timedelta(seconds=5),
        "soon later": soon + LOOK + timedelta(seconds=1),
    }.items():
        make_order(store=store, number=number, ship_by=ship_by)
    make_order(store=store, status=OrderStatus.SHIPPED, ship_by=NOON + timedelta(seconds=1))
    make_order(store=make_store(is_active=False), ship_by=NOON + timedelta(seconds=1))

    first = [("demo", "due_soon", 1, ["soon now"]), ("demo", "overdue", 2, ["late now", "late at the look"])]
    assert told(NOON + LOOK - TICK) == []
    assert told(NOON + LOOK) == first
    assert told(NOON + LOOK + TICK) == first
    second = [("demo", "due_soon", 1, ["soon later"]), ("demo", "overdue", 1, ["late later"])]
    assert told(NOON + 2 * LOOK) == first + second


def test_deadlines_after_a_standstill_go_back_one_day(store):
    make_order(store=store, number="A1", ship_by=NOON + timedelta(days=1))
    make_order(store=store, number="A2", ship_by=NOON + timedelta(days=2))

    assert told(NOON + timedelta(days=2, hours=1)) == [("demo", "overdue", 1, ["A2"])]


def test_hold_by_a_rule_is_told_and_one_by_a_person_or_a_fact_is_not(store, agent):
    orders = [make_order(store=store, number=f"A{number}") for number in range(4)]
    by_rule = {"store": store, "actor": None, "at": NOON, "source": EventSource.RULE}
    for order, rule in zip(orders, ("big orders", "big orders", "remote places"), strict=False):
        open_hold(order_id=order.pk, kind=HoldKind.RISK, reason="", rule=rule, **by_rule)
    open_hold(order_id=orders[3].pk, kind=HoldKind.REFUND_OPEN, reason="", rule="refund", **by_rule)
    open_hold(store=store, order_id=orders[3].pk, kind=HoldKind.MANUAL, reason="wait", actor=agent, at=NOON)

    assert told() == [("demo", "held", 2, ["A0", "A1"]), ("demo", "held", 1, ["A2"])]
    assert list(Alert.objects.order_by("pk").values_list("data", "right")) == [
        ({"rule": "big orders"}, "work_orders"),
        ({"rule": "remote places"}, "work_orders"),
    ]


def test_note_that_changes_after_printing_is_told(store):
    printed_at = {"A1": NOON, "A2": None, "A3": NOON + timedelta(seconds=9)}
    for number, printed in printed_at.items():
        order = make_order(store=store, number=number, printed_at=printed)
        record_event(order, EventKind.NOTE_RECEIVED, actor=None, at=NOON + timedelta(seconds=1))

    assert told() == [("demo", "note_changed", 1, ["A1"])]


def test_first_look_tells_nothing_of_what_was_there(store):
    AlertMark.objects.all().delete()
    imported(store)
    make_order(store=store, ship_by=NOON + timedelta(seconds=1))

    assert told(NOON + LOOK) == []
    assert told(NOON + LOOK + TICK) == []


def test_event_that_another_still_writes_is_not_missed(store, monkeypatch):
    monkeypatch.setattr(alerts, "_is_being_written", lambda: True)
    imported(store, number="A1")

    assert told() == []
    imported(store, number="A2")
    assert told(NOON + 2 * TICK) == [("demo", "new_orders", 1, ["A1"])]
    monkeypatch.undo()
    assert told(NOON + 3 * TICK)[1:] == [("demo", "new_orders", 1, ["A2"])]


def test_clock_that_goes_back_tells_nothing_twice(store):
    make_order(store=store, number="A1", ship_by=NOON + timedelta(seconds=1))
    told(NOON + LOOK)

    assert len(told(NOON)) == 1
    assert len(told(NOON + 2 * LOOK)) == 1


@pytest.mark.parametrize("stores", [1, 3])
def test_look_asks_the_same_few_statements_whatever_there_is(stores):
    for _at in range(stores):
        make_order(store=make_store(), ship_by=NOON + timedelta(days=1))
    imported(make_store(), OrderStatus.COMPLETED)

    with CaptureQueriesContext(connection) as asked:
        raise_due_alerts(NOON + LOOK)

    statements = [query for query in asked if "SAVEPOINT" not in query["sql"]]
    assert len(statements) == 6
