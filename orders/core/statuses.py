"""Order states and the moves staff may make. An import or the platform may set any status: it is the authority."""

from collections.abc import Mapping

from django.db import models
from django.utils.translation import gettext_lazy as _


class OrderStatus(models.TextChoices):
    PENDING_PAYMENT = "pending_payment", _("Awaiting payment")
    PENDING_SHIPMENT = "pending_shipment", _("Awaiting shipment")
    PARTIALLY_SHIPPED = "partially_shipped", _("Partially shipped")
    SHIPPED = "shipped", _("Shipped")
    COMPLETED = "completed", _("Completed")
    CLOSED = "closed", _("Closed")


OPEN_STATUSES = (OrderStatus.PENDING_SHIPMENT, OrderStatus.PARTIALLY_SHIPPED)  # the pending-shipment queue

SHIPPABLE_STATUSES = (
    OrderStatus.PENDING_PAYMENT,
    *OPEN_STATUSES,
)  # something of the order may still leave the warehouse

MOVES: Mapping[str, frozenset[str]] = {
    OrderStatus.PENDING_PAYMENT: frozenset({OrderStatus.PENDING_SHIPMENT, OrderStatus.CLOSED}),
    OrderStatus.PENDING_SHIPMENT: frozenset({OrderStatus.PARTIALLY_SHIPPED, OrderStatus.SHIPPED, OrderStatus.CLOSED}),
    OrderStatus.PARTIALLY_SHIPPED: frozenset({OrderStatus.SHIPPED}),
    OrderStatus.SHIPPED: frozenset({OrderStatus.COMPLETED, OrderStatus.CLOSED}),
    OrderStatus.COMPLETED: frozenset(),
    OrderStatus.CLOSED: frozenset(),
}


class Acceptance(models.TextChoices):
    UNREVIEWED = "unreviewed", _("Not reviewed")
    ACCEPTED = "accepted", _("Accepted")


ACCEPTED_ON_PAYMENT = "payment"  # the acceptance rule of a store without rules of its own


class HoldKind(models.TextChoices):
    OUT_OF_STOCK = "out_of_stock", _("Out of stock")
    NOTE_UNHANDLED = "note_unhandled", _("Buyer note not handled")
    ADDRESS_PROBLEM = "address_problem", _("Address problem")
    REFUND_OPEN = "refund_open", _("Refund open")
    BALANCE_UNPAID = "balance_unpaid", _("Presale balance unpaid")
    RISK = "risk", _("Risk")
    APPOINTED_DATE = "appointed_date", _("Appointed date")
    PLATFORM_FORBIDS = "platform_forbids", _("The platform forbids shipping")
    INCOMPLETE = "incomplete", _("Order list not imported yet")
    MANUAL = "manual", _("Held by hand")


# These follow facts (a note, a refund, the platform): they open and close with them, never by hand.
FACT_HOLDS = frozenset(
    {
        HoldKind.NOTE_UNHANDLED,
        HoldKind.REFUND_OPEN,
        HoldKind.BALANCE_UNPAID,
        HoldKind.PLATFORM_FORBIDS,
        HoldKind.INCOMPLETE,
    }
)

# The rule of holds that stand for a shortage: whatever their kind, they end with it, never by hand.
STOCK_RULE = "stock"


class NoteState(models.TextChoices):
    """What the queues need to know of the buyer's note; its work item lives in orders.notes."""

    NONE = "", _("No note")
    UNHANDLED = "unhandled", _("Note to handle")
    HANDLED = "handled", _("Note handled")


class RefundStatus(models.TextChoices):
    """The platform's refund facts on an order or line; the cases themselves live in aftersales."""

    NONE = "", _("No refund")
    OPEN = "open", _("Refund open")
    SUCCEEDED = "succeeded", _("Refunded")
    CLOSED = "closed", _("Refund closed")


class Flag(models.IntegerChoices):
    GREY = 0, _("Grey")
    RED = 1, _("Red")
    YELLOW = 2, _("Yellow")
    GREEN = 3, _("Green")
    BLUE = 4, _("Blue")
    PURPLE = 5, _("Purple")


class ShipByRule(models.TextChoices):
    """Why `ship_by` is what it is; the arithmetic shown beside the countdown."""

    NONE = "", _("No promise")
    PROMISE = "promise", _("Paid time plus the store's promise")
    PRESALE = "presale", _("Ship date of the presale")
    APPOINTED = "appointed", _("Date the buyer appointed")
    EXTENSION = "extension", _("Extension the buyer agreed to")


class WishKind(models.TextChoices):
    """What buyers want: the types of their notes, and the tasks that a confirmed note makes."""

    GIFT_WRAP = "gift_wrap", _("Gift wrap")
    INVOICE = "invoice", _("Invoice")
    DELIVERY_TIME = "delivery_time", _("Delivery time")
    ADDRESS_CHANGE = "address_change", _("Address change")
    COLOUR_SIZE = "colour_size", _("Colour or size")
    ENGRAVING = "engraving", _("Engraving")
    GIFT = "gift", _("Gift")
    URGE = "urge", _("Urges shipping")
    COURIER = "courier", _("Courier")
    PACKING = "packing", _("Packing")
    OTHER = "other", _("Other")


LASTING_WISHES = frozenset({WishKind.INVOICE})  # still to do when the parcel has left


class ContactChannel(models.TextChoices):
    CHAT = "chat", _("Platform chat")
    PHONE = "phone", _("Phone call")
    SMS = "sms", _("Text message")
    OTHER = "other", _("Another channel")


