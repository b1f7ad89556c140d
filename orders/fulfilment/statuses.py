"""States of stock, papers, parcels, invoices and messages."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class MovementKind(models.TextChoices):
    """Why stock moved. On hand changes by count, receive, ship, return, scrap and correct; the others reserve."""

    COUNT = "count", _("Counted")
    RECEIVE = "receive", pgettext_lazy("stock", "Received")
    RESERVE = "reserve", _("Reserved")
    RELEASE = "release", pgettext_lazy("stock", "Released")
    SHIP = "ship", pgettext_lazy("stock", "Shipped")
    RETURN = "return", _("Returned by a buyer")
    SCRAP = "scrap", _("Scrapped")
    CORRECT = "correct", _("Corrected")  # e.g. the platform shipped more than was on hand


class ShortageSolution(models.TextChoices):
    """The three ways out of a shortage."""

    EXCHANGE = "exchange", _("Another product or spec")
    REFUND = "refund", pgettext_lazy("shortage", "Refund")
    WAIT = "wait", _("Wait for stock")


class ShortageOutcome(models.TextChoices):
    EXCHANGED = "exchanged", _("Exchanged")
    REFUNDED = "refunded", _("Refunded")
    RESTOCKED = "restocked", _("Stock arrived")
    CLOSED = "closed", _("The order was closed")


class WaybillState(models.TextChoices):
    DRAFT = "draft", pgettext_lazy("waybill", "No number yet")
    NUMBERED = "numbered", _("To print")
    PRINTED = "printed", pgettext_lazy("waybill", "Printed")
    SHIPPED = "shipped", pgettext_lazy("waybill", "Shipped")
    VOID = "void", pgettext_lazy("waybill", "Void")


LIVE_WAYBILLS = (WaybillState.DRAFT, WaybillState.NUMBERED, WaybillState.PRINTED)  # their parcels have not left yet


class TraceState(models.TextChoices):
    """How far a parcel is, by its newest known event."""

    UNKNOWN = "", _("No trace yet")
    PICKED_UP = "picked_up", _("Picked up")
    IN_TRANSIT = "in_transit", _("On its way")
    DELIVERING = "delivering", _("Out for delivery")
    PROBLEM = "problem", _("Delivery problem")
    SIGNED = "signed", _("Signed for")
    RETURNED = "returned", _("Returned to the sender")


ENDED_TRACES = (TraceState.SIGNED, TraceState.RETURNED)


class AnomalyKind(models.TextChoices):
    """What is wrong with a parcel; the hours and days are settings of the store."""

    NOT_PICKED_UP = "not_picked_up", _("Not picked up")
    SILENT = "silent", _("No news")
    BEFORE_PAYMENT = "before_payment", _("Scanned before the payment")
    SIGNED_ELSEWHERE = "elsewhere", _("Signed for in another place")
    UNSIGNED = "unsigned", _("Not signed for")
    LOST = "lost", _("Perhaps lost")
    RETURNED = "returned", _("Returned to the sender")


class InvoiceState(models.TextChoices):
    """There is no state for a refusal: a buyer who asks gets an invoice."""

    PENDING = "pending", _("To issue")
    ISSUED = "issued", pgettext_lazy("invoice", "Issued")
    MAILED = "mailed", pgettext_lazy("invoice", "Mailed")
    VOID = "void", pgettext_lazy("invoice", "Void")  # issued again, or the order was refunded in full


class VoidReason(models.TextChoices):
    """Why an invoice is taken back; there is no reason to give none to a buyer who paid."""

    REISSUE = "reissue", _("To be issued again")
    REFUNDED = "refunded", _("The order was refunded in full")
    WITHDRAWN = "withdrawn", _("The buyer no longer asks for one")  # of what was never issued; nobody chooses it


STAFF_VOID_REASONS = (VoidReason.REISSUE, VoidReason.REFUNDED)


class MessagePurpose(models.TextChoices):
    """Why a buyer may be written to; a greeting needs the buyer's consent."""

    SHIPPED = "shipped", _("The parcel was shipped")
    ANOMALY = "anomaly", _("Something is wrong with the parcel")
    SHORTAGE = "shortage", _("Something is out of stock")
    SERVICE = "service", _("A local service is arranged")
    GREETING = "greeting", _("Greeting")
