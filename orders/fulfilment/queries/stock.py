"""Stock as pages show it: skus, their ledgers, shortages, and what lines hold. No OFFSET, no count beyond CAP."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import F, Model, Q, QuerySet

from backoffice.common.models import Store
from backoffice.common.statements import fetch
from orders.core.models import Order, OrderLine
from orders.fulfilment.models import LineStock, Product, Shortage, Sku, StockMovement
from orders.fulfilment.statuses import ShortageSolution

CAP, PAGE_SIZE = 1000, 50


class LineStockFacts(NamedTuple):
    """What a line has of the stock; `sku` is None where the store has none for it, and nothing is known of it."""

    sku: Sku | None
    on_hand: int = 0
    reserved_for_line: int = 0
    free: int = 0
    short: int = 0

    @property
    def is_counted(self) -> bool:
        return self.sku is not None and self.sku.counted_at is not None


class Page(NamedTuple):
    """Rows of a keyset list; the keys lead to the next and the previous page, empty where there is none."""

    rows: list[Any]
    next_key: str
    previous_key: str


def line_stock_of(order: Order, lines: Sequence[OrderLine] | None = None) -> dict[int, LineStockFacts]:
    """Return what each line of an order has of the stock, by line id; three statements at most."""
    return facts_of_lines(list(order.lines.all()) if lines is None else lines)


def facts_of_lines(lines: Sequence[OrderLine]) -> dict[int, LineStockFacts]:
    """Return what lines of one store, of any orders, have of the stock; three statements, however many there are."""
    if not lines:
        return {}
    stocks = {row.line_id: row for row in LineStock.objects.filter(line__in=[line.pk for line in lines])}
    skus = _skus_of(lines)
    return {line.pk: _facts(skus.get(_name(line)), stocks.get(line.pk)) for line in lines}


def _name(line: OrderLine) -> tuple[str, str]:
    code = line.agreed_sku_code or line.sku_code
    return (code, "") if code else ("", line.product_id)


def _skus_of(lines: Sequence[OrderLine]) -> dict[tuple[str, str], Sku]:
    store, names = lines[0].store_id, {_name(line) for line in lines}
    named = Sku.objects.filter(store=store, code__in={code for code, _item in names if code}).select_related("product")
    skus = {(sku.code, ""): sku for sku in named}
    if items := {item for _code, item in names if item}:
        of_items: dict[str, list[Sku]] = {}
        for sku in Sku.objects.filter(store=store, product__platform_id__in=items).select_related("product"):
            of_items.setdefault(sku.product.platform_id, []).append(sku)
        skus |= {("", item): found[0] for item, found in of_items.items() if len(found) == 1}
    return skus


def _facts(sku: Sku | None, stock: LineStock | None) -> LineStockFacts:
    if sku is None:
        return LineStockFacts(None)
    is_of_it = stock is not None and stock.sku_id == sku.pk
    held = (stock.reserved, stock.short) if stock is not None and is_of_it else (0, 0)
    return LineStockFacts(sku, sku.on_hand, held[0], sku.free, held[1])


# Skus

SORTS = ("code", "cover")


def skus_page(
    store: Store,
    *,
    search: str = "",
    is_low: bool = False,
    sort: str = "code",
    product_id: int | None = None,
    after: str = "",
    before: str = "",
    size: int = PAGE_SIZE,
) -> Page:
    """Return skus by merchant code, or those with a forecast by how long they last; each sort reads along its index.

    `search` finds a barcode, else codes that begin with it.
    """
    rows = Sku.objects.for_store(store).select_related("product")
    if is_low:
        rows = rows.low()
    if product_id is not None:
        rows = rows.filter(product=product_id)
    if search := "".join(search.split()):
        barcode = rows.filter(barcode=search)
        rows = barcode if barcode.exists() else rows.filter(begins_with(search))
    if sort == "cover":
        return keyset_page(
            rows.filter(cover_days__isnull=False), ("cover_days", "pk"), after=after, before=before, size=size
        )
    return keyset_page(rows, ("code",), after=after, before=before, size=size)


def begins_with(search: str) -> Q:
    """Find codes by a range as well as by LIKE, which alone would not be read along the index of every collation."""
    return Q(code__gte=search, code__startswith=search)


def find_sku(store: Store, text: str) -> Sku | None:
    """Find what somebody scanned or typed: a merchant code, else a barcode."""
    text = "".join(text.split())
    rows = Sku.objects.for_store(store).select_related("product")
    return rows.filter(code=text).first() or (rows.filter(barcode=text).order_by("pk").first() if text else None)


def low_count(store: Store) -> int:
    """Count skus that run low; CAP + 1 stands for more than CAP."""
    return len(Sku.objects.for_store(store).low().values_list("pk")[: CAP + 1])


def products_page(store: Store, *, search: str = "", after: str = "", before: str = "", size: int = PAGE_SIZE) -> Page:
    """Return products by code; `search` finds codes that begin with it."""
    rows = Product.objects.for_store(store)
    if search := "".join(search.split()):
        rows = rows.filter(begins_with(search))
    return keyset_page(rows, ("code",), after=after, before=before, size=size)


def ledger_page(sku: Sku, *, kind: str = "", after: str = "", before: str = "", size: int = PAGE_SIZE) -> Page:
    """Return what moved of a sku, the newest first, with its orders and who moved it."""
    rows = StockMovement.objects.filter(sku=sku).select_related("order", "actor", "job")
    return keyset_page(rows.filter(kind=kind) if kind else rows, ("-pk",), after=after, before=before, size=size)


# Shortages

TABS = {
    "undecided": Q(closed_at__isnull=True, decided_at__isnull=True),
    "waiting": Q(closed_at__isnull=True, decided_at__isnull=False, solution=ShortageSolution.WAIT),
    "decided": Q(closed_at__isnull=True, decided_at__isnull=False) & ~Q(solution=ShortageSolution.WAIT),
    "closed": Q(closed_at__isnull=False),
}


def shortages_page(
    store: Store, *, tab: str, sku_id: int | None = None, after: str = "", before: str = "", size: int = PAGE_SIZE
) -> Page:
    """Return shortages of a tab with their orders and skus: open ones from the oldest, closed ones from the newest."""
    rows = Shortage.objects.filter(TABS[tab], store=store)
    if sku_id is not None:
        rows = rows.filter(sku=sku_id)
    rows = rows.select_related("order__buyer", "line__title", "sku__product", "decided_by")
    sort = ("-closed_at", "-pk") if tab == "closed" else ("opened_at", "pk")
    return keyset_page(rows, sort, after=after, before=before, size=size)


_COUNTED = " UNION ALL ".join(
    f"(SELECT '{tab}', count(*) FROM (SELECT FROM fulfilment_shortage"  # noqa: S608 -- names of tabs
    f" WHERE store_id = %(store)s AND closed_at IS NULL AND {rows} LIMIT {CAP + 1}) AS x)"
    for tab, rows in {
        "undecided": "decided_at IS NULL",
        "waiting": "decided_at IS NOT NULL AND solution = 'wait'",
        "decided": "decided_at IS NOT NULL AND solution <> 'wait'",
    }.items()
)


def shortage_counts(store: Store) -> dict[str, int]:
    """Count the shortages of each tab but the closed; CAP + 1 stands for more than CAP. One statement."""
    return {str(tab): int(count) for tab, count in fetch(_COUNTED, {"store": store.pk})}


def orders_short_of(sku: Sku, *, size: int = PAGE_SIZE) -> QuerySet[Shortage]:
    """Return the open shortages of a sku with their orders, those first that must ship first."""
    rows = Shortage.objects.filter(
        closed_at__isnull=True, line__in=LineStock.objects.filter(sku=sku, short__gt=0).values("line")
    )
    return rows.select_related("order__buyer", "line__title").order_by(
        F("order__ship_by").asc(nulls_last=True), "order_id"
    )[:size]


def shortages_of(order: Order) -> QuerySet[Shortage]:
    """Return the order's shortages, open ones first."""
    rows = Shortage.objects.filter(order=order).select_related("line__title", "sku__product", "decided_by")
    return rows.order_by(F("closed_at").desc(nulls_first=True), "pk")


