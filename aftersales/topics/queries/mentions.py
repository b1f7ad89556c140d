"""The texts that speak of topics, the newest first, a page at a time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from aftersales.topics.models import ProductAction, TopicMention
from aftersales.topics.sources import source_of
from aftersales.topics.statuses import Verdict
from backoffice.common.models import Store
from backoffice.common.statements import fetch

PAGE_SIZE = 50
MOST_ACTIONS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What mentions are to have; all of it. Rejected ones are left out unless they are asked for."""

    topic: int | None = None
    title: int | None = None
    source: str = ""
    verdict: str | None = None
    first: date | None = None
    last: date | None = None
    is_negative: bool = False

    @property
    def conditions(self) -> dict[str, Any]:
        """Return the conditions on a mention `m`, each with its value."""
        about = {"m.topic_id = %s": self.topic, "m.title_id = %s": self.title or None}
        said = {"m.source = %s": self.source or None, "m.day >= %s": self.first, "m.day <= %s": self.last}
        fixed = {"m.title_id IS NULL AND %s": self.title == 0 or None, "m.is_negative AND %s": self.is_negative or None}
        given = {text: value for text, value in (about | said | fixed).items() if value is not None}
        if self.verdict is None:
            return given | {"m.verdict <> %s": Verdict.REJECTED.value}
        return given | {"m.verdict = %s": self.verdict}


class MentionRow(NamedTuple):
    """A text of a buyer that speaks of a topic, with what it is about and who looked at it."""

    pk: int
    topic_id: int
    topic_code: str
    topic_name: str
    source: str
    source_id: int
    title_id: int | None
    title_text: str | None
    day: date
    quote: str
    is_negative: bool
    verdict: str
    decided_username: str | None
    decided_name: str | None
    decided_at: datetime | None


class Mention(NamedTuple):
    """A mention with the page of what it was found in ("" where there is none)."""

    row: MentionRow
    url: str


class MentionPage(NamedTuple):
    mentions: list[Mention]
    next_key: str
    is_first: bool


_SELECT = """
SELECT m.id, m.topic_id, t.code, t.name, m.source, m.source_id, m.title_id, p.text, m.day, m.quote, m.is_negative,
    m.verdict, u.username, coalesce(nullif(u.display_name, ''), u.username), m.decided_at
FROM topics_topicmention AS m JOIN topics_topic AS t ON t.id = m.topic_id
LEFT JOIN orders_producttitle AS p ON p.id = m.title_id LEFT JOIN common_user AS u ON u.id = m.decided_by_id
WHERE """


def _rows(conditions: str, params: Sequence[Any]) -> list[MentionRow]:
    return [MentionRow._make(row) for row in fetch(_SELECT + conditions, params)]


def mention_page(store: Store, wanted: Wanted, *, after: str = "") -> MentionPage:
    """Return a page: one statement, and one per source for the addresses."""
    conditions = {"m.store_id = %s": store.pk} | wanted.conditions
    params = list(conditions.values())
    key = _key(after)
    if key is not None:
        conditions["(m.day, m.id) < (%s, %s)"] = None
        params += key
    text = f"{' AND '.join(conditions)} ORDER BY m.day DESC, m.id DESC LIMIT %s"
    found = _rows(text, [*params, PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    last = shown[-1] if len(found) > PAGE_SIZE else None
    return MentionPage(_with_urls(store, shown), f"{last.day.isoformat()}.{last.pk}" if last else "", key is None)


def mention_of(store: Store, pk: int) -> MentionRow:
    """Return one mention.

    Raises:
        TopicMention.DoesNotExist: the store has no such mention.
    """
    found = _rows("m.store_id = %s AND m.id = %s", [store.pk, pk])
    if not found:
        raise TopicMention.DoesNotExist
    return found[0]


def _key(text: str) -> tuple[date, int] | None:
    """Return where a page begins; a key that cannot be read is the beginning."""
    day, _dot, pk = text.partition(".")
    try:
        return date.fromisoformat(day), int(pk[:18])
    except ValueError:
        return None


def _with_urls(store: Store, rows: list[MentionRow]) -> list[Mention]:
    urls = {
        source: source_of(source).addresses(store, [row.source_id for row in rows if row.source == source])
        for source in sorted({row.source for row in rows})
    }
    return [Mention(row, urls[row.source].get(row.source_id, "")) for row in rows]


_NEWEST = """m.id IN (
    SELECT one.id FROM unnest(%s::bigint[]) AS topic (id) CROSS JOIN LATERAL (
        SELECT few.id FROM (
            (SELECT id, day, verdict FROM topics_topicmention WHERE store_id = %s AND title_id = %s
                AND topic_id = topic.id AND verdict = 'confirmed' ORDER BY day DESC, id DESC LIMIT %s)
            UNION ALL
            (SELECT id, day, verdict FROM topics_topicmention WHERE store_id = %s AND title_id = %s
                AND topic_id = topic.id AND verdict = '' ORDER BY day DESC, id DESC LIMIT %s)
        ) AS few ORDER BY few.verdict DESC, few.day DESC, few.id DESC LIMIT %s
    ) AS one
) ORDER BY m.topic_id, m.verdict DESC, m.day DESC, m.id DESC"""  # "confirmed" sorts after ""


def newest_mentions(store: Store, title: int, topics: Iterable[int], *, each: int) -> list[Mention]:
    """Return the newest mentions of each of these topics for one product, those that people confirmed first.

    A topic may have many thousands: the few of either verdict that can be among them are found by index.
    """
    return _with_urls(store, _rows(_NEWEST, [list(topics), *(store.pk, title, each) * 2, each]))


def product_actions(store: Store, title: int) -> list[ProductAction]:
    """Return what was done about a product, the newest first; what was taken back is left out."""
    actions = ProductAction.objects.filter(store=store, title=title, withdrawn_at__isnull=True)
    return list(actions.select_related("topic", "actor").order_by("-day", "-pk")[:MOST_ACTIONS])
