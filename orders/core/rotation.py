"""Key rotation of what this app seals."""

from typing import Any

from backoffice.common.rotation import Rotated, resealed, rotate_rows
from backoffice.common.sealing import seal_json, unseal_json
from orders.core.models import ContactLog, Extension, Recipient, Remark, Wish
from orders.core.recipients import PLACE, build_changed, build_recipient, recipient_context
from orders.core.texts import contact_context, extension_context, remark_context, wish_context


def rotate() -> dict[str, Rotated]:
    """Seal recipients, with their blind indexes, and texts as they were written under the current key."""
    recipients = Recipient.objects.select_related("order")
    return {
        "recipients": rotate_rows(recipients, reseal=_recipient),
        # an import seals the platform's part under the current key and leaves the changed one as it is
        "changed_recipients": rotate_rows(recipients, reseal=_recipient, column="changed"),
        "remarks": rotate_rows(Remark.objects.select_related("order"), reseal=_remark),
        "contacts": rotate_rows(ContactLog.objects.select_related("order"), reseal=_contact),
        "extensions": rotate_rows(Extension.objects.select_related("order"), reseal=_extension),
        "wishes": rotate_rows(Wish.objects.select_related("order"), reseal=_wish),
    }


def _recipient(row: Recipient) -> dict[str, Any]:
    order = row.order
    context = recipient_context(order.store_id, order.number)
    platform = {} if row.sealed is None else unseal_json(row.sealed, context=context)
    place = "".join(getattr(order, level) for level in PLACE)
    if row.changed is None:
        return build_recipient(order.store_id, order.number, platform, place=place)._asdict()
    changed = unseal_json(row.changed, context=context)
    columns = build_changed(order.store_id, order.number, platform, changed, place=place)
    return columns._asdict() | {"changed": seal_json(changed, context=context)}


def _remark(row: Remark) -> dict[str, Any]:
    return {"sealed": resealed(row.sealed or b"", context=remark_context(row.store_id, row.order.number))}


def _contact(row: ContactLog) -> dict[str, Any]:
    return {"sealed": resealed(row.sealed or b"", context=contact_context(row.store_id, row.order.number))}


def _extension(row: Extension) -> dict[str, Any]:
    return {"sealed": resealed(row.sealed or b"", context=extension_context(row.store_id, row.order.number))}


def _wish(row: Wish) -> dict[str, Any]:
    return {"sealed": resealed(row.sealed or b"", context=wish_context(row.store_id, row.order.number))}
