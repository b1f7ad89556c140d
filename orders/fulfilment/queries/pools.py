"""Pools of waybill numbers that run low: who prints is to know before none is left."""

from typing import NamedTuple

from backoffice.common.models import Store
from backoffice.common.statements import fetch
from orders.fulfilment.couriers import courier_name

# counts no further than what decides
_LOW = """
SELECT courier, free FROM (
    SELECT a.courier, a.is_default, a.id, a.warn_below, (SELECT count(*) FROM (
        SELECT FROM fulfilment_poolnumber n WHERE n.account_id = a.id AND n.state = 'free' LIMIT a.warn_below
    ) AS x) AS free
    FROM fulfilment_courieraccount a WHERE a.store_id = %(store)s AND a.is_active AND a.adapter = 'pool'
) AS pools WHERE free < warn_below ORDER BY is_default DESC, id
"""


class LowPool(NamedTuple):
    courier: str
    free: int

    @property
    def name(self) -> str:
        return courier_name(self.courier)


def low_pools(store: Store) -> list[LowPool]:
    """Return the couriers whose numbers run low, the usual one first."""
    return [LowPool(*row) for row in fetch(_LOW, {"store": store.pk})]
