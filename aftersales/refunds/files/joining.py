"""Cases opened here meet the platform's own: about the same goods they are one case, and two are never open at once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from aftersales.refunds.files.case_columns import line_of
from aftersales.refunds.files.records import CaseRecord
from aftersales.refunds.models import Refund, RefundMessage
from aftersales.refunds.models.cases import RefundQuerySet
from aftersales.refunds.queries.money import NOTHING
from aftersales.refunds.services.base import go, record_change, save_case
from aftersales.refunds.services.errors import RefundError
from aftersales.refunds.services.opening import is_made_number
from aftersales.refunds.statuses import MONEY_KINDS, RefundState
from aftersales.refunds.texts import case_context, message_context
from backoffice.common.models import Job
from backoffice.common.sealing import SealError, seal, unseal
from orders.core.models import Order, OrderLine
from orders.core.statuses import EventSource


def own_open_cases(orders: Sequence[int]) -> RefundQuerySet:
    """Return the open cases of these orders that no platform has spoken of."""
    return Refund.objects.filter(order__in=orders, snapshot_at__isnull=True).open()


def _is_made_here(refund: Refund) -> bool:
    """Tell whether neither the platform nor a colleague ever named it by a number of the platform."""
    return refund.snapshot_at is None and is_made_number(refund.number)


def case_to_join(record: CaseRecord, order: Order, lines: Sequence[OrderLine]) -> Refund | None:
    """Return the open case of a locked order that was opened here about what the platform reports now."""
    if not own_open_cases([order.pk]).exists():
        return None
    own = [refund for refund in own_open_cases([order.pk]).locked() if _is_made_here(refund)]
    line = line_of(record, lines)
    found = [refund for refund in own if _is_same_matter(refund, record, line, lines)]
    exact = [refund for refund in found if refund.line_id == (line.pk if line else None)]
    return exact[0] if exact else found[0] if len(found) == 1 else None


def _is_same_matter(own: Refund, record: CaseRecord, line: OrderLine | None, lines: Sequence[OrderLine]) -> bool:
    """Same goods, at the same time: one that was given up at the platform is another matter, ours goes on.

    One of another kind is too, once something was decided here: what was agreed to is not rewritten.
    """
    if record.status == RefundState.CLOSED:
        return False
    if own.kind != record.kind and own.status != RefundState.REQUESTED:
        return False
    if record.status == RefundState.SUCCEEDED and not _is_same_payment(own, record):
        return False
    return _is_same_goods(own, record, line, lines)


def _is_same_payment(own: Refund, record: CaseRecord) -> bool:
    """Tell whether what the platform has paid is what was asked for here, and not something from before."""
    ended = record.finished_at or record.snapshot_at
    is_before = ended < own.requested_at or (record.requested_at or own.requested_at) < own.requested_at
    return own.kind in MONEY_KINDS and not is_before and _is_same_wish(own, record)


def _is_same_goods(own: Refund, record: CaseRecord, line: OrderLine | None, lines: Sequence[OrderLine]) -> bool:
    if len([one for one in lines if not one.is_gift]) <= 1:
        return True
    if own.line_id is not None and line is not None:
        return own.line_id == line.pk
    return _is_same_wish(own, record)  # one of the two says the whole order, or does not say


def _is_same_wish(own: Refund, record: CaseRecord) -> bool:
    return (own.kind, own.amount) == (record.kind, record.amount)


def join_case(refund: Refund, record: CaseRecord, *, at: datetime, job: Job | None) -> None:
    """Make the platform's number the case's own; its history keeps the number made here, and finds it by both."""
    made = refund.number
    for message in refund.messages.filter(sealed__isnull=False):
        contexts = [message_context(refund.store_id, number) for number in (made, record.number)]
        RefundMessage.objects.filter(pk=message.pk).update(sealed=_moved(message.sealed, *contexts))
    contexts = [case_context(refund.store_id, number) for number in (made, record.number)]
    columns: dict[str, Any] = {"sealed": _moved(refund.sealed, *contexts)} if refund.sealed is not None else {}
    columns |= {"number": record.number, "made_number": made, "source": EventSource.PLATFORM.value}
    save_case(refund, at, **columns)
    record_change(
        refund, actor=None, at=at, source=EventSource.PLATFORM, job=job,
        before={"case_number": made}, after={"case_number": record.number},
    )  # fmt: skip


def _moved(sealed: bytes | memoryview | None, old: str, new: str) -> bytes | None:
    """Seal what was written for another place; what cannot be opened any more is nothing to keep."""
    try:
        return seal(unseal(sealed or b"", context=old), context=new)
    except SealError:
        return None


def make_room(refund: Refund, *, at: datetime, job: Job | None) -> None:
    """Have no other case about the same goods open when this one of a locked order is, as the platform reports.

    One that was opened here gives way: the platform, which has the money, goes on with its own.

    Raises:
        RefundError: another one is open at the platform too, as far as is known here.
    """
    others = Refund.objects.filter(order=refund.order_id, line=refund.line_id).open()
    for other in others.exclude(pk=refund.pk).locked():
        other.order, other.store = refund.order, refund.store
        if not _is_made_here(other):
            raise RefundError(_in_the_way(other))
        go(
            other, "", status=RefundState.CLOSED, source=EventSource.PLATFORM, actor=None, at=at, job=job,
            facts={"superseded_by": refund.number}, refunded=NOTHING,
        )  # fmt: skip


def _in_the_way(other: Refund) -> str:
    values = {"other": other.number, "number": other.order.number}
    if other.snapshot_at is None:
        return (
            _("Case %(other)s of order %(number)s was opened here about the same goods: close it, or mend its number.")
            % values
        )
    return _(
        "Case %(other)s of order %(number)s is about the same goods and open, as reported at %(time)s: this one is "
        "taken in when that one has ended."
    ) % (values | {"time": f"{timezone.localtime(other.snapshot_at):%m-%d %H:%M}"})
