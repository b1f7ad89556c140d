"""The rows of the note inbox, made quickly: texts translated once for a page, one function for each column's cell.

Built like the queue's: fifty rows through template tags took three times as long as the whole of the queue's page.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from backoffice.common.display import SCRIPT_TEXTS, TONES, due_text, due_tone, when_text
from backoffice.common.quick_html import NOTHING, fill, joined
from backoffice.common.templatetags.ui import icon
from orders.notes.models import BuyerNote
from orders.notes.queries import ShownLine, pair_label, pair_value
from orders.notes.queries.words import note_words
from orders.notes.statuses import BuyerNoteState, Negotiation, NoteType

AVATAR_TONES = 8  # of static/css/lists.css
_PAIRS_SHOWN = 3
_SAMPLE = "0"  # replaced in the pattern of an order's address


@dataclass(frozen=True, slots=True)
class NoteRow:
    """One note of the inbox and the `<tbody>` that shows it."""

    note: BuyerNote
    html: SafeString


@lru_cache(maxsize=8)
def _words_of(_language: str | None) -> dict[str, str]:
    """Return the texts of a language, which is in force: the same for every page."""
    return {
        **{key: str(SCRIPT_TEXTS[key]) for key in ("left", "late", "days")},
        **{f"state {value}": str(label) for value, label in BuyerNoteState.choices},
        **{f"type {value}": str(label) for value, label in NoteType.choices},
        **{f"negotiation {value}": str(label) for value, label in Negotiation.choices},
        "select": _("Select the note of order %(number)s"),
        "no deadline": _("no deadline"),
        "received": _("Note received"),
        "copy": _("Copy %(text)s"),
        "changed": _("changed after printing"),
        "version": _("version %(n)s"),
        "missing": _("%(what)s is missing"),
        "conflict": _("not sold in “%(wanted)s”"),
        "contradiction": _("%(what)s named twice: %(wanted)s"),
    }


class NoteRowMaker:
    """Makes the rows of one answer, with the lines of each order; the notes' orders and people must be loaded."""

    def __init__(self, now: datetime, lines: Mapping[int, Sequence[ShownLine]]) -> None:
        self.now, self.lines, self.words = now, lines, _words_of(get_language())
        self.labels: dict[str, str] = {}  # of pairs, by key
        self._url = reverse("desk:order-detail", args=[_SAMPLE]).split(_SAMPLE)
        self._pane_url = reverse("notes:note-pane", args=[_SAMPLE]).split(_SAMPLE)

    def rows(self, notes: Iterable[BuyerNote]) -> list[NoteRow]:
        return [NoteRow(note, self.html(note)) for note in notes]

    def html(self, note: BuyerNote) -> SafeString:
        number = note.order.number
        label = self.words["select"] % {"number": number}
        cells = (_due(self, note), _asks(self, note), _order(self, note), _state(self, note))
        due, asks, order, state = cells
        return fill(_ROW, note.pk, number, note.state, label, due, note_words(note.text), asks, order, state)

    def label(self, key: str) -> str:
        if key not in self.labels:
            self.labels[key] = str(pair_label(key))
        return self.labels[key]

    def url(self, number: str) -> str:
        return number.join(self._url)

    def pane_url(self, number: str) -> str:
        return number.join(self._pane_url)


_ROW = (
    '<tbody id="note-{0}" data-row data-order="{1}" data-note-state="{2}"><tr>'
    '<td class="col-check"><label class="row-check"><input type="checkbox" class="form-check-input" form="bulk" '
    'name="selected" value="{0}" aria-label="{3}"></label></td>'
    '<td class="col-due">{4}</td>'
    '<td class="note-cell grow"><p class="note-text" title="{5}">{5}</p></td>'
    '<td class="grow asks-cell"><div class="note-asks">{6}</div></td>'
    '<td class="order-cell grow">{7}</td>'
    '<td class="col-state">{8}</td></tr></tbody>'
)


# Cells

_TIME = '<time datetime="{}" title="{}">{}</time>'
_LEFT = '<time class="due due-{}" datetime="{}" data-countdown title="{}">{}</time>'


def _due(maker: NoteRowMaker, note: BuyerNote) -> SafeString:
    """When it was handled and by whom; else the time left of its order, and when it came."""
    if note.handled_at is not None:
        return fill(
            '<div class="l1">{}</div><div class="l2">{}</div>', _when(maker, note.handled_at), note.handled_by or ""
        )
    return fill(
        '{}<div class="l2" title="{}">{}{}</div>', _left(maker, note.order.ship_by), maker.words["received"],
        icon("message", "icon-sm"), _when(maker, note.received_at),
    )  # fmt: skip


def _left(maker: NoteRowMaker, deadline: datetime | None) -> SafeString:
    if deadline is None:
        return fill('<span class="muted">{}</span>', maker.words["no deadline"])
    local = timezone.localtime(deadline)
    text = due_text(deadline, maker.now, maker.words)
    tone = due_tone(deadline, maker.now)
    return fill(_LEFT, tone, local.isoformat(timespec="seconds"), f"{local:%Y-%m-%d %H:%M}", text)


def _when(maker: NoteRowMaker, moment: datetime) -> SafeString:
    local = timezone.localtime(moment)
    text = when_text(moment, maker.now, clock=True)
    return fill(_TIME, local.isoformat(timespec="seconds"), f"{local:%Y-%m-%d %H:%M:%S}", text)


