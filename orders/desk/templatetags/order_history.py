"""{% history days %}: what happened to an order, made in Python, for an order has dozens of entries."""

from collections.abc import Iterable

from django import template
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from backoffice.common.quick_html import NOTHING, fill, joined
from orders.desk.history import Change, Day, Entry

register = template.Library()

_DAY = '<li class="history-day">{}</li>{}'
_ENTRY = (  # each part that may be missing brings its own space
    '<li data-event="{}"><time datetime="{}" title="{}">{}</time><div><strong>{}</strong> {}{}{}{}{}</div></li>'
)
_SOURCE = ' <span class="muted">({})</span>'
_OUTBOX = ' <span class="muted" data-outbox="{}">({})</span>'
_CHANGE = ' <span class="diff">{}{}{}{}</span>'


@register.simple_tag
def history(days: Iterable[Day]) -> SafeString:
    """Write the entries under their days."""
    return joined(_DAY, [(day.label, _entries(day.entries)) for day in days])


def _entries(entries: Iterable[Entry]) -> SafeString:
    return joined("{}", [(_entry(entry),) for entry in entries])


def _entry(entry: Entry) -> SafeString:
    local = timezone.localtime(entry.at)
    return fill(
        _ENTRY,
        entry.kind,
        local.isoformat(),
        f"{local:%Y-%m-%d %H:%M:%S}",
        f"{local:%H:%M}",
        entry.who,
        entry.what,
        fill(_SOURCE, entry.source) if entry.source else NOTHING,
        joined("{}", [(_change(change),) for change in entry.changes]),
        fill(_OUTBOX, entry.outbox_state, entry.outbox) if entry.outbox else NOTHING,
        _job(entry),
    )


def _change(change: Change) -> SafeString:
    return fill(
        _CHANGE,
        f"{change.label}: " if change.label else "",
        fill("<del>{}</del> ", change.before) if change.before else NOTHING,
        "→ " if change.before and change.after else "",
        fill("<ins>{}</ins>", change.after) if change.after else NOTHING,
    )


def _job(entry: Entry) -> SafeString:
    """Name the job that did it, with a link where it has a receipt."""
    if entry.batch_url:
        return fill(' <a href="{}">{}</a>', entry.batch_url, _("Batch %(number)s") % {"number": entry.batch})
    if entry.batch:
        return fill(' <span class="muted">{}</span>', _("Job %(number)s") % {"number": entry.batch})
    return NOTHING
