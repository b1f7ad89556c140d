"""The rows of the queue, made quickly: labels translated once for a page, one function for each column's cell.

Cells are built like the tags of backoffice.common.templatetags.ui, by a pattern whose values are escaped: fifty rows of
ten cells through template tags, or through `format_html`, cost more than all the rest of the page.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import get_language

from backoffice.common.display import TONES, due_text, due_tone, money_text, when_text
from backoffice.common.models import Store
from backoffice.common.quick_html import NOTHING, fill, joined
from orders.core.statuses import (
    OPEN_STATUSES,
    Acceptance,
    EventSource,
    Flag,
    HoldKind,
    NoteState,
    OrderStatus,
    RefundStatus,
    WishKind,
)
from orders.desk.columns import QueueColumn
from orders.desk.row_texts import choice_texts, payment_texts, rule_texts, words_of
from orders.notes.statuses import NoteType

_SAMPLE = "0"  # replaced in the pattern of an order's address
_SHOWN = 80  # characters of a note
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One order of the queue and the `<tbody>` that shows it."""

    pk: int
    number: str
    html: SafeString


class RowMaker:
    """Makes the rows of one answer. `carry` is the query that links to an order take along."""

    def __init__(
        self,
        store: Store,
        now: datetime,
        columns: Sequence[QueueColumn],
        *,
        shows_status: bool = True,
        may_work: bool = False,
        carry: str = "",
    ) -> None:
        self.store, self.now, self.columns = store, now, columns
        self.shows_status, self.may_work, self.carry = shows_status, may_work, carry
        self.zone = timezone.get_current_timezone()
        language = get_language()
        self.statuses = choice_texts(OrderStatus, language)
        self.holds, self.notes = choice_texts(HoldKind, language), choice_texts(NoteType, language)
        self.refunds, self.sources = choice_texts(RefundStatus, language), choice_texts(EventSource, language)
        self.wishes = choice_texts(WishKind, language)
        self.payments = payment_texts(language)
        legend = store.flag_legend or {}
        self.flags = {value: legend.get(str(value)) or str(label) for value, label in Flag.choices}
        self.rules = rule_texts(store)
        self.words = words_of(language)
        self.url_head, self.url_tail = reverse("desk:order-detail", args=[_SAMPLE]).split(_SAMPLE)
        self._makers = [_CELLS[column.key] for column in columns]

    def rows(self, orders: Iterable[Row], lines: Mapping[int, Sequence[Row]]) -> list[QueueRow]:
        return [self.row(order, lines.get(order["id"], [])) for order in orders]

    def row(self, order: Row, lines: Sequence[Row]) -> QueueRow:
        pk, number = order["id"], order["number"]
        cells = SafeString("".join([make(self, order, lines) for make in self._makers]))  # nosec B308 B703 # safe parts
        acts = self._acts(order) if self.may_work else NOTHING
        folded = self._folded(order, lines) if len(lines) > 1 else NOTHING
        label = self.words["select"] % {"number": number}
        return QueueRow(pk, number, fill(_ROW, pk, number, order["status"], label, cells, acts, folded))

    def url(self, order: Row) -> str:
        return f"{self.url_head}{order['number']}{self.url_tail}"

    def is_unreviewed(self, order: Row) -> bool:
        return bool(order["acceptance"] == Acceptance.UNREVIEWED and order["status"] in OPEN_STATUSES)

    def claimant(self, order: Row) -> str:
        if order["claimed_by_id"] is None or order["claim_expires_at"] is None or order["claim_expires_at"] <= self.now:
            return ""
        return str(order["claimed_by__display_name"] or order["claimed_by__username"])

    def _acts(self, order: Row) -> SafeString:
        """Return the two likeliest acts, for a phone."""
        pk, act = order["id"], ""
        if self.is_unreviewed(order):
            act = "accept"
        elif not self.claimant(order):
            act = "claim"
        acts = [(f"{name}:{pk}", self.words[name]) for name in (act, "remark") if name]
        buttons = joined(_ACT, acts)
        return fill('<td class="row-acts only-phone">{}</td>', buttons)

    def _folded(self, order: Row, lines: Sequence[Row]) -> SafeString:
        gift = fill(' <span class="badge tone-blue">{}</span>', self.words["gift"])
        rows = joined(
            _LINE,
            (
                (
                    line["title__text"],
                    line["agreed_spec"] or line["spec"],
                    gift if line["is_gift"] else "",
                    line["sku_code"],
                    line["quantity"],
                    money_text(line["paid"]),
                )
                for line in lines
            ),
        )
        return fill(_FOLDED, order["id"], len(self.columns), rows)


_ROW = (
    '<tbody id="order-{0}" data-row data-order="{1}" data-status="{2}"><tr><td class="col-check"><label>'
    '<input type="checkbox" class="form-check-input" form="bulk" name="selected" value="{0}" '
    'aria-label="{3}"></label></td>'
    "{4}{5}</tr>{6}</tbody>"
)
_ACT = '<button type="submit" class="btn btn-sm" form="row-acts" name="one" value="{}">{}</button>'
_LINE = '<tr><td>{} <span class="spec">{}</span>{}</td><td>{}</td><td class="num">×{}</td><td class="num">{}</td></tr>'
_FOLDED = (
    '<tr id="lines-{}" class="unfolded" hidden><td></td><td colspan="{}">'
    '<table class="table-plain"><tbody>{}</tbody></table></td></tr>'
)


