"""Reads of fulfilment; shipments here, the rest in modules of their own."""

from orders.fulfilment.queries.shipments import shipments_numbered, shipments_of

__all__ = ["shipments_numbered", "shipments_of"]
