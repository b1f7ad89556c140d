"""What the rows of stock, shortages and invoices have in common; every text is escaped where it is put in."""

from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from backoffice.common.display import SCRIPT_TEXTS, due_text, due_tone, when_text
from backoffice.common.quick_html import escaped

SAMPLE = "0"  # replaced in the patterns of addresses


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
    words = {key: str(SCRIPT_TEXTS[key]) for key in ("left", "late", "days")} | {"copy": _("Copy %(text)s")}
    return {key: escaped(text) for key, text in words.items()}


class Cells:
    """Makes the parts of cells for one answer."""

    def __init__(self, now: datetime) -> None:
        self.now, self.zone = now, timezone.get_current_timezone()
        self._words = _words_of(get_language())
        self._copy = self._words["copy"]

    def copy(self, text: str) -> str:
        """Make the button that copies a text, which is HTML already."""
        return _COPY.format(text, self._copy % {"text": text})

    def when(self, moment: datetime | None, *, clock: bool = False) -> str:
        if moment is None:
            return "—"
        stamp = moment.astimezone(self.zone).isoformat(timespec="seconds")
        return _WHEN.format(stamp, stamp[:10], stamp[11:19], escaped(when_text(moment, self.now, clock=clock)))

    def countdown(self, deadline: datetime | None) -> str:
        if deadline is None:
            return "—"
        stamp = deadline.astimezone(self.zone).isoformat(timespec="seconds")
        text = due_text(deadline, self.now, self._words)
        return _LEFT.format(due_tone(deadline, self.now), stamp, stamp[:10], stamp[11:16], text)
