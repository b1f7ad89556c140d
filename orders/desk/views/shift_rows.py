"""The lists of a shift's page, made quickly: a hundred rows of each in a template cost more than all the rest."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from backoffice.common.display import SCRIPT_TEXTS, due_text, due_tone, when_text
from backoffice.common.models import JobRow
from backoffice.common.quick_html import NOTHING, fill, joined
from backoffice.common.web import around
from orders.core.models import Hold, Order, OrderEvent
from orders.core.statuses import HoldKind
from orders.desk.history import Change
from orders.desk.row_texts import choice_texts
from orders.desk.shifts import PersonDay
from orders.desk.stored_words import reason_words
from orders.notes.models import BuyerNote

_QUOTED = 80  # characters of a note
_NUMBER = '<a class="number" href="{}">{}</a>'
_DUE = '<time class="due due-{}" datetime="{}" data-countdown title="{}">{}</time>'
_TIME = '<time datetime="{}" title="{}">{}</time>'
_CLAIM = '<li data-order="{}">{} {}{}</li>'
_OVER = ' <span class="muted">{}</span>'
_NOTE = '<li data-order="{}">{} <span class="quote-inline">{}</span></li>'
_HOLD = '<li data-order="{}">{} {}{} <span class="muted">{}</span></li>'
_EXCEPTION = (
    '<tr data-exception="{}"><td class="nowrap">{}</td><td class="nowrap">{}</td>'
    '<td class="grow"><strong>{}</strong> {}</td></tr>'
)
_PERSON = (
    '<a href="{}" data-person="{}" data-value="{}"{}><strong>{}</strong> <span>{}{}</span>{}</a>'
)  # fmt: skip
_CHANGE = "{}{}{}"
_DIFF = '<span class="diff"><del>{}</del></span> '
_RECEIPT = '{} <a href="{}">{}</a>'


class ShiftLists:
    """Makes the lists of one answer."""

    def __init__(self, now: datetime) -> None:
        self.now, self.head_tail = now, around("desk:order-detail")
        self.zone = timezone.get_current_timezone()
        self.due_texts = {key: str(SCRIPT_TEXTS[key]) for key in ("left", "late", "days")}

    def claims(self, orders: Iterable[Order]) -> SafeString:
        over = fill(_OVER, _("lease over"))
        rows = [
            (order.number, self._number(order.number), self._due(order.ship_by), over if self._is_over(order) else "")
            for order in orders
        ]
        return joined(_CLAIM, rows)

    def notes(self, notes: Iterable[BuyerNote]) -> SafeString:
        rows = [(note.order.number, self._number(note.order.number), _cut(note.text)) for note in notes]
        return joined(_NOTE, rows)

    def holds(self, holds: Iterable[Hold]) -> SafeString:
        kinds = choice_texts(HoldKind, get_language())
        rows = [
            (
                hold.order.number, self._number(hold.order.number), kinds.get(hold.kind, hold.kind),
                f": {reason_words(hold.reason)}" if hold.reason else "", self._when(hold.opened_at),
            )
            for hold in holds
        ]  # fmt: skip
        return joined(_HOLD, rows)

    def exceptions(self, events: Iterable[tuple[OrderEvent, str, Sequence[Change]]]) -> SafeString:
        rows = [
            (event.kind, _clock(event.at), self._number(event.order.number), what, changes_html(changes))
            for event, what, changes in events
        ]
        return joined(_EXCEPTION, rows)

    def refused(self, rows: Iterable[JobRow]) -> SafeString:
        what, receipt = _("Left out of a batch"), _("Receipt")
        return joined(
            _EXCEPTION,
            [
                (
                    "refused", _clock(row.job.created_at), fill('<span class="number">{}</span>', row.subject), what,
                    fill(_RECEIPT, row.reason, reverse("desk:batch-detail", args=[row.job_id]), receipt),
                )
                for row in rows
            ],
        )  # fmt: skip

    def _number(self, number: str) -> SafeString:
        return fill(_NUMBER, number.join(self.head_tail), number)

    def _is_over(self, order: Order) -> bool:
        return order.claim_expires_at is not None and order.claim_expires_at <= self.now

    def _due(self, deadline: datetime | None) -> SafeString:
        if deadline is None:
            return NOTHING
        local, text = deadline.astimezone(self.zone), due_text(deadline, self.now, self.due_texts)
        stamp = local.isoformat(" ", "minutes")[:16]
        return fill(_DUE, due_tone(deadline, self.now), local.isoformat("T", "seconds"), stamp, text)

    def _when(self, moment: datetime) -> SafeString:
        local = moment.astimezone(self.zone)
        text = when_text(moment, self.now, clock=True)
        return fill(_TIME, local.isoformat(timespec="seconds"), f"{local:%Y-%m-%d %H:%M:%S}", text)


def changes_html(changes: Iterable[Change]) -> SafeString:
    """Return what one event changed, on one line; as desk/_shift_changes.html."""
    parts = [
        fill(
            _CHANGE,
            f"{change.label} " if change.label else "",
            fill(_DIFF, change.before) if change.before else "",
            change.after,
        )
        for change in changes
    ]
    return SafeString(" · ".join(parts))  # nosec B308 B703 # each part is escaped above


def people_html(people: Iterable[tuple[PersonDay, str]], shown: int) -> SafeString:
    """Return everybody's shift of the day; `shown` is whose the page shows."""
    tag = fill(' <span class="tag">{}</span>', _("left a note"))
    current = SafeString(' aria-current="true"')
    rows = [
        (
            url, one.user.username, one.act_count, current if one.user.pk == shown else "", str(one.user),
            ngettext("%(n)s act", "%(n)s acts", one.act_count) % {"n": one.act_count},
            f" · {_clock(one.last_at)}" if one.last_at else "", tag if one.has_note else "",
        )
        for one, url in people
    ]  # fmt: skip
    return joined(_PERSON, rows)


def _clock(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%H:%M}"


def _cut(text: str) -> str:
    return text if len(text) <= _QUOTED else str(Truncator(text).chars(_QUOTED))
