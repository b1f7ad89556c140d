from aftersales.refunds.models.cases import (
    MessageFile,
    Refund,
    RefundMessage,
    RefundStep,
)
from aftersales.refunds.models.goods import Inspection, InspectionFile, ReturnAddress, ReturnEvent, ReturnParcel
from aftersales.refunds.models.policy import RefundPolicy
from aftersales.refunds.models.pulls import RefundPull
from aftersales.refunds.models.registers import Complaint, Violation
from aftersales.refunds.models.waiting import UnknownRefund, UnreadRefund

__all__ = [
    "Complaint",
    "Inspection",
    "InspectionFile",
    "MessageFile",
    "Refund",
    "RefundMessage",
    "RefundPolicy",
    "RefundPull",
    "RefundStep",
    "ReturnAddress",
    "ReturnEvent",
    "ReturnParcel",
    "UnknownRefund",
    "UnreadRefund",
    "Violation",
]
