"""The ledger of one sku as its page shows it: plain rows, sums added up by the database."""

from datetime import datetime
from typing import NamedTuple

from backoffice.common.statements import fetch
from orders.fulfilment.models import Sku, StockMovement
from orders.fulfilment.queries.stock import PAGE_SIZE, Page, keyset_page

_PROVEN = 500  # movements of a ledger that are added up while somebody looks at it


class LedgerRow(NamedTuple):
    """What the page shows of a movement; `file` is the name of the file that a job read it from."""

    pk: int
    kind: str
    at: datetime
    on_hand_change: int
    reserved_change: int
    on_hand_after: int
    reserved_after: int
    reason: str
    number: str | None
    username: str | None
    display_name: str | None
    file: str | None

    @property
    def actor(self) -> str:
        """Return who moved it, as accounts are called; empty where it moved by itself."""
        return self.display_name or self.username or ""


_SHOWN = (*LedgerRow._fields[:8], "order__number", "actor__username", "actor__display_name", "job__params__name")


def ledger_table(sku: Sku, *, kind: str, after: str, before: str) -> Page:
    """Return one page as `ledger_page` does, of LedgerRow."""
    rows = StockMovement.objects.filter(sku=sku).values_list(*_SHOWN, named=True)
    page = keyset_page(rows.filter(kind=kind) if kind else rows, ("-pk",), after=after, before=before, size=PAGE_SIZE)
    return page._replace(rows=[LedgerRow._make(row) for row in page.rows])


class LedgerSums(NamedTuple):
    """What the movements of a sku sum to; it is what the sku says, or the ledger is broken."""

    on_hand: int
    reserved: int


# The newest movements, and what the one before them left: all of them, where they are not very many
_SUMS = """
SELECT coalesce(sum(CASE WHEN place > %(proven)s THEN on_hand_after ELSE on_hand_change END), 0),
       coalesce(sum(CASE WHEN place > %(proven)s THEN reserved_after ELSE reserved_change END), 0)
FROM (
    SELECT row_number() OVER (ORDER BY id DESC) AS place, on_hand_change, reserved_change, on_hand_after, reserved_after
    FROM fulfilment_stockmovement WHERE sku_id = %(sku)s ORDER BY id DESC LIMIT %(proven)s + 1
) AS newest
"""


def ledger_sums(sku: Sku) -> LedgerSums:
    """Add up the newest movements from what the one before them left."""
    return LedgerSums(*map(int, fetch(_SUMS, {"sku": sku.pk, "proven": _PROVEN})[0]))


class Waiting(NamedTuple):
    """An order that lacks pieces of a sku."""

    number: str
    quantity: int
    ship_by: datetime | None


_WAITING = """
SELECT o.number, s.quantity, o.ship_by FROM fulfilment_linestock k
JOIN fulfilment_shortage s ON s.line_id = k.line_id AND s.closed_at IS NULL JOIN orders_order o ON o.id = s.order_id
WHERE k.sku_id = %(sku)s AND k.short > 0 ORDER BY o.ship_by NULLS LAST, o.id LIMIT %(size)s
"""


def waiting_for(sku: Sku, *, size: int) -> list[Waiting]:
    """Return the orders that lack pieces of the sku, those first that must ship first."""
    return [Waiting(*row) for row in fetch(_WAITING, {"sku": sku.pk, "size": size})]
