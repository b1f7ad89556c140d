"""The buyer in numbers, and what people wrote about the order."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from urllib.parse import urlencode

from django.db.models import Count, Q, Sum
from django.urls import reverse

from orders.core.models import Order, Remark
from orders.core.statuses import RefundStatus
from orders.notes.models import BuyerNote, NoteVersion

SHOWN_REMARKS = 50
YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class BuyerNumbers:
    """The buyer in numbers: this store, the last twelve months."""

    orders: int = 0
    paid: Decimal = Decimal(0)
    refunds: int = 0
    refunded: Decimal = Decimal(0)


def buyer_numbers(order: Order, now: datetime) -> BuyerNumbers:
    """Count over the buyer's own index; the order itself is among them."""
    if order.buyer_id is None:
        return BuyerNumbers()
    rows = Order.objects.filter(buyer_id=order.buyer_id, store_id=order.store_id, placed_at__gte=now - YEAR)
    found = rows.aggregate(
        orders=Count("pk"),
        paid=Sum("gross_paid", default=Decimal(0)),
        refunds=Count("pk", filter=Q(refund_status__in=(RefundStatus.OPEN, RefundStatus.SUCCEEDED))),
        refunded=Sum("refunded", default=Decimal(0)),
    )
    return BuyerNumbers(**found)


def nick_url(order: Order) -> str:
    """Return the list of the buyer's orders; a nick of one character cannot be searched for."""
    nick = order.buyer.nick if order.buyer else ""
    if len(nick) < 2:  # noqa: PLR2004
        return ""
    return f"{reverse('desk:order-list')}?{urlencode({'queue': 'all', 'q': nick})}"


def older_notes(note: BuyerNote | None) -> list[NoteVersion]:
    """Return what the buyer wrote before, newest first."""
    if note is None or note.version_count < 2:  # noqa: PLR2004
        return []
    return list(note.versions.filter(number__lt=note.version_count).order_by("-number"))


def remarks(order: Order) -> list[Remark]:
    """Return what stands of them, newest first; what was taken back is in the history."""
    if order.latest_remark_at is None:
        return []
    return list(order.remarks.filter(withdrawn_at__isnull=True).order_by("-at", "-pk")[:SHOWN_REMARKS])