_TAG = '<span class="tag" data-note-type>{}</span>'
_PAIR = '<span class="note-pair {}" data-pair title="{} {}{}"><span class="muted">{}</span> {}</span>'
_PROBLEM = '<span class="note-problem" data-note-problem>{}{}</span>'


def _asks(maker: NoteRowMaker, note: BuyerNote) -> SafeString:
    """What the note asks for: types, values, what a person has to settle, how that stands."""
    problems = _problems(note)
    warning = icon("alert-triangle", "icon-sm")
    sentences = dict.fromkeys(filter(None, (_sentence(maker, problem) for problem in problems)))
    parts = [
        joined(_TAG, [(maker.words[f"type {kind}"],) for kind in note.types]),
        *_pairs(maker, note, problems),
        joined(_PROBLEM, [(warning, sentence) for sentence in sentences]),
    ]
    if note.negotiation:
        text = maker.words[f"negotiation {note.negotiation}"]
        parts.append(fill('<span class="badge tone-amber" data-negotiation="{}">{}</span>', note.negotiation, text))
    if note.outcome:
        parts.append(fill('<span class="note-outcome" title="{0}">{0}</span>', note.outcome))
    return SafeString("".join(parts))  # nosec B308 B703 # all of them are filled patterns


def _problems(note: BuyerNote) -> list[dict[str, Any]]:
    problems: list[dict[str, Any]] = note.findings.get("problems", [])
    return problems


def _sentence(maker: NoteRowMaker, problem: dict[str, Any]) -> str:
    """Say what a person has to settle; another value than ordered shows beside it already."""
    pattern = maker.words.get(problem.get("code", ""), "")
    return pattern % {"what": maker.label(problem.get("key", "")), "wanted": problem.get("wanted", "")}


def _pairs(maker: NoteRowMaker, note: BuyerNote, problems: Sequence[dict[str, Any]]) -> list[SafeString]:
    """Return the values that the note names, those that differ from the order first."""
    ordered = {problem["key"]: problem.get("ordered", "") for problem in problems}
    pairs = sorted(note.findings.get("pairs", {}).items(), key=lambda pair: not ordered.get(pair[0], ""))
    return [
        _pair(maker.label(key), pair_value(key, value), ordered.get(key, "")) for key, value in pairs[:_PAIRS_SHOWN]
    ]


def _pair(label: str, value: str, ordered: str) -> SafeString:
    if not ordered:
        return fill(_PAIR, "", label, value, "", label, value)
    return fill(
        _PAIR, "is-different", label, value, f" ≠ {ordered}", label, fill("<mark>{}</mark> ≠ {}", value, ordered)
    )


_ORDER = (
    '<div class="l1" title="{} {}"><span class="cut">{}</span>{}</div>'
    '<div class="l2"><a class="number" href="{}" data-row-link data-pane-url="{}">{}</a>'
    '<button type="button" class="copy" data-copy="{}" aria-label="{}" title="{}">'
    '<span class="i i-copy" aria-hidden="true"></span></button>{}</div>'
)


def _order(maker: NoteRowMaker, note: BuyerNote) -> SafeString:
    """The first product and how many more there are; the number; what was ordered of it."""
    lines = maker.lines.get(note.order_id, ())
    number, copy = note.order.number, maker.words["copy"] % {"text": note.order.number}
    title, spec = (lines[0].title, lines[0].spec) if lines else ("", "")
    more = fill('<span class="muted">+{}</span>', len(lines) - 1) if len(lines) > 1 else NOTHING
    values = _spec_values(spec)
    badge = fill('<span class="badge tone-grey" title="{}">{}</span>', spec, values) if values else NOTHING
    return fill(
        _ORDER, title, spec, title, more, maker.url(number), maker.pane_url(number), number, number, copy, copy, badge
    )


def _spec_values(spec: str) -> str:
    """Return the values of a spec without their names: 黑色 L of 颜色分类:黑色;尺码:L."""
    return " ".join([part.rpartition(":")[2] for part in spec.replace("：", ":").split(";")])


_AVATAR = '<span class="avatar-name person-{}" title="{}" data-assignee="{}">{}</span>'


def _state(maker: NoteRowMaker, note: BuyerNote) -> SafeString:
    """The state, who has it, and whether the buyer has changed it."""
    badge = fill(
        '<span class="badge tone-{}">{}</span>', TONES.get(note.state, "grey"), maker.words[f"state {note.state}"]
    )
    return fill('<div class="l1">{}{}</div>{}', badge, _avatar(note), _change(maker, note))


def _avatar(note: BuyerNote) -> SafeString:
    if note.assignee is None:
        return NOTHING
    name = str(note.assignee)
    return fill(_AVATAR, (note.assignee_id or 0) % AVATAR_TONES, name, note.assignee.username, name[:1])


def _change(maker: NoteRowMaker, note: BuyerNote) -> SafeString:
    if note.changed_after_print:
        return fill('<div class="l2 text-bad" data-changed>{}</div>', maker.words["changed"])
    if note.version_count > 1:
        return fill('<div class="l2">{}</div>', maker.words["version"] % {"n": note.version_count})
    return NOTHING
