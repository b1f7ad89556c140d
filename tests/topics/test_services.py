"""Editing topics, deciding, what was done about products, drafts of answers, and the jobs."""

from datetime import timedelta

import pytest

from aftersales.topics.defaults import DEFAULT_TOPICS
from aftersales.topics.models import ProductAction, TextDue, Topic, TopicMention
from aftersales.topics.services import (
    TopicConflict,
    TopicError,
    add_action,
    decide_mention,
    draft_answer,
    save_topic,
    seed_topics,
    withdraw_action,
    words_of,
)
from aftersales.topics.tasks import create_due_topics, run_reread
from backoffice.common.jobs import JobRun, run_pending_jobs
from backoffice.common.jobs.runner import claim_next
from backoffice.common.models import AuditEntry, Job
from orders.core.models import ProductTitle
from orders.notes.models import FaqEntry
from tests.factories import NOON, make_order, make_store, make_title, make_user
from tests.reviews.helpers import make_review
from tests.topics.helpers import found_in, make_mention, make_topic, read_all

TODAY = NOON.date()

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return make_store()


@pytest.fixture
def li(store):
    return make_user("li", store=store)


def save(store, **values):
    plain = {"name": "色差", "words": ["色差"], "actor": None, "at": NOON}
    return save_topic(store=store, **(plain | values))


def test_a_new_store_gets_the_usual_topics_once(store):
    assert seed_topics(store=store, at=NOON) == len(DEFAULT_TOPICS)
    assert seed_topics(store=store, at=NOON) == 0
    assert Topic.objects.for_store(store).count() == len(DEFAULT_TOPICS)


def test_words_are_read_one_a_line_or_parted(store):
    assert words_of("色差，偏色\n颜色*不一样、色差  x\0") == ["色差", "偏色", "颜色*不一样", "x"]


def test_a_saved_topic_is_written_to_the_audit_and_read_for(store, li):
    topic = save(store, actor=li, words=["色差", "色差", " 偏色 "], not_words=["色差小"])

    assert (topic.words, topic.not_words, topic.version, topic.updated_by) == (["色差", "偏色"], ["色差小"], 1, li)
    assert AuditEntry.objects.get(action="topic_saved").subject == "色差"
    assert Job.objects.get(kind="topics_reread").requested_by == li


def test_a_new_name_alone_reads_nothing_again(store):
    topic = save(store)
    Job.objects.all().delete()

    save(store, topic_id=topic.pk, name="颜色")

    assert not Job.objects.exists()
    topic.refresh_from_db()
    assert (topic.name, topic.version) == ("颜色", 2)


def test_changes_before_the_job_begins_share_it(store):
    topic = save(store)

    save(store, topic_id=topic.pk, words=["偏色"])

    assert Job.objects.filter(kind="topics_reread").count() == 1


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"name": " "}, "A topic has a name of up to 40 characters."),
        ({"name": "x" * 41}, "A topic has a name of up to 40 characters."),
        ({"words": [" "]}, "Write down at least one word that says it."),
        ({"words": ["*"]}, "“*” will not do: a word has 1 to 40 characters beside “*”."),
        ({"words": [f"w{n}" for n in range(201)]}, "A topic has up to 200 words."),
        ({"not_words": ["x" * 41]}, f"“{'x' * 40}” will not do: a word has 1 to 40 characters beside “*”."),
    ],
)
def test_a_topic_that_will_not_do_is_refused(store, values, sentence):
    with pytest.raises(TopicError) as refusal:
        save(store, **values)

    assert str(refusal.value) == sentence
    assert not Topic.objects.exists()


def test_a_name_is_taken_once(store):
    save(store)

    with pytest.raises(TopicError, match="There is a topic “色差” already"):
        save(store)


def test_a_topic_that_somebody_saved_meanwhile_is_a_conflict(store):
    topic = save(store)
    save(store, topic_id=topic.pk, version=1, words=["偏色"])

    with pytest.raises(TopicConflict) as refusal:
        save(store, topic_id=topic.pk, version=1, words=["色"])

    assert refusal.value.code == "version"
    topic.refresh_from_db()
    assert topic.words == ["偏色"]


def test_a_topic_of_another_store_is_not_there(store):
    topic = save(make_store())

    with pytest.raises(Topic.DoesNotExist):
        save(store, topic_id=topic.pk)


