"""Replies, follow-ups, ready replies, thanks and settings: what each refuses, and what each leaves behind."""

import pytest
import time_machine

from aftersales.reviews.models import ReplyTemplate, Review, ReviewTask
from aftersales.reviews.services import (
    ReviewConflict,
    ReviewError,
    close_task,
    delete_template,
    mark_read,
    open_task,
    own_task,
    preview_thanks,
    reply_review,
    save_settings,
    save_template,
    thank_reviews,
)
from backoffice.common.access import Role
from backoffice.common.jobs import run_pending_jobs
from backoffice.common.models import AuditEntry, JobRow
from orders.core.models import OrderEvent
from tests.factories import NOON, make_order, make_user
from tests.parallel import in_parallel
from tests.reviews.helpers import DAY, HOUR, make_review, make_template

pytestmark = pytest.mark.django_db


@pytest.fixture
def review(store):
    return make_review(store, make_order(store=store))


@pytest.fixture
def poor(store):
    return make_review(store, make_order(store=store), stars=1, result="bad", text="差")


def reply(review, text="Thank you", **values):
    return reply_review(
        **({"store": review.store, "review_id": review.pk, "text": text, "actor": None, "at": NOON} | values)
    )


def test_reply_is_recorded_with_who_when_and_an_event(review, agent):
    done = reply(review, " Thank you, {buyer} of {shop} ", actor=agent)

    review.refresh_from_db()
    assert (review.reply, review.reply_state) == ("Thank you, t**5 of Demo", "recorded")
    assert (review.replied_by, review.replied_at, review.read_by, done.version) == (agent, NOON, agent, 2)
    event = OrderEvent.objects.order_by("pk").last()
    assert (event.kind, event.actor, event.after) == ("review_replied", agent, {"reply": review.reply})


def test_reply_of_500_characters_is_taken_and_of_501_is_not(review):
    with pytest.raises(ReviewError, match="up to 500 characters; this one has 501") as refused:
        reply(review, "好" * 501)

    assert (refused.value.code, Review.objects.get().reply) == ("field", "")
    assert reply(review, "好" * 500).reply == "好" * 500


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (" ", "Write the reply"),
        ("pay to 6222 0210 0111 6245 702", "bank card"),
        ("６２２２０２１００１１１６２４５７０２", "bank card"),
        ("call 13812345678", "phone number"),
        ("好评返现 5 元", "好评返现"),
        ("our secret word", "secret"),
    ],
)
def test_reply_that_must_not_go_out_is_refused_with_the_reason(review, text, reason):
    review.store.forbidden_words = ["secret"]

    with pytest.raises(ReviewError, match=reason) as refused:
        reply(review, text)

    assert (refused.value.code, Review.objects.get().reply_state) == ("field", "")


def test_reply_after_the_platforms_days_is_refused(review):
    reply(review, at=review.reviewed_at + 30 * DAY)

    with pytest.raises(ReviewError, match="time for a reply is over: it ended 2026-07-01") as refused:
        reply(review, "again", at=review.reviewed_at + 30 * DAY + HOUR)

    assert (refused.value.code, Review.objects.get().reply) == ("state", "Thank you")


def test_reply_after_the_buyers_follow_up_is_refused(store):
    review = make_review(store, make_order(store=store), follow_up="it tore", followed_up_at=NOON)

    with pytest.raises(ReviewError, match="no reply after it"):
        reply(review)


def test_reply_that_stands_on_the_platform_is_not_rewritten(store):
    review = make_review(store, make_order(store=store), reply="thanks")

    with pytest.raises(ReviewError, match="shows a reply already"):
        reply(review, "other")


def test_recorded_reply_may_be_rewritten_and_keeps_its_first_time(review, agent):
    reply(review, actor=agent)

    reply(review, "better", at=NOON + HOUR)

    review.refresh_from_db()
    assert (review.reply, review.replied_by, review.replied_at) == ("better", agent, NOON)


def test_same_reply_twice_is_one(review):
    reply(review)

    reply(review, at=NOON + HOUR)

    assert (Review.objects.get().version, OrderEvent.objects.filter(kind="review_replied").count()) == (2, 1)


def test_stale_version_is_a_conflict(review):
    reply(review, version=1)

    with pytest.raises(ReviewConflict) as refused:
        reply(review, "other", version=1)

    assert (refused.value.code, refused.value.review.reply) == ("version", "Thank you")


def test_review_of_another_store_is_not_there(review, other_store):
    with pytest.raises(Review.DoesNotExist):
        reply(review, store=other_store)
    with pytest.raises(Review.DoesNotExist):
        open_task(store=other_store, review_id=review.pk, actor=None, at=NOON)

    assert mark_read(store=other_store, review_ids=[review.pk], actor=make_user(), at=NOON) == 0


@pytest.mark.django_db(transaction=True)
def test_two_first_replies_at_once_are_one(store, agent):
    review = make_review(store, make_order(store=store))

    done = in_parallel(*[lambda at=at: reply(review, f"text {at}", is_first=True) for at in range(3)])

    assert sorted(type(one).__name__ for one in done) == ["Review", "ReviewError", "ReviewError"]
    assert OrderEvent.objects.filter(kind="review_replied").count() == 1


