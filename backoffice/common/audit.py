"""The audit trail: one row per act of access or administration, hash-chained per store."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction

from backoffice.common.models import AuditEntry, Store, User

_LOCK_SPACE = 0x0A0D17


@transaction.atomic
def write_audit(
    *,
    store: Store | None,
    actor: User | None,
    action: str,
    at: datetime,
    subject: str = "",
    data: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Append one entry to the store's chain, in the caller's transaction, one writer at a time."""
    lock_chain(store)
    last = AuditEntry.objects.filter(store=store).order_by("-sequence").values_list("sequence", "hash").first()
    entry = AuditEntry(
        store=store,
        sequence=last[0] + 1 if last else 1,
        at=at,
        actor=actor,
        actor_name=str(actor or ""),
        action=action,
        subject=subject,
        data=dict(data or {}),
        previous_hash=last[1] if last else "",
    )
    entry.hash = entry_hash(entry)
    entry.save(force_insert=True)
    return entry


def lock_chain(store: Store | None) -> None:
    """Let one transaction at a time write to the store's chain, or count in it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK_SPACE, store.pk if store else 0])


def entry_hash(entry: AuditEntry) -> str:
    """Return the SHA-256 over the entry's facts and the hash before it."""
    facts = [
        entry.store_id,
        entry.sequence,
        entry.at.astimezone(UTC).isoformat(),
        entry.actor_id,
        entry.actor_name,
        entry.action,
        entry.subject,
        entry.data,
        entry.previous_hash,
    ]
    return hashlib.sha256(json.dumps(facts, ensure_ascii=False, sort_keys=True, default=str).encode()).hexdigest()


def broken_entries() -> tuple[int, list[dict[str, Any]]]:
    """Check every chain; return how many entries there are and the broken ones (edited, or with a gap before them)."""
    count, broken = 0, []
    expected: dict[int | None, tuple[int, str]] = {}
    for entry in AuditEntry.objects.order_by("store_id", "sequence").iterator(2000):
        count += 1
        sequence, previous = expected.get(entry.store_id, (1, ""))
        if entry.sequence != sequence or entry.previous_hash != previous or entry.hash != entry_hash(entry):
            broken.append({"id": entry.pk, "store": entry.store_id, "sequence": entry.sequence})
        expected[entry.store_id] = (entry.sequence + 1, entry.hash)
    return count, broken
