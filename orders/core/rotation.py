"""Key rotation of what this app seals."""

from typing import Any

from backoffice.common.rotation import Rotated, resealed, rotate_rows
from backoffice.common.sealing import unseal_json
from orders.core.models import Recipient, Remark
from orders.core.recipients import build_recipient, recipient_context
from orders.core.texts import remark_context


def rotate() -> dict[str, Rotated]:
    """Seal recipients, with their blind indexes, and remarks under the current key."""
    return {
        "recipients": rotate_rows(Recipient.objects.select_related("order"), reseal=_recipient),
        "remarks": rotate_rows(Remark.objects.select_related("order"), reseal=_remark),
    }


def _recipient(row: Recipient) -> dict[str, Any]:
    order = row.order
    clear = unseal_json(row.sealed or b"", context=recipient_context(order.store_id, order.number))
    place = f"{order.province}{order.city}{order.district}"
    return build_recipient(order.store_id, order.number, clear, place=place)._asdict()


def _remark(row: Remark) -> dict[str, Any]:
    return {"sealed": resealed(row.sealed or b"", context=remark_context(row.store_id, row.order.number))}
