"""The rows of the outbox, each one pattern filled; what is not of the code is escaped where it is put in."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from backoffice.common.quick_html import escaped
from backoffice.common.row_cells import Cells
from backoffice.common.web import around
from orders.core.models import OutboxKind, OutboxState
from orders.core.statuses import EventSource
from orders.platforms.queries import OutboxRow
from orders.platforms.words import why

_ROW = (
    '<tr data-message="{pk}"><td><a href="{url}">{number}</a></td><td>{what}</td><td>{who}</td><td>{made}</td>'
    '<td>{became}</td><td class="num">{attempts}</td><td>{act}</td></tr>'
)
_RETRY = (
    '<form method="post" action="{}"><input type="hidden" name="csrfmiddlewaretoken" value="{}">'
    '<button type="submit" class="btn btn-sm" data-action="retry">{}</button></form>'
)


@lru_cache(maxsize=8)
def _words_of(_language: str | None) -> dict[str, str]:
    words = {
        **{f"kind {value}": str(label) for value, label in OutboxKind.choices},
        **{f"source {value}": str(label) for value, label in EventSource.choices},
        "again": _("Send again"),
    }
    return {key: escaped(text) for key, text in words.items()}


class RowMaker:
    """Makes the rows of one answer."""

    def __init__(self, now: datetime, csrf_token: str) -> None:
        self.cells, self.csrf = Cells(now), csrf_token
        self.words = _words_of(get_language())
        self.order_url, self.retry_url = around("desk:order-detail"), around("platforms:outbox-retry")

    def rows(self, rows: Sequence[OutboxRow]) -> list[SafeString]:
        return [self.html(row) for row in rows]

    def html(self, row: OutboxRow) -> SafeString:
        number, words = escaped(row.number), self.words
        parcel = f'<div class="l2">{escaped(row.tracking_number)}</div>' if row.tracking_number else ""
        html = _ROW.format(
            pk=row.pk, url=number.join(self.order_url), number=number, what=words[f"kind {row.kind}"] + parcel,
            who=escaped(row.actor_name) or f'<span class="muted">{words[f"source {row.source}"]}</span>',
            made=self.cells.when(row.created_at, clock=True), became=self._became(row), attempts=row.attempts,
            act=self._act(row),
        )  # fmt: skip
        return SafeString(html)  # nosec B308 B703 # every part is escaped where it is made

    def _became(self, row: OutboxRow) -> str:
        """When it was sent, or why it was not."""
        return self.cells.when(row.sent_at, clock=True) if row.sent_at else escaped(why(row)) or "—"

    def _act(self, row: OutboxRow) -> str:
        if row.state != OutboxState.FAILED:
            return ""
        return _RETRY.format(str(row.pk).join(self.retry_url), self.csrf, self.words["again"])
