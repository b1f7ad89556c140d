"""One review, beside the list or as a page: reading it marks it read; answering; following up."""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from aftersales.reviews.forms import TaskEndForm
from aftersales.reviews.models import ReplyTemplate, Review
from aftersales.reviews.queries import (
    contacts_of,
    list_templates,
    others_of_buyer,
    reply_until,
    review_of,
    settings_of,
)
from aftersales.reviews.services import (
    ReviewError,
    clean_reply,
    close_task,
    fill_reply,
    mark_read,
    open_task,
    own_task,
    people_of,
    reply_problem,
    reply_review,
)
from aftersales.reviews.statuses import REPLY_LIMIT, TaskState
from aftersales.reviews.views.rows import RESULT_TONES, SENTIMENT_TONES
from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.toasts import notify
from backoffice.common.web import wants_partial
from orders.core.services import OrderError

INVALID, CONFLICT = 422, 409
_DIGITS = 18


@require_GET
@requires(Right.VIEW_ORDERS)
def review_detail(request: StoreRequest, pk: int) -> HttpResponse:
    """Show one review; who may answer reviews has read it then."""
    review = _review(request, pk)
    if review.read_at is None and Right.REPLY_REVIEWS in request.rights:
        mark_read(store=request.store, review_ids=[pk], actor=request.user, at=timezone.now())
    return _answer(request, review, text=_begun(request, review))


def _review(request: StoreRequest, pk: int) -> Review:
    try:
        return review_of(request.store, pk)
    except Review.DoesNotExist as error:
        raise Http404 from error


def _begun(request: StoreRequest, review: Review) -> str | None:
    """Return the ready reply that the address names, filled in for this review."""
    template = _template(request, request.GET.get("template", ""))
    return fill_reply(template.text, review) if template is not None else None


def _template(request: StoreRequest, text: str) -> ReplyTemplate | None:
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
        return None
    return ReplyTemplate.objects.filter(store=request.store, pk=int(text)).first()


