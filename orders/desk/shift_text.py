"""A shift in plain words, to paste into a chat or print: counts and order numbers, nobody's name but the staff's."""

from collections.abc import Iterator, Mapping, Sequence

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from backoffice.common.models import Store
from orders.core.models import Hold, Order, OrderEvent
from orders.core.statuses import HoldKind
from orders.desk.history import Change, Words
from orders.desk.row_texts import choice_texts
from orders.desk.shifts import SHOWN, Shift
from orders.desk.stored_words import reason_words


def changes_of(event: OrderEvent, words: Words) -> list[Change]:
    """Return what an event changed; the line is left out, whose position another read would have to tell."""
    return [change for change in words.changes(event) if change.label != words.label("line")]


def told(event: OrderEvent, words: Words, changes: Sequence[Change] | None = None) -> str:
    """Return an event on one line: the act and what it changed, which the caller may know already."""
    parts = [
        " ".join(filter(None, (change.label, change.before and f"{change.before} →", change.after)))
        for change in (changes_of(event, words) if changes is None else changes)
    ]
    return ": ".join(filter(None, (words.kinds.get(event.kind, event.kind), " · ".join(parts))))


def shift_text(
    store: Store, shift: Shift, words: Words | None = None, changes: Mapping[int, Sequence[Change]] | None = None
) -> str:
    """Return the whole shift as text; what its exceptions changed may be known already, by event."""
    words = words or Words({}, store.flag_legend or {})
    lines = [f"{store.name} · {shift.person} · {shift.day:%Y-%m-%d}{_span(shift)}", ""]
    lines += _section(_("Handled"), [f"{row.label} {row.count}" for row in shift.handled])
    lines += _section(_("Claimed and not shipped"), list(_due(shift.claims)))
    lines += _section(_("Notes to handle"), [f"{note.order.number}: {note.text}" for note in shift.notes])
    lines += _section(_("Held by me, still open"), list(_held(shift.holds)))
    lines += _section(_("Exceptions"), list(_exceptional(shift, words, changes or {})))
    lines += [_("For the next shift:"), shift.note.text if shift.note else _("nothing")]
    return "\n".join(lines)


def _held(holds: Sequence[Hold]) -> Iterator[str]:
    kinds = choice_texts(HoldKind, get_language())
    for hold in holds:
        yield f"{hold.order.number}: {kinds.get(hold.kind, hold.kind)} {reason_words(hold.reason)}".strip()


def _span(shift: Shift) -> str:
    if shift.first_at is None or shift.last_at is None:
        return ""
    return f" · {timezone.localtime(shift.first_at):%H:%M}–{timezone.localtime(shift.last_at):%H:%M}"


def _section(title: str, rows: Sequence[str]) -> list[str]:
    if not rows:
        return [f"{title}: {_('none')}", ""]
    more = ["- …"] if len(rows) > SHOWN else []
    return [f"{title}:", *(f"- {row}" for row in rows[:SHOWN]), *more, ""]


def _due(orders: Sequence[Order]) -> Iterator[str]:
    text, zone = _("%(number)s, ship by %(time)s"), timezone.get_current_timezone()
    for order in orders:
        if order.ship_by is None:
            yield order.number
        else:
            yield text % {"number": order.number, "time": f"{order.ship_by.astimezone(zone):%m-%d %H:%M}"}


def _exceptional(shift: Shift, words: Words, changes: Mapping[int, Sequence[Change]]) -> Iterator[str]:
    for event in shift.exceptions:
        yield f"{timezone.localtime(event.at):%H:%M} {event.order.number} {told(event, words, changes.get(event.pk))}"
    for row in shift.refused:
        yield f"{timezone.localtime(row.job.created_at):%H:%M} {row.subject} {_('left out')}: {row.reason}"
