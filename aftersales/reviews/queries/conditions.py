"""The conditions that narrow the inbox, each as an index finds it and as rows are compared on the way along a tab.

A bare column invites the planner to an index on it; where many reviews fit, reading all of them to sort them takes
longer than walking along the tab until enough were met, so there the columns are dressed in something that changes
nothing.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import BooleanField, CharField, Exists, F, Func, IntegerField, OuterRef, Q, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.lookups import Exact

from aftersales.topics.models import TopicMention
from aftersales.topics.statuses import Source, Verdict
from backoffice.common.clock import day_bounds, day_start
from backoffice.common.models import Store
from orders.core.pieces import PIECE, Holds, IsAny, has_case, pieces_of
from orders.core.queries import titles_with


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the reviews of a list are to have; all of it."""

    result: str = ""
    stars: int | None = None
    sentiment: str = ""
    product: str = ""  # part of a title
    q: str = ""  # part of what the buyer wrote
    topic: int | None = None
    first: date | None = None
    last: date | None = None

    @property
    def is_indexed(self) -> bool:
        """Tell whether an index finds what is wanted, better than the way along the tab does."""
        return bool(self.product or len(self.q) >= PIECE or self.topic)


# Statements are compiled with samples, each unlike any other value in them, whose places the real values take.
SAMPLE_STORE = Store(pk=-1)
_STARS, _TOPIC, _FIRST, _LAST = 77, -3, date(2001, 2, 3), date(2002, 3, 4)  # stars are never below zero


def sample_of(wanted: Wanted) -> Wanted:
    """Return samples for all that is wanted: of the same length and case as far as these count."""
    return Wanted(
        result=wanted.result and "?result",
        stars=None if wanted.stars is None else _STARS,
        sentiment=wanted.sentiment and "?tone",
        product=_sample_text(wanted.product, "≈"),
        q=_sample_text(wanted.q, "≡"),
        topic=None if wanted.topic is None else _TOPIC,
        first=wanted.first and _FIRST,
        last=wanted.last and _LAST,
    )


def _sample_text(text: str, sign: str) -> str:
    letter = {"≈": "ƀ", "≡": "ɓ"}[sign] if has_case(text) else sign
    return letter * min(len(text), PIECE)


def own_values(store: Store, wanted: Wanted) -> dict[Any, Any]:
    """Return the value for each sample, as it stands in a statement."""
    values: dict[Any, Any] = {SAMPLE_STORE.pk: store.pk, _STARS: wanted.stars, _TOPIC: wanted.topic}
    values |= {"?result": wanted.result, "?tone": wanted.sentiment}
    samples = sample_of(wanted)
    for sample, text in ((samples.product, wanted.product), (samples.q, wanted.q)):
        values |= {sample: text, f"%{sample}%": f"%{connection.ops.prep_for_like_query(text)}%"}
    if wanted.first:
        values[day_start(_FIRST)] = day_start(wanted.first)
    if wanted.last:
        values[day_bounds(_LAST)[1]] = day_bounds(wanted.last)[1]
    return values


class _DressedText(Func):
    template = "(%(expressions)s || '')"
    output_field = CharField()


class _DressedNumber(Func):
    template = "(%(expressions)s + 0)"
    output_field = IntegerField()


class Dressed(Func):
    template = "(%(expressions)s IS TRUE)"
    output_field = BooleanField()


def plain(wanted: Wanted, *, is_bare: bool = True) -> Q:
    """Return the conditions on the review's own columns but its words."""
    where = _exactly("result", wanted.result, is_bare=is_bare) if wanted.result else Q()
    if wanted.stars is not None:
        where &= _exactly("stars", wanted.stars, is_bare=is_bare)
    if wanted.sentiment:
        where &= _exactly("sentiment", wanted.sentiment, is_bare=is_bare)
    if wanted.first:
        where &= Q(reviewed_at__gte=day_start(wanted.first))
    if wanted.last:
        where &= Q(reviewed_at__lt=day_bounds(wanted.last)[1])
    return where


def _exactly(name: str, value: str | int, *, is_bare: bool) -> Q:
    if is_bare:
        return Q(**{name: value})
    dressed: Func = _DressedText(F(name)) if isinstance(value, str) else _DressedNumber(F(name))
    return Q(Exact(dressed, Value(value)))


def has_text(text: str) -> Q:
    """Compare without case only where a text has any, as Chinese has not."""
    if not text:
        return Q()
    how = "icontains" if has_case(text) else "contains"
    said = Q(is_default=False, **{f"text__{how}": text})
    return said | (~Q(follow_up="") & Q(**{f"follow_up__{how}": text}))


def text_in_index(text: str) -> Q:
    """Return what an index finds of a text: the reviews with all its pieces, in whatever order."""
    if len(text) < PIECE:
        return Q()
    pieces = pieces_of(Value(text))
    said = Q(Holds(pieces_of(F("text")), pieces), is_default=False)
    return said | (Q(Holds(pieces_of(F("follow_up")), pieces)) & ~Q(follow_up=""))


def has_title(store: Store, word: str, *, is_bare: bool = True) -> Q:
    if not word:
        return Q()
    title: Combinable = F("title") if is_bare else _DressedNumber(F("title"))
    return Q(IsAny(title, ArraySubquery(titles_with(store, word).values("pk"))))


def mentions_of(store: Store, topic: int) -> QuerySet[TopicMention]:
    """Return where reviews speak of a topic; `source_id` is the review."""
    mentions = TopicMention.objects.filter(store=store, topic=topic, source=Source.REVIEW)
    return mentions.exclude(verdict=Verdict.REJECTED)


def has_topic(store: Store, topic: int | None, *, is_bare: bool = True) -> Q:
    """Ask of each review, or, dressed, look it up among those that speak of the topic, which are read once."""
    if topic is None:
        return Q()
    if is_bare:
        return Q(Exists(mentions_of(store, topic).filter(source_id=OuterRef("pk"))))
    return Q(Dressed(in_topic(store, topic)))


def in_topic(store: Store, topic: int) -> Q:
    """Return the reviews that speak of a topic, as an index of these lists them."""
    return Q(pk__in=mentions_of(store, topic).values("source_id"))
