"""The reviews as a source of topics; see aftersales.topics.sources."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db.models import Q
from django.urls import reverse

from aftersales.reviews.models import Review, ReviewQuerySet
from aftersales.reviews.statuses import POOR_RESULTS, POOR_STARS, Sentiment
from backoffice.common.models import Store


class TopicText(NamedTuple):
    """A text of a buyer as topics are found in it."""

    id: int
    text: str
    title_id: int | None
    order_id: int | None
    said_at: datetime
    is_negative: bool


def texts_for_topics(store: Store, ids: Sequence[int]) -> Iterator[TopicText]:
    """Yield what these reviews and their follow-ups say; those that say nothing are left out."""
    rows = Review.objects.for_store(store).filter(pk__in=ids).order_by("pk")
    fields = ("pk", "text", "is_default", "follow_up", "title_id", "order_id", "reviewed_at", "followed_up_at")
    for pk, text, is_default, later, title, order, at, later_at, result, stars, sentiment in rows.values_list(
        *fields, "result", "stars", "sentiment"
    ):
        words = "\n".join(filter(None, ("" if is_default else text, later)))
        if words:
            is_poor = result in POOR_RESULTS or (stars is not None and stars <= POOR_STARS)
            said_at = later_at if is_default and later_at else at
            yield TopicText(pk, words, title, order, said_at, is_poor or sentiment == Sentiment.NEGATIVE)


def _spoken(store: Store) -> ReviewQuerySet:
    """Return the reviews whose buyers wrote something."""
    return Review.objects.for_store(store).filter(Q(is_default=False) | ~Q(follow_up=""))


def ids_after(store: Store, after: int, limit: int) -> list[int]:
    return list(_spoken(store).filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:limit])


def newest_ids(store: Store, limit: int) -> list[int]:
    return list(_spoken(store).order_by("-reviewed_at", "-pk").values_list("pk", flat=True)[:limit])


def count_texts(store: Store) -> int:
    return _spoken(store).count()


def addresses(store: Store, ids: Sequence[int]) -> Mapping[int, str]:
    """Return the pages of these reviews."""
    found = Review.objects.for_store(store).filter(pk__in=ids).values_list("pk", flat=True)
    return {pk: reverse("reviews:review-detail", args=[pk]) for pk in found}
