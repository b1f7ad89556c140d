"""What buyers speak of over the API: by topic, week and product, with the way to exactly the texts."""

from datetime import date, timedelta

import pytest
import time_machine

from analytics.rollups.runs import roll_range
from backoffice.common.access import Role
from tests.api.client import error, make_api
from tests.factories import NOON, make_order, make_title
from tests.topics.helpers import make_mention, make_topic

DAY = date(2026, 6, 1)  # a Monday


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOON + timedelta(days=1), tick=False):
        yield


@pytest.fixture
def api(store):
    return make_api(store, Role.MANAGER)


@pytest.fixture
def title(store):
    return make_order(store=store, placed_at=NOON, paid_at=NOON).lines.get().title


def roll(*stores):
    roll_range(stores=list(stores), first=DAY - timedelta(days=120), last=DAY, at=NOON)


def test_topics_are_the_rollups(api, store, other_store, title):
    topic = make_topic(store)
    make_mention(topic, title=title, day=DAY, is_negative=True)
    make_mention(topic, title=title, day=DAY - timedelta(days=7), source="note")
    make_mention(make_topic(other_store), day=DAY)
    roll(store, other_store)

    answer = api.get("analytics/topics/", {"weeks": "4"}).json()
    (row,) = answer["topics"]
    found = api.get(f"mentions/?{row['mentions_query']}").json()["results"]

    assert (row["topic"], row["mentions"], row["negative"], row["before"]) == (topic.code, 2, 1, 0)
    assert row["by_source"] == {"note": 1, "review": 1}
    assert [week["mentions"] for week in answer["weeks"]] == [0, 0, 1, 1]
    assert answer["weeks"][-1]["first"] == "2026-06-01"
    assert len(found) == 2


def test_products_are_those_that_buyers_speak_of(api, store, title):
    topic = make_topic(store)
    make_mention(topic, title=title, day=DAY)
    roll(store)

    (row,) = api.get("analytics/products/", {"q": title.text[:2]}).json()["results"]

    assert (row["title"], row["product"], row["mentions"]) == (title.pk, title.text, 1)
    assert (row["sales"]["orders"], row["returns"]["orders"]) == (1, 1)
    assert row["topics"] == [{"name": topic.name, "mentions": 1}]
    assert api.get("analytics/products/", {"q": "nothing of the kind"}).json()["results"] == []


def test_product_is_shown_with_the_words_of_buyers(api, store, title):
    mention = make_mention(make_topic(store), title=title, day=DAY)
    roll(store)

    found = api.get(f"analytics/products/{title.pk}/").json()

    assert (found["product"], found["sales"]["orders"]) == (title.text, 1)
    assert [quote["id"] for quote in found["quotes"]] == [mention.pk]
    assert len(found["weeks"]) == 13


def test_product_of_another_store_is_not_there(api, other_store):
    foreign = make_title(store=other_store).pk

    assert error(api.get(f"analytics/products/{foreign}/")) == (404, "not_found")


@pytest.mark.parametrize("query", [{"weeks": "5"}, {"colour": "red"}])
def test_figures_refuse_what_they_do_not_know(api, query):
    assert error(api.get("analytics/topics/", query)) == (422, "invalid")
