"""Why buyers ask: after-sales cases by the day they were asked for (settings.TIME_ZONE), whatever became of them since.

One row per store, day, product, what the reason is about, and kind; product 0 is a whole order of several products.
Money is CNY: what was asked for, and what the cases that succeeded gave back. Seconds are from asking to the end.
"""

from aftersales.refunds.statuses import RefundState
from analytics.models import RefundReasons
from analytics.rollups.frame import Rollup

SQL = """
SELECT r.store_id, (r.requested_at AT TIME ZONE %(zone)s)::date AS day, coalesce(r.title_id, 0) AS title_id,
    r.reason_kind, r.kind, count(*) AS case_count,
    count(*) FILTER (WHERE r.status = %(succeeded)s) AS succeeded_count,
    count(*) FILTER (WHERE r.status = %(closed)s) AS closed_count,
    sum(r.amount) AS asked, coalesce(sum(r.refunded) FILTER (WHERE r.status = %(succeeded)s), 0) AS refunded,
    coalesce(array_agg(v.seconds ORDER BY v.seconds) FILTER (WHERE v.seconds IS NOT NULL), '{}') AS seconds
FROM refunds_refund AS r
CROSS JOIN LATERAL (
    SELECT CASE WHEN r.finished_at IS NOT NULL
        THEN greatest(floor(extract(epoch FROM r.finished_at - r.requested_at))::bigint, 0) END
) AS v (seconds)
WHERE r.store_id = ANY(%(stores)s) AND r.requested_at >= %(start)s AND r.requested_at < %(end)s
GROUP BY 1, 2, 3, 4, 5
"""

REFUND_REASONS = Rollup(
    model=RefundReasons,
    keys=("title_id", "reason_kind", "kind"),
    values=("case_count", "succeeded_count", "closed_count", "asked", "refunded", "seconds"),
    source=SQL,
    constants={"succeeded": RefundState.SUCCEEDED.value, "closed": RefundState.CLOSED.value},
)