# Cells


def _badge(code: str, label: str, tone: str = "") -> SafeString:
    return fill('<span class="badge tone-{}">{}</span>', tone or TONES.get(code, "grey"), label)


def _due(maker: RowMaker, order: Row, _lines: Sequence[Row]) -> SafeString:
    """Time left of an order that still has to ship, the mark of a new one, since when it runs."""
    words, parts = maker.words, NOTHING
    if order["ship_by"] is not None and order["status"] in OPEN_STATUSES:
        parts += _countdown(maker, order)
    if order["opened_at"] is None:
        parts += fill('<span class="dot-new" title="{0}"><span class="visually-hidden">{0}</span></span>', words["new"])
    first = fill('<div class="l1">{}</div>', parts) if parts else NOTHING
    moment, pattern = (order["paid_at"], words["paid"]) if order["paid_at"] else (order["placed_at"], words["placed"])
    since = pattern % {"time": f"{moment.astimezone(maker.zone):%m-%d %H:%M}"}
    return fill('<td class="col-due">{}<div class="l2">{}</div></td>', first, since)


def _countdown(maker: RowMaker, order: Row) -> SafeString:
    deadline = order["ship_by"]
    local = deadline.astimezone(maker.zone)
    return fill(
        '<time class="due due-{}" datetime="{}" data-countdown title="{}">{}</time>',
        due_tone(deadline, maker.now),
        local.isoformat(timespec="seconds"),
        f"{local:%Y-%m-%d %H:%M} · {_rule(maker, order)}",
        due_text(deadline, maker.now, maker.words),
    )


def _rule(maker: RowMaker, order: Row) -> str:
    text = maker.rules.get(order["ship_by_rule"], "")
    if "%(paid)s" in text and order["paid_at"]:
        return text % {"paid": f"{order['paid_at'].astimezone(maker.zone):%m-%d %H:%M}"}
    return text


_ORDER = (
    '<td class="grow"><div class="l1" title="{}">{}{}</div><div class="l2"><a class="number" href="{}{}" data-row-link '
    'data-pane-url="{}?pane=1{}">{}</a><button type="button" class="copy" data-copy="{}" aria-label="{}" title="{}">'
    '<span class="i i-copy" aria-hidden="true"></span></button>{}</div></td>'
)
_PRODUCT = '<span class="cut">{} <span class="spec">{}</span></span><span>×{}</span>'
_SPEC_NAMES = re.compile(r"(^|[;；])[^:：;；]*[:：]")
_MORE = (
    ' <button type="button" class="more-lines" data-unfold="lines-{0}" aria-expanded="false" '
    'aria-controls="lines-{0}">+{1}</button>'
)


def _order(maker: RowMaker, order: Row, lines: Sequence[Row]) -> SafeString:
    """The first product and how many more there are; number; what stands in the way."""
    number, url, words = order["number"], maker.url(order), maker.words
    title, product = "", NOTHING
    if lines:
        first = lines[0]
        spec = first["agreed_spec"] or first["spec"]
        title = f"{first['title__text']} {spec}"
        product = fill(_PRODUCT, first["title__text"], _spec_values(spec), first["quantity"])
    if len(lines) > 1:
        product += fill(_MORE, order["id"], len(lines) - 1)
    status = fill("{} ", _badge(order["status"], maker.statuses[order["status"]])) if maker.shows_status else NOTHING
    carried, along = (f"?{maker.carry}", f"&{maker.carry}") if maker.carry else ("", "")
    return fill(
        _ORDER,
        title,
        status,
        product,
        url,
        carried,
        url,
        along,
        number,
        number,
        words["copy"],
        words["copy"],
        _marks(maker, order),
    )


def _spec_values(spec: str) -> str:
    """Return 红 L of 颜色分类:红;尺码:L: in a narrow cell the names say nothing that the values do not."""
    return _SPEC_NAMES.sub(r"\1", spec).replace(";", " ").replace("；", " ")


def _marks(maker: RowMaker, order: Row) -> SafeString:
    marks = [_badge("unreviewed", maker.words["unreviewed"])] if maker.is_unreviewed(order) else []
    marks += [
        fill(
            '<span class="badge tone-red-outline" data-hold="{0}" title="{1}">{1}</span>',
            kind,
            maker.holds.get(kind, kind),
        )
        for kind in order["hold_kinds"]
    ]
    if order["refund_status"] and HoldKind.REFUND_OPEN not in order["hold_kinds"]:  # the hold says it already
        tone = "red" if order["refund_status"] == RefundStatus.OPEN else "grey"
        marks.append(_badge("", maker.refunds[order["refund_status"]], tone))
    marks += [_badge("", service, "blue") for service in order["services"]]
    marks += [fill(_WISH, kind, maker.wishes.get(kind, kind)) for kind in order["wish_kinds"]]
    if order["print_count"]:
        marks.append(_printed(maker, order))
    return joined(" {}", ((mark,) for mark in marks)) if marks else NOTHING


