"""One order, or a page of them, with everything an answer holds: a fixed number of statements."""

from collections.abc import Iterable

from django.db.models import Prefetch, QuerySet

from aftersales.refunds.models import Refund
from orders.core.models import (
    ContactLog,
    Extension,
    Hold,
    Order,
    OrderEvent,
    OrderLine,
    OrderQuerySet,
    Remark,
    Wish,
)
from orders.fulfilment.models import InvoiceRequest, Shipment, WaybillLine
from orders.fulfilment.statuses import LIVE_WAYBILLS
from orders.notes.models import NoteFile


def with_parts(orders: OrderQuerySet) -> QuerySet[Order]:
    """Fetch every part of the orders, oldest first, in one statement per table."""
    facts = orders.select_related("buyer", "recipient", "note__assignee", "claimed_by").defer("recipient__sealed")
    lines = OrderLine.objects.select_related("title", "stock__sku").order_by("position", "pk")
    standing_remarks = Remark.objects.filter(withdrawn_at__isnull=True)
    return facts.prefetch_related(
        "discounts",
        Prefetch("lines", lines, to_attr="sorted_lines"),
        Prefetch("holds", Hold.objects.filter(released_at__isnull=True).order_by("pk"), to_attr="open_holds"),
        Prefetch("remarks", standing_remarks.order_by("at", "pk"), to_attr="sorted_remarks"),
        Prefetch("extensions", Extension.objects.select_related("recorded_by").order_by("pk")),
        Prefetch("wishes", Wish.objects.select_related("agreed_by", "done_by").order_by("pk")),
        Prefetch("contacts", ContactLog.objects.order_by("at", "pk")),
        Prefetch("note__files", NoteFile.objects.select_related("attachment").order_by("pk")),
        Prefetch("events", OrderEvent.objects.select_related("outbox").order_by("at", "pk"), to_attr="sorted_events"),
        Prefetch("waybill_lines", _packed(), to_attr="packed_lines"),
        Prefetch("invoice_requests", InvoiceRequest.objects.order_by("-pk"), to_attr="invoices"),
        Prefetch("refunds", Refund.objects.order_by("requested_at", "pk"), to_attr="sorted_refunds"),
        Prefetch("shipments", Shipment.objects.order_by("shipped_at", "pk").prefetch_related("lines")),
    )  # fmt: skip


def _packed() -> QuerySet[WaybillLine]:
    """Return what lies in parcels that have not left, with the parcels."""
    live = WaybillLine.objects.filter(waybill__state__in=LIVE_WAYBILLS)
    return live.select_related("waybill").order_by("waybill_id", "pk")


def in_order(orders: QuerySet[Order], ids: Iterable[int]) -> list[Order]:
    """Return the orders in the order of these ids."""
    found = {order.pk: order for order in orders}
    return [found[pk] for pk in ids if pk in found]
