"""Stays of after-sales cases in their states, in whole seconds, by the day they ended (settings.TIME_ZONE).

One row per store, day, state that was left, who ended the stay, and what the case's reason is about as it is known now.
Who is 0 where nobody did: the clock, or the platform said so. A state that a case still is in does not count yet.
"""

from analytics.models import RefundStepTimes
from analytics.rollups.frame import Rollup

SQL = """
SELECT s.store_id, (s.left_at AT TIME ZONE %(zone)s)::date AS day, s.status, coalesce(s.actor_id, 0) AS actor_id,
    r.reason_kind, count(*) AS stay_count, array_agg(v.seconds ORDER BY v.seconds) AS seconds
FROM refunds_refundstep AS s
JOIN refunds_refund AS r ON r.id = s.refund_id
CROSS JOIN LATERAL (SELECT floor(extract(epoch FROM s.left_at - s.entered_at))::bigint) AS v (seconds)
WHERE s.store_id = ANY(%(stores)s) AND s.left_at >= %(start)s AND s.left_at < %(end)s
GROUP BY 1, 2, 3, 4, 5
"""

REFUND_STEPS = Rollup(
    model=RefundStepTimes,
    keys=("status", "actor_id", "reason_kind"),
    values=("stay_count", "seconds"),
    source=SQL,
)