class EventSource(models.TextChoices):
    STAFF = "staff", _("Staff")
    PLATFORM = "platform", _("Platform")
    RULE = "rule", _("Rule")
    API = "api", _("API")
    SYSTEM = "system", _("System")


class EventKind(models.TextChoices):
    """What the history names; verbs in the past."""

    IMPORTED = "imported", _("Imported")
    PLATFORM_CHANGED = "platform_changed", _("Changed by the platform")
    FLAG_CHANGED = "flag_changed", _("Flag changed")
    TAGGED = "tagged", _("Tags changed")
    REMARKED = "remarked", _("Remark added")
    ACCEPTED = "accepted", _("Accepted")
    UNACCEPTED = "unaccepted", _("Taken back to review")
    HELD = "held", _("Held")
    HOLD_RELEASED = "hold_released", _("Hold released")
    CLAIMED = "claimed", _("Claimed")
    CLAIM_RELEASED = "claim_released", _("Claim given back")
    PAID = "paid", _("Marked as paid")
    SHIPPED = "shipped", _("Shipped")
    COMPLETED = "completed", _("Completed")
    CLOSED = "closed", _("Closed")
    REFUND_CHANGED = "refund_changed", _("Refund changed")
    NOTE_RECEIVED = "note_received", _("Buyer note received")
    NOTE_CONFIRMED = "note_confirmed", _("Buyer note confirmed")
    NOTE_DECLINED = "note_declined", _("Buyer note declined")
    NOTE_OVERRIDDEN = "note_overridden", _("Note gate overridden")
    NOTE_ASKED = "note_asked", _("Question asked about the note")
    NOTE_ASSIGNED = "note_assigned", _("Note given to somebody")
    NOTE_SORTED = "note_sorted", _("Note sorted by hand")
    NOTE_FULFILLED = "note_fulfilled", _("Note fulfilled")
    NOTE_NEGOTIATED = "note_negotiated", _("Wish negotiated with the buyer")
    NOTE_REOPENED = "note_reopened", _("Note reopened")
    NOTE_FILE_ADDED = "note_file_added", _("File added to the note")
    EXTENDED = "extended", _("Promise extended with the buyer's agreement")
    EXTENSION_WITHDRAWN = "extension_withdrawn", _("Extension withdrawn")
    APPOINTED = "appointed", _("Ship date appointed")
    PROMISE_CHANGED = "promise_changed", _("Ship-by time changed")
    RECIPIENT_CHANGED = "recipient_changed", _("Recipient changed")
    SPEC_AGREED = "spec_agreed", _("Another spec agreed")
    WISH_AGREED = "wish_agreed", _("Wish agreed")
    WISH_DONE = "wish_done", _("Wish fulfilled")
    WISH_WITHDRAWN = "wish_withdrawn", _("Wish withdrawn")
    CONTACTED = "contacted", _("Buyer contacted")
    ANSWERED = "answered", _("Buyer answered")
    REMARK_WITHDRAWN = "remark_withdrawn", _("Remark taken back")
    REOPENED = "reopened", _("Reopened")
    PRINTED = "printed", _("Printed")
    WAYBILL_MADE = "waybill_made", _("Waybill made")
    WAYBILL_VOIDED = "waybill_voided", _("Waybill void")
    MERGED = "merged", _("Packed together with other orders")
    UNMERGED = "unmerged", _("Packed alone again")
    SPLIT = "split", _("Split into parcels")
    LINE_CHECKED = "line_checked", _("Checked before shipping")
    GIFT_ADDED = "gift_added", _("Gift added")
    GIFT_WITHDRAWN = "gift_withdrawn", _("Gift withdrawn")
    STOCK_SHORT = "stock_short", _("Out of stock")
    STOCK_ARRIVED = "stock_arrived", _("Stock arrived")
    SHORTAGE_SETTLED = "shortage_settled", _("Shortage settled with the buyer")
    INVOICE_REQUESTED = "invoice_requested", _("Invoice asked for")
    INVOICE_CHANGED = "invoice_changed", _("Invoice request changed")
    INVOICE_ISSUED = "invoice_issued", _("Invoice issued")
    INVOICE_MAILED = "invoice_mailed", _("Invoice mailed")
    INVOICE_VOIDED = "invoice_voided", _("Invoice made void")
    PARCEL_ANOMALY = "parcel_anomaly", _("Something is wrong with a parcel")
    ANOMALY_SETTLED = "anomaly_settled", _("Parcel trouble settled")
    PARCEL_SIGNED = "parcel_signed", _("Parcel signed for")
    MESSAGED = "messaged", _("Message to the buyer")
    SERVICE_ARRANGED = "service_arranged", _("Local service arranged")
    SENT_TO_PLATFORM = "sent_to_platform", _("Sent to the platform")
    CASE_OPENED = "case_opened", _("After-sales case opened")
    CASE_MOVED = "case_moved", _("After-sales case went on")
    CASE_CHANGED = "case_changed", _("After-sales case changed")
    RETURN_INSPECTED = "return_inspected", _("Returned goods inspected")
    COMPLAINED = "complained", _("Complaint")
    COMPLAINT_SETTLED = "complaint_settled", _("Complaint settled")
    REVIEWED = "reviewed", _("Review received")
    REVIEW_REPLIED = "review_replied", _("Review answered")
    REVIEW_FOLLOWED = "review_followed", _("Follow-up of a review settled")
