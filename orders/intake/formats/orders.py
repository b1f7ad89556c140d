"""Rows of an order list (ExportOrderList, 订单报表)."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from orders.intake.formats import cells as c
from orders.intake.formats import statuses
from orders.intake.formats.addresses import Address, split_address
from orders.intake.formats.errors import CellError, RowError
from orders.intake.formats.headers import FormatMatch
from orders.intake.formats.plan import Converters, Plan
from orders.intake.formats.records import ABSENT, Absent, Money, OrderRecord, Text, Time
from orders.intake.formats.settlement import settle

_ZERO = c.ZERO
_platform_texts: dict[object, str | None] = {}


def status_text(cell: c.Cell) -> str | None:
    """Return the platform's status text in its canonical spelling."""
    try:
        return _platform_texts[cell]
    except KeyError:
        value = c.limited(64)(cell)
    if len(_platform_texts) > statuses.CACHE_LIMIT:
        _platform_texts.clear()
    _platform_texts[cell] = value = value and statuses.canonical_status_text(value)
    return value


CONVERTERS: Converters = {
    "number": (c.identifier, None),
    "platform_status": (status_text, None),
    "close_reason": (c.limited(120), None),
    "payment_detail": (c.limited(1000), None),
    "address": (c.limited(1000), None),
    "paid": (c.money, _ZERO),
    "refund_amount": (c.refund_money, _ZERO),
    "coupon": (c.extra_money, _ZERO),
    "jifenbao": (c.extra_money, _ZERO),
    # from here on as in PASSED
    "main_number": (c.identifier, None),
    "buyer_nick": (c.limited(120), None),
    "titles": (c.clipped(500), None),
    "spec_text": (c.clipped(300), None),
    "payment_number": (c.limited(64), None),
    "delivery": (c.limited(64), None),
    "courier_name": (c.limited(120), None),
    "invoice_title": (c.limited(120), None),
    "stage_info": (c.limited(1000), None),
    "buyer_note": (c.limited(10_000), None),
    "remark": (c.limited(10_000), None),
    "recipient_name": (c.limited(200), None),
    "mobile": (c.phone, None),
    "landline": (c.phone, None),
    "modified_address": (c.limited(1000), None),
    "alipay_account": (c.limited(200), None),
    "payer_name": (c.limited(200), None),
    "id_number": (c.limited(64), None),
    "payer_phone": (c.phone, None),
    "total": (c.money, None),
    "payable": (c.money, None),
    "postage": (c.money, None),
    "settled": (c.money, None),
    "kind_count": (c.count, None),
    "piece_count": (c.count, None),
    "points_used": (c.count, None),
    "placed_at": (c.moment, None),
    "paid_at": (c.moment, None),
    "shipped_at": (c.moment, None),
    "completed_at": (c.moment, None),
    "ship_by": (c.moment, None),
    "is_mobile": (c.truth, False),
    "is_paid_by_other": (c.truth, False),
    "is_presale": (c.truth, False),
    "tracking_numbers": (c.tracking_numbers, ()),
}
_HEAD = tuple(CONVERTERS).index("main_number")
PASSED = tuple(CONVERTERS)[_HEAD:]


class RawOrder(NamedTuple):
    """The cells of one row as clean values, in the order of CONVERTERS."""

    number: str | None
    platform_status: Text
    close_reason: Text
    payment_detail: Text
    address: Text
    paid: Decimal | Absent | None
    refund_amount: Decimal | Absent | None
    coupon: Decimal | Absent | None
    jifenbao: Decimal | Absent | None
    main_number: Text
    buyer_nick: Text
    titles: Text
    spec_text: Text
    payment_number: Text
    delivery: Text
    courier_name: Text
    invoice_title: Text
    stage_info: Text
    buyer_note: Text
    remark: Text
    recipient_name: Text
    mobile: Text
    landline: Text
    modified_address: Text
    alipay_account: Text
    payer_name: Text
    id_number: Text
    payer_phone: Text
    total: Money
    payable: Money
    postage: Money
    settled: Money
    kind_count: int | Absent | None
    piece_count: int | Absent | None
    points_used: int | Absent | None
    placed_at: Time
    paid_at: Time
    shipped_at: Time
    completed_at: Time
    ship_by: Time
    is_mobile: bool | Absent
    is_paid_by_other: bool | Absent
    is_presale: bool | Absent
    tracking_numbers: tuple[str, ...] | Absent


