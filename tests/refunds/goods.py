"""Cases whose goods come back, for tests."""

from typing import Any

from aftersales.refunds.models import Refund
from aftersales.refunds.services.goods import Found, inspect_return, send_back
from orders.core.statuses import OrderStatus
from tests.factories import NOON, make_order
from tests.refunds.cases import make_case, target

BACK, OUT = "SF1234567890123", "SF1999999999999"


def make_return(*codes: str, quantity: int = 1, order: Any = None, **values: Any) -> Refund:
    """Make a case on the only line of a shipped order, or on all of several, that waits for its goods."""
    codes = codes or ("A",)
    order = order or make_order(status=OrderStatus.SHIPPED, lines=len(codes), store=values.pop("store", None))
    lines = list(order.lines.order_by("position"))
    for line, code in zip(lines, codes, strict=False):
        line.sku_code, line.quantity = code, quantity
        line.save(update_fields=["sku_code", "quantity"])
    order.piece_count = sum(line.quantity for line in lines)
    order.save(update_fields=["piece_count"])
    line = lines[0] if len(lines) == 1 else None
    defaults = {"kind": "return_refund", "status": "awaiting_return", "line": line, "quantity": quantity}
    return make_case(order=order, **(defaults | values))


def sent_back(refund: Refund, number: str = BACK, **values: Any) -> Refund:
    return send_back(**target(refund, **({"courier": "SF", "tracking_number": number} | values)))


def make_arrived(*codes: str, back: str = BACK, **values: Any) -> Refund:
    """Make a case whose goods are on their way back."""
    return sent_back(make_return(*codes, **values), back)


def inspect(refund: Refund, *items: Any, **values: Any) -> Refund:
    found = [Found(*item) for item in items] or [Found("restock")]
    return inspect_return(**target(refund, **({"items": found} | values)))


__all__ = ["BACK", "NOON", "OUT", "inspect", "make_arrived", "make_return", "sent_back"]
