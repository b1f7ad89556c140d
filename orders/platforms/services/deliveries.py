"""One message to the platform: what is asked first, what is sent, and what came of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db.models import Max
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from backoffice.common.masking import mask_text
from orders.core.models import OrderLine, OutboxKind, OutboxMessage, OutboxState
from orders.core.statuses import OrderStatus
from orders.fulfilment.couriers import find_courier
from orders.fulfilment.models import ShipmentLine
from orders.platforms.memos import compose, foreign_base, remarks_of
from orders.platforms.top.client import TopClient
from orders.platforms.top.errors import Meaning, Refusal
from orders.platforms.top.shapes import flag_of, id_of, items, the_trade

Trade = Mapping[str, Any]
STATE_KINDS = (OutboxKind.MEMO, OutboxKind.FLAG)  # they say how things are now: the newest says it for all
_CLOSED = frozenset({"TRADE_CLOSED", "TRADE_CLOSED_BY_TAOBAO"})
_WAITING = frozenset({"WAIT_BUYER_PAY", "WAIT_SELLER_SEND_GOODS", "PAID_FORBID_CONSIGN", "TRADE_NO_CREATE_PAY"})
_NO_CODE = frozenset({"JD", "JT"})  # the platform's list of couriers has none for them
_STATE_FIELDS = "tid,status,modified,seller_flag,seller_memo,orders.oid,orders.status,orders.invoice_no"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message."""

    state: OutboxState
    code: str = ""
    sentence: str = ""
    payload: dict[str, Any] = field(default_factory=dict)


def deliver(message: OutboxMessage, client: TopClient, *, was_asked: bool) -> Outcome:
    """Bring one message to the platform; `was_asked`: an earlier request may have been carried out.

    Raises:
        PlatformError: the platform did not answer, or refused for now or for good.
    """
    if not message.order.number.isdecimal():
        return Outcome(OutboxState.KEPT, "not_platform", _("The order did not come from the platform."))
    return _delivery_of(message.kind)(message, client, was_asked=was_asked)


def _delivery_of(kind: str) -> Callable[..., Outcome]:
    """Return what delivers this kind: of the orders here, of the apps above as they are named."""
    found: Callable[..., Outcome] | None = _DELIVERIES.get(kind)
    return found or import_string(settings.OUTBOX_DELIVERIES[kind])


def trade_state(client: TopClient, number: str) -> dict[str, Any]:
    return the_trade(client.call("taobao.trade.fullinfo.get", tid=number, fields=_STATE_FIELDS))


def _ship(message: OutboxMessage, client: TopClient, *, was_asked: bool) -> Outcome:
    number, courier = (str(message.event.after.get(name, "")) for name in ("tracking_number", "courier"))
    parcel = _parcel(message, number)
    if isinstance(parcel, Outcome):
        return parcel
    payload = {"out_sid": number, "company_code": company_code(courier), **parcel}
    if was_asked and (known := _shipped_already(client, message, payload)) is not None:
        return known
    try:
        client.call("taobao.logistics.offline.send", tid=message.order.number, **payload)
    except Refusal as error:
        if error.meaning != Meaning.DONE:
            raise
        known = _shipped_already(client, message, payload)
        return known or Outcome(OutboxState.FAILED, error.short_code, error.sentence, payload)
    return Outcome(OutboxState.SENT, payload=payload)


def company_code(courier: str) -> str:
    found = find_courier(courier)
    return "OTHER" if found is None or found.code in _NO_CODE else found.code


def _parcel(message: OutboxMessage, number: str) -> dict[str, Any] | Outcome:
    """Say which lines the parcel holds: all at once, or by their numbers, each of which leaves only once there."""
    lines = [line for line in message.order.lines.order_by("position") if _is_the_platforms(line)]
    packed = list(
        ShipmentLine.objects.filter(shipment__order_id=message.order_id).order_by("shipment_id", "pk")
        .values_list("shipment__tracking_number", "line_id")
    )  # fmt: skip
    first: dict[int, str] = {}
    for parcel, line_id in packed:
        first.setdefault(line_id, parcel)
    new = [line for line in lines if first.get(line.pk) == number]
    if not new:
        return Outcome(
            OutboxState.KEPT, "line_left", _("Its lines left with an earlier parcel; the platform has them.")
        )
    if len(new) == len([line for line in lines if not line.is_closed]):
        return {}
    if not all(line.key.isdecimal() for line in new):
        sentence = _("The platform's numbers of the lines are not known: import the order detail, then send again.")
        return Outcome(OutboxState.FAILED, "no_line_number", sentence)
    return {"is_split": 1, "sub_tid": [line.key for line in new]}


def _is_the_platforms(line: OrderLine) -> bool:
    return not line.is_gift


