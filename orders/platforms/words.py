"""What became of a message to the platform, in the language of who reads it."""

from collections.abc import Sequence
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.core.models import OutboxMessage, OutboxState
from orders.platforms.queries import OutboxFate, OutboxRow, outbox_fates
from orders.platforms.top.errors import refusal_sentence, ship_code

_KEPT: dict[str, str | Promise] = {
    "older": gettext_lazy("It happened before the store was connected, or while the connection was off."),
    "replaced": gettext_lazy("A newer remark or flag of the order says it too."),
    "reopened": gettext_lazy("The order was reopened before the platform was told."),
    "paid": gettext_lazy("The platform closes a paid order only through a refund."),
    "line_left": gettext_lazy("Its lines left with an earlier parcel; the platform has them."),
    "not_platform": gettext_lazy("The order did not come from the platform."),
    "no_line_number": gettext_lazy(
        "The platform's numbers of the lines are not known: import the order detail, then send again."
    ),
    "closed": gettext_lazy("The platform has closed this order."),
    "off": gettext_lazy("Answers were switched off before it was sent."),
    "changed": gettext_lazy("The case went another way before the platform was told."),
}


def why(message: OutboxMessage | OutboxRow | OutboxFate) -> str:
    """Return why a message failed, waits again, or stays here; "" where there is nothing to say."""
    code = message.error_code
    if code in _KEPT:
        return str(_KEPT[code])
    if ship_code(code):
        return refusal_sentence(0, code, "")
    return refusal_sentence(int(code), "", "") if code.isdecimal() else message.error


class ToldState(NamedTuple):
    """What the platform knows of one act."""

    state: str
    words: str


def told_of(event_ids: Sequence[int]) -> dict[int, ToldState]:
    """Return what the platform knows of events, by event; one statement, or none for no events."""
    found = outbox_fates(event_ids) if event_ids else []
    return {message.event_id: ToldState(message.state, _words(message)) for message in found}


def _words(message: OutboxFate) -> str:
    if message.state == OutboxState.SENT:
        return _("sent to the platform")
    if message.state == OutboxState.FAILED:
        return _("not taken by the platform: %(why)s") % {"why": why(message)}
    if message.state == OutboxState.KEPT or not message.is_connected:
        return _("recorded here; not sent to the platform")
    return _("waits to be sent to the platform")
