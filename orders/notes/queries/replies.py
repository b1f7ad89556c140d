from collections.abc import Collection

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from backoffice.common.models import Store, User
from orders.notes.models import FaqEntry, QuickReply

MOST_REPLIES = 200


def replies_of(store: Store, user: User) -> QuerySet[QuickReply]:
    """Return the replies that a person may use: their own and the store's."""
    return QuickReply.objects.filter(Q(owner=user) | Q(owner__isnull=True), store=store)


def list_replies(store: Store, user: User, kinds: Collection[str] = ()) -> list[QuickReply]:
    """Return the replies that a person may use: first those for these types of notes, then the most used."""
    is_for_kind = When(kind__in=list(kinds), then=Value(0))
    rank = Case(is_for_kind, default=Value(1), output_field=IntegerField())
    rows = replies_of(store, user).annotate(rank=rank).order_by("rank", "-use_count", "title", "pk")
    return list(rows[:MOST_REPLIES])


def list_faq(store: Store, *, product: str = "") -> QuerySet[FaqEntry]:
    """Return the store's questions and answers, drafts first; of one product when its title is given."""
    entries = FaqEntry.objects.filter(store=store).select_related("updated_by")
    return (entries.filter(product=product) if product else entries).order_by("-is_draft", "product", "question", "pk")
