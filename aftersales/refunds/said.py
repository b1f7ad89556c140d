"""What nobody but the system says in a negotiation: kept as a code, and said in the language of whoever reads it."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from aftersales.refunds.statuses import Act, InspectionOutcome

ADDRESS, INSPECTED, STOPPED = "address", "inspected", "stopped"
OF_SILENCE: Mapping[Act, str] = {  # what the clock did -> what it says
    Act.AGREE: "silent_agree",
    Act.WITHDRAW: "silent_withdraw",
    Act.RECEIVE: "silent_receive",
    Act.TURN_TO_REFUND: "silent_turn",
    Act.CONFIRM: "silent_confirm",
}


def said(code: str, data: Mapping[str, Any] | None) -> str | None:
    """Return the sentence of a code; None for one that is not known."""
    sentence = _SENTENCES.get(code)
    return sentence(data or {}) if sentence is not None else None


def _inspected(data: Mapping[str, Any]) -> str:
    labels = dict(InspectionOutcome.choices)
    pieces = [
        ngettext("%(count)s piece: %(outcome)s", "%(count)s pieces: %(outcome)s", count)
        % {"count": count, "outcome": labels.get(outcome, outcome)}
        for outcome, count in data.get("pieces", {}).items()
    ]
    return _("The goods were inspected. %(found)s.") % {"found": "; ".join(pieces)}


_SENTENCES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    ADDRESS: lambda _data: _("The shop told its return address."),
    INSPECTED: _inspected,
    STOPPED: lambda data: _("Its time is over, but: %(problem)s") % {"problem": data.get("problem", "")},
    OF_SILENCE[Act.AGREE]: lambda _data: _("The time to decide is over: the case counts as agreed."),
    OF_SILENCE[Act.WITHDRAW]: lambda _data: _("The buyer did not go on in time: the case is closed."),
    OF_SILENCE[Act.RECEIVE]: lambda _data: _("The time to answer is over: the goods count as received."),
    OF_SILENCE[Act.TURN_TO_REFUND]: lambda _data: _("Nothing was sent in time: the case is about a refund now."),
    OF_SILENCE[Act.CONFIRM]: lambda _data: _("The buyer said nothing in time: the case has succeeded."),
}
