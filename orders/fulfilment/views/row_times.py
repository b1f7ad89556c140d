"""Moments and ages in the rows of long lists, written as `{% when clock=True %}` and the order pages write them.

The calendar is looked at once for all rows of a page.
"""

from datetime import datetime, timedelta
from functools import lru_cache

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from backoffice.common.quick_html import escaped

_TIME = '<time datetime="{}" title="{}">{}</time>'
_DAY_HOURS = 24


@lru_cache(maxsize=8)
def _words_of(_language: str | None) -> dict[str, str]:
    """Return the texts of a language, which is in force, as HTML."""
    words = {
        "today": _("Today %(time)s"),
        "yesterday": _("Yesterday %(time)s"),
        "hours": _("%(count)s h ago"),
        "days": _("%(count)s d ago"),
    }
    return {key: escaped(text) for key, text in words.items()}


class RowTimes:
    """Writes the moments of one answer."""

    def __init__(self, now: datetime) -> None:
        self.now, self.zone, self.words = now, timezone.get_current_timezone(), _words_of(get_language())
        local = now.astimezone(self.zone)
        self.year = f"{local.year}-"
        self.days = {local.date().isoformat(): "today", (local.date() - timedelta(days=1)).isoformat(): "yesterday"}

    def when(self, moment: datetime) -> str:
        """Return a moment with its time of day, the full stamp in `title`."""
        stamp = moment.astimezone(self.zone).isoformat(timespec="seconds")
        day, time = stamp[:10], stamp[11:16]
        if name := self.days.get(day):
            text = self.words[name] % {"time": time}
        else:
            text = f"{day[5:] if day.startswith(self.year) else day} {time}"
        return _TIME.format(stamp, f"{day} {stamp[11:19]}", text)

    def age(self, moment: datetime) -> str:
        """Return how long ago something was: in hours, from a day on in days."""
        hours = max(0, int((self.now - moment).total_seconds()) // 3600)
        if hours >= _DAY_HOURS:
            return self.words["days"] % {"count": hours // _DAY_HOURS}
        return self.words["hours"] % {"count": hours}
