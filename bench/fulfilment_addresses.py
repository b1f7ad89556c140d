"""The desks of fulfilment: each list with its tabs, filters and sorts, and a page far down it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.utils import timezone

from backoffice.common.clock import business_day
from backoffice.common.models import Store
from orders.core.models import OutboxMessage, OutboxState
from orders.fulfilment.models import Anomaly, InvoiceRequest, Product, Shipment, Shortage, Sku, StockMovement, Waybill
from orders.fulfilment.queries.desk import PACK, PART, TABS, desk_page
from orders.fulfilment.queries.invoices import InvoiceFilter, invoice_page
from orders.fulfilment.queries.merges import merge_groups
from orders.fulfilment.queries.skus import SKU_SORTS, SKU_TABS, sku_list
from orders.fulfilment.queries.stock import TABS as SHORTAGE_TABS
from orders.fulfilment.queries.stock import ledger_page, products_page, shortages_page
from orders.fulfilment.queries.tracking import OWNERS, PARCEL_TABS, page_by_time
from orders.fulfilment.statuses import AnomalyKind, InvoiceState, MovementKind, TraceState

STOCK, PRODUCTS, SHORTAGES = "/orders/stock/", "/orders/stock/products/", "/orders/shortages/"
SHIPPING, MERGES, PARCELS = "/orders/shipping/", "/orders/shipping/merges/", "/orders/shipping/parcels/"
CASES, COMPARE = "/orders/shipping/anomalies/", "/orders/shipping/compare/"
INVOICES, MESSAGES, OUTBOX = "/orders/invoices/", "/orders/messages/", "/settings/platform/outbox/"
FAR = 20_000  # rows before a page far down; of fewer rows, three quarters


@dataclass(frozen=True)
class Desk:
    """One list: its first page, every other way to look at it, and a page far down one of those."""

    name: str
    base: str
    ways: dict[str, str] = field(default_factory=dict)
    deep: str = ""
    deep_base: str = ""  # the first page of the same list

    @property
    def lists(self) -> dict[str, str]:
        """Return every address of the desk by name."""
        named = {f"{self.name}, {way}": path for way, path in self.ways.items()}
        return {self.name: self.base, **named, f"deep page of {self.name}": self.deep or self.base}


def desks(store: Store) -> list[Desk]:
    return [
        _shipping(store), _merges(store), _parcels(store), _cases(store), _stock(store), _ledger(store),
        _products(store), _shortages(store), _invoices(store), _outbox(store),
    ]  # fmt: skip


def desk_lists(store: Store) -> dict[str, str]:
    return {name: path for desk in desks(store) for name, path in desk.lists.items()}


def url_of(base: str, **query: Any) -> str:
    return f"{base}?{urlencode(query)}" if query else base


def deep_of(base: str, after: str, **query: Any) -> dict[str, str]:
    """Return the addresses of a page far down a list and of its first page; of none where the list is too short."""
    return {"deep": url_of(base, **query, after=after), "deep_base": url_of(base, **query)} if after else {}


def far_of(count: int) -> int:
    return max(1, min(FAR, count * 3 // 4))


def _shipping(store: Store) -> Desk:
    page = desk_page(store, PACK, now=timezone.now(), size=2_000)
    after = page.next or desk_page(store, PACK, now=timezone.now(), size=max(1, len(page.rows) * 3 // 4)).next
    ways = {tab: url_of(SHIPPING, tab=tab) for tab in TABS if tab != PACK}
    if far := desk_page(store, PART, now=timezone.now(), size=1_000).next:
        ways |= {"far in part": url_of(SHIPPING, tab=PART, after=far)}
    return Desk("shipping desk", SHIPPING, ways, **deep_of(SHIPPING, after))


def _merges(store: Store) -> Desk:
    after = merge_groups(store, size=500).next or merge_groups(store, size=2).next
    return Desk("merge suggestions", MERGES, {}, **deep_of(MERGES, after))


def _parcels(store: Store) -> Desk:
    every = Shipment.objects.for_store(store)
    after = page_by_time(every.only("shipped_at"), "shipped_at", is_descending=True, size=far_of(every.count())).next
    some, today = every.latest("shipped_at"), business_day(timezone.now())
    month, week = today - timedelta(days=30), today - timedelta(days=6)
    narrowed: dict[str, dict[str, object]] = {
        "courier": {"courier": some.courier}, "no such courier": {"courier": "EMS"}, "province": {"province": "广东"},
        "rare province": {"province": "西藏"}, "number": {"number": some.tracking_number}, "days": {"from": week},
        "days long ago": {"from": month - timedelta(days=2), "to": month},
        "courier and days": {"courier": some.courier, "from": week}, "province and courier":
        {"province": "西藏", "courier": some.courier}, "no such state": {"state": TraceState.PROBLEM},
    }  # fmt: skip
    narrowed |= {f"state {state}": {"state": state} for state in TraceState.values if state}
    narrowed |= {f"trouble {kind}": {"problem": kind} for kind in AnomalyKind.values}
    ways = {
        f"{tab}{name and ', '}{name}": url_of(PARCELS, tab=tab, **query)
        for tab in PARCEL_TABS for name, query in ({"": dict[str, object]()} | narrowed).items()
    }  # fmt: skip
    return Desk("parcels", PARCELS, ways, **deep_of(PARCELS, after, tab="all"))


def _cases(store: Store) -> Desk:
    settled = Anomaly.objects.filter(store=store, closed_at__isnull=False)
    after = page_by_time(settled, "closed_at", is_descending=True, size=far_of(settled.count())).next
    ways = {kind: url_of(CASES, tab=kind) for kind in AnomalyKind.values}
    ways |= {f"owner {owner}": url_of(CASES, owner=owner) for owner in OWNERS}
    ways |= {f"{kind}, nobody's": url_of(CASES, tab=kind, owner="none") for kind in AnomalyKind.values}
    ways |= {"settled": url_of(CASES, tab="settled"), "settled by owner": url_of(CASES, tab="settled", owner="mine")}
    some = Anomaly.objects.filter(store=store).select_related("shipment").first()
    if some is not None:
        ways |= {"number": url_of(CASES, number=some.shipment.tracking_number)}
    return Desk("anomalies", CASES, ways, **deep_of(CASES, after, tab="settled"))


def _stock(store: Store) -> Desk:
    every = Sku.objects.for_store(store)
    after = sku_list(store, size=far_of(every.count())).next_key
    some = every.order_by("-pk").first()
    words = {"code": some.code, "begin of codes": some.code[:3], "barcode": some.barcode} if some else {}
    words |= {"word of a title": "靠垫", "one character": "垫", "nothing": "没有这样的"}
    ways = {f"{tab} by {sort}": url_of(STOCK, tab=tab, sort=sort) for tab in SKU_TABS for sort in SKU_SORTS}
    ways |= {f"{tab}, {name}": url_of(STOCK, tab=tab, search=word) for tab in SKU_TABS for name, word in words.items()}
    ways |= {f"by cover, {name}": url_of(STOCK, sort="cover", search=word) for name, word in words.items()}
    return Desk("stock", STOCK, ways, **deep_of(STOCK, after))


def _ledger(store: Store) -> Desk:
    """Look at the sku that moves most."""
    busiest = Sku.objects.for_store(store).order_by("-sold_count", "pk").first()
    if busiest is None:
        return Desk("ledger", STOCK)
    base = f"{STOCK}{busiest.pk}/"
    after = ledger_page(busiest, size=far_of(StockMovement.objects.filter(sku=busiest).count())).next_key
    ways = {f"{kind}": url_of(base, kind=kind) for kind in MovementKind.values}
    return Desk("ledger", base, ways, **deep_of(base, after))


def _products(store: Store) -> Desk:
    after = products_page(store, size=far_of(Product.objects.for_store(store).count())).next_key
    words = {"begin of codes": "P1", "word of a title": "靠垫", "nothing": "没有这样的"}
    ways = {name: url_of(PRODUCTS, search=word) for name, word in words.items()}
    return Desk("products", PRODUCTS, ways, **deep_of(PRODUCTS, after))


def _shortages(store: Store) -> Desk:
    rows = Shortage.objects.filter(store=store)
    closed = rows.filter(closed_at__isnull=False)
    after = shortages_page(store, tab="closed", size=far_of(closed.count())).next_key
    ways = {tab: url_of(SHORTAGES, tab=tab) for tab in SHORTAGE_TABS}
    some = rows.select_related("order").first()
    if some is not None:
        ways |= {f"{tab}, number": url_of(SHORTAGES, tab=tab, number=some.order.number) for tab in SHORTAGE_TABS}
    return Desk("shortages", SHORTAGES, ways, **deep_of(SHORTAGES, after, tab="closed"))


def _invoices(store: Store) -> Desk:
    issued, every = InvoiceFilter(state=InvoiceState.ISSUED), InvoiceRequest.objects.for_store(store)
    after = invoice_page(store, issued, now=timezone.now(), size=far_of(every.filter(state=issued.state).count())).next
    some = every.select_related("order").exclude(invoice_number="").first()
    narrowed: dict[str, dict[str, str]] = {
        "": {}, "company": {"kind": "company"}, "overdue": {"mark": "overdue"}, "incomplete": {"mark": "incomplete"},
        "on paper": {"mark": "paper"}, "title": {"q": "示例77科技"}, "part of many titles": {"q": "科技"},
        "one character": {"q": "示"}, "nothing": {"q": "没有这样的"},
    }  # fmt: skip
    if some is not None:
        narrowed |= {"order": {"q": some.order.number}, "invoice number": {"q": some.invoice_number}}
    ways = {
        f"{state}{name and ', '}{name}": url_of(INVOICES, state=state, **query)
        for state in InvoiceState.values for name, query in narrowed.items()
    }  # fmt: skip
    return Desk("invoices", INVOICES, ways, **deep_of(INVOICES, after, state=issued.state))


def _outbox(store: Store) -> Desk:
    ways = {state: url_of(OUTBOX, state=state) for state in OutboxState.values}
    sent = OutboxMessage.objects.for_store(store).filter(state=OutboxState.SENT).order_by("-pk")
    ids = list(sent.values_list("pk", flat=True)[: far_of(sent.count())])
    return Desk("outbox", OUTBOX, ways, **deep_of(OUTBOX, str(ids[-1]) if ids else "", state=OutboxState.SENT))


def single_pages(store: Store) -> dict[str, tuple[str, float]]:
    """Return the other pages of fulfilment by name, each with its goal over `hello_auth`."""
    today = business_day(timezone.now())
    courier = Shipment.objects.for_store(store).latest("shipped_at")
    pages: dict[str, tuple[str, float]] = {
        "scan station": ("/orders/shipping/scan/", 5), "stocktake": (f"{STOCK}count/", 5),
        "couriers and pools": ("/orders/shipping/couriers/", 5), "prices of a courier":
        ("/orders/shipping/couriers/?prices=SF", 6), "gift rules": ("/settings/gifts/", 5),
        "couriers compared, 30 days": (COMPARE, 5), "couriers compared, 90 days": (f"{COMPARE}?days=90", 5),
        "couriers compared, a year": (url_of(COMPARE, **{"from": today - timedelta(days=365), "to": today}), 5),
        "provinces of a courier": (f"{COMPARE}?courier={courier.courier}&days=90", 5),
    }  # fmt: skip
    return pages | {name: (path, 6) for name, path in _things(store).items()}


def _things(store: Store) -> Mapping[str, str]:
    """Return the page of one thing of each kind."""
    found: dict[str, str] = {}
    if waybill := Waybill.objects.for_store(store).live().order_by("-order_count", "pk").first():
        found["a waybill"] = f"{SHIPPING}waybills/{waybill.pk}/"
    if case := Anomaly.objects.filter(store=store, closed_at__isnull=True).first():
        found["an anomaly"] = f"{CASES}{case.pk}/"
    if shortage := Shortage.objects.filter(store=store, closed_at__isnull=True).first():
        found["a shortage"] = f"{SHORTAGES}{shortage.pk}/"
    if product := Product.objects.for_store(store).exclude(platform_id="").first():
        found["a product"] = f"{PRODUCTS}{product.pk}/"
    parcel = Shipment.objects.for_store(store).exclude(trace_state="").select_related("order").first()
    if parcel is not None:
        number = parcel.order.number
        found["trace of an order's parcels"] = f"{PARCELS}of/{number}/"
        found["invoice of an order"], found["messages of an order"] = (
            f"{INVOICES}of/{number}/",
            f"{MESSAGES}of/{number}/",
        )
    return found
