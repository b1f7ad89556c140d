"""One chunk into the tables, in the caller's transaction: buyers and titles, orders, then what hangs on them.

Every statement takes its rows in key order, and always in this sequence, so that two imports at once wait for each
other and never lock each other out; staff acts lock one order at a time and fit in between.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from orders.core.statuses import OrderStatus
from orders.intake.engine import effects, lines
from orders.intake.engine.batch import Batch
from orders.intake.engine.columns import insert_values, update_values
from orders.intake.engine.counts import STALE, UNCHANGED
from orders.intake.engine.finding import BY_LIST, find_orders
from orders.intake.engine.recipients import save_recipients
from orders.intake.engine.sql import run
from orders.intake.engine.stage import OrderStager, copy_rows, empty_tables
from orders.intake.formats import LineRecord, OrderRecord

Outcomes = list[tuple[str, int]]
LEFT = frozenset({OrderStatus.SHIPPED, OrderStatus.COMPLETED})


def merge_orders(batch: Batch, records: Sequence[OrderRecord], snapshot_at: datetime) -> Outcomes:
    """Merge rows of an order list; return how many rows had which outcome."""
    kept, outcomes = _without_repeats(records)
    stager = OrderStager(kept[0], batch.store.pk)
    empty_tables()
    copy_rows("intake_stage", (*stager.columns, "snapshot_at"), ((*row, snapshot_at) for row in stager.rows(kept)))
    insert_orders(batch, stager.present, has_list=True)
    find_orders(batch, BY_LIST, [record.number for record in kept])
    effects.reseal_notes(batch, {record.number: record.buyer_note for record in kept})
    found = dict(run("SELECT outcome, count(*) FROM intake_found GROUP BY outcome"))
    if found.get("updated"):
        effects.save_holds(batch, stager.managed_holds)
    effects.save_texts(batch)
    if found.get("updated"):
        _update_orders(batch, stager.present)
    if found.get(UNCHANGED):
        _move_snapshots(batch)
    _save_rest(batch, stager.present, kept, found)
    return [*outcomes, *found.items()]


def _save_rest(batch: Batch, present: frozenset[str], kept: Sequence[OrderRecord], found: dict[str, int]) -> None:
    if not (found.get("created") or found.get("updated")):
        return
    effects.save_provisional_lines(batch, present, has_updates=bool(found.get("updated")))
    save_recipients(batch, kept, has_updates=bool(found.get("updated")))
    if "tracking" in present:
        effects.save_shipments(batch)
    if found.get("updated") or any(record.status in LEFT for record in kept):
        effects.settle_shipped(batch, has_updates=bool(found.get("updated")))
    effects.save_new_holds(batch)
    effects.save_events(batch)


def merge_lines(batch: Batch, records: Sequence[tuple[LineRecord, str]], snapshot_at: datetime) -> Outcomes:
    """Merge rows of an order detail, each with the key of its line; return how many rows had which outcome."""
    return lines.merge(batch, records, snapshot_at, insert_orders)


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


def insert_orders(batch: Batch, present: frozenset[str], *, has_list: bool) -> None:
    """Insert the orders that are not there yet and note them in `intake_found` as created."""
    values = insert_values(present)
    run(
        f"""
        WITH made AS (
            INSERT INTO orders_order ({", ".join(values)})
            SELECT {", ".join(values.values())} FROM intake_stage s
            WHERE NOT s.is_known
            ORDER BY s.number
            ON CONFLICT (store_id, number) DO NOTHING
            RETURNING id, number, note_state
        )
        INSERT INTO intake_found (number, order_id, outcome, keeps_status, has_detail, note_version, has_new_note,
            has_new_remark)
        SELECT m.number, m.id, 'created', false, NOT %(has_list)s, 0, m.note_state <> '', s.remark IS NOT NULL
        FROM made m JOIN intake_stage s USING (number)
        """,
        batch.values | {"has_list": has_list},
    )


def _update_orders(batch: Batch, present: frozenset[str]) -> None:
    values = update_values(present)
    run(
        f"""
        UPDATE orders_order o SET {", ".join(f"{column} = {value}" for column, value in values.items())}
        FROM intake_found f JOIN intake_stage s USING (number)
        WHERE o.id = f.order_id AND f.outcome = 'updated'
        """,
        batch.values,
    )


def _move_snapshots(batch: Batch) -> None:
    run(
        """
        UPDATE orders_order o SET snapshot_at = s.snapshot_at FROM intake_found f JOIN intake_stage s USING (number)
        WHERE o.id = f.order_id AND f.outcome = 'unchanged' AND o.snapshot_at < s.snapshot_at
        """,
        batch.values,
    )
