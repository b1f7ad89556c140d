"""Acts on selected reviews: reading them, and one thank-you to many, looked through before it is written."""

from typing import Any
from urllib.parse import urlsplit

from django.db.models import Count
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from aftersales.reviews.filters import ReviewFilter
from aftersales.reviews.models import ReplyTemplate
from aftersales.reviews.queries import review_ids
from aftersales.reviews.services import THANKED_AT_MOST, ReviewError, mark_read, preview_thanks, thank_reviews
from aftersales.reviews.services.thanking import KIND
from aftersales.reviews.views.inbox import answer_list
from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.models import Job, JobRow
from backoffice.common.toasts import notify
from backoffice.common.web import wants_partial

_DIGITS = 18
SHOWN_ROWS = 500


@require_POST
@requires(Right.REPLY_REVIEWS)
def review_bulk(request: StoreRequest) -> HttpResponse:
    """Do one act to the selected reviews, or to all of the filter: `read`, or `thank:<ready reply>`."""
    act, _colon, value = request.POST.get("act", "").partition(":")
    try:
        ids = _selection(request)
        if act == "thank":
            return _ask(request, ids, value)
    except ReviewError as error:
        notify(request, str(error), level="warning")
        return _back(request)
    if act != "read":
        notify(request, _("Choose what to do with the selected reviews."), level="warning")
        return _back(request)
    count = mark_read(store=request.store, review_ids=ids, actor=request.user, at=timezone.now())
    text = ngettext("%(count)s review is read now.", "%(count)s reviews are read now.", count) % {"count": count}
    notify(request, text)
    return _back(request)


def _selection(request: StoreRequest) -> list[int]:
    """Return the selected reviews of this store: those ticked, or all of the filter as it was shown.

    Raises:
        ReviewError: nothing is selected, too much is, or the filter cannot be read.
    """
    if request.POST.get("_all"):
        found = ReviewFilter(QueryDict(request.POST.get("query", "")), store=request.store)
        if not found.is_valid():
            raise ReviewError(_("The filter could not be read, so nothing was changed."))
        ids = review_ids(request.store, tab=found.shown_tab, where=found.found.where, limit=THANKED_AT_MOST + 1)
    else:
        texts = request.POST.getlist("selected")[: THANKED_AT_MOST + 1]
        ids = [int(text) for text in texts if text.isascii() and text.isdecimal() and len(text) < _DIGITS]
    if not ids:
        raise ReviewError(_("No review is selected."))
    if len(ids) > THANKED_AT_MOST:
        text = ngettext(
            "More than %(count)s review is selected. Narrow the filter and go in steps.",
            "More than %(count)s reviews are selected. Narrow the filter and go in steps.",
            THANKED_AT_MOST,
        )
        raise ReviewError(text % {"count": THANKED_AT_MOST})
    return ids


def _template(request: StoreRequest, value: str) -> ReplyTemplate:
    is_key = value.isascii() and value.isdecimal() and len(value) < _DIGITS
    template = ReplyTemplate.objects.filter(store=request.store, pk=int(value)).first() if is_key else None
    if template is None:
        raise ReviewError(_("Choose the ready reply that thanks."), "field")
    return template


def _ask(request: StoreRequest, ids: list[int], value: str) -> HttpResponse:
    """Show what would be written to whom: a dialog, or without script a page."""
    template = _template(request, value)
    preview = preview_thanks(store=request.store, template=template, review_ids=ids, at=timezone.now())
    in_dialog = wants_partial(request)
    context = {
        "active_nav": "reviews",
        "template": template,
        "preview": preview,
        "rest": preview.count - len(preview.examples),
        "total": len(ids),
        "left_out": list(preview.left_out.items()),
        "in_dialog": in_dialog,
        "back_url": reverse("reviews:review-list"),
    }
    response = render(request, "reviews/_thanks_dialog.html" if in_dialog else "reviews/thanks_new.html", context)
    if in_dialog:
        response.headers["HX-Retarget"], response.headers["HX-Reswap"] = "#dialog-slot", "innerHTML"
    return response


@require_POST
@requires(Right.REPLY_REVIEWS)
def thanks_start(request: StoreRequest) -> HttpResponse:
    """Write the job for the reviews that the preview showed, and go to its receipt."""
    texts = request.POST.get("ids", "").split(",")[:THANKED_AT_MOST]
    ids = [int(text) for text in texts if text.isascii() and text.isdecimal() and len(text) < _DIGITS]
    try:
        template = _template(request, request.POST.get("template", ""))
        job = thank_reviews(
            store=request.store, template_id=template.pk, review_ids=ids, actor=request.user, at=timezone.now()
        )
    except ReviewError as error:
        notify(request, str(error), level="warning")
        return HttpResponseRedirect(reverse("reviews:review-list"))
    return HttpResponseRedirect(reverse("reviews:thanks", args=[job.pk]))


@require_GET
@requires(Right.REPLY_REVIEWS)
def thanks_detail(request: StoreRequest, pk: int) -> HttpResponse:
    """Show what became of each review of a batch."""
    job = get_object_or_404(Job.objects.for_store(request.store).select_related("requested_by"), pk=pk, kind=KIND)
    counts = dict(job.rows.order_by().values_list("outcome").annotate(Count("pk")))
    done = counts.get(JobRow.Outcome.DONE, 0)
    context: dict[str, Any] = {
        "active_nav": "reviews",
        "job": job,
        "rows": list(job.rows.order_by("position")[:SHOWN_ROWS]),
        "done_count": done,
        "refused_count": sum(counts.values()) - done,
        "left_out": list(job.params.get("left_out", {}).items()),
        "shown_limit": SHOWN_ROWS,
    }
    return render(request, "reviews/_thanks.html" if wants_partial(request) else "reviews/thanks_detail.html", context)


def _back(request: StoreRequest) -> HttpResponse:
    """Answer with the list that the person looks at, on its page."""
    query = urlsplit(request.headers.get("HX-Current-URL", "")).query
    if not wants_partial(request):
        query = request.POST.get("query", "")
        return HttpResponseRedirect(f"{reverse('reviews:review-list')}?{QueryDict(query).urlencode()}")
    response = answer_list(request, QueryDict(query))
    response.headers["HX-Trigger"] = "selection-done, counts-changed"
    return response
