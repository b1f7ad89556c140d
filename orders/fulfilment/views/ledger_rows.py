"""The ledger of one sku and the orders that wait for it, made quickly: words once for a language, one pattern a row."""

from collections.abc import Iterable
from functools import lru_cache

from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from backoffice.common.quick_html import escaped
from backoffice.common.row_cells import Cells, ShownRow
from backoffice.common.web import around
from orders.fulfilment.queries.ledgers import LedgerRow, Waiting
from orders.fulfilment.statuses import MovementKind


@lru_cache(maxsize=8)
def _words_of(_language: str | None) -> dict[str, str]:
    words = {"alone": _("by itself"), **{str(value): str(label) for value, label in MovementKind.choices}}
    return {key: escaped(text) for key, text in words.items()}


class LedgerRows:
    """Makes the rows of one answer."""

    def __init__(self, cells: Cells) -> None:
        self.cells, self.words, self.url = cells, _words_of(get_language()), around("desk:order-detail")

    def rows(self, moves: Iterable[LedgerRow]) -> list[ShownRow]:
        return [ShownRow(move, self.html(move)) for move in moves]

    def html(self, move: LedgerRow) -> SafeString:
        html = _ROW.format(
            kind=escaped(move.kind), at=self.cells.when(move.at, clock=True), label=self.words[move.kind],
            on_hand=move.on_hand_after, on_hand_change=_change(move.on_hand_change), reserved=move.reserved_after,
            reserved_change=_change(move.reserved_change), order=self._order(move.number), reason=escaped(move.reason),
            actor=escaped(move.actor) or self.words["alone"], file=f" · {escaped(move.file)}" if move.file else "",
        )  # fmt: skip
        return SafeString(html)  # nosec B308 B703 # every part is escaped where it is made

    def _order(self, number: str | None) -> str:
        return f"{self._link(escaped(number))} " if number else ""

    def _link(self, number: str) -> str:
        return _LINK.format(number.join(self.url), number)

    def waiting(self, orders: Iterable[Waiting]) -> SafeString:
        """Make the list of the orders that wait."""
        rows = [
            _WAITS.format(number, self._link(number), order.quantity, self.cells.countdown(order.ship_by))
            for order in orders for number in (escaped(order.number),)
        ]  # fmt: skip
        return SafeString("".join(rows))  # nosec B308 B703 # as above


def _change(pieces: int) -> str:
    return f'<div class="l2">{pieces:+d}</div>' if pieces else ""


_ROW = (
    '<tr data-movement="{kind}"><td class="nowrap">{at}</td><td>{label}</td>'
    '<td class="num">{on_hand:,}{on_hand_change}</td><td class="num">{reserved:,}{reserved_change}</td>'
    '<td>{order}{reason}<div class="l2">{actor}{file}</div></td></tr>'
)
_LINK = '<a class="number" href="{}">{}</a>'
_WAITS = '<li data-waiting="{}">{} <span>×{:,}</span> {}</li>'
