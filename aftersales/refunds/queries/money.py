"""What of an order's money cases hold: the same sums as the database's ceiling (migration 0002)."""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Q, QuerySet, Sum

from aftersales.refunds.models import Refund
from aftersales.refunds.statuses import OPEN_STATES, RefundKind, RefundState
from backoffice.common.statements import fetch
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


class OrderCase(NamedTuple):
    """A case of an order, with what it holds of the order's money."""

    pk: int
    number: str
    kind: str
    status: str
    amount: Decimal
    refunded: Decimal
    line_id: int | None

    @property
    def kind_label(self) -> str:
        return str(RefundKind(self.kind).label)

    @property
    def status_label(self) -> str:
        return str(RefundState(self.status).label)


_OF_ORDER = """
SELECT id, number, kind, status, amount, refunded, line_id FROM refunds_refund WHERE order_id = %s
ORDER BY requested_at DESC, id DESC
"""


def order_cases(order: Order) -> list[OrderCase]:
    """Return all cases of an order, newest first."""
    return [OrderCase(*row) for row in fetch(_OF_ORDER, [order.pk])]


def refundable_among(refund: Refund, cases: Iterable[OrderCase]) -> Decimal:
    """Return `refundable_of` a case, besides itself, from all cases of its order, which were read already."""
    order, line, cases = refund.order, refund.line, list(cases)
    others = [case for case in cases if case.pk != refund.pk]
    claimed = sum((case.amount for case in others if case.status in OPEN_STATES), NOTHING)
    left = max(order.gross_paid - claimed - max(_given(others), order.refunded), NOTHING)
    if line is None or line.paid is None:
        return left
    given = _given(case for case in cases if case.line_id == line.pk)
    return min(left, max(line.paid - max(given, line.refunded), NOTHING))


def _given(cases: Iterable[OrderCase]) -> Decimal:
    return sum((case.refunded for case in cases if case.status == RefundState.SUCCEEDED), NOTHING)


def _cases(order: Order, besides: Refund | None) -> "QuerySet[Refund]":
    cases = Refund.objects.filter(order=order)
    return cases.exclude(pk=besides.pk) if besides is not None and besides.pk else cases
