"""EXPLAIN of every statement of every list: none may read all orders or all lines."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db import connection
from django.utils import timezone
from psycopg import ClientCursor

from backoffice.common.models import Store
from bench import addresses
from bench.addresses import Known
from bench.bed import Bed
from bench.fulfilment_pages import all_desks, all_single_pages
from bench.output import Row
from bench.sizes import LARGE
from bench.statements import is_read, large_tables, load_page, once_ms, scans_of
from bench.web_paths import headers_of
from orders.desk.exports.source import select
from orders.desk.exports.templates import find_template
from orders.desk.exports.writing import find_orders

FORBIDDEN = {"orders_order", "orders_orderline"}
DESK = {
    "notes_buyernote", "orders_orderevent", "orders_recipient", "orders_outboxmessage", "fulfilment_sku",
    "fulfilment_stockmovement", "fulfilment_linestock", "fulfilment_waybill", "fulfilment_waybillline",
    "fulfilment_shipment", "fulfilment_shipmentline", "fulfilment_trackingevent", "fulfilment_invoicerequest",
    "refunds_refund", "refunds_refundstep", "refunds_refundmessage", "refunds_returnparcel", "reviews_review",
    "reviews_reviewtask", "topics_topicmention",
}  # fmt: skip  # an export of many orders may well read all notes
SLOW_MS = 50
OK = {200, 302}
_PAGES = ("/", "order page", "evidence", "pane", "batch", "one: ")  # of one thing, not lists


@dataclass
class Explained:
    """What EXPLAIN and one run of the statements said, by list."""

    scans: dict[str, list[str]] = field(default_factory=dict)
    statements: dict[str, int] = field(default_factory=dict)
    sql_ms: dict[str, float] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)

    @property
    def failures(self) -> list[str]:
        return [
            name for name, tables in self.scans.items()
            if FORBIDDEN & set(tables) or (DESK & set(tables) and not name.startswith("export"))
        ]  # fmt: skip

    def add(self, name: str, statements: list[str], large: frozenset[str]) -> None:
        self.statements[name] = len(statements)
        self.sql_ms[name] = round(sum(once_ms(sql) for sql in statements if is_read(sql)), 1)
        if found := set[str]().union(*(scans_of(sql, large) for sql in statements)):
            self.scans[name] = sorted(found)


def explain_rows(bed: Bed, known: Known) -> Iterator[Row]:
    explained = explain_lists(bed, known)
    failures = explained.failures
    what = f"EXPLAIN of {len(explained.statements)} lists: scans of all orders or lines"
    slow = {name: took for name, took in sorted(explained.sql_ms.items(), key=lambda item: -item[1]) if took > SLOW_MS}
    yield Row(
        what, "0", str(len(failures)), None, f"{bed.sizes.orders:,} orders", not (failures or explained.refused),
        {"failures": failures, "scans": explained.scans, "over_50_ms": slow, "refused": explained.refused,
         "statements": explained.statements, "sql_ms": explained.sql_ms},
    )  # fmt: skip
    most = max(explained.statements, key=lambda name: explained.statements[name])
    orders = {name: count for name, count in explained.statements.items() if not name.startswith(_PAGES)}
    listed = max(orders, key=lambda name: orders[name])
    yield Row(
        f"SQL statements of any list (most: {listed})", "≤ 8", str(orders[listed]), None,
        f"any page: {explained.statements[most]} ({most})", orders[listed] <= 8,  # noqa: PLR2004 -- the goal
    )  # fmt: skip


def explain_lists(bed: Bed, known: Known) -> Explained:
    large, explained = large_tables(), Explained()
    lists = {**addresses.filters(known), **addresses.search_forms(known), "deep page": addresses.deep(known)}
    lists |= {**addresses.notes(known), **addresses.desk_pages(known)}
    store = Store.objects.get(code=LARGE)
    lists |= {name: path for desk in all_desks(store) for name, path in desk.lists.items()}
    lists |= {f"one: {name}": path for name, (path, _goal) in all_single_pages(store).items()}
    lists |= {path: path for path in addresses.OTHER_LISTS} | {"order page": f"/orders/{known.number}/"}
    for name, path in lists.items():
        page = load_page(bed.keys[LARGE], path, **headers_of(path))
        if page.status not in OK:
            explained.refused[name] = page.status
        explained.add(name, page.statements, large)
    for name, made in _exports(store).items():
        explained.add(name, [made], large)
    return explained


def _exports(store: Store) -> dict[str, str]:
    """Return the statements that exports of a queue read their rows with, by grain."""
    return {
        f"export {template} of {queue}": export_sql(store, f"queue={queue}", template)
        for queue in ("pending_shipment", "aftersales", "shipped")
        for template in ("picking", "finance")
    }


def export_sql(store: Store, query: str, template_name: str) -> str:
    """Return the statement that an export reads its rows with, values in it."""
    template = find_template(store, template_name)
    found = find_orders(store=store, user=None, query=query, now=timezone.now())
    rows, _fields = select(
        found.orders, template.export_columns, grain=template.grain, sort=found.filter.sort, more=("id",)
    )
    sql, params = rows.query.sql_with_params()
    connection.ensure_connection()
    return ClientCursor(connection.connection).mogrify(sql, params)
