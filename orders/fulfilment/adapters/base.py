from datetime import datetime
from typing import Protocol

from orders.fulfilment.models import CourierAccount, Waybill


class AdapterError(Exception):
    """A number that was not given, with a translated sentence for staff."""


class CourierAdapter(Protocol):
    """Gets numbers of one courier and gives them back; both run in the transaction that locks the waybill."""

    def assign(self, account: CourierAccount, waybill: Waybill, *, at: datetime) -> str:
        """Return a number for the waybill.

        Raises:
            AdapterError: the courier gives none now.
        """

    def release(self, account: CourierAccount, number: str, *, at: datetime) -> None:
        """Tell that a number will never travel; a courier never gets to see the same number for two parcels."""
