"""Rows of an order detail: lines under their orders, refund facts, and orders whose list has not come yet."""

from collections.abc import Sequence

from orders.core.statuses import HoldKind
from orders.intake.engine import effects
from orders.intake.engine.adopting import adopt_provisional_lines, find_adopters
from orders.intake.engine.batch import Batch
from orders.intake.engine.columns import BUYER_ID, DERIVED, is_paid, promise_values
from orders.intake.engine.copying import copy_in
from orders.intake.engine.finding import BY_LINE, find_orders
from orders.intake.engine.line_rows import FIELDS, LineRows, status_of_lines
from orders.intake.engine.provisional import replace_provisional_lines
from orders.intake.engine.sql import run
from orders.intake.formats import status_of

_IN_SIGHT = "WHERE NOT (l.is_gift AND l.is_closed)"  # a gift that was withdrawn counts no more


def merge_line_rows(batch: Batch, rows: LineRows) -> list[tuple[str, int]]:
    """Merge the lines of a chunk whose orders are staged, the new ones inserted; count the outcomes by line."""
    copy_in("intake_line", rows.line_columns, rows.lines)
    find_orders(batch, BY_LINE, rows.numbers)
    _save_lines(batch, rows.line_present)
    _mark_changed(batch)
    effects.reseal_notes(batch, rows.notes)
    has_updates = bool(run("SELECT 1 FROM intake_found WHERE outcome = 'updated' LIMIT 1"))
    _save_orders(batch, rows, has_updates=has_updates)
    return [*run("SELECT outcome, count(*) FROM intake_line GROUP BY outcome"), *rows.repeats]


def _save_lines(batch: Batch, present: Sequence[str]) -> None:
    """Merge the lines under their locked orders: per line the newer row wins, as for orders."""
    run(
        """
        UPDATE intake_line i SET line_id = l.id, outcome = CASE WHEN l.content_hash = i.content_hash THEN 'unchanged'
            WHEN (i.snapshot_at, i.content_hash) > (coalesce(l.snapshot_at, '-infinity'), l.content_hash COLLATE "C")
                THEN 'updated'
            ELSE 'stale' END
        FROM intake_found f JOIN orders_orderline l USING (order_id) WHERE f.number = i.number AND l.key = i.key
        """
    )
    find_adopters()
    empty = {column: value for column, (_field, value) in FIELDS.items()}
    values = {
        column: f"i.{column}" if empty[column] == "NULL" else f"coalesce(i.{column}, {empty[column]})"
        for column in present
    }
    values["title_id"] = "(%(titles)s::bigint[])[i.title]"
    missing = {column: value for column, value in empty.items() if column not in present and value != "NULL"}
    adopt_provisional_lines(batch, missing | values)
    _insert_lines(batch, missing | values)
    _update_lines(batch, values)


def _insert_lines(batch: Batch, values: dict[str, str]) -> None:
    """Insert the new lines; those of an order that left have left with it."""
    quantity = values["quantity"]
    run(
        f"""
        INSERT INTO orders_orderline (store_id, order_id, key, position, {", ".join(values)}, shipped_quantity,
            is_closed,
            is_provisional, is_gift, placed_at, snapshot_at, content_hash)
        SELECT %(store)s, f.order_id, i.key,
            coalesce((SELECT max(position) FROM orders_orderline x WHERE x.order_id = f.order_id AND NOT
                x.is_provisional), 0)
                + row_number() OVER (PARTITION BY f.order_id ORDER BY i.ordinal),
            {", ".join(values.values())},
            CASE WHEN f.status IN ('shipped', 'completed') AND NOT i.is_closed THEN {quantity} ELSE 0 END,
            i.is_closed, false, false, o.placed_at, i.snapshot_at, i.content_hash
        FROM intake_line i JOIN intake_found f USING (number) JOIN orders_order o ON o.id = f.order_id
        WHERE i.outcome = 'created' AND i.line_id IS NULL ORDER BY f.order_id, i.ordinal
        """,
        batch.values,
    )


def _update_lines(batch: Batch, values: dict[str, str]) -> None:
    quantity = values.pop("quantity", "l.quantity")
    run(
        f"""
        UPDATE orders_orderline l SET {", ".join(f"{column} = {value}" for column, value in values.items())},
            quantity = greatest({quantity}, l.shipped_quantity), is_closed = i.is_closed, snapshot_at = i.snapshot_at,
            content_hash = i.content_hash
        FROM intake_line i
        WHERE l.id = i.line_id AND i.outcome = 'updated'
        """,
        batch.values,
    )
    run(
        """UPDATE orders_orderline l SET snapshot_at = i.snapshot_at FROM intake_line i
           WHERE l.id = i.line_id AND i.outcome = 'unchanged' AND coalesce(l.snapshot_at, '-infinity') <
               i.snapshot_at"""
    )


def _mark_changed(batch: Batch) -> None:
    """An order that was there is updated when one of its lines is new or changed."""
    run(
        """
        UPDATE intake_found f SET outcome = 'updated' WHERE f.outcome = 'known'
        AND EXISTS (SELECT 1 FROM intake_line i WHERE i.number = f.number AND i.outcome IN ('created', 'updated'))
        """
    )


