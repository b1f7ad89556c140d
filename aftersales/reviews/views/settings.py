"""Ready replies to reviews, and what the shop holds to in reviews."""

from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from aftersales.reviews.forms import SettingsForm, TemplateForm
from aftersales.reviews.models import ReplyTemplate, Review
from aftersales.reviews.queries import list_templates, settings_of
from aftersales.reviews.services import (
    VARIABLES,
    ReviewError,
    delete_template,
    fill_reply,
    save_settings,
    save_template,
)
from aftersales.reviews.statuses import REPLY_LIMIT
from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.outgoing import FORBIDDEN
from backoffice.common.toasts import notify

INVALID, CONFLICT = 422, 409
_DIGITS = 18


@require_http_methods(["GET", "POST"])
@requires(Right.MANAGE_STORE)
def reply_settings(request: StoreRequest) -> HttpResponse:
    """Show the ready replies, a form for one, which `edit` names, and the settings; a POST saves the ready reply.

    `title` is what a new one starts with: a topic that buyers speak of.
    """
    template = _edited(request)
    data = request.POST if request.method == "POST" else None
    form = TemplateForm(data, template=template, title=request.GET.get("title", ""))
    if request.method == "POST" and form.is_valid():
        try:
            saved = save_template(
                store=request.store, actor=request.user, at=timezone.now(),
                template_id=template.pk if template else None, **form.cleaned_data,
            )  # fmt: skip
        except ReviewError as error:
            form.add_error(None, str(error))
        else:
            notify(request, _("The reply “%(title)s” was saved.") % {"title": saved.title})
            return HttpResponseRedirect(f"{reverse('review_settings:replies')}?edit={saved.pk}")
    return _page(request, form, template, status=INVALID if form.errors else 200)


def _edited(request: StoreRequest) -> ReplyTemplate | None:
    text = request.GET.get("edit", "")
    if not text:
        return None
    is_key = text.isascii() and text.isdigit() and len(text) <= _DIGITS
    template = ReplyTemplate.objects.filter(store=request.store, pk=int(text)).first() if is_key else None
    if template is None:
        raise Http404
    return template


def _page(
    request: StoreRequest,
    form: TemplateForm,
    template: ReplyTemplate | None = None,
    settings_form: SettingsForm | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    settings = settings_of(request.store)
    context: dict[str, Any] = {
        "active_nav": "settings",
        "now": timezone.now(),
        "form": form,
        "template_row": template,
        "settings_form": settings_form or SettingsForm(None, store=request.store, settings=settings),
        "rows": list_templates(request.store),
        "variables": [f"{{{name}}}" for name in VARIABLES],
        "forbidden": FORBIDDEN,
        "limit": REPLY_LIMIT,
        "preview": _preview(request, template) if template else "",
    }
    return render(request, "reviews/settings.html", context, status=status)


def _preview(request: StoreRequest, template: ReplyTemplate) -> str:
    """Return the text as it would read below the newest review."""
    newest = Review.objects.for_store(request.store).select_related("title", "buyer").order_by("-reviewed_at", "-pk")
    review = newest.first()
    if review is None:
        return template.text
    review.store = request.store
    return fill_reply(template.text, review)


@require_POST
@requires(Right.MANAGE_STORE)
def settings_save(request: StoreRequest) -> HttpResponse:
    form = SettingsForm(request.POST, store=request.store, settings=settings_of(request.store))
    status = INVALID
    if form.is_valid():
        try:
            save_settings(store=request.store, actor=request.user, at=timezone.now(), **form.values())
        except ReviewError as error:
            form.add_error(None, str(error))
            status = CONFLICT if error.code == "version" else INVALID
        else:
            notify(request, _("The settings were saved."))
            return HttpResponseRedirect(reverse("review_settings:replies"))
    return _page(request, TemplateForm(None, template=None), settings_form=form, status=status)


@require_POST
@requires(Right.MANAGE_STORE)
def template_delete(request: StoreRequest, pk: int) -> HttpResponse:
    try:
        delete_template(store=request.store, template_id=pk, actor=request.user, at=timezone.now())
    except ReplyTemplate.DoesNotExist as error:
        raise Http404 from error
    notify(request, _("The ready reply is gone. Replies written with it stay."))
    return HttpResponseRedirect(reverse("review_settings:replies"))
