"""Reviews that came before their orders are tied to them when these arrive."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max

from aftersales.reviews.models import Review
from aftersales.reviews.services.base import save_review
from aftersales.reviews.services.recording import find_line
from aftersales.reviews.services.records import ReviewRecord
from backoffice.common.models import AlertMark
from backoffice.common.statements import fetch
from orders.core.models import Order
from orders.core.services import OrderError, lock_order

MARK = "reviews"
_EVERY = timedelta(minutes=1)
_MOST = 500  # at one look; the next one goes on
_FOUND = """
SELECT r.id, o.id FROM orders_order o
JOIN reviews_review r ON r.store_id = o.store_id AND r.order_number = o.number
WHERE o.id > %s AND o.id <= %s AND r.order_id IS NULL AND r.order_number <> '' ORDER BY o.id, r.id LIMIT %s
"""


def adopt_reviews(now: datetime) -> int:
    """Tie reviews to the orders that are new since the last look, each in its own transaction; return how many.

    Ids are given before they are committed: an order is looked at a minute after its id was first seen.
    """
    mark = AlertMark.objects.filter(name=MARK).first()
    if mark is None:
        AlertMark.objects.get_or_create(name=MARK, defaults={"at": now, "value": {"seen": 0, "top": _top()}})
        return 0
    if now - mark.at < _EVERY:
        return 0
    seen, upto = mark.value["seen"], mark.value["top"]
    found, done = fetch(_FOUND, [seen, upto, _MOST]) if upto > seen else [], 0
    try:
        for review_id, order_id in found:
            done += _adopt(review_id, order_id, now)
    except OrderError:  # somebody is saving this order: the next look goes on with it
        return done
    if len(found) < _MOST:
        AlertMark.objects.filter(pk=mark.pk, at=mark.at).update(value={"seen": upto, "top": _top()}, at=now)
    return done


def _top() -> int:
    return Order.objects.aggregate(top=Max("pk"))["top"] or 0


@transaction.atomic
def _adopt(review_id: int, order_id: int, at: datetime) -> bool:
    """Tie one; tell whether nobody did before."""
    order = Order.objects.select_related("store", "buyer").get(pk=order_id)
    lock_order(store=order.store, order_id=order_id)
    review = Review.objects.select_for_update(of=("self",)).select_related("title").get(pk=review_id)
    if review.order_id is not None:
        return False
    title = review.title.text if review.title else ""
    record = ReviewRecord(
        snapshot_at=at, reviewed_at=at, number=order.number, line_key=review.key.partition(":")[2],
        product_id=review.product_id, title=title,
    )  # fmt: skip
    line = find_line(order, record)
    values = {"order": order, "line": line, "buyer": order.buyer}
    save_review(review, at, values | ({"title": line.title} if line is not None else {}))
    return True
