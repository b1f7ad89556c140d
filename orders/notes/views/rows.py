"""The rows of the note inbox in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from orders.core.models import OrderLine
from orders.notes.models import BuyerNote
from orders.notes.queries import pair_label
from orders.notes.statuses import NoteType

AVATAR_TONES = 8  # of static/css/lists.css
_PAIRS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Pair:
    """A value that the note names; with `ordered` another one was ordered."""

    label: str
    value: str
    ordered: str = ""


@dataclass(frozen=True, slots=True)
class NoteRow:
    note: BuyerNote
    url: str
    pane_url: str
    types: Sequence[str]
    pairs: Sequence[Pair]
    problems: Sequence[str]
    line: OrderLine | None
    more_lines: int

    @property
    def spec(self) -> str:
        """Return the values of the first line's spec without their names: 黑色 L of 颜色分类:黑色;尺码:L."""
        parts = self.line.shown_spec.replace("：", ":").split(";") if self.line else []
        return " ".join(part.rpartition(":")[2] for part in parts)

    @property
    def tone(self) -> int:
        return (self.note.assignee_id or 0) % AVATAR_TONES


def note_row(note: BuyerNote) -> NoteRow:
    """Return one row; the note's order, its lines with their titles and the people must be loaded."""
    url = reverse("desk:order-detail", args=[note.order.number])
    lines = list(note.order.lines.all())
    return NoteRow(
        note=note,
        url=url,
        pane_url=reverse("notes:note-pane", args=[note.order.number]),
        types=[str(NoteType(kind).label) for kind in note.types],
        pairs=_pairs(note),
        problems=list(dict.fromkeys(filter(None, map(_problem, _problems(note))))),
        line=lines[0] if lines else None,
        more_lines=max(0, len(lines) - 1),
    )


def _problems(note: BuyerNote) -> list[dict[str, Any]]:
    problems: list[dict[str, Any]] = note.findings.get("problems", [])
    return problems


def _pairs(note: BuyerNote) -> list[Pair]:
    """Return the values that the note names, those that differ from the order first."""
    ordered = {problem["key"]: problem.get("ordered", "") for problem in _problems(note)}
    pairs = [
        Pair(pair_label(key), value, ordered.get(key, "")) for key, value in note.findings.get("pairs", {}).items()
    ]
    return sorted(pairs, key=lambda pair: not pair.ordered)[:_PAIRS_SHOWN]


def _problem(problem: dict[str, Any]) -> str:
    """Say what a person has to settle; another value than ordered shows beside it already."""
    values = {"what": pair_label(problem.get("key", "")), "wanted": problem.get("wanted", "")}
    sentences = {
        "missing": _("%(what)s is missing"),
        "conflict": _("not sold in “%(wanted)s”"),
        "contradiction": _("%(what)s named twice: %(wanted)s"),
    }
    return sentences.get(problem.get("code", ""), "") % values
