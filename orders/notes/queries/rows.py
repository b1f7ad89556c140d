"""The rows of the note inbox as plain values: fifty objects with their people cost more than the statement."""

import json
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet

from backoffice.common.statements import fetch, select_text
from orders.notes.models import BuyerNote, BuyerNoteQuerySet

Row = dict[str, Any]
FIELDS = (
    "id", "order_id", "state", "types", "text", "negotiation", "changed_after_print", "version_count", "outcome",
    "handled_at", "received_at", "order__number", "order__ship_by", "assignee_id", "assignee__username",
    "assignee__display_name", "handled_by__username", "handled_by__display_name",
)  # fmt: skip
_FINDINGS = '"notes_buyernote"."findings"'  # JSON, which select_text leaves to Python
_COLUMNS = {
    "id": '"notes_buyernote"."id"',
    "order_id": '"notes_buyernote"."order_id"',
    "received_at": '"notes_buyernote"."received_at"',
    "handled_at": '"notes_buyernote"."handled_at"',
    "order__ship_by": '"orders_order"."ship_by"',
}  # that lists are in the order of


def load_rows(notes: BuyerNoteQuerySet, keys: Iterable[str], *, is_descending: bool) -> list[Row]:
    """Return the values of FIELDS and `findings` of these few notes, whose ids are found first, by the keys."""
    try:
        ids, params = notes.values("pk").query.sql_with_params()
    except EmptyResultSet:
        return []
    text = select_text(BuyerNote, FIELDS).replace("SELECT ", f"SELECT {_FINDINGS}, ", 1)
    direction = " DESC" if is_descending else ""
    order = ", ".join([f"{_COLUMNS[key]}{direction}" for key in keys])
    found = fetch(f"{text} WHERE {_COLUMNS['id']} = ANY(ARRAY({ids})) ORDER BY {order}", params)
    return [dict(zip(FIELDS, row[1:], strict=True), findings=json.loads(row[0])) for row in found]


class ShownLine(NamedTuple):
    """What a row shows of a line."""

    title: str
    spec: str


_LINES = """
SELECT l.order_id, t.text, CASE WHEN l.agreed_spec = '' THEN l.spec ELSE l.agreed_spec END
FROM orders_orderline l JOIN orders_producttitle t ON t.id = l.title_id
WHERE l.order_id = ANY(%s) ORDER BY l.order_id, l.position, l.id
"""


def lines_of_orders(order_ids: list[int]) -> dict[int, list[ShownLine]]:
    """Return the lines of these orders, by order, in one statement."""
    found: dict[int, list[ShownLine]] = defaultdict(list)
    for order_id, title, spec in fetch(_LINES, [order_ids]) if order_ids else ():
        found[order_id].append(ShownLine(title, spec))
    return found
