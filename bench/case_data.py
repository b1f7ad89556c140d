"""After-sales cases of a measured shop with their steps, words, parcels and registers, straight into the tables.

What cases gave back is what the orders say, so the ceiling of the database holds with its trigger switched off.
"""

from typing import Any

from django.db import connection

CASES, OPEN = 200_000, 3_000
TABLES = (
    "refunds_refund", "refunds_refundstep", "refunds_refundmessage", "refunds_returnparcel", "refunds_inspection",
    "refunds_complaint", "refunds_violation",
)  # fmt: skip

# what is open is open by the order too; money went back where the order says so, the rest was withdrawn or sent anew
_CASES = """
INSERT INTO refunds_refund (store_id, number, order_id, line_id, buyer_id, title_id, sku_code, kind, phase, status,
    goods, quantity, amount, freight, refunded, freight_payer, liability, reason, reason_kind, text, requested_at,
    status_since, deadline, answered_at, finished_at, proposed, proposed_by_id, proposed_at, source, platform_kind,
    platform_status, cannot_refuse, is_web_only, intervention, deadline_from_platform, extra, content_hash, owner_id,
    remark, return_signed_at, inspected_at, version, created_at, updated_at)
SELECT %(store)s, 'C' || (700000000000 + id), id, line_id, buyer_id, title_id, sku_code, kind,
    CASE WHEN is_before THEN 'on_sale' ELSE 'after_sale' END, status,
    CASE WHEN is_before THEN 'not_received' ELSE 'received' END, 1, amount, 0,
    CASE WHEN status = 'succeeded' THEN amount ELSE 0 END,
    CASE WHEN mod(h, 5) = 0 THEN 'shop' WHEN kind = 'return_refund' THEN 'buyer' ELSE '' END, '', r.words,
    r.reason_kind, CASE WHEN mod(h, 3) = 0 THEN r.words || ',请尽快处理' ELSE '' END, requested_at,
    CASE WHEN is_open THEN requested_at ELSE finished_at END,
    CASE WHEN is_open THEN %(now)s + make_interval(hours => mod(h, 240)::int + 1) END,
    CASE WHEN NOT is_open OR status <> 'requested' THEN requested_at + interval '3 hours' END,
    CASE WHEN NOT is_open THEN finished_at END,
    CASE WHEN is_proposed THEN amount END, CASE WHEN is_proposed THEN %(user)s END,
    CASE WHEN is_proposed THEN %(now)s::timestamptz END,
    'platform', '', '', false, false, 1, false, '{}', '', CASE WHEN is_open AND mod(h, 4) = 0 THEN %(user)s END, '',
    CASE WHEN (status = 'awaiting_receipt' AND mod(h, 2) = 0) OR has_come_back
        THEN requested_at + interval '2 days' END,
    CASE WHEN has_come_back AND mod(h, 40) > 0 THEN finished_at END, 2, requested_at, requested_at
FROM (
    SELECT x.*, status NOT IN ('succeeded', 'closed') AS is_open,
        status = 'requested' AND mod(h, 12) = 0 AND amount > 0 AS is_proposed,
        status = 'succeeded' AND kind IN ('return_refund', 'exchange', 'repair') AS has_come_back,
        requested_at + make_interval(hours => 1 + mod(h, 200)::int) AS finished_at
    FROM (
        SELECT y.*, CASE WHEN kind NOT IN ('refund_only', 'return_refund') THEN 0
                WHEN has_open_refund THEN least(line_paid, left_over) WHEN refunded > 0 THEN refunded
                ELSE line_paid END AS amount,
            CASE WHEN has_open_refund AND (is_before OR kind = 'refund_only') THEN
                    (ARRAY['requested', 'requested', 'requested', 'refused'])[1 + mod(h, 4)]
                WHEN has_open_refund AND kind = 'reship' THEN
                    (ARRAY['requested', 'awaiting_outbound', 'awaiting_buyer'])[1 + mod(h, 3)]
                WHEN has_open_refund AND kind = 'return_refund' THEN
                    (ARRAY['requested', 'refused', 'awaiting_return', 'awaiting_receipt'])[1 + mod(h, 4)]
                WHEN has_open_refund THEN (ARRAY['requested', 'refused', 'awaiting_return', 'awaiting_receipt',
                    'awaiting_outbound', 'awaiting_buyer'])[1 + mod(h, 6)]
                WHEN refunded > 0 OR (kind NOT IN ('refund_only', 'return_refund') AND mod(h, 8) > 0) THEN 'succeeded'
                ELSE 'closed' END AS status
        FROM (
            SELECT z.*, CASE WHEN is_before THEN 'refund_only' WHEN refunded > 0 OR mod(h, 100) < 84 THEN
                CASE WHEN mod(h, 2) = 0 THEN 'refund_only' ELSE 'return_refund' END
                WHEN mod(h, 100) < 93 THEN 'exchange' WHEN mod(h, 100) < 95 THEN 'repair' ELSE 'reship' END AS kind
            FROM (
                SELECT o.id, o.buyer_id, o.has_open_refund, o.refunded, l.id AS line_id, l.title_id, l.sku_code,
                    coalesce(l.paid, 0) AS line_paid, greatest(o.gross_paid - o.refunded, 0) AS left_over,
                    (('x' || substr(md5(o.id::text), 1, 7))::bit(28)::int) AS h,
                    o.status IN ('pending_shipment', 'closed') AS is_before,
                    coalesce(o.paid_at, o.placed_at) + make_interval(
                        hours => CASE WHEN o.status IN ('pending_shipment', 'shipped') THEN 1
                            ELSE 1 + mod(o.id, 240)::int END
                    ) AS requested_at
                FROM (
                    (SELECT * FROM orders_order WHERE store_id = %(store)s AND has_open_refund
                        AND status IN ('pending_shipment', 'shipped', 'completed')
                        ORDER BY status <> 'completed' DESC, placed_at DESC LIMIT %(open)s)
                    UNION ALL
                    (SELECT * FROM orders_order WHERE store_id = %(store)s AND NOT has_open_refund AND gross_paid > 0
                        AND paid_at < %(settled)s AND (refunded > 0 OR (status = 'completed' AND mod(id, 4) = 0))
                        ORDER BY refunded > 0 DESC, id DESC LIMIT %(finished)s)
                ) AS o
                CROSS JOIN LATERAL (
                    SELECT * FROM orders_orderline l WHERE l.order_id = o.id AND NOT l.is_gift ORDER BY position LIMIT 1
                ) AS l
            ) AS z
        ) AS y
    ) AS x
) AS c
JOIN (VALUES %(reasons)s) AS r (place, reason_kind, words) ON r.place = mod(c.h / 64, 12)
"""
_REASONS = """
    (0, 'seven_days', '7天无理由退换货'), (1, 'seven_days', '7天无理由退换货'), (2, 'size', '大小尺寸与商品描述不符'),
    (3, 'size', '尺码偏小'), (4, 'quality', '质量问题'), (5, 'not_as_described', '颜色/款式与描述不符'),
    (6, 'damaged', '收到商品破损'), (7, 'missing', '少件/漏发'), (8, 'late', '未按约定时间发货'),
    (9, 'changed_mind', '不喜欢/不想要'), (10, 'wrong_item', '卖家发错货'), (11, 'not_arrived', '快递一直未送到')
"""
_PATH = """CASE WHEN r.kind = 'refund_only' OR r.status = 'closed' THEN ARRAY['requested', r.status]
    WHEN r.kind = 'return_refund' THEN ARRAY['requested', 'awaiting_return', 'awaiting_receipt', 'succeeded']
    WHEN r.kind = 'reship' THEN ARRAY['requested', 'awaiting_outbound', 'awaiting_buyer', 'succeeded']
    ELSE ARRAY['requested', 'awaiting_return', 'awaiting_receipt', 'awaiting_outbound', 'awaiting_buyer', 'succeeded']
    END"""
