"""Pieces of after-sales cases: what comes back to the shelf or is written off, and what leaves for the buyer again.

The lines of the order are not touched: what they were to get has left long ago.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.common.models import Job, User
from orders.core.models import Order
from orders.fulfilment.models import LineStock, Sku, StockMovement
from orders.fulfilment.services.stock.book import Book
from orders.fulfilment.services.stock.errors import StockError
from orders.fulfilment.services.stock.lines import wake_short_orders
from orders.fulfilment.services.stock.reading import lock_named_skus
from orders.fulfilment.statuses import MovementKind


class ReturnedPieces(NamedTuple):
    """Pieces of one sku that a buyer sent back."""

    sku_id: int
    quantity: int
    is_scrap: bool = False  # they came back, and are written off at once


@transaction.atomic
def book_returned(
    order: Order,
    pieces: Sequence[ReturnedPieces],
    *,
    line_id: int | None,
    reason: str,
    actor: User | None,
    at: datetime,
    job: Job | None = None,
) -> list[int | None]:
    """Put what came back of a locked order on the shelf; return the last movement of each, None: never counted.

    Orders that lack the sku are looked at again.

    Raises:
        StockError: the store has no such sku.
    """
    book = _book(order, [one.sku_id for one in pieces], actor=actor, at=at, job=job)
    place = _place(order, line_id)
    moved: list[int | None] = []
    for one in pieces:
        sku = _sku(book, one.sku_id)
        if sku.counted_at is None:
            moved.append(None)
            continue
        book.move(sku, MovementKind.RETURN, on_hand=one.quantity, stock=place, reason=reason)
        if one.is_scrap:
            book.move(sku, MovementKind.SCRAP, on_hand=-one.quantity, stock=place, reason=reason)
        moved.append(_saved(book, sku))
    wake_short_orders(book)
    return moved


@transaction.atomic
def book_sent(
    order: Order,
    *,
    sku_id: int,
    quantity: int,
    line_id: int | None,
    reason: str,
    actor: User | None,
    at: datetime,
    job: Job | None = None,
) -> int | None:
    """Take pieces off the shelf that a locked order's buyer gets once more; return the movement, None: never counted.

    Raises:
        StockError: fewer are free than that, or the store has no such sku.
    """
    book = _book(order, [sku_id], actor=actor, at=at, job=job)
    sku = _sku(book, sku_id)
    if sku.counted_at is None:
        return None
    if sku.free < quantity:
        raise StockError(
            _("%(sku)s: %(free)s pieces are free, %(count)s are to be sent. Receive some, or choose another spec.")
            % {"sku": sku.code, "free": max(sku.free, 0), "count": quantity},
            "hold",
        )
    book.move(sku, MovementKind.SHIP, on_hand=-quantity, stock=_place(order, line_id), reason=reason)
    return _saved(book, sku)


def _book(order: Order, sku_ids: Sequence[int], *, actor: User | None, at: datetime, job: Job | None) -> Book:
    """Open a book with these skus locked, in the order of their keys."""
    skus = lock_named_skus(order.store_id, (), set(sku_ids))
    return Book(store=order.store, at=at, actor=actor, job=job, skus=skus)


def _place(order: Order, line_id: int | None) -> LineStock:
    """Return what names order and line of a movement; it is not saved: the line holds nothing by it."""
    place = LineStock(order_id=order.pk)
    if line_id is not None:
        place.line_id = line_id
    return place


def _sku(book: Book, sku_id: int) -> Sku:
    if sku_id not in book.skus:
        raise StockError(_("The shop has no such product."), "field")
    return book.skus[sku_id]


def _saved(book: Book, sku: Sku) -> int:
    """Write what was moved, and return the sku's newest movement: it is locked, so it is this one."""
    book.save()
    return StockMovement.objects.filter(sku=sku).latest("pk").pk
