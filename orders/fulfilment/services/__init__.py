"""What fulfilment does to orders; import from here."""

from orders.fulfilment.services.shipping import ShipError, ship_order, ship_problem

__all__ = ["ShipError", "ship_order", "ship_problem"]
