"""The rows of the note inbox, made quickly: texts translated once for a language, one function for each column's cell.

Built like the queue's: each cell fills one pattern, and escapes by itself what is not of the code. Words are escaped.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from backoffice.common.display import TONES
from backoffice.common.quick_html import escaped
from backoffice.common.row_cells import Cells
from backoffice.common.templatetags.ui import icon
from backoffice.common.web import around
from orders.core.spec_words import spec_values
from orders.notes.queries import Row, ShownLine, pair_label, pair_value
from orders.notes.queries.words import PAIR_LABELS, note_words
from orders.notes.statuses import BuyerNoteState, Negotiation, NoteType

AVATAR_TONES = 8  # of static/css/lists.css
_PAIRS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class NoteRow:
    """One note of the inbox and the `<tbody>` that shows it."""

    pk: int
    number: str
    html: SafeString


@lru_cache(maxsize=8)
def _words_of(_language: str | None) -> dict[str, str]:
    """Return the texts of a language, which is in force, as HTML; what is put in place of a name is escaped as well."""
    words = {
        **{f"negotiation {value}": str(label) for value, label in Negotiation.choices},
        **{f"pair {key}": str(label) for key, label in PAIR_LABELS.items()},
        "select": _("Select the note of order %(number)s"),
        "no deadline": _("no deadline"),
        "received": _("Note received"),
        "changed": _("changed after printing"),
        "version": _("version %(n)s"),
        "missing": _("%(what)s is missing"),
        "conflict": _("not sold in “%(wanted)s”"),
        "contradiction": _("%(what)s named twice: %(wanted)s"),
    }
    made = {key: escaped(text) for key, text in words.items()}
    made |= {f"type {value}": _TAG.format(escaped(str(label))) for value, label in NoteType.choices}
    return made | {f"state {value}": _BADGE.format(TONES[value], escaped(str(label))) for value, label in _STATES}


_STATES = BuyerNoteState.choices
_TAG = '<span class="tag" data-note-type>{}</span>'
_BADGE = '<span class="badge tone-{}">{}</span>'


class NoteRowMaker:
    """Makes the rows of one answer, with the lines of each order."""

    def __init__(self, now: datetime, lines: Mapping[int, Sequence[ShownLine]]) -> None:
        self.cells, self.lines, self.words = Cells(now), lines, _words_of(get_language())
        self.received_icon, self.warning = icon("message", "icon-sm"), icon("alert-triangle", "icon-sm")
        self.url, self.pane = around("desk:order-detail"), around("notes:note-pane")

    def rows(self, notes: Iterable[Row]) -> list[NoteRow]:
        return [NoteRow(note["id"], note["order__number"], self.html(note)) for note in notes]

    def html(self, note: Row) -> SafeString:
        number, text = escaped(note["order__number"]), escaped(note_words(note["text"]))
        label = self.words["select"] % {"number": number}
        html = _ROW.format(
            note["id"], number, note["state"], label, _due(self, note), text, _asks(self, note),
            _order(self, note, number), _state(self, note),
        )  # fmt: skip
        return SafeString(html)  # nosec B308 B703 # every part is escaped where it is made

    def label(self, key: str) -> str:
        return self.words.get(f"pair {key}") or escaped(pair_label(key))


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


def _due(maker: NoteRowMaker, note: Row) -> str:
    """When it was handled and by whom; else the time left of its order, and when it came."""
    if note["handled_at"] is not None:
        person = note["handled_by__display_name"] or note["handled_by__username"] or ""
        handled = maker.cells.when(note["handled_at"], clock=True)
        return f'<div class="l1">{handled}</div><div class="l2">{escaped(person)}</div>'
    left, received = _left(maker, note["order__ship_by"]), maker.cells.when(note["received_at"], clock=True)
    return f'{left}<div class="l2" title="{maker.words["received"]}">{maker.received_icon}{received}</div>'


def _left(maker: NoteRowMaker, deadline: datetime | None) -> str:
    if deadline is None:
        return f'<span class="muted">{maker.words["no deadline"]}</span>'
    return maker.cells.countdown(deadline)


_PAIR = '<span class="note-pair " data-pair title="{0} {1}"><span class="muted">{0}</span> {1}</span>'
_DIFFERENT = (
    '<span class="note-pair is-different" data-pair title="{0} {1} ≠ {2}"><span class="muted">{0}</span> '
    "<mark>{1}</mark> ≠ {2}</span>"
)
_PROBLEM = '<span class="note-problem" data-note-problem>{}{}</span>'
_TALKS = '<span class="badge tone-amber" data-negotiation="{}">{}</span>'


def _asks(maker: NoteRowMaker, note: Row) -> str:
    """What the note asks for: types, values, what a person has to settle, how that stands."""
    problems: list[dict[str, Any]] = note["findings"].get("problems", [])
    parts = [maker.words[f"type {kind}"] for kind in note["types"]]
    parts += _pairs(maker, note, problems)
    sentences = dict.fromkeys(filter(None, [_sentence(maker, problem) for problem in problems]))
    parts += [_PROBLEM.format(maker.warning, sentence) for sentence in sentences]
    if talks := note["negotiation"]:
        parts.append(_TALKS.format(talks, maker.words[f"negotiation {talks}"]))
    if note["outcome"]:
        outcome = escaped(note["outcome"])
        parts.append(f'<span class="note-outcome" title="{outcome}">{outcome}</span>')
    return "".join(parts)


def _sentence(maker: NoteRowMaker, problem: dict[str, Any]) -> str:
    """Say what a person has to settle; another value than ordered shows beside it already."""
    pattern = maker.words.get(problem.get("code", ""), "")
    return pattern % {"what": maker.label(problem.get("key", "")), "wanted": escaped(problem.get("wanted", ""))}


def _pairs(maker: NoteRowMaker, note: Row, problems: Sequence[dict[str, Any]]) -> list[str]:
    """Return the values that the note names, those that differ from the order first."""
    pairs: dict[str, str] = note["findings"].get("pairs", {})
    if not pairs:
        return []
    ordered = {problem["key"]: problem.get("ordered", "") for problem in problems}
    shown = sorted(pairs.items(), key=lambda pair: not ordered.get(pair[0], ""))[:_PAIRS_SHOWN]
    return [_pair(maker.label(key), pair_value(key, value), ordered.get(key, "")) for key, value in shown]


def _pair(label: str, value: str, ordered: str) -> str:
    if ordered:
        return _DIFFERENT.format(label, escaped(value), escaped(ordered))
    return _PAIR.format(label, escaped(value))


_ORDER = (
    '<div class="l1" title="{0} {1}"><span class="cut">{0}</span>{2}</div>'
    '<div class="l2"><a class="number" href="{3}" data-row-link data-pane-url="{4}">{5}</a>{6}{7}</div>'
)


def _order(maker: NoteRowMaker, note: Row, number: str) -> str:
    """The first product and how many more there are; the number; what was ordered of it."""
    lines = maker.lines.get(note["order_id"], ())
    title, spec = (escaped(lines[0].title), escaped(lines[0].spec)) if lines else ("", "")
    more = f'<span class="muted">+{len(lines) - 1}</span>' if len(lines) > 1 else ""
    values = escaped(spec_values(lines[0].spec)) if lines else ""
    badge = f'<span class="badge tone-grey" title="{spec}">{values}</span>' if values else ""
    url, pane = number.join(maker.url), number.join(maker.pane)
    return _ORDER.format(title, spec, more, url, pane, number, maker.cells.copy(number), badge)


_AVATAR = '<span class="avatar-name person-{}" title="{}" data-assignee="{}">{}</span>'


def _state(maker: NoteRowMaker, note: Row) -> str:
    """The state, who has it, and whether the buyer has changed it."""
    return f'<div class="l1">{maker.words["state " + note["state"]]}{_avatar(note)}</div>{_change(maker, note)}'


def _avatar(note: Row) -> str:
    if note["assignee_id"] is None:
        return ""
    username = note["assignee__username"]
    name = note["assignee__display_name"] or username
    return _AVATAR.format(note["assignee_id"] % AVATAR_TONES, escaped(name), escaped(username), escaped(name[:1]))


def _change(maker: NoteRowMaker, note: Row) -> str:
    if note["changed_after_print"]:
        return f'<div class="l2 text-bad" data-changed>{maker.words["changed"]}</div>'
    if note["version_count"] > 1:
        return f'<div class="l2">{maker.words["version"] % {"n": note["version_count"]}}</div>'
    return ""
