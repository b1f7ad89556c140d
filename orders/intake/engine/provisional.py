"""A provisional line gives way to the real ones; what was shipped of it is shipped of them.

What was agreed about it goes to the real line when there is one; among several nobody but staff can tell which one
the buyer meant, so it becomes a wish of the whole order. Gifts of the store's own rules are no part of the platform's
list: they stay as they are.
"""

from django.utils.translation import gettext as _

from orders.intake.engine.batch import Batch
from orders.intake.engine.sql import run


def replace_provisional_lines(batch: Batch) -> None:
    if run("SELECT 1 FROM orders_orderline l JOIN intake_found f USING (order_id) WHERE l.is_provisional LIMIT 1"):
        run(_SHARE)
        run(_MOVE_SHIPMENTS)
        run(_MOVE_HOLDS)
        if run(_IS_AGREED):
            _move_agreements(batch)
        if run(_HAS_STOCK):
            for statement in (_MOVE_STOCK, _SHARE_STOCK, _MOVE_SHORTAGES, _MOVE_PLANS, _MOVE_PARTS, _DROP_CHECKS):
                run(statement)
            run(_GIVE_UP_PLANS, batch.values | {"reason": _("Its lines were not known when it was planned.")})
            run(_DROP_PLANS)
        run(_DROP_SHIPMENT_LINES)
        run(_DROP_LINES)


def _move_agreements(batch: Batch) -> None:
    run(_MOVE_SPECS)
    run(_SPECS_INTO_WISHES, batch.values)
    run(_MOVE_WISHES)
    run(_WISH_KINDS)


# all of it was shipped: all of them are; else piece by piece in the order of the lines
_SHARE = """
UPDATE orders_orderline l SET shipped_quantity = q.shipped
FROM (
    SELECT n.id, CASE WHEN p.shipped_quantity = p.quantity THEN n.quantity
        ELSE greatest(0, least(n.quantity, p.shipped_quantity - (sum(n.quantity) OVER (PARTITION BY n.order_id ORDER
            BY n.position) - n.quantity))) END AS shipped
    FROM intake_found f JOIN orders_orderline p ON p.order_id = f.order_id AND p.is_provisional AND p.shipped_quantity
        > 0
    JOIN orders_orderline n ON n.order_id = f.order_id AND NOT n.is_provisional AND NOT n.is_gift
        AND NOT n.is_closed
    WHERE f.outcome = 'updated'
) AS q
WHERE l.id = q.id AND q.shipped > l.shipped_quantity
"""
_MOVE_SHIPMENTS = """
INSERT INTO fulfilment_shipmentline (shipment_id, line_id, quantity)
SELECT x.shipment_id, l.id, l.shipped_quantity
FROM intake_found f JOIN orders_orderline p ON p.order_id = f.order_id AND p.is_provisional
JOIN LATERAL (SELECT min(shipment_id + 0) AS shipment_id FROM fulfilment_shipmentline WHERE line_id = p.id) AS x ON
    x.shipment_id IS NOT NULL
JOIN orders_orderline l ON l.order_id = f.order_id AND NOT l.is_provisional AND NOT l.is_gift
    AND l.shipped_quantity > 0
WHERE f.outcome = 'updated'
ON CONFLICT (shipment_id, line_id) DO NOTHING
"""
_MOVE_HOLDS = """
UPDATE orders_hold h SET line_id = n.id
FROM intake_found f JOIN orders_orderline p ON p.order_id = f.order_id AND p.is_provisional
JOIN LATERAL (SELECT min(id + 0) AS id FROM orders_orderline WHERE order_id = f.order_id AND NOT is_provisional
    AND NOT is_gift) AS n ON true
WHERE h.line_id = p.id AND f.outcome = 'updated'
"""
_REAL_LINES = """JOIN LATERAL (SELECT min(id + 0) AS id, count(*) AS count FROM orders_orderline
    WHERE order_id = f.order_id AND NOT is_provisional AND NOT is_gift) AS n ON n.count"""
