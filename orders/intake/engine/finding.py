"""Locking the orders that were there before a chunk, and deciding what its rows are to them."""

from collections.abc import Sequence

from orders.intake.engine.batch import Batch
from orders.intake.engine.columns import WAS_COLUMNS, facts
from orders.intake.engine.sql import run

# what a row of an order list is to its order; the rows of a detail decide per line
BY_LIST = """CASE WHEN o.has_list AND o.content_hash = s.content_hash THEN 'unchanged'
    WHEN NOT o.has_list OR (s.snapshot_at, s.content_hash) > (o.snapshot_at, o.content_hash COLLATE "C") THEN 'updated'
    ELSE 'stale' END"""
BY_LINE = "'known'"
# staff moved it after the platform's snapshot was taken: the snapshot cannot know
_KEEPS_STATUS = """EXISTS (SELECT 1 FROM orders_orderevent e WHERE e.order_id = o.id AND e.at > s.snapshot_at
    AND e.source IN ('staff', 'api') AND e.after ? 'status')"""
_NOTE_VERSION = "coalesce((SELECT n.version_count FROM notes_buyernote n WHERE n.order_id = o.id), 0)"
_HAS_NEW_NOTE = """s.note_sha IS NOT NULL AND s.note_sha IS DISTINCT FROM (SELECT v.sha256 FROM notes_noteversion v
    JOIN notes_buyernote n ON n.id = v.note_id WHERE n.order_id = o.id ORDER BY v.number DESC LIMIT 1)"""
_HAS_NEW_REMARK = """s.remark IS NOT NULL AND s.remark IS DISTINCT FROM (SELECT r.text FROM orders_remark r
    WHERE r.order_id = o.id AND r.source = 'platform' ORDER BY r.at DESC, r.id DESC LIMIT 1)"""


def find_orders(batch: Batch, outcome: str, numbers: Sequence[str]) -> None:
    """Lock, in key order, the staged orders that were there before, and note them in `intake_found`."""
    made = {number for (number,) in run("SELECT number FROM intake_found")}
    waiting = [number for number in numbers if number not in made]
    if not waiting:
        return
    keeps_listed = "o.has_list" if outcome == BY_LINE else "false"  # a detail says nothing about it
    run(
        f"""
        WITH locked AS MATERIALIZED (
            SELECT o.* FROM orders_order o WHERE o.store_id = %(store)s AND o.number = ANY(%(numbers)s)
            ORDER BY o.id FOR UPDATE OF o
        )
        INSERT INTO intake_found
            (number, order_id, outcome, status, keeps_status, has_detail, note_version, has_new_note, has_new_remark,
                {", ".join(WAS_COLUMNS)})
        SELECT o.number, o.id, {outcome}, CASE WHEN k.keeps OR {keeps_listed} THEN o.status ELSE s.status END, k.keeps,
            o.has_detail, {_NOTE_VERSION}, {_HAS_NEW_NOTE}, {_HAS_NEW_REMARK}, {facts("o.")}
        FROM locked o JOIN intake_stage s ON s.number = o.number,
            LATERAL (SELECT {_KEEPS_STATUS} AS keeps OFFSET 0) AS k
        """,
        batch.values | {"numbers": waiting},
    )
