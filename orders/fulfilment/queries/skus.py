"""The list of skus by tab, one sku's demand in figures, and what may be packed instead of another. No OFFSET."""

from collections import Counter
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from django.db.models import Count, F, Q, Sum, Value

from backoffice.common.models import Store
from orders.fulfilment.models import LineStock, Product, Sku, StockMovement
from orders.fulfilment.models.pieces import pieces_of
from orders.fulfilment.models.products import SkuQuerySet
from orders.fulfilment.queries.stock import CAP, PAGE_SIZE, Page, begins_with, keyset_page

SKU_TABS = ("all", "low", "short", "uncounted")
SKU_SORTS = ("code", "cover")
_TITLES = 200  # products whose title holds the word; more and the word says too little
_OTHERS = 50
_PROVEN = 500  # movements of a ledger that are added up while somebody looks at it
_TENTH = Decimal("0.1")


def sku_list(
    store: Store, *, tab: str = "all", search: str = "", sort: str = "code", after: str = "", before: str = "",
    size: int = PAGE_SIZE,
) -> Page:  # fmt: skip
    """Return one page of a tab: by merchant code, or those with a forecast by how long they last."""
    rows = _found(_of_tab(Sku.objects.for_store(store), tab), store, search).select_related("product")
    if sort == "cover":
        return keyset_page(
            rows.filter(cover_days__isnull=False), ("cover_days", "pk"), after=after, before=before, size=size
        )
    return keyset_page(rows, ("code",), after=after, before=before, size=size)


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


def sku_counts(store: Store) -> dict[str, int]:
    """Count the skus of each tab in one statement; CAP + 1 stands for more than CAP.

    In the order of the index of their codes, which holds all that is asked: else the whole table might be read.
    """
    rows = Sku.objects.for_store(store).order_by("code")
    parts = [_of_tab(rows, tab).annotate(tab=Value(tab)).values_list("tab", flat=True)[: CAP + 1] for tab in SKU_TABS]
    return dict.fromkeys(SKU_TABS, 0) | Counter(parts[0].union(*parts[1:], all=True))


def missing_pieces(skus: Sequence[Sku]) -> dict[int, int]:
    """Return how many pieces of each sku orders lack, by its key; one statement."""
    short = LineStock.objects.filter(sku__in=[sku.pk for sku in skus], short__gt=0)
    return dict(short.order_by().values_list("sku").annotate(sum=Sum("short")))


class LedgerSums(NamedTuple):
    """What the movements of a sku sum to; it is what the sku says, or the ledger is broken."""

    on_hand: int
    reserved: int


def ledger_sums(sku: Sku) -> LedgerSums:
    """Add up the newest movements from what the one before them left: all of them, where they are not very many."""
    rows = StockMovement.objects.filter(sku=sku).order_by("-pk")
    newest = rows.values_list("on_hand_change", "reserved_change", "on_hand_after", "reserved_after")
    found = list(newest[: _PROVEN + 1])
    start = found.pop()[2:] if len(found) > _PROVEN else (0, 0)
    return LedgerSums(start[0] + sum(row[0] for row in found), start[1] + sum(row[1] for row in found))


class Cover(NamedTuple):
    """How long what is free lasts: `free` pieces at `pace` a day."""

    sold: int
    days: int
    pace: Decimal
    free: int
    cover_days: Decimal


def cover_of(sku: Sku, store: Store) -> Cover | None:
    """Work out the forecast anew from what is free now; None where nothing left in the window of days."""
    if sku.counted_at is None or not sku.sold_count:
        return None
    free = max(sku.free, 0)
    pace = (Decimal(sku.sold_count) / store.demand_days).quantize(Decimal("0.01"), ROUND_HALF_UP)
    cover = (Decimal(free) * store.demand_days / sku.sold_count).quantize(_TENTH, ROUND_HALF_UP)
    return Cover(sku.sold_count, store.demand_days, pace, free, cover)


def exchange_skus(sku: Sku, *, pieces: int) -> list[Sku]:
    """Return the other skus of the same product that have so many pieces free, or were never counted."""
    rows = Sku.objects.filter(product=sku.product_id, is_active=True).exclude(pk=sku.pk)
    usable = [row for row in rows.order_by("code")[:_OTHERS] if row.counted_at is None or row.free >= pieces]
    return sorted(usable, key=lambda row: (row.counted_at is None, row.code))


def sku_numbers(products: Sequence[Product]) -> dict[int, int]:
    """Return how many skus each product has, by its key; one statement."""
    rows = Sku.objects.filter(product__in=[product.pk for product in products])
    return dict(rows.order_by().values_list("product").annotate(count=Count("pk")))


def short_orders(order_ids: Sequence[int]) -> set[int]:
    """Return those of the orders that lack pieces; one statement."""
    return set(LineStock.objects.filter(order__in=order_ids, short__gt=0).values_list("order_id", flat=True))
