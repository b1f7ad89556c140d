"""What people write on a case without moving it: who handles it, a remark, who pays the freight."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from aftersales.refunds.models import Refund
from aftersales.refunds.services.base import lock_case, record_change, save_case
from aftersales.refunds.services.errors import RefundError
from aftersales.refunds.statuses import SHOP_STATES, FreightPayer
from backoffice.common.access import Right
from backoffice.common.masking import mask_text
from backoffice.common.models import Job, Membership, Store, User
from orders.core.services import refuse_cards
from orders.core.statuses import EventSource

MOST_TAKEN, REMARK = 100, 300


@transaction.atomic
def assign_case(
    *,
    store: Store,
    refund_id: int,
    owner: User | None,
    actor: User | None,
    at: datetime,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> Refund:
    """Give a case to a member of the store; None gives it back to everybody. The same person again changes nothing.

    Raises:
        RefundError: the person does not handle after-sales in this store.
    """
    if owner is not None:
        _check_member(store, owner)
    refund = lock_case(store=store, refund_id=refund_id, version=version)
    if refund.owner_id != (owner.pk if owner else None):
        _give(refund, owner, actor=actor, at=at, source=source, job=job)
    return refund


def _check_member(store: Store, person: User) -> None:
    member = Membership.objects.active().filter(store=store, user=person).first()
    if member is None or not {Right.WORK_REFUNDS, Right.RECEIVE_RETURNS} & member.rights:
        raise RefundError(
            _("%(who)s does not handle after-sales in %(store)s: choose a member who may.")
            % {"who": person, "store": store},
            "field",
        )


def _give(
    refund: Refund, owner: User | None, *, actor: User | None, at: datetime, source: str, job: Job | None
) -> None:
    before, after = {"owner": str(refund.owner or "")}, {"owner": str(owner or "")}
    save_case(refund, at, owner=owner)
    record_change(refund, actor=actor, at=at, source=source, job=job, before=before, after=after)


@transaction.atomic
def take_next_cases(*, store: Store, actor: User, at: datetime, count: int = 10) -> list[Refund]:
    """Give the most urgent cases that wait for the shop and that nobody has to the person who asks.

    Two people never get the same one; a case that a colleague is saving right now is passed over.

    Raises:
        RefundError: the person does not handle after-sales in this store.
    """
    _check_member(store, actor)
    free = Refund.objects.for_store(store).filter(status__in=SHOP_STATES, owner__isnull=True)
    free = free.select_related("order").select_for_update(of=("self", "order"), skip_locked=True)
    taken = list(free.order_by("deadline", "pk")[: max(1, min(count, MOST_TAKEN))])
    for refund in taken:
        refund.store = refund.order.store = store
        _give(refund, actor, actor=actor, at=at, source=EventSource.STAFF, job=None)
    return taken


@transaction.atomic
def note_case(
    *,
    store: Store,
    refund_id: int,
    remark: str,
    actor: User | None,
    at: datetime,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> Refund:
    """Replace the remark for colleagues; phone-like numbers are masked, an empty one takes it away.

    Raises:
        OrderError: it is too long, or holds a bank card number.
    """
    refuse_cards(remark, store=store)
    remark = mask_text(remark.strip())
    if len(remark) > REMARK:
        raise RefundError(_("A remark has up to %(count)s characters.") % {"count": REMARK}, "field")
    refund = lock_case(store=store, refund_id=refund_id, version=version)
    _set(refund, {"remark": remark}, actor=actor, at=at, source=source, job=job)
    return refund


@transaction.atomic
def set_freight_payer(
    *,
    store: Store,
    refund_id: int,
    freight_payer: str,
    actor: User | None,
    at: datetime,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> Refund:
    """Say who pays for the way back.

    Raises:
        RefundError: nobody of that kind can.
    """
    if freight_payer not in FreightPayer.values:
        raise RefundError(_("“%(payer)s” cannot pay the freight.") % {"payer": freight_payer[:40]}, "field")
    refund = lock_case(store=store, refund_id=refund_id, version=version)
    _set(refund, {"freight_payer": freight_payer}, actor=actor, at=at, source=source, job=job)
    return refund


def _set(
    refund: Refund, values: Mapping[str, Any], *, actor: User | None, at: datetime, source: str, job: Job | None
) -> None:
    """Save what differs, with one event; nothing when nothing does."""
    before = {name: getattr(refund, name) for name in values}
    if before != dict(values):
        save_case(refund, at, **values)
        record_change(refund, actor=actor, at=at, source=source, job=job, before=before, after=values)
