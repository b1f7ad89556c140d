"""The one line of an order becomes the provisional line that stood for it, with all that hangs on that.

So it goes for nearly every order, whose list comes first and whose detail has one line of as many pieces. Another line
beside the provisional one would be made, given what hangs on it, and the provisional one deleted, each with the checks
of all that refers to lines; this takes a quarter of the time. The others are replaced: see `provisional`.
"""

from orders.intake.engine.batch import Batch
from orders.intake.engine.sql import run


def find_adopters() -> None:
    """Note what became of the lines that are not there yet; of one that is to be a provisional line, which."""
    run(_FIND)


def adopt_provisional_lines(batch: Batch, values: dict[str, str]) -> None:
    """Make the provisional lines that were found into those of the detail; what has left of them stays so.

    `values` is the SQL of every column that comes from the file.
    """
    run(_ADOPT.format(", ".join(f"{column} = {value}" for column, value in values.items())), batch.values)


# What a check of the packed pieces has found about a line whose product was not known counts no more.
_FIND = """
UPDATE intake_line i SET outcome = 'created', line_id = (
    SELECT p.id FROM intake_found f JOIN orders_orderline p ON p.order_id = f.order_id
    WHERE f.number = i.number AND f.outcome = 'known' AND p.is_provisional AND NOT i.is_closed
        AND p.quantity = coalesce(i.quantity, 1)
        AND NOT EXISTS (SELECT FROM intake_line x WHERE x.number = i.number AND x.key <> i.key)
        AND NOT EXISTS (SELECT FROM orders_orderline x WHERE x.order_id = f.order_id AND x.id <> p.id)
        AND NOT EXISTS (SELECT FROM fulfilment_linecheck x WHERE x.line_id = p.id)
)
WHERE outcome IS NULL
"""
_ADOPT = """
UPDATE orders_orderline l SET key = i.key, position = 1, {}, is_provisional = false, placed_at = o.placed_at,
    shipped_quantity = CASE WHEN f.status IN ('shipped', 'completed') THEN l.quantity ELSE l.shipped_quantity END,
    snapshot_at = i.snapshot_at, content_hash = i.content_hash
FROM intake_line i JOIN intake_found f USING (number) JOIN orders_order o ON o.id = f.order_id
WHERE l.id = i.line_id AND i.outcome = 'created'
"""
