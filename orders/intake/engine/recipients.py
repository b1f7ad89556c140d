"""Recipients of the orders that a chunk made or changed: sealed, and merged with what was known before."""

from collections.abc import Mapping, Sequence
from typing import Any

from backoffice.common.sealing import SealError, unseal_json
from orders.core.recipients import build_recipient, recipient_context
from orders.intake.engine.batch import Batch
from orders.intake.engine.sql import run
from orders.intake.engine.stage import RECIPIENT_COLUMNS, copy_rows
from orders.intake.formats import ABSENT, OrderRecord

# key in the sealed object -> field of the record
SEALED = {
    "name": "recipient_name",
    "mobile": "mobile",
    "phone": "landline",
    "street": "street",
    "zip": "zip_code",
    "modified_address": "modified_address",
    "original_address": "original_address",
    "alipay": "alipay_account",
    "identity_name": "payer_name",
    "identity_number": "id_number",
    "identity_phone": "payer_phone",
}


def save_recipients(batch: Batch, records: Sequence[OrderRecord], *, has_updates: bool) -> None:
    fields = {key: field for key, field in SEALED.items() if getattr(records[0], field) is not ABSENT}
    if not fields:
        return
    outcomes = dict(run("SELECT number, outcome FROM intake_found WHERE outcome IN ('created', 'updated')"))
    known = _known_recipients(batch) if has_updates else {}
    rows = []
    for record in records:
        if record.number in outcomes:
            row = _row(batch.store.pk, record, fields, known.get(record.number))
            if row is not None:
                rows.append(row)
    if rows:
        copy_rows("intake_recipient", tuple(RECIPIENT_COLUMNS), rows)
        run(_SAVE, batch.values)


def _row(
    store_id: int, record: OrderRecord, fields: Mapping[str, str], known: Mapping[str, str] | None
) -> tuple[Any, ...] | None:
    """Return the staged row, or None when there is nothing to keep or nothing new."""
    given = {key: getattr(record, field) for key, field in fields.items()}
    data = {key: value for key, value in {**(known or {}), **given}.items() if value}
    if data == (known or {}):
        return None
    place = f"{record.province or ''}{record.city or ''}{record.district or ''}"
    columns = build_recipient(store_id, record.number, data, place=place)
    return (record.number, *columns)


def _known_recipients(batch: Batch) -> dict[str, dict[str, str]]:
    rows = run(
        "SELECT f.number, r.sealed FROM intake_found f JOIN orders_recipient r USING (order_id) "
        "WHERE f.outcome = 'updated' AND r.sealed IS NOT NULL"
    )
    return {number: _opened(batch.store.pk, number, sealed) for number, sealed in rows}


def _opened(store_id: int, number: str, sealed: bytes) -> dict[str, str]:
    try:
        return dict(unseal_json(sealed, context=recipient_context(store_id, number)))
    except SealError:
        return {}  # its key is gone: what the file says now is all there is


_SAVE = """
INSERT INTO orders_recipient (order_id, store_id, sealed, masked_name, masked_phone, phone_index, phone_tail_index,
    name_index, recipient_key)
SELECT f.order_id, %(store)s, r.sealed, r.masked_name, r.masked_phone, r.phone_index, r.phone_tail_index,
    r.name_index, r.recipient_key
FROM intake_recipient r JOIN intake_found f USING (number) ORDER BY f.order_id
ON CONFLICT (order_id) DO UPDATE SET sealed = excluded.sealed, masked_name = excluded.masked_name,
    masked_phone = excluded.masked_phone, phone_index = excluded.phone_index, phone_tail_index =
        excluded.phone_tail_index,
    name_index = excluded.name_index, recipient_key = excluded.recipient_key
WHERE orders_recipient.purged_at IS NULL
"""
