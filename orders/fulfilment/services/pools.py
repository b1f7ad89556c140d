"""Couriers of a store and the pools of numbers that they gave in advance."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import Count, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from backoffice.common.audit import write_audit
from backoffice.common.models import Store, User
from orders.core.services import OrderError
from orders.fulfilment.adapters import ADAPTERS
from orders.fulfilment.couriers import Courier, TrackingError, find_courier, normalise_tracking
from orders.fulfilment.models import CourierAccount, PoolNumber, Shipment, Waybill

MAX_AT_ONCE = 10_000
_RANGE = re.compile(r"(?P<first>[0-9A-Za-z]+)\s*(?:~|～|\.\.|—|至|到|\bto\b)\s*(?P<last>[0-9A-Za-z]+)")
_NUMBER = re.compile(r"(?P<head>[0-9A-Z]*?)(?P<digits>[0-9]{1,15})")


class PoolError(OrderError):
    """Numbers or settings of a courier that will not do."""


class PoolAddition(NamedTuple):
    """What became of numbers that were added."""

    added: int
    known: int  # in the pool already
    used: int  # of a parcel already


class PoolFacts(NamedTuple):
    """How many numbers of a courier are left."""

    account: CourierAccount
    free: int
    used: int | None  # None: not counted

    @property
    def is_low(self) -> bool:
        return self.account.is_active and self.account.adapter == "pool" and self.free < self.account.warn_below


@transaction.atomic
def save_courier_account(
    *,
    store: Store,
    courier: str,
    actor: User | None,
    at: datetime,
    adapter: str = "pool",
    warn_below: int = 50,
    is_default: bool = False,
    is_active: bool = True,
) -> CourierAccount:
    """Set how the store gets numbers of a courier; one courier of a store is the usual one.

    Raises:
        PoolError: the courier or the way of getting numbers is not known.
    """
    found = _courier(courier)
    if adapter not in ADAPTERS:
        raise PoolError(_("There is no way “%(name)s” to get numbers.") % {"name": adapter[:20]}, "field")
    if is_default:
        CourierAccount.objects.filter(store=store, is_default=True).exclude(courier=found.code).update(is_default=False)
    values = {"adapter": adapter, "warn_below": warn_below, "is_default": is_default and is_active}
    account, _is_new = CourierAccount.objects.update_or_create(
        store=store, courier=found.code, defaults={**values, "is_active": is_active, "updated_at": at}
    )
    data = {**values, "is_active": is_active}
    write_audit(store=store, actor=actor, action="courier_account_saved", at=at, subject=found.name, data=data)
    return account


@transaction.atomic
def add_pool_numbers(
    *, store: Store, courier: str, numbers: str | Sequence[str], actor: User | None, at: datetime
) -> PoolAddition:
    """Add numbers to the pool of a courier: a list, or a text of lines with single numbers and ranges (`a ~ b`).

    The courier's account is made where the store has none. Numbers of the pool or of a parcel are left out.

    Raises:
        PoolError: the courier is not known, or a number or range cannot be read; it is quoted.
    """
    found = _courier(courier)
    wanted = list(dict.fromkeys(_read(numbers)))
    if not wanted:
        raise PoolError(_("Write the numbers, one on each line, or a range like YT0001 ~ YT0100."), "field")
    account, _is_new = CourierAccount.objects.get_or_create(
        store=store, courier=found.code, defaults={"updated_at": at}
    )
    account = CourierAccount.objects.select_for_update().get(pk=account.pk)  # one addition to a pool at a time
    known = set(PoolNumber.objects.filter(account=account, number__in=wanted).values_list("number", flat=True))
    used = _used(store, wanted) - known
    fresh = [number for number in wanted if number not in known and number not in used]
    PoolNumber.objects.bulk_create(
        (PoolNumber(account=account, number=number, added_at=at) for number in fresh), batch_size=2000
    )
    data = {"added": len(fresh), "first": fresh[0] if fresh else "", "last": fresh[-1] if fresh else ""}
    write_audit(store=store, actor=actor, action="pool_numbers_added", at=at, subject=found.name, data=data)
    return PoolAddition(len(fresh), len(known), len(used))


@transaction.atomic
def void_pool_numbers(*, store: Store, courier: str, actor: User | None, at: datetime) -> int:
    """Take every free number of a courier out of use, as when the contract ends; return how many."""
    found = _courier(courier)
    free = PoolNumber.objects.filter(account__store=store, account__courier=found.code, state=PoolNumber.State.FREE)
    count = PoolNumber.objects.filter(pk__in=free.select_for_update(skip_locked=True, of=("self",))).update(
        state=PoolNumber.State.VOID, taken_at=at
    )
    data = {"count": count}
    write_audit(store=store, actor=actor, action="pool_numbers_voided", at=at, subject=found.name, data=data)
    return count


def pool_facts(store: Store, *, counts_used: bool = True) -> list[PoolFacts]:
    """Return the store's couriers with how many numbers they have left, the usual one first.

    What is left is counted within its index; what was used is most of the numbers, and is read only where it is said.
    """
    accounts = CourierAccount.objects.filter(store=store).order_by("-is_default", "-is_active", "courier")
    counted = accounts.annotate(free=_count_of(PoolNumber.State.FREE))
    if counts_used:
        counted = counted.annotate(used=_count_of(PoolNumber.State.USED))
    return [PoolFacts(account, account.free, getattr(account, "used", None)) for account in counted]


def _count_of(state: PoolNumber.State) -> Coalesce:
    numbers = PoolNumber.objects.filter(account=OuterRef("pk"), state=state).order_by()
    counted = numbers.values("account").annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def _courier(text: str) -> Courier:
    found = find_courier(text) if text.strip() else None
    if found is None:
        raise PoolError(
            _("Courier “%(courier)s” is not in the list of couriers.") % {"courier": text.strip()[:60]}, "field"
        )
    return found


def _used(store: Store, numbers: Sequence[str]) -> set[str]:
    parcels = Shipment.objects.filter(store=store, tracking_number__in=numbers)
    waybills = Waybill.objects.filter(store=store, number__in=numbers)
    return {*parcels.values_list("tracking_number", flat=True), *waybills.values_list("number", flat=True)}


def _read(numbers: str | Sequence[str]) -> list[str]:
    parts = re.split(r"[\n,，;；]+", numbers) if isinstance(numbers, str) else list(numbers)
    found: list[str] = []
    for part in filter(None, (part.strip() for part in parts)):
        found += _range(part)
        if len(found) > MAX_AT_ONCE:
            raise PoolError(_("Add at most %(count)s numbers at once.") % {"count": MAX_AT_ONCE}, "field")
    return found


def _range(text: str) -> Iterable[str]:
    """Return the numbers from the first to the last of a range, or the one number."""
    match = _RANGE.fullmatch(text)
    if match is None:
        return [_number(text)]
    first, last = (_NUMBER.fullmatch(_number(match[name])) for name in ("first", "last"))
    is_range = first and last and first["head"] == last["head"] and len(first["digits"]) == len(last["digits"])
    if not (first and last and is_range) or int(first["digits"]) > int(last["digits"]):
        raise PoolError(_("“%(text)s” is no range of numbers.") % {"text": text[:60]}, "field")
    start, end, wide = int(first["digits"]), int(last["digits"]), len(first["digits"])
    if end - start >= MAX_AT_ONCE:
        raise PoolError(_("Add at most %(count)s numbers at once.") % {"count": MAX_AT_ONCE}, "field")
    return [f"{first['head']}{value:0{wide}}" for value in range(start, end + 1)]


def _number(text: str) -> str:
    try:
        return normalise_tracking(text)
    except TrackingError as error:
        raise PoolError(str(error), "field") from error
