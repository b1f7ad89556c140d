"""Invented orders: `generate(count, seed, until, days)` yields the same ones for the same arguments."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple
from zoneinfo import ZoneInfo

from orders.core.statuses import OrderStatus, RefundStatus
from orders.intake.demo.catalogue import (
    COURIERS,
    GIVEN,
    HOURS,
    NOTES,
    PAYMENTS,
    PLACES,
    SKUS,
    STREETS,
    SURNAMES,
    DemoSku,
)

CHINA = ZoneInfo("Asia/Shanghai")
FEN = Decimal("0.01")
_SKU_WEIGHTS = list(accumulate(sku.weight for sku in SKUS))
_PLACE_WEIGHTS = list(accumulate(place[3] for place in PLACES))
_HOUR_WEIGHTS = list(accumulate(HOURS))


class DemoLine(NamedTuple):
    oid: str
    sku: DemoSku
    quantity: int
    paid: Decimal


class DemoOrder(NamedTuple):
    """One invented order; times are Asia/Shanghai, money is yuan."""

    number: str
    status: OrderStatus
    buyer: int  # which buyer of the pool
    placed_at: datetime
    paid_at: datetime | None
    shipped_at: datetime | None
    completed_at: datetime | None
    lines: tuple[DemoLine, ...]
    total: Decimal
    payable: Decimal
    postage: Decimal
    paid: Decimal
    refunded: Decimal
    refund_status: RefundStatus
    payment_method: str
    note: str
    remark: str
    courier: str
    tracking_number: str


class DemoBuyer(NamedTuple):
    nick: str
    name: str
    mobile: str
    province: str
    city: str
    district: str
    street: str


@lru_cache(maxsize=200_000)
def buyer_of(seed: int, index: int) -> DemoBuyer:
    """Return one buyer of the invented pool."""
    dice = random.Random(f"{seed}/{index}")
    province, city, district, _weight = dice.choices(PLACES, cum_weights=_PLACE_WEIGHTS)[0]
    name = dice.choice(SURNAMES) + dice.choice(GIVEN)
    street = f"{dice.choice(STREETS)}{dice.randint(1, 300)}号{dice.randint(1, 30)}栋{dice.randint(101, 2804)}室"
    return DemoBuyer(
        f"tb{index:07}_{index % 97}", name, f"100{index % 100_000_000:08}", province, city, district, street
    )


def generate(*, count: int, seed: int, until: datetime, days: int) -> Iterator[DemoOrder]:
    """Yield orders in the order they were placed, the last ones shortly before `until`."""
    dice = random.Random(seed)
    pool = max(10, count * 3 // 5)
    moments = sorted(_moment(dice, until, days) for _ in range(count))
    for serial, placed_at in enumerate(moments):
        yield _order(dice, serial, placed_at, until, pool, seed)


def _moment(dice: random.Random, until: datetime, days: int) -> datetime:
    """Return a time of placing before `until`: more in the evening, a little more each week."""
    today = until.astimezone(CHINA).replace(hour=0, minute=0, second=0, microsecond=0)
    while True:
        age = int(days * (1 - dice.random() ** 0.85))
        hour = dice.choices(range(24), cum_weights=_HOUR_WEIGHTS)[0]
        moment = today - timedelta(days=age) + timedelta(hours=hour, seconds=dice.randrange(3600))
        if moment < until:
            return moment


def _order(dice: random.Random, serial: int, placed_at: datetime, until: datetime, pool: int, seed: int) -> DemoOrder:
    number = f"{35 + seed % 50}{placed_at:%y%m%d}{serial:011}"
    lines = _lines(dice, number)
    goods = sum((line.sku.price * line.quantity for line in lines), 0)
    paid_goods = sum((line.paid for line in lines), Decimal(0))
    postage = Decimal(0) if goods >= 99 or dice.random() < 0.7 else Decimal(10)
    payable = paid_goods + postage
    status = _status(dice, (until - placed_at) / timedelta(days=1))
    paid_at = placed_at + timedelta(seconds=dice.randint(5, 900)) if _is_paid(dice, status) else None
    if paid_at is not None and paid_at > until:
        status, paid_at = OrderStatus.PENDING_PAYMENT, None
    shipped_at = _later(dice, paid_at, 3, 40, until) if status in _SENT else None
    completed_at = _later(dice, shipped_at, 60, 200, until) if status == OrderStatus.COMPLETED else None
    paid = payable if paid_at else Decimal(0)
    refunded, refund_status = _refund(dice, status, paid)
    courier, pattern = dice.choice(COURIERS)
    return DemoOrder(
        number, status, int(pool * dice.random() ** 1.3), placed_at, paid_at, shipped_at, completed_at, lines,
        payable, paid_goods, postage, paid, refunded, refund_status, dice.choice(PAYMENTS),
        dice.choice(NOTES) if dice.random() < 0.17 else "",
        "老客户,优先发" if dice.random() < 0.03 else "",
        courier if shipped_at else "", pattern.format(serial + seed * 1_000_000) if shipped_at else "",
    )  # fmt: skip


_SENT = (OrderStatus.SHIPPED, OrderStatus.COMPLETED)


def _lines(dice: random.Random, number: str) -> tuple[DemoLine, ...]:
    lines = []
    for position in range(dice.choices((1, 2, 3), (80, 15, 5))[0]):
        sku = dice.choices(SKUS, cum_weights=_SKU_WEIGHTS)[0]
        quantity = dice.choices((1, 2, 3), (88, 9, 3))[0]
        discount = dice.choice((Decimal(1), Decimal(1), Decimal("0.95"), Decimal("0.9"), Decimal("0.85")))
        lines.append(
            DemoLine(f"{number}{position + 1}", sku, quantity, (sku.price * quantity * discount).quantize(FEN))
        )
    return tuple(lines)


def _status(dice: random.Random, age_days: float) -> OrderStatus:
    """Return a status that fits the age: new ones wait, old ones are done or closed."""
    roll = dice.random()
    if age_days < 2.2:
        return (
            OrderStatus.PENDING_PAYMENT
            if roll < 0.08
            else OrderStatus.PENDING_SHIPMENT
            if roll < 0.80
            else OrderStatus.SHIPPED
        )
    if roll < 0.09:
        return OrderStatus.CLOSED
    return OrderStatus.COMPLETED if age_days > 12 else OrderStatus.SHIPPED


def _is_paid(dice: random.Random, status: OrderStatus) -> bool:
    return status != OrderStatus.PENDING_PAYMENT and (status != OrderStatus.CLOSED or dice.random() < 0.4)


def _later(dice: random.Random, moment: datetime | None, least: int, most: int, until: datetime) -> datetime | None:
    """Return a time so many hours later; what would lie after the end happened just before it."""
    if moment is None:
        return None
    later = moment + timedelta(minutes=dice.randint(least * 60, most * 60))
    return later if later < until else max(moment, until - timedelta(minutes=dice.randint(1, 240)))


def _refund(dice: random.Random, status: OrderStatus, paid: Decimal) -> tuple[Decimal, RefundStatus]:
    """Return what was refunded: all of a paid and closed order, of others now and then a part, or one still open."""
    if not paid:
        return Decimal(0), RefundStatus.NONE
    if status == OrderStatus.CLOSED:
        return paid, RefundStatus.SUCCEEDED
    roll = dice.random()
    if roll < 0.03:
        return Decimal(0), RefundStatus.OPEN
    if roll < 0.06 and status in _SENT:
        return (paid * dice.choice((Decimal("0.3"), Decimal("0.5"), Decimal(1)))).quantize(FEN), RefundStatus.SUCCEEDED
    return Decimal(0), RefundStatus.NONE
