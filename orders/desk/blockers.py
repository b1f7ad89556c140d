"""What keeps an order from going on, each with the acts that clear it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.common.access import Right
from backoffice.common.ui import Act
from orders.core.models import Hold
from orders.core.services.appointments import APPOINTED_RULE
from orders.core.statuses import FACT_HOLDS, STOCK_RULE, Acceptance, HoldKind, NoteState, OrderStatus
from orders.desk.order_acts import Situation
from orders.desk.stored_words import reason_words

SHOWN_CHARACTERS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocker:
    """One thing in the way: an open hold, no payment, no review, an open note."""

    code: str
    title: str
    text: str = ""
    acts: Sequence[Act] = ()
    link: str = ""  # a page where it is cleared
    link_text: str = ""
    is_red: bool = False


class LegalActs(Protocol):
    """Return the buttons of those of the acts that are legal now; `extra` goes into their addresses."""

    def __call__(self, *keys: str, **extra: Any) -> list[Act]: ...


def find_blockers(situation: Situation, legal: LegalActs) -> list[Blocker]:
    found = [
        _unpaid(situation, legal),
        _unreviewed(situation, legal),
        *(_held(situation, hold, legal) for hold in situation.holds),
        _open_note(situation, legal),
    ]
    return [blocker for blocker in found if blocker is not None]


def _unpaid(situation: Situation, legal: LegalActs) -> Blocker | None:
    if situation.order.status != OrderStatus.PENDING_PAYMENT:
        return None
    return Blocker(code="unpaid", title=_("Not paid"), text=_("An unpaid order never ships."), acts=legal("mark_paid"))


def _unreviewed(situation: Situation, legal: LegalActs) -> Blocker | None:
    order = situation.order
    if not order.is_open or order.acceptance == Acceptance.ACCEPTED:
        return None
    text = _("Accept it, or hold it with a reason.")
    return Blocker(code="unreviewed", title=_("Not reviewed"), text=text, acts=legal("accept"))


def _open_note(situation: Situation, legal: LegalActs) -> Blocker | None:
    """Remind of a note whose hold was overridden."""
    order = situation.order
    is_held = any(hold.kind == HoldKind.NOTE_UNHANDLED for hold in situation.holds)
    if is_held or order.note_state != NoteState.UNHANDLED or not order.is_open:
        return None
    text = _("It no longer holds the order, but nobody has answered it yet.")
    return Blocker(
        code="note_open", title=_("Buyer note not handled"), text=text, acts=legal("confirm_note", "decline_note")
    )


def _held(situation: Situation, hold: Hold, legal: LegalActs) -> Blocker:
    acts: list[Act] = []
    link, link_text = _page_of(hold.kind, situation.rights)
    if hold.kind == HoldKind.REFUND_OPEN and link:
        link = f"{link}?q={situation.order.number}"
    if hold.rule == STOCK_RULE:  # ends with stock or with what the buyer wants, not by hand
        link, link_text = _shortage_of(situation)
    elif hold.kind == HoldKind.NOTE_UNHANDLED:
        acts = legal("confirm_note", "decline_note", "override_note")
    elif hold in situation.hand_holds:
        acts = legal(*_CLEARED_BY.get(hold.kind, ())) + legal("release", kind=hold.kind)
    return Blocker(
        code=hold.kind,
        title=str(hold.get_kind_display()),
        text=_text_of(situation, hold),
        acts=acts,
        link=link,
        link_text=link_text,
        is_red=hold.kind in _RED,
    )


def _shortage_of(situation: Situation) -> tuple[str, str]:
    """Return where the order's shortage is settled, for who may."""
    if Right.WORK_ORDERS not in situation.rights:
        return "", ""
    return reverse("fulfilment:order-shortage", args=[situation.order.number]), _("Settle with the buyer")


def rule_of(hold: Hold) -> str:
    """Return the acceptance rule that opened the hold; empty: a person did, or the facts that it follows."""
    return "" if hold.kind in FACT_HOLDS or hold.rule in (APPOINTED_RULE, STOCK_RULE) else hold.rule


def hold_words(situation: Situation, hold: Hold) -> str:
    """Say what holds an order, and who or which rule put it there."""
    return " · ".join(filter(None, [str(hold.get_kind_display()), _text_of(situation, hold)]))


def _text_of(situation: Situation, hold: Hold) -> str:
    positions = {line.pk: line.position for line in situation.lines}
    line, rule = positions.get(hold.line_id or 0), rule_of(hold)
    parts = [
        _("Line %(line)s") % {"line": line} if line else "",
        _("held by rule “%(rule)s”") % {"rule": rule} if rule else "",
        reason_words(hold.reason),
    ]
    if hold.kind == HoldKind.NOTE_UNHANDLED and situation.note is not None:
        parts.append(f"“{situation.note.text[:SHOWN_CHARACTERS]}”")
    parts += [str(_CAUSES.get(hold.kind, "")), str(hold.opened_by or "")]
    return " · ".join(filter(None, parts))


def _page_of(kind: str, rights: frozenset[Right]) -> tuple[str, str]:
    """Return where a hold is cleared, when that page exists and the person may open it."""
    url_name, text, right = _PAGES.get(kind, ("", "", Right.VIEW_ORDERS))
    if not url_name or right not in rights:
        return "", ""
    try:
        return reverse(url_name), str(text)
    except NoReverseMatch:
        return "", ""


_RED = {HoldKind.REFUND_OPEN, HoldKind.PLATFORM_FORBIDS, HoldKind.RISK}
_CLEARED_BY: dict[str, tuple[str, ...]] = {
    HoldKind.ADDRESS_PROBLEM: ("change_recipient",),
    HoldKind.APPOINTED_DATE: ("appoint",),
}
_CAUSES: dict[str, Any] = {
    HoldKind.REFUND_OPEN: gettext_lazy("Ends when the refund is settled."),
    HoldKind.BALANCE_UNPAID: gettext_lazy("Ends when an import says that the balance is paid."),
    HoldKind.PLATFORM_FORBIDS: gettext_lazy("Ends when the platform allows it."),
    HoldKind.INCOMPLETE: gettext_lazy("Only its detail was imported; ends with the order list."),
}
_PAGES: dict[str, tuple[str, Any, Right]] = {
    HoldKind.REFUND_OPEN: ("refunds:refund-list", gettext_lazy("Open after-sales"), Right.VIEW_ORDERS),
    HoldKind.INCOMPLETE: ("intake:import-list", gettext_lazy("Open imports"), Right.IMPORT),
}