def _shipped_already(client: TopClient, message: OutboxMessage, payload: Mapping[str, Any]) -> Outcome | None:
    """Compare with what the platform has: None when nothing of the parcel has left there."""
    trade = trade_state(client, message.order.number)
    wanted = set(payload.get("sub_tid") or ())
    orders = [order for order in items(trade, "orders", "order") if not wanted or id_of(order, "oid") in wanted]
    alive = [order for order in orders if order.get("status") not in _CLOSED]
    if trade.get("status") in _CLOSED or not alive:
        return Outcome(OutboxState.FAILED, "closed", _("The platform has closed this order."), dict(payload))
    numbers = {str(order.get("invoice_no") or "") for order in alive if order.get("status") not in _WAITING}
    if not numbers:
        return None
    if numbers == {payload["out_sid"]} and all(order.get("status") not in _WAITING for order in alive):
        return Outcome(OutboxState.SENT, payload=dict(payload))
    sentence = _("The platform has this order as shipped with another number: %(numbers)s.") % {
        "numbers": ", ".join(sorted(filter(None, numbers))) or _("none")
    }
    return Outcome(OutboxState.FAILED, "other_number", sentence, dict(payload))


def _memo(message: OutboxMessage, client: TopClient, *, was_asked: bool) -> Outcome:
    """Send remarks and flag as they are now; what was written on the platform meanwhile stays in the memo."""
    order, lines = message.order, remarks_of(message.order)
    trade = trade_state(client, order.number)
    known = str(trade.get("seller_memo") or "")
    memo, flag = compose(lines, base=foreign_base(known, lines)), _flag(message, trade)
    payload = {"memo": mask_text(memo), "flag": flag}
    if memo.strip() == known.strip() and flag == flag_of(trade):
        return Outcome(OutboxState.SENT, payload=payload)
    values: dict[str, Any] = {"memo": memo} if memo else {"reset": True}
    client.call("taobao.trade.memo.update", tid=order.number, flag=flag, **values)
    return Outcome(OutboxState.SENT, payload=payload)


def _flag(message: OutboxMessage, trade: Trade) -> int:
    """Without a flag the platform takes grey: where nobody here chose one since the last time, its own stays."""
    earlier = OutboxMessage.objects.filter(order_id=message.order_id, pk__lte=message.pk)
    told = earlier.filter(state=OutboxState.SENT, kind__in=STATE_KINDS).aggregate(last=Max("pk"))["last"] or 0
    is_ours = earlier.filter(kind=OutboxKind.FLAG, pk__gt=told).exclude(error_code="older").exists()
    return int(message.order.flag) if is_ours else flag_of(trade)


_REASONS = (  # the platform knows these; the first whose words stand in ours is said
    ("缺货", ("缺货", "无货", "断货", "out of stock", "stock")),
    ("买家信息填写错误，重新拍", ("信息", "地址", "重新拍", "重拍", "address", "wrong details")),
    ("恶意买家/同行捣乱", ("恶意", "同行", "捣乱", "fraud", "malicious")),
    ("买家拍错了", ("拍错", "错拍", "多拍", "by mistake", "wrong item")),
    ("同城见面交易", ("同城", "见面", "自提", "in person", "pick up")),
    ("未及时付款", ("付款", "未付", "超时", "unpaid", "not paid", "payment")),
)
_OTHER_REASON = "买家不想买了"


def close_reason(text: str) -> str:
    """Return the platform's reason nearest to ours."""
    plain = text.lower()
    return next((reason for reason, words in _REASONS if any(word in plain for word in words)), _OTHER_REASON)


def _close(message: OutboxMessage, client: TopClient, *, was_asked: bool) -> Outcome:
    if message.event.before.get("status") != OrderStatus.PENDING_PAYMENT:
        return Outcome(OutboxState.KEPT, "paid", _("The platform closes a paid order only through a refund."))
    if message.order.status != OrderStatus.CLOSED:
        return Outcome(OutboxState.KEPT, "reopened", _("The order was reopened before the platform was told."))
    payload = {"close_reason": close_reason(message.order.close_reason)}
    if was_asked and trade_state(client, message.order.number).get("status") in _CLOSED:
        return Outcome(OutboxState.SENT, payload=payload)
    try:
        client.call("taobao.trade.close", tid=message.order.number, **payload)
    except Refusal as error:
        if error.meaning != Meaning.REFUSED:
            raise
        if trade_state(client, message.order.number).get("status") not in _CLOSED:
            raise
    return Outcome(OutboxState.SENT, payload=payload)


_DELIVERIES: dict[str, Callable[..., Outcome]] = {
    OutboxKind.SHIP: _ship,
    OutboxKind.MEMO: _memo,
    OutboxKind.FLAG: _memo,
    OutboxKind.CLOSE: _close,
}
