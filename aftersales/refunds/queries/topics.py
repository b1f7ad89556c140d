"""The after-sales cases as a source of topics; see aftersales.topics.sources."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.urls import NoReverseMatch, reverse

from aftersales.refunds.models import Refund
from backoffice.common.models import Store


class CaseText(NamedTuple):
    id: int
    text: str
    title_id: int | None
    order_id: int | None
    said_at: datetime
    is_negative: bool


def texts_for_topics(store: Store, ids: Sequence[int]) -> Iterator[CaseText]:
    """Yield the reason of these cases and what the buyer wrote to it; those that say nothing are left out."""
    cases = Refund.objects.for_store(store).filter(pk__in=ids).order_by("pk")
    for pk, reason, text, title, order, at in cases.values_list(
        "pk", "reason", "text", "title_id", "order_id", "requested_at"
    ):
        if words := "\n".join(filter(None, (reason, text))):
            yield CaseText(pk, words, title, order, at, True)  # noqa: FBT003 -- nobody asks for money back in praise


def ids_after(store: Store, after: int, limit: int) -> list[int]:
    cases = Refund.objects.for_store(store).filter(pk__gt=after).order_by("pk")
    return list(cases.values_list("pk", flat=True)[:limit])


def newest_ids(store: Store, limit: int) -> list[int]:
    cases = Refund.objects.for_store(store).order_by("-requested_at", "-pk")
    return list(cases.values_list("pk", flat=True)[:limit])


def count_texts(store: Store) -> int:
    return Refund.objects.for_store(store).count()


def addresses(store: Store, ids: Sequence[int]) -> Mapping[int, str]:
    """Return the pages of these cases."""
    cases = Refund.objects.for_store(store).filter(pk__in=ids).values_list("pk", "number")
    try:
        return {pk: reverse("refunds:refund-detail", args=[number]) for pk, number in cases}
    except NoReverseMatch:
        return {}
