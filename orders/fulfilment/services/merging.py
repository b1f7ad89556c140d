"""Packing orders to one recipient together, or saying that they are not to be."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.common.models import Job, Store, User
from orders.core.models import Order
from orders.core.statuses import EventSource
from orders.fulfilment.models import MergeRefusal, Waybill
from orders.fulfilment.services.errors import MergeError
from orders.fulfilment.services.waybill_changes import void_waybill
from orders.fulfilment.services.waybills import lock_orders, plan_waybill
from orders.fulfilment.statuses import WaybillState

_LEAST = 2


@transaction.atomic
def merge_orders(
    *,
    store: Store,
    order_ids: Sequence[int],
    courier: str = "",
    actor: User | None,
    at: datetime,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> Waybill:
    """Plan one parcel for orders to one recipient; their own parcels without a number are void then.

    Raises:
        Order.DoesNotExist: the store has no such order.
        MergeError: there are fewer than two.
        WaybillError: an order must not ship now, has a numbered waybill, or goes to somebody else; it is named.
    """
    if len(set(order_ids)) < _LEAST:
        raise MergeError(_("Choose at least two orders to pack together."), "field")
    orders = lock_orders(store, order_ids)
    for draft in _own_drafts(orders):
        void_waybill(
            store=store, waybill_id=draft.pk, reason=_("Packed together with other orders"),
            actor=actor, at=at, source=source,
        )  # fmt: skip
    return plan_waybill(store=store, order_ids=order_ids, courier=courier, actor=actor, at=at, source=source, job=job)


def _own_drafts(orders: Sequence[Order]) -> list[Waybill]:
    drafts = Waybill.objects.filter(lines__order__in=orders, state=WaybillState.DRAFT, order_count=1)
    return list(drafts.distinct().order_by("pk"))


@transaction.atomic
def refuse_merge(
    *, store: Store, recipient_key: str, order_ids: Sequence[int], never: bool, actor: User | None, at: datetime
) -> MergeRefusal:
    """Say that these orders, or any of this recipient's ever, are not to be packed together.

    Raises:
        MergeError: the orders do not all go to this recipient.
    """
    known = set(
        Order.objects.for_store(store)
        .filter(pk__in=order_ids, recipient__recipient_key=recipient_key)
        .values_list("pk", flat=True)
    )
    if not recipient_key or len(known) < _LEAST or known != set(order_ids):
        raise MergeError(_("These orders do not go to one recipient any more. Reload the page."))
    kept = [] if never else sorted(known)
    same = MergeRefusal.objects.filter(store=store, recipient_key=recipient_key, order_ids=kept).first()
    return same or MergeRefusal.objects.create(
        store=store, recipient_key=recipient_key, order_ids=kept, refused_by=actor, refused_at=at
    )


@transaction.atomic
def withdraw_refusal(*, store: Store, refusal_id: int) -> None:
    """Suggest again what was refused.

    Raises:
        MergeRefusal.DoesNotExist: the store has no such refusal.
    """
    MergeRefusal.objects.select_for_update().get(store=store, pk=refusal_id).delete()
