"""How amounts, times and states are written on a page."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

SOON = timedelta(hours=4)
LATER = timedelta(hours=24)

TONES = {
    # orders
    "pending_payment": "grey",
    "pending_shipment": "amber",
    "partially_shipped": "amber",
    "shipped": "blue",
    "completed": "green",
    "closed": "outline",
    "aftersales": "red-outline",
    # acceptance and notes
    "unreviewed": "grey",
    "accepted": "green",
    "held": "red-outline",
    "unread": "amber",
    "recognised": "blue",
    "needs_info": "amber",
    "manual": "amber",
    "confirmed": "green",
    "fulfilled": "green",
    "declined": "outline",
    # refunds
    "requested": "amber",
    "refused": "red-outline",
    "awaiting_return": "blue",
    "awaiting_receipt": "amber",
    "awaiting_outbound": "amber",
    "awaiting_buyer": "blue",
    "succeeded": "green",
    # jobs and their rows
    "queued": "grey",
    "running": "blue",
    "done": "green",
    "failed": "red",
    "cancelled": "outline",
    "skipped": "grey",
}

# Read by the scripts from the body element; gettext in Python, as %(name)s in a template tag would be doubled.
SCRIPT_TEXTS = {
    "left": gettext_lazy("%(time)s left"),
    "late": gettext_lazy("%(time)s late"),
    "days": gettext_lazy("%(days)s d %(hours)s h"),
    "selected": gettext_lazy("%(count)s of %(total)s selected"),
    "all-selected": gettext_lazy("All %(total)s selected"),
    "select-all": gettext_lazy("Select all %(total)s of this filter"),
    "page-selected": gettext_lazy("This page is selected. Press the same keys again for all %(total)s."),
    "copied": gettext_lazy("Copied %(text)s"),
    "copy-failed": gettext_lazy("The browser does not allow copying. Select the text and copy it by hand."),
    "undo": gettext_lazy("Undo"),
    "close": gettext_lazy("Close"),
    "server-down": gettext_lazy("The server could not be reached. Nothing was changed; try again in a moment."),
    "server-error": gettext_lazy("Something went wrong on our side. It is in the log; nothing was half done."),
    "not-allowed": gettext_lazy("Your role does not allow this. A manager can change that."),
    "not-found": gettext_lazy("This is not here any more. Reload the list."),
    "signed-out": gettext_lazy("You were signed out. Reload the page to sign in again."),
    "busy": gettext_lazy("The last one is still being done. Press again in a moment."),
    "no-data": gettext_lazy("No figures in this period"),
}


def money_text(amount: Decimal | float | None, places: int = 2) -> str:
    if amount is None or amount == "":
        return "—"
    value = Decimal(amount)
    sign = "−" if value < 0 else ""
    return f"{sign}¥{abs(value):,.{places}f}"


def listed(words: Iterable[object]) -> str:
    return pgettext("between the items of a list", ", ").join(map(str, words))


def when_text(moment: datetime, now: datetime, *, clock: bool = False) -> str:
    """Return today's time, "Yesterday", month and day of this year, or the whole date; `clock` adds the time to all."""
    local, today = timezone.localtime(moment), timezone.localdate(now)
    time = f"{local:%H:%M}"
    if local.date() == today:
        return _("Today %(time)s") % {"time": time}
    if local.date() == today - timedelta(days=1):
        return _("Yesterday %(time)s") % {"time": time} if clock else _("Yesterday")
    day = f"{local:%m-%d}" if local.year == today.year else f"{local:%Y-%m-%d}"
    return f"{day} {time}" if clock else day


def due_tone(deadline: datetime, now: datetime) -> str:
    """Return `late`, `soon` (under 4 h), `today` (under 24 h) or `later`."""
    left = deadline - now
    if left < timedelta(0):
        return "late"
    if left < SOON:
        return "soon"
    return "today" if left < LATER else "later"


def due_text(deadline: datetime, now: datetime, texts: Mapping[str, Any] = SCRIPT_TEXTS) -> str:
    """Return the time left or overdue, to the minute, or in days and hours from 24 h on.

    Who makes many of them gives the `texts` translated already.
    """
    left = deadline - now
    key = "late" if left < timedelta(0) else "left"
    return str(texts[key] % {"time": _span(abs(left), texts)})


def _span(span: timedelta, texts: Mapping[str, Any]) -> str:
    minutes = int(span.total_seconds()) // 60
    hours, minute = divmod(minutes, 60)
    if hours >= 24:  # noqa: PLR2004
        return str(texts["days"] % {"days": hours // 24, "hours": hours % 24})
    return f"{hours}:{minute:02d}"
