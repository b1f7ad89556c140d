"""Reviews for tests: only what a test names differs from a plain good one."""

from datetime import datetime, timedelta
from typing import Any

from aftersales.reviews.models import ReplyTemplate, Review
from aftersales.reviews.services import ReviewRecord, record_review, save_template
from backoffice.common.models import Store
from orders.core.models import Order
from tests.factories import NOON

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def make_record(order: Order | None = None, **values: Any) -> ReviewRecord:
    """Return what the platform says of a good review of an order's first line, written an hour ago."""
    plain: dict[str, Any] = {
        "snapshot_at": NOON,
        "reviewed_at": NOON - HOUR,
        "nick": "t**5",
        "result": "good",
        "stars": 5,
        "text": "很好看, 穿着舒服",
        "follow_up": "",
        "reply": "",
    }
    if order is not None:
        plain |= {"number": order.number, "line_key": f"{order.number}-1"}
    return ReviewRecord(**(plain | values))


def make_review(store: Store, order: Order | None = None, *, at: datetime = NOON, **values: Any) -> Review:
    record = make_record(order, **({} if order else {"key": "r1"}) | values)
    return record_review(store=store, record=record, at=at).review


def make_template(store: Store, **values: Any) -> ReplyTemplate:
    plain = {"title": "thanks", "text": "Thank you {buyer} for {product}", "is_thanks": True, "actor": None}
    return save_template(store=store, at=NOON, **(plain | values))
