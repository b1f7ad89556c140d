"""What the notes of the last days ask for: by type, and by product and wish."""

from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from orders.notes.queries import Quote, TypeTopic, WishTopic, pair_label, pair_value, topics
from orders.notes.statuses import NoteType

PERIODS = (7, 30, 90)
DEFAULT_PERIOD = 30


def chosen_period(text: str) -> int:
    """Return the days that a parameter names; another number is the usual one."""
    return next((days for days in PERIODS if str(days) == text), DEFAULT_PERIOD)


@require_GET
@requires(Right.VIEW_ORDERS)
def topic_list(request: StoreRequest) -> HttpResponse:
    now, days = timezone.now(), chosen_period(request.GET.get("days", ""))
    found = topics(request.store, now - timedelta(days=days), now)
    context = {
        "active_nav": "notes",
        "now": now,
        "days": days,
        "periods": [
            (period, ngettext("%(count)s day", "%(count)s days", period) % {"count": period}) for period in PERIODS
        ],
        "found": found,
        "types": [(topic, _type_label(topic), _different(topic)) for topic in found.types],
        "wishes": [
            (topic, pair_label(topic.key), pair_value(topic.key, topic.wanted), _different(topic))
            for topic in found.wishes
        ],
        "most": max((topic.count for topic in found.types), default=0),
        "may_work": Right.WORK_ORDERS in request.rights,
        "inbox_url": reverse("notes:note-list"),
    }
    return render(request, "notes/topic_list.html", context)


def _different(topic: TypeTopic | WishTopic) -> list[Quote]:
    """Return the quotes of a topic without those that say the same."""
    return list({quote.text: quote for quote in reversed(topic.quotes)}.values())[::-1]


def _type_label(topic: TypeTopic) -> str:
    return str(NoteType(topic.kind).label) if topic.kind in NoteType.values else ""
