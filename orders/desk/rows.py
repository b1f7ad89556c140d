"""The rows of the queue, made quickly: labels translated once for a page, one function for each column's cell.

Each cell fills one pattern, and escapes by itself what is not of the code: fifty rows of ten cells through template
tags, or through `format_html`, cost more than all the rest of the page. The words of a language are escaped once.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import get_language

from backoffice.common.display import TONES, due_text, due_tone, money_text, when_text
from backoffice.common.models import Store
from backoffice.common.quick_html import escaped, fill, joined
from backoffice.common.templatetags.ui import url_if
from backoffice.common.web import around
from orders.core.spec_words import spec_values
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
from orders.desk.row_texts import choice_texts, escaped_words_of, payment_texts, rule_texts
from orders.fulfilment.statuses import AnomalyKind, TraceState
from orders.notes.statuses import NoteType

_SHOWN = 80  # characters of a note
_OPEN = frozenset(status.value for status in OPEN_STATUSES)
_UNREVIEWED = Acceptance.UNREVIEWED.value
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
        self.traces, self.troubles = choice_texts(TraceState, language), choice_texts(AnomalyKind, language)
        self.payments = payment_texts(language)
        legend = store.flag_legend or {}
        self.flags = {value: legend.get(str(value)) or str(label) for value, label in Flag.choices}
        self.rules = rule_texts(store)
        self.words = escaped_words_of(language)
        self.url = around("desk:order-detail")
        self.case_url = url_if("refunds:refund-list")
        self._makers = [_CELLS[column.key] for column in columns]
        self.carried, self.along = (f"?{escaped(carry)}", f"&amp;{escaped(carry)}") if carry else ("", "")

    def rows(self, orders: Iterable[Row], lines: Mapping[int, Sequence[Row]]) -> list[QueueRow]:
        return [self.row(order, lines.get(order["id"], [])) for order in orders]

    def row(self, order: Row, lines: Sequence[Row]) -> QueueRow:
        pk, number = order["id"], order["number"]
        cells = "".join([make(self, order, lines) for make in self._makers])
        acts = self._acts(order) if self.may_work else ""
        folded = self._folded(order, lines) if len(lines) > 1 else ""
        shown = escaped(number)
        html = _ROW.format(pk, shown, order["status"], self.words["select"] % {"number": shown}, cells, acts, folded)
        return QueueRow(pk, number, SafeString(html))  # nosec B308 B703 # every part is escaped where it is made

    def is_unreviewed(self, order: Row) -> bool:
        return bool(order["acceptance"] == _UNREVIEWED and order["status"] in _OPEN)

    def claimant(self, order: Row) -> str:
        if order["claimed_by_id"] is None or order["claim_expires_at"] is None or order["claim_expires_at"] <= self.now:
            return ""
        return str(order["claimed_by__display_name"] or order["claimed_by__username"])

    def _acts(self, order: Row) -> str:
        """Return the two likeliest acts, for a phone."""
        pk, words, first = order["id"], self.words, ""
        if self.is_unreviewed(order):
            first = _ACT.format("accept", pk, words["accept"])
        elif not self.claimant(order):
            first = _ACT.format("claim", pk, words["claim"])
        return f'<td class="row-acts only-phone">{first}{_ACT.format("remark", pk, words["remark"])}</td>'

    def _folded(self, order: Row, lines: Sequence[Row]) -> SafeString:
        gift = SafeString(f' <span class="badge tone-blue">{self.words["gift"]}</span>')  # nosec B308 B703 # escaped
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
_ACT = '<button type="submit" class="btn btn-sm" form="row-acts" name="one" value="{}:{}">{}</button>'
_LINE = '<tr><td>{} <span class="spec">{}</span>{}</td><td>{}</td><td class="num">×{}</td><td class="num">{}</td></tr>'
_FOLDED = (
    '<tr id="lines-{}" class="unfolded" hidden><td></td><td colspan="{}">'
    '<table class="table-plain"><tbody>{}</tbody></table></td></tr>'
)


# Cells


@lru_cache(maxsize=256)
def _badge(code: str, label: str, tone: str = "") -> str:
    return f'<span class="badge tone-{tone or TONES.get(code, "grey")}">{escaped(label)}</span>'


def _due(maker: RowMaker, order: Row, _lines: Sequence[Row]) -> str:
    """Time left of an order that still has to ship, the mark of a new one, since when it runs."""
    words, parts, paid_at = maker.words, "", order["paid_at"]
    local = (paid_at or order["placed_at"]).astimezone(maker.zone)
    time = local.isoformat(" ", "minutes")[5:16]
    if order["ship_by"] is not None and order["status"] in _OPEN:
        parts = _countdown(maker, order, time if paid_at else "")
    if order["opened_at"] is None:
        parts += _NEW.format(words["new"])
    first = f'<div class="l1">{parts}</div>' if parts else ""
    since = words["paid" if paid_at else "placed"] % {"time": time}
    return f'<td class="col-due">{first}<div class="l2">{since}</div></td>'


_NEW = '<span class="dot-new" title="{0}"><span class="visually-hidden">{0}</span></span>'
_COUNTDOWN = '<time class="due due-{}" datetime="{}" data-countdown title="{} {} · {}">{}</time>'


def _countdown(maker: RowMaker, order: Row, paid: str) -> str:
    """Return the time left; its title is the deadline and the arithmetic behind it."""
    deadline, rule = order["ship_by"], maker.rules.get(order["ship_by_rule"], "")
    stamp = deadline.astimezone(maker.zone).isoformat(timespec="seconds")
    if paid and "%(paid)s" in rule:
        rule = rule % {"paid": paid}
    tone, left = due_tone(deadline, maker.now), due_text(deadline, maker.now, maker.words)
    return _COUNTDOWN.format(tone, stamp, stamp[:10], stamp[11:16], escaped(rule), left)


_ORDER = (
    '<td class="grow"><div class="l1" title="{0}">{1}{2}</div><div class="l2"><a class="number" href="{3}{4}" '
    'data-row-link data-pane-url="{3}?pane=1{5}">{6}</a><button type="button" class="copy" data-copy="{6}" '
    'aria-label="{7}" title="{7}"><span class="i i-copy" aria-hidden="true"></span></button>{8}</div></td>'
)
_PRODUCT = '<span class="cut">{} <span class="spec">{}</span></span><span>×{}</span>'
_MORE = (
    ' <button type="button" class="more-lines" data-unfold="lines-{0}" aria-expanded="false" '
    'aria-controls="lines-{0}">+{1}</button>'
)


def _order(maker: RowMaker, order: Row, lines: Sequence[Row]) -> str:
    """The first product and how many more there are; number; what stands in the way."""
    number, title, product = escaped(order["number"]), "", ""
    if lines:
        first = lines[0]
        title, name, spec = _product_texts(first["title__text"], first["agreed_spec"] or first["spec"])
        product = _PRODUCT.format(name, spec, first["quantity"])
    if len(lines) > 1:
        product += _MORE.format(order["id"], len(lines) - 1)
    status = f"{_badge(order['status'], maker.statuses[order['status']])} " if maker.shows_status else ""
    url, copy = number.join(maker.url), maker.words["copy"]
    marks = _marks(maker, order, lines)
    return _ORDER.format(title, status, product, url, maker.carried, maker.along, number, copy, marks)


@lru_cache(maxsize=1024)
def _product_texts(title: str, spec: str) -> tuple[str, str, str]:
    """Return what names a product in full, its title and its spec in short: the same few stand in most rows."""
    name = escaped(title)
    return f"{name} {escaped(spec)}", name, escaped(spec_values(spec))


def _marks(maker: RowMaker, order: Row, lines: Sequence[Row]) -> str:
    holds = order["hold_kinds"]
    marks = [_badge("unreviewed", maker.words["unreviewed"])] if maker.is_unreviewed(order) else []
    marks += [_hold(kind, maker.holds.get(kind, kind)) for kind in holds if kind != HoldKind.REFUND_OPEN]
    marks += _refund(maker, order)
    marks += [_badge("", service, "blue") for service in order["services"]]
    marks += [_wish(kind, maker.wishes.get(kind, kind)) for kind in order["wish_kinds"]]
    if any(line["is_gift"] for line in lines):
        marks.append(_GIFT.format(maker.words["gift"]))
    if order["print_count"]:
        marks.append(_printed(maker, order))
    if lines and lines[0].get("parcel"):
        marks += _parcel(maker, *lines[0]["parcel"])
    return " " + " ".join(marks) if marks else ""


def _refund(maker: RowMaker, order: Row) -> list[str]:
    """How far the refund is; an open one leads to its case, where there is a page of them."""
    if HoldKind.REFUND_OPEN in order["hold_kinds"]:
        badge = _hold(HoldKind.REFUND_OPEN, maker.holds[HoldKind.REFUND_OPEN])
    elif order["refund_status"] == RefundStatus.OPEN:
        badge = _badge("", maker.refunds[RefundStatus.OPEN], "red")
    else:
        status = order["refund_status"]
        return [_badge("", maker.refunds[status], "grey")] if status else []
    return [_CASE.format(maker.case_url, escaped(order["number"]), badge) if maker.case_url else badge]


_CASE = '<a class="number" data-case href="{}?q={}">{}</a>'
_GIFT = '<span class="badge tone-blue" data-gift>{}</span>'
_TRACE = '<span class="badge tone-{}" data-trace-state="{}" title="{}">{} · {}</span>'
_TROUBLE = '<span class="badge tone-red" data-anomaly="{}">{}</span>'
_DAY_HOURS = 24


def _parcel(maker: RowMaker, state: str, event: str, at: float | None, troubles: Sequence[str]) -> list[str]:
    """What is last known of the newest parcel and how old that is, and what is wrong with it."""
    marks = [_TROUBLE.format(escaped(kind), escaped(maker.troubles.get(kind, kind))) for kind in troubles]
    if at is not None:
        hours = max(0, int(maker.now.timestamp() - at) // 3600)
        age = maker.words["age_days"] % {"count": hours // _DAY_HOURS}
        age = age if hours >= _DAY_HOURS else maker.words["age_hours"] % {"count": hours}
        says = escaped(maker.traces.get(state, state))
        marks.append(_TRACE.format(TONES.get(state, "grey"), escaped(state), escaped(event), says, age))
    return marks


@lru_cache(maxsize=64)
def _hold(kind: str, label: str) -> str:
    return fill('<span class="badge tone-red-outline" data-hold="{0}" title="{1}">{1}</span>', kind, label)


@lru_cache(maxsize=64)
def _wish(kind: str, label: str) -> str:
    return fill('<span class="badge tone-purple" data-wish="{}">{}</span>', kind, label)


_PRINTED = '<span class="badge tone-grey" data-printed="{}" title="{}">{}</span>'


def _printed(maker: RowMaker, order: Row) -> str:
    """The mark of papers that are out; a reprint says how many times."""
    count, words = order["print_count"], maker.words["printed"]
    since = f"{order['printed_at'].astimezone(maker.zone):%m-%d %H:%M}" if order["printed_at"] else ""
    return _PRINTED.format(count, since, f"{words} ×{count}" if count > 1 else words)


_MONEY = '<td class="num col-money"><div class="l1">{}</div><div class="l2">{}</div></td>'


def _money(maker: RowMaker, order: Row, _lines: Sequence[Row]) -> str:
    payment = maker.payments.get(order["payment_method"], order["payment_method"])
    return _MONEY.format(money_text(order["paid"]), escaped(str(payment)))


_RECIPIENT = '<td class="col-who"><div class="l1">{0}</div><div class="l2" title="{1}">{1}</div></td>'


def _recipient(_maker: RowMaker, order: Row, _lines: Sequence[Row]) -> str:
    person = f"{order['recipient__masked_name'] or ''} {order['recipient__masked_phone'] or ''}".strip()
    place = " ".join(filter(None, (order["province"], order["city"], order["district"])))
    return _RECIPIENT.format(escaped(person), escaped(place))


_NOTE = '<div class="l1" title="{}"><span class="i i-note{}" aria-hidden="true"></span>{}{}</div>'


def _note(maker: RowMaker, order: Row, _lines: Sequence[Row]) -> str:
    """The buyer's note with its types, and the newest remark."""
    note, remark = "", ""
    if text := order["note__text"]:
        tone, sign = ("amber", " is-open") if order["note_state"] == NoteState.UNHANDLED else ("grey", "")
        kinds = "".join([f"{_badge('', maker.notes.get(kind, kind), tone)} " for kind in order["note__types"] or ()])
        note = _NOTE.format(escaped(text), sign, kinds, escaped(_cut(text)))
    if text := order["latest_remark"]:
        author = escaped(str(maker.sources.get(order["latest_remark_by"], order["latest_remark_by"])))
        remark = f'<div class="l2" title="{escaped(text)}">{author}: {escaped(_cut(text))}</div>'
    return f'<td class="grow note">{note}{remark}</td>'


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else str(Truncator(text).chars(_SHOWN))


