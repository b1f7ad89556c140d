"""Topics for the walks over all pages: found, confirmed and rejected, with what was done about a product."""

from datetime import date

from django.utils import timezone

from aftersales.topics.services import add_action, decide_mention
from analytics.rollups.runs import roll_range
from backoffice.common.models import Store, User
from orders.core.models import ProductTitle
from tests.factories import make_title
from tests.topics.helpers import make_mention, make_topic


def fill_topics(store: Store, staff: User, *, text: str = "too small") -> ProductTitle:
    """Make a topic of that name with mentions of every sort; return the product that they are about."""
    now = timezone.now()
    title = make_title(store=store, text=text[:500])
    topic = make_topic(store, "small", name=text[:40], words=[text[:40]], not_words=[text[:40]])
    make_topic(store, "idle", name=f"{text[:30]} 2", words=["idle"], is_active=False)
    mentions = [
        make_mention(topic, title=title, source=source, quote=text[:200], day=date(2026, 5, 28), is_negative=True)
        for source in ("note", "refund", "review")
    ]
    for mention, verdict in zip(mentions, ("confirmed", "rejected"), strict=False):
        decide_mention(store=store, mention_id=mention.pk, verdict=verdict, actor=staff, at=now)
    day = date(2026, 5, 28)
    add_action(store=store, title_id=title.pk, text=text[:300], day=day, topic_id=topic.pk, actor=staff, at=now)
    roll_range(stores=[store], first=date(2026, 5, 20), last=date(2026, 5, 31), at=now)
    return title
