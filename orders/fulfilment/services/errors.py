"""Refusals of fulfilment."""

from orders.core.services import OrderError


class ShipError(OrderError):
    """An order, or a line of it, that does not ship."""


class LabelError(ShipError):
    """A parcel whose label was made for another address than its order has now."""


class CheckError(OrderError):
    """A check that cannot be ticked."""


class MergeError(OrderError):
    """Orders that are not packed together, or a refusal that cannot be kept."""
