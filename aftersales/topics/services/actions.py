"""What the shop did about a product, written down beside the counts of what buyers say."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from aftersales.topics.models import ProductAction, Topic
from aftersales.topics.services.errors import TopicError
from backoffice.common.clock import business_day
from backoffice.common.masking import mask_text
from backoffice.common.models import Store, User
from orders.core.models import ProductTitle

TEXT_LENGTH = 300
_FURTHEST = timedelta(days=3660)


@transaction.atomic
def add_action(
    *, store: Store, title_id: int, text: str, day: date, actor: User, at: datetime, topic_id: int | None = None
) -> ProductAction:
    """Write down what was done about a product and when: “size table changed”.

    Raises:
        ProductTitle.DoesNotExist: the store sells no such product.
        TopicError: the text or the day will not do, or there is no such topic.
    """
    text = mask_text(" ".join(text.replace("\0", "").split()))
    if not 0 < len(text) <= TEXT_LENGTH:
        raise TopicError(_("Say in 1 to %(count)s characters what was done.") % {"count": TEXT_LENGTH}, "field")
    today = business_day(at)
    if not today - _FURTHEST <= day <= today:
        raise TopicError(_("Choose the day on which it was done: today or before."), "field")
    title = ProductTitle.objects.get(store=store, pk=title_id)
    topic = Topic.objects.for_store(store).filter(pk=topic_id).first() if topic_id is not None else None
    if topic_id is not None and topic is None:
        raise TopicError(_("There is no such topic any more."), "field")
    return ProductAction.objects.create(store=store, title=title, topic=topic, day=day, text=text, actor=actor, at=at)


@transaction.atomic
def withdraw_action(*, store: Store, action_id: int, at: datetime) -> ProductAction:
    """Take back what was written down; it stays in the database and leaves the page.

    Raises:
        ProductAction.DoesNotExist: the store has no such action.
    """
    action = ProductAction.objects.select_for_update(of=("self",)).get(store=store, pk=action_id)
    if action.withdrawn_at is None:
        action.withdrawn_at = at
        action.save(update_fields=["withdrawn_at"])
    return action
