"""The cards of merge suggestions, each one pattern filled; what is not of the code is escaped where it is put in."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from backoffice.common.quick_html import escaped
from backoffice.common.row_cells import Cells
from backoffice.common.templatetags.ui import icon
from backoffice.common.web import around
from orders.core.spec_words import spec_values
from orders.fulfilment.queries.merge_cards import MergeGroup, MergeLine, MergeMember, Reason


@lru_cache(maxsize=8)
def _words_of(_language: str | None) -> dict[str, str]:
    words = {
        "wait": _("not yet: fewer than two may leave"),
        "few": _("Fewer than two of them may leave now."),
        "order": _("Pack order"),
        "parcel": _("parcel"),
        "merge": _("One parcel for the ticked"),
        "refuse": _("Not these"),
        "never": _("Never for this recipient"),
    }
    return {key: escaped(text) for key, text in words.items()}


@lru_cache(maxsize=64)
def _saved_text(count: int, _language: str | None) -> str:
    return escaped(ngettext("saves %(n)s parcel", "saves %(n)s parcels", count) % {"n": count})


_CARD = (
    '<section class="card merge" data-merge data-saved="{saved}"><form method="post" action="{url}">{csrf}'
    '<input type="hidden" name="recipient" value="{key}"><input type="hidden" name="orders" value="{ids}">'
    '<header class="card-header"><h2 class="card-title">{recipient} <span class="muted">{place}</span></h2>'
    '<div class="card-actions">{due} {saves}</div></header><div class="card-body">{risks}'
    '<ul class="merge-orders">{members}</ul><div class="acts">{merge}'
    '<button type="submit" class="btn btn-sm" name="act" value="refuse" data-action="refuse">{refuse}</button>'
    '<button type="submit" class="btn btn-sm" name="act" value="never" data-action="never">{never}</button>'
    "</div></div></form></section>"
)
_CSRF = '<input type="hidden" name="csrfmiddlewaretoken" value="{}">'
_BADGE = '<span class="badge tone-{}">{}</span>'
_RISK = '<p class="merge-risk" data-risk="{}">{}{}</p>'
_MEMBER = (
    '<li data-order="{number}"{blocked}><label class="row-check"><input type="checkbox" class="form-check-input" '
    'name="order" value="{pk}" {ticked} aria-label="{label} {number}"></label><div class="merge-order">'
    '<a class="number" href="{url}">{number}</a> {due}{parcel}<div class="l2">{lines}</div></div>'
    '<div class="merge-reasons">{reasons}</div></li>'
)
_PARCEL = ' <span class="badge tone-grey">{} {}</span>'
_BLOCKER = '<span class="badge tone-red-outline" data-blocker="{}">{}</span>'
_DOUBT = '<span class="badge tone-amber" data-risk="{}">{}</span>'
_MERGE = (
    '<button type="submit" class="btn btn-sm btn-primary" name="act" value="merge" data-action="merge"{}>'
    "{}{}{}</button>"
)


class CardMaker:
    """Makes the cards of one answer; the first group that saves a parcel gets the key."""

    def __init__(self, now: datetime, csrf_token: str) -> None:
        self.cells, self.language = Cells(now), get_language()
        self.words = _words_of(self.language)
        self.url, self.csrf = reverse("fulfilment:merge-act"), _CSRF.format(csrf_token)
        self.order_url = around("desk:order-detail")
        self.warning, self.packages = icon("alert-triangle", "icon-sm"), icon("packages")

    def cards(self, groups: Sequence[MergeGroup]) -> list[SafeString]:
        first = next((group for group in groups if group.saved), None)
        return [self.card(group, has_key=group is first) for group in groups]

    def card(self, group: MergeGroup, *, has_key: bool) -> SafeString:
        words, order = self.words, group.members[0].order
        saves = _BADGE.format("green", _saved_text(group.saved, self.language)) if group.saved else ""
        html = _CARD.format(
            saved=group.saved, url=self.url, csrf=self.csrf, key=escaped(group.recipient_key),
            ids=",".join([str(member.order.pk) for member in group.members]), recipient=escaped(order.recipient),
            place=escaped(order.place), due=self.cells.countdown(group.ship_by),
            saves=saves or _BADGE.format("grey", words["wait"]),
            risks="".join([_RISK.format(reason.key, self.warning, escaped(reason.text)) for reason in group.reasons]),
            members="".join([self._member(member) for member in group.members]),
            merge=self._merge(has_key=has_key, is_ready=bool(group.saved)), refuse=words["refuse"],
            never=words["never"],
        )  # fmt: skip
        return SafeString(html)  # nosec B308 B703 # every part is escaped where it is made

    def _merge(self, *, has_key: bool, is_ready: bool) -> str:
        words = self.words
        state = "" if is_ready else f' disabled title="{words["few"]}"'
        key, sign = (' data-key="m"', "<kbd>M</kbd>") if has_key else ("", "")
        return _MERGE.format(key or state, self.packages, words["merge"], sign)

    def _member(self, member: MergeMember) -> str:
        order, is_blocked = member.order, member.is_blocked
        number = escaped(order.number)
        return _MEMBER.format(
            number=number, pk=order.pk, blocked=" data-blocked" if is_blocked else "",
            ticked="disabled" if is_blocked else "checked", label=self.words["order"],
            url=number.join(self.order_url), due=self.cells.countdown(order.ship_by),
            parcel=_PARCEL.format(self.words["parcel"], escaped(member.parcel)) if member.parcel else "",
            lines=" · ".join([_line(line) for line in member.lines]),
            reasons="".join([_reason(reason) for reason in member.reasons]),
        )  # fmt: skip


def _line(line: MergeLine) -> str:
    return f"{escaped(line.title)} {escaped(spec_values(line.spec))} ×{line.quantity}"


def _reason(reason: Reason) -> str:
    return (_BLOCKER if reason.blocks else _DOUBT).format(escaped(reason.key), escaped(reason.text))
