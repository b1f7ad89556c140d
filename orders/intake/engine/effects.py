"""What hangs on the orders of a chunk: buyers, notes, remarks, holds, shipments, history. Set by set, in key order."""

from collections.abc import Mapping, Sequence
from typing import Any

from orders.core.statuses import LASTING_WISHES
from orders.intake.engine.batch import Batch
from orders.intake.engine.columns import TITLE_ID, all_holds, facts, facts_json, has_left
from orders.intake.engine.sql import run
from orders.intake.engine.stage import PROVISIONAL_KEY, staged_note

_IMPORT_RULE = "import"  # Hold.rule of holds that imports open and close


def reseal_notes(batch: Batch, notes: Mapping[str, Any]) -> None:
    """Seal further versions of notes anew: the version's number is part of what a sealed note is bound to."""
    rows = run("""SELECT s.number, f.note_version FROM intake_stage s JOIN intake_found f USING (number)
                  WHERE f.has_new_note AND f.outcome IN ('updated', 'known') AND f.note_version > 0 AND s.note_sealed
                      IS NOT NULL""")
    for number, version in rows:
        _masked, sealed, _digest = staged_note(notes[number], batch.store.pk, number, version + 1)
        run(
            "UPDATE intake_stage SET note_sealed = %(sealed)s WHERE number = %(number)s",
            {"sealed": sealed, "number": number},
        )


def save_texts(batch: Batch, *, has_notes: bool, has_remarks: bool, has_updates: bool) -> None:
    """Write new notes, new versions of notes, and what the platform's remark has become."""
    if has_updates:
        if has_notes:
            run(_NEW_NOTE_VERSIONS, batch.values)
        run(_SETTLE_NOTES, batch.values)
        run(_FULFIL_NOTES, batch.values)
        run(_END_WISHES, batch.values | {"lasting": sorted(LASTING_WISHES)})
        run(_READ_AGAIN, batch.values)
        run(_RELEASE_NOTES, batch.values)
    if has_notes:
        run(_NEW_NOTES, batch.values)
    if has_remarks:
        run(_NEW_REMARKS, batch.values)


# nobody can act any more on the note of an order that has left or was closed
_NOTE_STATE = f"""CASE WHEN f.status = 'closed' THEN 'declined' WHEN {has_left("f.status")} THEN 'fulfilled'
    ELSE 'unread' END"""
