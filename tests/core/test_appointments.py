from datetime import date, timedelta

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils.module_loading import import_string

from backoffice.common.clock import day_start
from orders.core.models import Extension, Hold, Order, OrderEvent
from orders.core.services import (
    OrderError,
    VersionConflict,
    appoint_date,
    extend_promise,
    mark_paid,
    open_hold,
    release_due_appointments,
    withdraw_extension,
)
from orders.core.statuses import SHIPPABLE_STATUSES, OrderStatus
from tests.factories import NOON, make_order, make_store, make_user
from tests.parallel import in_parallel

pytestmark = pytest.mark.django_db
TODAY = date(2026, 6, 1)
FRIDAY = date(2026, 6, 5)
END_OF_FRIDAY = day_start(date(2026, 6, 6)) - timedelta(seconds=1)
MORNING = day_start(FRIDAY)


def appoint(order, day=FRIDAY, **values):
    return appoint_date(
        **({"store": order.store, "order_id": order.pk, "day": day, "actor": None, "at": NOON} | values)
    )


def test_an_appointed_day_moves_the_promise_and_holds_the_order():
    order, person = make_order(), make_user("li")

    appoint(order, slot=" 周五  下午 ", actor=person)

    order.refresh_from_db()
    event, hold = OrderEvent.objects.get(), Hold.objects.get()
    assert (order.appointed_date, order.appointed_slot, order.version) == (FRIDAY, "周五 下午", 2)
    assert (order.ship_by, order.ship_by_rule, order.hold_kinds) == (END_OF_FRIDAY, "appointed", ["appointed_date"])
    assert (hold.rule, hold.reason, hold.opened_by, hold.released_at) == ("appointed date", "2026-06-05", person, None)
    assert (event.kind, event.before["appointed_date"], event.after["appointed_date"]) == (
        "appointed",
        None,
        "2026-06-05",
    )
    assert (event.after["appointed_slot"], event.after["ship_by_rule"]) == ("周五 下午", "appointed")


def test_today_needs_no_hold():
    order = make_order()

    appoint(order, TODAY)

    order.refresh_from_db()
    assert (order.appointed_date, order.hold_kinds, order.ship_by_rule) == (TODAY, [], "appointed")


def test_another_day_moves_the_hold_with_it():
    order = make_order()
    appoint(order)

    appoint(order, FRIDAY + timedelta(days=1))

    order.refresh_from_db()
    assert (order.hold_kinds, order.ship_by) == (["appointed_date"], END_OF_FRIDAY + timedelta(days=1))
    assert Hold.objects.get(released_at=None).reason == "2026-06-06"
    assert Hold.objects.count() == 2


@pytest.mark.parametrize("day", [None, TODAY])
def test_no_day_or_today_releases_the_hold(day):
    order = make_order()
    appoint(order, slot="下午")

    appoint(order, day)

    order.refresh_from_db()
    assert (order.appointed_date, order.appointed_slot, order.hold_kinds) == (day, "", [])
    assert order.ship_by_rule == ("appointed" if day else "promise")
    assert Hold.objects.get().released_at == NOON


def test_the_same_day_and_slot_change_nothing():
    order = make_order()
    appoint(order, slot="下午")

    appoint(order, slot="下午 ")
    nothing = make_order()
    appoint(nothing, None)

    order.refresh_from_db()
    assert (order.version, OrderEvent.objects.count()) == (2, 1)


def test_another_slot_leaves_hold_and_extension():
    order = make_order()
    appoint(order)
    extend_promise(
        store=order.store, order_id=order.pk, until=NOON + timedelta(days=9), agreement="可以", image=None, actor=None,
        at=NOON,
    )  # fmt: skip

    appoint(order, slot="上午")

    order.refresh_from_db()
    assert (order.appointed_slot, order.ship_by_rule, Hold.objects.count()) == ("上午", "extension", 1)


def test_a_day_appointed_after_an_extension_counts():
    order = make_order()
    extend_promise(
        store=order.store, order_id=order.pk, until=NOON + timedelta(days=9), agreement="可以", image=None, actor=None,
        at=NOON,
    )  # fmt: skip

    appoint(order)

    order.refresh_from_db()
    assert (order.ship_by, order.ship_by_rule, order.extended_until) == (END_OF_FRIDAY, "appointed", None)
    assert Extension.objects.get().withdrawn_at == NOON
    assert OrderEvent.objects.latest("pk").before["ship_by_rule"] == "extension"


def test_an_extension_stands_again_when_the_day_is_taken_back():
    order, until = make_order(), NOON + timedelta(days=9)
    call = {"store": order.store, "order_id": order.pk, "actor": None}
    extend_promise(**call, until=until, agreement="可以", image=None, at=NOON)
    appoint(order, at=NOON + timedelta(minutes=1))
    appoint(order, FRIDAY + timedelta(days=1), at=NOON + timedelta(minutes=2))

    appoint(order, None, at=NOON + timedelta(minutes=3))
    revived = Order.objects.get()
    withdraw_extension(**call, reason="a mistake", at=NOON + timedelta(minutes=4))
    appoint(order, at=NOON + timedelta(minutes=5))
    appoint(order, None, at=NOON + timedelta(minutes=6))

    order.refresh_from_db()
    assert (revived.ship_by, revived.ship_by_rule, revived.extended_until) == (until, "extension", until)
    assert (order.ship_by_rule, order.extended_until) == ("promise", None)


