"""Refusals of acts on after-sales cases: each a translated sentence for the person who asked."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from aftersales.refunds.models import Refund
from aftersales.refunds.queries.money import taken_of
from orders.core.models import Order
from orders.core.services import OrderError

if TYPE_CHECKING:
    from orders.core.models import OrderEvent


class RefundError(OrderError):
    """An act on an after-sales case that is refused."""


class CaseConflict(RefundError):
    """Somebody else changed the case since the form was made.

    Attributes:
        refund: the case as it is now.
        expected: the version the form had.
        changes: what happened to the case since that version, oldest first.
    """

    def __init__(self, refund: Refund, expected: int, changes: "Sequence[OrderEvent]") -> None:
        super().__init__(_conflict_sentence(refund, changes), "version")
        self.refund = refund
        self.expected = expected
        self.changes = changes


def _conflict_sentence(refund: Refund, changes: "Sequence[OrderEvent]") -> str:
    who = changes[-1].actor_name if changes else ""
    values = {"number": refund.number, "who": who, "time": f"{timezone.localtime(refund.updated_at):%m-%d %H:%M}"}
    if who:
        return (
            _("%(who)s changed case %(number)s at %(time)s while you were working on it. Nothing was saved.") % values
        )
    return _("Case %(number)s changed at %(time)s while you were working on it. Nothing was saved.") % values


@contextmanager
def database_rules(refund: Refund) -> Iterator[None]:
    """Turn what the database refuses about a case into a sentence; what was done inside is undone.

    Raises:
        RefundError: the money, a case that is open already, or the number.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        diagnosis = getattr(error.__cause__, "diag", None)
        sentence = _broken_rule(refund, getattr(diagnosis, "constraint_name", None))
        if sentence is None:
            raise
        raise RefundError(sentence, "field") from error


def _broken_rule(refund: Refund, constraint: str | None) -> str | None:
    if constraint == "refund_ceiling":
        return ceiling_sentence(refund.order, refund)
    if constraint == "refund_one_open_per_line":
        return _("A case of order %(number)s about the same goods is open already: go on with that one.") % {
            "number": refund.order.number
        }
    if constraint == "refund_store_number_unique":
        return _("Case number %(number)s belongs to another case.") % {"number": refund.number}
    return None


def ceiling_sentence(order: Order, refund: Refund | None = None) -> str:
    """Say what was paid, what of it is taken, and what is left for this case."""
    taken = taken_of(order, besides=refund)
    return _(
        "Order %(number)s was paid %(paid)s, of which %(taken)s is given back or asked for already: at most %(left)s "
        "can be refunded."
    ) % {"number": order.number, "paid": order.gross_paid, "taken": taken, "left": max(order.gross_paid - taken, 0)}
