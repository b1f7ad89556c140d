from collections.abc import Mapping

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.core.statuses import WishKind


class BuyerNoteState(models.TextChoices):
    UNREAD = "unread", _("Unread")
    RECOGNISED = "recognised", _("Recognised")
    NEEDS_INFO = "needs_info", _("Needs information")
    MANUAL = "manual", _("For a person")
    CONFIRMED = "confirmed", _("Confirmed")
    FULFILLED = "fulfilled", _("Fulfilled")
    DECLINED = "declined", _("Declined")


class Negotiation(models.TextChoices):
    """How a wish that the shop cannot simply meet stands; after-sales sees it as well."""

    NONE = "", _("Nothing to negotiate")
    TALKING = "talking", _("Under negotiation")
    REFUSED = "refused", pgettext_lazy("negotiation", "Refused")
    AGREED = "agreed", _("Agreed")


UNHANDLED = (BuyerNoteState.UNREAD, BuyerNoteState.RECOGNISED, BuyerNoteState.NEEDS_INFO, BuyerNoteState.MANUAL)
HANDLED = (BuyerNoteState.CONFIRMED, BuyerNoteState.FULFILLED, BuyerNoteState.DECLINED)

MOVES: Mapping[str, frozenset[str]] = {
    BuyerNoteState.UNREAD: frozenset(set(BuyerNoteState) - {BuyerNoteState.UNREAD, BuyerNoteState.FULFILLED}),
    BuyerNoteState.RECOGNISED: frozenset({"needs_info", "manual", "confirmed", "declined"}),
    BuyerNoteState.NEEDS_INFO: frozenset({"recognised", "manual", "confirmed", "declined"}),
    BuyerNoteState.MANUAL: frozenset({"needs_info", "confirmed", "declined"}),
    BuyerNoteState.CONFIRMED: frozenset({"fulfilled", "declined", "manual"}),
    BuyerNoteState.FULFILLED: frozenset(),
    BuyerNoteState.DECLINED: frozenset({"confirmed", "manual"}),
}


NoteType = WishKind  # a note asks for what a wish then records
