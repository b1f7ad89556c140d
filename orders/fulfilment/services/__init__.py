"""What fulfilment does to orders; import from here."""

from orders.fulfilment.services.printing import PrintError, print_problem, record_print
from orders.fulfilment.services.shipping import ShipError, ship_order, ship_problem

__all__ = ["PrintError", "ShipError", "print_problem", "record_print", "ship_order", "ship_problem"]
