"""One chunk into the tables, in the caller's transaction: buyers and titles, orders, then what hangs on them.

Every statement takes its rows in key order, and always in this sequence, so that two imports at once wait for each
other and never lock each other out; staff acts lock one order at a time and fit in between.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from orders.intake.engine import effects
from orders.intake.engine.batch import Batch
from orders.intake.engine.columns import insert_values, update_values
from orders.intake.engine.copying import copy_in
from orders.intake.engine.counts import CREATED, UNCHANGED, UPDATED
from orders.intake.engine.finding import BY_LIST, find_orders
from orders.intake.engine.line_rows import LineRows, line_rows
from orders.intake.engine.lines import merge_line_rows
from orders.intake.engine.names import BUYERS, TITLES, ids_of, known_numbers
from orders.intake.engine.order_rows import OrderRows, Outcomes, order_rows
from orders.intake.engine.recipients import save_recipients
from orders.intake.engine.sql import run
from orders.intake.engine.stage import empty_tables
from orders.intake.formats import LineRecord, OrderRecord


def merge_orders(batch: Batch, records: Sequence[OrderRecord], snapshot_at: datetime) -> Outcomes:
    """Merge rows of an order list; return how many rows had which outcome."""
    return merge_rows(batch, order_rows(records, store_id=batch.store.pk, snapshot_at=snapshot_at))


def merge_lines(batch: Batch, records: Sequence[tuple[LineRecord, str]], snapshot_at: datetime) -> Outcomes:
    """Merge rows of an order detail, each with the key of its line; return how many rows had which outcome."""
    return merge_rows(batch, line_rows(records, store_id=batch.store.pk, snapshot_at=snapshot_at))


def merge_rows(batch: Batch, rows: OrderRows | LineRows) -> Outcomes:
    """Merge a chunk that was made ready."""
    empty_tables()
    batch = replace(
        batch,
        buyers=ids_of(BUYERS, batch.store.pk, rows.buyers),
        titles=ids_of(TITLES, batch.store.pk, rows.titles),
    )
    copy_in("intake_stage", rows.columns, rows.stage)
    is_list = isinstance(rows, OrderRows)
    known = known_numbers(batch.store.pk, rows.numbers)
    if len(known) < len(rows.numbers):
        _insert_orders(batch, rows.present, known, has_list=is_list)
    return _merge_order_rows(batch, rows) if isinstance(rows, OrderRows) else merge_line_rows(batch, rows)


def _merge_order_rows(batch: Batch, rows: OrderRows) -> Outcomes:
    find_orders(batch, BY_LIST, rows.numbers)
    effects.reseal_notes(batch, rows.notes)
    found = dict(run("SELECT outcome, count(*) FROM intake_found GROUP BY outcome"))
    has_updates = UPDATED in found
    if has_updates:
        effects.save_holds(batch, rows.managed_holds)
    effects.save_texts(batch, has_notes=bool(rows.notes), has_remarks=rows.has_remarks, has_updates=has_updates)
    if has_updates and "placed_at" in rows.present:
        _move_lines()
    if has_updates:
        _update_orders(batch, rows.present)
    if UNCHANGED in found:
        _move_snapshots(batch)
    if CREATED in found or has_updates:
        _save_rest(batch, rows, has_updates=has_updates)
    return [*rows.repeats, *found.items()]


def _save_rest(batch: Batch, rows: OrderRows, *, has_updates: bool) -> None:
    effects.save_provisional_lines(batch, rows.present, has_updates=has_updates)
    save_recipients(batch, rows.recipients, rows.recipient_keys, has_updates=has_updates)
    if "tracking" in rows.present:
        effects.save_shipments(batch)
    if has_updates or rows.has_left:
        effects.settle_shipped(batch, has_updates=has_updates)
    effects.save_new_holds(batch)
    effects.save_events(batch, has_updates=has_updates)


def _insert_orders(batch: Batch, present: frozenset[str], known: list[str], *, has_list: bool) -> None:
    """Insert the orders that are not there yet and note them in `intake_found` as created."""
    values = insert_values(present)
    run(
        f"""
        WITH made AS (
            INSERT INTO orders_order ({", ".join(values)})
            SELECT {", ".join(values.values())} FROM intake_stage s
            WHERE s.number <> ALL(%(known)s::text[])
            ORDER BY s.number
            ON CONFLICT (store_id, number) DO NOTHING
            RETURNING id, number, status, note_state
        )
        INSERT INTO intake_found (number, order_id, outcome, status, keeps_status, has_detail, note_version,
            has_new_note, has_new_remark)
        SELECT m.number, m.id, 'created', m.status, false, NOT %(has_list)s, 0, m.note_state <> '', s.remark IS NOT NULL
        FROM made m JOIN intake_stage s USING (number)
        """,
        batch.values | {"has_list": has_list, "known": known},
    )


def _move_lines() -> None:
    """Give the lines of an order the time that it is about to have; one known from its details may get another."""
    run(
        """
        UPDATE orders_orderline l SET placed_at = s.placed_at
        FROM intake_found f JOIN intake_stage s USING (number) JOIN orders_order o ON o.id = f.order_id
        WHERE f.outcome = 'updated' AND s.placed_at <> o.placed_at AND l.order_id = o.id
        """
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
