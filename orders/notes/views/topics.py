"""What the notes of the last days ask for: by type, and by product and wish."""

from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.quick_html import fill, joined
from orders.notes.queries import TypeTopic, WishTopic, pair_label, pair_value, topics
from orders.notes.statuses import NoteType

PERIODS = (7, 30, 90)
DEFAULT_PERIOD = 30
_SHOWN = 80  # characters of a note


def chosen_period(text: str) -> int:
    """Return the days that a parameter names; another number is the usual one."""
    return next((days for days in PERIODS if str(days) == text), DEFAULT_PERIOD)


@require_GET
@requires(Right.VIEW_ORDERS)
def topic_list(request: StoreRequest) -> HttpResponse:
    now, days = timezone.now(), chosen_period(request.GET.get("days", ""))
    found = topics(request.store, now - timedelta(days=days), now)
    address = reverse("desk:order-detail", args=[_SAMPLE]).split(_SAMPLE)
    context = {
        "active_nav": "notes",
        "now": now,
        "days": days,
        "periods": [
            (period, ngettext("%(count)s day", "%(count)s days", period) % {"count": period}) for period in PERIODS
        ],
        "found": found,
        "types": [(topic, _type_label(topic), _quotes(topic, address)) for topic in found.types],
        "wishes": [
            (topic, pair_label(topic.key), pair_value(topic.key, topic.wanted), _quotes(topic, address))
            for topic in found.wishes
        ],
        "most": max((topic.count for topic in found.types), default=0),
        "may_work": Right.WORK_ORDERS in request.rights,
        "inbox_url": reverse("notes:note-list"),
    }
    return render(request, "notes/topic_list.html", context)


_QUOTES = '<ul class="quotes">{}</ul>'
_QUOTE = '<li><a href="{}" title="{}">{}</a></li>'
_SAMPLE = "0"  # replaced in the pattern of an order's address


def _quotes(topic: TypeTopic | WishTopic, address: list[str]) -> SafeString:
    """Return the quotes of a topic, each leading to its order, without those that say the same."""
    different = list({quote.text: quote for quote in reversed(topic.quotes)}.values())[::-1]
    rows = [(quote.number.join(address), quote.text, _cut(quote.text)) for quote in different]
    return fill(_QUOTES, joined(_QUOTE, rows))


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else str(Truncator(text).chars(_SHOWN))


def _type_label(topic: TypeTopic) -> str:
    return str(NoteType(topic.kind).label) if topic.kind in NoteType.values else ""
