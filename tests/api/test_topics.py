"""Topics over the API: their words, tries, mentions with verdicts, and what was done about a product."""

from datetime import timedelta

import pytest
from django.utils import timezone

from aftersales.topics.models import ProductAction, Topic, TopicMention
from backoffice.common.access import Role
from backoffice.common.clock import business_day
from orders.notes.models import FaqEntry
from tests.api.client import error, make_api
from tests.factories import make_order, make_title
from tests.reviews.helpers import make_review

SMALL = {"name": "尺码偏小", "words": ["偏小", "太小"], "not_words": ["不偏小"]}


@pytest.fixture
def api(store):
    return make_api(store, Role.MANAGER)


@pytest.fixture
def title(store):
    return make_title(store=store, text="羊绒围巾")


def make_mention(store, topic, title, source_id=1, **values):
    day = values.pop("day", business_day(timezone.now()))
    return TopicMention.objects.create(
        store=store, topic=topic, source="review", source_id=source_id, title=title, day=day, quote="真的太小了",
        **values,
    )  # fmt: skip


def make_topic(api, **values):
    return Topic.objects.get(pk=api.post("topics/", SMALL | values).json()["id"])


def test_topic_is_made_changed_and_listed(api):
    made = api.post("topics/", SMALL)
    path = f"topics/{made.json()['id']}/"
    changed = api.put(path, SMALL | {"words": ["偏小"], "is_active": False, "version": made.json()["version"]}).json()
    stale = api.put(path, SMALL | {"version": made.json()["version"]})

    assert made.status_code == 201, made.content
    assert (made.json()["words"], made.json()["is_complaint"]) == (["偏小", "太小"], True)
    assert (changed["words"], changed["is_active"]) == (["偏小"], False)
    assert (error(stale), stale.json()["current"]["words"]) == ((409, "version"), ["偏小"])
    assert [one["id"] for one in api.get("topics/").json()["results"]] == [changed["id"]]


def test_usual_topics_are_set_up_once(api):
    counts = [api.post("topics/usual/").json()["made"] for _ in range(2)]

    assert counts == [Topic.objects.count(), 0]
    assert counts[0] > 0


def test_words_are_tried_without_being_saved(api, store):
    make_review(store, make_order(store=store), text="裤子太小了, 穿不上")

    found = api.post("topics/try/", {"words": ["太小"]}).json()

    assert (found["tried"], found["hit_count"]) == (1, 1)
    assert [(hit["source"], hit["word"]) for hit in found["hits"]] == [("review", "太小")]
    assert not Topic.objects.exists()


@pytest.mark.parametrize("change", [{"name": ""}, {"words": []}, {"words": ["*"]}, {"words": ["x" * 41]}])
def test_topic_that_will_not_do_is_refused(api, change):
    assert api.post("topics/", SMALL | change).status_code == 422
    assert not Topic.objects.exists()


def test_mentions_are_narrowed_and_decided(api, store, title):
    topic = make_topic(api)
    first, second = make_mention(store, topic, title), make_mention(store, topic, None, source_id=2)

    rejected = api.put(f"mentions/{second.pk}/verdict/", {"verdict": "rejected"}).json()

    assert (rejected["verdict"], rejected["decided_by"]) == ("rejected", api.owner.username)
    assert [one["id"] for one in api.get("mentions/").json()["results"]] == [first.pk]
    found = api.get("mentions/", {"topic": topic.code, "title": title.pk, "source": "review"}).json()["results"]
    assert [(one["product"], one["quote"]) for one in found] == [("羊绒围巾", "真的太小了")]
    assert [one["id"] for one in api.get("mentions/", {"verdict": "rejected"}).json()["results"]] == [second.pk]
    assert error(api.put(f"mentions/{first.pk}/verdict/", {"verdict": "maybe"})) == (422, "invalid")


def test_mentions_go_page_by_page(api, store, title):
    topic, today = make_topic(api), business_day(timezone.now())
    for number in range(52):
        make_mention(store, topic, title, source_id=number, day=today - timedelta(days=number))

    first = api.get("mentions/").json()
    second = api.client.get(first["next"], headers={"Authorization": f"Bearer {api.clear}"}).json()

    assert (len(first["results"]), len(second["results"]), second["next"]) == (50, 2, None)


@pytest.mark.parametrize("query", [{"topic": "x"}, {"source": "x"}, {"verdict": "x"}, {"colour": "x"}])
def test_mentions_refuse_what_they_do_not_know(api, query):
    assert api.get("mentions/", query).status_code == 422


def test_action_is_written_down_and_taken_back(api, store, title):
    topic, today = make_topic(api), business_day(timezone.now()).isoformat()

    made = api.post("product-actions/", {"title": title.pk, "text": "尺码表已改", "day": today, "topic": topic.pk})
    listed = api.get("product-actions/", {"title": title.pk}).json()["results"]
    gone = api.delete(f"product-actions/{made.json()['id']}/")

    assert made.status_code == 201, made.content
    assert [(one["text"], one["topic"], one["by"]) for one in listed] == [
        ("尺码表已改", topic.code, api.owner.username)
    ]
    assert gone.status_code == 204
    assert ProductAction.objects.get().withdrawn_at is not None
    assert api.get("product-actions/", {"title": title.pk}).json()["results"] == []
    assert error(api.get("product-actions/")) == (422, "invalid")


def test_answer_is_drafted_from_a_topic(api, title):
    topic = make_topic(api)

    drafts = [api.post(f"topics/{topic.pk}/draft/", {"title": title.pk}) for _ in range(2)]

    assert [draft.status_code for draft in drafts] == [201, 201]
    assert {draft.json()["id"] for draft in drafts} == {FaqEntry.objects.get().pk}


def test_what_is_of_another_store_is_not_there(api, other_store):
    theirs, foreign = make_api(other_store, Role.MANAGER), make_title(store=other_store)
    topic = make_topic(theirs)
    mention = make_mention(other_store, topic, foreign)
    day = business_day(timezone.now()).isoformat()

    answers = [
        api.put(f"topics/{topic.pk}/", SMALL),
        api.post(f"topics/{topic.pk}/draft/", {"title": foreign.pk}),
        api.put(f"mentions/{mention.pk}/verdict/", {"verdict": "rejected"}),
        api.get("product-actions/", {"title": foreign.pk}),
        api.post("product-actions/", {"title": foreign.pk, "text": "x", "day": day}),
    ]

    assert [error(answer) for answer in answers] == [(404, "not_found")] * 5
    assert api.get("mentions/").json()["results"] == api.get("topics/").json()["results"] == []
