"""Topics and texts for tests."""

from typing import Any

from aftersales.topics.engine import Rule, matcher_of
from aftersales.topics.models import Topic, TopicMention
from aftersales.topics.services import read_due_texts
from backoffice.common.models import Store
from orders.core.models import ProductTitle
from tests.factories import NOON

SMALL = Rule(1, ("偏小", "小了"), ("声音",))
COLOUR = Rule(2, ("色差", "颜色*不一样"))
SLOW = Rule(3, ("物流*慢", "快递*慢"))
INVOICE = Rule(4, ("发票",), is_complaint=False)
SMELL = Rule(5, ("异味",))
RULES = (SMALL, COLOUR, SLOW, INVOICE, SMELL)


def topics_in(text: str, rules: tuple[Rule, ...] = RULES) -> list[int]:
    return [found.topic_id for found in matcher_of(rules).find(text)]


def make_topic(store: Store, code: str = "colour", **values: Any) -> Topic:
    plain: dict[str, Any] = {"name": code, "words": ["色差"], "updated_at": NOON}
    return Topic.objects.create(store=store, code=code, **(plain | values))


def make_mention(topic: Topic, *, title: ProductTitle | None = None, **values: Any) -> TopicMention:
    serial = TopicMention.objects.count() + 1
    plain: dict[str, Any] = {
        "source": "review",
        "source_id": 900_000 + serial,
        "day": NOON.date(),
        "quote": f"有色差 {serial}",
    }
    return TopicMention.objects.create(store=topic.store, topic=topic, title=title, **(plain | values))


def read_all(store: Store) -> int:
    done = 0
    while count := read_due_texts(store=store):
        done += count
    return done


def found_in(store: Store) -> list[tuple[str, str, str]]:
    """Return source, code and verdict of every mention."""
    rows = TopicMention.objects.filter(store=store).order_by("source", "source_id", "topic__code")
    return list(rows.values_list("source", "topic__code", "verdict"))