def test_reading_is_noted_once(review, agent, manager):
    assert mark_read(store=review.store, review_ids=[review.pk], actor=agent, at=NOON) == 1

    assert mark_read(store=review.store, review_ids=[review.pk], actor=manager, at=NOON + HOUR) == 0
    review.refresh_from_db()
    assert (review.read_by, review.read_at, review.version) == (agent, NOON, 1)


# Follow-ups


def test_follow_up_is_owned_and_closed_with_what_came_of_it(poor, agent):
    own_task(store=poor.store, review_id=poor.pk, owner=agent)

    task = close_task(
        store=poor.store, review_id=poor.pk, state="solved", outcome="sent 13812341234 another", actor=agent, at=NOON
    )

    assert (task.owner, task.state, task.closed_by, task.closed_at) == (agent, "solved", agent, NOON)
    assert task.outcome == "sent 138****1234 another"
    event = OrderEvent.objects.order_by("pk").last()
    assert (event.kind, event.after) == ("review_followed", {"review_end": "solved", "outcome": task.outcome})


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"state": "open"}, "field"),
        ({"state": "x"}, "field"),
        ({"outcome": ""}, "field"),
        ({"outcome": "6222021001116245702"}, "field"),
        ({"outcome": "x" * 301}, "field"),
        ({"version": 7}, "version"),
    ],
)
def test_end_that_will_not_do_is_refused(poor, values, code):
    plain = {"state": "solved", "outcome": "ok", "actor": None, "at": NOON}

    with pytest.raises(ReviewError) as refused:
        close_task(store=poor.store, review_id=poor.pk, **(plain | values))

    assert (refused.value.code, ReviewTask.objects.get().state) == (code, "open")


def test_follow_up_is_closed_once(poor, agent):
    close_task(store=poor.store, review_id=poor.pk, state="solved", outcome="ok", actor=agent, at=NOON)

    with pytest.raises(ReviewError, match=r"closed already: Solved with the buyer \(agent\)"):
        close_task(store=poor.store, review_id=poor.pk, state="unreached", outcome="ok", actor=None, at=NOON)


def test_follow_up_is_opened_by_hand_once_and_again_after_its_end(review, agent):
    first = open_task(store=review.store, review_id=review.pk, actor=agent, at=NOON)
    assert open_task(store=review.store, review_id=review.pk, actor=None, at=NOON) == first
    close_task(store=review.store, review_id=review.pk, state="explained", outcome="ok", actor=agent, at=NOON)

    again = open_task(store=review.store, review_id=review.pk, actor=None, at=NOON + DAY)

    assert (again.pk, again.state, again.outcome, again.closed_at) == (first.pk, "open", "", None)
    assert (again.deadline, ReviewTask.objects.count()) == (NOON + 2 * DAY, 1)


def test_follow_up_is_for_people_who_may_answer(poor, warehouse, outsider, manager):
    for person in (warehouse, outsider):
        with pytest.raises(ReviewError, match="may not answer reviews"):
            own_task(store=poor.store, review_id=poor.pk, owner=person)

    assert own_task(store=poor.store, review_id=poor.pk, owner=manager).owner == manager
    assert own_task(store=poor.store, review_id=poor.pk, owner=None).owner is None


def test_review_without_a_follow_up_has_none_to_close(review, agent):
    with pytest.raises(ReviewError, match="no open follow-up"):
        close_task(store=review.store, review_id=review.pk, state="solved", outcome="ok", actor=agent, at=NOON)


# Ready replies


def test_ready_reply_is_saved_changed_and_deleted(store, manager):
    template = make_template(store, actor=manager, results=["good", "good", ""])

    changed = make_template(store, template_id=template.pk, text="Thanks", is_thanks=False)

    assert (changed.pk, changed.text, changed.results, changed.is_thanks) == (template.pk, "Thanks", [], False)
    assert template.results == ["", "good"]
    delete_template(store=store, template_id=template.pk, actor=manager, at=NOON)
    assert (ReplyTemplate.objects.count(), AuditEntry.objects.filter(action__startswith="reply_template").count()) == (
        0,
        3,
    )


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"title": " "}, "title of up to 60"),
        ({"title": "x" * 61}, "title of up to 60"),
        ({"text": ""}, "Write the reply"),
        ({"text": "x" * 501}, "up to 500"),
        ({"text": "加微信 abc"}, "加微信"),
        ({"text": "4111 1111 1111 1111"}, "bank card"),
        ({"text": "Dear {name}"}, r"\{name\} is not known"),
        ({"results": ["great"]}, "no result of a review"),
    ],
)
def test_ready_reply_that_will_not_do_is_refused(store, values, reason):
    with pytest.raises(ReviewError, match=reason) as refused:
        make_template(store, **values)

    assert (refused.value.code, ReplyTemplate.objects.count()) == ("field", 0)


def test_title_is_given_once_in_a_store(store, other_store):
    make_template(store)
    make_template(other_store)

    with pytest.raises(ReviewError, match="already"):
        make_template(store)


