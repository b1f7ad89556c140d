"""What the lines of a locked order hold of the stock, brought in line with what they are to hold."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from django.db.models import F, Sum
from django.utils.translation import gettext_noop

from orders.core.models import Order, OrderLine
from orders.fulfilment.models import FulfilmentDue, LineStock, ShipmentLine, Sku
from orders.fulfilment.services.stock.book import Book
from orders.fulfilment.services.stock.reading import earlier_claims, held_skus, save_stocks
from orders.fulfilment.services.stock.wanted import gone_pieces, lock_skus
from orders.fulfilment.services.waiting import claims_stock
from orders.fulfilment.statuses import MovementKind

UNEXPECTED = gettext_noop("More was shipped than was on hand.")
TAKEN_BACK = gettext_noop("Fewer were on hand than were promised.")


class LineBook:
    """The lines of one locked order, their skus locked, and the rows that say what they hold."""

    def __init__(self, order: Order, lines: Sequence[OrderLine], book: Book) -> None:
        self.order, self.lines, self.book = order, lines, book
        held = held_skus(order)
        book.skus, self.sku_of = lock_skus(order, lines, sorted(set(held.values())))
        # read again behind the locks of the skus: a count may have taken something back in between
        self.stocks = {row.line_id: row for row in LineStock.objects.filter(order=order)} if held else {}
        self.before = {pk: _columns(row) for pk, row in self.stocks.items()}
        self._claimed: dict[int, int] | None = None

    def settle(self, *, given_up: AbstractSet[int] = frozenset()) -> None:
        """Deduct what left, release what is not wanted any more and reserve what is; `given_up`: lines to be refunded.

        Releases come first, so that one line gets what another of the same order gives back.
        """
        wants = {line.pk: self._wanted(line, given_up) for line in self.lines}
        for line in self.lines:
            self._follow(line, wants[line.pk])
        for line in self.lines:
            self._claim(line, wants[line.pk])

    def _wanted(self, line: OrderLine, given_up: AbstractSet[int]) -> int:
        return line.unshipped if claims_stock(self.order) and line.pk not in given_up else 0

    def _follow(self, line: OrderLine, wanted: int) -> None:
        sku, gone = self._counted(line), gone_pieces(self.order, line)
        stock = self.stocks.get(line.pk)
        if stock is not None and (sku is None or stock.sku_id != sku.pk):
            self.give_back(stock, stock.reserved)
        if sku is None:
            if stock is not None:
                stock.shipped, stock.short = max(stock.shipped, gone), 0
        elif stock := self.stock_of(line, sku, is_needed=bool(wanted or gone)):
            stock.sku_id = sku.pk
            if gone > stock.shipped:
                self.take(sku, stock, gone - stock.shipped)
            self.give_back(stock, stock.reserved - wanted)

    def _claim(self, line: OrderLine, wanted: int) -> None:
        sku, stock = self._counted(line), self.stocks.get(line.pk)
        if sku is None or stock is None:
            return
        if (quantity := min(wanted - stock.reserved, self.claimable(sku) if wanted > stock.reserved else 0)) > 0:
            self.book.reserve(sku, stock, quantity)
        if wanted - stock.reserved < stock.short and sku.free > 0:
            self.book.freed.add(sku.pk)  # a claim that went before others is gone
        stock.short = wanted - stock.reserved

    def _counted(self, line: OrderLine) -> Sku | None:
        sku = self.sku_of.get(line.pk)
        return sku if sku is not None and sku.counted_at is not None else None

    def give_back(self, stock: LineStock, quantity: int) -> None:
        if quantity > 0:
            self.book.release(self.book.skus[stock.sku_id], stock, quantity)

    def stock_of(self, line: OrderLine, sku: Sku, *, is_needed: bool = True) -> LineStock | None:
        """Return the line's row; a new one knows what had left before the sku was first counted."""
        if line.pk not in self.stocks and is_needed:
            self.stocks[line.pk] = LineStock(
                line_id=line.pk,
                store_id=self.order.store_id,
                order_id=self.order.pk,
                sku_id=sku.pk,
                shipped=self._gone_before(line, sku),
            )
        return self.stocks.get(line.pk)

    def _gone_before(self, line: OrderLine, sku: Sku) -> int:
        if not (gone := gone_pieces(self.order, line)):
            return 0
        counted_at = sku.counted_at
        if self.order.shipped_at and counted_at and self.order.shipped_at < counted_at:
            return gone
        parcels = ShipmentLine.objects.filter(line=line, shipment__shipped_at__lt=counted_at)
        return min(gone, parcels.aggregate(sum=Sum("quantity"))["sum"] or 0)

    def claimable(self, sku: Sku) -> int:
        """Return how many free pieces the order may have: those that earlier orders lack are theirs."""
        if self._claimed is None:
            self._claimed = earlier_claims(self.order, self.book.skus)
        return max(0, sku.free - self._claimed.get(sku.pk, 0))

    def take(self, sku: Sku, stock: LineStock, quantity: int) -> None:
        """Deduct pieces that have left; those that the ledger has free for nobody came from another's, or from nowhere.

        What is promised to the order's own lines is not free for another line of it either.
        """
        missing = quantity - min(quantity, stock.reserved) - sku.free
        if missing > 0:
            missing -= take_back(self.book, sku, missing, but=self.order)
        if missing > 0:
            self.book.move(sku, MovementKind.CORRECT, on_hand=missing, stock=stock, reason=UNEXPECTED)
            self.book.freed.discard(sku.pk)
        self.book.ship(sku, stock, quantity)

    def save(self) -> None:
        """Write what changed: three statements at most, and one where others are to be looked at again."""
        self.book.save()
        if changed := [row for pk, row in self.stocks.items() if self.before.get(pk) != _columns(row)]:
            save_stocks(changed)
        wake_short_orders(self.book, but=self.order)