def _save_orders(batch: Batch, rows: LineRows, *, has_updates: bool) -> None:
    replace_provisional_lines(batch)
    _adjust_holds()
    managed = [HoldKind.REFUND_OPEN, HoldKind.BALANCE_UNPAID]
    effects.save_holds(batch, managed)
    effects.save_texts(batch, has_notes=bool(rows.notes), has_remarks=rows.has_remarks, has_updates=has_updates)
    _update_orders(batch)
    effects.save_shipments(batch)
    effects.settle_shipped(batch, has_updates=True)
    effects.save_new_holds(batch)
    effects.save_events(batch, has_updates=has_updates)


def _adjust_holds() -> None:
    """What the order's holds should be, by all of its stored lines and not only those of this file."""
    run(
        """
        UPDATE intake_stage s SET refund_status = a.refund_status, has_open_refund = a.refund_status = 'open',
            hold_kinds = (SELECT coalesce(array_agg(kind), '{}') FROM unnest(s.hold_kinds) AS kind
                WHERE kind NOT IN ('incomplete', 'refund_open')) || CASE WHEN a.refund_status = 'open' THEN
                    '{refund_open}'::text[] ELSE '{}' END
        FROM (SELECT f.number, CASE WHEN bool_or(l.refund_status = 'open') THEN 'open' WHEN bool_or(l.refund_status =
            'succeeded')
                THEN 'succeeded' WHEN bool_or(l.refund_status = 'closed') THEN 'closed' ELSE '' END AS refund_status
              FROM intake_found f JOIN orders_orderline l USING (order_id) WHERE f.outcome = 'updated' GROUP BY
                  f.number) AS a
        WHERE s.number = a.number
        """
    )


def _update_orders(batch: Batch) -> None:
    """Bring the orders in line with their lines; status and money only where the list has not come."""
    run(
        f"""
        UPDATE orders_order o SET {", ".join(f"{column} = {value}" for column, value in _order_values().items())}
        FROM intake_found f JOIN intake_stage s USING (number),
        LATERAL (SELECT count(*) FILTER ({_IN_SIGHT}) AS lines, sum(l.quantity) FILTER ({_IN_SIGHT}) AS pieces,
            sum(coalesce(l.paid, 0)) AS paid,
            sum(l.refunded) AS refunded,
                    sum(coalesce(l.price, 0) * l.quantity) AS total, array_agg(l.platform_status) AS texts
                 FROM orders_orderline l WHERE l.order_id = f.order_id) AS a
        WHERE o.id = f.order_id AND f.outcome = 'updated'
        """,
        batch.values,
    )
    _derive_statuses(batch)


def _order_values() -> dict[str, str]:
    paid_at = "coalesce(o.paid_at, CASE WHEN o.has_list THEN NULL ELSE s.paid_at END)"
    presale = "coalesce(s.presale_ship_at, o.presale_ship_at)"
    status = "f.status"
    becomes_paid = (
        f"(%(accepts)s AND o.acceptance = 'unreviewed' AND o.status = 'pending_payment' AND {is_paid(status, paid_at)})"
    )
    own = {"paid": "a.paid", "refunded": "a.refunded", "gross_paid": "greatest(a.paid, a.refunded)", "total": "a.total"}
    money = {column: f"CASE WHEN o.has_list THEN o.{column} ELSE {value} END" for column, value in own.items()}
    refund = (
        "CASE WHEN s.refund_status = '' AND o.has_list AND o.refunded > 0 THEN 'succeeded' ELSE s.refund_status END"
    )
    return {
        **money,
        "status": status,
        "buyer_id": f"coalesce(o.buyer_id, {BUYER_ID})",
        "paid_at": paid_at,
        "presale_ship_at": presale,
        "shipped_at": "coalesce(o.shipped_at, s.shipped_at)",
        "refund_status": refund,
        "has_open_refund": "s.has_open_refund",
        "line_count": "a.lines",
        "piece_count": "a.pieces",
        "has_detail": "true",
        "detail_snapshot_at": "greatest(o.detail_snapshot_at, s.snapshot_at)",
        "acceptance": f"CASE WHEN {becomes_paid} THEN 'accepted' ELSE o.acceptance END",
        "acceptance_rule": f"CASE WHEN {becomes_paid} THEN %(payment_rule)s ELSE o.acceptance_rule END",
        "accepted_at": f"CASE WHEN {becomes_paid} THEN %(at)s::timestamptz ELSE o.accepted_at END",
        **promise_values(paid_at, presale),
        **DERIVED,
    }


def _derive_statuses(batch: Batch) -> None:
    """Orders whose list has not come and whose lines came in several files: their status by all lines stored."""
    rows = run(
        """
        SELECT o.id, o.status, array_agg(l.platform_status ORDER BY l.position)
        FROM intake_found f JOIN orders_order o ON o.id = f.order_id JOIN orders_orderline l ON l.order_id = o.id
        WHERE f.outcome = 'updated' AND NOT o.has_list AND NOT f.keeps_status GROUP BY o.id
        """
    )
    for order_id, status, texts in rows:
        known = [found.status for text in texts if text and (found := status_of(text))]
        derived = status_of_lines(known) if known else status
        if derived != status:
            run("UPDATE orders_order SET status = %(status)s WHERE id = %(id)s", {"status": derived, "id": order_id})
