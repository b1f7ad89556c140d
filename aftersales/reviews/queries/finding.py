"""What narrows the inbox: found first by indexes on words, products and topics where these leave few reviews.

Few are then listed by id; many are met soon on the way along the tab, where each is compared.
"""

from dataclasses import dataclass
from datetime import date

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, Exists, F, Func, OuterRef, Q, QuerySet, Value
from django.db.models.expressions import RawSQL

from aftersales.reviews.models import Review, ReviewQuerySet, pieces_of
from aftersales.reviews.queries.tabs import COUNT_CAP, TABS
from aftersales.topics.models import TopicMention
from aftersales.topics.statuses import Source, Verdict
from backoffice.common.clock import day_bounds, day_start
from backoffice.common.models import Store
from backoffice.common.statements import fetch
from orders.core.models import ProductTitle

_PIECE = 2  # characters; an index has all pieces of a text


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
        return bool(self.product or len(self.q) >= _PIECE or self.topic)


@dataclass(frozen=True, slots=True)
class Found:
    """The condition, and how many reviews of the tab fulfil it where that is known: COUNT_CAP + 1 stands for more."""

    where: Q
    count: int | None = None


class _Holds(Func):
    template = "%(expressions)s"
    arg_joiner = " @> "
    output_field = BooleanField()


class _IsAny(Func):
    """Whether a value is among those of a subquery, which is read once."""

    template = "%(expressions)s)"
    arg_joiner = " = ANY("
    output_field = BooleanField()


def find_reviews(store: Store, wanted: Wanted, *, tab: str) -> Found:
    """Return what a tab is narrowed to; it takes one statement where an index is asked first."""
    walked = _plain(wanted) & _words(wanted.q) & _product(store, wanted.product) & _topic(wanted.topic)
    if not wanted.is_indexed:
        return Found(walked)
    held = TABS[tab].of(Review.objects.for_store(store), store).filter(_plain(wanted)).order_by()
    reviews = held.filter(_product(store, wanted.product) & _mentions(store, wanted.topic))
    if wanted.q:
        ids = _ids_in_words(held, reviews.filter(_words(wanted.q)), _indexed_words(wanted.q))
    else:
        ids = _ids(reviews.values_list("pk", flat=True))
    return Found(walked, COUNT_CAP + 1) if ids is None else Found(Q(pk__in=ids), len(ids))


_FEW = (
    "SELECT CASE WHEN cardinality(found.ids) <= %s THEN found.ids END FROM (SELECT ARRAY({}) AS ids OFFSET 0) AS found"
)


def _ids(reviews: QuerySet[Review, int]) -> list[int] | None:
    """Return the ids of few reviews; None stands for more than COUNT_CAP."""
    text, params = reviews[: COUNT_CAP + 1].query.sql_with_params()
    ((ids,),) = fetch(_FEW.format(text), (COUNT_CAP, *params))
    return ids


_OF_TAB = 10_000  # reviews of a tab that are compared one by one; of more, those with the words are looked up
_EITHER = """
SELECT CASE WHEN cardinality(found.ids) <= %s THEN found.ids END FROM (
    SELECT CASE WHEN cardinality(held.ids) <= %s THEN ARRAY({}) ELSE ARRAY({}) END AS ids
    FROM (SELECT ARRAY({}) AS ids OFFSET 0) AS held OFFSET 0
) AS found
"""


def _ids_in_words(held: ReviewQuerySet, reviews: ReviewQuerySet, indexed: Q) -> list[int] | None:
    """Return the ids of few reviews with words that many others may have, which are not in the tab."""
    compared = reviews.filter(pk__in=RawSQL("SELECT unnest(held.ids)", ()))  # nosec B611 -- a part of the code
    parts = [
        rows.values_list("pk", flat=True)[:most].query.sql_with_params()
        for rows, most in (
            (compared, COUNT_CAP + 1), (reviews.filter(indexed), COUNT_CAP + 1), (held, _OF_TAB + 1),
        )
    ]  # fmt: skip
    values = [value for _text, params in parts for value in params]
    ((ids,),) = fetch(_EITHER.format(*(text for text, _params in parts)), (COUNT_CAP, _OF_TAB, *values))
    return ids


def _plain(wanted: Wanted) -> Q:
    where = Q()
    if wanted.result:
        where &= Q(result=wanted.result)
    if wanted.stars is not None:
        where &= Q(stars=wanted.stars)
    if wanted.sentiment:
        where &= Q(sentiment=wanted.sentiment)
    if wanted.first:
        where &= Q(reviewed_at__gte=day_start(wanted.first))
    if wanted.last:
        where &= Q(reviewed_at__lt=day_bounds(wanted.last)[1])
    return where


def _words(text: str) -> Q:
    """Compare without case only where a text has any, as Chinese has not."""
    if not text:
        return Q()
    how = "icontains" if text.lower() != text.upper() else "contains"
    said = Q(is_default=False, **{f"text__{how}": text})
    return said | (~Q(follow_up="") & Q(**{f"follow_up__{how}": text}))


def _indexed_words(text: str) -> Q:
    if len(text) < _PIECE:
        return Q()
    pieces = pieces_of(Value(text))
    said = Q(_Holds(pieces_of(F("text")), pieces), is_default=False)
    return said | (Q(_Holds(pieces_of(F("follow_up")), pieces)) & ~Q(follow_up=""))


def _product(store: Store, word: str) -> Q:
    if not word:
        return Q()
    titles = ProductTitle.objects.filter(store=store, text__icontains=word)
    if len(word) >= _PIECE:
        titles = titles.filter(_Holds(pieces_of(F("text")), pieces_of(Value(word))))
    return Q(_IsAny(F("title"), ArraySubquery(titles.values("pk"))))


def _of_topic(topic: int) -> QuerySet[TopicMention]:
    mentions = TopicMention.objects.filter(topic=topic, source=Source.REVIEW)
    return mentions.exclude(verdict=Verdict.REJECTED)


def _topic(topic: int | None) -> Q:
    return Q() if topic is None else Q(Exists(_of_topic(topic).filter(source_id=OuterRef("pk"))))


def _mentions(store: Store, topic: int | None) -> Q:
    return Q() if topic is None else Q(pk__in=_of_topic(topic).filter(store=store).values("source_id"))
