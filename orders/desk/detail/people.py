"""The buyer in numbers, and what people wrote about the order."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from urllib.parse import urlencode

from django.urls import reverse

from backoffice.common.statements import Prepared, fetch
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


_REFUNDED = [RefundStatus.OPEN.value, RefundStatus.SUCCEEDED.value]
_NUMBERS = """
SELECT count(*), coalesce(sum(gross_paid), 0), count(*) FILTER (WHERE refund_status = ANY(%(refunded)s)),
    coalesce(sum(refunded), 0)
FROM orders_order WHERE buyer_id = %(buyer)s AND store_id = %(store)s AND placed_at >= %(since)s
"""


def buyer_numbers(order: Order, now: datetime) -> BuyerNumbers:
    """Count over the buyer's own index; the order itself is among them."""
    if order.buyer_id is None:
        return BuyerNumbers()
    values = {"buyer": order.buyer_id, "store": order.store_id, "since": now - YEAR, "refunded": _REFUNDED}
    ((orders, paid, refunds, refunded),) = fetch(_NUMBERS, values)
    return BuyerNumbers(orders, paid, refunds, refunded)


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


_ORDER = -1  # stands for the order of a call
_STANDING = Prepared(
    lambda: Remark.objects.filter(order=_ORDER, withdrawn_at__isnull=True).order_by("-at", "-pk")[:SHOWN_REMARKS],
    _ORDER,
)


def remarks(order: Order) -> list[Remark]:
    """Return what stands of them, newest first; what was taken back is in the history."""
    if order.latest_remark_at is None:
        return []
    return _STANDING.fetch(order.pk)
