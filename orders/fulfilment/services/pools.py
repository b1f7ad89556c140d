"""Couriers of a store and the numbers that they gave it in advance."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.common.models import Store
from orders.core.services import OrderError
from orders.fulfilment.adapters import ADAPTERS
from orders.fulfilment.couriers import TrackingError, find_courier, normalise_tracking
from orders.fulfilment.models import CourierAccount, PoolNumber, Shipment, Waybill

MAX_NUMBERS = 20_000  # added in one go
_RANGE = re.compile(r"([A-Z0-9-]*?)(\d+)")
_MAX_WARN = 1_000_000


class CourierError(OrderError):
    """A courier or numbers that are not kept."""


class Added(NamedTuple):
    """What became of numbers that were added to a pool."""

    added: int
    known: int  # in the pool already
    used: int  # of a parcel already


@transaction.atomic
def save_courier(
    *,
    store: Store,
    courier: str,
    is_default: bool,
    is_active: bool,
    warn_below: int,
    at: datetime,
    adapter: str = "pool",
) -> CourierAccount:
    """Set up a courier of the store, or change how it is used.

    Raises:
        CourierError: there is no such courier or adapter, or the warning is out of range.
    """
    found = find_courier(courier)
    if found is None or adapter not in ADAPTERS:
        raise CourierError(
            _("Courier “%(courier)s” is not in the list of couriers.") % {"courier": courier.strip()[:60]}, "field"
        )
    if not 0 <= warn_below <= _MAX_WARN:
        raise CourierError(_("The warning takes a number from 0 to %(most)s.") % {"most": _MAX_WARN}, "field")
    accounts = CourierAccount.objects.filter(store=store)
    list(accounts.select_for_update().order_by("pk"))  # one default, also when two people save
    if is_default:
        accounts.filter(is_default=True).exclude(courier=found.code).update(is_default=False)
    account, _new = accounts.update_or_create(
        store=store, courier=found.code,
        defaults={
            "adapter": adapter, "is_default": is_default and is_active, "is_active": is_active,
            "warn_below": warn_below, "updated_at": at,
        },
    )  # fmt: skip
    return account


@transaction.atomic
def add_pool_numbers(*, store: Store, courier: str, numbers: Iterable[str], at: datetime) -> Added:
    """Add numbers to a courier's pool; those that are there or on a parcel already are left out and counted.

    Raises:
        CourierAccount.DoesNotExist: the store has not set this courier up.
        CourierError: a number is none, or they are too many.
    """
    account = CourierAccount.objects.select_for_update().get(store=store, courier=courier)
    wanted = list(dict.fromkeys(_plain(number) for number in numbers))
    if not 1 <= len(wanted) <= MAX_NUMBERS:
        raise CourierError(_("Add 1 to %(count)s numbers in one go.") % {"count": MAX_NUMBERS}, "field")
    known = set(PoolNumber.objects.filter(account=account, number__in=wanted).values_list("number", flat=True))
    used = _used(store, [number for number in wanted if number not in known])
    fresh = [number for number in wanted if number not in known and number not in used]
    PoolNumber.objects.bulk_create(
        [PoolNumber(account=account, number=number, added_at=at) for number in fresh], batch_size=2000
    )
    return Added(len(fresh), len(known), len(used))


def number_range(first: str, last: str) -> list[str]:
    """Return the numbers from the first to the last, which differ in their last digits only.

    Raises:
        CourierError: they make no range, or one that is too long.
    """
    start, end = _RANGE.fullmatch(_plain(first)), _RANGE.fullmatch(_plain(last))
    if start is None or end is None or start[1] != end[1] or len(start[2]) != len(end[2]):
        raise CourierError(_("The first and the last number differ in more than their last digits."), "field")
    count = int(end[2]) - int(start[2]) + 1
    if not 1 <= count <= MAX_NUMBERS:
        raise CourierError(_("A range holds 1 to %(count)s numbers.") % {"count": MAX_NUMBERS}, "field")
    return [f"{start[1]}{number:0{len(start[2])}d}" for number in range(int(start[2]), int(end[2]) + 1)]


def _plain(number: str) -> str:
    try:
        return normalise_tracking(number)
    except TrackingError as error:
        raise CourierError(str(error), "field") from error


def _used(store: Store, numbers: Sequence[str]) -> set[str]:
    shipped = Shipment.objects.filter(store=store, tracking_number__in=numbers).values_list(
        "tracking_number", flat=True
    )
    return {
        *shipped,
        *Waybill.objects.filter(store=store, number__in=numbers).values_list("number", flat=True),
    }
