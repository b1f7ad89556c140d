from orders.core.models.agreements import ContactLog, Extension, Wish
from orders.core.models.history import Hold, OrderEvent, Remark
from orders.core.models.orders import Buyer, OpenLine, Order, OrderCount, OrderDiscount, OrderLine, ProductTitle
from orders.core.models.outbox import ANSWERS, OutboxKind, OutboxMessage, OutboxState
from orders.core.models.querysets import OrderQuerySet
from orders.core.models.recipients import Recipient

__all__ = [
    "ANSWERS",
    "Buyer",
    "ContactLog",
    "Extension",
    "Hold",
    "OpenLine",
    "Order",
    "OrderCount",
    "OrderDiscount",
    "OrderEvent",
    "OrderLine",
    "OrderQuerySet",
    "OutboxKind",
    "OutboxMessage",
    "OutboxState",
    "ProductTitle",
    "Recipient",
    "Remark",
    "Wish",
]
