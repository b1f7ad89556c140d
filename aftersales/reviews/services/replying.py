"""Answering reviews. A reply is recorded here; the platform's next word on the review says whether it stands there."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from aftersales.reviews.models import ReplyTemplate, Review
from aftersales.reviews.queries.shop import reply_until, settings_of
from aftersales.reviews.services.base import Doing, lock_review, save_review, tell_order
from aftersales.reviews.services.errors import ReviewError
from aftersales.reviews.services.texts import clean_reply, fill_reply
from aftersales.reviews.statuses import ReplyState
from backoffice.common.models import Job, Store, User
from orders.core.statuses import EventKind, EventSource


def reply_problem(review: Review, days_end: datetime, at: datetime) -> str:
    """Say why the platform would not take a reply to this review now; empty: it would."""
    if review.reply_state == ReplyState.SENT:
        return _("The platform shows a reply already, and takes one for each review.")
    if review.followed_up_at is not None:
        return _("The buyer has written a follow-up: the platform takes no reply after it.")
    if days_end < at:
        return _("The platform's time for a reply is over: it ended %(day)s.") % {"day": f"{days_end:%Y-%m-%d}"}
    return ""


@transaction.atomic
def reply_review(
    *,
    store: Store,
    review_id: int,
    text: str,
    template_id: int | None = None,
    is_first: bool = False,
    actor: User | None,
    at: datetime,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> Review:
    """Record the reply to a review, its variables filled in; one that is not on the platform yet may be rewritten.

    `template_id` is the ready reply that the text began with, whose use is counted; `is_first` refuses to rewrite.

    Raises:
        Review.DoesNotExist: the store has no such review.
        ReviewError: the text must not go out, or the platform would not take it any more.
        ReviewConflict: the review is not at the version the caller saw.
    """
    review = lock_review(store=store, review_id=review_id, version=version)
    if is_first and review.reply_state:
        raise ReviewError(_("It is answered already."))
    if problem := reply_problem(review, reply_until(review, settings_of(store)), at):
        raise ReviewError(problem)
    text = clean_reply(fill_reply(text, review), store=store)
    if review.reply == text:
        return review
    save_review(review, at, _answered(review, text, Doing(actor, at)))
    if template_id is not None:
        used = ReplyTemplate.objects.filter(store=store, pk=template_id)
        used.update(use_count=F("use_count") + 1, used_at=at)
    tell_order(review.order, EventKind.REVIEW_REPLIED, Doing(actor, at, source, job), {"reply": text})
    return review


def _answered(review: Review, text: str, doing: Doing) -> dict[str, Any]:
    """Return the columns of a reply; who answered first, and when, stays through later wordings."""
    values: dict[str, Any] = {"reply": text, "reply_state": ReplyState.RECORDED.value}
    if not review.reply_state:
        values |= {"replied_by": doing.actor, "replied_at": doing.at}
    if review.read_at is None:
        values |= {"read_by": doing.actor, "read_at": doing.at}
    return values


def mark_read(*, store: Store, review_ids: Sequence[int], actor: User, at: datetime) -> int:
    """Note that somebody has read these reviews; return how many were unread. No event, since nothing changes."""
    unread = Review.objects.for_store(store).filter(pk__in=review_ids, read_at__isnull=True)
    return unread.update(read_by=actor, read_at=at)
