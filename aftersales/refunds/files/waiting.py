"""Cases whose order is not here yet: kept sealed as the newest report says, and taken in when the order arrives."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from aftersales.refunds.files.messages import MessageRecord, message_as_json, message_from_json
from aftersales.refunds.files.records import CaseRecord, as_json, from_json
from aftersales.refunds.models import UnknownRefund
from backoffice.common.models import Store
from backoffice.common.sealing import seal_json, unseal_json

PROBLEM = 300
Kept = tuple[CaseRecord, list[MessageRecord]]


def waiting_context(store_id: int, number: str) -> str:
    return f"unknown_refund:{store_id}:{number}"


def opened(row: UnknownRefund) -> Kept:
    """Return what is kept of a case."""
    kept = unseal_json(row.sealed, context=waiting_context(row.store_id, row.number))
    return from_json(kept["record"]), [message_from_json(one) for one in kept["messages"]]


@transaction.atomic
def keep_waiting(store: Store, record: CaseRecord, messages: Sequence[MessageRecord], at: datetime) -> str:
    """Keep a report until its order arrives; return whether it is new, newer, the same or older."""
    rows = UnknownRefund.objects.select_for_update(of=("self",))
    row = rows.filter(store=store, number=record.number).first()
    if row is None:
        UnknownRefund.objects.create(store=store, number=record.number, **_columns(store, record, messages, at))
        return "created"
    known, said = opened(row)
    said = list({message.external_id: message for message in (*said, *messages)}.values())
    if known.digest == record.digest:
        newest = max(known, record, key=lambda one: one.snapshot_at)
        _renew(row, _columns(store, newest, said, at))
        return "unchanged"
    if record.rank < known.rank:
        return "stale"
    _renew(row, _columns(store, record, said, at))
    return "updated"


def _columns(store: Store, record: CaseRecord, messages: Sequence[MessageRecord], at: datetime) -> dict[str, Any]:
    kept = {"record": as_json(record), "messages": [message_as_json(one) for one in messages]}
    return {
        "order_number": record.order_number,
        "sealed": seal_json(kept, context=waiting_context(store.pk, record.number)),
        "snapshot_at": record.snapshot_at,
        "at": at,
    }


def _renew(row: UnknownRefund, columns: dict[str, Any]) -> None:
    UnknownRefund.objects.filter(pk=row.pk).update(**columns)


def keep_refused(
    store: Store, record: CaseRecord, messages: Sequence[MessageRecord], *, problem: str, at: datetime
) -> None:
    """Keep a report that could not be taken in, and why: it is tried again until it can be, or a newer one comes."""
    keep_waiting(store, record, messages, at)
    row = UnknownRefund.objects.filter(store=store, number=record.number)
    row.update(tried_at=at, problem=problem[:PROBLEM], has_arrived=True)


def take_waiting(store: Store, number: str) -> list[Kept]:
    """Take what is kept of a case away, to be taken in: none, or one."""
    rows = list(UnknownRefund.objects.select_for_update(of=("self",)).filter(store=store, number=number))
    kept = [opened(row) for row in rows]
    UnknownRefund.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return kept
