"""The rows of the shipping desk, each one pattern filled; what is not of the code is escaped where it is put in."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from backoffice.common.display import when_text
from backoffice.common.quick_html import escaped
from backoffice.common.row_cells import Cells
from backoffice.common.web import around
from orders.core.spec_words import spec_values
from orders.core.statuses import EventSource, HoldKind, WishKind
from orders.fulfilment.couriers import courier_name
from orders.fulfilment.queries.desk import DeskOrder, DeskParcel, DeskRow
from orders.fulfilment.statuses import WaybillState

_TONES = {WaybillState.DRAFT: "amber", WaybillState.NUMBERED: "blue", WaybillState.PRINTED: "green"}
_ORDERS_SHOWN = 2
_LEADS = " data-row-link"  # where Enter goes: to the parcel while it is here, else to the order


class ShownRow(NamedTuple):
    pk: int
    html: SafeString


@lru_cache(maxsize=8)
def _words_of(_language: str | None) -> dict[str, str]:
    words = {
        "select": _("Select order %(number)s"),
        "no deadline": _("no deadline"),
        "gift": _("Gift"),
        "printed": _("printed %(count)s×"),
        "none": _("no parcel yet"),
        "no number": _("no number yet"),
        "no courier": _("no courier yet"),
        "part": _("part of the order"),
        "moved": _("address changed: print again"),
    }
    return {key: escaped(text) for key, text in words.items()} | {
        f"{name} {value}": escaped(str(label))
        for name, choices in (
            ("wish", WishKind.choices), ("hold", HoldKind.choices), ("state", WaybillState.choices),
            ("source", EventSource.choices),
        )
        for value, label in choices
    }  # fmt: skip


_ROW = (
    '<tbody id="row-{pk}" data-row data-order="{number}" data-waybill-state="{state}"><tr>'
    '{check}<td class="col-due">{due}</td>'
    '<td class="grow">{what}</td><td class="order-cell grow">{orders}</td>'
    '<td class="col-who"><div class="l1">{name}</div><div class="l2">{place}</div></td>'
    '<td class="col-parcel">{parcel}</td></tr></tbody>'
)
_CHECK = (
    '<td class="col-check"><label class="row-check"><input type="checkbox" class="form-check-input" form="bulk" '
    'name="selected" value="{}" aria-label="{}"></label></td>'
)
_ORDER = '<a class="number" href="{}"{}>{}</a>{}'
_HOLD = '<span class="badge tone-red-outline" data-hold="{}">{}</span>'
_TAG = '<span class="badge tone-{}" data-mark="{}">{}</span>'


@lru_cache(maxsize=256)
def _pieces_text(count: int, _language: str | None) -> str:
    return escaped(ngettext("%(count)s piece", "%(count)s pieces", count) % {"count": count})


class RowMaker:
    """Makes the rows of one answer."""

    def __init__(self, now: datetime) -> None:
        self.cells, self.language = Cells(now), get_language()
        self.words = _words_of(self.language)
        self.no_parcel = f'<span class="muted">{self.words["none"]}</span>'
        self.order_url, self.parcel_url = around("desk:order-detail"), around("fulfilment:waybill")

    def rows(self, rows: Sequence[DeskRow]) -> list[ShownRow]:
        return [ShownRow(row.pk, self.html(row)) for row in rows if row.orders]

    def html(self, row: DeskRow) -> SafeString:
        first = row.orders[0]
        number = escaped(first.number)
        label = self.words["select"] % {"number": number}
        html = _ROW.format(
            pk=row.pk, number=number, state=row.waybill.state if row.waybill else "",
            check="" if row.shipment else _CHECK.format(row.pk, label), due=self._due(row), what=self._what(row),
            orders=self._orders(row),
            name=escaped(first.recipient), place=escaped(first.place), parcel=self._parcel(row),
        )  # fmt: skip
        return SafeString(html)  # nosec B308 B703 # every part is escaped where it is made

    def _due(self, row: DeskRow) -> str:
        if row.shipment is not None:
            who = escaped(row.shipment.who) or self.words.get(f"source {row.shipment.source}", "")
            when = escaped(when_text(row.shipment.shipped_at, self.cells.now))
            return f'<div class="l1">{when}</div><div class="l2">{who}</div>'
        if row.due is None:
            return f'<span class="muted">{self.words["no deadline"]}</span>'
        local = row.due.astimezone(self.cells.zone)
        return f'<div class="l1">{self.cells.countdown(row.due)}</div><div class="l2">{local:%m-%d %H:%M}</div>'

    def _what(self, row: DeskRow) -> str:
        """The first product; how many more lines; the pieces, gifts and wishes."""
        if not row.lines:
            return ""
        first = row.lines[0]
        title, full, spec = escaped(first.title), escaped(first.spec), escaped(spec_values(first.spec))
        more = f' <span class="muted">+{len(row.lines) - 1}</span>' if len(row.lines) > 1 else ""
        pieces = _pieces_text(row.pieces, self.language)
        return (
            f'<div class="l1" title="{title} {full}"><span class="cut">{title} <span class="spec">{spec}</span></span>'
            f'<span class="nowrap">×{first.quantity}{more}</span></div>'
            f'<div class="l2">{pieces} {self._marks(row)}</div>'
        )

    def _marks(self, row: DeskRow) -> str:
        marks = [_TAG.format("purple", "gift", self.words["gift"])] if any(line.is_gift for line in row.lines) else []
        kinds = dict.fromkeys([kind for order in row.orders for kind in order.wish_kinds])
        if row.is_part:
            marks.append(_TAG.format("blue", "part", self.words["part"]))
        holds = row.orders[0].hold_kinds if row.is_part else []  # of its other pieces
        marks += [_HOLD.format(kind, self.words[f"hold {kind}"]) for kind in holds]
        return "".join(marks + [_TAG.format("amber", kind, self.words[f"wish {kind}"]) for kind in kinds])

    def _orders(self, row: DeskRow) -> str:
        """The order's number, or of a merged parcel the first ones and how many there are."""
        orders = row.orders
        first = self._order(orders[0], "" if row.waybill and not row.shipment else _LEADS)
        shown = [first, *map(self._order, orders[1:_ORDERS_SHOWN])]
        lines = [f'<div class="l2">{one}</div>' for one in shown]
        if len(orders) > 1:
            text = ngettext("%(count)s order together", "%(count)s orders together", len(orders))
            badge = _TAG.format("blue", "merged", escaped(text % {"count": len(orders)}))
            lines = [f'<div class="l2">{shown[0]}</div>', f'<div class="l2">{badge}</div>']
        return "".join(lines)

    def _order(self, order: DeskOrder, leads: str = "") -> str:
        number = escaped(order.number)
        return _ORDER.format(number.join(self.order_url), leads, number, self.cells.copy(number))

    def _parcel(self, row: DeskRow) -> str:
        if row.shipment is not None:
            return self._two(courier_name(row.shipment.courier), row.shipment.number)
        if row.waybill is None:
            return self.no_parcel
        return self._waybill(row.waybill, is_moved=row.is_moved)

    def _waybill(self, waybill: DeskParcel, *, is_moved: bool) -> str:
        courier = escaped(courier_name(waybill.courier)) if waybill.courier else self.words["no courier"]
        number = escaped(waybill.number) or self.words["no number"]
        url = str(waybill.pk).join(self.parcel_url)
        second = (
            f'<span class="text-bad" data-problem title="{escaped(waybill.problem)}">{escaped(waybill.problem)}</span>'
        )
        if not waybill.problem:
            tone = _TONES.get(WaybillState(waybill.state), "grey")
            second = _TAG.format(tone, "state", self.words[f"state {waybill.state}"])
        if is_moved:
            second += f" {_TAG.format('red', 'moved', self.words['moved'])}"
        if waybill.print_count > 1:
            second += f" {self.words['printed'] % {'count': waybill.print_count}}"
        first = f'{courier} <a class="number" href="{url}"{_LEADS}>{number}</a>'
        return f'<div class="l1">{first}</div><div class="l2">{second}</div>'

    @staticmethod
    def _two(first: str, second: str) -> str:
        return (
            f'<div class="l1">{escaped(first)}</div><div class="l2"><span class="number">{escaped(second)}</span></div>'
        )
