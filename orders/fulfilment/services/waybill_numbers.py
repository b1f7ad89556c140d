"""Numbers of parcels: given by the courier's adapter, or typed from a slip of the courier."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from backoffice.common.models import Job, Store, User
from orders.core.services import bump, record_event
from orders.core.statuses import EventKind, EventSource
from orders.fulfilment.adapters import AdapterError, find_adapter
from orders.fulfilment.couriers import TrackingError, courier_name, normalise_tracking
from orders.fulfilment.models import CourierAccount, Waybill
from orders.fulfilment.number_lock import lock_number
from orders.fulfilment.queries import shipments_numbered
from orders.fulfilment.services.waybills import (
    WaybillError,
    bump_waybill,
    lock_waybill,
    refuse_unless,
    take_recipient,
)
from orders.fulfilment.statuses import WaybillState


def assign_number(
    *,
    store: Store,
    waybill_id: int,
    actor: User | None,
    at: datetime,
    number: str = "",
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> Waybill:
    """Give a planned parcel its number: a typed one, or the next of the courier's adapter.

    Where there is none, the parcel stays planned and says why.

    Raises:
        Waybill.DoesNotExist: the store has no such parcel.
        WaybillError: it has a number already or is gone, the number is another parcel's, or none was given.
    """
    try:
        with transaction.atomic():
            waybill, orders = lock_waybill(store, waybill_id, version)
            refuse_unless(waybill, WaybillState.DRAFT)
            take_recipient(waybill, orders)
            _give(waybill, _typed(waybill, number) if number.strip() else _from_adapter(waybill, at))
            after = {"waybill": waybill.pk, "courier": waybill.courier, "tracking_number": waybill.number}
            for order in orders:
                record_event(order, EventKind.WAYBILL_MADE, actor=actor, at=at, source=source, after=after, job=job)
                bump(order, at, actor=actor)
            return waybill
    except AdapterError as error:
        _keep_problem(store, waybill_id, str(error))
        raise WaybillError(str(error)) from error


def release_number(waybill: Waybill, at: datetime) -> None:
    """Tell the adapter that the number of a parcel that is void never travels."""
    account = CourierAccount.objects.filter(store=waybill.store_id, courier=waybill.courier).first()
    adapter = find_adapter(account.adapter) if account is not None and waybill.number else None
    if account is not None and adapter is not None:
        adapter.release(account, waybill.number, at=at)


def _give(waybill: Waybill, number: str) -> None:
    waybill.number, waybill.state, waybill.problem = number, WaybillState.NUMBERED, ""
    try:
        with transaction.atomic():
            bump_waybill(waybill, "number", "state", "problem", "recipient_key")
    except IntegrityError as error:
        raise WaybillError(
            _("Tracking number %(number)s already belongs to another waybill.") % {"number": number}, "field"
        ) from error


def _typed(waybill: Waybill, text: str) -> str:
    if not waybill.courier:
        raise WaybillError(_("Choose the courier of this parcel first."), "field")
    try:
        number = normalise_tracking(text)
    except TrackingError as error:
        raise WaybillError(str(error), "field") from error
    lock_number(waybill.store_id, number)
    other = shipments_numbered(waybill.store, number).first()
    if other is not None:
        raise WaybillError(
            _("Tracking number %(tracking)s already belongs to order %(other)s.")
            % {"tracking": number, "other": other.order.number}, "field",
        )  # fmt: skip
    return number


def _from_adapter(waybill: Waybill, at: datetime) -> str:
    if not waybill.courier:
        raise AdapterError(_("Choose the courier of this parcel first."))
    account = CourierAccount.objects.filter(store=waybill.store_id, courier=waybill.courier, is_active=True).first()
    adapter = find_adapter(account.adapter) if account is not None else None
    if account is None or adapter is None:
        raise AdapterError(
            _("No way to get numbers of %(courier)s is set up: add it to the couriers, or type a number.")
            % {"courier": courier_name(waybill.courier)}
        )
    return adapter.assign(account, waybill, at=at)


@transaction.atomic
def _keep_problem(store: Store, waybill_id: int, problem: str) -> None:
    """Say at the parcel why it has no number; what the refused attempt wrote is gone by now."""
    drafts = Waybill.objects.for_store(store).filter(pk=waybill_id, state=WaybillState.DRAFT)
    drafts.update(problem=problem[:200])
