"""Questions that notes keep asking, and the shop's answers for the products' pages."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.paging import page_by_id
from backoffice.common.toasts import notify
from orders.notes.forms import FaqForm
from orders.notes.models import FaqEntry
from orders.notes.services import NoteError, delete_faq, draft_faq, save_faq

INVALID = 422
STATES = ("", "draft", "published")


@require_GET
@requires(Right.VIEW_ORDERS)
def faq_list(request: StoreRequest) -> HttpResponse:
    state = request.GET.get("state", "")
    entries = FaqEntry.objects.filter(store=request.store).select_related("updated_by")
    if state in STATES[1:]:
        entries = entries.filter(is_draft=state == "draft")
    context = {
        "active_nav": "notes",
        "now": timezone.now(),
        "page": page_by_id(entries, request.GET),
        "states": [("", _("All")), ("draft", _("Drafts")), ("published", _("Finished"))],
        "state": state if state in STATES else "",
        "may_work": Right.WORK_ORDERS in request.rights,
    }
    return render(request, "notes/faq_list.html", context)


@require_POST
@requires(Right.WORK_ORDERS)
def faq_draft(request: StoreRequest) -> HttpResponse:
    """Draft an entry from a topic, and open it to be written on."""
    given = {name: request.POST.get(name, "").replace("\0", "") for name in ("product", "kind", "wanted")}
    try:
        entry = draft_faq(store=request.store, actor=request.user, at=timezone.now(), **given)
    except NoteError as error:
        notify(request, str(error), level="warning")
        return redirect("notes:topic-list")
    return redirect("notes:faq-edit", pk=entry.pk)


@require_http_methods(["GET", "POST"])
@requires(Right.WORK_ORDERS)
def faq_edit(request: StoreRequest, pk: int) -> HttpResponse:
    entry = get_object_or_404(FaqEntry.objects.select_related("updated_by"), store=request.store, pk=pk)
    form = FaqForm(request.POST if request.method == "POST" else None, entry=entry)
    if request.method == "POST" and form.is_valid() and _save(request, form, pk):
        return redirect("notes:faq-list")
    context = {"active_nav": "notes", "now": timezone.now(), "form": form, "entry": entry}
    return render(request, "notes/faq_edit.html", context, status=INVALID if form.errors else 200)


def _save(request: StoreRequest, form: FaqForm, pk: int) -> bool:
    try:
        entry = save_faq(store=request.store, entry_id=pk, actor=request.user, at=timezone.now(), **form.values())
    except NoteError as error:
        form.add_error(None, str(error))
        return False
    except FaqEntry.DoesNotExist as error:
        raise Http404 from error
    text = _("“%(question)s” was saved as a draft.") if entry.is_draft else _("“%(question)s” is finished.")
    notify(request, text % {"question": entry})
    return True


@require_POST
@requires(Right.WORK_ORDERS)
def faq_delete(request: StoreRequest, pk: int) -> HttpResponse:
    try:
        delete_faq(store=request.store, entry_id=pk)
    except FaqEntry.DoesNotExist as error:
        raise Http404 from error
    notify(request, _("The question was deleted."))
    return redirect("notes:faq-list")
