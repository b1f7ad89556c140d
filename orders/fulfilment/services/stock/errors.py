from orders.core.services import OrderError


class StockError(OrderError):
    """Pieces that are not there, or a movement of stock that cannot be."""
