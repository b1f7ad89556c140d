"""What was found in a return parcel: said once, piece by piece; the stock follows it in the same transaction."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from aftersales.refunds.models import Inspection, InspectionFile, Refund
from aftersales.refunds.said import INSPECTED
from aftersales.refunds.services.base import lock_case, save_case
from aftersales.refunds.services.errors import CaseConflict, RefundError
from aftersales.refunds.services.goods.skus import sku_of_case
from aftersales.refunds.services.talking import check_pictures, say_by_code
from aftersales.refunds.statuses import RETURN_KINDS, InspectionOutcome, RefundState
from backoffice.common.masking import mask_text
from backoffice.common.models import Attachment, Job, Store, User
from orders.core.services import bump, record_event, refuse_cards
from orders.core.statuses import EventKind, EventSource
from orders.fulfilment.services.stock.aftersales import ReturnedPieces, book_returned

_NOTE, _SHORTEST = 300, 2
# goods are looked at before the money goes, or after it went: when the platform, or silence, took them as received
INSPECTABLE = (
    RefundState.AWAITING_RECEIPT,
    RefundState.AWAITING_OUTBOUND,
    RefundState.AWAITING_BUYER,
    RefundState.SUCCEEDED,
)
_TO_SHELF = (InspectionOutcome.RESTOCK, InspectionOutcome.SCRAP)  # the others stay the buyer's until it is settled
_GRAVEST = (InspectionOutcome.DISPUTED, InspectionOutcome.SCRAP, InspectionOutcome.REPAIR, InspectionOutcome.RESTOCK)


class Found(NamedTuple):
    """Pieces of one kind and state; without a sku they are of the line that the case is about."""

    outcome: str
    quantity: int = 1
    sku_id: int | None = None
    note: str = ""


@transaction.atomic
def inspect_return(
    *,
    store: Store,
    refund_id: int,
    items: Sequence[Found | tuple[str, int, int | None, str]],
    actor: User | None,
    at: datetime,
    attachments: Sequence[Attachment] = (),
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> Refund:
    """Record what came back. What is as new goes to the shelf, what is not for sale is written off: once.

    The parcel is here then, whether its trace said so or not.

    Raises:
        RefundError: no goods are expected, somebody inspected them already, or a value will not do.
        StockError: the store has no such sku.
    """
    found = [_checked(store, Found(*item)) for item in items]
    check_pictures(store, attachments)
    refund = _lock(store, refund_id, version)
    _check_due(refund)
    _check_quantity(refund, found)
    rows = _rows(refund, found, actor=actor, at=at, job=job)
    Inspection.objects.bulk_create(rows)
    _add_pictures(rows, attachments)
    save_case(refund, at, inspected_at=at, return_signed_at=refund.return_signed_at or at)
    after = {"refund": refund.number, "version": refund.version, "pieces": _counts(found)}
    record_event(refund.order, EventKind.RETURN_INSPECTED, actor=actor, at=at, source=source, after=after, job=job)
    bump(refund.order, at, actor=actor)
    say_by_code(refund, INSPECTED, {"pieces": _counts(found)}, at=at, actor=actor)
    return refund


def _lock(store: Store, refund_id: int, version: int | None) -> Refund:
    """Lock the case; whoever comes second is told who inspected, before all else that changed."""
    try:
        return lock_case(store=store, refund_id=refund_id, version=version)
    except CaseConflict as error:
        if error.refund.inspected_at is not None:
            raise RefundError(_inspected_already(error.refund)) from error
        raise


def _checked(store: Store, item: Found) -> Found:
    if item.outcome not in InspectionOutcome.values:
        raise RefundError(_("There is no outcome “%(outcome)s”.") % {"outcome": str(item.outcome)[:40]}, "field")
    note = item.note.strip()
    if len(note) > _NOTE or "\0" in note:
        raise RefundError(_("A note on what was found has up to %(count)s characters.") % {"count": _NOTE}, "field")
    if item.outcome == InspectionOutcome.DISPUTED and len(note) < _SHORTEST:
        raise RefundError(
            _("Say what is not as it should be: whoever decides about the money has only your words."), "field"
        )
    refuse_cards(note, store=store)
    return item._replace(outcome=InspectionOutcome(item.outcome), note=mask_text(note))


def _check_due(refund: Refund) -> None:
    if refund.inspected_at is not None:
        raise RefundError(_inspected_already(refund))
    if refund.kind not in RETURN_KINDS or refund.status not in INSPECTABLE:
        raise RefundError(
            _("Case %(number)s (%(kind)s) is “%(status)s”: no goods are expected here now.")
            % {
                "number": refund.number,
                "kind": refund.get_kind_display(),
                "status": refund.get_status_display(),
            }
        )


def _inspected_already(refund: Refund) -> str:
    last = refund.inspections.select_related("inspected_by").order_by("-pk").first()
    who = last.inspected_by if last else None
    values = {"number": refund.number, "who": who, "time": f"{timezone.localtime(refund.inspected_at):%m-%d %H:%M}"}
    if who is None:
        return _("The goods of case %(number)s were inspected at %(time)s already.") % values
    return _("%(who)s inspected the goods of case %(number)s at %(time)s already.") % values


def _check_quantity(refund: Refund, found: Sequence[Found]) -> None:
    most = max(refund.quantity, refund.line.quantity if refund.line else refund.order.piece_count)
    if any(item.quantity < 1 for item in found) or not 1 <= sum(item.quantity for item in found) <= most:
        raise RefundError(
            _(
                "Case %(number)s is about up to %(count)s pieces: say of each what you found. "
                "What is missing is “%(missing)s”."
            )
            % {"number": refund.number, "count": most, "missing": InspectionOutcome.DISPUTED.label},
            "field",
        )


def _rows(
    refund: Refund, found: Sequence[Found], *, actor: User | None, at: datetime, job: Job | None
) -> list[Inspection]:
    """Return what was found, each with its movement of stock."""
    default = sku_of_case(refund)
    skus = [item.sku_id or (default.pk if default else None) for item in found]
    moving = [place for place, item in enumerate(found) if item.outcome in _TO_SHELF and skus[place] is not None]
    pieces = [
        ReturnedPieces(skus[place] or 0, found[place].quantity, found[place].outcome == InspectionOutcome.SCRAP)
        for place in moving
    ]
    booked = book_returned(
        refund.order, pieces, line_id=refund.line_id, reason=refund.number, actor=actor, at=at, job=job
    )
    movements = dict(zip(moving, booked, strict=True))
    return [
        Inspection(
            refund=refund, store_id=refund.store_id, outcome=item.outcome, quantity=item.quantity, sku_id=skus[place],
            movement_id=movements.get(place), note=item.note, inspected_by=actor, at=at,
        )
        for place, item in enumerate(found)
    ]  # fmt: skip


def _add_pictures(rows: Sequence[Inspection], attachments: Sequence[Attachment]) -> None:
    """Add the pictures to the gravest finding: they are what it is shown by."""
    row = min(rows, key=lambda one: _GRAVEST.index(InspectionOutcome(one.outcome)))
    InspectionFile.objects.bulk_create(InspectionFile(inspection=row, attachment=file) for file in attachments)


def _counts(found: Sequence[Found]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for item in found:
        counts[str(item.outcome)] += item.quantity
    return dict(counts)
