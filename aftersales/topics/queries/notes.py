"""The buyer notes as a source of topics; see aftersales.topics.sources."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db.models import Case, Count, Min, Q, When
from django.urls import reverse

from backoffice.common.models import Store
from orders.core.models import OrderLine
from orders.notes.models import BuyerNote


class NoteText(NamedTuple):
    id: int
    text: str
    title_id: int | None
    order_id: int
    said_at: datetime
    is_negative: bool


def texts_for_topics(store: Store, ids: Sequence[int]) -> Iterator[NoteText]:
    """Yield what these notes say; a note is about a product where its order holds one alone."""
    notes = BuyerNote.objects.for_store(store).filter(pk__in=ids).exclude(text="").order_by("pk")
    rows = list(notes.values_list("pk", "text", "order_id", "received_at"))
    titles = _only_titles([order for _pk, _text, order, _at in rows])
    for pk, text, order, at in rows:
        yield NoteText(pk, text, titles.get(order), order, at, False)  # noqa: FBT003 -- a note is a wish


def _only_titles(orders: Sequence[int]) -> dict[int, int | None]:
    """Return the title of each order that holds one alone, gifts aside."""
    lines = OrderLine.objects.filter(order__in=orders, is_gift=False).values("order_id")
    found = lines.annotate(titles=Count("title_id", distinct=True), one=Min("title_id"))
    return dict(found.annotate(only=Case(When(Q(titles=1), then="one"))).values_list("order_id", "only"))


def ids_after(store: Store, after: int, limit: int) -> list[int]:
    notes = BuyerNote.objects.for_store(store).filter(pk__gt=after).order_by("pk")
    return list(notes.values_list("pk", flat=True)[:limit])


def newest_ids(store: Store, limit: int) -> list[int]:
    notes = BuyerNote.objects.for_store(store).order_by("-received_at", "-pk")
    return list(notes.values_list("pk", flat=True)[:limit])


def count_texts(store: Store) -> int:
    return BuyerNote.objects.for_store(store).count()


def addresses(store: Store, ids: Sequence[int]) -> Mapping[int, str]:
    """Return the orders of these notes."""
    notes = BuyerNote.objects.for_store(store).filter(pk__in=ids)
    return {pk: reverse("desk:order-detail", args=[number]) for pk, number in notes.values_list("pk", "order__number")}
