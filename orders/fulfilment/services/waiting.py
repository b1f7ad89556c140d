from orders.core.models import Order


def claims_stock(order: Order) -> bool:
    """Whether the order is to be packed: paid, open, and not given back as a whole."""
    is_given_back = order.refunded >= order.gross_paid > 0
    return order.is_open and order.paid_at is not None and not is_given_back
