"""The figures of any set of orders: what was paid, by how many, and how much of it came back."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

FEN = Decimal("0.01")
NOTHING = Decimal("0.00")
HUNDREDTH_OF_A_PERCENT = Decimal("0.0001")


def ratio(part: Decimal | int, whole: Decimal | int) -> Decimal | None:
    """Return part of whole, to a hundredth of a percent; None when there is no whole."""
    return (Decimal(part) / Decimal(whole)).quantize(HUNDREDTH_OF_A_PERCENT, ROUND_HALF_UP) if whole else None


@dataclass(frozen=True)
class Figures:
    order_count: int = 0
    piece_count: int = 0
    gross_paid: Decimal = NOTHING
    refunded: Decimal = NOTHING
    buyer_count: int = 0

    @property
    def average(self) -> Decimal | None:
        """Average order value, to the fen."""
        return (self.gross_paid / self.order_count).quantize(FEN, ROUND_HALF_UP) if self.order_count else None

    @property
    def refund_rate(self) -> Decimal | None:
        return ratio(self.refunded, self.gross_paid)


def change(now: Decimal | int | None, before: Decimal | int | None) -> Decimal | None:
    """Return by which part a figure has grown; None when there is nothing to compare with."""
    return ratio(Decimal(now) - before, before) if now is not None and before else None
