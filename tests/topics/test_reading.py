"""Reading texts for topics: what is found, what people decided, two at once, and one that is killed."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aftersales.reviews.models import Review
from aftersales.topics.models import TextDue, TopicMention
from aftersales.topics.services import decide_mention, mark_texts, read_due_texts, reading
from orders.notes.models import BuyerNote
from orders.notes.services import record_note
from tests.factories import NOON, make_line, make_order, make_store, make_title, make_user
from tests.parallel import in_parallel
from tests.refunds.cases import make_case
from tests.reviews.helpers import make_review
from tests.topics.helpers import found_in, make_topic, read_all

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    store = make_store()
    make_topic(store, "colour", words=["色差"])
    make_topic(store, "slow", words=["物流*慢"])
    return store


def review(store, text, **values):
    return make_review(store, key=f"r{Review.objects.count()}", text=text, **values)


def test_topics_are_found_in_all_three_sources(store):
    order = make_order(store=store, status="shipped")
    record_note(order=order, text="不要有色差", at=NOON)
    make_case(order=order, reason="质量问题", text="有色差")
    review(store, "色差大, 物流太慢")

    read_all(store)

    assert found_in(store) == [
        ("note", "colour", ""), ("refund", "colour", ""), ("review", "colour", ""), ("review", "slow", "")
    ]  # fmt: skip
    assert not TextDue.objects.exists()


def test_a_mention_knows_product_order_day_and_tone(store):
    order = make_order(store=store, status="shipped", lines=0)
    make_line(order=order, title="真丝连衣裙")
    record_note(order=order, text="怕有色差, 电话13812345678", at=NOON + timedelta(hours=12))

    read_all(store)

    mention = TopicMention.objects.get()
    assert mention.title == make_title(store=store, text="真丝连衣裙")
    assert mention.order_id == order.pk
    assert mention.day.isoformat() == "2026-06-02"  # midnight in Shanghai
    assert not mention.is_negative
    assert "色差" in mention.quote
    assert "13812345678" not in mention.quote


def test_a_note_on_several_products_is_about_none_of_them(store):
    order = make_order(store=store, lines=0)
    make_line(order=order, position=1, title="A")
    make_line(order=order, position=2, title="B")
    record_note(order=order, text="怕有色差", at=NOON)

    read_all(store)

    assert TopicMention.objects.get().title is None


@pytest.mark.parametrize(("result", "is_negative"), [("good", False), ("bad", True)])
def test_a_poor_review_is_negative(store, result, is_negative):
    review(store, "有色差", result=result, stars=None)

    read_all(store)

    assert TopicMention.objects.get().is_negative is is_negative


def test_a_changed_text_loses_and_gains_topics(store):
    one = review(store, "有色差")
    read_all(store)
    Review.objects.filter(pk=one.pk).update(text="物流太慢")

    read_all(store)

    assert found_in(store) == [("review", "slow", "")]


def test_reading_twice_writes_nothing(store, django_assert_max_num_queries):
    one = review(store, "有色差, 物流太慢")
    read_all(store)
    before = list(TopicMention.objects.order_by("pk").values_list())
    mark_texts(store=store, source="review", ids=[one.pk])

    with django_assert_max_num_queries(8):
        assert read_due_texts(store=store) == 1

    assert list(TopicMention.objects.order_by("pk").values_list()) == before


@pytest.mark.parametrize("verdict", ["confirmed", "rejected"])
def test_what_people_decided_stays(store, verdict):
    one = review(store, "有色差")
    read_all(store)
    mention = TopicMention.objects.get()
    decide_mention(store=store, mention_id=mention.pk, verdict=verdict, actor=make_user(store=store), at=NOON)

    mark_texts(store=store, source="review", ids=[one.pk])
    read_all(store)
    Review.objects.filter(pk=one.pk).update(text="很好", title=make_title(store=store, text="另一件"))
    read_all(store)

    mention.refresh_from_db()
    assert mention.verdict == verdict
    assert mention.title.text == "另一件"


def test_a_batch_is_bounded(store):
    for number in range(5):
        review(store, f"有色差 {number}")

    assert [read_due_texts(store=store, limit=2) for _ in range(4)] == [2, 2, 1, 0]
    assert TopicMention.objects.count() == 5


def test_statements_do_not_grow_with_texts(store):
    counts = []
    for number in (1, 20):
        for _ in range(number):
            review(store, "有色差")
        with CaptureQueriesContext(connection) as captured:
            read_due_texts(store=store)
        counts.append(len(captured))

    assert counts[0] == counts[1]


def test_another_store_is_left_alone(store):
    other = make_store()
    make_topic(other, "colour")
    review(other, "有色差")

    assert read_all(store) == 0
    assert read_all(other) == 1
    assert found_in(store) == []


def test_a_store_without_topics_reads_and_finds_nothing():
    store = make_store()
    review(store, "有色差")

    assert read_all(store) == 1
    assert not TopicMention.objects.exists()


def test_a_note_that_is_gone_leaves_no_mention_of_the_rules(store):
    order = make_order(store=store)
    record_note(order=order, text="怕有色差", at=NOON)
    read_all(store)
    note = BuyerNote.objects.get()
    mark_texts(store=store, source="note", ids=[note.pk])
    BuyerNote.objects.filter(pk=note.pk).update(text="")

    read_all(store)

    assert found_in(store) == []


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_read_each_text_once(store):
    for number in range(60):
        review(store, f"有色差 {number}")

    def work():
        done = 0
        while count := read_due_texts(store=store, limit=7):
            done += count
        return done

    counts = in_parallel(work, work)

    assert sum(counts) == 60
    assert TopicMention.objects.count() == 60
    assert not TextDue.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_batch_that_is_killed_leaves_its_marks_and_nothing_else(store, monkeypatch):
    for number in range(4):
        review(store, f"有色差 {number}")
    read_due_texts(store=store, limit=2)

    def killed(mentions):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(reading, "_write", killed)
        with pytest.raises(KeyboardInterrupt):
            read_due_texts(store=store, limit=2)

    assert TextDue.objects.count() == 2
    assert TopicMention.objects.count() == 2
    read_all(store)
    assert TopicMention.objects.count() == 4
