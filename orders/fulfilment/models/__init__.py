from orders.fulfilment.models.courier_days import EVERYWHERE, CourierDay, CourierDayMark
from orders.fulfilment.models.courier_prices import CourierPrice
from orders.fulfilment.models.invoices import BuyerConsent, InvoiceRequest, LocalService, Message, MessageTemplate
from orders.fulfilment.models.papers import PrintRecord
from orders.fulfilment.models.products import GiftRule, Product, Sku
from orders.fulfilment.models.shipments import Anomaly, CourierContact, Shipment, ShipmentLine, TrackingEvent
from orders.fulfilment.models.stock import (
    FulfilmentDue,
    GiftGrant,
    LineCheck,
    LineStock,
    Shortage,
    StockMovement,
)
from orders.fulfilment.models.waybills import (
    CourierAccount,
    MergeCandidate,
    MergeRefusal,
    PartialOrder,
    PoolNumber,
    Waybill,
    WaybillLine,
)

__all__ = [
    "EVERYWHERE",
    "Anomaly",
    "BuyerConsent",
    "CourierAccount",
    "CourierContact",
    "CourierDay",
    "CourierDayMark",
    "CourierPrice",
    "FulfilmentDue",
    "GiftGrant",
    "GiftRule",
    "InvoiceRequest",
    "LineCheck",
    "LineStock",
    "LocalService",
    "MergeCandidate",
    "MergeRefusal",
    "Message",
    "MessageTemplate",
    "PartialOrder",
    "PoolNumber",
    "PrintRecord",
    "Product",
    "Shipment",
    "ShipmentLine",
    "Shortage",
    "Sku",
    "StockMovement",
    "TrackingEvent",
    "Waybill",
    "WaybillLine",
]
