"""The demo shop's topics: all its texts read, and what was done about two of its products."""

from datetime import datetime, timedelta
from random import Random

from django.db.models import Count

from aftersales.topics.models import TopicMention
from aftersales.topics.services import add_action, read_due_texts, seed_topics
from backoffice.common.clock import business_day
from backoffice.common.models import Store, User

_DONE = (
    "尺码表加了肩宽,详情页写明偏小半码",
    "换了加厚纸箱和气柱袋",
    "主图重新拍过,颜色按实物校准",
    "和工厂确认了新一批的固色工艺",
)


def furnish(*, store: Store, at: datetime, rng: Random) -> int:
    """Read what buyers wrote, and write down what the shop did about the products most spoken of."""
    seed_topics(store=store, at=at)
    count = 0
    while done := read_due_texts(store=store):
        count += done
    manager = User.objects.get(memberships__store=store, username="manager")
    spoken = TopicMention.objects.filter(store=store, title__isnull=False, topic__is_complaint=True)
    most = spoken.values("title").annotate(times=Count("pk")).order_by("-times", "title__text")
    for title_id, text in zip(most.values_list("title", flat=True)[: len(_DONE)], _DONE, strict=False):
        day = business_day(at) - timedelta(days=rng.randint(10, 40))
        add_action(store=store, title_id=title_id, text=text, day=day, actor=manager, at=at)
    return count
