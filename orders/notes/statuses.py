from collections.abc import Mapping

from django.db import models
from django.utils.translation import gettext_lazy as _


class BuyerNoteState(models.TextChoices):
    UNREAD = "unread", _("Unread")
    RECOGNISED = "recognised", _("Recognised")
    NEEDS_INFO = "needs_info", _("Needs information")
    MANUAL = "manual", _("For a person")
    CONFIRMED = "confirmed", _("Confirmed")
    FULFILLED = "fulfilled", _("Fulfilled")
    DECLINED = "declined", _("Declined")


HANDLED = (BuyerNoteState.CONFIRMED, BuyerNoteState.FULFILLED, BuyerNoteState.DECLINED)

MOVES: Mapping[str, frozenset[str]] = {
    BuyerNoteState.UNREAD: frozenset(set(BuyerNoteState) - {BuyerNoteState.UNREAD, BuyerNoteState.FULFILLED}),
    BuyerNoteState.RECOGNISED: frozenset({"needs_info", "manual", "confirmed", "declined"}),
    BuyerNoteState.NEEDS_INFO: frozenset({"recognised", "manual", "confirmed", "declined"}),
    BuyerNoteState.MANUAL: frozenset({"needs_info", "confirmed", "declined"}),
    BuyerNoteState.CONFIRMED: frozenset({"fulfilled", "declined"}),
    BuyerNoteState.FULFILLED: frozenset(),
    BuyerNoteState.DECLINED: frozenset({"confirmed"}),
}


class NoteType(models.TextChoices):
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