@pytest.mark.parametrize(
    ("day", "slot", "sentence"),
    [
        (TODAY - timedelta(days=1), "", "2026-05-31 has passed"),
        (TODAY + timedelta(days=181), "", "at most 180 days"),
        (date.max, "", "at most 180 days"),
        (date.min, "", "has passed"),
        (FRIDAY, "下" * 41, "up to 40 characters"),
    ],
)
def test_impossible_days_and_slots_are_refused(day, slot, sentence):
    order = make_order()

    with pytest.raises(OrderError, match=sentence) as refusal:
        appoint(order, day, slot=slot)

    assert (refusal.value.code, Order.objects.get().version) == ("field", 1)


def test_a_number_in_the_slot_is_masked():
    order = make_order()

    appoint(order, slot="下午 13812341234")

    order.refresh_from_db()
    assert "13812341234" not in order.appointed_slot + str(OrderEvent.objects.get().after)


@pytest.mark.parametrize("status", OrderStatus)
def test_a_day_is_appointed_while_something_may_ship(status):
    order = make_order(status=status)

    if status in SHIPPABLE_STATUSES:
        appoint(order)
    else:
        with pytest.raises(OrderError, match="no day left to appoint"):
            appoint(order)

    assert Hold.objects.exists() == (status in SHIPPABLE_STATUSES)


def test_a_day_appointed_before_payment_counts_from_payment_on():
    order = make_order(status=OrderStatus.PENDING_PAYMENT)
    appoint(order)
    unpaid = Order.objects.get()

    mark_paid(store=order.store, order_id=order.pk, method="bank", actor=None, at=NOON)

    order.refresh_from_db()
    assert (unpaid.ship_by, unpaid.ship_by_rule) == (None, "")
    assert (order.ship_by, order.ship_by_rule, order.hold_kinds) == (END_OF_FRIDAY, "appointed", ["appointed_date"])


def test_another_store_and_a_stale_version_reach_nothing():
    order = make_order()

    with pytest.raises(Order.DoesNotExist):
        appoint(order, store=make_store())
    with pytest.raises(VersionConflict):
        appoint(order, version=7)

    assert (Hold.objects.count(), OrderEvent.objects.count()) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_of_two_days_appointed_at_once_one_stands():
    order = make_order()
    days = (FRIDAY, FRIDAY + timedelta(days=1))

    results = in_parallel(*(lambda day=day: appoint(order, day, version=1) for day in days))

    order.refresh_from_db()
    assert [type(result) for result in results if isinstance(result, Exception)] == [VersionConflict]
    assert (order.version, Hold.objects.get().reason) == (2, order.appointed_date.isoformat())


def test_the_hold_goes_on_the_morning_of_the_day():
    due, later = make_order(), make_order()
    appoint(due)
    appoint(later, FRIDAY + timedelta(days=1))

    before = release_due_appointments(MORNING - timedelta(seconds=1))
    released = release_due_appointments(MORNING)
    again = release_due_appointments(MORNING)

    due.refresh_from_db()
    later.refresh_from_db()
    event = due.events.latest("pk")
    assert (before, released, again) == (0, 1, 0)
    assert (due.hold_kinds, due.version, later.hold_kinds) == ([], 3, ["appointed_date"])
    assert (event.kind, event.source, event.actor) == ("hold_released", "system", None)
    assert (event.before, event.after) == ({"hold": "appointed_date", "line": None}, {"reason": "2026-06-05"})


def test_holds_by_hand_and_of_orders_that_left_stay():
    by_hand = make_order(appointed_date=TODAY)
    open_hold(store=by_hand.store, order_id=by_hand.pk, kind="appointed_date", reason="ask first", actor=None, at=NOON)
    unpaid, other = make_order(status=OrderStatus.PENDING_PAYMENT), make_order()
    appoint(unpaid)
    appoint(other)
    open_hold(store=other.store, order_id=other.pk, kind="risk", reason="strange", actor=None, at=NOON)

    released = release_due_appointments(MORNING + timedelta(days=1))

    kinds = [Order.objects.get(pk=order.pk).hold_kinds for order in (by_hand, unpaid, other)]
    assert (released, kinds) == (1, [["appointed_date"], ["appointed_date"], ["risk"]])


@pytest.mark.django_db(transaction=True)
def test_an_order_that_somebody_is_saving_has_the_next_turn():
    order = make_order()
    appoint(order)

    with transaction.atomic():
        list(Order.objects.locked())
        skipped = in_parallel(lambda: release_due_appointments(MORNING))
    released = release_due_appointments(MORNING)

    assert (skipped, released) == ([0], 1)


@pytest.mark.parametrize("count", [1, 3])
def test_a_quiet_tick_is_one_look_at_each_store(count, django_assert_num_queries):
    for _ in range(count):
        appoint(make_order(store=None))

    with django_assert_num_queries(1 + 3 * count):  # stores, then savepoint, orders, release
        release_due_appointments(NOON)

    assert connection.in_atomic_block


def test_the_tick_releases_appointments():
    assert release_due_appointments in [import_string(path) for path in settings.TICKERS]
