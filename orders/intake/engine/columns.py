"""SQL of the columns of `orders_order`: what a staged row `s` makes of them, in a new order and a known one."""

# the facts of an order that its history shows before and after, with their types
_FACTS = {
    "status": "text", "total": "numeric", "paid": "numeric", "gross_paid": "numeric", "refunded": "numeric",
    "refund_status": "text", "placed_at": "timestamptz", "paid_at": "timestamptz", "province": "text",
    "payment_method": "text",
}  # fmt: skip
# columns of `intake_found` that keep them as they were: nearly always they are the same afterwards
WAS_COLUMNS = {f"was_{name}": kind for name, kind in _FACTS.items()}


def facts(prefix: str) -> str:
    """Return the facts as a list of columns."""
    return ", ".join(f"{prefix}{name}" for name in _FACTS)


def facts_json(prefix: str) -> str:
    """Return the facts as history keeps them."""
    casts = {"numeric": "::text"}
    pairs = (f"'{name}', {prefix}{name}{casts.get(kind, '')}" for name, kind in _FACTS.items())
    return f"jsonb_build_object({', '.join(pairs)})"


# column -> value of an empty cell (NULL where the column may be empty); also the value when the file lacks the column
_PLATFORM = {
    "platform_status": "''",
    "close_reason": "''",
    "paid_at": "NULL",
    "shipped_at": "NULL",
    "completed_at": "NULL",
    "total": "0",
    "payable": "NULL",
    "postage": "0",
    "coupon_amount": "0",
    "paid": "0",
    "received": "NULL",
    "points_used": "0",
    "payment_method": "''",
    "province": "''",
    "city": "''",
    "district": "''",
    "presale_ship_at": "NULL",
    "invoice_title": "''",
}
_TYPES = {
    "paid_at": "timestamptz",
    "shipped_at": "timestamptz",
    "completed_at": "timestamptz",
    "presale_ship_at": "timestamptz",
    "payable": "numeric",
    "received": "numeric",
}


def _given(column: str, default: str) -> str:
    return f"s.{column}" if default == "NULL" else f"coalesce(s.{column}, {default})"


def _new(column: str, default: str, present: frozenset[str]) -> str:
    if column in present:
        return _given(column, default)
    return f"{default}::{_TYPES[column]}" if default == "NULL" else default


_PROMISE = "%(hours)s * interval '1 hour'"
BUYER_ID, TITLE_ID = "(%(buyers)s::bigint[])[s.buyer]", "(%(titles)s::bigint[])[s.title]"


def has_left(status: str) -> str:
    """Nothing of the order may leave any more: its note holds nothing, and nobody can act on it."""
    return f"({status} NOT IN ('pending_payment', 'pending_shipment', 'partially_shipped'))"


def all_holds(status: str) -> str:
    """Return the holds of a staged row, that of its note among them."""
    return f"""CASE WHEN s.note_sha IS NOT NULL AND NOT {has_left(status)} THEN (SELECT array_agg(kind ORDER BY kind)
        FROM unnest(s.hold_kinds || 'note_unhandled'::text) AS kind) ELSE s.hold_kinds END"""


def insert_values(present: frozenset[str]) -> dict[str, str]:
    """Return the SQL of every column of a new order."""
    values = {column: _new(column, default, present) for column, default in _PLATFORM.items()}
    refunded = "coalesce(s.refunded, 0)" if "refunded" in present else "0"
    paid_at, presale = values["paid_at"], values["presale_ship_at"]
    is_accepted = f"(%(accepts)s AND {is_paid('s.status', paid_at)})"
    return values | {
        "store_id": "%(store)s",
        "number": "s.number",
        "status": "s.status",
        "buyer_id": BUYER_ID,
        "placed_at": f"coalesce({'s.placed_at, ' if 'placed_at' in present else ''}{paid_at}, s.snapshot_at)",
        "gross_paid": f"greatest({_gross(present)}, {refunded})",
        "refunded": refunded,
        "refund_status": _refund_status(present, refunded),
        "has_open_refund": _flag("has_open_refund", present),
        "services": "'{}'",
        "extra": "coalesce(s.extra, '{}')" if "extra" in present else "'{}'",
        "snapshot_at": "s.snapshot_at",
        "content_hash": "coalesce(s.content_hash, '')",
        "detail_hash": "''",
        "has_list": "%(has_list)s",
        "has_detail": "NOT %(has_list)s",
        "detail_snapshot_at": "CASE WHEN %(has_list)s THEN NULL::timestamptz ELSE s.snapshot_at END",
        "acceptance": f"CASE WHEN {is_accepted} THEN 'accepted' ELSE 'unreviewed' END",
        "acceptance_rule": f"CASE WHEN {is_accepted} THEN %(payment_rule)s ELSE '' END",
        "accepted_at": f"CASE WHEN {is_accepted} THEN %(at)s::timestamptz END",
        "flag": "0",
        "tags": "'{}'",
        "ship_by": f"CASE WHEN {paid_at} IS NOT NULL THEN coalesce({presale}, {paid_at} + {_PROMISE}) END",
        "ship_by_rule": f"CASE WHEN {paid_at} IS NULL THEN '' WHEN {presale} IS NULL THEN 'promise' ELSE 'presale' END",
        "hold_kinds": all_holds("s.status"),
        "note_state": f"CASE WHEN s.note_sha IS NULL THEN '' WHEN {has_left('s.status')} THEN 'handled' "
        "ELSE 'unhandled' END",
        "latest_remark": "coalesce(s.remark, '')",
        "latest_remark_by": "CASE WHEN s.remark IS NULL THEN '' ELSE 'platform' END",
        "latest_remark_at": "CASE WHEN s.remark IS NOT NULL THEN s.snapshot_at END",
        "line_count": "coalesce(s.line_count, 1)",
        "piece_count": "greatest(coalesce(s.pieces, 1), 1)",
        "version": "1",
        "created_at": "%(at)s::timestamptz",
        "updated_at": "%(at)s::timestamptz",
    }


