"""The demo shop's warehouse: stock, what the open orders hold of it, parcels before and after shipping."""

from datetime import datetime
from random import Random

from backoffice.common.models import Store
from orders.fulfilment.services.stock import settle_due
from orders.intake.demo.invoices import furnish_invoices
from orders.intake.demo.stock import furnish_stock
from orders.intake.demo.traces import furnish_traces
from orders.intake.demo.waybills import furnish_waybills


def open_warehouse(store: Store, *, at: datetime, seed: int) -> None:
    """Fill the shelves, let the open orders reserve what they need, plan some parcels, follow those that left."""
    rng = Random(seed)
    furnish_stock(store, at, rng)
    while settle_due(store=store, at=at):
        pass
    furnish_waybills(store, at, rng)
    furnish_traces(store, at)
    furnish_invoices(store, at, rng)
