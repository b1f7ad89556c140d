from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.core import queries
from orders.core.models import Order, OrderEvent
from orders.core.queries import Pace, pace_of
from orders.core.statuses import OrderStatus
from tests.factories import NOON, make_order, make_store, make_user

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def ship(store, count, *, actor, at=NOON - MINUTE, kind="shipped"):
    order = make_order(store=store, status=OrderStatus.SHIPPED)
    OrderEvent.objects.bulk_create(
        OrderEvent(store=store, order=order, kind=kind, source="staff", actor=actor, at=at) for _ in range(count)
    )


def wait(store, *hours, **values):
    """Make open orders that are due in so many hours."""
    return [make_order(store=store, ship_by=NOON + hour * HOUR, **values) for hour in hours]


def test_an_idle_empty_shop_misses_nothing(store):
    assert pace_of(store, NOON) == Pace(shipped_last_hour=0, open_count=0, overdue=0, will_miss=0, misses_at=None)


def test_only_what_people_shipped_within_the_hour_is_the_pace(store, other_store):
    person = make_user()
    ship(store, 3, actor=person)
    ship(store, 1, actor=person, at=NOON - HOUR)
    ship(store, 1, actor=person, at=NOON + MINUTE)
    ship(store, 5, actor=person, kind="flag_changed")
    ship(store, 7, actor=None)
    ship(other_store, 9, actor=person)

    assert pace_of(store, NOON).shipped_last_hour == 3


def test_at_two_an_hour_the_third_due_within_the_hour_is_missed(store):
    ship(store, 2, actor=make_user())
    wait(store, 1, 1, 1.25, 5)  # their turns come after 0.5, 1, 1.5 and 2 hours

    pace = pace_of(store, NOON)

    assert (pace.open_count, pace.overdue, pace.will_miss, pace.misses_at) == (4, 0, 1, NOON + 1.25 * HOUR)


def test_a_turn_right_at_the_end_of_the_promise_is_in_time(store):
    ship(store, 1, actor=make_user())
    wait(store, 1, 2, 3)

    assert pace_of(store, NOON).will_miss == 0


def test_overdue_orders_take_their_turns_and_are_not_counted_again(store):
    ship(store, 1, actor=make_user())
    wait(store, -3, -2, 2.5)  # the third ships after 3 hours

    pace = pace_of(store, NOON)

    assert (pace.overdue, pace.will_miss, pace.misses_at) == (2, 1, NOON + 2.5 * HOUR)


def test_with_nothing_shipped_what_is_due_within_four_hours_is_in_danger(store):
    wait(store, -1, 1, 3.9, 4.1)

    pace = pace_of(store, NOON)

    assert (pace.open_count, pace.overdue, pace.will_miss, pace.misses_at) == (4, 1, 2, NOON + HOUR)


def test_held_unpaid_shipped_and_foreign_orders_do_not_queue(store, other_store):
    wait(store, 1, hold_kinds=["risk"])
    wait(store, 1, status=OrderStatus.SHIPPED)
    make_order(store=store, status=OrderStatus.PENDING_PAYMENT)
    wait(other_store, 1)
    wait(store, 1, status=OrderStatus.PARTIALLY_SHIPPED)

    pace = pace_of(store, NOON)

    assert (pace.open_count, pace.will_miss) == (1, 1)


def test_a_very_long_queue_is_read_so_far(store, monkeypatch):
    monkeypatch.setattr(queries, "PACE_ROWS", 3)
    wait(store, 1, 1, 1, 1)

    assert pace_of(store, NOON).open_count == 3


@pytest.mark.parametrize("count", [1, 3])
def test_the_pace_takes_two_statements(store, count, django_assert_num_queries):
    wait(store, *range(count))

    with django_assert_num_queries(2):
        pace = pace_of(store, NOON)

    assert pace.open_count == count


def test_the_queue_is_read_from_its_indexes_alone():
    store = make_store()
    wait(store, *range(40))
    with CaptureQueriesContext(connection) as captured:
        pace_of(store, NOON)

    with connection.cursor() as cursor:
        cursor.execute("REINDEX TABLE orders_order; ANALYZE orders_order")  # what other tests left must not decide
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        cursor.execute(f"EXPLAIN {captured[1]['sql']}")
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert "Index Only Scan using order_open_ship_by" in plan, plan
    assert "Index Only Scan using order_held_kinds" in plan


def plain_pace(store, now, rows):
    """Say what the pace is by its definition: orders leave in the order of their ship-by times, held ones do not."""
    shipped = OrderEvent.objects.filter(store=store, kind="shipped", actor__isnull=False, at__gt=now - HOUR).count()
    each = HOUR / shipped if shipped else timedelta(0)
    ahead = timedelta(0) if shipped else 4 * HOUR
    queue = [
        order
        for order in Order.objects.filter(store=store, ship_by__isnull=False).order_by("ship_by", "pk")
        if order.is_open and not order.hold_kinds
    ][:rows]
    missed = [
        order.ship_by
        for turn, order in enumerate(queue, start=1)
        if now <= order.ship_by < now + ahead + turn * each
    ]  # fmt: skip
    overdue = sum(order.ship_by < now for order in queue)
    return Pace(shipped, len(queue), overdue, len(missed), min(missed, default=None))


@pytest.mark.parametrize("rows", [1, 4, 9, 14, 200])
@pytest.mark.parametrize("shipped", [0, 1, 3, 7])
def test_the_pace_is_that_of_the_definition(store, monkeypatch, rows, shipped):
    monkeypatch.setattr(queries, "PACE_ROWS", rows)
    if shipped:
        ship(store, shipped, actor=make_user())
    for turn in range(24):
        hold_kinds = ["risk"] if turn % 4 == 1 else []
        status = OrderStatus.PARTIALLY_SHIPPED if turn % 5 == 2 else OrderStatus.PENDING_SHIPMENT
        make_order(
            store=store, ship_by=NOON + (turn * 7 % 17 - 6) * HOUR / 2, hold_kinds=hold_kinds, status=status, lines=0
        )

    assert pace_of(store, NOON) == plain_pace(store, NOON, rows)
