"""Reading requests for invoices: by deadline while they wait, else the newest first. No OFFSET, no count beyond CAP."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import StrIndex, Upper
from django.db.models.lookups import GreaterThan

from backoffice.common.models import Store
from backoffice.common.statements import fetch
from orders.core.models import Order
from orders.core.pieces import pieces_of
from orders.fulfilment.models import InvoiceRequest
from orders.fulfilment.models.invoices import invoice_limit
from orders.fulfilment.queries.tracking import RowPage, page_by_time
from orders.fulfilment.statuses import InvoiceState

CAP = 1000
MARKS: Mapping[str, Q] = {
    "overdue": Q(state=InvoiceState.PENDING),  # and its time, see `narrowed`
    "incomplete": Q(needs_details=True),
    "paper": Q(is_electronic=False),
}


@dataclass(frozen=True, slots=True)
class InvoiceFilter:
    """What the address says of the queue; values that mean nothing are left out."""

    state: str = InvoiceState.PENDING.value
    q: str = ""
    kind: str = ""
    mark: str = ""

    @property
    def key(self) -> str:
        return "due_at" if self.state == InvoiceState.PENDING else "requested_at"


def invoices(store: Store) -> QuerySet[InvoiceRequest]:
    """Return the store's requests with their orders and people."""
    people = ("requested_by", "issued_by")
    return InvoiceRequest.objects.for_store(store).select_related("order", *people).defer("order__extra")


def invoice_page(
    store: Store, found: InvoiceFilter, *, now: datetime, after: str = "", before: str = "", size: int = 50
) -> RowPage:
    """Read one page of the queue.

    Raises:
        PlaceError: a cursor is damaged.
    """
    return _page(invoices(store), store, found, now, after=after, before=before, size=size)


class PaidOrder(NamedTuple):
    """What an invoice's row shows of its order."""

    number: str
    status: str
    gross_paid: Decimal
    refunded: Decimal


class InvoiceRow(NamedTuple):
    """What the queue shows of a request."""

    pk: int
    order_id: int
    kind: str
    title: str
    tax_number: str
    amount: Decimal
    state: str
    due_at: datetime
    remark: str
    needs_details: bool
    requested_at: datetime
    invoice_number: str
    issued_at: datetime | None
    is_electronic: bool
    courier: str
    tracking_number: str
    void_reason: str
    issued_by: str
    order: PaidOrder


_OWN = InvoiceRow._fields[:-2]
_SHOWN = (
    *_OWN, "issued_by__display_name", "issued_by__username", *(f"order__{name}" for name in PaidOrder._fields)
)  # fmt: skip


def invoice_table(store: Store, found: InvoiceFilter, *, now: datetime, after: str = "", before: str = "") -> RowPage:
    """Read one page as `invoice_page` does, of InvoiceRow.

    Raises:
        PlaceError: a cursor is damaged.
    """
    rows = InvoiceRequest.objects.for_store(store).values_list(*_SHOWN, named=True)
    page = _page(rows, store, found, now, after=after, before=before)
    return replace(page, rows=[_row(row) for row in page.rows])


def _row(values: tuple[Any, ...]) -> InvoiceRow:
    own, (name, username, *order) = values[: len(_OWN)], values[len(_OWN) :]
    return InvoiceRow._make((*own, name or username or "", PaidOrder._make(order)))


def _page(
    rows: QuerySet[InvoiceRequest, Any], store: Store, found: InvoiceFilter, now: datetime, **place: Any
) -> RowPage:
    is_descending = found.state != InvoiceState.PENDING
    return page_by_time(narrowed(rows, store, found, now), found.key, is_descending=is_descending, **place)


def narrowed(
    rows: QuerySet[InvoiceRequest, Any], store: Store, found: InvoiceFilter, now: datetime
) -> QuerySet[InvoiceRequest, Any]:
    rows = rows.filter(state=found.state)
    if found.kind:
        rows = rows.filter(kind=found.kind)
    if found.mark:
        rows = rows.filter(MARKS[found.mark])
    if found.mark == "overdue":
        rows = rows.filter(due_at__lt=now)
    return rows.alias(pieces=pieces_of(F("title"))).filter(_named(store, found.q)) if found.q else rows


def _named(store: Store, text: str) -> Q:
    """Find by order number or invoice number, whole, else by a piece of the title."""
    order = Order.objects.for_store(store).filter(number=text).values_list("pk", flat=True).first()
    if order is not None:
        return Q(order=order)
    number = text.upper()
    if InvoiceRequest.objects.for_store(store).filter(invoice_number=number).exclude(invoice_number="").exists():
        return Q(invoice_number=number)
    # a piece of many titles is looked for along the list, a rare one by its index: LIKE would always pass for rare
    found = Q(GreaterThan(StrIndex(Upper(F("title")), Upper(Value(text))), 0))
    return found & Q(pieces__contains=pieces_of(Value(text))) if len(text) > 1 else found


_COUNTED = " UNION ALL ".join(
    f"(SELECT '{state}', count(*) FROM (SELECT FROM fulfilment_invoicerequest"  # noqa: S608 -- names of states
    f" WHERE store_id = %(store)s AND state = '{state}'"
    f" ORDER BY requested_at DESC, id DESC LIMIT {CAP + 1}) AS x)"  # along its index, never the whole table
    for state in InvoiceState.values
)
_LATE = f"""
SELECT count(*) FROM (
    SELECT FROM fulfilment_invoicerequest
    WHERE store_id = %(store)s AND state = 'pending' AND due_at < %(now)s LIMIT {CAP + 1}
) AS x
"""  # noqa: S608 -- a constant


def count_invoices(store: Store) -> dict[str, int]:
    """Return how many requests each state has, in one statement; CAP + 1 stands for more than CAP."""
    return {str(state): int(count) for state, count in fetch(_COUNTED, {"store": store.pk})}


def count_overdue(store: Store, now: datetime) -> int:
    return int(fetch(_LATE, {"store": store.pk, "now": now})[0][0])


def invoices_of_order(order: Order) -> list[InvoiceRequest]:
    """Return the order's requests, the newest first; one at most is not void."""
    found = list(order.invoice_requests.select_related("requested_by", "issued_by").order_by("-pk")[:20])
    for request in found:
        request.order = order
    return found


def excess(request: InvoiceRequest | InvoiceRow) -> Decimal:
    """Return by how much an issued invoice exceeds what the order was paid and kept, after a refund."""
    is_out = request.state in {InvoiceState.ISSUED, InvoiceState.MAILED}
    return max(request.amount - invoice_limit(request.order), Decimal(0)) if is_out else Decimal(0)
