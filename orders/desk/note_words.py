"""The ready question to a buyer whose note leaves something open."""

from collections.abc import Callable, Mapping

from django.utils.translation import gettext as _

from backoffice.common.display import listed
from orders.notes.models import BuyerNote
from orders.notes.queries.words import pair_label


def question_of(note: BuyerNote) -> str:
    """Return the question that fits what the note lacks, or what cannot be done as wanted; empty: nothing is open."""
    asked = [_ask(problem) for problem in note.findings.get("problems", [])]
    return " ".join(dict.fromkeys(filter(None, asked)))


def _ask(problem: Mapping[str, str]) -> str:
    code, key = problem.get("code", ""), problem.get("key", "")
    if code == "missing":
        return _MISSING[key]() if key in _MISSING else _("Please tell us: %(what)s.") % {"what": pair_label(key)}
    values = {"what": pair_label(key), "wanted": problem.get("wanted", ""), "ordered": problem.get("ordered", "")}
    if code == "conflict":
        allowed = listed(problem.get("allowed", []))
        return _("We do not have “%(wanted)s”; you can choose from: %(allowed)s. Which one shall we send?") % {
            **values, "allowed": allowed,
        }  # fmt: skip
    if code == "contradiction":
        return _("Your note names several (%(wanted)s). Which one shall we send?") % values
    if code == "difference":
        return _("You ordered “%(ordered)s” and ask for “%(wanted)s”. Shall we send “%(wanted)s”?") % values
    return ""


_MISSING: Mapping[str, Callable[[], str]] = {
    "engraving": lambda: _("You asked for engraving. Which text shall we engrave?"),
    "colour": lambda: _("Which colour would you like instead?"),
    "size": lambda: _("Which size would you like? Your height and weight help us as well."),
    "address": lambda: _("You asked for another address. Please send recipient, phone number and full address."),
    "invoice_title": lambda: _("You asked for an invoice. Which title and tax number shall it bear?"),
    "tax_number": lambda: _("Which tax number shall the invoice bear?"),
    "delivery_date": lambda: _("On which day would you like it delivered?"),
    "card": lambda: _("Which words shall we write on the card?"),
}
