"""What narrows the inbox: found first by indexes on words, products and topics where these leave few reviews.

Few are then listed by id; many are met soon on the way along the tab, where each is compared.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet, Value
from django.db.models.expressions import RawSQL

from aftersales.reviews.models import Review, ReviewQuerySet, ReviewTask
from aftersales.reviews.queries.conditions import (
    SAMPLE_STORE,
    Wanted,
    has_text,
    has_title,
    has_topic,
    in_topic,
    mentions_of,
    own_values,
    plain,
    sample_of,
    text_in_index,
)
from aftersales.reviews.queries.tabs import COUNT_CAP, TABS
from aftersales.reviews.statuses import TaskState
from backoffice.common.models import Store
from backoffice.common.statements import fetch
from orders.core.pieces import PIECE
from orders.core.queries import titles_with

_COVERED = ("unread", "unreplied", "poor", "follow_up")  # tabs whose index tells all but the words
_SHORT = ("unread", "unreplied", "tasks")  # mostly
DEPTHS = {"covered": 100_000, "short": 10_000, "first": 2_500, "timed": 50_000, "last": 10_000}
MET = 101  # with so many met nobody asks how many more there are
ENOUGH = 51  # of them make a page


@dataclass(frozen=True, slots=True)
class Found:
    """The condition, and how many reviews of the tab fulfil it where that is known: COUNT_CAP + 1 stands for more.

    Of a long list `first` are the ids at its top; then `count` is how many there are at least.
    """

    where: Q
    count: int | None = None
    first: Sequence[int] = ()


def find_reviews(store: Store, wanted: Wanted, *, tab: str) -> Found:
    """Return what a tab is narrowed to; it takes one statement, seldom two, where an index is asked first."""
    search = _Search(store, wanted, tab)
    is_looked_for = wanted.is_indexed or (wanted.q and tab in _SHORT)
    return search.found() if is_looked_for else Found(search.walked())


_Sql = tuple[str, tuple[Any, ...]]
_PLACE = re.compile(r"\{(\w+)\}")

# What small tables tell comes first, then the top of the tab, then what indexes find, then more of the tab; each only
# where what is before it did not tell. A look is over at so many reviews met; it told all where the tab is shorter.
_LOOK = """
{tables}
SELECT early.ids, top.ids, whole.is_all, few.ids, more.ids,
CASE WHEN cardinality(more.ids) < {enough} THEN {more_is_all} END, {title}
FROM (SELECT {early} AS ids OFFSET 0) AS early, LATERAL (
    SELECT CASE WHEN early.ids IS NULL THEN {top} END AS ids OFFSET 0
) AS top, LATERAL (
    SELECT CASE WHEN cardinality(top.ids) < {most} THEN {top_is_all} END AS is_all OFFSET 0
) AS whole, LATERAL (
    SELECT NOT whole.is_all AND cardinality(top.ids) < {enough} AS is_open OFFSET 0
) AS state, LATERAL (
    SELECT CASE WHEN state.is_open THEN {few} END AS ids OFFSET 0
) AS few, LATERAL (
    SELECT CASE WHEN state.is_open AND few.ids IS NULL THEN {more} END AS ids OFFSET 0
) AS more
"""
_TABLE = "{name} AS MATERIALIZED ({rows})"
_NO_TITLE = "WHEN NOT EXISTS (SELECT FROM titles) THEN '{}'::bigint[]"
_LISTED = "WHEN (SELECT count(*) FROM {name}) <= {cap} THEN ARRAY(SELECT pk FROM ({rows}) AS judged WHERE fits)"
_CASE = "WHEN (SELECT count(*) FROM {name}) <= {cap} THEN ARRAY(SELECT pk FROM {name} WHERE fits)"
_MET = "ARRAY(SELECT pk FROM ({walk}) AS walk WHERE fits LIMIT {most})"
_IS_ALL = "(SELECT count(*) < {depth} FROM ({held}) AS held)"
_OF_ONE_TITLE = "CASE WHEN (SELECT count(*) FROM titles) = 1 THEN {one} ELSE {any} END"
_ONE_TITLE = "(SELECT pk FROM titles)"
_OF_TITLES = "SELECT of_title.* FROM titles CROSS JOIN LATERAL ({rows}) AS of_title LIMIT {most}"
_FEW = """
SELECT CASE WHEN cardinality(found.ids) <= {cap} THEN found.ids END
FROM (SELECT ARRAY({ids}) AS ids OFFSET 0) AS found
"""


def _filled(pattern: str, **parts: _Sql | str | int) -> _Sql:
    """Put statements, with their values, and constants into a pattern of the code."""
    values: list[Any] = []

    def put(place: re.Match[str]) -> str:
        part = parts[place[1]]
        text, own = part if isinstance(part, tuple) else (str(part), ())
        values.extend(own)
        return text

    return _PLACE.sub(put, pattern), tuple(values)


def _joined(sign: str, parts: Sequence[_Sql]) -> _Sql:
    return sign.join([text for text, _values in parts]), tuple(value for _text, values in parts for value in values)


def _with(tables: Mapping[str, _Sql]) -> _Sql | str:
    named = [_filled(_TABLE, name=name, rows=rows) for name, rows in tables.items()]
    return _filled("WITH {tables}", tables=_joined(", ", named)) if named else ""


def _case(cases: Sequence[_Sql]) -> _Sql | str:
    return _filled("CASE {cases} END", cases=_joined(" ", cases)) if cases else "NULL::bigint[]"


def _sql(rows: QuerySet[Any, Any]) -> _Sql:
    text, values = rows.query.sql_with_params()
    return text, tuple(values)


class _Search:
    """Looks for what is wanted in one tab of a store."""

    def __init__(self, store: Store, wanted: Wanted, tab: str) -> None:
        self.store, self.wanted, self.name, self.tab = store, wanted, tab, TABS[tab]
        self.is_all = tab == "all"  # whose index tells nothing but the time
        self.reviews = Review.objects.for_store(store)

    def found(self) -> Found:
        early, top, is_all, few, more, more_is_all, title = self._look()
        for met, is_whole in ((early, True), (top, is_all), (few, True), (more, more_is_all)):
            if met is not None and is_whole:
                return Found(Q(pk__in=met), len(met))
            if met is not None and len(met) >= ENOUGH:
                return Found(self.walked(title), min(len(met), MET - 1), met)
        ids = self._few_by_any_index()
        return Found(self.walked(title), COUNT_CAP + 1) if ids is None else Found(Q(pk__in=ids), len(ids))

    def walked(self, title: int | None = None) -> Q:
        """Return what each review on the way along the tab is compared with; one title has an index to walk along."""
        wanted = self.wanted
        product = has_title(self.store, wanted.product, is_bare=False) if title is None else Q(title=title)
        return product & self._besides_product(is_bare=self.is_all)

    def _besides_product(self, *, is_bare: bool) -> Q:
        wanted = self.wanted
        return plain(wanted, is_bare=is_bare) & has_text(wanted.q) & has_topic(self.store, wanted.topic, is_bare=False)

    def _few_by_any_index(self) -> list[int] | None:
        """Return the ids of few reviews; None stands for more than COUNT_CAP."""
        wanted = self.wanted
        where = plain(wanted) & has_text(wanted.q) & text_in_index(wanted.q) & has_title(self.store, wanted.product)
        where &= self.tab.condition(self.store) & (in_topic(self.store, wanted.topic) if wanted.topic else Q())
        ids = self.reviews.filter(where).values_list("pk", flat=True)[: COUNT_CAP + 1]
        ((few,),) = fetch(*_filled(_FEW, ids=_sql(ids), cap=COUNT_CAP))
        return few

    def _look(self) -> tuple[Any, ...]:
        """Look in one statement; return what it says, and the product where only one has such a title."""
        limits = (COUNT_CAP, MET, ENOUGH, tuple(DEPTHS.items()))
        text, samples = _compiled(self.name, sample_of(self.wanted), limits)
        values = own_values(self.store, self.wanted)
        (found,) = fetch(text, [values.get(sample, sample) for sample in samples])
        return found

    def statement(self) -> _Sql:
        (first, last), tables, early = self._depths(), self._tables(), self._early()
        cases = [self._listed("of_titles")] if "of_titles" in tables else []
        cases += [_filled(_CASE, name="of_words", cap=COUNT_CAP)] if "of_words" in tables else []
        has_titles = "titles" in tables and self.is_all
        return _filled(
            _LOOK, tables=_with(tables), early=_case(early), few=_case(cases),
            top=self._met(first, MET, has_titles=has_titles), top_is_all=self._is_all(first),
            more=self._met(last, ENOUGH, has_titles=has_titles), more_is_all=self._is_all(last),
            title=_filled(_OF_ONE_TITLE, one=_ONE_TITLE, any="NULL::bigint") if has_titles else "NULL::bigint",
            most=MET, enough=ENOUGH,
        )  # fmt: skip

    def _early(self) -> list[_Sql]:
        """Return where the small tables tell it: no product has such a title, or few reviews speak of the topic."""
        early: list[_Sql] = [(_NO_TITLE, ())] if self.wanted.product else []
        return [*early, self._listed("topic")] if self.wanted.topic else early

    def _listed(self, name: str) -> _Sql:
        """Return what becomes of the reviews whose ids stand in a table, where these are few."""
        listed = Q(pk__in=RawSQL(f"SELECT pk FROM {name}", ()))  # noqa: S608, S611 # nosec B608 B611 # of the code
        return _filled(
            _LISTED, name=name, rows=_sql(self._judged(self.reviews.filter(listed), self._asked())), cap=COUNT_CAP
        )

    def _depths(self) -> tuple[int, int]:
        """Return how far the tab is looked through, first and then: reviews cost more than entries of an index do."""
        wanted, name = self.wanted, self.name
        if name in _COVERED:
            return (DEPTHS["short" if name in _SHORT else "first"] if wanted.q else DEPTHS["covered"]), 0
        is_timed = self.is_all and not (wanted.q or wanted.product or plain(wanted))
        return DEPTHS["short" if name in _SHORT else "first"], DEPTHS["timed" if is_timed else "last"]

    def _tables(self) -> dict[str, _Sql]:
        """Return what indexes find, of each a little more than is few, and whether it is all that is wanted."""
        wanted, tables, most = self.wanted, dict[str, _Sql](), COUNT_CAP + 1
        if wanted.product:
            tables["titles"] = _sql(titles_with(self.store, wanted.product).values_list("pk", flat=True))
        if wanted.product and self.is_all:
            one = Q(title=RawSQL("titles.pk", ()))  # nosec B611 -- a part of the code
            rows = self.reviews.filter(one).order_by("-reviewed_at", "-pk").values_list("pk", flat=True)[:most]
            tables["of_titles"] = _filled(_OF_TITLES, rows=_sql(rows), most=most)
        if len(wanted.q) >= PIECE:
            said = self.reviews.filter(text_in_index(wanted.q) & has_text(wanted.q))
            if self.name in _COVERED:  # two indexes are read for what is in both
                said = self.tab.of(said, self.store)
            tables["of_words"] = _sql(self._judged(said, self._asked())[:most])
        if wanted.topic:
            ids = mentions_of(self.store, wanted.topic).values_list("source_id", flat=True)
            tables["topic"] = _filled("SELECT source_id AS pk FROM ({ids}) AS mentions", ids=_sql(ids[:most]))
        return tables

    def _asked(self) -> Q:
        """Return what each of some reviews is asked."""
        wanted = self.wanted
        is_open = ReviewTask.objects.filter(state=TaskState.OPEN, review=OuterRef("pk"))
        here = Q(Exists(is_open)) if self.name == "tasks" else self.tab.where
        product, topic = has_title(self.store, wanted.product), has_topic(self.store, wanted.topic)
        return here & plain(wanted) & has_text(wanted.q) & product & topic

    def _met(self, depth: int, most: int, *, has_titles: bool) -> _Sql | str:
        """Return the first reviews that are wanted among so many of the tab, in its order; one title has its own."""
        if not depth:
            return "NULL::bigint[]"
        met = self._walk(self.walked(), depth, most)
        if not has_titles:
            return met
        one = Q(title=RawSQL(_ONE_TITLE, ()))  # noqa: S611 # nosec B611 # a part of the code
        return _filled(_OF_ONE_TITLE, one=self._walk(self._besides_product(is_bare=True), depth, most, one), any=met)

    def _walk(self, where: Q, depth: int, most: int, *also: Q) -> _Sql:
        top = self.tab.of(self.reviews, self.store).filter(*also).order_by(*self.tab.order())
        return _filled(_MET, walk=_sql(self._judged(top, where)[:depth]), most=most)

    def _is_all(self, depth: int) -> _Sql | str:
        if not depth:
            return "NULL::boolean"
        held: QuerySet[Any, Any] = self.tab.of(self.reviews, self.store)
        if self.name == "tasks":  # each of one review
            held = ReviewTask.objects.filter(store=self.store, state=TaskState.OPEN)
        held = held.values_list("pk", flat=True)[:depth]
        return _filled(_IS_ALL, held=_sql(held), depth=depth)

    def _judged(self, reviews: ReviewQuerySet, where: Q) -> QuerySet[Any, Any]:
        fits = ExpressionWrapper(where, BooleanField()) if where else Value(True)  # noqa: FBT003
        return reviews.annotate(fits=fits).values_list("pk", "fits")


@lru_cache(maxsize=256)
def _compiled(tab: str, samples: Wanted, _limits: tuple[Any, ...]) -> _Sql:
    """Compile a look once for all searches of a kind: to compile takes longer than to look."""
    return _Search(SAMPLE_STORE, samples, tab).statement()
