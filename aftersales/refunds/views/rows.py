"""The rows of the queue of cases, made quickly: texts translated once for a language, one function for each cell."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.utils.safestring import SafeString
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from aftersales.refunds.queries import Row
from aftersales.refunds.statuses import (
    MONEY_KINDS,
    PLATFORM_DECIDES,
    SHOP_STATES,
    ReasonKind,
    RefundKind,
    RefundState,
)
from backoffice.common.display import TONES, money_text
from backoffice.common.quick_html import escaped
from backoffice.common.row_cells import Cells
from backoffice.common.templatetags.ui import icon
from backoffice.common.web import around

AVATAR_TONES = 8  # of static/css/lists.css


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One case of the queue and the `<tbody>` that shows it."""

    pk: int
    html: SafeString


_BADGE = '<span class="badge tone-{}">{}</span>'


@lru_cache(maxsize=8)
def _words_of(_language: str | None) -> dict[str, str]:
    """Return the texts of a language, which is in force, as HTML."""
    words = {
        "select": _("Select case %(number)s"),
        "asked": pgettext("after-sales", "Asked for"),
        "ended": _("Ended"),
        "signed": _("Return signed for"),
        "no deadline": _("no deadline"),
        "order": _("Order"),
        "approve": _("to approve"),
        "platform": _("platform decides"),
        "shop": _("the shop's turn"),
        "no money": _("no money"),
        "given": _("given back %(amount)s"),
    }
    made = {key: escaped(text) for key, text in words.items()}
    made |= {f"kind {value}": escaped(str(label)) for value, label in RefundKind.choices}
    made |= {f"reason {value}": escaped(str(label)) for value, label in ReasonKind.choices}
    return made | {
        f"state {value}": _BADGE.format(TONES.get(value, "grey"), escaped(str(label)))
        for value, label in RefundState.choices
    }


class CaseRowMaker:
    """Makes the rows of one answer."""

    def __init__(self, now: datetime) -> None:
        self.cells, self.words = Cells(now), _words_of(get_language())
        self.url = around("refunds:refund-detail")
        self.remark_icon = icon("note", "icon-sm")

    def rows(self, cases: Iterable[Row]) -> list[CaseRow]:
        return [CaseRow(case["id"], self.html(case)) for case in cases]

    def html(self, case: Row) -> SafeString:
        number = escaped(case["number"])
        html = _ROW.format(
            case["id"], number, case["status"], self.words["select"] % {"number": number}, _due(self, case),
            _case(self, case, number), _product(case), _reason(self, case), _money(self, case), _state(self, case),
            _owner(case),
        )  # fmt: skip
        return SafeString(html)  # nosec B308 B703 # every part is escaped where it is made


_ROW = (
    '<tbody id="case-{0}" data-row data-refund="{1}" data-status="{2}"><tr>'
    '<td class="col-check"><label class="row-check"><input type="checkbox" class="form-check-input" form="bulk" '
    'name="selected" value="{0}" aria-label="{3}"></label></td>'
    '<td class="col-due">{4}</td><td class="case-cell">{5}</td><td class="product-cell grow">{6}</td>'
    '<td class="reason-cell grow">{7}</td><td class="num col-money">{8}</td><td class="col-state">{9}</td>'
    '<td class="col-claim">{10}</td></tr></tbody>'
)


def _due(maker: CaseRowMaker, case: Row) -> str:
    """The time left, or when it ended; and when it was asked for, or the return was signed for."""
    if case["finished_at"] is not None:
        ended = f'<span class="muted">{maker.words["ended"]}</span> {maker.cells.when(case["finished_at"], clock=True)}'
        return f'<div class="l1">{ended}</div><div class="l2">{_asked(maker, case)}</div>'
    return f'<div class="l1">{_left(maker, case["deadline"])}</div><div class="l2">{_asked(maker, case)}</div>'


def _asked(maker: CaseRowMaker, case: Row) -> str:
    signed = case["return_signed_at"]
    if signed is not None and case["status"] == RefundState.AWAITING_RECEIPT:
        return f"{maker.words['signed']} {maker.cells.when(signed, clock=True)}"
    return f"{maker.words['asked']} {maker.cells.when(case['requested_at'], clock=True)}"


def _left(maker: CaseRowMaker, deadline: datetime | None) -> str:
    if deadline is None:
        return f'<span class="muted">{maker.words["no deadline"]}</span>'
    return maker.cells.countdown(deadline)


_CASE = (
    '<div class="l1" title="{0}">{1}</div>'
    '<div class="l2"><a class="number" href="{2}" data-row-link data-pane-url="{2}?pane=1">{3}</a>{4}</div>'
)


def _case(maker: CaseRowMaker, case: Row, number: str) -> str:
    """The kind, who asks, and the number that leads to the case."""
    kind, nick = maker.words[f"kind {case['kind']}"], escaped(case["buyer__nick"] or "")
    what = f'<strong>{kind}</strong> <span class="muted">{nick}</span>'
    url = number.join(maker.url)
    return _CASE.format(f"{kind} {nick}", what, url, number, maker.cells.copy(number))


_PRODUCT = '<div class="l1" title="{0} {1}"><span class="cut">{0}</span></div><div class="l2" title="{1}">{1}{2}</div>'


def _product(case: Row) -> str:
    title, spec = escaped(case["title__text"] or "—"), escaped(case["line__spec"] or case["sku_code"] or "")
    pieces = f" ×{case['quantity']}" if case["quantity"] > 1 else ""
    return _PRODUCT.format(title, spec, pieces)


def _reason(maker: CaseRowMaker, case: Row) -> str:
    """What it is about, in our words and in the buyer's; the colleagues' remark goes first where there is one."""
    kind = maker.words[f"reason {case['reason_kind']}"]
    words = escaped(case["reason"]) if case["reason"] != case["reason_kind"] else ""
    remark = escaped(case["remark"])
    second = f"{maker.remark_icon}{remark}" if remark else words
    return f'<div class="l1" title="{kind}">{kind}</div><div class="l2" title="{remark or words}">{second}</div>'


def _money(maker: CaseRowMaker, case: Row) -> str:
    if case["kind"] not in MONEY_KINDS:
        return f'<span class="muted">{maker.words["no money"]}</span>'
    amount = f'<div class="l1">{money_text(case["amount"])}</div>'
    if case["refunded"] and case["refunded"] != case["amount"]:
        return f'{amount}<div class="l2">{maker.words["given"] % {"amount": money_text(case["refunded"])}}</div>'
    return amount


def _state(maker: CaseRowMaker, case: Row) -> str:
    """The state, and whom it waits for where that is not the buyer."""
    turn = ""
    if case["proposed"] is not None:
        turn = f'<span class="case-waiting">{maker.words["approve"]} {money_text(case["proposed"])}</span>'
    elif case["intervention"] in PLATFORM_DECIDES:
        turn = maker.words["platform"]
    elif case["status"] in SHOP_STATES:
        turn = maker.words["shop"]
    return f'<div class="l1">{maker.words["state " + case["status"]]}</div><div class="l2">{turn}</div>'


_AVATAR = '<span class="avatar-name person-{}" title="{}" data-owner="{}">{}</span>'


def _owner(case: Row) -> str:
    owner = case["owner_id"]
    if owner is None:
        return ""
    username = case["owner__username"]
    name = case["owner__display_name"] or username
    return _AVATAR.format(owner % AVATAR_TONES, escaped(name), escaped(username), escaped(name[:1]))