_WISH = '<span class="badge tone-purple" data-wish="{}">{}</span>'
_PRINTED = '<span class="badge tone-grey" data-printed="{}" title="{}">{}</span>'


def _printed(maker: RowMaker, order: Row) -> SafeString:
    """The mark of papers that are out; a reprint says how many times."""
    count, words = order["print_count"], maker.words["printed"]
    since = f"{order['printed_at'].astimezone(maker.zone):%m-%d %H:%M}" if order["printed_at"] else ""
    return fill(_PRINTED, count, since, f"{words} ×{count}" if count > 1 else words)


def _money(maker: RowMaker, order: Row, _lines: Sequence[Row]) -> SafeString:
    payment = maker.payments.get(order["payment_method"], order["payment_method"])
    return fill(
        '<td class="num col-money"><div class="l1">{}</div><div class="l2">{}</div></td>',
        money_text(order["paid"]),
        payment,
    )


def _recipient(_maker: RowMaker, order: Row, _lines: Sequence[Row]) -> SafeString:
    person = f"{order['recipient__masked_name'] or ''} {order['recipient__masked_phone'] or ''}".strip()
    place = " ".join(filter(None, (order["province"], order["city"], order["district"])))
    return fill(
        '<td class="col-who"><div class="l1">{}</div><div class="l2" title="{}">{}</div></td>', person, place, place
    )


def _note(maker: RowMaker, order: Row, _lines: Sequence[Row]) -> SafeString:
    """The buyer's note with its types, and the newest remark."""
    note, remark = NOTHING, NOTHING
    if text := order["note__text"]:
        is_open = order["note_state"] == NoteState.UNHANDLED
        kinds = [
            _badge("", maker.notes.get(kind, kind), "amber" if is_open else "grey")
            for kind in order["note__types"] or ()
        ]
        note = fill(
            '<div class="l1" title="{}"><span class="i i-note{}" aria-hidden="true"></span>{}{}</div>',
            text,
            " is-open" if is_open else "",
            joined("{} ", ((kind,) for kind in kinds)),
            _cut(text),
        )
    if text := order["latest_remark"]:
        author = maker.sources.get(order["latest_remark_by"], order["latest_remark_by"])
        remark = fill('<div class="l2" title="{}">{}: {}</div>', text, author, _cut(text))
    return fill('<td class="grow note">{}{}</td>', note, remark)


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else str(Truncator(text).chars(_SHOWN))


_FLAG = '<div class="l1"><span class="flag flag-{}"><span class="i i-flag" aria-hidden="true"></span>{}</span></div>'


def _flag(maker: RowMaker, order: Row, _lines: Sequence[Row]) -> SafeString:
    flag, tags = NOTHING, NOTHING
    if order["flag"]:
        flag = fill(
            _FLAG,
            order["flag"],
            maker.flags[order["flag"]],
        )
    if order["tags"]:
        text = ", ".join(order["tags"])
        tags = fill('<div class="l2" title="{}">{}</div>', text, text)
    return fill('<td class="col-flag">{}{}</td>', flag, tags)


def _claim(maker: RowMaker, order: Row, _lines: Sequence[Row]) -> SafeString:
    name, avatar = maker.claimant(order), NOTHING
    if name:
        until = f"{order['claim_expires_at'].astimezone(maker.zone):%H:%M}"
        says = maker.words["claimed"] % {"who": name, "time": until}
        avatar = fill(_AVATAR, order["claimed_by_id"] % AVATAR_TONES, says, name[:1])
    return fill('<td class="col-claim">{}</td>', avatar)


_AVATAR = '<span class="avatar-name person-{}" title="{}">{}</span>'
AVATAR_TONES = 8  # of static/css/lists.css


def _buyer(_maker: RowMaker, order: Row, _lines: Sequence[Row]) -> SafeString:
    nick = order["buyer__nick"] or ""
    return fill('<td class="col-who only-wide"><div class="l1" title="{}">{}</div></td>', nick, nick)


def _when(field: str) -> Callable[[RowMaker, Row, Sequence[Row]], SafeString]:
    def cell(maker: RowMaker, order: Row, _lines: Sequence[Row]) -> SafeString:
        text = when_text(order[field], maker.now, clock=True) if order[field] else "—"
        return fill('<td class="col-time only-wide">{}</td>', text)

    return cell


_CELLS: dict[str, Callable[[RowMaker, Row, Sequence[Row]], SafeString]] = {
    "due": _due,
    "order": _order,
    "money": _money,
    "recipient": _recipient,
    "note": _note,
    "buyer": _buyer,
    "placed": _when("placed_at"),
    "paid_at": _when("paid_at"),
    "flag": _flag,
    "claim": _claim,
}
