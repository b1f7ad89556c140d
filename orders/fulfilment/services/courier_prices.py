"""What parcels cost: one price of a courier everywhere, and others to some provinces."""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.common.audit import write_audit
from backoffice.common.models import Store, User
from orders.fulfilment.couriers import COURIERS, courier_name
from orders.fulfilment.models import EVERYWHERE, CourierAccount, CourierPrice
from orders.fulfilment.services.pools import PoolError
from orders.fulfilment.traces.places import province_named

HIGHEST = Decimal(10_000)
_CODES = frozenset(courier.code for courier in COURIERS)
_LINE = re.compile(r"(?P<provinces>.*?)[\s:：=¥￥]*(?P<price>[0-9]{1,6}(\.[0-9]{1,2})?)\s*元?")


@transaction.atomic
def save_courier_prices(
    *, store: Store, courier: str, price: Decimal | None, provinces: Mapping[str, Decimal], actor: User | None,
    at: datetime,
) -> None:  # fmt: skip
    """Set what a courier of the store takes for a parcel: without a price nothing is known of its costs.

    Raises:
        PoolError: the store does not work with the courier, or there are prices to provinces without a usual one.
    """
    accounts = CourierAccount.objects.select_for_update().filter(store=store, courier=courier)
    if courier not in _CODES or accounts.first() is None:
        raise PoolError(_("Set the courier up first."), "field")
    if price is None and provinces:
        raise PoolError(_("Give the usual price as well: it applies to all other provinces."), "field")
    wanted = {} if price is None else {EVERYWHERE: price, **provinces}
    CourierPrice.objects.filter(store=store, courier=courier).delete()
    CourierPrice.objects.bulk_create(
        CourierPrice(store=store, courier=courier, province=province, price=value) for province, value in wanted.items()
    )
    data = {"prices": {province: str(value) for province, value in wanted.items()}}
    write_audit(
        store=store, actor=actor, action="courier_account_saved", at=at, subject=courier_name(courier), data=data
    )  # fmt: skip


def read_province_prices(text: str) -> dict[str, Decimal]:
    """Read lines of provinces and their price, as 新疆 西藏 18.00.

    Raises:
        PoolError: a line cannot be read, names no province, or names one again; it is quoted.
    """
    found: dict[str, Decimal] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        read = _LINE.fullmatch(line)
        names = re.split(r"[\s,，、;；]+", read["provinces"].strip()) if read else []
        provinces = [province_named(name) for name in names]
        if read is None or not all(provinces):
            raise PoolError(
                _("Write provinces and their price, as 新疆 西藏 18.00, not “%(line)s”.") % {"line": line[:60]}, "field"
            )
        for province in provinces:
            if province in found:
                raise PoolError(_("%(province)s has two prices.") % {"province": province}, "field")
            found[province] = Decimal(read["price"])
    return found
