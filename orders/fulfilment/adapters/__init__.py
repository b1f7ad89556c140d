"""How a store gets waybill numbers of a courier: one adapter per account, found by name.

`pool` takes the numbers that the courier gave the store in advance. An adapter of a courier's own service is a class
with the two functions of `CourierAdapter`, named in `ADAPTERS`; its secrets come from the environment, never from the
account's options.
"""

from orders.fulfilment.adapters.base import AdapterError, CourierAdapter
from orders.fulfilment.adapters.pool import PoolAdapter

ADAPTERS: dict[str, CourierAdapter] = {"pool": PoolAdapter()}


def find_adapter(name: str) -> CourierAdapter | None:
    return ADAPTERS.get(name)


__all__ = ["ADAPTERS", "AdapterError", "CourierAdapter", "find_adapter"]
