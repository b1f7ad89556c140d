"""Key rotation of the shop's return addresses, and the purge of the pictures that were taken of returned goods."""

from datetime import datetime
from typing import Any

from aftersales.refunds.models import InspectionFile, Refund, ReturnAddress
from aftersales.refunds.services.goods.addresses import address_context
from backoffice.common.models import Attachment, Store
from backoffice.common.rotation import Rotated, resealed, rotate_rows
from backoffice.common.services.attachments import forget_attachments
from orders.core.purging import ended_orders


def rotate() -> dict[str, Rotated]:
    return {"return_addresses": rotate_rows(ReturnAddress.objects.all(), reseal=_address)}


def _address(row: ReturnAddress) -> dict[str, Any]:
    return {"sealed": resealed(row.sealed, context=address_context(row.store_id))}


def purge_inspections(now: datetime) -> dict[str, int]:
    """Forget the pictures of goods of cases that are over, with the recipients of their orders.

    What was found stays, and of the pictures name, size and hash. Return addresses are the shop's own.
    """
    count = 0
    for store in Store.objects.order_by("pk"):
        over = Refund.objects.for_store(store).filter(finished_at__isnull=False, order__in=ended_orders(store, now))
        files = InspectionFile.objects.filter(inspection__store=store, inspection__refund__in=over)
        count += forget_attachments(Attachment.objects.filter(pk__in=files.values("attachment")))
    return {"inspection_files": count}
