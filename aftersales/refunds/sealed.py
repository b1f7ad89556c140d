"""Key rotation of the texts of cases that are sealed, and the purge of what they say of people."""

from datetime import datetime
from typing import Any

from aftersales.refunds.models import MessageFile, Refund, RefundMessage
from aftersales.refunds.texts import case_context, message_context
from backoffice.common.models import Attachment, Store
from backoffice.common.rotation import Rotated, resealed, rotate_rows
from backoffice.common.services.attachments import forget_attachments
from orders.core.purging import ended_orders


def rotate() -> dict[str, Rotated]:
    """Seal the texts as they were written under the current key."""
    messages = RefundMessage.objects.select_related("refund")
    return {
        "refunds": rotate_rows(Refund.objects.all(), reseal=_case),
        "refund_messages": rotate_rows(messages, reseal=_message),
    }


def _case(row: Refund) -> dict[str, Any]:
    return {"sealed": resealed(row.sealed or b"", context=case_context(row.store_id, row.number))}


def _message(row: RefundMessage) -> dict[str, Any]:
    return {"sealed": resealed(row.sealed or b"", context=message_context(row.store_id, row.refund.number))}


def purge_cases(now: datetime) -> dict[str, int]:
    """Forget the texts as written and the pictures of cases that are over, with the recipients of their orders.

    The masked texts stay, and of pictures their name, size and hash.
    """
    counts = {"refunds": 0, "refund_messages": 0, "refund_files": 0}
    for store in Store.objects.order_by("pk"):
        over = Refund.objects.for_store(store).filter(finished_at__isnull=False, order__in=ended_orders(store, now))
        messages = RefundMessage.objects.filter(store=store, refund__in=over)
        counts["refunds"] += over.filter(sealed__isnull=False).update(sealed=None)
        counts["refund_messages"] += messages.filter(sealed__isnull=False).update(sealed=None)
        files = MessageFile.objects.filter(message__in=messages).values("attachment")
        counts["refund_files"] += forget_attachments(Attachment.objects.filter(pk__in=files))
    return counts
