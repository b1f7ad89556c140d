"""What stands on papers: plain values, read once and set as PDF or as a page."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

SORTS = {
    "ship_by": _("Ship-by time"),
    "shelf": _("Shelf"),
    "courier": _("Courier"),
    "number": _("Order number"),
}


@dataclass(frozen=True, slots=True)
class Piece:
    """One line of a paper."""

    title: str
    spec: str
    code: str
    quantity: int
    shelf: str = ""
    is_gift: bool = False
    instruction: str = ""  # how the product is packed


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in clear text."""

    name: str = ""
    phone: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class WaybillPaper:
    waybill_id: int
    number: str
    courier: str
    area: str  # where the parcel is sorted to
    to: Person
    sender: Person
    orders: list[str]
    pieces: list[Piece]
    wishes: list[str]
    print_no: int  # 2 and more: a reprint
    ship_by: datetime | None

    @property
    def piece_count(self) -> int:
        return sum(piece.quantity for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class SlipPaper:
    order_id: int
    number: str
    shop: str
    who: str  # masked
    place: str
    ship_by: datetime | None
    pieces: list[Piece]
    services: list[str]
    wishes: list[str]
    note: str
    remark: str
    print_no: int

    @property
    def piece_count(self) -> int:
        return sum(piece.quantity for piece in self.pieces)

    @property
    def instructions(self) -> list[str]:
        """Return how its products are packed, each said once."""
        return list(dict.fromkeys(piece.instruction for piece in self.pieces if piece.instruction))


@dataclass(frozen=True, slots=True)
class PickRow:
    """One product to fetch, for so many orders."""

    shelf: str
    code: str
    title: str
    spec: str
    quantity: int
    orders: int


@dataclass(frozen=True, slots=True)
class PickPaper:
    shop: str
    orders: int
    reprints: int
    rows: list[PickRow] = field(default_factory=list)

    @property
    def piece_count(self) -> int:
        return sum(row.quantity for row in self.rows)


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    order_id: int
    order: str
    kind: str
    title: str
    tax_number: str
    amount: Decimal
    due_at: datetime
    remark: str
    is_electronic: bool


@dataclass(frozen=True, slots=True)
class InvoicePaper:
    shop: str
    reprints: int
    rows: list[InvoiceRow] = field(default_factory=list)

    @property
    def total(self) -> Decimal:
        return sum((row.amount for row in self.rows), Decimal(0))
