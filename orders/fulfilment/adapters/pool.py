from datetime import datetime

from django.utils.translation import gettext as _

from orders.fulfilment.adapters.base import AdapterError
from orders.fulfilment.couriers import courier_name
from orders.fulfilment.models import CourierAccount, PoolNumber, Shipment, Waybill
from orders.fulfilment.number_lock import lock_number


class PoolAdapter:
    """Takes the oldest free number of the account; two people at once pass each other by and take two."""

    def assign(self, account: CourierAccount, waybill: Waybill, *, at: datetime) -> str:
        free = PoolNumber.objects.filter(account=account, state=PoolNumber.State.FREE).order_by("pk")
        while (found := free.select_for_update(skip_locked=True).first()) is not None:
            lock_number(waybill.store_id, found.number)
            found.waybill, found.taken_at = waybill, at
            found.state = PoolNumber.State.VOID if _is_taken(waybill, found.number) else PoolNumber.State.USED
            found.save(update_fields=["state", "waybill", "taken_at"])
            if found.state == PoolNumber.State.USED:
                return found.number
        raise AdapterError(
            _("No waybill number of %(courier)s is left: add numbers to its pool.")
            % {"courier": courier_name(account.courier)}
        )

    def release(self, account: CourierAccount, number: str, *, at: datetime) -> None:
        """A number that was on paper is never used again, so it ends here."""
        PoolNumber.objects.filter(account=account, number=number).update(state=PoolNumber.State.VOID, taken_at=at)


def _is_taken(waybill: Waybill, number: str) -> bool:
    """Tell whether somebody typed this number of the pool for a parcel by hand."""
    return (
        Waybill.objects.filter(store_id=waybill.store_id, number=number).exclude(pk=waybill.pk).exists()
        or Shipment.objects.filter(store_id=waybill.store_id, tracking_number=number).exists()
    )
