"""The ready question to a buyer whose note leaves something open, and what the answer fills in."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from backoffice.common.display import listed
from orders.core.models import ContactLog
from orders.notes.models import BuyerNote
from orders.notes.queries.words import pair_label


def question_of(note: BuyerNote) -> str:
    """Return the question that fits what the note lacks, or what cannot be done as wanted; empty: nothing is open."""
    asked = [_ask(problem) for problem in note.findings.get("problems", [])]
    return " ".join(dict.fromkeys(filter(None, asked)))


def last_answer(note: BuyerNote) -> ContactLog | None:
    """Return the newest answer of the buyer to a question about the note as it stands; None: there is none."""
    answered = ContactLog.objects.filter(order_id=note.order_id, answered_at__gte=note.received_at).exclude(answer="")
    return answered.order_by("-answered_at", "-pk").first()


def answered_pairs(note: BuyerNote, contact: ContactLog | None) -> dict[str, str]:
    """Return the answer as the one value that the note left open; nothing when it is about several, or yes or no.

    An answer with masked numbers is no value: stars would be engraved or printed.
    """
    problems = note.findings.get("problems", [])
    if contact is None or contact.sealed or len(problems) != 1 or problems[0].get("code") not in _OPEN:
        return {}
    return {problems[0]["key"]: _chosen(problems[0], contact.answer.strip())}


def _chosen(problem: Mapping[str, Any], answer: str) -> str:
    """Return the one of the values that were offered which the answer names, else all of the answer."""
    named = [value for value in problem.get("allowed", ()) if value in answer]
    return named[0] if len(named) == 1 else answer


_OPEN = {"missing", "conflict", "contradiction"}


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
