"""The list of skus by tab, one sku's demand in figures, and what may be packed instead of another. No OFFSET."""

from collections.abc import Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from django.db.models import Count, F, Q, QuerySet, Value

from backoffice.common.models import Store
from backoffice.common.statements import Prepared, fetch
from orders.core.pieces import pieces_of
from orders.fulfilment.models import LineStock, Product, Sku
from orders.fulfilment.models.products import SkuQuerySet
from orders.fulfilment.queries.stock import CAP, PAGE_SIZE, Page, begins_with, keyset_page

SKU_TABS = ("all", "low", "short", "uncounted")
SKU_SORTS = ("code", "cover")
_TITLES = 200  # products whose title holds the word; more and the word says too little
_OTHERS = 50
_TENTH = Decimal("0.1")


def sku_list(
    store: Store, *, tab: str = "all", search: str = "", sort: str = "code", after: str = "", before: str = "",
    size: int = PAGE_SIZE,
) -> Page:  # fmt: skip
    """Return one page of a tab: by merchant code, or those with a forecast by how long they last."""
    rows = _found(_of_tab(Sku.objects.for_store(store), tab), store, search).select_related("product")
    return _sorted(rows, sort, after, before, size)


class SkuRow(NamedTuple):
    """What the list shows of a sku."""

    pk: int
    code: str
    spec: str
    location: str
    safety_stock: int
    is_active: bool
    on_hand: int
    reserved: int
    counted_at: datetime | None
    sold_count: int
    cover_days: Decimal | None
    title: str
    supplier: str

    @property
    def free(self) -> int:
        return self.on_hand - self.reserved

    @property
    def is_low(self) -> bool:
        return is_low(self)


_SHOWN = (*SkuRow._fields[:-2], "product__title", "product__supplier")


def sku_table(store: Store, *, tab: str, search: str, sort: str, after: str, before: str) -> Page:
    """Return one page as `sku_list` does, of SkuRow."""
    rows = _found(_of_tab(Sku.objects.for_store(store), tab), store, search).values_list(*_SHOWN, named=True)
    page = _sorted(rows, sort, after, before, PAGE_SIZE)
    return page._replace(rows=[SkuRow._make(row) for row in page.rows])


def _sorted(rows: QuerySet[Sku, Any], sort: str, after: str, before: str, size: int) -> Page:
    if sort == "cover":
        return keyset_page(
            rows.filter(cover_days__isnull=False), ("cover_days", "pk"), after=after, before=before, size=size
        )
    return keyset_page(rows, ("code",), after=after, before=before, size=size)


def is_low(sku: Sku | SkuRow) -> bool:
    """Tell whether no more is free than the store wants to keep."""
    return sku.counted_at is not None and sku.is_active and sku.free <= sku.safety_stock


def _of_tab(rows: SkuQuerySet, tab: str) -> SkuQuerySet:
    if tab == "low":
        return rows.low()
    if tab == "short":
        return rows.filter(pk__in=LineStock.objects.filter(short__gt=0).values("sku"))
    return rows.filter(counted_at__isnull=True) if tab == "uncounted" else rows


def _found(rows: SkuQuerySet, store: Store, search: str) -> SkuQuerySet:
    """Find a barcode, else codes that begin so, else a word of the product's title."""
    word = " ".join(search.split())
    if not word:
        return rows
    code = word.replace(" ", "")
    every = Sku.objects.for_store(store)
    for named in (Q(barcode=code), begins_with(code)):
        if every.filter(named).exists():
            return rows.filter(named)
    titled = Product.objects.for_store(store).filter(title__contains=word)
    if len(word) > 1:
        titled = titled.alias(pieces=pieces_of(F("title"))).filter(pieces__contains=pieces_of(Value(word)))
    return rows.filter(product__in=titled.values("pk")[:_TITLES])


# In the order of an index that holds all that is asked: the first thousand rows of the table would be read otherwise.
# What orders lack is read along its own index and no sku for it.
_OF_TAB = """
(SELECT '{tab}', count(*) FROM (
    SELECT FROM fulfilment_sku WHERE store_id = %(store)s{rows} ORDER BY code LIMIT {most}
) AS x)
"""
_SHORT = """
(SELECT 'short', count(*) FROM (
    SELECT DISTINCT sku_id FROM fulfilment_linestock WHERE short > 0 AND store_id = %(store)s
    ORDER BY sku_id LIMIT {most}
) AS x)
"""
_COUNTED = " UNION ALL ".join(
    [
        _OF_TAB.format(tab="all", rows="", most=CAP + 1),
        _OF_TAB.format(
            tab="low", rows=" AND counted_at IS NOT NULL AND is_active AND on_hand <= reserved + safety_stock",
            most=CAP + 1,
        ),
        _SHORT.format(most=CAP + 1),
        _OF_TAB.format(tab="uncounted", rows=" AND counted_at IS NULL", most=CAP + 1),
    ]
)  # fmt: skip


def sku_counts(store: Store) -> dict[str, int]:
    """Count the skus of each tab in one statement; CAP + 1 stands for more than CAP."""
    return {str(tab): int(count) for tab, count in fetch(_COUNTED, {"store": store.pk})}


_MISSING = """
SELECT sku_id, sum(short) FROM fulfilment_linestock WHERE sku_id = ANY(%(skus)s) AND short > 0 GROUP BY sku_id
"""


def missing_pieces(sku_ids: Sequence[int]) -> dict[int, int]:
    """Return how many pieces of each sku orders lack, by its key; one statement."""
    return {int(sku): int(pieces) for sku, pieces in fetch(_MISSING, {"skus": list(sku_ids)})} if sku_ids else {}


class Cover(NamedTuple):
    """How long what is free lasts: `free` pieces at `pace` a day."""

    sold: int
    days: int
    pace: Decimal
    free: int
    cover_days: Decimal


def cover_of(sku: Sku | SkuRow, store: Store) -> Cover | None:
    """Work out the forecast anew from what is free now; None where nothing left in the window of days."""
    if sku.counted_at is None or not sku.sold_count:
        return None
    free = max(sku.free, 0)
    pace = (Decimal(sku.sold_count) / store.demand_days).quantize(Decimal("0.01"), ROUND_HALF_UP)
    cover = (Decimal(free) * store.demand_days / sku.sold_count).quantize(_TENTH, ROUND_HALF_UP)
    return Cover(sku.sold_count, store.demand_days, pace, free, cover)


_ONE = -1, -2  # stand for a product and a sku
_SISTERS = Prepared(
    lambda: Sku.objects.filter(product=_ONE[0], is_active=True).exclude(pk=_ONE[1]).order_by("code")[:_OTHERS], *_ONE
)


def exchange_skus(sku: Sku, *, pieces: int) -> list[Sku]:
    """Return the other skus of the same product that have so many pieces free, or were never counted."""
    usable = [row for row in _SISTERS.fetch(sku.product_id, sku.pk) if row.counted_at is None or row.free >= pieces]
    return sorted(usable, key=lambda row: (row.counted_at is None, row.code))


def sku_numbers(products: Sequence[Product]) -> dict[int, int]:
    """Return how many skus each product has, by its key; one statement."""
    rows = Sku.objects.filter(product__in=[product.pk for product in products])
    return dict(rows.order_by().values_list("product").annotate(count=Count("pk")))


def short_orders(order_ids: Sequence[int]) -> set[int]:
    """Return those of the orders that lack pieces; one statement."""
    return set(LineStock.objects.filter(order__in=order_ids, short__gt=0).values_list("order_id", flat=True))
