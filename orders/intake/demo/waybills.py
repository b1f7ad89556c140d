"""Parcels of the demo shop: couriers with pools, and some orders planned, numbered and printed."""

from datetime import datetime
from random import Random

from backoffice.common.models import Store
from orders.core.models import Order
from orders.core.services import OrderError
from orders.fulfilment.models import Waybill
from orders.fulfilment.services import assign_number, plan_waybill
from orders.fulfilment.services.pools import add_pool_numbers, save_courier_account
from orders.fulfilment.services.printing import record_waybill_print

_SENDER = {"name": "示例旗舰店", "phone": "0571-12345678", "address": "浙江省杭州市余杭区示例路 1 号 2 号仓"}
_POOLS = (("YTO", "YT{:013}", True), ("ZTO", "7{:013}", False), ("SF", "SF1{:012}", False))
_POOL_SIZE, _LOW_POOL = 400, 30
PLANNED, NUMBERED, PRINTED = 30, 20, 12  # of the orders that are due first; each is part of the one before


def furnish_waybills(store: Store, at: datetime, rng: Random) -> int:
    """Give the shop couriers, a sender, and parcels in every state before shipping; return how many parcels."""
    store.sender = _SENDER
    store.save(update_fields=["sender"])
    for courier, form, is_default in _POOLS:
        _fill_pool(store, courier, form, at, rng, is_default=is_default)
    ready = Order.objects.for_store(store).pending_shipment().ready().filter(recipient__sealed__isnull=False)
    ids = list(ready.order_by("ship_by", "pk").values_list("pk", flat=True)[:PLANNED])
    made = [waybill for pk in ids if (waybill := _plan(store, pk, at)) is not None]
    for waybill in made[:NUMBERED]:
        assign_number(store=store, waybill_id=waybill.pk, actor=None, at=at)
    for waybill in made[:PRINTED]:
        record_waybill_print(store=store, waybill_id=waybill.pk, actor=None, at=at)
    return len(made)


def _fill_pool(store: Store, courier: str, form: str, at: datetime, rng: Random, *, is_default: bool) -> None:
    """Fill a pool; that of the last courier runs low, so that its warning is seen."""
    save_courier_account(store=store, courier=courier, actor=None, at=at, is_default=is_default)
    first = rng.randrange(10**9)
    size = _LOW_POOL if courier == _POOLS[-1][0] else _POOL_SIZE
    numbers = [form.format(number) for number in range(first, first + size)]
    add_pool_numbers(store=store, courier=courier, numbers=numbers, actor=None, at=at)


def _plan(store: Store, order_id: int, at: datetime) -> Waybill | None:
    """Plan one order's parcel; None where the order is not to be packed yet."""
    try:
        return plan_waybill(store=store, order_ids=[order_id], actor=None, at=at)
    except OrderError:
        return None
