"""Couriers and tracking numbers of the parcels of cases: written as couriers print them, and nobody else's."""

from typing import NamedTuple

from django.utils.translation import gettext as _

from aftersales.refunds.models import Refund, ReturnParcel
from aftersales.refunds.services.errors import RefundError
from aftersales.refunds.statuses import ParcelDirection
from orders.fulfilment.couriers import (
    TrackingError,
    find_courier,
    guess_courier,
    normalise_tracking,
)
from orders.fulfilment.number_lock import lock_number
from orders.fulfilment.queries import shipments_numbered
from orders.fulfilment.services.shipping import check_number


class ParcelNumber(NamedTuple):
    """A courier's code, empty where it is not known, and its number."""

    courier: str
    number: str

    @property
    def facts(self) -> dict[str, str]:
        """Return what the history tells of it."""
        return {"courier": self.courier, "tracking_number": self.number}


def read_parcel_number(courier: str, tracking_number: str, *, needs_courier: bool) -> ParcelNumber:
    """Return the number as it is kept; without a courier the number may tell whose it is.

    Raises:
        RefundError: the courier is not known, or the number is none.
    """
    found = find_courier(courier) if courier.strip() else None
    if courier.strip() and found is None:
        raise RefundError(
            _("Courier “%(courier)s” is not in the list of couriers.") % {"courier": courier.strip()[:60]}, "field"
        )
    try:
        number = normalise_tracking(tracking_number)
    except TrackingError as error:
        raise RefundError(str(error), "field") from error
    found = found or guess_courier(number)
    if found is None and needs_courier:
        raise RefundError(_("Which courier has %(tracking)s? Choose it.") % {"tracking": number}, "field")
    return ParcelNumber(found.code if found else "", number)


def check_back_number(refund: Refund, number: str) -> None:
    """Refuse a number that came from another buyer, or left with another's order; one box may hold several cases.

    A parcel that the buyer did not accept travels back under the number that it left with.

    Raises:
        RefundError: the number is another's.
    """
    lock_number(refund.store_id, number)
    parcels = ReturnParcel.objects.filter(store=refund.store_id, tracking_number=number).select_related("refund")
    for parcel in parcels.exclude(refund=refund).order_by("pk"):
        is_same_buyer = refund.buyer_id is not None and parcel.refund.buyer_id == refund.buyer_id
        if parcel.direction == ParcelDirection.OUT or not is_same_buyer:
            raise RefundError(_taken_by_case(number, parcel.refund), "field")
    left = [shipment.order for shipment in shipments_numbered(refund.store, number)]
    if left and refund.order_id not in {order.pk for order in left}:
        raise RefundError(
            _("Tracking number %(tracking)s left the shop with order %(other)s: look at the number again.")
            % {"tracking": number, "other": left[0].number},
            "field",
        )


def check_out_number(refund: Refund, number: str) -> None:
    """Refuse a number that any other parcel has, of an order or of a case.

    Raises:
        RefundError: it is of a case.
        ShipError: it is of an order.
    """
    check_number(refund.order, number, None)  # which also waits for whoever is at the same number
    parcel = ReturnParcel.objects.filter(store=refund.store_id, tracking_number=number).select_related("refund").first()
    if parcel is not None:
        raise RefundError(_taken_by_case(number, parcel.refund), "field")


def _taken_by_case(number: str, other: Refund) -> str:
    return _("Tracking number %(tracking)s already belongs to case %(other)s.") % {
        "tracking": number,
        "other": other.number,
    }
