"""A shop with cases in every kind and state, talks, a second person, complaints and violations: for tests of pages."""

from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile

from aftersales.refunds.models import Refund
from aftersales.refunds.services import agree_case, open_case, refuse_case, say, set_freight_payer, withdraw_case
from aftersales.refunds.services.registers import (
    open_complaint,
    open_violation,
    own_complaint,
    settle_complaint,
    settle_violation,
)
from aftersales.refunds.statuses import MONEY_KINDS, RefundKind
from backoffice.common.access import Role
from backoffice.common.models import Attachment, Store, User
from backoffice.common.services import add_attachment
from orders.core.statuses import OrderStatus
from tests.factories import NOON, make_order, make_recipient, make_user
from tests.refunds.cases import make_case

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001"
    "a5f645400000000049454e44ae426082"
)


def fill_cases(store: Store, boss: User, *, text: str = "开线了") -> Refund:
    """Fill the pages of after-sales; return the case that shows the most."""
    known = {"store": store, "actor": boss, "at": NOON}
    colleague = make_user("casework", store=store, roles=(Role.AGENT,))
    text = text[:200]
    first, second, *_rest, last = [_open(store, boss, at, text) for at in range(len(RefundKind))]
    say(**known, refund_id=first.pk, text=text, attachments=[_picture(store, boss)])
    say(**known, refund_id=first.pk, text=text, role="buyer", picture_urls=["https://img.example/1.jpg"])
    refuse_case(**known, refund_id=first.pk, reason=text, text=text, proof=_picture(store, boss))
    agree_case(**known, refund_id=second.pk, freight_payer="shop", text=text)
    set_freight_payer(**known, refund_id=first.pk, freight_payer="buyer")
    withdraw_case(**known, refund_id=last.pk, reason=text)
    big = make_order(store=store, status=OrderStatus.SHIPPED, paid=Decimal(900), gross_paid=Decimal(900))
    waiting = make_case(order=big, amount=Decimal(800), intervention=2, platform_status=text[:60], remark=text)
    agree_case(store=store, refund_id=waiting.pk, actor=colleague, at=NOON)
    _fill_registers(store, boss, first, text)
    return first


def _picture(store: Store, boss: User) -> Attachment:
    upload = SimpleUploadedFile("proof.png", PIXEL, content_type="image/png")
    return add_attachment(store=store, upload=upload, actor=boss, at=NOON)


def _open(store: Store, boss: User, at: int, text: str) -> Refund:
    order, kind = make_order(store=store, status=OrderStatus.SHIPPED), RefundKind.values[at]
    make_recipient(order=order)
    amount = Decimal(10) if kind in MONEY_KINDS else Decimal(0)
    reason = ["quality", "size", "late", "missing", text][at]
    return open_case(
        store=store, order_id=order.pk, line_id=order.lines.get().pk, kind=kind, amount=amount, reason=reason,
        text=text, actor=boss, at=NOON,
    )  # fmt: skip


def _fill_registers(store: Store, boss: User, refund: Refund, text: str) -> None:
    known = {"store": store, "actor": boss, "at": NOON}
    complaint = open_complaint(**known, kind="privacy", text=text, refund_id=refund.pk)
    own_complaint(**known, entry_id=complaint.pk, owner=boss, deadline=None)
    settled = open_complaint(**known, kind="service", text=text)
    settle_complaint(**known, entry_id=settled.pk, state="upheld", outcome=text)
    violation = {**known, "kind": "false_shipping", "text": text, "happened_on": NOON.date()}
    open_violation(**violation, points=Decimal(2), penalty=Decimal(30), number="T1", order_id=refund.order_id)
    lifted = open_violation(**violation)
    settle_violation(**known, entry_id=lifted.pk, state="lifted", outcome=text)