_HANDLED_AT = f"CASE WHEN {has_left('f.status')} THEN %(at)s::timestamptz END"
_SETTLE_NOTES = f"""
UPDATE notes_buyernote n SET state = {_NOTE_STATE}, handled_at = {_HANDLED_AT}, handled_by_id = NULL
FROM intake_found f
WHERE n.order_id = f.order_id AND f.outcome = 'updated' AND {has_left("f.status")}
    AND n.state NOT IN ('confirmed', 'fulfilled', 'declined')
"""
# what was confirmed has left with the order; who confirmed it and when stays. The order's version moves on afterwards
_FULFIL_NOTES = f"""
WITH done AS (
    UPDATE notes_buyernote n SET state = 'fulfilled'
    FROM intake_found f
    WHERE n.order_id = f.order_id AND f.outcome = 'updated' AND {has_left("f.status")} AND f.status <> 'closed'
        AND n.state = 'confirmed'
    RETURNING n.order_id
)
INSERT INTO orders_orderevent (store_id, order_id, kind, source, actor_name, before, after, job_id, order_version, at)
SELECT %(store)s, o.id, 'note_fulfilled', 'platform', '', '{{"note_state": "confirmed"}}',
    '{{"note_state": "fulfilled"}}', %(job)s, o.version + 1, %(at)s
FROM done d JOIN orders_order o ON o.id = d.order_id ORDER BY o.id
"""
# what was done by the time the parcel left, as in orders.core.services.finish_wishes. `ANY(ARRAY(…))`: few orders have
# wishes, and theirs are found by the order, however many others there are
_END_WISHES = """
WITH done AS (
    UPDATE orders_wish w SET done_at = %(at)s
    WHERE w.order_id = ANY(ARRAY(
            SELECT o.id FROM intake_found f JOIN orders_order o ON o.id = f.order_id
            WHERE f.outcome = 'updated' AND f.status IN ('shipped', 'completed')
                AND o.status NOT IN ('shipped', 'completed') AND o.wish_kinds <> '{}'))
        AND w.done_at IS NULL AND w.withdrawn_at IS NULL AND w.kind <> ALL(%(lasting)s)
        AND NOT EXISTS (SELECT FROM orders_orderline l WHERE l.id = w.line_id AND l.is_closed)
    RETURNING w.id, w.order_id, w.kind, w.text, w.line_id
), told AS (
    INSERT INTO orders_orderevent
        (store_id, order_id, kind, source, actor_name, before, after, job_id, order_version, at)
    SELECT %(store)s, o.id, 'wish_done', 'platform', '', '{}',
        jsonb_build_object('wish', d.kind, 'text', d.text, 'line', d.line_id), %(job)s, o.version + 1, %(at)s
    FROM done d JOIN orders_order o ON o.id = d.order_id ORDER BY d.id
)
UPDATE orders_order o SET wish_kinds = ARRAY(SELECT DISTINCT w.kind FROM orders_wish w
    WHERE w.order_id = o.id AND w.done_at IS NULL AND w.withdrawn_at IS NULL AND w.id NOT IN (SELECT id FROM done)
    ORDER BY w.kind)
WHERE o.id IN (SELECT order_id FROM done)
"""
_RELEASE_NOTES = f"""
UPDATE orders_hold h SET released_at = %(at)s, release_reason = 'import'
FROM intake_found f
WHERE h.order_id = f.order_id AND f.outcome = 'updated' AND {has_left("f.status")} AND h.kind = 'note_unhandled'
    AND h.released_at IS NULL
"""
_CHANGED = "f.outcome IN ('created', 'updated')"
_NEW_NOTES = f"""
WITH made AS (
    INSERT INTO notes_buyernote
        (store_id, order_id, state, types, text, version_count, outcome, received_at, handled_at)
    SELECT %(store)s, f.order_id, {_NOTE_STATE}, '{{}}', s.note, 1, '', %(at)s, {_HANDLED_AT}
    FROM intake_found f JOIN intake_stage s USING (number)
    WHERE f.has_new_note AND f.note_version = 0 AND {_CHANGED} ORDER BY f.order_id
    RETURNING id, order_id
)
INSERT INTO notes_noteversion (note_id, number, text, sealed, sha256, received_at)
SELECT m.id, 1, s.note, s.note_sealed, s.note_sha, %(at)s
FROM made m JOIN intake_found f USING (order_id) JOIN intake_stage s USING (number)
"""
# read without the products: their specs may agree with the note, or not. What people have done about it stays
_READ_AGAIN = """
UPDATE notes_buyernote n SET recognised_at = NULL, state = 'unread'
FROM intake_found f
WHERE n.order_id = f.order_id AND f.outcome = 'updated' AND NOT f.has_detail
    AND EXISTS (SELECT FROM intake_line i WHERE i.number = f.number AND i.outcome = 'created')
    AND n.state IN ('recognised', 'needs_info', 'manual') AND n.asked_at IS NULL AND n.negotiation = ''
    AND NOT n.findings ? 'by_hand'
"""
# of a new text nothing is known yet, as in orders.notes.services.record_note; who works on the note goes on with it
_NEW_NOTE_VERSIONS = f"""
WITH reopened AS (
    UPDATE notes_buyernote n SET text = s.note, version_count = n.version_count + 1, state = {_NOTE_STATE},
        types = '{{}}', findings = '{{}}', recognised_at = NULL, negotiation = '', asked_at = NULL,
        changed_after_print = n.changed_after_print
            OR (SELECT o.printed_at IS NOT NULL FROM orders_order o WHERE o.id = n.order_id),
        outcome = '', handled_by_id = NULL, handled_at = {_HANDLED_AT}, received_at = %(at)s
    FROM intake_found f JOIN intake_stage s USING (number)
    WHERE n.order_id = f.order_id AND f.has_new_note AND f.note_version > 0 AND {_CHANGED}
    RETURNING n.id, n.order_id, n.version_count
)
INSERT INTO notes_noteversion (note_id, number, text, sealed, sha256, received_at)
SELECT r.id, r.version_count, s.note, s.note_sealed, s.note_sha, %(at)s
FROM reopened r JOIN intake_found f USING (order_id) JOIN intake_stage s USING (number)
"""
_NEW_REMARKS = f"""
INSERT INTO orders_remark (store_id, order_id, text, sealed, author_name, source, at)
SELECT %(store)s, f.order_id, s.remark, s.remark_sealed, 'platform', 'platform', s.snapshot_at
FROM intake_found f JOIN intake_stage s USING (number) WHERE f.has_new_remark AND {_CHANGED} ORDER BY f.order_id
"""


def save_holds(batch: Batch, managed: Sequence[str]) -> None:
    """Open and release the holds of orders that were there, as their new facts say."""
    values = batch.values | {"managed": [str(kind) for kind in managed], "rule": _IMPORT_RULE}
    run(_RELEASE_HOLDS, values)
    run(_OPEN_HOLDS, values)


