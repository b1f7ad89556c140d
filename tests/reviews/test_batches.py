"""Many records at once: the same reviews, events, follow-ups and outcomes as one after another."""

from dataclasses import replace

import pytest
from django.db import IntegrityError, connection, transaction

from aftersales.reviews.models import Review, ReviewTask
from aftersales.reviews.queries import settings_of
from aftersales.reviews.services import batches
from aftersales.reviews.services.base import Doing
from aftersales.reviews.services.batches import record_batch
from aftersales.reviews.services.recording import record_quietly
from orders.core.models import Order, OrderEvent, ProductTitle
from orders.core.services import OrderError, lock_order
from orders.core.statuses import EventSource
from tests.factories import NOON, make_line, make_order
from tests.parallel import in_parallel
from tests.reviews.helpers import DAY, HOUR, make_record

DOING = Doing(None, NOON, EventSource.PLATFORM)


def record_all(store, records):
    return record_batch(store, records, settings_of(store), DOING)


def record_each(store, records):
    settings, done = settings_of(store), []
    for record in records:
        try:
            with transaction.atomic():
                done.append(record_quietly(store, record, settings, DOING))
        except OrderError as error:
            done.append(error)
    return done


def outcomes(done):
    return [str(one) if isinstance(one, OrderError) else (one.outcome, one.task is not None) for one in done]


def facts():
    reviews = Review.objects.order_by("key").values_list(
        "key", "order__number", "line__key", "buyer__nick", "title__text", "text", "follow_up", "result", "stars",
        "reply", "reply_state", "read_at", "is_default", "version", "snapshot_at", "content_hash",
    )  # fmt: skip
    events = OrderEvent.objects.order_by("order__number", "order_version")
    return {
        "reviews": list(reviews),
        "sealed": Review.objects.filter(sealed__isnull=False).count(),
        "events": list(events.values_list("order__number", "order_version", "kind", "source", "after", "at")),
        "orders": list(Order.objects.order_by("number").values_list("number", "version", "updated_at")),
        "tasks": list(ReviewTask.objects.order_by("review__key").values_list("review__key", "deadline", "state")),
        "titles": set(ProductTitle.objects.values_list("text", flat=True)),
    }


def make_records(store):
    """Return what an export may hold: new, poor, of no known order, twice, newer, older, silent, none at all."""
    orders = [make_order(store=store, number=f"A{at}") for at in range(4)]
    make_line(order=orders[0], key="A0-2", product_id="77")
    first = make_record(orders[0])
    return [
        first,
        make_record(orders[1], stars=1, result="bad", text="打电话 13800138000"),
        first,
        make_record(orders[0], line_key="A0-2", stars=2),
        make_record(None, number="B1", line_key="1", title="围巾", nick="somebody"),
        make_record(None, number="B2", line_key="1", title="围巾", stars=1),
        make_record(None, key="r9", title="新款"),
        replace(first, text="newer", snapshot_at=NOON + HOUR),
        replace(first, text="older", snapshot_at=NOON - HOUR),
        replace(first, line_key="", key="r7", snapshot_at=NOON + 2 * HOUR, product_id="1"),
        make_record(orders[2], text="", reply="谢谢", reviewed_at=NOON - 50 * DAY, stars=1),
        make_record(orders[3], stars=9),
        make_record(None, number="", key=""),
        make_record(orders[3], result="strange"),
    ]  # fmt: skip


@pytest.mark.django_db
def test_batch_is_the_same_as_one_after_another(store):
    records = make_records(store)
    records = sorted(records, key=lambda record: record.review_key)
    with transaction.atomic():
        expected = outcomes(record_each(store, records)), facts()
        transaction.set_rollback(True)

    done = record_all(store, records)

    assert (outcomes(done), facts()) == expected
    assert len({one[0] for one in expected[0] if isinstance(one, tuple)}) >= 3


@pytest.mark.django_db
def test_batch_twice_changes_nothing(store):
    records = make_records(store)
    record_all(store, records)
    before = facts()

    again = record_all(store, records)

    assert facts() == before
    assert {one[0] for one in outcomes(again) if isinstance(one, tuple)} <= {"unchanged", "stale"}


@pytest.mark.django_db
def test_batch_takes_as_many_statements_for_thirty_as_for_three(store, django_assert_max_num_queries):
    orders = [make_order(store=store) for _at in range(30)]

    with django_assert_max_num_queries(13):
        record_all(store, [make_record(order, stars=1) for order in orders])

    assert (Review.objects.count(), ReviewTask.objects.count(), OrderEvent.objects.count()) == (30, 30, 30)


@pytest.mark.django_db
def test_batch_that_fails_is_taken_in_one_by_one(store, monkeypatch):
    records = sorted(make_records(store), key=lambda record: record.review_key)
    with transaction.atomic():
        expected = outcomes(record_each(store, records)), facts()
        transaction.set_rollback(True)

    def fail(_batch):
        raise IntegrityError

    monkeypatch.setattr(batches._Batch, "_write_new", fail)
    done = record_all(store, records)

    assert (outcomes(done), facts()) == expected


@pytest.mark.django_db(transaction=True)
def test_two_transactions_with_the_same_reviews_wait_for_each_other(store):
    orders = [make_order(store=store) for _at in range(12)]
    records = [make_record(order) for order in orders] + [
        make_record(None, number=f"B{at}", line_key="1", title=f"new {at}") for at in range(12)
    ]

    def take(some):
        with transaction.atomic():
            return [outcomes(record_all(store, part)) for part in (some,)]

    done = in_parallel(lambda: take(records), lambda: take(records[::-1]), lambda: take(records[::2] + records[1::2]))

    assert sorted(one for part in done for [found] in [part] for one in found) == (
        [("created", False)] * 24 + [("unchanged", False)] * 48
    )
    assert (Review.objects.count(), OrderEvent.objects.count()) == (24, 12)


@pytest.mark.django_db(transaction=True)
def test_order_that_somebody_is_saving_is_refused_alone(store):
    held, free = make_order(store=store, number="A1"), make_order(store=store, number="A2")
    records = [make_record(held), make_record(free)]

    def save():
        with transaction.atomic():
            lock_order(store=store, order_id=held.pk)
            return take_in_beside(store, records)

    done = save()

    assert (str(done[0]).startswith("Somebody is saving"), done[1]) == (True, ("created", False))


def take_in_beside(store, records):
    """Take records in on a connection of its own, while this one holds its locks."""

    def take():
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '100ms'")
        return outcomes(record_all(store, records))

    return in_parallel(take)[0]
