"""What a report says, as columns of a case."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from aftersales.refunds.files.records import NOTHING, CaseRecord
from aftersales.refunds.models import Refund, RefundPolicy
from aftersales.refunds.reasons import reason_kind_of
from aftersales.refunds.services.base import deadline_of
from aftersales.refunds.services.opening import phase_of
from aftersales.refunds.statuses import MONEY_KINDS, OPEN_STATES, Intervention, RefundState
from aftersales.refunds.texts import case_context
from backoffice.common.masking import mask_text
from orders.core.models import Order, OrderLine
from orders.core.statuses import EventSource
from orders.core.texts import masked_and_sealed

LinesOf = dict[int, list[OrderLine]]
_AGREED = frozenset({RefundState.AWAITING_RETURN, RefundState.AWAITING_RECEIPT, RefundState.SUCCEEDED})
_PLAIN = (  # as reported, where the report says it
    "phase", "goods", "reason", "liability", "intervention", "platform_version", "cannot_refuse", "is_web_only",
    "requested_at", "quantity",
)  # fmt: skip
_TOLD = {"reason": 200, "liability": 40}  # words that people may have typed, and how much of them is kept


def new_case(
    record: CaseRecord, order: Order, lines: Sequence[OrderLine], *, policy: RefundPolicy, at: datetime
) -> Refund:
    """Return an unsaved case of a locked order."""
    line = line_of(record, lines)
    product = line or _only(lines)
    refund = Refund(
        store=order.store, order=order, number=record.number, line=line, buyer_id=order.buyer_id,
        title_id=product.title_id if product else None, sku_code=_sku(product) or record.sku_code,
        phase=phase_of(order), quantity=_pieces(order, line), requested_at=min(record.snapshot_at, at),
        intervention=Intervention.NONE, source=EventSource.PLATFORM, created_at=at, updated_at=at,
        snapshot_at=record.snapshot_at, content_hash=record.digest,
    )  # fmt: skip
    _set(refund, amended(refund, record))
    refund.status, refund.kind, refund.status_since = record.status, record.kind, refund.requested_at
    _set(refund, _clock(refund, record, policy, _entered(refund, record, at)))
    return refund


def _set(refund: Refund, columns: Mapping[str, Any]) -> None:
    for name, value in columns.items():
        setattr(refund, name, value)


def amended(refund: Refund, record: CaseRecord) -> dict[str, Any]:
    """Return the columns, beside the state's, that the report says otherwise."""
    values: dict[str, Any] = {name: value for name in _PLAIN if (value := getattr(record, name)) is not None}
    values |= {name: mask_text(text)[:length] for name, length in _TOLD.items() if (text := values.get(name))}
    values |= _money(refund, record) | {"platform_status": record.platform_status}
    if record.extra is not None:
        values["extra"] = dict(record.extra)
    if record.platform_kind:
        values["platform_kind"] = record.platform_kind
    if record.reason is not None:
        values["reason_kind"] = reason_kind_of(record.reason)
    changed = {name: value for name, value in values.items() if getattr(refund, name) != value}
    return changed | _words(refund, record)


def _money(refund: Refund, record: CaseRecord) -> dict[str, Any]:
    """Return what is asked for, and what of it was agreed to: a part that the shop agreed to stays until it is paid."""
    is_money = record.kind in MONEY_KINDS
    amount = record.amount if is_money else NOTHING
    agreed = amount if is_money and record.status in _AGREED else NOTHING
    if agreed == refund.amount and record.status in OPEN_STATES and NOTHING < refund.refunded < agreed:
        agreed = refund.refunded
    return {"amount": amount, "refunded": agreed, "freight": min(refund.freight, amount)}


def _words(refund: Refund, record: CaseRecord) -> dict[str, Any]:
    """Return the buyer's words as they may be shown, and sealed as written, where they are others than before."""
    if record.text is None:
        return {}
    text, sealed = masked_and_sealed(record.text, context=case_context(refund.store_id, record.number))
    return {"text": text, "sealed": sealed} if text != refund.text else {}


def changed_state(refund: Refund, record: CaseRecord, *, policy: RefundPolicy, at: datetime) -> dict[str, Any]:
    """Return state and clock where the report says others than the case has."""
    copy = Refund(status=record.status, kind=record.kind, status_since=refund.status_since,
                  requested_at=record.requested_at or refund.requested_at)  # fmt: skip
    is_same = (refund.status, refund.kind) == (record.status, record.kind)
    if refund.status != record.status:
        copy.status_since = max(refund.status_since, _entered(copy, record, at))
    columns = _clock(copy, record, policy, copy.status_since)
    if is_same:
        columns = _kept_clock(refund, record, columns)
    values = {"status": record.status, "kind": record.kind, **columns}
    return {name: value for name, value in values.items() if getattr(refund, name) != value}


def _kept_clock(refund: Refund, record: CaseRecord, columns: dict[str, Any]) -> dict[str, Any]:
    """A state that stays keeps its clock, unless the platform states another one."""
    if record.deadline is None:
        columns |= {"deadline": refund.deadline, "deadline_from_platform": refund.deadline_from_platform}
    if record.finished_at is None:
        columns["finished_at"] = refund.finished_at
    return columns


def _clock(refund: Refund, record: CaseRecord, policy: RefundPolicy, since: datetime) -> dict[str, Any]:
    refund.status_since = since
    is_open = record.status in OPEN_STATES
    deadline = (record.deadline or deadline_of(refund, policy)) if is_open else None
    return {
        "status_since": since,
        "deadline": deadline,
        "deadline_from_platform": is_open and record.deadline is not None,
        "finished_at": None if is_open else max(record.finished_at or since, refund.requested_at),
    }


def _entered(refund: Refund, record: CaseRecord, at: datetime) -> datetime:
    """Return since when the case is in its state: its end, its beginning, or else when it was seen in it."""
    if record.status == RefundState.REQUESTED and refund.status_since == refund.requested_at:
        return refund.requested_at
    seen = record.finished_at or record.snapshot_at
    return max(min(seen, at), refund.requested_at)


def line_of(record: CaseRecord, lines: Sequence[OrderLine]) -> OrderLine | None:
    """Find what the case is about: by key, product, code, title; of several that fit the one of that price.

    A provisional line gives way to others: a case never hangs on it. None: the whole order.
    """
    real = [line for line in lines if not line.is_provisional and not line.is_gift]
    by_key = [line for line in real if record.line_key and line.key == record.line_key]
    if by_key:
        return by_key[0]
    fitting = _fitting(record, real)
    priced = [line for line in fitting if line.paid is not None and line.paid == record.amount]
    return fitting[0] if len(fitting) == 1 else priced[0] if len(priced) == 1 else None


def _fitting(record: CaseRecord, lines: Sequence[OrderLine]) -> Sequence[OrderLine]:
    """Narrow the lines down by everything that the report names and some line has."""
    for has in (
        lambda line: record.product_id and line.product_id == record.product_id,
        lambda line: record.sku_code and record.sku_code in {line.sku_code, line.agreed_sku_code},
        lambda line: record.title and line.title.text == record.title,
    ):
        lines = [line for line in lines if has(line)] or lines
    return lines


def _only(lines: Sequence[OrderLine]) -> OrderLine | None:
    sold = [line for line in lines if not line.is_gift]
    return sold[0] if len(sold) == 1 else None


def _sku(line: OrderLine | None) -> str:
    return (line.agreed_sku_code or line.sku_code) if line else ""


def _pieces(order: Order, line: OrderLine | None) -> int:
    return line.quantity if line else max(order.piece_count, 1)
