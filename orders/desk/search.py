"""The one search box: what a term may be, where it is found, and how it is kept out of links.

One statement looks a term up in the small places first (order number, tracking number, distinct titles, buyers,
blind indexes); the filter that follows then knows which arms are worth joining.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import Exists, F, Func, OuterRef, Q, QuerySet, TextField, Value
from django.utils.translation import gettext as _

from backoffice.common import sealing
from backoffice.common.masking import mask_name, mask_phone, normalise_name, normalise_phone
from backoffice.common.models import Store
from backoffice.common.statements import fetch
from orders.core.models import Buyer, OpenLine, Order, OrderLine, OrderQuerySet, Recipient
from orders.core.pieces import Holds, IsAny, pieces_of
from orders.core.queries import titles_with
from orders.fulfilment.models import Shipment

TOKEN_SIGN = "~"  # noqa: S105 -- what a sealed term begins with in links
MAX_TERM = 100
FEW_GRAMS = 3  # pieces of a long term that its index is asked for
MANY = 1000  # more ids than this are looked up row by row instead of listed

Lines = QuerySet[Any, Any]  # of OrderLine; of OpenLine where only open orders are asked for
_TAIL = re.compile(r"[0-9]{4}")
_PHONE = re.compile(r"[+＋]?[0-9０-９][0-9０-９ \-－]{5,18}(?:[-转#][0-9]{1,6})?")
_MASKED_PHONE = re.compile(r"[0-9]{3}\*{4}([0-9]{4})")
_TRACKING = re.compile(r"[0-9A-Za-z-]{6,60}")
_PHONE_DIGITS = range(7, 14)


class TermError(Exception):
    """A search term cannot be used, with a sentence for staff."""


def read_term(value: str, store: Store) -> str:
    """Return the term that was typed, opening it where a link carried it sealed.

    Raises:
        TermError: the token is damaged or from another store, or the term is too long.
    """
    text = value.strip()
    if text.startswith(TOKEN_SIGN):
        try:
            text = sealing.unseal_text(text[1:], context=_context(store))
        except sealing.SealError as error:
            raise TermError(_("This link's search has expired. Type it again.")) from error
    if len(text) > MAX_TERM:
        raise TermError(_("A search holds at most %(count)s characters.") % {"count": MAX_TERM})
    return text


def seal_term(text: str, store: Store) -> str:
    return TOKEN_SIGN + sealing.seal_text(text, context=_context(store))


def _context(store: Store) -> str:
    return f"search:{store.pk}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Where a term was found in one store."""

    text: str
    store: Store
    number: str = ""  # the order whose number it is
    order_ids: tuple[int, ...] = ()  # by number or tracking number
    recipients: Q | None = None
    has_name: bool = False
    buyer_ids: tuple[int, ...] = ()
    title_ids: tuple[int, ...] = ()

    @property
    def is_phone(self) -> bool:
        return bool(_phone_digits(self.text) or _TAIL.fullmatch(self.text) or _MASKED_PHONE.fullmatch(self.text))

    @property
    def is_private(self) -> bool:
        """Tell whether the term is, or may be, a person's: then it stands in the search box and nowhere else."""
        return self.has_name or self.is_phone or not (self.order_ids or self.buyer_ids or self.title_ids)

    @property
    def shown(self) -> str:
        if not self.is_private:
            return self.text
        return mask_phone(self.text) if self.is_phone else mask_name(self.text)

    @property
    def in_links(self) -> str:
        return seal_term(self.text, self.store) if self.is_private else self.text

    def lines(self, *, is_open: bool) -> Lines | None:
        """Return the lines that say which orders are found: where nothing but one title was."""
        if len(self.title_ids) > 1 or self._arms(is_open=False).keys() != {"titles"}:
            return None
        return _of_title(self.title_ids[0], self.store, is_open=is_open)

    def filter(self, orders: OrderQuerySet, *, is_open: bool) -> OrderQuerySet:
        """Narrow orders to those found; `is_open` says that only open ones are asked for."""
        arms = self._arms(is_open=is_open)
        if not arms:
            return orders.none()
        if len(arms) == 1:
            return orders.filter(next(iter(arms.values())))
        first, *others = [self._keys(kind, arm, is_open=is_open) for kind, arm in arms.items()]
        return orders.filter(pk__in=first.union(*others, all=True))

    def _arms(self, *, is_open: bool) -> dict[str, Q]:
        arms = {"ids": Q(pk__in=self.order_ids)} if self.order_ids else {}
        if self.recipients is not None:
            arms["recipients"] = Q(pk__in=self._keys("recipients", Q(), is_open=is_open))
        if len(self.buyer_ids) > MANY:
            arms["buyers"] = Q(Exists(Buyer.objects.filter(pk=OuterRef("buyer_id"), nick__icontains=self.text)))
        elif self.buyer_ids:
            arms["buyers"] = Q(buyer_id__in=self.buyer_ids)
        if self.title_ids:
            arms["titles"] = has_title(self.store, self.title_ids, is_open=is_open)
        return arms

    def _keys(self, kind: str, arm: Q, *, is_open: bool) -> QuerySet[Any, Any]:
        """Return the ids of the orders of one arm, from the table that holds them."""
        if kind == "recipients" and self.recipients is not None:
            return Recipient.objects.filter(self.recipients, store=self.store).values("order_id")
        if kind == "titles":
            return lines_of_titles(self.store, self.title_ids, is_open=is_open)
        return Order.objects.for_store(self.store).filter(arm).values("pk")


