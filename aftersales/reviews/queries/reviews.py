"""One review with what is known around it, and how long the first answers took."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.db.models import F, QuerySet

from aftersales.reviews.models import Review
from backoffice.common.models import Store
from backoffice.common.statements import Prepared
from orders.core.models import ContactLog, Order

_HISTORY = timedelta(days=365)
_SHOWN, _MOST_ORDERS = 10, 200

# samples whose places the values of a call take
_STORE, _REVIEW, _ORDER, _BUYER, _SINCE = -1, -2, -3, -4, datetime(2001, 2, 3, tzinfo=UTC)
_RELATED = ("order", "line", "buyer", "title", "replied_by", "read_by", "task__owner", "task__closed_by")
_ONE = Prepared(
    lambda: Review.objects.filter(store=_STORE, pk=_REVIEW).select_related(*_RELATED), _STORE, _REVIEW
)  # fmt: skip
_CONTACTS = Prepared(lambda: ContactLog.objects.filter(order=_ORDER).order_by("-at", "-pk")[:_SHOWN], _ORDER)


def _others() -> QuerySet[Review]:
    orders = Order.objects.filter(buyer=_BUYER, placed_at__gt=_SINCE).order_by("-placed_at").values("pk")
    reviews = Review.objects.filter(store=_STORE, order__in=orders[:_MOST_ORDERS]).exclude(pk=_REVIEW)
    return reviews.select_related("title").order_by("-reviewed_at", "-pk")[:_SHOWN]


_OTHERS = Prepared(_others, _STORE, _REVIEW, _BUYER, _SINCE)


def review_of(store: Store, pk: int) -> Review:
    """Return a review with its order, line, people and follow-up.

    Raises:
        Review.DoesNotExist: the store has no such review.
    """
    found = _ONE.fetch(store.pk, pk)
    if not found:
        raise Review.DoesNotExist
    review = found[0]
    review.store = store
    return review


def reviews_of_order(order: Order) -> QuerySet[Review]:
    reviews = Review.objects.filter(store=order.store_id, order=order).select_related("title", "replied_by", "task")
    return reviews.order_by("-reviewed_at", "-pk")


def others_of_buyer(review: Review, now: datetime) -> list[Review]:
    """Return the buyer's other reviews, found by their orders of the last twelve months, the newest first."""
    if review.buyer_id is None:
        return []
    return _OTHERS.fetch(review.store_id, review.pk, review.buyer_id, now - _HISTORY)


def contacts_of(review: Review) -> list[ContactLog]:
    """Return what the buyer was asked or told about the order, the newest first."""
    if review.order_id is None:
        return []
    return _CONTACTS.fetch(review.order_id)


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
