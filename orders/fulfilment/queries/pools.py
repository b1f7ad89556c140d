"""Pools of waybill numbers that run low: who prints is to know before none is left."""

from typing import NamedTuple

from backoffice.common.models import Store
from backoffice.common.statements import fetch
from orders.fulfilment.couriers import courier_name

# counts no further than what decides
_ACCOUNTS = """
SELECT courier, free, coalesce(free < warn_below, false) FROM (
    SELECT a.courier, a.is_default, a.id, a.warn_below, CASE WHEN a.adapter = 'pool' THEN (SELECT count(*) FROM (
        SELECT FROM fulfilment_poolnumber n WHERE n.account_id = a.id AND n.state = 'free' LIMIT a.warn_below
    ) AS x) END AS free
    FROM fulfilment_courieraccount a WHERE a.store_id = %(store)s AND a.is_active
) AS accounts ORDER BY is_default DESC, id
"""


class LowPool(NamedTuple):
    courier: str
    free: int

    @property
    def name(self) -> str:
        return courier_name(self.courier)


class CourierAccounts(NamedTuple):
    """The couriers that a store works with, the usual one first, and those of them whose numbers run low."""

    couriers: list[str]
    low_pools: list[LowPool]


def courier_accounts(store: Store) -> CourierAccounts:
    """Return what pages of shipping say of the store's couriers; one statement."""
    rows = fetch(_ACCOUNTS, {"store": store.pk})
    return CourierAccounts(
        [courier for courier, _free, _is_low in rows],
        [LowPool(courier, free) for courier, free, is_low in rows if is_low],
    )


def low_pools(store: Store) -> list[LowPool]:
    """Return the couriers whose numbers run low, the usual one first."""
    return courier_accounts(store).low_pools
