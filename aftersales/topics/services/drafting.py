"""From what buyers say of a product to an answer for its page."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from aftersales.topics.models import Topic, TopicMention
from aftersales.topics.statuses import Verdict
from backoffice.common.clock import business_day
from backoffice.common.models import Store, User
from orders.core.models import ProductTitle
from orders.notes.models import FaqEntry
from orders.notes.statuses import NoteType

LOOK_BACK = timedelta(days=90)
_QUESTION_LENGTH, _COUNTED = 200, 1_000


@transaction.atomic
def draft_answer(*, store: Store, topic_id: int, title_id: int, actor: User, at: datetime) -> FaqEntry:
    """Draft a question about a product from a topic; one that is there already stays as it is.

    Raises:
        Topic.DoesNotExist: the store has no such topic.
        ProductTitle.DoesNotExist: the store sells no such product.
    """
    topic = Topic.objects.for_store(store).get(pk=topic_id)
    title = ProductTitle.objects.get(store=store, pk=title_id)
    question = _("%(topic)s: what should I know before I buy?") % {"topic": topic.name}
    mentions = TopicMention.objects.filter(store=store, title=title, topic=topic, day__gt=business_day(at) - LOOK_BACK)
    count = mentions.exclude(verdict=Verdict.REJECTED)[:_COUNTED].count()
    return FaqEntry.objects.get_or_create(
        store=store, product=title.text, question=question[:_QUESTION_LENGTH],
        defaults={"kind": NoteType.OTHER, "note_count": count, "updated_by": actor, "updated_at": at},
    )[0]  # fmt: skip
