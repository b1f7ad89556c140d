"""Refunds and their messages as the platform's interface answers them, in our words."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from aftersales.refunds.files.formats import courier_code
from aftersales.refunds.files.messages import MessageRecord
from aftersales.refunds.files.records import NOTHING, CaseRecord, State, state_of
from aftersales.refunds.files.words import phase_of_word, yes_or_no
from aftersales.refunds.statuses import MONEY_KINDS, OPEN_STATES, Intervention, MessageRole
from orders.intake.formats import cells
from orders.intake.formats.errors import REASONS, CellError
from orders.platforms.top.shapes import id_of, items, time_of

Row = Mapping[str, Any]
FIELDS = (
    "refund_id,tid,oid,status,created,modified,end_time,refund_fee,total_fee,payment,good_status,has_good_return,reason,"
    "desc,num_iid,title,num,outer_id,sku,good_return_time,company_name,sid,refund_remind_timeout,refund_phase,"
    "refund_version,operation_contraint,cs_status,dispute_type"
)
MESSAGE_FIELDS = "id,owner_role,content,pic_urls,created,message_type,refund_phase"
_ROLES = {"1": MessageRole.BUYER, "2": MessageRole.SHOP, "3": MessageRole.PLATFORM}
_ADDRESS = "RETURN_GOODS_APPROVED"
_REASON, _TEXT, _TITLE, _CODE, _URL, _URLS = 200, 2000, 500, 100, 500, 20
_DIGITS = 18  # of a version, a bigint column


class Unreadable(Exception):
    """A refund of the platform that cannot be understood, with the sentence that says why."""


def record_of(row: Row, *, snapshot_at: datetime) -> CaseRecord:
    """Read one refund.

    Raises:
        Unreadable: it lacks what makes a case, or says a word that is not known.
    """
    number, order_number, status = id_of(row, "refund_id"), id_of(row, "tid"), _text(row, "status")
    if not (number and order_number and status):
        raise Unreadable(_("The platform's answer lacks: %(names)s.") % {"names": "refund_id, tid, status"})
    state = _state(row, status)
    is_open, amount = state.status in OPEN_STATES, _money(row, "refund_fee")
    return CaseRecord(
        number=number, order_number=order_number, snapshot_at=snapshot_at, status=state.status.value,
        kind=state.kind.value, amount=amount if state.kind in MONEY_KINDS else NOTHING, platform_status=status,
        platform_kind=_text(row, "dispute_type"), requested_at=time_of(row, "created"),
        finished_at=None if is_open else time_of(row, "end_time") or time_of(row, "modified"),
        deadline=_deadline(row) if is_open else None, phase=_phase(row), goods=state.goods.value,
        reason=_text(row, "reason")[:_REASON], text=_text(row, "desc")[:_TEXT], line_key=id_of(row, "oid"),
        product_id=id_of(row, "num_iid"), sku_code=_text(row, "outer_id")[:_CODE], title=_text(row, "title")[:_TITLE],
        quantity=_count(row, "num"), **_constraints(row), **_parcel(row),
    )  # fmt: skip


def _state(row: Row, status: str) -> State:
    found = state_of(
        status=status,
        kind=_text(row, "dispute_type"),
        needs_return=yes_or_no(_text(row, "has_good_return")),
        goods=_text(row, "good_status"),
    )
    if isinstance(found, str):
        word = status if found == "platform_status" else _text(row, "dispute_type")
        raise Unreadable(str(REASONS["status_unknown"]) % {"column": found, "value": word[:60]})
    return found


def _text(row: Row, name: str) -> str:
    value = row.get(name)
    return "" if value is None or isinstance(value, (Mapping, list)) else str(value).replace("\0", "").strip()


def _money(row: Row, name: str) -> Any:
    try:
        return cells.money(_text(row, name)) or NOTHING
    except CellError as error:
        raise Unreadable(str(REASONS[error.code]) % {"column": name, "value": error.value[:40]}) from error


def _count(row: Row, name: str) -> int | None:
    text = _text(row, name)
    return int(text) if text.isdecimal() and len(text) <= _DIGITS and 0 < int(text) <= 100_000 else None  # noqa: PLR2004 -- more is no order


def _deadline(row: Row) -> datetime | None:
    told = row.get("refund_remind_timeout")
    if not isinstance(told, Mapping) or str(told.get("exist_timeout", "true")).lower() == "false":
        return None
    return time_of(told, "timeout")


def _phase(row: Row) -> str | None:
    phase = phase_of_word(_text(row, "refund_phase"))
    return phase.value if phase is not None else None


def _constraints(row: Row) -> dict[str, Any]:
    """Return what the platform lets the shop do; what the answer does not hold is not said."""
    told: dict[str, Any] = {}
    if (version := _text(row, "refund_version")).isdecimal() and len(version) <= _DIGITS:
        told["platform_version"] = int(version)
    if "operation_contraint" in row or "refund_remind_timeout" in row:
        words = _text(row, "operation_contraint")
        told |= {"cannot_refuse": "cannot_refuse" in words, "is_web_only": "refund_onweb" in words}
    if (cs_status := _text(row, "cs_status")) in {str(value) for value in Intervention.values}:
        told["intervention"] = int(cs_status)
    return told


def _parcel(row: Row) -> dict[str, Any]:
    try:
        numbers = cells.tracking_numbers(_text(row, "sid"))
    except CellError:
        numbers = ()
    if not numbers:
        return {}
    courier = courier_code(_text(row, "company_name"))
    return {"return_number": numbers[0], "return_courier": courier, "returned_at": time_of(row, "good_return_time")}


def messages_of(answer: Row) -> list[MessageRecord]:
    """Return the readable messages of an answer."""
    found = (_message(row) for row in items(answer, "refund_messages", "refund_message"))
    return [message for message in found if message is not None]


def _message(row: Row) -> MessageRecord | None:
    external_id, at = id_of(row, "id"), time_of(row, "created")
    if not external_id or at is None:
        return None
    urls = (_text(picture, "url") for picture in items(row, "pic_urls", "pic_url"))
    return MessageRecord(
        external_id=external_id[:40],
        role=_ROLES.get(_text(row, "owner_role"), MessageRole.SYSTEM).value,
        at=at,
        text=_text(row, "content")[:_TEXT],
        picture_urls=tuple(url for url in urls if url.startswith("https://") and len(url) <= _URL)[:_URLS],
        is_address=_text(row, "message_type") == _ADDRESS,
    )
