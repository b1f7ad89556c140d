"""The rows of the exception queue, made quickly: one pattern for each, with the texts of the language said once."""

from collections.abc import Iterable
from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from backoffice.common.once import FIELD, new_token
from backoffice.common.quick_html import fill, joined
from backoffice.common.row_cells import Cells
from backoffice.common.templatetags.ui import icon
from orders.desk.filters import NONE
from orders.desk.queries import SUB_CAP, HoldGroup
from orders.desk.queues import OPEN_QUEUE
from orders.desk.stored_words import reason_words, rule_words

_ROW = (
    '<tr data-reason="{0}"><td class="grow"><a href="{1}">{2}</a>{3}</td>'
    '<td class="num" data-count="{4}"><a href="{1}">{5}</a></td><td>{6}</td><td>{7}</td><td class="num">{8}</td></tr>'
)
_RULE = ' <span class="tag">{}</span>'
_SHOW = '<a class="btn btn-sm" href="{}">{}</a>'
_RELEASE = (
    '<form method="post" action="{0}" hx-post="{0}" hx-target="#dialog-slot">'
    '<input type="hidden" name="csrfmiddlewaretoken" value="{1}"><input type="hidden" name="{2}" value="{3}">'
    '<input type="hidden" name="query" value="{4}"><input type="hidden" name="_all" value="1">'
    '<input type="hidden" name="only" value="{5}"><input type="hidden" name="from" value="exceptions">'
    '<button type="submit" class="btn btn-sm" name="act" value="release" data-action="release">{6}{7}</button></form>'
)


class GroupRows:
    """Makes the rows of one answer; without a token, a person may not release anything."""

    def __init__(self, now: datetime, token: str) -> None:
        self.cells, self.token = Cells(now), token
        self.list_url, self.act_url = reverse("desk:order-list"), reverse("desk:order-bulk")
        self.no_reason, self.show, self.release = _("No reason given"), _("Show"), _("Release")

    def rows(self, groups: Iterable[HoldGroup]) -> SafeString:
        return joined("{}", ((self._row(group),) for group in groups))

    def _row(self, group: HoldGroup) -> SafeString:
        query = urlencode({"queue": OPEN_QUEUE, "hold": group.kind, "hold_reason": group.reason or NONE})
        url = f"{self.list_url}?{query}"
        count, more = min(group.count, SUB_CAP), "+" if group.count > SUB_CAP else ""
        reason, rules = reason_words(group.reason) or self.no_reason, ((rule_words(rule),) for rule in group.rules)
        return fill(
            _ROW, group.reason, url, reason, joined(_RULE, rules), count, f"{count:,}{more}",
            self.cells.countdown(group.earliest), self.cells.when(group.since, clock=True),
            self._act(group, query, url),
        )  # fmt: skip

    def _act(self, group: HoldGroup, query: str, url: str) -> SafeString:
        if not (group.is_by_hand and self.token):
            return fill(_SHOW, url, self.show)
        sign = icon("player-play")
        return fill(_RELEASE, self.act_url, self.token, FIELD, new_token(), query, group.kind, sign, self.release)
