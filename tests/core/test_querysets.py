from datetime import timedelta

import pytest

from orders.core.models import Order
from orders.core.statuses import OPEN_STATUSES, Acceptance, NoteState, OrderStatus
from tests.factories import NOON, make_order, make_store, make_user

pytestmark = pytest.mark.django_db


def found(rows):
    return list(rows.order_by("pk"))


def test_every_status_has_its_word():
    store = make_store()
    orders = {status: make_order(store=store, status=status) for status in OrderStatus}
    mine = Order.objects.for_store(store)

    assert found(mine.pending_payment()) == [orders["pending_payment"]]
    assert found(mine.pending_shipment()) == [orders[status] for status in OPEN_STATUSES]
    assert found(mine.shipped()) == [orders["shipped"]]
    assert found(mine.completed()) == [orders["completed"]]
    assert found(mine.closed()) == [orders["closed"]]
    assert [order.is_open for order in orders.values()] == [False, True, True, False, False, False]
    assert not Order.objects.for_store(make_store()).exists()


def test_sub_queues_part_what_is_ready_from_what_is_not():
    ready = make_order()
    unreviewed = make_order(acceptance=Acceptance.UNREVIEWED)
    held = make_order(hold_kinds=["out_of_stock"])
    noted = make_order(note_state=NoteState.UNHANDLED, hold_kinds=["note_unhandled"])
    refunding = make_order(has_open_refund=True, hold_kinds=["refund_open"])

    assert found(Order.objects.ready()) == [ready]
    assert found(Order.objects.unreviewed()) == [unreviewed]
    assert found(Order.objects.held()) == [held, noted, refunding]
    assert found(Order.objects.out_of_stock()) == [held]
    assert found(Order.objects.note_unhandled()) == [noted]
    assert found(Order.objects.in_aftersales()) == [refunding]


def test_due_soon_begins_now_and_ends_with_its_last_moment():
    late, now, soon, _later = (
        make_order(ship_by=NOON + timedelta(seconds=seconds)) for seconds in (-1, 0, 4 * 3600, 4 * 3600 + 1)
    )

    assert found(Order.objects.overdue(NOON)) == [late]
    assert found(Order.objects.due_within(NOON, 4)) == [now, soon]


def test_a_claim_counts_until_it_ends():
    person = make_user()
    live = make_order(claimed_by=person, claim_expires_at=NOON + timedelta(minutes=1))
    ended = make_order(claimed_by=person, claim_expires_at=NOON)
    free = make_order()

    assert found(Order.objects.claimed_by([person], NOON)) == [live]
    assert found(Order.objects.unclaimed(NOON)) == [ended, free]
    assert [order.is_claimed(NOON) for order in (live, ended, free)] == [True, False, False]
