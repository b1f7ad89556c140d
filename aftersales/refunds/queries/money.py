"""What of an order's money cases hold: the same sums as the database's ceiling (migration 0002)."""

from decimal import Decimal

from django.db.models import Q, QuerySet, Sum

from aftersales.refunds.models import Refund
from aftersales.refunds.statuses import OPEN_STATES, RefundState
from orders.core.models import Order, OrderLine

NOTHING = Decimal("0.00")
_FEN = -2  # the exponent of 0.01
_CLAIMED = Sum("amount", filter=Q(status__in=OPEN_STATES), default=NOTHING)
_GIVEN = Sum("refunded", filter=Q(status=RefundState.SUCCEEDED), default=NOTHING)


def is_money(amount: Decimal) -> bool:
    """Tell whether it is an amount in whole fen."""
    exponent = amount.normalize().as_tuple().exponent
    return isinstance(exponent, int) and exponent >= _FEN


def taken_of(order: Order, *, besides: Refund | None = None) -> Decimal:
    """Return what is given back or asked for, besides one case; refunds that only the platform knows count too."""
    sums = _cases(order, besides).aggregate(claimed=_CLAIMED, given=_GIVEN)
    return sums["claimed"] + max(sums["given"], order.refunded)


def given_of(order: Order, line_id: int | None = None) -> Decimal:
    """Return what the cases known here gave back: of the whole order and its lines, or of one line."""
    cases = _cases(order, None)
    if line_id is not None:
        cases = cases.filter(line=line_id)
    return cases.aggregate(given=_GIVEN)["given"]


def refundable_of(order: Order, line: OrderLine | None = None, *, besides: Refund | None = None) -> Decimal:
    """Return the most that a new case, or this one, may ask for: freight included, but for a line its goods alone."""
    left = max(order.gross_paid - taken_of(order, besides=besides), NOTHING)
    if line is None or line.paid is None:
        return left
    return min(left, max(line.paid - max(given_of(order, line.pk), line.refunded), NOTHING))


def _cases(order: Order, besides: Refund | None) -> "QuerySet[Refund]":
    cases = Refund.objects.filter(order=order)
    return cases.exclude(pk=besides.pk) if besides is not None and besides.pk else cases