def update_values(present: frozenset[str]) -> dict[str, str]:
    """Return the SQL of the columns of an order `o` that a newer order list changes; what it lacks stays."""
    values = {column: _given(column, default) for column, default in _PLATFORM.items() if column in present}
    refunded = "coalesce(s.refunded, 0)" if "refunded" in present else "o.refunded"
    paid_at = values.get("paid_at", "o.paid_at")
    if "buyer" in present:
        values["buyer_id"] = f"coalesce({BUYER_ID}, o.buyer_id)"
    if "placed_at" in present:
        values["placed_at"] = "coalesce(s.placed_at, o.placed_at)"
    if "extra" in present:
        values["extra"] = "o.extra || s.extra"
    status = "f.status"
    gross = _gross(present) if {"gross_paid", "paid"} & present else "o.gross_paid"
    values |= {"gross_paid": f"greatest({gross}, {refunded})", "refunded": refunded}
    values["refund_status"] = (
        f"CASE WHEN o.has_open_refund THEN 'open' WHEN {refunded} > 0 THEN 'succeeded' "
        "WHEN o.refund_status = 'closed' THEN 'closed' ELSE '' END"
    )
    becomes_paid = (
        f"(%(accepts)s AND o.acceptance = 'unreviewed' AND o.status = 'pending_payment' AND {is_paid(status, paid_at)})"
    )
    values |= promise_values(paid_at, values.get("presale_ship_at", "o.presale_ship_at"))
    return (
        values
        | {
            "status": status,
            "snapshot_at": "s.snapshot_at",
            "content_hash": "s.content_hash",
            "has_list": "true",
            "acceptance": f"CASE WHEN {becomes_paid} THEN 'accepted' ELSE o.acceptance END",
            "acceptance_rule": f"CASE WHEN {becomes_paid} THEN %(payment_rule)s ELSE o.acceptance_rule END",
            "accepted_at": f"CASE WHEN {becomes_paid} THEN %(at)s::timestamptz ELSE o.accepted_at END",
        }
        | DERIVED
    )


_HOLDS = "coalesce((SELECT array_agg(DISTINCT h.kind ORDER BY h.kind) FROM orders_hold h \
WHERE h.order_id = o.id AND h.released_at IS NULL), '{}')"
_IS_LATEST = "(f.has_new_remark AND (o.latest_remark_at IS NULL OR o.latest_remark_at <= s.snapshot_at))"
# what follows from the holds, notes and remarks written just before
DERIVED = {
    "hold_kinds": _HOLDS,
    "note_state": f"CASE WHEN NOT (f.has_new_note OR o.note_state = 'unhandled') THEN o.note_state "
    f"WHEN {has_left('f.status')} THEN 'handled' ELSE 'unhandled' END",
    "latest_remark": f"CASE WHEN {_IS_LATEST} THEN s.remark ELSE o.latest_remark END",
    "latest_remark_by": f"CASE WHEN {_IS_LATEST} THEN 'platform' ELSE o.latest_remark_by END",
    "latest_remark_at": f"CASE WHEN {_IS_LATEST} THEN s.snapshot_at ELSE o.latest_remark_at END",
    "version": "o.version + 1",
    "updated_at": "%(at)s::timestamptz",
}


def promise_values(paid_at: str, presale: str) -> dict[str, str]:
    """Return `ship_by` and its rule as `orders.core.promise.ship_by_of` gives them."""
    appointed = "((o.appointed_date + 1)::timestamp AT TIME ZONE 'Asia/Shanghai' - interval '1 second')"
    return {
        "ship_by": f"CASE WHEN {paid_at} IS NOT NULL THEN coalesce(o.extended_until, {appointed}, {presale}, "
        f"{paid_at} + {_PROMISE}) END",
        "ship_by_rule": f"CASE WHEN {paid_at} IS NULL THEN '' WHEN o.extended_until IS NOT NULL THEN 'extension' "
        f"WHEN o.appointed_date IS NOT NULL THEN 'appointed' WHEN {presale} IS NULL THEN 'promise' ELSE 'presale' END",
    }


def is_paid(status: str, paid_at: str) -> str:
    return f"({status} <> 'pending_payment' AND ({status} <> 'closed' OR {paid_at} IS NOT NULL))"


def _gross(present: frozenset[str]) -> str:
    known = [f"s.{name}" for name in ("gross_paid", "paid") if name in present]
    return f"coalesce({', '.join([*known, '0'])})"


def _refund_status(present: frozenset[str], refunded: str) -> str:
    if "refund_status" in present:
        return "coalesce(s.refund_status, '')"
    return f"CASE WHEN {refunded} > 0 THEN 'succeeded' ELSE '' END"


def _flag(column: str, present: frozenset[str]) -> str:
    return f"coalesce(s.{column}, false)" if column in present else "false"
