"""What people say of what the rules found."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from aftersales.topics.models import TopicMention
from aftersales.topics.services.errors import TopicError
from aftersales.topics.statuses import Verdict
from backoffice.common.models import Store, User


@transaction.atomic
def decide_mention(*, store: Store, mention_id: int, verdict: str, actor: User, at: datetime) -> TopicMention:
    """Confirm or reject that a text speaks of its topic, or leave it to the rules again; the last word counts.

    Raises:
        TopicMention.DoesNotExist: the store has no such mention.
        TopicError: that is no verdict.
    """
    if verdict not in Verdict.values:
        raise TopicError(_("Choose whether the text speaks of the topic or not."), "field")
    mention = TopicMention.objects.select_for_update(of=("self",)).get(store=store, pk=mention_id)
    if mention.verdict != verdict:
        mention.verdict = verdict
        mention.decided_by, mention.decided_at = (actor, at) if verdict else (None, None)
        mention.save(update_fields=["verdict", "decided_by", "decided_at"])
    return mention