def test_ready_reply_of_another_store_is_not_there(store, other_store):
    template = make_template(store)

    with pytest.raises(ReplyTemplate.DoesNotExist):
        save_template(store=other_store, title="x", text="x", actor=None, at=NOON, template_id=template.pk)
    with pytest.raises(ReplyTemplate.DoesNotExist):
        delete_template(store=other_store, template_id=template.pk, actor=None, at=NOON)


# Thanks to many


@pytest.fixture
def many(store):
    """Two good ones, a poor one, an answered one and one whose buyer wrote on."""
    good = [make_review(store, make_order(store=store)) for _at in range(2)]
    poor = make_review(store, make_order(store=store), stars=3, result="neutral")
    answered = make_review(store, make_order(store=store), reply="thanks")
    followed = make_review(store, make_order(store=store), follow_up="it tore", followed_up_at=NOON)
    return [*good, poor, answered, followed]


def test_preview_says_who_gets_what_and_why_the_others_do_not(store, many):
    preview = preview_thanks(
        store=store, template=make_template(store), review_ids=[review.pk for review in many] + [0], at=NOON
    )

    assert preview.ids == [many[0].pk, many[1].pk]
    assert [text for _review, text in preview.examples] == ["Thank you t**5 for 真丝连衣裙"] * 2
    assert preview.left_out == {
        "It is no good review.": 1,
        "It is answered already.": 1,
        "The buyer has written a follow-up: the platform takes no reply after it.": 1,
    }


def test_thanks_are_written_once_with_a_row_for_each(store, many, agent):
    job = thank_reviews(
        store=store,
        template_id=make_template(store).pk,
        review_ids=[review.pk for review in many],
        actor=agent,
        at=NOON,
    )
    reply(many[1], "somebody was faster")

    with time_machine.travel(NOON, tick=False):
        run_pending_jobs()

    job.refresh_from_db()
    assert (job.state, job.result) == ("done", {"done": 1, "left_out": 1})
    assert list(JobRow.objects.order_by("position").values_list("subject", "outcome", "reason")) == [
        (many[0].order_number, "done", ""),
        (many[1].order_number, "skipped", "It is answered already."),
    ]
    many[0].refresh_from_db()
    assert (many[0].reply, many[0].replied_by) == ("Thank you t**5 for 真丝连衣裙", agent)
    assert ReplyTemplate.objects.get().use_count == 1


def test_thanks_need_a_ready_reply_for_many_and_somebody_to_thank(store, many, other_store):
    alone, theirs = make_template(store, is_thanks=False), make_template(other_store)
    values = {"store": store, "review_ids": [many[0].pk], "actor": None, "at": NOON}

    with pytest.raises(ReviewError, match="not meant for many"):
        thank_reviews(**values, template_id=alone.pk)
    with pytest.raises(ReplyTemplate.DoesNotExist):
        thank_reviews(**values, template_id=theirs.pk)
    with pytest.raises(ReviewError, match=r"None of these reviews can be thanked: It is no good review\."):
        thank_reviews(**values | {"review_ids": [many[2].pk]}, template_id=make_template(store, title="x").pk)


# Settings


def settings(store, **values):
    plain = {"low_stars": 3, "task_hours": 12, "reply_days": 15, "forbidden_words": ["  a  b ", "a b", ""]}
    return save_settings(store=store, actor=None, at=NOON, **(plain | values))


def test_settings_are_kept_and_used(store):
    saved = settings(store)

    store.refresh_from_db()
    assert (saved.low_stars, saved.version, store.forbidden_words) == (3, 2, ["a b"])
    review = make_review(store, make_order(store=store), stars=3)
    assert review.task.deadline == NOON + 12 * HOUR


@pytest.mark.parametrize(
    "values",
    [{"low_stars": 6}, {"low_stars": -1}, {"task_hours": 0}, {"reply_days": 366}, {"forbidden_words": ["x" * 41]}],
)
def test_settings_that_will_not_do_are_refused(store, values):
    with pytest.raises(ReviewError) as refused:
        settings(store, **values)

    assert refused.value.code == "field"


def test_settings_saved_by_two_are_a_conflict(store):
    settings(store, version=1)

    with pytest.raises(ReviewError) as refused:
        settings(store, version=1)

    assert refused.value.code == "version"


def test_people_who_left_have_no_follow_ups(poor, store):
    gone = make_user(store=store, roles=(Role.AGENT,))
    gone.memberships.update(is_active=False)

    with pytest.raises(ReviewError, match="may not answer"):
        own_task(store=store, review_id=poor.pk, owner=gone)


def test_number_of_an_order_is_no_bank_card(store, agent):
    number = "4111111111111111"  # with a card's check digit, as one order number in ten
    review = make_review(store, make_order(store=store, number=number))

    with pytest.raises(ReviewError, match="looks like a bank card number"):
        reply_review(store=store, review_id=review.pk, text="4242424242424242", actor=agent, at=NOON)
    replied = reply_review(store=store, review_id=review.pk, text="{number} 已补发", actor=agent, at=NOON)

    assert replied.reply == f"{number} 已补发"