# Keyset pages


def keyset_page(rows: QuerySet[Any, Any], sort: tuple[str, ...], *, after: str, before: str, size: int) -> Page:
    """Read one page and one row more, of objects or of named values; a key that does not parse gives the first page."""
    names = [name.lstrip("-") for name in sort]
    is_falling = sort[0].startswith("-")
    forward, backward = _key(after, rows.model, names), _key(before, rows.model, names)
    if backward is not None:
        found = list(
            rows.filter(_beyond(names, backward, is_falling=not is_falling)).order_by(*_turned(sort))[: size + 1]
        )
        shown, has_next, has_previous = found[:size][::-1], True, len(found) > size
    else:
        if forward is not None:
            rows = rows.filter(_beyond(names, forward, is_falling=is_falling))
        found = list(rows.order_by(*sort)[: size + 1])
        shown, has_next, has_previous = found[:size], len(found) > size, forward is not None
    return Page(
        list(shown),
        _text(shown[-1], names) if shown and has_next else "",
        _text(shown[0], names) if shown and has_previous else "",
    )


def _turned(sort: tuple[str, ...]) -> list[str]:
    return [name[1:] if name.startswith("-") else f"-{name}" for name in sort]


def _beyond(names: Sequence[str], key: Sequence[object], *, is_falling: bool) -> Q:
    """Return rows beyond a key; the plain bound on the first column is what the index reads."""
    more = "lt" if is_falling else "gt"
    if len(names) == 1:
        return Q(**{f"{names[0]}__{more}": key[0]})
    bound = Q(**{f"{names[0]}__{more}e": key[0]})
    return bound & (Q(**{f"{names[0]}__{more}": key[0]}) | Q(**{names[0]: key[0], f"{names[1]}__{more}": key[1]}))


def _text(row: Any, names: Sequence[str]) -> str:
    values = [getattr(row, name) for name in names]
    return "~".join(value.isoformat() if isinstance(value, datetime) else str(value) for value in values)


def _key(text: str, model: type[Model], names: Sequence[str]) -> list[object] | None:
    """Read a key as `_text` wrote it; None when there is none or it is not one."""
    parts = text.rsplit("~", len(names) - 1) if text and "\0" not in text else []
    if len(parts) != len(names):
        return None
    try:
        return [_parsed(part, name) for part, name in zip(parts, names, strict=True)]
    except (ValueError, ArithmeticError):
        return None


def _parsed(text: str, name: str) -> object:
    if name == "pk":
        return int(text) if len(text) < 19 else 0  # noqa: PLR2004 -- bigint
    if name.endswith("_at"):
        return datetime.fromisoformat(text)
    return Decimal(text) if name == "cover_days" else text
