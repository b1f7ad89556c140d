"""Counts of the sub-queues: those of their lists, from one statement that is compiled once."""

from datetime import timedelta

import pytest
from django.db.models import Q

from orders.core.models import Order
from orders.core.statuses import Acceptance, NoteState, OrderStatus
from orders.desk import queries
from orders.desk.queries import sub_counts
from orders.desk.queues import SUB_QUEUES, SubQueue
from tests.factories import NOON, make_order, make_store, make_user

pytestmark = pytest.mark.django_db


def make_open(store, person, count=30):
    for turn in range(count):
        make_order(
            store=store,
            lines=0,
            ship_by=NOON + timedelta(hours=turn * 7 % 41 - 5),
            status=(OrderStatus.PENDING_SHIPMENT, OrderStatus.PARTIALLY_SHIPPED, OrderStatus.SHIPPED)[turn % 3],
            acceptance=Acceptance.UNREVIEWED if turn % 4 == 0 else Acceptance.ACCEPTED,
            hold_kinds=[[], ["out_of_stock"], [], ["risk"]][turn % 4],
            note_state=NoteState.UNHANDLED if turn % 5 == 0 else NoteState.NONE,
            claimed_by=person if turn % 2 else None,
            claim_expires_at=NOON + timedelta(minutes=turn - 9) if turn % 2 else None,
        )


def listed(store, user, now):
    orders = Order.objects.for_store(store).pending_shipment()
    return {sub.key: orders.filter(sub.condition(store, user, now)).count() for sub in SUB_QUEUES}


@pytest.mark.parametrize("hours", [0, 4, 30])
def test_sub_counts_are_those_of_the_lists_of_every_store_person_and_time(hours):
    person, other = make_user(), make_user()
    for store in (make_store(due_soon_hours=hours), make_store(due_soon_hours=2)):
        make_open(store, person)

        for now in (NOON, NOON + timedelta(hours=11, minutes=59), NOON + timedelta(days=1)):
            assert sub_counts(store, person, now) == listed(store, person, now)
        assert sub_counts(store, other, NOON) == listed(store, other, NOON)
    assert sub_counts(store, None, NOON)["mine"] == 0


def test_sub_counts_end_at_the_cap(store, monkeypatch):
    monkeypatch.setattr(queries, "SUB_CAP", 2)
    for _turn in range(4):
        make_order(store=store, lines=0)

    assert sub_counts(store, None, NOON)["ready"] == 3


def test_a_condition_with_a_time_of_its_own_is_refused(monkeypatch):
    yesterday = SubQueue("late", "Late", lambda *_a: Q(ship_by__lt=NOON))
    monkeypatch.setattr(queries, "SUB_QUEUES", (yesterday,))

    with pytest.raises(TypeError):
        queries._sub_counts.__wrapped__(1)
