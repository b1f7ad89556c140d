"""Cases in any state, and what tests of after-sales share."""

from decimal import Decimal
from typing import Any

from django.db import transaction
from django.forms.models import model_to_dict

from aftersales.refunds.models import Refund, RefundMessage, RefundStep
from aftersales.refunds.services import go, insert_case, lock_case
from aftersales.refunds.services.base import deadline_of, policy_of
from aftersales.refunds.services.opening import new_number
from aftersales.refunds.statuses import MONEY_KINDS, OPEN_STATES, RefundKind, RefundPhase, RefundState
from backoffice.common.models import Attachment, Store
from orders.core.models import Order, OrderEvent
from orders.core.statuses import EventSource, OrderStatus
from tests.factories import NOON, make_order


def make_case(*, order: Order | None = None, **values: Any) -> Refund:
    """Make a case of ¥60 in any state; its order has shipped unless one is given."""
    order = order or make_order(status=OrderStatus.SHIPPED)
    kind = values.setdefault("kind", RefundKind.REFUND_ONLY)
    status = values.setdefault("status", RefundState.REQUESTED)
    at = values.setdefault("requested_at", NOON)
    values.setdefault("amount", Decimal(60) if kind in MONEY_KINDS else Decimal(0))
    values.setdefault("refunded", values["amount"] if status == RefundState.SUCCEEDED else Decimal(0))
    values.setdefault("finished_at", None if status in OPEN_STATES else at)
    defaults = {
        "phase": RefundPhase.ON_SALE,
        "reason": "质量问题",
        "reason_kind": "quality",
        "number": new_number(order, at),
        "buyer": order.buyer,
        "status_since": at,
        "created_at": at,
        "updated_at": at,
        "source": EventSource.STAFF,
    }
    refund = Refund(store=order.store, order=order, **(defaults | values))
    if "deadline" not in values:
        refund.deadline = deadline_of(refund, policy_of(order.store))
    return insert_case(refund, actor=None, at=at)


def join(refund: Refund, number: str = "70001") -> str:
    """Give a case the platform's number, as joining does; return the one it had before."""
    before = refund.number
    Refund.objects.filter(pk=refund.pk).update(number=number, made_number=before)
    return before


def make_picture(store: Store, **values: Any) -> Attachment:
    defaults = {
        "kind": "image",
        "media_type": "image/png",
        "name": "proof.png",
        "stored": "",
        "size": 1,
        "sha256": "0" * 64,
        "added_at": NOON,
    }
    return Attachment.objects.create(store=store, **(defaults | values))


def target(refund: Refund, **values: Any) -> dict[str, Any]:
    """Return the arguments that every act on a case takes."""
    return {"store": refund.store, "refund_id": refund.pk, "actor": None, "at": NOON, **values}


@transaction.atomic
def step(*, store: Store, refund_id: int, act: str, actor: Any, at: Any, **values: Any) -> Refund:
    """Move a case by the table alone."""
    return go(lock_case(store=store, refund_id=refund_id), act, actor=actor, at=at, **values)


def record_of(refund: Refund) -> tuple[Any, ...]:
    """Return everything an act could change, to compare."""
    order = Order.objects.get(pk=refund.order_id)
    counts = [model.objects.count() for model in (OrderEvent, RefundStep, RefundMessage)]
    return model_to_dict(Refund.objects.get(pk=refund.pk)), model_to_dict(order), counts
