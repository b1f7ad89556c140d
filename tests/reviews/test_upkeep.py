"""What happens to reviews by themselves: their tone is read, topics get their words, secrets age and end."""

import pytest

from aftersales.reviews.models import Review
from aftersales.reviews.queries import response_times
from aftersales.reviews.queries.topics import addresses, count_texts, ids_after, newest_ids, texts_for_topics
from aftersales.reviews.sealed import purge_reviews, rotate
from aftersales.reviews.sentiment_tasks import create_due_sentiment
from aftersales.reviews.services import reply_review
from aftersales.reviews.services.sentiment import read_sentiments
from aftersales.topics.models import TextDue
from backoffice.common.jobs import run_pending_jobs
from backoffice.common.models import Job
from orders.core.models import Order
from orders.core.statuses import OrderStatus
from tests.factories import NOON, make_order
from tests.reviews.helpers import DAY, HOUR, make_record, make_review

pytestmark = pytest.mark.django_db


def test_tone_is_read_by_one_job(store):
    make_review(store, make_order(store=store), text="非常好看, 很喜欢, 质量很好")
    make_review(store, make_order(store=store), text="质量太差了, 一洗就破, 很失望", stars=1)
    make_review(store, make_order(store=store), text="此用户没有填写评价。")

    assert (create_due_sentiment(NOON), create_due_sentiment(NOON)) == (1, 0)
    run_pending_jobs()

    assert Job.objects.get(kind="sentiment").result == {"reviews": 3}
    assert list(Review.objects.order_by("pk").values_list("sentiment", flat=True)) == [
        "positive",
        "negative",
        "neutral",
    ]
    assert create_due_sentiment(NOON + HOUR) == 0


def test_follow_up_is_what_counts_for_the_tone(store):
    review = make_review(
        store, make_order(store=store), text="很好看", follow_up="质量太差了, 很失望", followed_up_at=NOON
    )

    assert (read_sentiments(), read_sentiments()) == (1, 0)
    review.refresh_from_db()
    assert review.sentiment == "negative"
    assert -100 <= review.sentiment_score < 0


def test_topics_get_the_words_of_the_buyer(store, other_store):
    plain = make_review(store, make_order(store=store), text="尺码偏小")
    silent = make_review(store, make_order(store=store), text="")
    later = make_review(store, make_order(store=store), text="", follow_up="缩水", followed_up_at=NOON)
    poor = make_review(store, make_order(store=store), text="差", stars=3)
    theirs = make_review(other_store, make_order(store=other_store))
    ids = [one.pk for one in (plain, silent, later, poor, theirs)]

    found = list(texts_for_topics(store, ids))

    assert [(one.id, one.text, one.said_at, one.is_negative) for one in found] == [
        (plain.pk, "尺码偏小", NOON - HOUR, False),
        (later.pk, "缩水", NOON, False),
        (poor.pk, "差", NOON - HOUR, True),
    ]
    assert (found[0].title_id, found[0].order_id) == (plain.title_id, plain.order_id)
    assert ids_after(store, 0, 9) == [plain.pk, later.pk, poor.pk]
    assert (ids_after(store, plain.pk, 1), newest_ids(store, 2)) == ([later.pk], [poor.pk, later.pk])
    assert (count_texts(store), count_texts(other_store)) == (3, 1)
    assert addresses(store, [plain.pk, theirs.pk]) == {plain.pk: f"/aftersales/reviews/{plain.pk}/"}
    assert set(TextDue.objects.values_list("source_id", flat=True)) == {plain.pk, poor.pk, theirs.pk, later.pk}


def test_first_answers_have_their_hours(store, agent):
    review = make_review(store, make_order(store=store))
    make_review(store, make_order(store=store), reply="thanks", replied_at=NOON)
    reply_review(store=store, review_id=review.pk, text="Thank you", actor=agent, at=NOON + HOUR)

    assert response_times(store, NOON - DAY, NOON + DAY) == [(agent.pk, 2.0)]
    assert response_times(store, NOON, NOON + DAY) == []


def test_words_as_written_get_new_keys_and_end_with_the_order(store):
    ended = make_order(store=store, status=OrderStatus.COMPLETED)
    Order.objects.filter(pk=ended.pk).update(completed_at=NOON - 181 * DAY)
    old = make_review(store, ended, text="call 13812341234")
    new = make_review(store, make_order(store=store), text="call 13812341234")
    lost = make_review(store, None, key="lost", text="call 13812341234", reviewed_at=NOON - 181 * DAY)

    assert rotate()["reviews"] == (0, 0)  # all under the current key
    assert purge_reviews(NOON) == {"reviews": 2}

    sealed = dict(Review.objects.values_list("pk", "sealed"))
    assert (sealed[old.pk], sealed[lost.pk], sealed[new.pk] is None) == (None, None, False)
    assert Review.objects.get(pk=old.pk).text == "call 138****1234"


def test_record_of_the_same_words_keeps_the_tone(store):
    order = make_order(store=store)
    review = make_review(store, order)
    Review.objects.filter(pk=review.pk).update(sentiment="positive")

    make_review(store, order, snapshot_at=NOON + HOUR, stars=4)

    review.refresh_from_db()
    assert (review.stars, review.sentiment) == (4, "positive")
    assert make_record(order).digest != make_record(order, stars=4).digest