_RELEASE_HOLDS = """
UPDATE orders_hold h SET released_at = %(at)s, release_reason = 'import'
FROM intake_found f JOIN intake_stage s USING (number)
WHERE h.order_id = f.order_id AND f.outcome = 'updated' AND h.released_at IS NULL AND h.line_id IS NULL AND h.rule =
    %(rule)s
    AND h.kind = ANY(%(managed)s) AND h.kind <> ALL(s.hold_kinds)
"""
# a hold that a person released stays released: they have looked at it
_OPEN_HOLDS = f"""
INSERT INTO orders_hold (store_id, order_id, kind, reason, opened_at, rule, release_reason)
SELECT %(store)s, w.order_id, w.kind, '', %(at)s, %(rule)s, '' FROM (
    SELECT f.order_id, f.has_new_note,
        unnest(CASE WHEN f.has_new_note THEN {all_holds("f.status")} ELSE s.hold_kinds END) AS kind
    FROM intake_found f JOIN intake_stage s USING (number) WHERE f.outcome = 'updated'
) AS w
WHERE NOT EXISTS (SELECT 1 FROM orders_hold h WHERE h.order_id = w.order_id AND h.kind = w.kind AND h.line_id IS NULL
    AND (h.released_at IS NULL OR (h.released_by_id IS NOT NULL AND h.kind <> 'note_unhandled')))
ORDER BY w.order_id, w.kind
"""


def save_new_holds(batch: Batch) -> None:
    run(
        f"""
        INSERT INTO orders_hold (store_id, order_id, kind, reason, opened_at, rule, release_reason)
        SELECT %(store)s, f.order_id, unnest({all_holds("f.status")}), '', %(at)s, %(rule)s, ''
        FROM intake_found f JOIN intake_stage s USING (number)
        WHERE f.outcome = 'created' AND (s.hold_kinds <> '{{}}' OR s.note_sha IS NOT NULL) ORDER BY f.order_id
        """,
        batch.values | {"rule": _IMPORT_RULE},
    )


def save_provisional_lines(batch: Batch, present: frozenset[str], *, has_updates: bool) -> None:
    """Give each order known only from its list one line, and keep that line like the list."""
    values = batch.values | {"key": PROVISIONAL_KEY}
    run(
        f"""
        INSERT INTO orders_orderline (store_id, order_id, key, position, title_id, spec, product_id, sku_code, quantity,
            shipped_quantity, refunded, refund_status, platform_status, is_closed, is_provisional, is_gift, placed_at,
                content_hash)
        SELECT %(store)s, o.id, %(key)s, 1, {TITLE_ID}, coalesce(s.spec, ''), '', '', o.piece_count,
            CASE WHEN o.status IN ('shipped', 'completed') THEN o.piece_count ELSE 0 END, 0, '', '', false, true,
                false, o.placed_at, ''
        FROM intake_found f JOIN intake_stage s USING (number) JOIN orders_order o ON o.id = f.order_id
        WHERE f.outcome = 'created' ORDER BY o.id
        """,
        values,
    )
    if has_updates and {"title", "pieces"} & present:
        _update_provisional_lines(values, present)


def _update_provisional_lines(values: dict[str, Any], present: frozenset[str]) -> None:
    title = TITLE_ID if "title" in present else "l.title_id"
    pieces = "greatest(coalesce(s.pieces, 1), l.shipped_quantity, 1)" if "pieces" in present else "l.quantity"
    run(
        f"""
        WITH changed AS (
            UPDATE orders_orderline l SET title_id = {title}, quantity = {pieces}, placed_at = o.placed_at
            FROM intake_found f JOIN intake_stage s USING (number) JOIN orders_order o ON o.id = f.order_id
            WHERE l.order_id = f.order_id AND l.is_provisional AND f.outcome = 'updated'
                AND (l.title_id, l.quantity, l.placed_at) IS DISTINCT FROM ({title}, {pieces}, o.placed_at)
            RETURNING l.order_id, l.quantity
        )
        UPDATE orders_order o SET piece_count = c.quantity + o.gift_count FROM changed c
        WHERE o.id = c.order_id AND o.piece_count <> c.quantity + o.gift_count
        """,
        values,
    )


