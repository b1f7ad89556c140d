"""What the acts on a review share: its order is locked first, then the review's row."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from aftersales.reviews.models import Review
from aftersales.reviews.services.errors import ReviewConflict
from backoffice.common.models import Job, Store, User
from orders.core.models import Order
from orders.core.services import bump, lock_order, record_event
from orders.core.statuses import EventSource


class Doing(NamedTuple):
    """Who does something, when and from where: what an event tells of it."""

    actor: User | None
    at: datetime
    source: str = EventSource.STAFF
    job: Job | None = None


def lock_review(*, store: Store, review_id: int, version: int | None = None) -> Review:
    """Lock a review of the store, its order first; `review.order` is the locked order.

    Raises:
        Review.DoesNotExist: the store has no such review.
        ReviewConflict: it is not at the version the caller saw, or was tied to its order just now.
        OrderError: somebody holds the order's lock for too long.
    """
    order_id = Review.objects.for_store(store).values_list("order_id", flat=True).get(pk=review_id)
    order = lock_order(store=store, order_id=order_id) if order_id is not None else None
    review = Review.objects.for_store(store).select_for_update(of=("self",)).get(pk=review_id)
    if review.order_id != order_id or (version is not None and review.version != version):
        raise ReviewConflict(review)
    review.store, review.order = store, order
    return review


def save_review(review: Review, at: datetime, values: Mapping[str, Any]) -> None:
    """Save these columns of a locked review with the next version."""
    for name, value in values.items():
        setattr(review, name, value)
    review.version += 1
    review.updated_at = at
    review.save(update_fields=[*values, "version", "updated_at"])


def tell_order(order: Order | None, kind: str, doing: Doing, after: Mapping[str, Any]) -> None:
    """Write what happened to a review into the history of its locked order, where that is known."""
    if order is not None:
        record_event(order, kind, actor=doing.actor, at=doing.at, source=doing.source, after=after, job=doing.job)
        bump(order, doing.at, actor=doing.actor)
