"""One case as the platform reports it, wherever the report came from. None: the report does not say."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from aftersales.refunds.files.words import goods_of, is_transformed, kind_of, status_of
from aftersales.refunds.statuses import GoodsState, RefundKind, RefundState

NOTHING = Decimal("0.00")
_TIMES = ("snapshot_at", "requested_at", "finished_at", "deadline", "returned_at")
_AFTER_RETURN = frozenset({RefundState.AWAITING_RETURN, RefundState.AWAITING_RECEIPT})
_TURNED = {
    RefundKind.EXCHANGE: RefundKind.RETURN_REFUND,
    RefundKind.REPAIR: RefundKind.RETURN_REFUND,
    RefundKind.RESHIP: RefundKind.REFUND_ONLY,
}


@dataclass(frozen=True, kw_only=True)
class CaseRecord:
    """A case in our words; times are aware, money is yuan."""

    number: str
    order_number: str
    snapshot_at: datetime
    status: str
    kind: str
    amount: Decimal
    platform_status: str
    platform_kind: str = ""
    requested_at: datetime | None = None
    finished_at: datetime | None = None
    deadline: datetime | None = None
    phase: str | None = None
    goods: str | None = None
    reason: str | None = None
    text: str | None = None  # in clear: sealed before it is kept
    liability: str | None = None
    intervention: int | None = None
    platform_version: int | None = None
    cannot_refuse: bool | None = None
    is_web_only: bool | None = None
    line_key: str = ""
    product_id: str = ""
    sku_code: str = ""
    title: str = ""
    quantity: int | None = None
    return_number: str = ""
    return_courier: str = ""
    returned_at: datetime | None = None
    extra: Mapping[str, str] | None = None  # further columns, never personal data

    @cached_property
    def digest(self) -> str:
        """The hash of what is reported, without when."""
        values = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "snapshot_at"}
        return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()

    @property
    def rank(self) -> tuple[datetime, str]:
        """What makes a report newer than another: its time, then its hash, so that the order of arrival is nothing."""
        return self.snapshot_at, self.digest


def as_json(record: CaseRecord) -> dict[str, Any]:
    """Return the record as plain values."""
    values = asdict(record) | {"amount": str(record.amount)}
    times = {name: moment.isoformat() for name in _TIMES if (moment := values[name]) is not None}
    return {name: value for name, value in (values | times).items() if value is not None}


def from_json(values: Mapping[str, Any]) -> CaseRecord:
    times = {name: datetime.fromisoformat(values[name]) for name in _TIMES if name in values}
    return CaseRecord(**{**values, **times, "amount": Decimal(values["amount"])})


@dataclass(frozen=True, slots=True)
class State:
    """Status, kind and goods of a case, read together: each may say something of the others."""

    status: RefundState
    kind: RefundKind
    goods: GoodsState


def state_of(*, status: str, kind: str = "", needs_return: bool | None = None, goods: str = "") -> State | str:
    """Return what the platform's words come to; or the name of the word that is not known."""
    goods_state, word = goods_of(goods), kind_of(kind) if kind else None
    if kind and word is None:
        return "platform_kind"
    if is_transformed(status):
        turned = _TURNED.get(word or RefundKind.EXCHANGE, word or RefundKind.RETURN_REFUND)
        is_back = goods_state == GoodsState.RETURNED and turned == RefundKind.RETURN_REFUND
        return State(RefundState.AWAITING_RECEIPT if is_back else RefundState.REQUESTED, turned, goods_state)
    found = status_of(status)
    if found is None:
        return "platform_status"
    if word is None or (word == RefundKind.REFUND_ONLY and needs_return):
        is_return = needs_return if needs_return is not None else found in _AFTER_RETURN
        word = RefundKind.RETURN_REFUND if is_return else RefundKind.REFUND_ONLY
    return State(found, word, goods_state)
