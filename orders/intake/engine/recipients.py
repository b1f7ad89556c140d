"""Recipients of the orders that a chunk made or changed: sealed, and merged with what was known before."""

from collections.abc import Sequence
from typing import NamedTuple

from backoffice.common.sealing import SealError, unseal_json
from orders.core.recipients import build_changed, build_recipient, recipient_context
from orders.intake.engine.batch import Batch
from orders.intake.engine.copying import copy_in, copy_line
from orders.intake.engine.sql import run
from orders.intake.engine.stage import RECIPIENT_COLUMNS
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
Opened = dict[str, str]


class Known(NamedTuple):
    """What an order's recipient was before this chunk, in clear."""

    platform: Opened
    changed: Opened  # by staff: it counts whatever the files say
    place: str  # the order's, as the files say now


NOT_KNOWN = Known({}, {}, "")


class StagedRecipient(NamedTuple):
    """What a row says of its recipient, sealed."""

    number: str
    place: str
    sealed: bytes | None
    line: str  # as COPY reads it; empty when the row names nobody


def present_keys(sample: OrderRecord) -> list[str]:
    """Return what the file says of a recipient, by the keys of the sealed object."""
    return [key for key, field in SEALED.items() if getattr(sample, field) is not ABSENT]


def stage_recipient(store_id: int, record: OrderRecord, keys: Sequence[str]) -> StagedRecipient:
    data = {key: value for key in keys if (value := getattr(record, SEALED[key]))}
    place = f"{record.province or ''}{record.city or ''}{record.district or ''}"
    return _staged(store_id, record.number, place, data)


def _staged(store_id: int, number: str, place: str, data: Opened) -> StagedRecipient:
    columns = build_recipient(store_id, number, data, place=place)
    return StagedRecipient(number, place, columns.sealed, copy_line((number, *columns)) if data else "")


def save_recipients(batch: Batch, staged: Sequence[StagedRecipient], keys: Sequence[str], *, has_updates: bool) -> None:
    if not keys:
        return
    outcomes = dict(run("SELECT number, outcome FROM intake_found WHERE outcome IN ('created', 'updated')"))
    known = _known_recipients(batch) if has_updates else {}
    lines = []
    for row in staged:
        outcome = outcomes.get(row.number)
        if outcome == "updated":
            lines.append(_merged(batch.store.pk, row, keys, known.get(row.number, NOT_KNOWN)))
        elif outcome:
            lines.append(row.line)
    if data := "".join(lines).encode():
        copy_in("intake_recipient", tuple(RECIPIENT_COLUMNS), data)
        run(_SAVE, batch.values)


def _merged(store_id: int, row: StagedRecipient, keys: Sequence[str], known: Known) -> str:
    """Return the line with what was known beside what the file lacks; empty when nothing is new."""
    given = _opened(store_id, row.number, row.sealed) if row.sealed else {}
    named = {**known.platform, **{key: given.get(key, "") for key in keys}}
    data = {key: value for key, value in named.items() if value}
    if data == known.platform:
        return ""
    if known.changed:
        columns = build_changed(store_id, row.number, data, known.changed, place=known.place)
        return copy_line((row.number, *columns))
    return _staged(store_id, row.number, row.place, data).line or copy_line((row.number, *_NOBODY))


_NOBODY = build_recipient(0, "", {})


def _known_recipients(batch: Batch) -> dict[str, Known]:
    """Open what is known of the recipients, under the locks of their orders."""
    rows = run(
        "SELECT f.number, r.sealed, r.changed, o.province || o.city || o.district "
        "FROM intake_found f JOIN orders_recipient r USING (order_id) JOIN orders_order o ON o.id = f.order_id "
        "WHERE f.outcome = 'updated' AND r.sealed IS NOT NULL"
    )
    store_id = batch.store.pk
    return {
        number: Known(_opened(store_id, number, sealed), _opened(store_id, number, changed), place)
        for number, sealed, changed, place in rows
    }


def _opened(store_id: int, number: str, sealed: bytes | None) -> Opened:
    if sealed is None:
        return {}
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
