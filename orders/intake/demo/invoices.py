"""Invoices, texts to buyers and a local service for the demo shop. Companies and their numbers are invented."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

from backoffice.common.models import Store
from orders.core.models import Order
from orders.core.statuses import OrderStatus
from orders.fulfilment.models import InvoiceRequest, MessageTemplate
from orders.fulfilment.services.invoices import issue_invoice, mail_invoice, request_invoice
from orders.fulfilment.services.local_services import save_service
from orders.fulfilment.services.messages import save_template
from orders.fulfilment.statuses import MessagePurpose
from orders.fulfilment.tax_numbers import check_character

_STEM = "91350100MA{:07}"
_COMPANIES = ("示例贸易有限公司", "样板设计工作室", "虚构科技有限公司", "演示文化传播公司", "某某餐饮管理有限公司")
_TEXTS = (
    ("发货通知", MessagePurpose.SHIPPED, "您好,订单 {number} 已由{courier}发出,单号 {tracking}。{shop}"),
    ("缺货说明", MessagePurpose.SHORTAGE, "您好,您订的{product}暂时缺货,请在旺旺上告诉我们换款、等货还是退款。{shop}"),
    ("物流异常", MessagePurpose.ANOMALY, "您好,订单 {number} 的包裹 {tracking} 有异常,我们正在与{courier}核实。"),
    ("同城配送", MessagePurpose.SERVICE, "您好,订单 {number} 可以同城当日送达,送货前会与您约时间。{shop}"),
    ("节日问候", MessagePurpose.GREETING, "{shop}祝您节日快乐!"),
)
_COUNT = 24


def furnish_invoices(store: Store, at: datetime, rng: Random) -> None:
    """Fill the queue of invoices in all its states, and write texts and a service; does nothing a second time."""
    if MessageTemplate.objects.filter(store=store).exists():
        return
    for name, purpose, text in _TEXTS:
        save_template(store=store, name=name, purpose=purpose, text=text, is_active=True, actor=None, at=at)
    save_service(store=store, name="同城送", places=["广东 深圳", "浙江 杭州"], actor=None, at=at)
    wanted = Order.objects.for_store(store).filter(status__in=[OrderStatus.SHIPPED, OrderStatus.COMPLETED], paid__gt=0)
    orders = [order for order in wanted.order_by("-placed_at")[: _COUNT * 2] if order.gross_paid > order.refunded]
    known = set(InvoiceRequest.objects.filter(order__in=orders).values_list("order_id", flat=True))
    for place, order in enumerate(order for order in orders if order.pk not in known):
        if place < _COUNT:
            _invoice(store, order, place, at - timedelta(hours=rng.randint(1, 240)), rng)


def _invoice(store: Store, order: Order, place: int, at: datetime, rng: Random) -> None:
    """Ask for one invoice; half of them are issued, and those on paper mailed."""
    is_company, is_paper = place % 3 != 0, place % 4 == 0
    number = _tax_number(rng) if place % 7 else ""
    request = request_invoice(
        store=store, order_id=order.pk, title=rng.choice(_COMPANIES) if is_company else "个人",
        tax_number=number if is_company else "", kind="company" if is_company else "person",
        is_electronic=not is_paper, actor=None, at=at,
    )  # fmt: skip
    if request.needs_details or place % 2:
        return
    call: dict[str, Any] = {"store": store, "invoice_id": request.pk, "actor": None, "at": at + timedelta(hours=1)}
    issue_invoice(**call, invoice_number=f"25440000{rng.randint(10**11, 10**12 - 1)}")
    if is_paper:
        mail_invoice(**call, courier="SF", tracking_number=f"SF{rng.randint(10**12, 10**13 - 1)}")


def _tax_number(rng: Random) -> str:
    stem = _STEM.format(rng.randint(0, 9_999_999))
    return f"{stem}{check_character(stem)}"
