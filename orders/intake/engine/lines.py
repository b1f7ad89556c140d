"""Rows of an order detail: lines under their orders, refund facts, and orders whose list has not come yet."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from orders.core.statuses import HoldKind, OrderStatus, RefundStatus
from orders.intake.engine import effects
from orders.intake.engine.batch import Batch
from orders.intake.engine.columns import DERIVED, is_paid, promise_values
from orders.intake.engine.finding import BY_LINE, find_orders
from orders.intake.engine.names import BUYERS, TITLES, ids_of, known_numbers
from orders.intake.engine.provisional import replace_provisional_lines
from orders.intake.engine.sql import run
from orders.intake.engine.stage import copy_rows, courier_code, empty_tables, staged_note, staged_remark
from orders.intake.formats import ABSENT, LineRecord, status_of

Keyed = Sequence[tuple[LineRecord, str]]
# column of the line -> field of the record and the value of an empty cell
_FIELDS = {
    "spec": ("spec", "''"),
    "product_id": ("product_id", "''"),
    "sku_code": ("sku_code", "''"),
    "quantity": ("quantity", "1"),
    "price": ("price", "NULL"),
    "paid": ("paid", "NULL"),
    "refunded": ("refunded", "0"),
    "refund_status": ("refund_status", "''"),
    "platform_status": ("platform_status", "''"),
}
_ORDER_COLUMNS = (
    "number",
    "snapshot_at",
    "status",
    "buyer_id",
    "is_known",
    "placed_at",
    "paid_at",
    "shipped_at",
    "total",
    "paid",
    "gross_paid",
    "refunded",
    "presale_ship_at",
    "pieces",
    "line_count",
    "hold_kinds",
    "has_open_refund",
    "refund_status",
    "note",
    "note_sealed",
    "note_sha",
    "remark",
    "remark_sealed",
    "courier",
    "tracking",
)


def merge(
    batch: Batch, keyed: Keyed, snapshot_at: datetime, insert_orders: Callable[..., None]
) -> list[tuple[str, int]]:
    kept, repeats = _without_repeats(keyed)
    present = {column: spec for column, spec in _FIELDS.items() if getattr(kept[0][0], spec[0]) is not ABSENT}
    groups = _by_order(kept)
    empty_tables()
    copy_rows(
        "intake_line",
        ("number", "key", "ordinal", "snapshot_at", "content_hash", "is_closed", "title_id", *present),
        _line_rows(kept, snapshot_at, present, ids_of(TITLES, batch.store.pk, (record.title for record, _key in kept))),
    )
    copy_rows(
        "intake_stage",
        _ORDER_COLUMNS,
        list(_order_rows(batch, groups, snapshot_at)),
    )
    insert_orders(batch, frozenset(_ORDER_COLUMNS), has_list=False)
    find_orders(batch, BY_LINE, list(groups))
    _save_lines(batch, present)
    _mark_changed(batch)
    effects.reseal_notes(batch, {number: _first(lines, "buyer_note") for number, lines in groups.items()})
    _save_orders(batch)
    return [*run("SELECT outcome, count(*) FROM intake_line GROUP BY outcome"), *repeats]


def _without_repeats(keyed: Keyed) -> tuple[Keyed, list[tuple[str, int]]]:
    kept: dict[tuple[str, str], tuple[LineRecord, str]] = {}
    repeats = {"unchanged": 0, "stale": 0}
    for record, key in keyed:
        other = kept.get((record.number, key))
        if other is not None:
            repeats["unchanged" if other[0].content_hash == record.content_hash else "stale"] += 1
            if other[0].content_hash > record.content_hash:
                continue
        kept[record.number, key] = (record, key)
    return list(kept.values()), [item for item in repeats.items() if item[1]]


def _by_order(keyed: Keyed) -> dict[str, list[LineRecord]]:
    groups: dict[str, list[LineRecord]] = {}
    for record, _key in keyed:
        groups.setdefault(record.number, []).append(record)
    return groups


def _line_rows(
    keyed: Keyed, snapshot_at: datetime, present: Iterable[str], titles: Mapping[str, int]
) -> Iterator[tuple[Any, ...]]:
    fields = [_FIELDS[column][0] for column in present]
    for ordinal, (record, key) in enumerate(keyed):
        is_closed = record.status == OrderStatus.CLOSED
        fixed = (record.number, key, ordinal, snapshot_at, record.content_hash, is_closed, titles[record.title])
        yield (*fixed, *[getattr(record, field) for field in fields])


def _first(records: Sequence[LineRecord], field: str) -> Any:
    return next((value for record in records if (value := getattr(record, field)) not in {None, ABSENT}), None)


def _total(records: Sequence[LineRecord], field: str) -> Decimal:
    return sum((getattr(record, field) or Decimal(0) for record in records), Decimal(0))


def _order_rows(
    batch: Batch, groups: Mapping[str, Sequence[LineRecord]], snapshot_at: datetime
) -> Iterator[tuple[Any, ...]]:
    known = known_numbers(batch.store.pk, list(groups))
    nicks = {number: _first(records, "buyer_nick") for number, records in groups.items()}
    buyers = ids_of(BUYERS, batch.store.pk, filter(None, nicks.values()))
    for number in sorted(groups):
        buyer_id = buyers.get(nicks[number])
        yield _order_row(batch, number, groups[number], snapshot_at, (buyer_id, number in known))


def _order_row(
    batch: Batch, number: str, records: Sequence[LineRecord], snapshot_at: datetime, found: tuple[int | None, bool]
) -> tuple[Any, ...]:
    """Return what the lines say of their order; only one without its list takes status and money from it."""
    paid, refunded = _total(records, "paid"), _total(records, "refunded")
    total = sum(((record.price or Decimal(0)) * record.quantity for record in records), Decimal(0))
    holds = [
        HoldKind.INCOMPLETE.value,
        *([HoldKind.BALANCE_UNPAID.value] if any(r.is_balance_unpaid for r in records) else []),
    ]
    refund_status = strongest([record.refund_status or "" for record in records])
    tracking = list(dict.fromkeys(code for record in records for code in record.tracking_numbers or ()))
    is_open = refund_status == RefundStatus.OPEN
    return (
        number,
        snapshot_at,
        status_of_lines([_status(record) for record in records]),
        *found,
        _first(records, "placed_at"),
        _first(records, "paid_at"),
        _first(records, "shipped_at"),
        total,
        paid,
        max(paid, refunded),
        refunded,
        _first(records, "ship_by"),
        sum(record.quantity for record in records),
        len(records),
        sorted([*holds, *([HoldKind.REFUND_OPEN.value] if is_open else [])]),
        is_open,
        refund_status,
        *staged_note(_first(records, "buyer_note"), batch.store.pk, number, 1),
        *staged_remark(_first(records, "remark"), batch.store.pk, number),
        courier_code(_first(records, "courier_name") or ""),
        tracking,
    )


def _status(record: LineRecord) -> str:
    if record.status:
        return str(record.status)
    return OrderStatus.PENDING_SHIPMENT if record.paid_at or record.paid else OrderStatus.PENDING_PAYMENT


def strongest(states: Sequence[str]) -> str:
    ranked = (RefundStatus.OPEN, RefundStatus.SUCCEEDED, RefundStatus.CLOSED)
    return next((str(state) for state in ranked if state in states), "")


def status_of_lines(statuses: Sequence[str]) -> str:
    """Derive an order's status from those of its lines: closed lines count only when there are no others."""
    open_ones = {str(status) for status in statuses if status != OrderStatus.CLOSED}
    if not open_ones:
        return OrderStatus.CLOSED.value
    if len(open_ones) == 1:
        return next(iter(open_ones))
    if OrderStatus.PENDING_PAYMENT in open_ones:
        return OrderStatus.PENDING_PAYMENT.value
    if open_ones <= {OrderStatus.SHIPPED, OrderStatus.COMPLETED}:
        return OrderStatus.SHIPPED.value
    return OrderStatus.PARTIALLY_SHIPPED.value


