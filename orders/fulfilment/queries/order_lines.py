"""What the lines of one order have of the stock, and what packing them asks for: one statement for an order's page."""

from typing import NamedTuple

from backoffice.common.statements import fetch

# a line's sku is what it holds stock of, else what its merchant code names
_FACTS = """
SELECT l.id, s.id, s.code, s.on_hand, s.on_hand - s.reserved, coalesce(ls.reserved, 0), coalesce(ls.short, 0),
    s.counted_at IS NOT NULL, coalesce(p.packing_instruction, ''), coalesce(r.name, ''), sh.id
FROM orders_orderline l
LEFT JOIN fulfilment_linestock ls ON ls.line_id = l.id
LEFT JOIN fulfilment_sku s ON s.id = coalesce(ls.sku_id, (
    SELECT k.id FROM fulfilment_sku k
    WHERE k.store_id = l.store_id AND k.code = coalesce(nullif(l.agreed_sku_code, ''), l.sku_code) AND k.code <> ''
))
LEFT JOIN fulfilment_product p ON p.id = s.product_id
LEFT JOIN fulfilment_giftgrant g ON g.line_id = l.id
LEFT JOIN fulfilment_giftrule r ON r.id = g.rule_id
LEFT JOIN fulfilment_shortage sh ON sh.line_id = l.id AND sh.closed_at IS NULL
WHERE l.order_id = %s AND (s.id IS NOT NULL OR r.id IS NOT NULL)
"""


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


def line_notes(order_id: int) -> dict[int, LineNotes]:
    """Return them by the line's key; lines that the product list does not know are left out."""
    return {row[0]: LineNotes(*row[1:]) for row in fetch(_FACTS, [order_id])}