def _answer(
    request: StoreRequest, review: Review, *, text: str | None = None, error: str = "", status: int = 200,
    task_form: TaskEndForm | None = None,
) -> HttpResponse:  # fmt: skip
    """Answer with the review: the pane, its inside alone after an act, or the page."""
    context = _context(request, review) | {"error": error, "task_form": task_form or TaskEndForm()}
    context |= {"text": text or "", "is_begun": text is not None}
    is_pane = bool(request.GET.get("pane") or request.POST.get("pane"))
    context |= {"is_pane": is_pane, **_preview(review, context["text"])}
    response = render(request, _part(request, is_pane=is_pane), context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _part(request: StoreRequest, *, is_pane: bool) -> str:
    if not wants_partial(request):
        return "reviews/review_detail.html"
    return "reviews/_review_pane.html" if is_pane and request.method == "GET" else "reviews/_review.html"


def _context(request: StoreRequest, review: Review) -> dict[str, Any]:
    now, settings = timezone.now(), settings_of(request.store)
    until = reply_until(review, settings)
    may_reply = Right.REPLY_REVIEWS in request.rights
    task = getattr(review, "task", None)
    is_task_open = task is not None and task.state == TaskState.OPEN
    return {
        "active_nav": "reviews",
        "now": now,
        "review": review,
        "order": review.order,
        "result_tone": RESULT_TONES[review.result],
        "sentiment_tone": SENTIMENT_TONES.get(review.sentiment, "grey"),
        "stars_on": "★" * (review.stars or 0),
        "stars_off": "★" * (5 - (review.stars or 5)),
        "may_reply": may_reply,
        "problem": reply_problem(review, until, now),
        "until": until,
        "template": request.POST.get("template") or request.GET.get("template", ""),
        "templates": list_templates(request.store, result=review.result) if may_reply else [],
        "hours": _hours(review),
        "task": task,
        "is_task_open": is_task_open,
        "people": people_of(request.store) if may_reply and is_task_open else [],
        "contacts": contacts_of(review) if review.order and not review.order.note_state else [],
        "others": others_of_buyer(review, now),
        "limit": REPLY_LIMIT,
    }


def _hours(review: Review) -> float | None:
    """Return how long the buyer waited for the first answer."""
    if review.replied_at is None or review.replied_at < review.reviewed_at:
        return None
    return round((review.replied_at - review.reviewed_at).total_seconds() / 3600, 1)


def _preview(review: Review, text: str) -> dict[str, Any]:
    """Return what the buyer would read, how long it is, and what speaks against it."""
    text = text[: REPLY_LIMIT * 4]
    filled = fill_reply(text, review).strip()
    problem = ""
    if filled:
        try:
            clean_reply(filled, store=review.store)
        except ReviewError as error:
            problem = str(error)
    return {"filled": filled if filled != text.strip() else "", "length": len(filled), "text_problem": problem}


@require_POST
@requires(Right.REPLY_REVIEWS)
def reply_preview(request: StoreRequest, pk: int) -> HttpResponse:
    """Answer with the length of a reply and what speaks against it, while it is being written."""
    review = _review(request, pk)
    context = _preview(review, request.POST.get("text", "")) | {"limit": REPLY_LIMIT}
    return render(request, "reviews/_reply_preview.html", context)


@require_POST
@requires(Right.REPLY_REVIEWS)
def review_reply(request: StoreRequest, pk: int) -> HttpResponse:
    """Record the reply; what was typed is kept when it is refused."""
    text = request.POST.get("text", "")
    template = _template(request, request.POST.get("template", ""))
    try:
        reply_review(
            store=request.store, review_id=pk, text=text, template_id=template.pk if template else None,
            actor=request.user, at=timezone.now(), version=_number(request, "version"),
        )  # fmt: skip
    except Review.DoesNotExist as error:
        raise Http404 from error
    except OrderError as error:
        return _refused(request, pk, error, text=text)
    notify(request, _("The reply is recorded. Copy it to the platform: nothing is sent from here."))
    return _done(request, pk)


def _number(request: StoreRequest, name: str) -> int | None:
    text = request.POST.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < _DIGITS else None


def _refused(request: StoreRequest, pk: int, error: OrderError, **context: Any) -> HttpResponse:
    status = INVALID if error.code == "field" else CONFLICT
    return _answer(request, _review(request, pk), error=str(error), status=status, **context)


def _done(request: StoreRequest, pk: int) -> HttpResponse:
    """Answer with the review as it is now; the list beside it reads itself again."""
    if not wants_partial(request):
        return HttpResponseRedirect(reverse("reviews:review-detail", args=[pk]))
    response = _answer(request, _review(request, pk))
    response.headers["HX-Trigger"] = "list-changed, counts-changed"
    return response


# Follow-ups


@require_POST
@requires(Right.REPLY_REVIEWS)
def review_task(request: StoreRequest, pk: int, act: str) -> HttpResponse:
    """Open, take, give or close the follow-up of a review."""
    if act not in _TASK_ACTS:
        raise Http404
    form = TaskEndForm(request.POST) if act == "close" else None
    if form is not None and not form.is_valid():
        return _answer(request, _review(request, pk), status=INVALID, task_form=form)
    try:
        _TASK_ACTS[act](request, pk)
    except Review.DoesNotExist as error:
        raise Http404 from error
    except OrderError as error:
        return _refused(request, pk, error, task_form=form)
    return _done(request, pk)


def _open(request: StoreRequest, pk: int) -> None:
    open_task(store=request.store, review_id=pk, actor=request.user, at=timezone.now())
    notify(request, _("The follow-up is open, and yours."))


def _own(request: StoreRequest, pk: int) -> None:
    wanted = request.POST.get("owner", "")
    owner = next((person for person in people_of(request.store) if str(person.pk) == wanted), None)
    if wanted and owner is None:
        raise ReviewError(_("Choose a colleague who may answer reviews."), "field")
    own_task(store=request.store, review_id=pk, owner=owner, version=_number(request, "task_version"))
    text = _("%(who)s has the follow-up.") % {"who": owner} if owner else _("The follow-up is nobody's now.")
    notify(request, text)


def _close(request: StoreRequest, pk: int) -> None:
    close_task(
        store=request.store, review_id=pk, state=request.POST.get("state", ""), actor=request.user,
        outcome=request.POST.get("outcome", ""), at=timezone.now(), version=_number(request, "task_version"),
    )  # fmt: skip
    notify(request, _("The follow-up is closed."))


_TASK_ACTS: dict[str, Callable[[StoreRequest, int], None]] = {"open": _open, "own": _own, "close": _close}