_IS_AGREED = """
SELECT 1 FROM intake_found f JOIN orders_orderline p ON p.order_id = f.order_id AND p.is_provisional
WHERE f.outcome = 'updated'
    AND (p.agreed_spec <> '' OR EXISTS (SELECT 1 FROM orders_wish w WHERE w.line_id = p.id)) LIMIT 1
"""
_MOVE_SPECS = f"""
UPDATE orders_orderline l SET agreed_spec = p.agreed_spec, agreed_sku_code = p.agreed_sku_code
FROM intake_found f JOIN orders_orderline p ON p.order_id = f.order_id AND p.is_provisional
{_REAL_LINES} = 1
WHERE l.id = n.id AND p.agreed_spec <> '' AND l.agreed_spec = '' AND f.outcome = 'updated'
"""
_SPECS_INTO_WISHES = f"""
INSERT INTO orders_wish (store_id, order_id, kind, text, data, agreed_at)
SELECT %(store)s, f.order_id, 'colour_size', p.agreed_spec, '{{}}', %(at)s
FROM intake_found f JOIN orders_orderline p ON p.order_id = f.order_id AND p.is_provisional
{_REAL_LINES} > 1
WHERE p.agreed_spec <> '' AND f.outcome = 'updated'
"""
_WISH_KINDS = """
UPDATE orders_order o SET wish_kinds = ARRAY(SELECT DISTINCT w.kind FROM orders_wish w
    WHERE w.order_id = o.id AND w.done_at IS NULL AND w.withdrawn_at IS NULL ORDER BY w.kind)
FROM intake_found f WHERE o.id = f.order_id AND f.outcome = 'updated'
"""
_MOVE_WISHES = f"""
UPDATE orders_wish w SET line_id = CASE WHEN n.count = 1 THEN n.id END
FROM intake_found f JOIN orders_orderline p ON p.order_id = f.order_id AND p.is_provisional
{_REAL_LINES} > 0
WHERE w.order_id = f.order_id AND w.line_id = p.id AND f.outcome = 'updated'
"""
_DROP_LINES = """
DELETE FROM orders_orderline l USING intake_found f
WHERE l.order_id = f.order_id AND l.is_provisional AND f.outcome = 'updated'
"""
_DROP_SHIPMENT_LINES = """
DELETE FROM fulfilment_shipmentline x USING intake_found f, orders_orderline p
WHERE p.order_id = f.order_id AND p.is_provisional AND x.line_id = p.id AND f.outcome = 'updated'
"""
# what fulfilment knows of the line; the stock that it holds is put right when the order is looked at next
_HAS_STOCK = """
SELECT 1 FROM intake_found f JOIN orders_orderline p ON p.order_id = f.order_id AND p.is_provisional
WHERE f.outcome = 'updated' AND (EXISTS (SELECT FROM fulfilment_linestock x WHERE x.line_id = p.id)
    OR EXISTS (SELECT FROM fulfilment_waybillline x WHERE x.line_id = p.id)
    OR EXISTS (SELECT FROM fulfilment_linecheck x WHERE x.line_id = p.id)
    OR EXISTS (SELECT FROM fulfilment_shortage x WHERE x.line_id = p.id)) LIMIT 1
"""
_MOVE_STOCK = f"""
WITH moved AS (
    SELECT p.id AS old, n.id AS new FROM intake_found f
    JOIN orders_orderline p ON p.order_id = f.order_id AND p.is_provisional
    {_REAL_LINES} > 0
    WHERE f.outcome = 'updated'
), ledger AS (
    UPDATE fulfilment_stockmovement m SET line_id = moved.new FROM moved WHERE m.line_id = moved.old
)
UPDATE fulfilment_linestock x SET line_id = moved.new FROM moved WHERE x.line_id = moved.old
"""
# pieces that were taken off the shelf for the one line are not taken again for the others
_SHARE_STOCK = f"""
WITH first AS (
    SELECT x.line_id, x.store_id, x.order_id, x.sku_id FROM intake_found f
    JOIN orders_orderline p ON p.order_id = f.order_id AND p.is_provisional
    {_REAL_LINES} > 1
    JOIN fulfilment_linestock x ON x.line_id = n.id AND x.shipped > 0
    WHERE f.outcome = 'updated'
), others AS (
    INSERT INTO fulfilment_linestock (line_id, store_id, order_id, sku_id, reserved, shipped, short)
    SELECT l.id, i.store_id, i.order_id, i.sku_id, 0, l.shipped_quantity, 0
    FROM first i JOIN orders_orderline l ON l.order_id = i.order_id AND l.id <> i.line_id AND NOT l.is_provisional
        AND NOT l.is_gift AND l.shipped_quantity > 0
    ON CONFLICT DO NOTHING
)
UPDATE fulfilment_linestock x SET shipped = l.shipped_quantity
FROM first i JOIN orders_orderline l ON l.id = i.line_id WHERE x.line_id = i.line_id
"""
_MOVE_SHORTAGES = f"""
UPDATE fulfilment_shortage x SET line_id = n.id FROM intake_found f
JOIN orders_orderline p ON p.order_id = f.order_id AND p.is_provisional
{_REAL_LINES} > 0
WHERE x.line_id = p.id AND f.outcome = 'updated'
"""
# a parcel that was to have all of the line is to have all of the lines
_MOVE_PLANS = """
INSERT INTO fulfilment_waybillline (waybill_id, order_id, line_id, quantity)
SELECT x.waybill_id, x.order_id, l.id, l.quantity - l.shipped_quantity FROM intake_found f
JOIN orders_orderline p ON p.order_id = f.order_id AND p.is_provisional
JOIN fulfilment_waybillline x ON x.line_id = p.id AND x.quantity >= p.quantity - p.shipped_quantity
JOIN orders_orderline l ON l.order_id = f.order_id AND NOT l.is_provisional AND NOT l.is_gift AND NOT l.is_closed
    AND l.quantity > l.shipped_quantity
WHERE f.outcome = 'updated'
ON CONFLICT DO NOTHING
"""
# one that was to have a part of it has that part of the one real line
_MOVE_PARTS = f"""
INSERT INTO fulfilment_waybillline (waybill_id, order_id, line_id, quantity)
SELECT x.waybill_id, x.order_id, n.id, x.quantity FROM intake_found f
JOIN orders_orderline p ON p.order_id = f.order_id AND p.is_provisional
{_REAL_LINES} = 1
JOIN fulfilment_waybillline x ON x.line_id = p.id
WHERE f.outcome = 'updated'
ON CONFLICT DO NOTHING
"""
# of several, nobody knows which lines it was to have: a parcel without any is no parcel, and its number never travels
_GIVE_UP_PLANS = """
WITH given_up AS (
    UPDATE fulfilment_waybill w
    SET state = 'void', voided_at = %(at)s, void_reason = %(reason)s, version = w.version + 1
    FROM intake_found f JOIN orders_orderline p ON p.order_id = f.order_id AND p.is_provisional
    JOIN fulfilment_waybillline x ON x.line_id = p.id
    WHERE w.id = x.waybill_id AND f.outcome = 'updated' AND w.state IN ('draft', 'numbered', 'printed')
        AND NOT EXISTS (SELECT FROM fulfilment_waybillline y WHERE y.waybill_id = w.id AND y.line_id <> p.id)
    RETURNING w.id, w.courier, w.number, x.order_id
), numbers AS (
    UPDATE fulfilment_poolnumber n SET state = 'void' FROM given_up g WHERE n.waybill_id = g.id
)
INSERT INTO orders_orderevent (store_id, order_id, kind, source, actor_name, before, after, job_id, order_version, at)
SELECT %(store)s, o.id, 'waybill_voided', 'platform', '',
    jsonb_build_object('waybill', g.id, 'courier', g.courier, 'tracking_number', g.number),
    jsonb_build_object('reason', %(reason)s::text), %(job)s, o.version + 1, %(at)s
FROM given_up g JOIN orders_order o ON o.id = g.order_id ORDER BY g.id
"""
_DROP_PLANS = """
DELETE FROM fulfilment_waybillline x USING intake_found f, orders_orderline p
WHERE p.order_id = f.order_id AND p.is_provisional AND x.line_id = p.id AND f.outcome = 'updated'
"""
_DROP_CHECKS = """
DELETE FROM fulfilment_linecheck x USING intake_found f, orders_orderline p
WHERE p.order_id = f.order_id AND p.is_provisional AND x.line_id = p.id AND f.outcome = 'updated'
"""
