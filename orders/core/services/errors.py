"""Refusals of order acts: every one is a translated sentence for the person who asked."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from orders.core.models import Order, OrderEvent


class OrderError(Exception):
    """An act that is refused. `code` says why: state, hold, claim, field, quota or version."""

    def __init__(self, sentence: str, code: str = "state") -> None:
        super().__init__(sentence)
        self.code = code


class RevealError(OrderError):
    """A recipient that is not shown."""


class VersionConflict(OrderError):
    """Somebody else changed the order since the form was made.

    Attributes:
        order: the order as it is now.
        expected: the version the form had.
        changes: the events since that version, oldest first.
    """

    def __init__(self, order: "Order", expected: int, changes: "Sequence[OrderEvent]") -> None:
        super().__init__(_conflict_sentence(order, changes), "version")
        self.order = order
        self.expected = expected
        self.changes = changes


def _conflict_sentence(order: "Order", changes: "Sequence[OrderEvent]") -> str:
    who = changes[-1].actor_name if changes else ""
    values = {"number": order.number, "who": who, "time": f"{timezone.localtime(order.updated_at):%m-%d %H:%M}"}
    if who:
        return (
            _("%(who)s changed order %(number)s at %(time)s while you were working on it. Nothing was saved.") % values
        )
    return _("Order %(number)s changed at %(time)s while you were working on it. Nothing was saved.") % values
