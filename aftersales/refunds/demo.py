"""The demo shop's after-sales: its buyers' requests as the platform lists them, day by day, and what became of them.

The requests come in by the platform's own list; everything after is done by the services that pages use.
"""

import csv
import struct
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone, translation

from aftersales.refunds import demo_texts as texts
from aftersales.refunds.demo_acts import Hands, act_on
from aftersales.refunds.demo_plan import PLAN, Wish, share_of
from aftersales.refunds.files.headers import R3, VARIANTS
from aftersales.refunds.files.services import import_path
from aftersales.refunds.models import Refund
from aftersales.refunds.services import RefundError
from aftersales.refunds.services.base import policy_of
from aftersales.refunds.services.goods import ReturnPlace, save_return_address
from aftersales.refunds.services.policy import FIELDS, save_policy
from aftersales.refunds.services.registers import (
    open_complaint,
    open_violation,
    settle_complaint,
    settle_violation,
)
from aftersales.refunds.statuses import MONEY_KINDS, RefundKind
from backoffice.common.clock import business_day
from backoffice.common.models import Attachment, Store, User
from backoffice.common.services.attachments import add_attachment
from orders.core.models import Order, OrderLine
from orders.core.statuses import OrderStatus, RefundStatus

_HEADER = VARIANTS[R3]
_WORDS = {"refund_only": "仅退款", "return_refund": "退货退款", "exchange": "换货", "repair": "维修", "reship": "补寄"}
_FEN, _NOON = Decimal("0.01"), 12
_READ = (
    "sku_code", "paid", "title__text", "order__number", "order__status", "order__refund_status", "order__paid",
    "order__paid_at", "order__shipped_at", "order__completed_at",
)  # fmt: skip  # of the many lines that a request may be about
_SENT = (OrderStatus.SHIPPED, OrderStatus.COMPLETED)
_PLACES = (
    ("退货仓", ReturnPlace("李仓", "10000000001", "浙江省 杭州市 余杭区", "测试路 8 号 3 号仓")),
    ("维修点", ReturnPlace("赵工", "10000000002", "浙江省 杭州市 西湖区", "示例街 12 号 2 楼")),
)


@dataclass(frozen=True, slots=True)
class Request:
    """What one buyer asks for, of which line, when."""

    number: str
    wish: Wish
    line: OrderLine
    amount: Decimal
    reason: str
    text: str
    requested_at: datetime
    is_disputed: bool = False


def furnish(*, store: Store, at: datetime, rng: Random) -> int:
    """Fill the pages of after-sales; return how many cases there are. A small shop has fewer."""
    people = {user.username: user for user in User.objects.filter(memberships__store=store)}
    with translation.override("zh-hans"), transaction.atomic():  # a thousand acts, none to be kept without the others
        _furnish_settings(store, people["manager"], at)
        requests = list(_requests(store, at, rng))
        _take_in(store, requests, at)
        cases = {case.number: case for case in Refund.objects.for_store(store)}
        hands = Hands(store, people, at, rng, _proof(store, people["agent"], at), count(1))
        for request in requests:
            if request.number in cases:
                act_on(cases[request.number], request.wish, hands)
        _furnish_registers(store, people, at, rng)
    return len(cases)


def _furnish_settings(store: Store, manager: User, at: datetime) -> None:
    for name, place in _PLACES:
        save_return_address(store=store, name=name, place=place, actor=manager, at=at)
    policy = policy_of(store)
    values = {name: getattr(policy, name) for name in FIELDS} | {"special_words": ["刻字", "坚果", "龙井"]}
    save_policy(store=store, values=values, actor=manager, at=at)


# What buyers ask for


def _requests(store: Store, at: datetime, rng: Random) -> Iterator[Request]:
    pools = {is_sent: _lines(store, rng, is_sent=is_sent) for is_sent in (True, False)}
    size = sum(map(len, pools.values()))
    for wish in PLAN:
        for _one in range(share_of(wish.count, size)):
            request = _request(wish, pools[wish.is_sent], at, rng)
            if request is not None:
                yield request


def _lines(store: Store, rng: Random, *, is_sent: bool) -> list[OrderLine]:
    """Return the first lines of paid orders by chance; those that the order list calls asked for come first."""
    status = _SENT if is_sent else (OrderStatus.PENDING_SHIPMENT,)
    orders = Order.objects.for_store(store).filter(
        status__in=status, gross_paid__gt=0, refund_status__in=(RefundStatus.NONE, RefundStatus.OPEN)
    )
    lines = OrderLine.objects.filter(order__in=orders, position=1, is_gift=False, paid__gt=5)
    found = list(lines.select_related("order", "title").only(*_READ).order_by("order__number", "pk"))
    rng.shuffle(found)
    return sorted(found, key=lambda line: line.order.refund_status != RefundStatus.OPEN)


def _request(wish: Wish, lines: list[OrderLine], at: datetime, rng: Random) -> Request | None:
    """Find an order that is old enough for the wish, and word it."""
    requested_at = at - timedelta(minutes=rng.randint(*wish.minutes_ago))
    place = next((place for place, line in enumerate(lines) if _fits(line, wish, requested_at)), None)
    if place is None:
        return None
    line = lines.pop(place)
    reason, text = _words(wish, line, rng)
    return Request(
        f"{requested_at:%y%m%d}{line.order.number[-11:]}", wish, line, _amount(wish, line, rng), reason, text,
        requested_at, is_disputed=wish.is_disputed,
    )  # fmt: skip