def has_title(store: Store, title_ids: tuple[int, ...], *, is_open: bool) -> Q:
    """Return the condition that an order has a line of these titles.

    Open orders are few: their ids are listed first, since the planner thinks them fewer still and would go wrong.
    """
    lines = lines_of_titles(store, title_ids, is_open=is_open)
    return Q(IsAny(F("pk"), ArraySubquery(lines))) if is_open else Q(pk__in=lines)


def lines_of_titles(store: Store, title_ids: tuple[int, ...], *, is_open: bool) -> QuerySet[Any, Any]:
    """Return the ids of orders with a line of these titles, from the small table of open lines where that suffices."""
    lines = OpenLine.objects if is_open else OrderLine.objects
    return lines.filter(store=store, title__in=title_ids).values("order_id")


_CODES = ("sku_code", "product_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Products:
    """What was found of the words for products."""

    conditions: list[Q]  # one for each word
    has_code: bool  # one of the words is a code
    lines: Lines | None  # that say which orders are found, in the order of an index: of one product


def products(words: Sequence[str], store: Store, *, is_open: bool) -> Products:
    """Look all words up in one statement.

    A word is a product's whole title, merchant code or platform id; any other is part of titles.
    """
    found = _look_up_products(words, store)
    return Products(
        conditions=[_product(str(place), word, store, found, is_open=is_open) for place, word in enumerate(words)],
        has_code=any(kind.endswith(_CODES) for kind in found),
        lines=_lines_of_one(words[0], store, found, is_open=is_open) if len(words) == 1 else None,
    )


_LOOKUPS = """
SELECT '{0} title', id FROM orders_producttitle WHERE store_id = %(store)s AND text = %(word{0})s
UNION ALL (
  SELECT '{0} sku_code', id FROM orders_orderline
  WHERE store_id = %(store)s AND sku_code = %(word{0})s AND sku_code <> '' LIMIT 1
) UNION ALL (
  SELECT '{0} product_id', id FROM orders_orderline
  WHERE store_id = %(store)s AND product_id = %(word{0})s AND product_id <> '' LIMIT 1
) UNION ALL
SELECT '{0} part', id FROM orders_producttitle
WHERE store_id = %(store)s AND upper(text) LIKE upper(%(part{0})s) {1}
"""
_WITH_GRAMS = "AND orders_grams(text) @> orders_grams(%(word{0})s)"


def _look_up_products(words: Sequence[str], store: Store) -> dict[str, list[int]]:
    """Return the keys that each word has in each place where it may belong."""
    found: dict[str, list[int]] = {}
    values: dict[str, Any] = {"store": store.pk}
    for place, word in enumerate(words):
        values |= {f"word{place}": word, f"part{place}": f"%{connection.ops.prep_for_like_query(word)}%"}
    texts = [
        _LOOKUPS.format(place, _WITH_GRAMS.format(place) if len(word) > 1 else "") for place, word in enumerate(words)
    ]
    for kind, key in fetch(" UNION ALL ".join(texts), values):
        found.setdefault(kind, []).append(key)
    return found


def _product(place: str, word: str, store: Store, found: Mapping[str, list[int]], *, is_open: bool) -> Q:
    if code := _code_of(place, found):
        return _has_code(code, word, store, is_open=is_open)
    return has_title(store, _titles_of(place, found), is_open=is_open)


def _code_of(place: str, found: Mapping[str, list[int]]) -> str:
    """Return the kind of code that a word is; a whole title goes before."""
    return "" if f"{place} title" in found else next((code for code in _CODES if f"{place} {code}" in found), "")


def _titles_of(place: str, found: Mapping[str, list[int]]) -> tuple[int, ...]:
    return tuple(found.get(f"{place} title") or found.get(f"{place} part") or [])


def _lines_of_one(word: str, store: Store, found: Mapping[str, list[int]], *, is_open: bool) -> Lines | None:
    """Return the lines of the only word; those of several titles stand in no order, nor open ones of a code."""
    if code := _code_of("0", found):
        return None if is_open else _coded(code, word, store)
    titles = _titles_of("0", found)
    return _of_title(titles[0], store, is_open=is_open) if len(titles) == 1 else None


def _of_title(title_id: int, store: Store, *, is_open: bool) -> Lines:
    if is_open:
        return OpenLine.objects.filter(store=store, title=title_id)
    return OrderLine.objects.filter(store=store, title=title_id)


def _has_code(code: str, word: str, store: Store, *, is_open: bool) -> Q:
    if is_open and code == "sku_code":
        lines = OpenLine.objects.filter(store=store, sku_code=word)
        return Q(IsAny(F("pk"), ArraySubquery(lines.values("order_id"))))
    return Q(pk__in=_coded(code, word, store).values("order_id"))


def _coded(code: str, word: str, store: Store) -> QuerySet[OrderLine]:
    return OrderLine.objects.filter(store=store, **{code: word}).exclude(**{code: ""})


def find(text: str, store: Store) -> Match:
    """Look a term up everywhere it may belong, in one statement."""
    queries = [query for query in _lookups(text, store) if query is not None]
    found: dict[str, list[int]] = {}
    for kind, key in queries[0].union(*queries[1:], all=True):
        found.setdefault(kind, []).append(key)
    numbers = found.get("number", [])
    return Match(
        text=text,
        store=store,
        number=text if numbers else "",
        order_ids=tuple({*numbers, *found.get("tracking", [])}),
        recipients=_recipients(text, store, has_name="name" in found),
        has_name="name" in found,
        buyer_ids=tuple(found.get("buyer", [])),
        title_ids=tuple(found.get("title", [])),
    )


def _lookups(text: str, store: Store) -> list[QuerySet | None]:
    return [
        _keys("number", Order.objects.filter(store=store, number=text), "pk"),
        _keys("title", titles_with(store, text), "pk"),
        _keys("buyer", _buyers(text, store), "pk")[: MANY + 1] if len(text) > 1 else None,
        _keys("name", _by_index(text, store, "name"), "order_id")[:1],
        _keys("tracking", Shipment.objects.filter(store=store, tracking_number__in={text, text.upper()}), "order_id")[
            :MANY
        ]
        if _TRACKING.fullmatch(text)
        else None,
    ]


def _keys(kind: str, rows: QuerySet, key: str) -> QuerySet:
    return (
        rows.annotate(found=Value(kind, output_field=TextField()), found_key=F(key))
        .order_by()
        .values_list("found", "found_key")
    )


def _buyers(text: str, store: Store) -> QuerySet[Buyer]:
    """Find buyers by a part of their name; by all of it, where the term has the form of a number."""
    if text.isascii() and text.isdecimal() and len(text) >= min(_PHONE_DIGITS):
        return Buyer.objects.filter(store=store, nick=text)
    return Buyer.objects.filter(Holds(pieces_of(F("nick")), _some_grams(text)), store=store, nick__icontains=text)


def _some_grams(text: str) -> Func | Value:
    """Return what the index is asked for: of a long term a few pieces, for reading the list of each costs more."""
    if len(text) <= FEW_GRAMS + 1 or not text.isascii():
        return pieces_of(Value(text))
    step = (len(text) - 2) / (FEW_GRAMS - 1)
    starts = [round(step * place) for place in range(FEW_GRAMS)]
    return Value([text.lower()[start : start + 2] for start in starts], output_field=ArrayField(TextField()))


def _by_index(text: str, store: Store, label: str) -> QuerySet[Recipient]:
    return Recipient.objects.filter(_index_is(text, store, label), store=store)


def _index_is(text: str, store: Store, label: str) -> Q:
    """Compare a blind index under every key, normalised as it was when the index was made."""
    value = normalise_name(text) if label == "name" else text
    return Q(**{f"{label}_index__in": sealing.blind_indexes(value, label=label, store_id=store.pk)})


def _phone_digits(text: str) -> str:
    digits = normalise_phone(text) if _PHONE.fullmatch(text) else ""
    return digits if len(digits) in _PHONE_DIGITS else ""


def _recipients(text: str, store: Store, *, has_name: bool) -> Q | None:
    """Return what finds the term's recipients: a whole phone, its last four digits, a masked phone, or a name."""
    if masked := _MASKED_PHONE.fullmatch(text):
        return _index_is(masked[1], store, "phone_tail") & Q(masked_phone=text)
    if _TAIL.fullmatch(text):
        return _index_is(text, store, "phone_tail")
    if digits := _phone_digits(text):
        return _index_is(digits, store, "phone")
    return _index_is(text, store, "name") if has_name else None