_STEPS = f"""
INSERT INTO refunds_refundstep (refund_id, store_id, status, to_status, act, entered_at, left_at, actor_id, source)
SELECT id, store_id, path[n], path[n + 1], CASE path[n + 1] WHEN 'closed' THEN 'withdraw' ELSE 'agree' END,
    requested_at + span * (n - 1), requested_at + span * n, CASE WHEN mod(id, 5) > 0 THEN %(user)s END, 'staff'
FROM (
    SELECT *, (finished_at - requested_at) / (cardinality(path) - 1) AS span
    FROM (SELECT r.*, {_PATH} AS path FROM refunds_refund r WHERE store_id = %(store)s AND finished_at IS NOT NULL) AS p
) AS s CROSS JOIN LATERAL generate_series(1, cardinality(path) - 1) AS n
"""
_MESSAGES = """
INSERT INTO refunds_refundmessage (refund_id, store_id, role, act, text, author_id, author_name, external_id,
    picture_urls, at)
SELECT id, store_id, role, '', words, CASE WHEN role = 'shop' THEN %(user)s END, role, '', '[]', requested_at + after
FROM refunds_refund CROSS JOIN (VALUES
    ('buyer', '请尽快处理,谢谢。', interval '5 minutes'), ('shop', '您好,已经在为您核实。', interval '2 hours'),
    ('buyer', '好的,等您消息。', interval '3 hours')
) AS v (role, words, after)
WHERE store_id = %(store)s AND (finished_at IS NULL OR mod(id, 4) = 0)
"""
_PARCELS = """
INSERT INTO refunds_returnparcel (refund_id, store_id, direction, courier, tracking_number, sent_at, signed_at,
    last_event, last_event_at, quantity, source)
SELECT id, store_id, 'back', 'YTO', 'YT' || (8800000000000 + id), requested_at + interval '1 day', return_signed_at,
    CASE WHEN return_signed_at IS NULL THEN '运输中' ELSE '已签收' END, requested_at + interval '2 days', 1, 'platform'
FROM refunds_refund WHERE store_id = %(store)s
    AND (return_signed_at IS NOT NULL OR status IN ('awaiting_receipt', 'awaiting_outbound', 'awaiting_buyer'))
    AND kind IN ('return_refund', 'exchange', 'repair')
"""
_INSPECTIONS = """
INSERT INTO refunds_inspection (refund_id, store_id, outcome, quantity, note, inspected_by_id, at)
SELECT id, store_id, (ARRAY['restock', 'restock', 'restock', 'scrap', 'disputed'])[1 + mod(id, 5)], 1, '', %(user)s,
    inspected_at
FROM refunds_refund WHERE store_id = %(store)s AND inspected_at IS NOT NULL
"""
_COMPLAINTS = """
INSERT INTO refunds_complaint (store_id, order_id, refund_id, number, text, state, opened_at, deadline, outcome,
    closed_by_id, closed_at, version, kind)
SELECT store_id, order_id, id, '', '买家投诉:' || reason, CASE WHEN n <= 300 THEN 'open' ELSE 'lifted' END,
    requested_at, requested_at + interval '2 days', CASE WHEN n <= 300 THEN '' ELSE '已协商' END,
    CASE WHEN n > 300 THEN %(user)s END, CASE WHEN n > 300 THEN requested_at + interval '1 day' END, 1, 'service'
FROM (
    SELECT *, row_number() OVER (ORDER BY requested_at DESC) AS n FROM refunds_refund
    WHERE store_id = %(store)s AND mod(id, 10) = 0
) AS x
"""
_VIOLATIONS = """
INSERT INTO refunds_violation (store_id, order_id, number, text, state, opened_at, deadline, outcome, closed_by_id,
    closed_at, version, kind, points, penalty, happened_on)
SELECT store_id, order_id, '', '延迟发货', CASE WHEN n <= 100 THEN 'open' ELSE 'upheld' END, requested_at,
    requested_at + interval '3 days', CASE WHEN n <= 100 THEN '' ELSE '已扣分' END,
    CASE WHEN n > 100 THEN %(user)s END, CASE WHEN n > 100 THEN requested_at + interval '1 day' END, 1,
    'late_shipping', 1, 5, requested_at::date
FROM (
    SELECT *, row_number() OVER (ORDER BY requested_at DESC) AS n FROM refunds_refund
    WHERE store_id = %(store)s AND mod(id, 25) = 0
) AS x
"""


def open_cases(values: dict[str, Any]) -> None:
    """Write the cases and what hangs on them."""
    sizes = {"open": OPEN, "finished": CASES - OPEN}
    with connection.cursor() as cursor:
        cursor.execute(_CASES.replace("%(reasons)s", _REASONS), values | sizes)
        cursor.execute("ANALYZE refunds_refund")
        for statement in (_STEPS, _MESSAGES, _PARCELS, _INSPECTIONS, _COMPLAINTS, _VIOLATIONS):
            cursor.execute(statement, values)