def _fits(line: OrderLine, wish: Wish, requested_at: datetime) -> bool:
    order = line.order
    began = order.completed_at or order.shipped_at if wish.is_sent else order.paid_at
    if began is None or (wish.is_big and line.paid is not None and line.paid <= 520):  # noqa: PLR2004 -- the limit is 500
        return False
    return timedelta(0) < requested_at - began < timedelta(days=14)


def _words(wish: Wish, line: OrderLine, rng: Random) -> tuple[str, str]:
    known = texts.REASONS[wish.kind] if wish.is_sent else texts.NEVER_CAME
    is_worn = any(word in line.title.text for word in texts.WORN)
    if is_worn and wish.kind in (RefundKind.RETURN_REFUND, RefundKind.EXCHANGE):
        known = (*known, *texts.SIZES, *texts.SIZES)
    reason, said = rng.choice(known)
    return reason, rng.choice(said)


def _amount(wish: Wish, line: OrderLine, rng: Random) -> Decimal:
    if wish.kind not in MONEY_KINDS or line.paid is None:
        return Decimal(0)
    if wish.kind == RefundKind.REFUND_ONLY and wish.is_sent and not wish.is_big:
        return max(_FEN, (line.paid * rng.choice((10, 15, 20, 30, 50)) / 100).quantize(_FEN))
    return line.paid


# The platform's lists


def _take_in(store: Store, requests: list[Request], at: datetime) -> None:
    """Take in the list twice a day, as somebody who downloads it at noon and in the evening would."""
    by_half: dict[tuple[date, bool], list[Request]] = {}
    for request in requests:
        half = business_day(request.requested_at), timezone.localtime(request.requested_at).hour >= _NOON
        by_half.setdefault(half, []).append(request)
    with tempfile.TemporaryDirectory() as folder:
        for half in sorted(by_half):
            rows = sorted(by_half[half], key=lambda one: one.requested_at)
            seen_at = min(at, rows[-1].requested_at + timedelta(minutes=9))
            stamp = timezone.localtime(seen_at).strftime("%Y%m%d%H%M")
            path = Path(folder) / f"ExportRefundList{stamp}.csv"
            with path.open("w", encoding="gb18030", newline="") as stream:
                sheet = csv.writer(stream, lineterminator="\r\n")
                sheet.writerow(_HEADER)
                sheet.writerows([_cells(one).get(name, "") for name in _HEADER] for one in rows)
            import_path(store=store, path=path, snapshot_at=seen_at, at=seen_at)


def _cells(one: Request) -> dict[str, str]:
    order = one.line.order
    return {
        "订单编号": f'="{order.number}"',
        "退款编号": f'="{one.number}"',
        "订单付款时间": _time(order.paid_at),
        "商品编码": one.line.sku_code,
        "宝贝标题": one.line.title.text,
        "买家实际支付金额": f"{order.paid}",
        "买家退款金额": f"{one.amount}",
        "售后类型": _WORDS[one.wish.kind],
        "退款的申请时间": _time(one.requested_at),
        "退款状态": "买家已经申请退款，等待卖家同意",
        "货物状态": "买家已收到货" if one.wish.is_sent else "买家未收到货",
        "客服介入状态": "客服已经介入" if one.is_disputed else "不需客服介入",
        "买家退款原因": one.reason,
        "买家退款说明": one.text,
        "售中或售后": "售后" if order.status == OrderStatus.COMPLETED else "售中",
        "手工退款/系统退款": "手工退款",
        "部分退款/全部退款": "全部退款" if one.amount == one.line.paid else "部分退款",
    }


def _time(moment: datetime | None) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M:%S}" if moment else ""


# Proofs and registers


def _proof(store: Store, actor: User, at: datetime) -> Attachment:
    """Keep a picture that a refusal is proved by: grey, as nothing is photographed here."""
    upload = SimpleUploadedFile("签收底单.png", _grey_picture(240, 160), content_type="image/png")
    return add_attachment(store=store, upload=upload, actor=actor, at=at)


def _grey_picture(width: int, height: int) -> bytes:
    rows = b"".join(b"\0" + bytes((200 - row // 2,)) * width for row in range(height))
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    )
    chunks = (
        struct.pack(">I", len(data)) + tag + data + struct.pack(">I", zlib.crc32(tag + data)) for tag, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _furnish_registers(store: Store, people: dict[str, User], at: datetime, rng: Random) -> None:
    cases = list(Refund.objects.for_store(store).order_by("number").values_list("pk", flat=True))
    for kind, text, end in texts.COMPLAINTS if cases else ():
        begun = at - timedelta(hours=rng.randint(3, 40))
        known: dict[str, Any] = {"store": store, "actor": people["agent"]}
        entry = open_complaint(
            **known, kind=kind, text=text, at=begun, refund_id=rng.choice(cases), owner=people["agent"]
        )
        if end:
            settle_complaint(**known, entry_id=entry.pk, state=end, outcome="已和买家说明,补偿一张券", at=at)
    for kind, text, points, penalty, end in texts.VIOLATIONS if cases else ():
        managed: dict[str, Any] = {"store": store, "actor": people["manager"]}
        with suppress(RefundError):
            found = open_violation(
                **managed, kind=kind, text=text, happened_on=business_day(at) - timedelta(days=rng.randint(1, 9)),
                points=Decimal(points), penalty=Decimal(penalty), refund_id=rng.choice(cases),
                at=at - timedelta(hours=rng.randint(1, 60)), deadline=at + timedelta(days=rng.randint(1, 5)),
            )  # fmt: skip
            if end:
                settle_violation(**managed, entry_id=found.pk, state=end, outcome="材料已提交,平台已回复", at=at)