def _save_lines(batch: Batch, present: dict[str, tuple[str, str]]) -> None:
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
    run("UPDATE intake_line SET outcome = 'created' WHERE outcome IS NULL")
    values = {
        column: f"i.{column}" if empty == "NULL" else f"coalesce(i.{column}, {empty})"
        for column, (_field, empty) in present.items()
    }
    values["title_id"] = "i.title_id"
    missing = {
        column: empty for column, (_field, empty) in _FIELDS.items() if column not in present and empty != "NULL"
    }
    _insert_lines(batch, missing | values)
    _update_lines(batch, values)


def _insert_lines(batch: Batch, values: dict[str, str]) -> None:
    run(
        f"""
        INSERT INTO orders_orderline (store_id, order_id, key, position, {", ".join(values)}, shipped_quantity,
            is_closed,
            is_provisional, is_gift, placed_at, snapshot_at, content_hash)
        SELECT %(store)s, f.order_id, i.key,
            coalesce((SELECT max(position) FROM orders_orderline x WHERE x.order_id = f.order_id AND NOT
                x.is_provisional), 0)
                + row_number() OVER (PARTITION BY f.order_id ORDER BY i.ordinal),
            {", ".join(values.values())}, 0, i.is_closed, false, false, o.placed_at, i.snapshot_at, i.content_hash
        FROM intake_line i JOIN intake_found f USING (number) JOIN orders_order o ON o.id = f.order_id
        WHERE i.outcome = 'created' ORDER BY f.order_id, i.ordinal
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


def _save_orders(batch: Batch) -> None:
    replace_provisional_lines(batch)
    _adjust_holds()
    managed = [HoldKind.REFUND_OPEN, HoldKind.BALANCE_UNPAID]
    effects.save_holds(batch, managed)
    effects.save_texts(batch)
    _update_orders(batch)
    effects.save_shipments(batch)
    effects.settle_shipped(batch, has_updates=True)
    effects.save_new_holds(batch)
    effects.save_events(batch)


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
        LATERAL (SELECT count(*) AS lines, sum(l.quantity) AS pieces, sum(coalesce(l.paid, 0)) AS paid,
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
    status = "(CASE WHEN o.has_list OR f.keeps_status THEN o.status ELSE s.status END)"
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
        "buyer_id": "coalesce(o.buyer_id, s.buyer_id)",
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
