"""Rows of an order detail (ExportOrderDetailList, 宝贝报表, 销售明细): one line of an order each."""

import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

from orders.intake.formats import cells as c
from orders.intake.formats import statuses
from orders.intake.formats.errors import CellError, RowError
from orders.intake.formats.headers import FormatMatch
from orders.intake.formats.orders import status_text
from orders.intake.formats.plan import Converters, Plan
from orders.intake.formats.records import ABSENT, Absent, LineRecord, Money, Text, Time

CONVERTERS: Converters = {
    "number": (c.identifier, None),
    "oid": (c.identifier, None),
    "quantity": (c.count, None),
    "spec": (c.limited(2000), None),
    "platform_status": (status_text, None),
    # from here on as in PASSED
    "title": (c.clipped(500), None),
    "sku_code": (c.limited(100), None),
    "product_code": (c.limited(100), None),
    "product_id": (c.identifier, None),
    "package": (c.limited(300), None),
    "payment_number": (c.limited(64), None),
    "refund_text": (c.limited(64), None),
    "stage_info": (c.limited(1000), None),
    "remark": (c.limited(10_000), None),
    "remark_tag": (c.limited(120), None),
    "buyer_note": (c.limited(10_000), None),
    "contact_note": (c.limited(2000), None),
    "buyer_nick": (c.limited(120), None),
    "courier_name": (c.limited(120), None),
    "price": (c.money, None),
    "payable": (c.money, None),
    "paid": (c.money, None),
    "refund_amount": (c.refund_money, None),
    "placed_at": (c.moment, None),
    "paid_at": (c.moment, None),
    "shipped_at": (c.moment, None),
    "ship_by": (c.moment, None),
    "tracking_numbers": (c.tracking_numbers, ()),
}
_HEAD = tuple(CONVERTERS).index("title")
PASSED = tuple(CONVERTERS)[_HEAD:]
_NEARLY = Decimal("0.01")


class RawLine(NamedTuple):
    """The cells of one row as clean values, in the order of CONVERTERS."""

    number: str | None
    oid: str | Absent | None
    quantity: int | Absent | None
    spec: Text
    platform_status: Text
    title: Text
    sku_code: Text
    product_code: Text
    product_id: Text
    package: Text
    payment_number: Text
    refund_text: Text
    stage_info: Text
    remark: Text
    remark_tag: Text
    buyer_note: Text
    contact_note: Text
    buyer_nick: Text
    courier_name: Text
    price: Money
    payable: Money
    paid: Money
    refund_amount: Money
    placed_at: Time
    paid_at: Time
    shipped_at: Time
    ship_by: Time
    tracking_numbers: tuple[str, ...] | Absent


class RefundFacts(NamedTuple):
    status: Text
    refunded: Decimal | Absent
    open: Decimal | Absent


class DetailParser:
    """Reads the rows of one order detail; `match` is what `recognise` made of its header."""

    def __init__(self, match: FormatMatch) -> None:
        self._plan = Plan(match, CONVERTERS)

    def parse(self, line: int, cells: Sequence[c.Cell]) -> LineRecord | RowError:
        try:
            values = self._plan.read(cells)
            return _record(line, values, self._plan.digest(values, {}))
        except CellError as error:
            return self._plan.refuse(line, error)


def _record(line: int, values: list[object], content_hash: str) -> LineRecord:
    raw = RawLine._make(values)
    _require(raw)
    refund = _refund(raw)
    spec, pairs = specification(raw.spec) if raw.spec else (raw.spec, ())
    return LineRecord._make(
        (
            line,
            raw.number,
            raw.oid or None,
            _status(raw.platform_status),
            refund.status,
            refund.refunded,
            refund.open,
            statuses.is_balance_unpaid(raw.stage_info),
            content_hash,
            1 if raw.quantity is ABSENT else raw.quantity,
            spec,
            pairs,
            *values[_HEAD - 1 :],
        )
    )


def _require(raw: RawLine) -> None:
    if raw.number is None:
        raise CellError("id_missing", field="number")
    if raw.oid is None:
        raise CellError("id_missing", field="oid")
    if not raw.title:
        raise CellError("text_missing", field="title")
    if raw.quantity is not ABSENT and not raw.quantity:
        raise CellError("count_too_small", "" if raw.quantity is None else raw.quantity, "quantity")


def _status(text: Text) -> Text:
    if not text:
        return text
    known = statuses.status_of(text)
    if known is None:
        raise CellError("status_unknown", text, "platform_status")
    return known.status


def _refund(raw: RawLine) -> RefundFacts:
    """Return the line's refund facts; without 退款状态 an amount is a refund unless it is a discount difference."""
    if raw.refund_text is ABSENT:
        return _refund_by_amount(raw)
    status = statuses.refund_status_of(raw.refund_text) if raw.refund_text else ""
    if status is None:
        raise CellError("status_unknown", raw.refund_text, "refund_text")
    amount = raw.refund_amount or c.ZERO
    return RefundFacts(status, amount if status == "succeeded" else c.ZERO, amount if status == "open" else c.ZERO)


def _refund_by_amount(raw: RawLine) -> RefundFacts:
    if raw.refund_amount is ABSENT:
        return RefundFacts(ABSENT, ABSENT, ABSENT)
    amount = raw.refund_amount or c.ZERO
    if amount and raw.payable and abs(raw.payable - (raw.paid or c.ZERO) - amount) <= _NEARLY:
        amount = c.ZERO
    return RefundFacts("succeeded" if amount else "", amount, c.ZERO)


_SPEC_BREAKS = re.compile(r"[;；\n]+")
_SPEC_COLON = re.compile(r"[:：]")
_SPEC_SUFFIX = re.compile(r"\s*(\[[^\[\]]*\]|【[^【】]*】)$")
_SPEC_LENGTH = 300


@lru_cache(maxsize=20_000)
def specification(text: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Split `颜色分类：红[特价];尺码:L` into ("颜色分类:红;尺码:L", pairs): the bracket at a value's end is cut."""
    pairs = tuple(_pair(part) for part in _SPEC_BREAKS.split(text) if part.strip())
    return ";".join(f"{name}:{value}" if name else value for name, value in pairs)[:_SPEC_LENGTH], pairs


def _pair(part: str) -> tuple[str, str]:
    name, colon, value = _SPEC_COLON.sub(":", part, count=1).partition(":")
    if not colon:
        name, value = "", part
    cut = _SPEC_SUFFIX.sub("", value).strip()
    return name.strip(), cut or value.strip()


def line_identity(record: LineRecord) -> tuple[str, str, str, str]:
    """Return what identifies a line without 子订单编号, but for the ordinal among equal lines of its order."""
    return record.number, record.sku_code or "", record.spec or "", record.title


def synthetic_oid(identity: tuple[str, str, str, str], ordinal: int) -> str:
    """Return a stable line key; `ordinal` counts equal identities of one file from 1."""
    plain = "\x1f".join(unicodedata.normalize("NFKC", part) for part in identity)
    return "k1" + blake2b(f"{plain}\x1f{ordinal}".encode(), digest_size=15).hexdigest()
