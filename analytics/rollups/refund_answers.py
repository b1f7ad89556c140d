"""First answers: how long a case waited for the shop's first decision or message, in whole seconds.

One row per store, day the case was asked for (settings.TIME_ZONE), who answered, and what the reason is about. A case
without an answer is not here. Who answered is who decided, proposed or wrote at that very time, by the order's history
or the negotiation; 0 where neither names anybody. An answer that is dated before the case counts as none to wait for.
"""

from aftersales.refunds.statuses import MessageRole
from analytics.models import RefundAnswerTimes
from analytics.rollups.frame import Rollup
from orders.core.statuses import EventKind

SQL = """
SELECT r.store_id, (r.requested_at AT TIME ZONE %(zone)s)::date AS day,
    coalesce(decided.actor_id, written.author_id, 0) AS actor_id, r.reason_kind, count(*) AS answer_count,
    array_agg(v.seconds ORDER BY v.seconds) AS seconds
FROM refunds_refund AS r
CROSS JOIN LATERAL (
    SELECT greatest(floor(extract(epoch FROM r.answered_at - r.requested_at))::bigint, 0)
) AS v (seconds)
LEFT JOIN LATERAL (
    SELECT e.actor_id FROM orders_orderevent AS e
    WHERE e.order_id = r.order_id AND e.at = r.answered_at AND e.actor_id IS NOT NULL
        AND e.kind = ANY(%(events)s) AND e.after ->> 'refund' IN (r.number, r.made_number)
    ORDER BY e.id LIMIT 1
) AS decided ON true
LEFT JOIN LATERAL (
    SELECT m.author_id FROM refunds_refundmessage AS m
    WHERE m.refund_id = r.id AND m.at = r.answered_at AND m.author_id IS NOT NULL AND m.role = %(shop)s
    ORDER BY m.id LIMIT 1
) AS written ON true
WHERE r.store_id = ANY(%(stores)s) AND r.requested_at >= %(start)s AND r.requested_at < %(end)s
    AND r.answered_at IS NOT NULL
GROUP BY 1, 2, 3, 4
"""

EVENTS = (EventKind.CASE_MOVED, EventKind.CASE_CHANGED)

REFUND_ANSWERS = Rollup(
    model=RefundAnswerTimes,
    keys=("actor_id", "reason_kind"),
    values=("answer_count", "seconds"),
    source=SQL,
    constants={"events": [kind.value for kind in EVENTS], "shop": MessageRole.SHOP.value},
)
