"""Goods taken in: money goes to the buyer, or a parcel goes out once more."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from aftersales.refunds.models import Refund, ReturnParcel
from aftersales.refunds.services.base import check_act, go, lock_case
from aftersales.refunds.services.decisions import check_shop_decides, check_whole
from aftersales.refunds.services.errors import RefundError
from aftersales.refunds.services.goods.numbers import check_out_number, read_parcel_number
from aftersales.refunds.services.goods.skus import sku_of_case
from aftersales.refunds.services.money import grant
from aftersales.refunds.services.talking import add_message, check_words
from aftersales.refunds.statuses import Act, MessageRole, ParcelDirection, RefundKind
from backoffice.common.models import Job, Store, User
from orders.core.statuses import EventSource
from orders.fulfilment.models import Sku
from orders.fulfilment.services.stock.aftersales import book_sent


@transaction.atomic
def receive_case(
    *,
    store: Store,
    refund_id: int,
    actor: User | None,
    at: datetime,
    amount: Decimal | None = None,
    text: str = "",
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> Refund:
    """Take the goods as received: of a refund the money goes; of an exchange or a repair a parcel is to be sent.

    Above the shop's limit a second person lets the money go, as when a case is agreed to.

    Raises:
        RefundError: no goods are to be received, the platform decides, or the amount is above what was asked for.
    """
    refund = lock_case(store=store, refund_id=refund_id, version=version)
    check_shop_decides(refund, Act.RECEIVE)
    check_whole(refund, refund.refunded or None if amount is None else amount)
    check_words(store, text)
    is_done = grant(refund, Act.RECEIVE, amount=amount, actor=actor, at=at, source=source, job=job)
    if text.strip():
        role = MessageRole.SHOP if is_done else MessageRole.SYSTEM
        add_message(refund, role, text.strip(), actor=actor, at=at, act=Act.RECEIVE)
    return refund


@transaction.atomic
def send_out(  # noqa: PLR0913 -- a parcel has that many facts
    *,
    store: Store,
    refund_id: int,
    courier: str,
    tracking_number: str,
    actor: User | None,
    at: datetime,
    sku_id: int | None = None,
    quantity: int | None = None,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> Refund:
    """Record the parcel that goes to the buyer, and take its pieces off the shelf; a repaired piece is the buyer's own.

    Raises:
        RefundError: the case does not wait for a parcel, or a value will not do.
        ShipError: the tracking number is another parcel's.
        StockError: fewer pieces are free than are to be sent.
    """
    told = read_parcel_number(courier, tracking_number, needs_courier=True)
    refund = lock_case(store=store, refund_id=refund_id, version=version)
    check_act(refund, Act.SEND_OUT)
    count = _checked_quantity(refund, quantity)
    check_out_number(refund, told.number)
    sku = sku_id or getattr(default_sku(refund), "pk", None)
    movement = (
        book_sent(
            refund.order, sku_id=sku, quantity=count, line_id=refund.line_id, reason=refund.number, actor=actor, at=at,
            job=job,
        )
        if sku
        else None
    )  # fmt: skip
    ReturnParcel.objects.create(
        refund=refund,
        store_id=refund.store_id,
        direction=ParcelDirection.OUT,
        courier=told.courier,
        tracking_number=told.number,
        sent_at=at,
        quantity=count,
        sku_id=sku,
        movement_id=movement,
        recorded_by=actor,
        source=source,
    )
    return go(refund, Act.SEND_OUT, actor=actor, at=at, source=source, job=job, facts=told.facts)


def default_sku(refund: Refund) -> Sku | None:
    """Return what is sent when nothing else is chosen: the same goods; of a repair nothing from the shelf."""
    return None if refund.kind == RefundKind.REPAIR else sku_of_case(refund)


def _checked_quantity(refund: Refund, quantity: int | None) -> int:
    count = refund.quantity if quantity is None else quantity
    most = max(refund.quantity, refund.line.quantity if refund.line else refund.order.piece_count)
    if not 1 <= count <= most:
        raise RefundError(
            _("Case %(number)s is about up to %(count)s pieces: send 1 to %(count)s.")
            % {"number": refund.number, "count": most},
            "field",
        )
    return count