class Place(NamedTuple):
    address: tuple[Text, Text, Text, Text, Text]  # province, city, district, street, zip code
    original: Text
    is_problem: bool


_NO_COLUMN = Place((ABSENT, ABSENT, ABSENT, ABSENT, ABSENT), ABSENT, is_problem=False)
_NO_ADDRESS = Place(Address(), None, is_problem=False)


class OrderListParser:
    """Reads the rows of one order list; `match` is what `recognise` made of its header."""

    def __init__(self, match: FormatMatch) -> None:
        self._plan = Plan(match, CONVERTERS)

    def parse(self, line: int, cells: Sequence[c.Cell]) -> OrderRecord | RowError:
        try:
            values = self._plan.read(cells)
            extra = self._plan.further(cells)
            return _record(line, values, extra, self._plan.digest(values, extra))
        except CellError as error:
            return self._plan.refuse(line, error)


def _record(line: int, values: list[object], extra: dict[str, str], content_hash: str) -> OrderRecord:
    raw = RawOrder._make(values)
    _require(raw)
    money = settle(raw.paid, raw.refund_amount, raw.total, raw.payable, raw.postage, raw.paid_at)
    status, is_derived, forbids = _status(raw, is_nothing_left=money.is_nothing_left)
    place = _place(raw.address, raw.modified_address)
    return OrderRecord._make(
        (
            line,
            raw.number,
            status,
            is_derived,
            forbids,
            statuses.is_deposit(raw.titles, raw.total or raw.payable),
            statuses.is_balance_unpaid(raw.stage_info),
            place.is_problem,
            content_hash,
            extra,
            raw.platform_status,
            None if raw.close_reason == statuses.NOT_CLOSED else raw.close_reason,
            _payment_method(raw),
            *place.address,
            place.original,
            raw.paid if raw.paid is not None else _ZERO,
            money.gross_paid,
            money.refunded,
            money.refund_kind,
            raw.coupon if raw.coupon is not None else _ZERO,
            raw.jifenbao if raw.jifenbao is not None else _ZERO,
            *values[_HEAD:],
        )
    )


def _require(raw: RawOrder) -> None:
    if raw.number is None:
        raise CellError("id_missing", field="number")
    if raw.placed_at is None:
        raise CellError("time_missing", field="placed_at")


def _status(raw: RawOrder, *, is_nothing_left: bool) -> tuple[str, bool, bool]:
    """Return the status, whether it was derived, and whether the platform forbids to ship."""
    if raw.platform_status:
        known = statuses.status_of(raw.platform_status)
        if known is None:
            raise CellError("status_unknown", raw.platform_status, "platform_status")
        return known.status, False, known.forbids_shipping
    is_closed = statuses.is_close_reason(raw.close_reason)
    if raw.platform_status is None and not is_closed:
        raise CellError("status_missing", field="platform_status")
    facts = statuses.Facts(
        is_paid=_is_paid(raw),
        is_nothing_left=is_nothing_left,
        is_closed=is_closed,
        is_shipped=bool(raw.tracking_numbers or raw.shipped_at),
        completed_at=raw.completed_at or None,
    )
    return statuses.derive_status(facts), True, False


def _is_paid(raw: RawOrder) -> bool:
    """Tell whether the order was paid: by its payment time, or where the file has none by the amount."""
    return bool(raw.paid) if raw.paid_at is ABSENT else isinstance(raw.paid_at, datetime)


def _place(address: Text, modified: Text) -> Place:
    if modified:
        return _modified_place(address, modified)
    if address:
        parts = split_address(address)
        return Place(parts, None, parts.province is None or (parts.city is not None and parts.street is None))
    return _NO_COLUMN if address is ABSENT else _NO_ADDRESS


def _modified_place(address: Text, modified: str) -> Place:
    """Take the address the buyer changed to; if it cannot be split keep the first one, for a person to look at."""
    parts = split_address(modified)
    if parts.province is not None and parts.street is not None:
        return Place(parts, address, is_problem=False)
    return _place(address, None)._replace(is_problem=True)


def _payment_method(raw: RawOrder) -> Text:
    if raw.payment_detail is ABSENT and raw.payment_number is ABSENT and raw.alipay_account is ABSENT:
        return ABSENT
    if not _is_paid(raw):
        return None
    return statuses.payment_method(
        raw.payment_detail or None, has_alipay=bool(raw.payment_number or raw.alipay_account)
    )
