"""Opening a case: on one line, or on a whole order; for money, or for goods."""

import re
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from aftersales.refunds.models import Refund
from aftersales.refunds.queries.money import NOTHING, is_money, refundable_of
from aftersales.refunds.reasons import reason_kind_of
from aftersales.refunds.services.base import deadline_of, policy_of
from aftersales.refunds.services.errors import RefundError, ceiling_sentence, database_rules
from aftersales.refunds.services.following import close_if_given_back, follow_order
from aftersales.refunds.statuses import MONEY_KINDS, GoodsState, RefundKind, RefundPhase
from aftersales.refunds.texts import case_context
from backoffice.common.masking import mask_text
from backoffice.common.models import Job, Store, User
from orders.core.models import Order, OrderLine
from orders.core.services import lock_order, record_event
from orders.core.statuses import EventKind, EventSource, OrderStatus
from orders.core.texts import masked_and_sealed

_REASON, _TEXT, _NUMBER = 200, 2000, 64


@transaction.atomic
def open_case(  # noqa: PLR0913 -- a case has that many facts
    *,
    store: Store,
    order_id: int,
    kind: str,
    reason: str,
    actor: User | None,
    at: datetime,
    line_id: int | None = None,
    amount: Decimal = NOTHING,
    freight: Decimal = NOTHING,
    text: str = "",
    quantity: int | None = None,
    goods: str = "",
    number: str = "",
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> Refund:
    """Open a case on a paid order; `version` is the order's. The same number for the same wish is the same case.

    Raises:
        Order.DoesNotExist: the store has no such order.
        RefundError: the order was never paid, the money is above what may be given back, or a value is wrong.
    """
    order = lock_order(store=store, order_id=order_id, version=version)
    line = _line_of(order, line_id)
    wish = Refund(
        store=store, order=order, line=line, number=number.strip(), kind=kind, amount=amount, freight=freight,
        goods=goods, quantity=_pieces(order, line) if quantity is None else quantity, reason=reason.strip(),
    )  # fmt: skip
    if (known := _known_case(wish)) is not None:
        return known
    _check_wish(wish, text)
    _fill(wish, text, actor=actor, at=at, source=source)
    return insert_case(wish, actor=actor, at=at, source=source, job=job)


def insert_case(
    refund: Refund,
    *,
    actor: User | None,
    at: datetime,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> Refund:
    """Save a new case of a locked order; the order's history and refund facts follow.

    Raises:
        RefundError: the database refuses the money, the number, or a second open case about the same goods.
    """
    with database_rules(refund):
        refund.save(force_insert=True)
    after = {
        "refund": refund.number, "version": refund.version, "case_status": str(refund.status), "kind": str(refund.kind),
        "amount": str(refund.amount), "line": refund.line_id,
    }  # fmt: skip
    record_event(refund.order, EventKind.CASE_OPENED, actor=actor, at=at, source=source, after=after, job=job)
    follow_order(refund, gave=NOTHING, actor=actor, at=at, source=source, job=job)
    close_if_given_back(refund, actor=actor, at=at, job=job)
    return refund


def _line_of(order: Order, line_id: int | None) -> OrderLine | None:
    if line_id is None:
        return None
    line = order.lines.select_related("title").filter(pk=line_id).first()
    if line is None:
        raise RefundError(_("Order %(number)s has no such line.") % {"number": order.number}, "field")
    return line


def _pieces(order: Order, line: OrderLine | None) -> int:
    return line.quantity if line else max(order.piece_count, 1)


def _known_case(wish: Refund) -> Refund | None:
    """Return the case of that number when it is about the same: a request that was sent twice."""
    known = Refund.objects.for_store(wish.store).filter(number=wish.number).first() if wish.number else None
    if known is None:
        return None
    names = ("order_id", "line_id", "kind", "amount")
    if any(getattr(known, name) != getattr(wish, name) for name in names):
        raise RefundError(_("Case number %(number)s belongs to another case.") % {"number": wish.number})
    known.store, known.order = wish.store, wish.order
    return known


def _check_wish(wish: Refund, text: str) -> None:
    order = wish.order
    if order.paid_at is None or order.status == OrderStatus.PENDING_PAYMENT:
        raise RefundError(_("Order %(number)s is not paid: there is nothing to give back.") % {"number": order.number})
    _check_values(wish, text)
    if wish.kind in MONEY_KINDS:
        check_amount(wish, wish.amount, wish.freight)
    elif wish.amount or wish.freight:
        raise RefundError(
            _("“%(kind)s” ends without money: leave the amount out.") % {"kind": RefundKind(wish.kind).label}, "field"
        )


def _check_values(wish: Refund, text: str) -> None:
    if wish.kind not in RefundKind.values:
        raise RefundError(_("There is no kind of case “%(kind)s”.") % {"kind": wish.kind[:40]}, "field")
    if wish.goods not in GoodsState.values:
        raise RefundError(_("There is no state of goods “%(goods)s”.") % {"goods": wish.goods[:40]}, "field")
    if not 0 < len(wish.reason) <= _REASON:
        raise RefundError(_("Give the buyer's reason, in up to %(count)s characters.") % {"count": _REASON}, "field")
    if len(text) > _TEXT:
        raise RefundError(_("The description has up to %(count)s characters.") % {"count": _TEXT}, "field")
    if len(wish.number) > _NUMBER:
        raise RefundError(_("A case number has up to %(count)s characters.") % {"count": _NUMBER}, "field")
    most = _pieces(wish.order, wish.line)
    if not 1 <= wish.quantity <= most:
        raise RefundError(_("A case here is about 1 to %(count)s pieces.") % {"count": most}, "field")


def check_amount(refund: Refund, amount: Decimal, freight: Decimal = NOTHING) -> None:
    """Refuse money that this case cannot give back: of a line its goods, beside freight up to the order's postage.

    Raises:
        RefundError: it is nothing, or too much; with the figures.
    """
    if not (is_money(amount) and is_money(freight)) or amount <= 0 or not 0 <= freight <= amount:
        raise RefundError(_("Say how much is to be given back: above ¥0, in whole fen, freight included."), "field")
    order = refund.order
    if amount > refundable_of(order, besides=refund):
        raise RefundError(ceiling_sentence(order, refund), "field")
    goods = refundable_of(order, refund.line, besides=refund)
    if refund.line is not None and amount - min(freight, order.postage) > goods:
        raise RefundError(
            _("Line %(line)s of order %(number)s has %(left)s left to give back, beside freight.")
            % {"line": refund.line.position, "number": order.number, "left": goods},
            "field",
        )


def _fill(wish: Refund, text: str, *, actor: User | None, at: datetime, source: str) -> None:
    """Set what follows from the order, the time and who asked."""
    order, line = wish.order, wish.line or _only_line(wish.order)
    wish.number = wish.number or new_number(order, at)
    wish.phase = phase_of(order)
    wish.buyer_id = order.buyer_id
    wish.title_id = line.title_id if line else None
    wish.sku_code = (line.agreed_sku_code or line.sku_code) if line else ""
    wish.reason_kind, wish.reason = reason_kind_of(wish.reason), mask_text(wish.reason)[:_REASON]
    wish.text, wish.sealed = masked_and_sealed(text.strip(), context=case_context(order.store_id, wish.number))
    wish.requested_at = wish.status_since = wish.created_at = wish.updated_at = at
    wish.source = source
    wish.deadline = deadline_of(wish, policy_of(wish.store))


def _only_line(order: Order) -> OrderLine | None:
    lines = list(order.lines.filter(is_gift=False).order_by("pk")[:2])
    return lines[0] if len(lines) == 1 else None


def phase_of(order: Order) -> RefundPhase:
    is_completed = order.status == OrderStatus.COMPLETED or order.completed_at is not None
    return RefundPhase.AFTER_SALE if is_completed else RefundPhase.ON_SALE


_MADE = re.compile(r"C\d{6}-\d+-\d+")


def is_made_number(number: str) -> bool:
    """Tell whether a case's number was made here: see `new_number`."""
    return _MADE.fullmatch(number) is not None


def new_number(order: Order, at: datetime) -> str:
    """Return a number for a case made here: the order is locked, so the next one of it is nobody else's."""
    return f"C{timezone.localtime(at):%y%m%d}-{order.pk}-{order.refunds.count() + 1}"
