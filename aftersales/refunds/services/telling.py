"""Which answers of the shop the platform is told of: those about its own refunds, where the shop has them sent."""

from aftersales.refunds.models import Refund
from aftersales.refunds.statuses import MONEY_KINDS, Act, RefundKind
from orders.core.models import OrderEvent, OutboxKind
from orders.core.services import put_into_outbox
from orders.core.services.base import TOLD_SOURCES
from orders.core.statuses import EventSource
from orders.platforms.queries import sends_answers


def answer_leaves(refund: Refund) -> bool:
    """Tell whether the platform is told of what is decided about this case now."""
    is_theirs = refund.source == EventSource.PLATFORM and refund.number.isdecimal()
    return is_theirs and refund.kind in MONEY_KINDS and sends_answers(refund.store)


def tell_answer(refund: Refund, act: str, event: OrderEvent) -> None:
    """Put an answer that was just given into the outbox, with its event; what silence does the platform does too."""
    kind = _kind_of(refund, act)
    if kind is not None and event.source in TOLD_SOURCES and answer_leaves(refund):
        put_into_outbox(event, kind)


def _kind_of(refund: Refund, act: str) -> OutboxKind | None:
    if act == Act.AGREE:
        return OutboxKind.RETURN if refund.kind == RefundKind.RETURN_REFUND else OutboxKind.AGREE
    return {Act.RECEIVE.value: OutboxKind.AGREE, Act.REFUSE.value: OutboxKind.REFUSE}.get(str(act))