_FLAG = '<div class="l1"><span class="flag flag-{}"><span class="i i-flag" aria-hidden="true"></span>{}</span></div>'


def _flag(maker: RowMaker, order: Row, _lines: Sequence[Row]) -> str:
    flag, tags = "", ""
    if order["flag"]:
        flag = _FLAG.format(order["flag"], escaped(maker.flags[order["flag"]]))
    if order["tags"]:
        text = escaped(", ".join(order["tags"]))
        tags = f'<div class="l2" title="{text}">{text}</div>'
    return f'<td class="col-flag">{flag}{tags}</td>'


def _claim(maker: RowMaker, order: Row, _lines: Sequence[Row]) -> str:
    name, avatar = maker.claimant(order), ""
    if name:
        until = f"{order['claim_expires_at'].astimezone(maker.zone):%H:%M}"
        says = maker.words["claimed"] % {"who": escaped(name), "time": until}
        avatar = _AVATAR.format(order["claimed_by_id"] % AVATAR_TONES, says, escaped(name[:1]))
    return f'<td class="col-claim">{avatar}</td>'


_AVATAR = '<span class="avatar-name person-{}" title="{}">{}</span>'
AVATAR_TONES = 8  # of static/css/lists.css


def _buyer(_maker: RowMaker, order: Row, _lines: Sequence[Row]) -> str:
    nick = escaped(order["buyer__nick"] or "")
    return f'<td class="col-who only-wide"><div class="l1" title="{nick}">{nick}</div></td>'


def _when(field: str) -> Callable[[RowMaker, Row, Sequence[Row]], str]:
    def cell(maker: RowMaker, order: Row, _lines: Sequence[Row]) -> str:
        text = when_text(order[field], maker.now, clock=True) if order[field] else "—"
        return f'<td class="col-time only-wide">{escaped(text)}</td>'

    return cell


_CELLS: dict[str, Callable[[RowMaker, Row, Sequence[Row]], str]] = {
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
