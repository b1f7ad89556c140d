"""Topics: how many texts of buyers spoke of each on a day, by product and source. Pages add the days up to weeks.

The day is when the buyer said it (settings.TIME_ZONE). What people rejected does not count; 0 is no one product.
"""

from analytics.models import TopicDay
from analytics.rollups.frame import Rollup

SQL = """
SELECT m.store_id, m.day, coalesce(m.title_id, 0) AS title_id, m.topic_id, m.source,
    count(*) AS mention_count, count(*) FILTER (WHERE m.is_negative) AS negative_count,
    count(*) FILTER (WHERE m.verdict = 'confirmed') AS confirmed_count
FROM topics_topicmention AS m
WHERE m.store_id = ANY(%(stores)s) AND m.day BETWEEN %(first)s AND %(last)s AND m.verdict <> 'rejected'
GROUP BY 1, 2, 3, 4, 5
"""

TOPIC_DAYS = Rollup(
    model=TopicDay,
    keys=("title_id", "topic_id", "source"),
    values=("mention_count", "negative_count", "confirmed_count"),
    source=SQL,
)
