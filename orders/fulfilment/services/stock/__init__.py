"""Stock: promised when an order is paid, deducted when it ships, released when it closes; never promised twice."""

from orders.fulfilment.services.stock.acts import count_stock, move_stock
from orders.fulfilment.services.stock.demand import forecast_demand
from orders.fulfilment.services.stock.errors import StockError
from orders.fulfilment.services.stock.settling import settle_due, settle_order
from orders.fulfilment.services.stock.taking import take_stock

__all__ = ["StockError", "count_stock", "forecast_demand", "move_stock", "settle_due", "settle_order", "take_stock"]
