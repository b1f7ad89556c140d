"""Stock: promised when an order is paid, deducted when it ships, released when it closes; never promised twice."""

from orders.fulfilment.services.stock.errors import StockError
from orders.fulfilment.services.stock.taking import take_stock

__all__ = ["StockError", "take_stock"]
