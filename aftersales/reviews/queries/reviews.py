"""One review with what is known around it, and how long the first answers took."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import F, QuerySet

from aftersales.reviews.models import Review
from backoffice.common.models import Store
from orders.core.models import ContactLog, Order

_HISTORY = timedelta(days=365)
_SHOWN = 10


def review_of(store: Store, pk: int) -> Review:
    """Return a review with its order, line, people and follow-up.

    Raises:
        Review.DoesNotExist: the store has no such review.
    """
    found = Review.objects.for_store(store).select_related(
        "order", "line", "buyer", "title", "replied_by", "read_by", "task__owner", "task__closed_by"
    )
    review = found.get(pk=pk)
    review.store = store
    return review


def reviews_of_order(order: Order) -> QuerySet[Review]:
    reviews = Review.objects.filter(store=order.store_id, order=order).select_related("title", "replied_by", "task")
    return reviews.order_by("-reviewed_at", "-pk")


def others_of_buyer(review: Review, now: datetime) -> list[Review]:
    """Return the buyer's other reviews, found by their orders of the last twelve months, the newest first."""
    if review.buyer_id is None:
        return []
    orders = Order.objects.filter(buyer=review.buyer_id, placed_at__gt=now - _HISTORY).order_by("-placed_at")
    reviews = Review.objects.for_store(review.store).filter(order__in=list(orders.values_list("pk", flat=True)[:200]))
    return list(reviews.exclude(pk=review.pk).select_related("title").order_by("-reviewed_at", "-pk")[:_SHOWN])


def contacts_of(review: Review) -> list[ContactLog]:
    """Return what the buyer was asked or told about the order, the newest first."""
    if review.order_id is None:
        return []
    return list(ContactLog.objects.filter(order=review.order_id).order_by("-at", "-pk")[:_SHOWN])


class ResponseTime(NamedTuple):
    """How long a review waited for its first answer, and for whose."""

    person_id: int
    hours: float


def response_times(store: Store, since: datetime, until: datetime) -> list[ResponseTime]:
    """Return the first answers to reviews that were written in this time, by person."""
    answered = Review.objects.for_store(store).filter(
        reviewed_at__gte=since, reviewed_at__lt=until, replied_by__isnull=False, replied_at__gte=F("reviewed_at")
    )
    rows = answered.values_list("replied_by_id", F("replied_at") - F("reviewed_at")).order_by("replied_by_id", "pk")
    return [ResponseTime(person, span.total_seconds() / 3600) for person, span in rows]