def test_people_confirm_reject_and_leave_it_to_the_rules(store, li):
    mention = make_mention(make_topic(store))

    decide_mention(store=store, mention_id=mention.pk, verdict="confirmed", actor=li, at=NOON)
    mention.refresh_from_db()
    assert (mention.verdict, mention.decided_by, mention.decided_at) == ("confirmed", li, NOON)

    decide_mention(store=store, mention_id=mention.pk, verdict="", actor=li, at=NOON)
    mention.refresh_from_db()
    assert (mention.verdict, mention.decided_by, mention.decided_at) == ("", None, None)


def test_a_strange_verdict_and_a_mention_elsewhere_are_refused(store, li):
    mention = make_mention(make_topic(make_store()))

    with pytest.raises(TopicError):
        decide_mention(store=store, mention_id=mention.pk, verdict="maybe", actor=li, at=NOON)
    with pytest.raises(TopicMention.DoesNotExist):
        decide_mention(store=store, mention_id=mention.pk, verdict="confirmed", actor=li, at=NOON)


def test_what_was_done_is_written_down_and_taken_back(store, li):
    title, topic = make_title(store=store), make_topic(store)

    action = add_action(
        store=store, title_id=title.pk, text=" 改尺码表,  13812345678", day=TODAY, topic_id=topic.pk, actor=li, at=NOON
    )
    withdraw_action(store=store, action_id=action.pk, at=NOON)

    held = ProductAction.objects.get()
    assert held.text.startswith("改尺码表, ")
    assert "13812345678" not in held.text
    assert (held.topic, held.actor, held.withdrawn_at) == (topic, li, NOON)


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"text": " "}, TopicError),
        ({"text": "x" * 301}, TopicError),
        ({"day": TODAY + timedelta(days=1)}, TopicError),
        ({"topic_id": 0}, TopicError),
        ({"title_id": 0}, ProductTitle.DoesNotExist),
    ],
)
def test_an_action_that_will_not_do_is_refused(store, li, values, error):
    plain = {"title_id": make_title(store=store).pk, "text": "x", "day": TODAY, "actor": li, "at": NOON}

    with pytest.raises(error):
        add_action(store=store, **(plain | values))


def test_a_topic_becomes_a_draft_of_an_answer_once(store, li):
    title, topic = make_title(store=store), make_topic(store, name="尺码偏小")
    for verdict in ("", "confirmed", "rejected"):
        make_mention(topic, title=title, verdict=verdict)

    entry = draft_answer(store=store, topic_id=topic.pk, title_id=title.pk, actor=li, at=NOON)
    again = draft_answer(store=store, topic_id=topic.pk, title_id=title.pk, actor=li, at=NOON)

    assert again == entry
    assert FaqEntry.objects.get().question == "尺码偏小: what should I know before I buy?"
    assert (entry.product, entry.is_draft, entry.note_count) == (title.text, True, 2)


def test_due_texts_get_a_job_and_usual_topics(store):
    make_review(store, text="色差太大")

    assert create_due_topics(NOON) == 1
    assert create_due_topics(NOON) == 0  # one is at it
    run_pending_jobs()

    assert found_in(store) == [("review", "colour_off", "")]
    assert create_due_topics(NOON) == 0


def test_changed_words_read_every_text_again(store):
    topic = make_topic(store, "colour")
    make_review(store, text="色差太大, 很薄", order=make_order(store=store))
    read_all(store)
    save(store, topic_id=topic.pk, name="薄", words=["很薄"])

    run_pending_jobs()

    assert "很薄" in TopicMention.objects.get().quote
    job = Job.objects.get(kind="topics_reread")
    assert (job.state, job.result, job.rows_done, job.rows_total) == ("done", {"texts": 1}, 1, 1)


def test_a_reading_that_was_killed_goes_on_where_it_was(store, monkeypatch):
    make_topic(store, "colour")
    for number in range(5):
        make_review(store, key=f"r{number}", text="色差")
    TextDue.objects.all().delete()
    Job.objects.create(store=store, kind="topics_reread", not_before=NOON, created_at=NOON)
    monkeypatch.setattr("aftersales.topics.tasks.BATCH", 2)
    run = JobRun(claim_next(now=NOON))
    steps = iter([None, KeyboardInterrupt])
    update = JobRun.update

    def killed(self, **values):
        update(self, **values)
        if "params" in values and next(steps):
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(JobRun, "update", killed)
        with pytest.raises(KeyboardInterrupt):
            run_reread(run)
    held = TopicMention.objects.count()
    run_reread(run)

    assert held == 4
    assert TopicMention.objects.count() == 5
    assert run.job.rows_done == 5