def _columns(stock: LineStock) -> tuple[int, int, int, int]:
    return stock.sku_id, stock.reserved, stock.shipped, stock.short


def take_back(book: Book, sku: Sku, quantity: int, *, but: Order | None = None) -> int:
    """Take the newest promises of a locked sku back, and mark their orders due; return how many pieces that gave.

    Orders that somebody works on right now are passed over: waiting for them could be for ever.
    """
    rows = LineStock.objects.filter(sku=sku, reserved__gt=0).exclude(order=but).select_related("order")
    newest = rows.order_by(F("order__paid_at").desc(nulls_first=True), "-line_id")
    left, taken = quantity, []
    for stock in newest.select_for_update(of=("order",), skip_locked=True)[:quantity]:
        if (pieces := min(left, stock.reserved)) > 0:
            book.move(sku, MovementKind.RELEASE, reserved=-pieces, stock=stock, reason=TAKEN_BACK)
            stock.reserved -= pieces
            stock.short += pieces
            left -= pieces
            taken.append(stock)
    book.freed.discard(sku.pk)
    if taken:
        save_stocks(taken)
        mark_due(book, [stock.order_id for stock in taken])
    return quantity - left


def wake_short_orders(book: Book, *, but: Order | None = None) -> None:
    """Mark those due that lack what is free now, by when they must ship: no more than there are pieces."""
    free = {pk for pk in book.freed if book.skus[pk].free > 0}
    lacking = LineStock.objects.filter(sku__in=free, short__gt=0) if free else LineStock.objects.none()
    for sku in (book.skus[pk] for pk in sorted(set(lacking.values_list("sku_id", flat=True)))):
        short = LineStock.objects.filter(sku=sku, short__gt=0).exclude(order=but)
        first = short.order_by(F("order__ship_by").asc(nulls_last=True), "order_id")
        mark_due(book, list(first.values_list("order_id", flat=True)[: sku.free]))
    book.freed.clear()


def mark_due(book: Book, order_ids: Sequence[int]) -> None:
    """Have these orders looked at again; one statement, or none."""
    FulfilmentDue.objects.bulk_create(
        (FulfilmentDue(order_id=pk, store_id=book.store.pk, since=book.at) for pk in sorted(set(order_ids))),
        ignore_conflicts=True,
    )
