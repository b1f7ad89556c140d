"""Parcels that buyers send back: recorded with the case, corrected when the number was mistyped."""

from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from aftersales.refunds.models import Refund, ReturnEvent, ReturnParcel
from aftersales.refunds.services.base import check_act, go, lock_case, record_change, save_case
from aftersales.refunds.services.errors import RefundError
from aftersales.refunds.services.goods.numbers import ParcelNumber, check_back_number, read_parcel_number
from aftersales.refunds.statuses import Act, GoodsState, ParcelDirection, RefundState
from backoffice.common.models import Job, Store, User
from orders.core.statuses import EventSource

_AHEAD = timedelta(hours=24)  # clocks may be wrong, but not by a day
_TRACE = ("signed_at", "last_event", "last_event_at")


@transaction.atomic
def send_back(
    *,
    store: Store,
    refund_id: int,
    courier: str,
    tracking_number: str,
    actor: User | None,
    at: datetime,
    sent_at: datetime | None = None,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> Refund:
    """Record that the buyer sent the goods back; an unknown courier may be left empty.

    Goods of an earlier return that are here already, under the same number, stay inspected.

    Raises:
        RefundError: the case does not wait for goods, or the number is none or another's.
    """
    told = read_parcel_number(courier, tracking_number, needs_courier=False)
    refund = lock_case(store=store, refund_id=refund_id, version=version)
    check_act(refund, Act.SEND_BACK)
    check_back_number(refund, told.number)
    parcel = _known(refund, told)
    columns: dict[str, Any] = {"goods": GoodsState.RETURNED}
    if parcel is None:
        parcel = _record(refund, told, _sent(sent_at, at), actor=actor, source=source)
        columns |= {"return_signed_at": parcel.signed_at, "inspected_at": None}
    return go(refund, Act.SEND_BACK, actor=actor, at=at, source=source, job=job, facts=told.facts, **columns)


def _sent(sent_at: datetime | None, now: datetime) -> datetime:
    if sent_at is not None and sent_at > now + _AHEAD:
        raise RefundError(
            _("The time %(time)s is still to come.") % {"time": f"{timezone.localtime(sent_at):%Y-%m-%d %H:%M}"},
            "field",
        )
    return sent_at or now


def _back_parcels(refund: Refund) -> models.QuerySet[ReturnParcel]:
    return refund.parcels.filter(direction=ParcelDirection.BACK)


def _known(refund: Refund, told: ParcelNumber) -> ReturnParcel | None:
    return _back_parcels(refund).filter(tracking_number=told.number).order_by("-pk").first()


def _record(refund: Refund, told: ParcelNumber, sent_at: datetime, *, actor: User | None, source: str) -> ReturnParcel:
    """Write the parcel; what is known of the same box by another case of the buyer is known of this one."""
    parcel = ReturnParcel.objects.create(
        refund=refund,
        store_id=refund.store_id,
        direction=ParcelDirection.BACK,
        courier=told.courier,
        tracking_number=told.number,
        sent_at=sent_at,
        quantity=refund.quantity,
        recorded_by=actor,
        source=source,
    )
    _take_over_trace(parcel)
    return parcel


def _take_over_trace(parcel: ReturnParcel) -> None:
    same = ReturnParcel.objects.filter(
        store=parcel.store_id, tracking_number=parcel.tracking_number, direction=parcel.direction
    )
    twin = same.exclude(refund=parcel.refund_id).order_by("-pk").first()
    for name in _TRACE:
        setattr(parcel, name, getattr(twin, name) if twin else (None if name != "last_event" else ""))
    parcel.save(update_fields=_TRACE)
    events = list(twin.trace.order_by("pk")) if twin else []
    for event in events:
        event.pk, event.parcel = None, parcel
    ReturnEvent.objects.bulk_create(events)


@transaction.atomic
def correct_return_number(
    *,
    store: Store,
    refund_id: int,
    courier: str,
    tracking_number: str,
    actor: User | None,
    at: datetime,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> Refund:
    """Put another number on the newest return parcel of a case whose goods are still to be received.

    The trace of the wrong number goes.

    Raises:
        RefundError: no return is on its way, it was inspected already, or the number is none or another's.
    """
    told = read_parcel_number(courier, tracking_number, needs_courier=False)
    refund = lock_case(store=store, refund_id=refund_id, version=version)
    parcel = _back_parcels(refund).order_by("-pk").first()
    if parcel is None or refund.status != RefundState.AWAITING_RECEIPT or refund.inspected_at is not None:
        raise RefundError(
            _("Case %(number)s has no return parcel on its way: there is no number to correct.")
            % {"number": refund.number}
        )
    if (parcel.courier, parcel.tracking_number) == tuple(told):
        return refund
    check_back_number(refund, told.number)
    before = {"tracking_number": parcel.tracking_number}
    parcel.trace.all().delete()
    parcel.courier, parcel.tracking_number = told
    parcel.save(update_fields=["courier", "tracking_number"])
    _take_over_trace(parcel)
    save_case(refund, at, return_signed_at=parcel.signed_at)
    after = {"tracking_number": told.number}
    record_change(refund, actor=actor, at=at, source=source, job=job, before=before, after=after)
    return refund
