"""Records of an order list as rows to merge: all that needs no database, so that another process can do it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from orders.core.statuses import HoldKind, OrderStatus
from orders.intake.engine.copying import copy_line
from orders.intake.engine.counts import STALE, UNCHANGED
from orders.intake.engine.recipients import StagedRecipient, present_keys, stage_recipient
from orders.intake.engine.stage import OrderStager
from orders.intake.formats import OrderRecord

Outcomes = list[tuple[str, int]]
LEFT = frozenset({OrderStatus.SHIPPED, OrderStatus.COMPLETED})


@dataclass(frozen=True)
class OrderRows:
    """A chunk of an order list: rows of `intake_stage` and what goes beside them."""

    numbers: list[str]
    columns: tuple[str, ...]
    present: frozenset[str]  # the columns that the file can fill
    managed_holds: list[HoldKind]
    buyers: list[str]  # texts that the staged rows name by their place, from 1
    titles: list[str]
    stage: bytes
    recipients: list[StagedRecipient]
    recipient_keys: list[str]
    notes: dict[str, str]
    has_remarks: bool
    has_left: bool
    repeats: Outcomes


def order_rows(records: Sequence[OrderRecord], *, store_id: int, snapshot_at: datetime) -> OrderRows:
    kept, repeats = _without_repeats(records)
    stager, keys = OrderStager(kept[0], store_id), present_keys(kept[0])
    end = "\t" + copy_line([snapshot_at])
    return OrderRows(
        numbers=[record.number for record in kept],
        columns=(*stager.columns, "snapshot_at"),
        present=stager.present,
        managed_holds=stager.managed_holds,
        stage="".join([stager.line(record)[:-1] + end for record in kept]).encode(),
        buyers=stager.buyers.texts,
        titles=stager.titles.texts,
        recipients=[stage_recipient(store_id, record, keys) for record in kept] if keys else [],
        recipient_keys=keys,
        notes={record.number: str(record.buyer_note) for record in kept if record.buyer_note},
        has_remarks=any(record.remark for record in kept),
        has_left=any(record.status in LEFT for record in kept),
        repeats=repeats,
    )


def _without_repeats(records: Iterable[OrderRecord]) -> tuple[list[OrderRecord], Outcomes]:
    """Keep one row per order, by the greater content hash: the others are unchanged or stale, as if read one by one."""
    kept: dict[str, OrderRecord] = {}
    repeats = {UNCHANGED: 0, STALE: 0}
    for record in records:
        other = kept.get(record.number)
        if other is not None:
            repeats[UNCHANGED if other.content_hash == record.content_hash else STALE] += 1
            if other.content_hash > record.content_hash:
                continue
        kept[record.number] = record
    return sorted(kept.values(), key=lambda record: record.number), [item for item in repeats.items() if item[1]]
