"""What was said about a case on the platform: kept once, with phone-like numbers masked and addresses hidden."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from aftersales.refunds.models import Refund, RefundMessage
from aftersales.refunds.said import ADDRESS, said
from aftersales.refunds.statuses import MessageRole
from aftersales.refunds.texts import message_context
from backoffice.common.sealing import seal
from orders.core.texts import masked_and_sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRecord:
    """One line of the negotiation as the platform tells it; `is_address`: it holds where to send the goods."""

    external_id: str
    role: str
    at: datetime
    text: str = ""
    picture_urls: Sequence[str] = ()
    is_address: bool = False


def message_as_json(message: MessageRecord) -> dict[str, Any]:
    return asdict(message) | {"at": message.at.isoformat(), "picture_urls": list(message.picture_urls)}


def message_from_json(values: Mapping[str, Any]) -> MessageRecord:
    return MessageRecord(**{**values, "at": datetime.fromisoformat(values["at"])})


def add_messages(refund: Refund, messages: Iterable[MessageRecord]) -> int:
    """Add the lines that are not here yet; the shop's first one is its first answer. Return how many are new."""
    wanted = {message.external_id: message for message in messages}
    if not wanted:
        return 0
    known = refund.messages.filter(external_id__in=list(wanted)).values_list("external_id", flat=True)
    for external_id in known:
        del wanted[external_id]
    RefundMessage.objects.bulk_create(
        (_row(refund, message) for message in sorted(wanted.values(), key=lambda one: (one.at, one.external_id))),
        ignore_conflicts=True,
    )
    _note_answer(refund, [message.at for message in wanted.values() if message.role == MessageRole.SHOP])
    return len(wanted)


def _note_answer(refund: Refund, times: Sequence[datetime]) -> None:
    if times and (refund.answered_at is None or min(times) < refund.answered_at):
        refund.answered_at = min(times)
        refund.save(update_fields=["answered_at"])


def _row(refund: Refund, message: MessageRecord) -> RefundMessage:
    context = message_context(refund.store_id, refund.number)
    text, sealed = masked_and_sealed(message.text, context=context)
    if message.is_address:
        text, sealed = said(ADDRESS, None) or "", seal(message.text.encode(), context=context)
    return RefundMessage(
        refund=refund, store_id=refund.store_id, role=message.role, text=text, sealed=sealed,
        code=ADDRESS if message.is_address else "",
        external_id=message.external_id, picture_urls=list(message.picture_urls), at=message.at,
    )  # fmt: skip
