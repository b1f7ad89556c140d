"""What the notes of the last days ask for: by type, and by product and wish."""

from datetime import timedelta

from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from backoffice.common.access import Right, requires
from backoffice.common.clock import business_day, day_bounds
from backoffice.common.middleware import StoreRequest
from backoffice.common.quick_html import NOTHING, fill, joined
from backoffice.common.templatetags.ui import icon
from backoffice.common.web import around
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
    """Show them; the rows of wishes are made here, since fifty of them in a template cost more than to find them."""
    now, days = timezone.now(), chosen_period(request.GET.get("days", ""))
    until = day_bounds(business_day(now))[1]  # nothing is received later than now, and whole days are counted already
    found = topics(request.store, now - timedelta(days=days), until)
    address = around("desk:order-detail")
    context = {
        "active_nav": "notes",
        "now": now,
        "days": days,
        "periods": [
            (period, ngettext("%(count)s day", "%(count)s days", period) % {"count": period}) for period in PERIODS
        ],
        "found": found,
        "types": [(topic, _type_label(topic), _quotes(topic, address)) for topic in found.types],
        "wishes": _wish_rows(found.wishes, days, address, _draft_form(request)),
        "most": max((topic.count for topic in found.types), default=0),
        "inbox_url": reverse("notes:note-list"),
    }
    return render(request, "notes/topic_list.html", context)


_QUOTES = '<ul class="quotes">{}</ul>'
_QUOTE = '<li><a href="{}" title="{}">{}</a></li>'


def _quotes(topic: TypeTopic | WishTopic, address: tuple[str, str]) -> SafeString:
    """Return the quotes of a topic, each leading to its order, without those that say the same."""
    different = list({quote.text: quote for quote in reversed(topic.quotes)}.values())[::-1]
    rows = [(quote.number.join(address), quote.text, _cut(quote.text)) for quote in different]
    return fill(_QUOTES, joined(_QUOTE, rows))


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else str(Truncator(text).chars(_SHOWN))


def _type_label(topic: TypeTopic) -> str:
    return str(NoteType(topic.kind).label) if topic.kind in NoteType.values else ""


_WISH = (
    '<tr data-wish-topic="{}" data-wanted="{}" data-count="{}"><td class="wish-product">{}</td>'
    '<td class="wish-what"><span class="muted">{}</span> <strong>{}</strong><div>{}</div></td>'
    '<td class="wish-sold">{}</td><td>{}</td><td class="acts">{}</td></tr>'
)
_SOLD = '<span class="{}">{}</span>'
_NO_SPEC = SafeString('<span class="muted">—</span>')
_FORM = (
    '<form method="post" action="{}"><input type="hidden" name="csrfmiddlewaretoken" value="{}">{{}}'
    '<button type="submit" class="btn btn-sm" data-action="draft-faq">{}{}</button></form>'
)
_FIELDS = (
    '<input type="hidden" name="product" value="{}"><input type="hidden" name="kind" value="{}">'
    '<input type="hidden" name="wanted" value="{}">'
)


def _wish_rows(wishes: list[WishTopic], days: int, address: tuple[str, str], form: tuple[str, str]) -> SafeString:
    sold = {
        True: fill(_SOLD, "text-good", _("sold so")),
        False: fill(_SOLD, "text-bad", _("not sold so")),
        None: _NO_SPEC,
    }
    rows = [
        (
            topic.key, topic.wanted, topic.count, topic.product, pair_label(topic.key),
            pair_value(topic.key, topic.wanted), _times(topic.count, days), sold[topic.is_sold],
            _quotes(topic, address),
            _draft_cell(topic, form),
        )
        for topic in wishes
    ]  # fmt: skip
    return joined(_WISH, rows)


def _draft_cell(topic: WishTopic, form: tuple[str, str]) -> SafeString:
    head, tail = form
    if not head:
        return NOTHING
    fields = fill(_FIELDS, topic.product, topic.kind, topic.wanted)
    return SafeString(head + fields + tail)  # nosec B308 B703 # every part is escaped where it is made


def _times(count: int, days: int) -> str:
    text = ngettext("%(n)s time in %(days)s days", "%(n)s times in %(days)s days", count)
    return text % {"n": count, "days": days}


def _draft_form(request: StoreRequest) -> tuple[str, str]:
    """Return what stands before and after the fields of the form that drafts an answer; nothing for who may not."""
    if Right.WORK_ORDERS not in request.rights:
        return "", ""
    made = fill(_FORM, reverse("notes:faq-draft"), get_token(request), icon("pencil"), _("Draft an answer"))
    head, _fields, tail = made.partition("{}")
    return head, tail