def save_shipments(batch: Batch) -> None:
    """Note the parcels that the platform names and this order does not have yet, whatever courier was entered here.

    Those under way are watched where the store watches parcels.
    """
    run(
        f"""
        INSERT INTO fulfilment_shipment
            (store_id, order_id, courier, tracking_number, shipped_at, source, province, is_watched)
        SELECT %(store)s, f.order_id, s.courier, n.number, coalesce(o.shipped_at, s.snapshot_at), 'platform',
            o.province,
            o.status IN ('shipped', 'partially_shipped') AND coalesce(coalesce(o.shipped_at, s.snapshot_at) >=
                (SELECT parcels_watched_since FROM common_store WHERE id = %(store)s), false)
        FROM intake_found f JOIN intake_stage s USING (number) JOIN orders_order o ON o.id = f.order_id,
            unnest(s.tracking) WITH ORDINALITY AS n (number, place)
        WHERE {_CHANGED} AND NOT EXISTS (
            SELECT 1 FROM fulfilment_shipment p WHERE p.order_id = f.order_id AND p.tracking_number = n.number)
        ORDER BY f.order_id, n.place ON CONFLICT DO NOTHING
        """,
        batch.values,
    )


def settle_shipped(batch: Batch, *, has_updates: bool) -> None:
    """Of an order that the platform calls shipped every piece has left: with its first parcel, where one is known.

    `min(id + 0)`: for a plain `min(id)` PostgreSQL walks the primary key from its start until the order's first parcel.
    """
    run(
        """
        INSERT INTO fulfilment_shipmentline (shipment_id, line_id, quantity)
        SELECT p.id, l.id, l.quantity - coalesce(d.quantity, 0)
        FROM intake_found f JOIN orders_order o ON o.id = f.order_id JOIN orders_orderline l ON l.order_id = o.id
        JOIN LATERAL (SELECT min(id + 0) AS id FROM fulfilment_shipment WHERE order_id = o.id) AS p ON p.id IS NOT NULL
        LEFT JOIN LATERAL (SELECT sum(x.quantity) AS quantity FROM fulfilment_shipmentline x WHERE x.line_id = l.id)
            AS d ON true
        WHERE f.outcome IN ('created', 'updated', 'known') AND o.status IN ('shipped', 'completed') AND NOT l.is_closed
            AND l.quantity > coalesce(d.quantity, 0)
        ORDER BY p.id, l.id
        ON CONFLICT (shipment_id, line_id) DO UPDATE SET quantity = fulfilment_shipmentline.quantity + excluded.quantity
        """,
        batch.values,
    )
    if has_updates:
        run(
            """
            UPDATE orders_orderline l SET shipped_quantity = l.quantity
            FROM intake_found f JOIN orders_order o ON o.id = f.order_id
            WHERE l.order_id = o.id AND f.outcome IN ('updated', 'known') AND o.status IN ('shipped', 'completed') AND
                NOT l.is_closed
                AND l.shipped_quantity < l.quantity
            """,
            batch.values,
        )


def save_events(batch: Batch, *, has_updates: bool) -> None:
    """Write one event per order: imported, or what the platform changed, with before and after."""
    run(_IMPORTED, batch.values)
    if has_updates:
        run(_PLATFORM_CHANGED, batch.values)
        run(_NOTE_RECEIVED, batch.values)


_IMPORTED = """
INSERT INTO orders_orderevent (store_id, order_id, kind, source, actor_name, before, after, job_id, order_version, at)
SELECT %(store)s, f.order_id, 'imported', 'platform', '', '{}', jsonb_build_object('status', s.status), %(job)s, 1,
    %(at)s
FROM intake_found f JOIN intake_stage s USING (number) WHERE f.outcome = 'created' ORDER BY f.order_id
"""
_NOTE_RECEIVED = """
INSERT INTO orders_orderevent
    (store_id, order_id, kind, source, actor_name, before, after, job_id, order_version, at)
SELECT %(store)s, o.id, 'note_received', 'platform', '', '{}',
    jsonb_build_object('note', s.note, 'version', f.note_version + 1), %(job)s, o.version, %(at)s
FROM intake_found f JOIN intake_stage s USING (number) JOIN orders_order o ON o.id = f.order_id
WHERE f.has_new_note AND f.outcome = 'updated' ORDER BY o.id
"""
_PLATFORM_CHANGED = f"""
INSERT INTO orders_orderevent (store_id, order_id, kind, source, actor_name, before, after, job_id, order_version, at)
SELECT %(store)s, o.id, 'platform_changed', 'platform', '', coalesce(d.before, '{{}}'), coalesce(d.after, '{{}}'),
    %(job)s, o.version, %(at)s
FROM intake_found f JOIN orders_order o ON o.id = f.order_id,
LATERAL (SELECT jsonb_object_agg(key, value) AS before, jsonb_object_agg(key, facts -> key) AS after
         FROM (SELECT {facts_json("o.")} AS facts OFFSET 0) AS now, jsonb_each({facts_json("f.was_")})
         WHERE ({facts("f.was_")}) IS DISTINCT FROM ({facts("o.")}) AND value <> facts -> key) AS d
WHERE f.outcome = 'updated' ORDER BY o.id
"""
