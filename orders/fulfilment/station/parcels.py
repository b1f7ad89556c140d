"""The parcel that lies on the packing table: an order, or the pieces of a waybill."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from django.db.models import QuerySet

from backoffice.common.models import Store
from orders.core.models import Order, OrderLine, Wish
from orders.fulfilment.checking import Check, LineFacts, checks_of_lines, facts_of_lines
from orders.fulfilment.models import Sku, Waybill
from orders.fulfilment.services.adopting import goes_elsewhere

ORDER, WAYBILL = "o", "w"
_KEY_LENGTH = 19  # digits of a bigint


class Piece(NamedTuple):
    """One line in the parcel."""

    line: OrderLine
    quantity: int
    facts: LineFacts
    counted: int = 0  # pieces whose barcode was scanned


@dataclass
class Target:
    """What lies on the table. `waybill` is None where none was made, or where the order has several."""

    orders: list[Order]
    lines: list[tuple[OrderLine, int]]
    waybill: Waybill | None = None
    labels: list[str] = field(default_factory=list)  # numbers of the order's parcels, where it has several

    @property
    def key(self) -> str:
        return f"{WAYBILL}{self.waybill.pk}" if self.waybill else f"{ORDER}{self.order.pk}"

    @property
    def order(self) -> Order:
        return self.orders[0]

    @property
    def number(self) -> str:
        """Return the number that the parcel has already."""
        return self.waybill.number if self.waybill else ""

    @cached_property
    def facts(self) -> Mapping[int, LineFacts]:
        return facts_of_lines([line for line, _count in self.lines])

    @cached_property
    def checks(self) -> list[Check]:
        return checks_of_lines([line for line, _count in self.lines], facts=self.facts)

    @property
    def open_checks(self) -> list[Check]:
        return [check for check in self.checks if not check.is_done]

    @cached_property
    def wishes(self) -> list[Wish]:
        """Return what was agreed with the buyers and is still to do."""
        wishes = Wish.objects.filter(order__in=self.orders, done_at__isnull=True, withdrawn_at__isnull=True)
        return list(wishes.order_by("pk"))

    @property
    def instructions(self) -> list[str]:
        said = (facts.instruction for line, _count in self.lines if (facts := self.facts.get(line.pk)))
        return list(dict.fromkeys(filter(None, said)))

    @property
    def has_gifts(self) -> bool:
        return any(line.is_gift for line, _count in self.lines)

    @property
    def moved(self) -> list[Order]:
        """Return the orders whose address was changed after the label was made."""
        waybill = self.waybill
        return [order for order in self.orders if goes_elsewhere(order, waybill)] if waybill and waybill.number else []

    @property
    def needs_look(self) -> bool:
        """Tell whether a person must read something before the parcel leaves."""
        return bool(self.open_checks or self.instructions or self.has_gifts or self.wishes)

    def pieces(self, counted: Mapping[int, int]) -> list[Piece]:
        return [
            Piece(line, count, self.facts.get(line.pk, LineFacts()), counted.get(line.pk, 0))
            for line, count in self.lines
        ]

    def lines_of(self, sku: Sku) -> list[tuple[OrderLine, int]]:
        return [(line, n) for line, n in self.lines if (f := self.facts.get(line.pk)) and f.sku and f.sku.pk == sku.pk]


def load_target(store: Store, key: str) -> Target | None:
    """Return what a key of a form stands for; None: it is gone, or never was one of this store."""
    kind, digits = key[:1], key[1:]
    if not (digits.isascii() and digits.isdigit() and len(digits) < _KEY_LENGTH):
        return None
    if kind == WAYBILL:
        waybill = Waybill.objects.for_store(store).filter(pk=int(digits)).first()
        return target_of_waybill(store, waybill) if waybill else None
    order = _orders(store).filter(pk=int(digits)).first() if kind == ORDER else None
    return target_of_order(store, order) if order else None


def target_of_waybill(store: Store, waybill: Waybill) -> Target:
    rows = waybill.lines.select_related("line__title").order_by("order_id", "line__position")
    lines = [(row.line, row.quantity) for row in rows]
    orders = list(_orders(store).filter(pk__in={line.order_id for line, _count in lines}).order_by("pk"))
    return Target(orders, lines, waybill)


def target_of_order(store: Store, order: Order) -> Target:
    """Return the order's one parcel; where it has several, the first without a number, else all of them to choose."""
    live = list(Waybill.objects.live().filter(lines__order=order).distinct().order_by("pk"))
    drafts = [waybill for waybill in live if not waybill.number]
    if len(live) == 1 or drafts:
        return target_of_waybill(store, (drafts or live)[0])
    lines = order.lines.select_related("title").order_by("position", "pk")
    return Target([order], _unshipped(lines), None, [waybill.number for waybill in live])


def _unshipped(lines: Iterable[OrderLine]) -> list[tuple[OrderLine, int]]:
    return [(line, line.unshipped) for line in lines if line.unshipped]


def _orders(store: Store) -> QuerySet[Order]:
    return Order.objects.for_store(store).select_related("recipient", "store")


def keys_of(checks: Sequence[Check]) -> dict[str, Check]:
    """Return the digit that ticks each open check."""
    return {str(number): check for number, check in enumerate(checks, start=1)}
