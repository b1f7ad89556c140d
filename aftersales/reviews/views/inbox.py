"""The review inbox: one view for the page and for its list, which htmx asks for."""

from functools import cache, partial
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET

from aftersales.reviews.filters import RESULTS, SENTIMENTS, ReviewFilter
from aftersales.reviews.queries import (
    COUNT_CAP,
    ReviewCursorError,
    ReviewPage,
    count_reviews,
    count_tabs,
    list_templates,
    review_page,
)
from aftersales.reviews.views.rows import ReviewRowMaker
from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.ui import Tab
from backoffice.common.web import wants_partial

INVALID = 422
LABELS = {
    "unread": pgettext_lazy("reviews", "Unread"),
    "unreplied": pgettext_lazy("reviews", "Not answered"),
    "poor": pgettext_lazy("reviews", "Neutral and bad"),
    "follow_up": pgettext_lazy("reviews", "Follow-ups of buyers"),
    "tasks": pgettext_lazy("reviews", "To follow up"),
    "all": gettext_lazy("All"),
}
EMPTY = {
    "unread": gettext_lazy("Somebody has read every review."),
    "unreplied": gettext_lazy("Every review with words of its own is answered."),
    "poor": gettext_lazy("Neutral and bad reviews, and those of 3 stars or fewer, appear here."),
    "follow_up": gettext_lazy("Reviews to which the buyer added something later appear here."),
    "tasks": gettext_lazy("Poor reviews that somebody has to follow up appear here, the most urgent first."),
    "all": gettext_lazy("Reviews come with a file of them, or by the interface."),
}
_WORDS = ("q", "product")


@require_GET
@requires(Right.VIEW_ORDERS)
def review_list(request: StoreRequest) -> HttpResponse:
    return answer_list(request, request.GET)


def answer_list(request: StoreRequest, data: QueryDict) -> HttpResponse:
    """Answer with the list of a query: the page, or `#list` alone for htmx. Acts answer with it as well."""
    found = ReviewFilter(data, store=request.store)
    has_errors = not found.is_valid()
    page, problem = _page(request, found)
    context = {
        **_frame_context(request, found),
        **_rows_context(request, found, page),
        "problem": problem,
        "errors": found.errors,
    }
    template = "reviews/_review_list.html" if wants_partial(request) else "reviews/review_list.html"
    response = render(request, template, context, status=INVALID if has_errors else 200)
    patch_vary_headers(response, ["HX-Request"])
    return response


@cache
def _path() -> str:
    return reverse("reviews:review-list")


def _page(request: StoreRequest, found: ReviewFilter) -> tuple[ReviewPage, str]:
    if found.errors:
        return ReviewPage(), ""
    wanted = found.found
    read = partial(review_page, request.store, tab=found.shown_tab, where=wanted.where, first=wanted.first)
    try:
        return read(after=found.data.get("after", ""), before=found.data.get("before", "")), ""
    except ReviewCursorError:
        return read(), _("That place in the list is gone; this is its first page.")


def _frame_context(request: StoreRequest, found: ReviewFilter) -> dict[str, Any]:
    """Return what stands round the rows."""
    may_reply = Right.REPLY_REVIEWS in request.rights
    return {
        "active_nav": "reviews",
        "now": timezone.now(),
        "list_path": _path(),
        "chips": found.chips(_path()),
        "clear_url": f"{_path()}?tab={found.shown_tab}",
        "query_string": found.query(),
        "tab": found.shown_tab,
        "empty_text": EMPTY[found.shown_tab],
        "may_reply": may_reply,
        "may_import": Right.IMPORT in request.rights,
        "may_manage": Right.MANAGE_STORE in request.rights,
        "thanks": [one for one in list_templates(request.store) if one.is_thanks] if may_reply else [],
        "words": [(name, found.fields[name].label, found.data.get(name, "")) for name in _WORDS],
        "selects": _selects(found),
        "days": [(name, found.fields[name].label, found.data.get(name, "")) for name in found.fields if "_" in name],
    }


def _selects(found: ReviewFilter) -> list[tuple[str, Any, str, list[tuple[str, Any]]]]:
    """Return the fields with a choice: name, label, what is chosen, what there is."""
    choices: dict[str, list[tuple[str, Any]]] = {
        "result": RESULTS,
        "stars": [(str(stars), "★" * stars) for stars in range(5, 0, -1)],
        "sentiment": SENTIMENTS,
        "topic": [(topic.code, topic.name) for topic in found.topics],
    }
    return [(name, found.fields[name].label, found.data.get(name, ""), some) for name, some in choices.items() if some]


def _rows_context(request: StoreRequest, found: ReviewFilter, page: ReviewPage) -> dict[str, Any]:
    counts = count_tabs(request.store)
    total = _total(request, found, page, counts)
    is_long = bool(page.next or page.previous) and bool(found.found.first)
    here = {name: value for name in ("after", "before") if (value := found.data.get(name, ""))}
    return {
        "rows": ReviewRowMaker(timezone.now()).rows(page.rows),
        "next_url": _place(found, after=page.next),
        "previous_url": _place(found, before=page.previous),
        "reload_url": f"{_path()}?{_with(found, **here)}",
        "tabs": _tabs(found, counts),
        "total": min(total, COUNT_CAP),
        "is_capped": is_long or total > COUNT_CAP,
    }


def _total(request: StoreRequest, found: ReviewFilter, page: ReviewPage, counts: dict[str, int]) -> int:
    """Return how many reviews the list has, counted only where neither the tab nor the page says it."""
    if found.errors:
        return 0
    if not (page.next or page.previous):
        return len(page.rows)
    if not found.values:
        return counts[found.shown_tab]
    if found.found.count is not None:
        return found.found.count
    return count_reviews(request.store, tab=found.shown_tab, where=found.found.where)


def _with(found: ReviewFilter, **place: str) -> str:
    query = QueryDict(found.query(), mutable=True)
    query.update(place)
    return query.urlencode()


def _place(found: ReviewFilter, **place: str) -> str:
    return f"{_path()}?{_with(found, **place)}" if any(place.values()) else ""


def _tabs(found: ReviewFilter, counts: dict[str, int]) -> list[Tab]:
    """Return the tabs; their links keep the filter, their counts are of the whole tab."""
    return [
        Tab(
            key=key,
            label=str(label),
            url=f"{_path()}?{found.query(tab=key)}",
            count=min(counts[key], COUNT_CAP),
            is_capped=counts[key] > COUNT_CAP,
            is_active=key == found.shown_tab,
        )
        for key, label in LABELS.items()
    ]
