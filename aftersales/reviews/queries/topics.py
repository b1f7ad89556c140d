"""The reviews as a source of topics; see aftersales.topics.sources."""

from collections.abc import Mapping, Sequence

from django.urls import reverse

from aftersales.reviews.models import Review
from aftersales.reviews.queries.reviews import texts_for_topics
from backoffice.common.models import Store

__all__ = ["addresses", "count_texts", "ids_after", "newest_ids", "texts_for_topics"]


def ids_after(store: Store, after: int, limit: int) -> list[int]:
    reviews = Review.objects.for_store(store).filter(pk__gt=after).order_by("pk")
    return list(reviews.values_list("pk", flat=True)[:limit])


def newest_ids(store: Store, limit: int) -> list[int]:
    reviews = Review.objects.for_store(store).order_by("-reviewed_at", "-pk")
    return list(reviews.values_list("pk", flat=True)[:limit])


def count_texts(store: Store) -> int:
    return Review.objects.for_store(store).count()


def addresses(store: Store, ids: Sequence[int]) -> Mapping[int, str]:
    """Return the pages of these reviews."""
    found = Review.objects.for_store(store).filter(pk__in=ids).values_list("pk", flat=True)
    return {pk: reverse("reviews:review-detail", args=[pk]) for pk in found}
