"""Reviews for the walks over all pages: one with everything on it, files, a batch of thanks."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from aftersales.reviews.models import Review
from aftersales.reviews.services import close_task, record_review, reply_review, save_template, thank_reviews
from backoffice.common.models import Job, Store, User
from orders.core.models import Order
from orders.core.services import log_contact
from tests.factories import NOON, make_order
from tests.reviews.helpers import HOUR, make_record

SHEET = "订单编号,评价时间,评价内容,评价结果,备注\nR1,2026-05-31 10:00,好,好评,x\nR2,昨天,好,好评,x\n"


def fill_reviews(store: Store, staff: User, *, text: str = "穿着舒服") -> list[Review]:
    """Make a poor review with a follow-up of both kinds, an answered one, one without an order, and a batch."""
    order = make_order(store=store)
    poor = _record(store, order, stars=1, result="bad", text=text, reviewed_at=NOON - 2 * HOUR)
    later = _record(store, make_order(store=store, buyer=order.buyer), follow_up=text, text=text)
    answered = _record(store, make_order(store=store), stars=2, result="bad", text=text)
    alone = _record(store, None, number="R9", line_key="1", text=text)
    thanked = _record(store, make_order(store=store), text=text)
    reply_review(store=store, review_id=answered.pk, text=f"{text}!"[:500], actor=staff, at=NOON)
    close_task(store=store, review_id=answered.pk, state="solved", outcome=text[:300], actor=staff, at=NOON)
    log_contact(store=store, order_id=order.pk, channel="chat", text=text, actor=staff, at=NOON)
    thanks = save_template(store=store, title=text[:60], text=text[:500], is_thanks=True, actor=staff, at=NOON)
    thank_reviews(store=store, template_id=thanks.pk, review_ids=[thanked.pk, poor.pk], actor=staff, at=NOON)
    return [poor, later, answered, alone, thanked]


def _record(store: Store, order: Order | None, **values: Any) -> Review:
    return record_review(store=store, record=make_record(order, **values), at=NOON).review


def fill_review_pages(store: Store, staff: User, client: Any) -> None:
    """Make reviews, and upload a file with a row that is none."""
    fill_reviews(store, staff)
    client.post("/aftersales/reviews/import/", {"files": [SimpleUploadedFile("评价.csv", SHEET.encode())]})


def thanks_jobs() -> list[int]:
    return list(Job.objects.filter(kind="review_thanks").values_list("pk", flat=True))
