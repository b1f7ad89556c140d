"""Cases whose goods come back, for tests."""

from datetime import timedelta
from typing import Any

from aftersales.refunds.models import Refund, ReturnAddress
from aftersales.refunds.services.goods import Found, ReturnPlace, inspect_return, save_return_address, send_back
from backoffice.common.models import Store, User
from orders.core.statuses import OrderStatus
from tests.factories import NOON, make_order
from tests.refunds.cases import make_case, target

PLACE = ReturnPlace("李明", "13812345678", "浙江省 杭州市 余杭区", "文一西路 969 号 3 号仓")
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


def make_address(store: Store, name: str = "Warehouse", **values: Any) -> ReturnAddress:
    return save_return_address(store=store, name=name, **({"place": PLACE, "actor": None, "at": NOON} | values))


def fill_returns(store: Store, staff: User, *, text: str = "有线头") -> list[Refund]:
    """Make returns that travel, lie here, are waited for and were found not to be as they should be; and an address."""
    number = iter(range(100, 999))

    def one(**values: Any) -> Refund:
        return make_return("A", store=store, text=text, reason=text[:200], **values)

    def back(**values: Any) -> Refund:
        return sent_back(one(**values), f"SF1234567890{next(number)}", actor=staff)

    lying, many, found = back(quantity=2), back(quantity=20), back()
    Refund.objects.filter(pk__in=[lying.pk, many.pk]).update(return_signed_at=NOON - timedelta(days=2))
    inspect(found, ("disputed", 1, None, text[:300]), actor=staff)
    make_address(store, text[:60], actor=staff)
    return [lying, many, found, back(), one()]


__all__ = [
    "BACK",
    "NOON",
    "OUT",
    "PLACE",
    "fill_returns",
    "inspect",
    "make_address",
    "make_arrived",
    "make_return",
    "sent_back",
]
