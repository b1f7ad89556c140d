"""However the inbox finds what it is narrowed to, by an index or on the way along the tab, the reviews are the same."""

from itertools import product

import pytest
from django.utils import timezone

from aftersales.reviews.models import Review, ReviewTask
from aftersales.reviews.queries import TABS, Wanted, find_reviews, review_page
from aftersales.topics.models import Topic, TopicMention
from tests.factories import NOON, make_order
from tests.reviews.helpers import HOUR, make_review

pytestmark = pytest.mark.django_db

TEXTS = ("质量好", "质量太差, 掉色", "颜色很正", "")
FINDING = "aftersales.reviews.queries.finding"
PLAIN = (
    {}, {"result": "bad"}, {"stars": 1, "sentiment": "negative"}, {"last": (NOON - 30 * HOUR).date()}
)  # fmt: skip
ASKED = (
    {"q": "质量"}, {"q": "没有"}, {"q": "掉色"}, {"product": "丝"}, {"product": "真丝", "q": "质量"},
    {"product": "围巾"}, {"product": "没有"}, {"product": "围巾", "q": "掉色"}, {"topic": 1},
    {"q": "A%_质", "product": "%"},
    {"topic": 1, "q": "质量", "product": "围巾"},
    {"q": "好"}, {},
)  # fmt: skip


@pytest.fixture
def topic(store):
    """Twenty-four reviews of three products, every third of which speaks of the topic."""
    topic = Topic.objects.create(store=store, code="quality", name="质量", words=["质量"], updated_at=NOON)
    for at in range(24):
        stars = at % 5 + 1
        values = {"stars": stars, "result": ("bad", "bad", "neutral", "good", "good")[stars - 1]}
        later = (
            {"follow_up": "围巾掉色" if at % 2 else "还行", "followed_up_at": NOON - (24 - at) * HOUR} if at % 4 else {}
        )
        title = ("真丝围巾", "羊毛围巾", "真丝衬衫")[at % 3]
        review = make_review(
            store, make_order(store=store) if at % 5 else None, key=f"r{at}", text=TEXTS[at % 4],
            reviewed_at=NOON - 2 * at * HOUR, title=title, **values, **later,
        )  # fmt: skip
        if at % 3 == 0:
            TopicMention.objects.create(
                store=store, topic=topic, source="review", source_id=review.pk, day=NOON.date(), quote="质量",
                verdict="rejected" if at == 3 else "",
            )  # fmt: skip
    Review.objects.filter(stars__lte=2).update(sentiment="negative")
    assert ReviewTask.objects.exists()
    return topic


def listed(store, tab, wanted):
    """Return the ids of all pages, there and back."""
    found = find_reviews(store, wanted, tab=tab)
    pages, after = [], ""
    while True:
        page = review_page(store, tab=tab, where=found.where, first=found.first, after=after, size=2)
        pages += [row["id"] for row in page.rows]
        if not page.next:
            return pages, found.count
        after = page.next


def expected(store, tab, asked):
    """Return what a plain look at every review says."""
    reviews = TABS[tab].of(Review.objects.for_store(store), store).select_related("title").order_by(*TABS[tab].order())
    said = set(TopicMention.objects.exclude(verdict="rejected").values_list("source_id", flat=True))
    return [review.pk for review in reviews if _fits(review, said, **asked)]


def _fits(review, said, *, q="", product="", topic=None, last=None, **plain):
    words = ("" if review.is_default else review.text, review.follow_up)
    return (
        all(getattr(review, name) == value for name, value in plain.items())
        and any(q in text for text in words)
        and product in (review.title.text if review.title else "")
        and (topic is None or review.pk in said)
        and (last is None or timezone.localtime(review.reviewed_at).date() <= last)
    )


DEPTHS = {
    "as it is": {},
    "everything is many": {"DEPTHS": dict.fromkeys(("covered", "short", "first", "timed", "last"), 2), "COUNT_CAP": 1},
    "the top tells": {"MET": 3, "ENOUGH": 3},
    "indexes tell": {"DEPTHS": {"covered": 1, "short": 1, "first": 1, "timed": 24, "last": 24}, "COUNT_CAP": 6},
    "the way tells": {
        "DEPTHS": {"covered": 99, "short": 4, "first": 4, "timed": 99, "last": 99},
        "COUNT_CAP": 1, "MET": 4, "ENOUGH": 3,
    },
}  # fmt: skip


@pytest.mark.parametrize("name", DEPTHS)
def test_filters_find_the_same_in_every_way(store, topic, monkeypatch, name):
    for constant, value in DEPTHS[name].items():
        monkeypatch.setattr(f"{FINDING}.{constant}", value)

    for tab, asked, plain in product(TABS, ASKED, PLAIN):
        wanted = asked | plain | ({"topic": topic.pk} if "topic" in asked else {})
        ids, count = listed(store, tab, Wanted(**wanted))

        assert ids == expected(store, tab, wanted), (tab, wanted)
        assert count is None or name != "as it is" or count == len(ids)


def test_long_list_says_that_there_are_more(store, topic, agent_client, monkeypatch):
    monkeypatch.setattr(f"{FINDING}.MET", 3)
    monkeypatch.setattr(f"{FINDING}.ENOUGH", 2)
    monkeypatch.setattr(
        "aftersales.reviews.views.inbox.review_page.__kwdefaults__", {"after": "", "before": "", "size": 2}
    )

    html = agent_client.get("/aftersales/reviews/?tab=all&q=质量", headers={"HX-Request": "true"}).content.decode()

    assert 'data-total="2" data-capped' in html
    assert "2 of 2+" in html
