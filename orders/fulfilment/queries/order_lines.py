"""What the lines of one order have of the stock, and what packing them asks for: one statement for an order's page."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from backoffice.common.statements import fetch
from orders.core.models import OrderLine
from orders.fulfilment.checking import wanted_code

# a line's sku is what it holds stock of, else what its merchant code names; where the two differ, somebody has to look.
# the lines are known already: reading them again would only cost the planner another table
_FACTS = """
SELECT l.id, s.id, s.code, s.on_hand, s.on_hand - s.reserved, coalesce(ls.reserved, 0), coalesce(ls.short, 0),
    s.counted_at IS NOT NULL, coalesce(p.packing_instruction, ''),
    {gift_rule},
    (SELECT sh.id FROM fulfilment_shortage sh WHERE sh.line_id = l.id AND sh.closed_at IS NULL),
    CASE WHEN k.id IS NOT NULL THEN k.id <> s.id OR s.needs_check OR p.needs_brand_check OR p.needs_packing_check END
FROM unnest(%s::bigint[], %s::text[]) AS l (id, code)
LEFT JOIN fulfilment_linestock ls ON ls.line_id = l.id
LEFT JOIN fulfilment_sku k ON k.store_id = %s AND k.code = l.code AND l.code <> ''
LEFT JOIN fulfilment_sku s ON s.id = coalesce(ls.sku_id, k.id)
LEFT JOIN fulfilment_product p ON p.id = s.product_id
"""
_GIFT_RULE = """coalesce((
    SELECT r.name FROM fulfilment_giftgrant g JOIN fulfilment_giftrule r ON r.id = g.rule_id
    WHERE g.line_id = l.id ORDER BY g.id DESC LIMIT 1
), '')"""


class LineNotes(NamedTuple):
    """What stands below a line on the order's page; `sku_id` is None for a gift that the product list lost."""

    sku_id: int | None
    code: str | None
    on_hand: int
    free: int
    reserved: int  # for this line
    short: int
    is_counted: bool
    instruction: str
    gift_rule: str
    shortage_id: int | None
    needs_look: bool | None  # None: its merchant code names no product, its platform's item id still may


def line_notes(lines: Sequence[OrderLine]) -> dict[int, LineNotes]:
    """Return them by the line's key; lines of an order that the product list does not know are left out."""
    if not lines:
        return {}
    text = _FACTS.format(gift_rule=_GIFT_RULE if any(line.is_gift for line in lines) else "''")
    values = [[line.pk for line in lines], [wanted_code(line) for line in lines], lines[0].store_id]
    found = {row[0]: LineNotes(*row[1:]) for row in fetch(text, values)}
    return {line_id: note for line_id, note in found.items() if note.sku_id is not None or note.gift_rule}


def may_need_looks(lines: Sequence[OrderLine], notes: Mapping[int, LineNotes]) -> bool:
    """Tell whether any line may need a second look before it ships; most need none, which costs no further statement.

    Which looks, and who had them, is what orders.fulfilment.checking says.
    """
    return any(_may_need_look(line, notes.get(line.pk)) for line in lines if line.unshipped)


def _may_need_look(line: OrderLine, note: LineNotes | None) -> bool:
    if note is None or note.needs_look is None:
        return bool(line.product_id)
    return note.needs_look
