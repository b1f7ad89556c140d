"""Cases of the platform that are not understood, a word of theirs being new: kept as answered and read again."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from aftersales.refunds.files.messages import MessageRecord, message_as_json, message_from_json
from aftersales.refunds.files.recording import QUARANTINED, record_case
from aftersales.refunds.files.top import Unreadable, record_of
from aftersales.refunds.files.waiting import PROBLEM, keep_refused
from aftersales.refunds.models import Refund, UnreadRefund
from backoffice.common.masking import mask_text
from backoffice.common.models import Store
from backoffice.common.sealing import seal_json, unseal_json
from orders.platforms.top.shapes import id_of

AT_ONCE = 200
_NUMBER, _WORDS = 64, 120


def unread_context(store_id: int, number: str) -> str:
    return f"unread_refund:{store_id}:{number}"


@transaction.atomic
def keep_unread(
    store: Store, number: str, row: Mapping[str, Any], messages: Sequence[MessageRecord], *, problem: str,
    snapshot_at: datetime, at: datetime,
) -> bool:  # fmt: skip
    """Keep the platform's answer about a case, and why it is not understood; a newer one takes its place.

    Tell whether it is the first one of the case that is not.
    """
    number = number[:_NUMBER]
    known = UnreadRefund.objects.select_for_update(of=("self",)).filter(store=store, number=number).first()
    if known is not None and known.snapshot_at > snapshot_at:
        return False
    kept = {"row": dict(row), "messages": [message_as_json(one) for one in messages]}
    words = " · ".join(str(row[name]).replace("\0", "") for name in ("status", "dispute_type") if row.get(name))
    columns = {
        "order_number": id_of(row, "tid")[:_NUMBER], "words": mask_text(words)[:_WORDS],
        "sealed": seal_json(kept, context=unread_context(store.pk, number)),
        "problem": mask_text(problem.replace("\0", ""))[:PROBLEM], "snapshot_at": snapshot_at, "at": at, "tried_at": at,
    }  # fmt: skip
    UnreadRefund.objects.update_or_create(store=store, number=number, defaults=columns)
    return known is None


def forget_unread(store: Store, number: str, until: datetime) -> None:
    """Let go of what was not understood: a report of that time, or a newer one, was taken in."""
    UnreadRefund.objects.filter(store=store, number=number, snapshot_at__lte=until).delete()


def read_again(*, store: Store, at: datetime, before: datetime | None = None) -> tuple[int, int]:
    """Read the store's rows again, so many at once, the longest untried first; return how many were and still are.

    `before`: only those that were not tried since.
    """
    rows = UnreadRefund.objects.filter(store=store)
    due = rows if before is None else rows.filter(tried_at__lte=before)
    keys = list(due.order_by("tried_at", "pk").values_list("pk", flat=True)[:AT_ONCE])
    done = sum(_read(store, key, at) for key in keys)
    return done, rows.count()


@transaction.atomic
def _read(store: Store, pk: int, at: datetime) -> bool:
    """Try one; what is understood and yet cannot be taken in waits with the others that cannot."""
    row = UnreadRefund.objects.select_for_update(of=("self",)).filter(pk=pk).first()
    if row is None:
        return True
    kept = unseal_json(row.sealed, context=unread_context(row.store_id, row.number))
    try:
        record = record_of(kept["row"], snapshot_at=row.snapshot_at)
    except Unreadable as error:
        return _settled_otherwise(row) or _tried_in_vain(row, str(error), at)
    messages = [message_from_json(one) for one in kept["messages"]]
    outcome = record_case(store=store, record=record, at=at, messages=messages)
    if outcome.code == QUARANTINED:
        keep_refused(store, record, messages, problem=outcome.reason, at=at)
    row.delete()
    return True


def _settled_otherwise(row: UnreadRefund) -> bool:
    """Tell whether a newer report of the case came meanwhile, by a file."""
    newer = Refund.objects.filter(store=row.store_id, number=row.number, snapshot_at__gte=row.snapshot_at)
    return newer.exists() and bool(row.delete())


def _tried_in_vain(row: UnreadRefund, problem: str, at: datetime) -> bool:
    row.problem, row.tried_at = mask_text(problem)[:PROBLEM], at
    row.save(update_fields=["problem", "tried_at"])
    return False
