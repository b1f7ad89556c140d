"""Stock leaves with a parcel: deducted in the transaction that ships it."""

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext as _

from backoffice.common.models import Job, User
from orders.core.models import Order, OrderLine
from orders.fulfilment.models import LineStock, Sku
from orders.fulfilment.services.stock.book import Book
from orders.fulfilment.services.stock.errors import StockError
from orders.fulfilment.services.stock.lines import LineBook


def take_stock(
    order: Order, pieces: Mapping[OrderLine, int], *, at: datetime, actor: User | None, job: Job | None = None
) -> None:
    """Deduct the pieces of a locked order that ship now; call it before their shipped quantity is raised.

    What was not promised to its line yet is promised now, if it is free. Lines of skus that were never counted take
    nothing.

    Raises:
        StockError: pieces of a counted sku are neither promised to the line nor free for it.
    """
    lines = sorted(pieces, key=lambda line: line.pk)
    book = LineBook(order, lines, Book(store=order.store, at=at, actor=actor, job=job))
    for line in lines:
        sku = book.sku_of.get(line.pk)
        if sku is not None and sku.counted_at is not None:
            _take(book, line, sku, pieces[line])
    book.save()


def _take(book: LineBook, line: OrderLine, sku: Sku, quantity: int) -> None:
    stock = book.stock_of(line, sku)
    assert stock is not None  # noqa: S101 -- it is made where there was none
    if stock.sku_id != sku.pk:  # another spec was agreed a moment ago
        book.give_back(stock, stock.reserved)
        stock.sku_id, stock.short = sku.pk, 0
    if line.shipped_quantity > stock.shipped:  # the platform told of parcels a moment ago
        book.take(sku, stock, line.shipped_quantity - stock.shipped)
    if (lacking := quantity - stock.reserved) > 0:
        _promise(book, line, sku, stock, lacking)
    book.book.ship(sku, stock, quantity)


def _promise(book: LineBook, line: OrderLine, sku: Sku, stock: LineStock, lacking: int) -> None:
    if book.claimable(sku) < lacking:
        raise StockError(
            _("%(sku)s of line %(line)s of order %(number)s is out of stock: %(count)s pieces are missing.")
            % {"sku": sku.code, "line": line.position, "number": book.order.number,
               "count": lacking - book.claimable(sku)}, "hold",
        )  # fmt: skip
    book.book.reserve(sku, stock, lacking)
    stock.short = max(0, stock.short - lacking)
