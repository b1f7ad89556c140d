"""What was paid at pay time and what came back, told from a file's own amounts.

The rule by format:

- A file without 买家应付货款: 买家实际支付金额 is already net where 总金额 = 实付 + 退款 (the real file of February
  2020 obeys this in every paid row), or where more came back than 实付 holds. Then paid at pay time = 实付 + 退款;
  otherwise it is 实付.
- A file with 买家应付货款: a 退款金额 that equals 应付 - 实付 (with or without the postage) to the cent is a discount,
  not a refund: refunded is 0. Any other 退款金额 is a refund; 实付 is what was paid, unless more came back than it
  holds.
- An order that was never paid (no payment time, nothing paid) has nothing refunded.
"""

from decimal import Decimal
from typing import NamedTuple

from orders.intake.formats.cells import ZERO
from orders.intake.formats.records import ABSENT, Absent, Money, Time

_NEARLY = Decimal("0.01")
DISCOUNT = "discount"


class Settlement(NamedTuple):
    gross_paid: Decimal | Absent
    refunded: Decimal | Absent
    refund_kind: str | None
    is_nothing_left: bool = False  # money came back and none of the payment is left


def settle(paid: Money, refund: Money, total: Money, payable: Money, postage: Money, paid_at: Time) -> Settlement:
    if refund is ABSENT or not refund:
        return Settlement(ZERO if paid is None else paid, ABSENT if refund is ABSENT else ZERO, None)
    held = paid or ZERO
    if paid_at is None and not held:
        return Settlement(ZERO, ZERO, None)
    if isinstance(payable, Decimal) and _is_discount(held, refund, payable, postage or ZERO):
        return Settlement(held, ZERO, DISCOUNT, not held)
    is_net = refund > held or (payable is ABSENT and isinstance(total, Decimal) and total == held + refund)
    gross = held + refund if is_net else held
    return Settlement(gross, refund, None, refund >= gross)


def _is_discount(paid: Decimal, refund: Decimal, payable: Decimal, postage: Decimal) -> bool:
    difference = payable - paid
    return abs(difference - refund) <= _NEARLY or abs(difference + postage - refund) <= _NEARLY
