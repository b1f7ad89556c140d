"""A parcel shipped by hand and the waybills that were made for it: the planned one is used, or it is in the way."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from backoffice.common.models import User
from orders.core.models import Order
from orders.fulfilment.models import Waybill, WaybillLine
from orders.fulfilment.services.errors import LabelError, ShipError
from orders.fulfilment.statuses import LIVE_WAYBILLS, WaybillState


def adopt_waybill(
    order: Order, pieces: Mapping[int, int], *, number: str, actor: User | None, at: datetime
) -> Waybill | None:
    """Return the waybill that these pieces of a locked order (by line key) leave with, marked as shipped; None: none.

    A waybill with this number is the one. One without a number is void once its pieces are shipped by hand.

    Raises:
        ShipError: pieces are packed under another number, or together with other orders.
    """
    live = _live_waybills(order)
    own = next((waybill for waybill in live if waybill.number == number), None)
    _refuse_packed(order, [waybill for waybill in live if waybill is not own], pieces)
    for waybill in live:
        if waybill is own:
            _refuse_merged(order, waybill)
            _refuse_other_pieces(order, waybill, pieces)
            mark_shipped(waybill, actor=actor, at=at)
        elif not waybill.number and _overlaps(waybill, pieces):
            _void(waybill, at)
    return own


def mark_shipped(waybill: Waybill, *, actor: User | None, at: datetime) -> None:
    """Mark a locked waybill as one whose parcel has left."""
    waybill.state, waybill.shipped_by, waybill.shipped_at = WaybillState.SHIPPED, actor, at
    waybill.version += 1
    waybill.save(update_fields=["state", "shipped_by", "shipped_at", "version"])


def _live_waybills(order: Order) -> list[Waybill]:
    ids = WaybillLine.objects.filter(order=order, waybill__state__in=LIVE_WAYBILLS).values("waybill")
    return list(
        Waybill.objects.filter(pk__in=ids, state__in=LIVE_WAYBILLS)
        .select_for_update()
        .order_by("pk")
        .prefetch_related("lines")
    )


def _overlaps(waybill: Waybill, pieces: Mapping[int, int]) -> bool:
    return any(line.line_id in pieces for line in waybill.lines.all())


def _refuse_packed(order: Order, waybills: Sequence[Waybill], pieces: Mapping[int, int]) -> None:
    """Refuse pieces that lie in another parcel which is ready to leave."""
    for waybill in waybills:
        if not _overlaps(waybill, pieces):
            continue
        _refuse_merged(order, waybill)
        if waybill.number:
            raise ShipError(
                _(
                    "Order %(number)s is packed under waybill %(tracking)s: ship it with that number, "
                    "or void that waybill first."
                )
                % {"number": order.number, "tracking": waybill.number}
            )


def _refuse_merged(order: Order, waybill: Waybill) -> None:
    if waybill.order_count > 1:
        values = {"number": order.number, "count": waybill.order_count, "tracking": waybill.number or "—"}
        raise ShipError(
            _(
                "Order %(number)s is packed together with others (%(count)s orders, waybill %(tracking)s): "
                "scan that waybill, or pack it alone again first."
            )
            % values
        )


def _refuse_other_pieces(order: Order, waybill: Waybill, pieces: Mapping[int, int]) -> None:
    if {line.line_id: line.quantity for line in waybill.lines.all()} != dict(pieces):
        raise ShipError(
            _("Waybill %(tracking)s holds other pieces of order %(number)s than these: scan the waybill out instead.")
            % {"number": order.number, "tracking": waybill.number}
        )


def _void(waybill: Waybill, at: datetime) -> None:
    waybill.state, waybill.voided_at = WaybillState.VOID, at
    waybill.void_reason = _("Shipped by hand with another number")
    waybill.version += 1
    waybill.save(update_fields=["state", "voided_at", "void_reason", "version"])


def check_recipient(order: Order, waybill: Waybill) -> None:
    """Refuse a label that was made for another address than the order has now.

    Raises:
        LabelError: it is to be printed again, or a person is to look at it.
    """
    if not goes_elsewhere(order, waybill):
        return
    values = {"number": order.number, "tracking": waybill.number}
    if waybill.order_count > 1:
        sentence = _(
            "The recipient of order %(number)s was changed after it was packed together with others: "
            "void waybill %(tracking)s and pack the order alone."
        )
    elif waybill.printed_at is not None:
        sentence = _(
            "The address of order %(number)s was changed after waybill %(tracking)s was printed: print it again."
        )
    else:
        sentence = _(
            "The address of order %(number)s was changed after waybill %(tracking)s was made: print its label now."
        )
    raise LabelError(sentence % values, "hold")


def goes_elsewhere(order: Order, waybill: Waybill) -> bool:
    """Tell whether the order goes to somebody or somewhere else than the waybill says."""
    recipient = getattr(order, "recipient", None)
    return bool(waybill.recipient_key) and (recipient.recipient_key if recipient else "") != waybill.recipient_key
