"""What the rows of long lists have in common, made quickly; every text is escaped where it is put in."""

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from backoffice.common.display import SCRIPT_TEXTS, due_text, due_tone
from backoffice.common.quick_html import escaped

_DAY_HOURS = 24


class ShownRow(NamedTuple):
    """One row of a list and the `<tbody>` that shows it."""

    shown: Any
    html: SafeString


_COPY = (
    '<button type="button" class="copy" data-copy="{0}" aria-label="{1}" title="{1}">'
    '<span class="i i-copy" aria-hidden="true"></span></button>'
)
_WHEN = '<time datetime="{}" title="{} {}">{}</time>'
_LEFT = '<time class="due due-{}" datetime="{}" data-countdown title="{} {}">{}</time>'


@lru_cache(maxsize=8)
def _words_of(_language: str | None) -> dict[str, str]:
    """Return the texts of a language, which is in force, as HTML."""
    words = {
        **{key: str(SCRIPT_TEXTS[key]) for key in ("left", "late", "days")},
        "copy": _("Copy %(text)s"),
        "today": _("Today %(time)s"),
        "yesterday": _("Yesterday"),
        "yesterday at": _("Yesterday %(time)s"),
        "hours ago": _("%(count)s h ago"),
        "days ago": _("%(count)s d ago"),
    }
    return {key: escaped(text) for key, text in words.items()}


class Cells:
    """Makes the parts of cells for one answer; the calendar is looked at once for all its rows."""

    def __init__(self, now: datetime) -> None:
        self.now, self.zone, self._words = now, timezone.get_current_timezone(), _words_of(get_language())
        today = now.astimezone(self.zone).date()
        self._today, self._yesterday = today.isoformat(), (today - timedelta(days=1)).isoformat()

    def copy(self, text: str) -> SafeString:
        """Make the button that copies a text, which is HTML already."""
        return SafeString(_COPY.format(text, self._words["copy"] % {"text": text}))  # nosec B308 B703 # as it says

    def when(self, moment: datetime | None, *, clock: bool = False) -> SafeString:
        """Write a moment as `display.when_text` does, the full stamp in `title`."""
        if moment is None:
            return SafeString("—")
        stamp = moment.astimezone(self.zone).isoformat(timespec="seconds")
        day, time = stamp[:10], stamp[11:19]
        return SafeString(_WHEN.format(stamp, day, time, self._day(day, time[:5], clock=clock)))  # nosec B308 B703 # a time

    def _day(self, day: str, time: str, *, clock: bool) -> str:
        if day == self._today:
            return self._words["today"] % {"time": time}
        if day == self._yesterday:
            return self._words["yesterday at"] % {"time": time} if clock else self._words["yesterday"]
        short = day[5:] if day[:5] == self._today[:5] else day
        return f"{short} {time}" if clock else short

    def countdown(self, deadline: datetime | None) -> SafeString:
        """Write the time that is left, which the page counts on."""
        if deadline is None:
            return SafeString("—")
        stamp = deadline.astimezone(self.zone).isoformat(timespec="seconds")
        text = due_text(deadline, self.now, self._words)
        left = _LEFT.format(due_tone(deadline, self.now), stamp, stamp[:10], stamp[11:16], text)
        return SafeString(left)  # nosec B308 B703 # a time in escaped words

    def age(self, moment: datetime) -> str:
        """Return how long ago something was: in hours, from a day on in days."""
        hours = max(0, int((self.now - moment).total_seconds()) // 3600)
        if hours >= _DAY_HOURS:
            return self._words["days ago"] % {"count": hours // _DAY_HOURS}
        return self._words["hours ago"] % {"count": hours}
