"""Reviews of a measured shop with their follow-ups, and what they and its cases speak of."""

from typing import Any

from django.db import connection

REVIEWS, UNREAD, UNREPLIED, OPEN_TASKS = 1_000_000, 4_000, 9_000, 2_000
TABLES = ("reviews_review", "reviews_reviewtask", "topics_topicmention")

_GOOD = (
    "质量很好", "做工精细", "颜色很正", "面料舒服", "款式好看", "性价比高", "客服很有耐心", "包装严实", "和图片一样",
    "尺码合适", "物流很快", "用着顺手", "家人很喜欢", "没有异味", "已经回购", "细节到位", "大小刚好", "值得推荐",
)  # fmt: skip
_OPENINGS = (
    "收到了", "第二次买了", "用了几天来评价", "朋友推荐的", "活动时买的", "等了两天", "给妈妈买的", "昨天到的",
    "拆开看了看", "试了一下", "老顾客了", "对比了好几家",
)  # fmt: skip
_ENDINGS = (
    "谢谢卖家", "还会再来", "五星好评", "祝生意兴隆", "推荐大家买", "整体满意", "下次还买", "不错", "很满意", "就这样",
)  # fmt: skip
# what they blame, with the code of the topic that speaks of it
_POOR = (
    ("尺码偏小", "size_small"), ("尺码偏大", "size_large"), ("有色差", "colour_off"), ("洗了一次就掉色", "faded"),
    ("收到就破损了", "damaged"), ("少发了一件", "missing"), ("发错了颜色", "wrong_item"),
    ("物流太慢了", "slow_logistics"),
)  # fmt: skip
_REVIEWS = """
INSERT INTO reviews_review (store_id, key, order_number, order_id, line_id, buyer_id, nick, title_id, product_id,
    result, stars, text, is_default, reviewed_at, follow_up, followed_up_at, snapshot_at, content_hash, reply,
    reply_state, replied_by_id, replied_at, read_by_id, read_at, sentiment, sentiment_score, version, created_at,
    updated_at)
SELECT %(store)s, number || '-' || line_id, number, order_id, line_id, buyer_id, '买***' || mod(buyer_id, 10), title_id,
    '', CASE WHEN stars >= 4 THEN 'good' WHEN stars = 3 THEN 'neutral' ELSE 'bad' END, stars,
    CASE WHEN is_default THEN '此用户没有填写评价。' ELSE said END, is_default, reviewed_at, later,
    CASE WHEN later <> '' THEN least(reviewed_at + interval '9 days', %(now)s) END, reviewed_at, '',
    CASE WHEN is_answered THEN '感谢您的支持,欢迎再来。' ELSE '' END, CASE WHEN is_answered THEN 'sent' ELSE '' END,
    CASE WHEN is_answered THEN %(user)s END, CASE WHEN is_answered THEN reviewed_at + interval '6 hours' END,
    CASE WHEN n > %(unread)s THEN %(user)s END, CASE WHEN n > %(unread)s THEN reviewed_at + interval '5 hours' END,
    CASE WHEN stars >= 4 THEN 'positive' WHEN stars = 3 THEN 'neutral' ELSE 'negative' END, (stars - 3) * 40, 1,
    reviewed_at, reviewed_at
FROM (
    SELECT y.*, mod(h, 100) < 12 AND stars = 5 AS is_default, n > %(unreplied)s AND NOT (
            mod(h, 100) < 12 AND stars = 5) AS is_answered,
        CASE WHEN mod(h / 13, 100) < 3 THEN '追评:' || good[1 + mod(h / 17, 18)] ELSE '' END AS later,
        openings[1 + mod(h / 3, 12)] || ',' || CASE WHEN stars <= 3 THEN poor[1 + mod(h / 29, 8)] || ',' ELSE '' END
        || good[1 + mod(h / 41, 18)] || CASE WHEN mod(h, 3) > 0 THEN ',' || good[1 + mod(h / 800, 18)] ELSE '' END
        || ',' || endings[1 + mod(h / 97, 10)] AS said
    FROM (
        SELECT x.*, (ARRAY[5, 4, 3, 2, 1])[CASE WHEN mod(h / 7, 100) < 88 THEN 1 WHEN mod(h / 7, 100) < 95 THEN 2
                WHEN mod(h / 7, 100) < 97 THEN 3 WHEN mod(h / 7, 100) < 98 THEN 4 ELSE 5 END] AS stars,
            row_number() OVER (ORDER BY reviewed_at DESC, line_id DESC) AS n,
            %(good)s::text[] AS good, %(poor)s::text[] AS poor, %(openings)s::text[] AS openings,
            %(endings)s::text[] AS endings
        FROM (
            SELECT o.number, o.id AS order_id, o.buyer_id, l.id AS line_id, l.title_id,
                (('x' || substr(md5(l.id::text), 1, 7))::bit(28)::int) AS h,
                least(o.completed_at + make_interval(mins => mod(l.id, 9000)::int), %(now)s) AS reviewed_at
            FROM orders_order o JOIN orders_orderline l ON l.order_id = o.id AND NOT l.is_gift
            WHERE o.store_id = %(store)s AND o.status = 'completed' AND o.completed_at IS NOT NULL LIMIT %(reviews)s
        ) AS x
    ) AS y
) AS z
"""
_TASKS = """
INSERT INTO reviews_reviewtask (store_id, review_id, state, owner_id, opened_at, deadline, outcome, closed_by_id,
    closed_at, version)
SELECT store_id, id, CASE WHEN n <= %(tasks)s THEN 'open' ELSE 'explained' END,
    CASE WHEN n > %(tasks)s OR mod(id, 3) = 0 THEN %(user)s END, reviewed_at, reviewed_at + interval '1 day',
    CASE WHEN n > %(tasks)s THEN '已回复' ELSE '' END, CASE WHEN n > %(tasks)s THEN %(user)s END,
    CASE WHEN n > %(tasks)s THEN reviewed_at + interval '20 hours' END, 1
FROM (
    SELECT *, row_number() OVER (ORDER BY reviewed_at DESC, id DESC) AS n FROM reviews_review
    WHERE store_id = %(store)s AND stars <= 2
) AS x
"""
_REVIEW_MENTIONS = """
INSERT INTO topics_topicmention (store_id, topic_id, source, source_id, title_id, order_id, day, quote, is_negative,
    verdict)
SELECT r.store_id, t.id, 'review', r.id, r.title_id, r.order_id, (r.reviewed_at AT TIME ZONE 'Asia/Shanghai')::date,
    left(r.text, 60), r.stars <= 2, CASE WHEN mod(r.id, 20) = 0 THEN 'confirmed' ELSE '' END
FROM reviews_review r JOIN unnest(%(poor)s::text[], %(codes)s::text[]) AS x (words, code)
    ON split_part(r.text, ',', 2) = x.words
JOIN topics_topic t ON t.store_id = r.store_id AND t.code = x.code
WHERE r.store_id = %(store)s AND r.stars <= 3
"""
_CASE_MENTIONS = """
INSERT INTO topics_topicmention (store_id, topic_id, source, source_id, title_id, order_id, day, quote, is_negative,
    verdict)
SELECT r.store_id, t.id, 'refund', r.id, r.title_id, r.order_id, (r.requested_at AT TIME ZONE 'Asia/Shanghai')::date,
    r.reason, true, ''
FROM refunds_refund r JOIN (VALUES ('size', 'size_small'), ('damaged', 'damaged'), ('missing', 'missing'),
    ('wrong_item', 'wrong_item'), ('not_arrived', 'slow_logistics')) AS x (kind, code) ON r.reason_kind = x.kind
JOIN topics_topic t ON t.store_id = r.store_id AND t.code = x.code
WHERE r.store_id = %(store)s
"""


def write_reviews(values: dict[str, Any]) -> None:
    """Write the reviews, the follow-ups of poor ones, and the mentions of topics in reviews and cases."""
    words = {
        "good": list(_GOOD), "openings": list(_OPENINGS), "endings": list(_ENDINGS),
        "poor": [text for text, _code in _POOR], "codes": [code for _text, code in _POOR],
        "reviews": REVIEWS, "unread": UNREAD, "unreplied": UNREPLIED, "tasks": OPEN_TASKS,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_REVIEWS, values | words)
        cursor.execute("ANALYZE reviews_review")
        for statement in (_TASKS, _REVIEW_MENTIONS, _CASE_MENTIONS):
            cursor.execute(statement, values | words)
