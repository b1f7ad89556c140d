"""The demo shop's reviews: of every score, answered and not, with follow-ups and tasks, the same each time."""

import pytest

from aftersales.reviews.demo import furnish
from aftersales.reviews.demo_texts import BLAME, BLAME_LIQUID, BLAME_WORN, TEMPLATES
from aftersales.reviews.models import ReplyTemplate, Review, ReviewTask
from aftersales.topics.demo import furnish as furnish_topics
from aftersales.topics.models import TextDue, TopicMention
from tests.demo_shop import furnished_twice, open_shop
from tests.factories import NOON

pytestmark = pytest.mark.django_db(transaction=True)


def facts():
    reviews = Review.objects.order_by("key")
    columns = ("key", "stars", "text", "follow_up", "reply", "reply_state", "sentiment", "reviewed_at", "read_at")
    tasks = ReviewTask.objects.order_by("review__key")
    return list(reviews.values_list(*columns)), list(tasks.values_list("review__key", "state", "outcome"))


def test_same_dice_make_the_same_reviews_with_something_on_every_page():
    store = open_shop()

    first, second = furnished_twice(furnish, facts, store=store)

    assert first == second
    reviews = Review.objects.all()
    assert len(second[0]) >= 50
    assert set(reviews.values_list("stars", flat=True)) >= {1, 3, 4, 5}
    assert reviews.filter(read_at__isnull=True).exists()
    assert reviews.exclude(reply="").exists()
    assert reviews.exclude(follow_up="").exists()
    assert reviews.filter(is_default=True).exists()
    assert not reviews.filter(sentiment="").exists()
    assert not reviews.filter(order__isnull=True).exists()
    assert not reviews.filter(reviewed_at__gt=NOON).exists()
    assert ReviewTask.objects.exists()
    assert ReplyTemplate.objects.count() == len(TEMPLATES)


def test_topics_are_read_from_what_was_written():
    store = open_shop()

    furnished_twice(furnish, facts, store=store)
    furnished_twice(furnish_topics, lambda: None, store=store)

    assert not TextDue.objects.filter(store=store).exists()
    assert TopicMention.objects.filter(source="review").exists()


def test_blame_that_does_not_fit_all_goods_is_known_by_its_words():
    assert set(BLAME) > BLAME_WORN | BLAME_LIQUID
