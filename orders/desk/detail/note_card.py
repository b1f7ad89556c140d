"""The buyer's note as a work item: what it wants beside what was ordered, what stands in the way, what may be done."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from backoffice.common.display import listed
from backoffice.common.ui import Act
from orders.core.models import OrderLine
from orders.desk.blockers import LegalActs
from orders.desk.detail.people import older_notes
from orders.desk.order_acts import Situation
from orders.notes.models import BuyerNote, NoteFile, NoteVersion
from orders.notes.queries.words import pair_label, pair_value
from orders.notes.recognition.specs import same, spec_values
from orders.notes.statuses import NoteType

_FIRST = ("confirm_note", "ask_note", "fulfil_note")
_MORE = (
    "hand_over_note", "negotiate_note", "decline_note", "override_note", "reopen_note", "sort_note", "take_note",
    "give_back_note", "assign_note", "attach_note",
)  # fmt: skip
_OF_BLOCKER = frozenset({"confirm_note", "decline_note", "override_note"})  # the strip at the top offers them
_COMPARED = ("colour", "size")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One value that the note names, beside the ordered one."""

    key: str
    label: str
    value: str
    ordered: str = ""
    allowed: Sequence[str] = ()
    is_different: bool = False
    is_unknown: bool = False  # the product is not sold so


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteCard:
    note: BuyerNote
    types: Sequence[str]
    wanted: Sequence[Wanted]
    problems: Sequence[str]  # while it is to be handled
    files: Sequence[NoteFile]
    older: Sequence[NoteVersion]
    first_acts: Sequence[Act]
    more_acts: Sequence[Act]


def note_card(situation: Situation, legal: LegalActs, *, has_files: bool, is_blocked: bool) -> NoteCard | None:
    """Return the card of an order's note; None: the buyer left none."""
    note = situation.note
    if note is None:
        return None
    offered = _OF_BLOCKER if is_blocked else frozenset()
    return NoteCard(
        note=note,
        types=[str(NoteType(kind).label) for kind in note.types],
        wanted=wanted_values(note, situation.lines),
        problems=[] if note.is_handled else [problem_words(each) for each in note.findings.get("problems", [])],
        files=list(note.files.select_related("attachment").order_by("pk")) if has_files else [],
        older=older_notes(note),
        first_acts=legal(*(key for key in _FIRST if key not in offered)),
        more_acts=legal(*(key for key in _MORE if key not in offered)),
    )


def wanted_values(note: BuyerNote, lines: Sequence[OrderLine]) -> list[Wanted]:
    """Set what the note names beside the order; a product's values as far as its specs name them."""
    problems = {problem["key"]: problem for problem in note.findings.get("problems", [])}
    pairs = note.findings.get("pairs", {}).items()
    return [_wanted(key, value, problems.get(key, {}), lines) for key, value in pairs]


def _wanted(key: str, value: str, problem: dict[str, Any], lines: Sequence[OrderLine]) -> Wanted:
    ordered = values_of(key, [line.spec for line in lines])
    to_ship = values_of(key, [line.shown_spec for line in lines])
    return Wanted(
        key=key,
        label=pair_label(key),
        value=pair_value(key, value),
        ordered="/".join(ordered),
        allowed=problem.get("allowed", ()),
        is_different=bool(to_ship) and not any(same(value, other) for other in to_ship),
        is_unknown=problem.get("code") == "conflict",
    )


def values_of(key: str, specs: Sequence[str]) -> list[str]:
    if key not in _COMPARED:
        return []
    values = [spec_values(spec) for spec in specs]
    return list(dict.fromkeys(each[key] for each in values if key in each))


def problem_words(problem: dict[str, Any]) -> str:
    """Say one problem of a note as a sentence."""
    values = {
        "what": pair_label(problem.get("key", "")),
        "wanted": problem.get("wanted", ""),
        "ordered": problem.get("ordered", ""),
        "allowed": listed(problem.get("allowed", [])),
    }
    sentences = {
        "missing": _("%(what)s: the note does not say it."),
        "conflict": _("%(what)s: the product is not sold in “%(wanted)s”; it comes in %(allowed)s."),
        "difference": _("%(what)s: “%(wanted)s” is wanted, “%(ordered)s” was ordered."),
        "contradiction": _("%(what)s: the note names several: %(wanted)s."),
    }
    return sentences.get(problem.get("code", ""), "%(what)s: %(wanted)s") % values
