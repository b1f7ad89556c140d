"""The texts that speak of topics, the newest first, a page at a time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.db.models import F, Q, QuerySet, Window
from django.db.models.expressions import RawSQL
from django.db.models.functions import RowNumber

from aftersales.topics.models import ProductAction, TopicMention
from aftersales.topics.sources import source_of
from aftersales.topics.statuses import Verdict
from backoffice.common.models import Store

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
    def condition(self) -> Q:
        where = ~Q(verdict=Verdict.REJECTED) if self.verdict is None else Q(verdict=self.verdict)
        if self.topic is not None:
            where &= Q(topic=self.topic)
        if self.title is not None:
            where &= Q(title=self.title) if self.title else Q(title__isnull=True)
        if self.source:
            where &= Q(source=self.source)
        if self.is_negative:
            where &= Q(is_negative=True)
        return where & self._days

    @property
    def _days(self) -> Q:
        where = Q()
        if self.first:
            where &= Q(day__gte=self.first)
        if self.last:
            where &= Q(day__lte=self.last)
        return where


class Mention(NamedTuple):
    """A mention with the page of what it was found in ("" where there is none)."""

    row: TopicMention
    url: str


class MentionPage(NamedTuple):
    mentions: list[Mention]
    next_key: str
    is_first: bool


def mention_page(store: Store, wanted: Wanted, *, after: str = "") -> MentionPage:
    """Return a page: one statement, and one per source for the addresses."""
    rows = TopicMention.objects.filter(wanted.condition, store=store).select_related("topic", "title", "decided_by")
    key = _key(after)
    if key is not None:
        day, pk = key
        rows = rows.filter(Q(day__lt=day) | Q(day=day, pk__lt=pk), day__lte=day)
    found = list(rows.order_by("-day", "-pk")[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    last = shown[-1] if len(found) > PAGE_SIZE else None
    return MentionPage(_with_urls(store, shown), f"{last.day.isoformat()}.{last.pk}" if last else "", key is None)


def _key(text: str) -> tuple[date, int] | None:
    """Return where a page begins; a key that cannot be read is the beginning."""
    day, _dot, pk = text.partition(".")
    try:
        return date.fromisoformat(day), int(pk[:18])
    except ValueError:
        return None


def _with_urls(store: Store, rows: list[TopicMention]) -> list[Mention]:
    urls = {
        source: source_of(source).addresses(store, [row.source_id for row in rows if row.source == source])
        for source in sorted({row.source for row in rows})
    }
    return [Mention(row, urls[row.source].get(row.source_id, "")) for row in rows]


_NEWEST = """
SELECT m.id FROM unnest(%s::bigint[]) AS t (id) CROSS JOIN LATERAL (
    (SELECT id FROM topics_topicmention WHERE store_id = %s AND title_id = %s AND topic_id = t.id
        AND verdict = 'confirmed' ORDER BY day DESC, id DESC LIMIT %s)
    UNION ALL
    (SELECT id FROM topics_topicmention WHERE store_id = %s AND title_id = %s AND topic_id = t.id
        AND verdict = '' ORDER BY day DESC, id DESC LIMIT %s)
) AS m
"""


def newest_mentions(store: Store, title: int, topics: Iterable[int], *, each: int) -> list[Mention]:
    """Return the newest mentions of each of these topics for one product, those that people confirmed first.

    A topic may have many thousands: the few of either verdict that can be among them are found by index.
    """
    few = RawSQL(_NEWEST, (list(topics), *(store.pk, title, each) * 2))  # noqa: S611 # nosec B611 # as parameters
    number = Window(RowNumber(), partition_by=F("topic"), order_by=[_confirmed_first(), "-day", "-id"])
    rows: QuerySet[TopicMention] = TopicMention.objects.filter(store=store, pk__in=few)
    rows = rows.annotate(number=number).filter(number__lte=each)
    return _with_urls(store, list(rows.select_related("topic", "decided_by").order_by("topic", "number")))


def _confirmed_first() -> str:
    return "-verdict"  # "confirmed" sorts after ""


def product_actions(store: Store, title: int) -> list[ProductAction]:
    """Return what was done about a product, the newest first; what was taken back is left out."""
    actions = ProductAction.objects.filter(store=store, title=title, withdrawn_at__isnull=True)
    return list(actions.select_related("topic", "actor").order_by("-day", "-pk")[:MOST_ACTIONS])
