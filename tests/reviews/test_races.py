"""Two people, or two workers, at the same review at the same moment."""

from threading import Event

import pytest
import time_machine
from django.db import connection, transaction

from aftersales.reviews.models import ReplyTemplate, Review, ReviewTask
from aftersales.reviews.services import (
    adopt_reviews,
    close_task,
    open_task,
    record_review,
    reply_review,
    save_settings,
    thank_reviews,
)
from aftersales.reviews.services.sentiment import read_sentiments
from backoffice.common.jobs import run_pending_jobs
from orders.core.models import OrderEvent
from orders.core.services import lock_order
from tests.factories import NOON, make_order
from tests.parallel import in_parallel
from tests.reviews.helpers import HOUR, make_record, make_review, make_template

pytestmark = pytest.mark.django_db(transaction=True)


def kinds(results):
    return sorted(type(one).__name__ for one in results)


def test_follow_up_is_closed_by_one(store):
    review = make_review(store, make_order(store=store), stars=1)
    ends = ("solved", "explained", "unreached")

    done = in_parallel(
        *[
            lambda end=end: close_task(
                store=store, review_id=review.pk, state=end, outcome=f"it is {end}", actor=None, at=NOON
            )
            for end in ends
        ]
    )

    assert kinds(done) == ["ReviewError", "ReviewError", "ReviewTask"]
    assert OrderEvent.objects.filter(kind="review_followed").count() == 1


def test_follow_up_is_opened_once(store):
    review = make_review(store, make_order(store=store))

    done = in_parallel(*[lambda: open_task(store=store, review_id=review.pk, actor=None, at=NOON)] * 3)

    assert (kinds(done), ReviewTask.objects.count()) == (["ReviewTask"] * 3, 1)


def test_reply_and_the_platforms_word_end_in_one_state(store, agent):
    order = make_order(store=store)
    review = make_review(store, order)
    later = make_record(order, snapshot_at=NOON + HOUR, reply="from the app")

    in_parallel(
        lambda: reply_review(store=store, review_id=review.pk, text="from here", actor=agent, at=NOON),
        lambda: record_review(store=store, record=later, at=NOON),
    )

    review.refresh_from_db()
    assert (review.reply, review.reply_state) == ("from the app", "sent")


def test_ready_reply_of_one_title_is_saved_once(store):
    done = in_parallel(*[lambda: make_template(store)] * 3)

    assert (kinds(done), ReplyTemplate.objects.count()) == (["ReplyTemplate", "ReviewError", "ReviewError"], 1)


def test_settings_are_saved_by_one(store):
    values = {"low_stars": 3, "task_hours": 1, "reply_days": 1, "forbidden_words": [], "actor": None, "at": NOON}

    done = in_parallel(*[lambda: save_settings(store=store, version=1, **values)] * 3)

    assert kinds(done) == ["ReviewError", "ReviewError", "ReviewSettings"]


def test_two_batches_thank_each_review_once(store, agent):
    reviews = [make_review(store, make_order(store=store)).pk for _at in range(4)]
    template = make_template(store)
    for _at in range(2):
        thank_reviews(store=store, template_id=template.pk, review_ids=reviews, actor=agent, at=NOON)

    with time_machine.travel(NOON, tick=True):
        in_parallel(run_pending_jobs, run_pending_jobs)

    assert OrderEvent.objects.filter(kind="review_replied").count() == 4
    assert ReplyTemplate.objects.get().use_count == 4


def test_reviews_are_tied_to_their_order_once(store):
    make_review(store, None, number="A77", line_key="A77-1")
    adopt_reviews(NOON)
    make_order(store=store, number="A77")
    adopt_reviews(NOON + HOUR)

    done = in_parallel(*[lambda: adopt_reviews(NOON + 2 * HOUR)] * 3)

    assert (sum(done), Review.objects.get().version) == (1, 2)


def test_an_order_that_somebody_is_saving_is_waited_for_alone(store):
    for number in ("A77", "A78"):
        make_review(store, None, number=number, line_key=f"{number}-1", key=number)
    adopt_reviews(NOON)
    first, second = (make_order(store=store, number=number) for number in ("A77", "A78"))
    adopt_reviews(NOON + HOUR)
    is_locked, is_over = Event(), Event()

    def save():
        with transaction.atomic():
            lock_order(store=store, order_id=second.pk)
            is_locked.set()
            is_over.wait(timeout=30)

    def look():
        is_locked.wait(timeout=30)
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '100ms'")
        try:
            return adopt_reviews(NOON + 2 * HOUR)
        finally:
            is_over.set()

    done = in_parallel(save, look)

    assert done == [None, 1]
    assert list(Review.objects.order_by("key").values_list("order", flat=True)) == [first.pk, None]
    assert adopt_reviews(NOON + 2 * HOUR) == 1


def test_tone_of_each_review_is_read_once(store):
    for _at in range(6):
        make_review(store, make_order(store=store))

    done = in_parallel(*[lambda: read_sentiments(limit=3)] * 2)

    assert (sum(done), Review.objects.filter(sentiment="").count()) == (6, 0)
