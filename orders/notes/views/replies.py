"""Quick replies: the store's and one's own, with an example of what the buyer gets to read."""

import re
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.models import Store
from backoffice.common.toasts import notify
from backoffice.common.web import wants_partial
from orders.core.models import Order
from orders.notes.forms import ReplyForm
from orders.notes.models import BuyerNote, QuickReply
from orders.notes.queries import list_replies
from orders.notes.services import NoteError, delete_reply, save_reply
from orders.notes.services.replies import TEXT_LENGTH, VARIABLES
from orders.notes.statuses import BuyerNoteState

INVALID = 422
_VARIABLE = re.compile(r"\{([^{}]*)\}")
VARIABLE_WORDS = {
    "buyer": gettext_lazy("the buyer's nick"),
    "number": gettext_lazy("the order number"),
    "product": gettext_lazy("the first product"),
    "spec": gettext_lazy("its colour and size"),
    "shop": gettext_lazy("the shop's name"),
    "ship_by": gettext_lazy("when it ships at the latest"),
    "missing": gettext_lazy("what the note lacks"),
}


@require_GET
@requires(Right.VIEW_ORDERS)
def reply_list(request: StoreRequest) -> HttpResponse:
    """Show what the person may use, the most used first, each with the latest note's order as the example."""
    replies = list_replies(request.store, request.user)
    context = {
        "active_nav": "notes",
        "now": timezone.now(),
        "shared": [reply for reply in replies if reply.owner_id is None],
        "own": [reply for reply in replies if reply.owner_id is not None],
        "may_work": Right.WORK_ORDERS in request.rights,
        "may_share": Right.MANAGE_STORE in request.rights,
    }
    return render(request, "notes/reply_list.html", context)


@require_http_methods(["GET", "POST"])
@requires(Right.WORK_ORDERS)
def reply_edit(request: StoreRequest, pk: int | None = None) -> HttpResponse:
    """Make a reply, or change one; somebody else's own is not there."""
    reply = _reply(request, pk) if pk is not None else None
    may_share = Right.MANAGE_STORE in request.rights
    if reply is not None and reply.owner_id is None and not may_share:
        raise PermissionDenied(
            _("“%(title)s” is everybody's reply: a manager of the store changes it.") % {"title": reply}
        )
    form = ReplyForm(request.POST if request.method == "POST" else None, reply=reply, may_share=may_share)
    if request.method == "POST" and form.is_valid() and _save(request, form, pk):
        return redirect("notes:reply-list")
    text = form["text"].value() or ""
    context = {
        "active_nav": "notes",
        "form": form,
        "reply": reply,
        "variables": VARIABLE_WORDS,
        **_example(request.store, text),
    }
    return render(request, "notes/reply_edit.html", context, status=INVALID if form.errors else 200)


def _reply(request: StoreRequest, pk: int) -> QuickReply:
    reply = QuickReply.objects.filter(store=request.store, pk=pk).first()
    if reply is None or reply.owner_id not in (None, request.user.pk):
        raise Http404
    return reply


def _save(request: StoreRequest, form: ReplyForm, pk: int | None) -> bool:
    may_share = Right.MANAGE_STORE in request.rights
    try:
        reply = save_reply(
            store=request.store, actor=request.user, at=timezone.now(), reply_id=pk, may_share=may_share,
            **form.values(),
        )  # fmt: skip
    except NoteError as error:
        form.add_error(None, str(error))
        return False
    except QuickReply.DoesNotExist as error:
        raise Http404 from error
    notify(request, _("The reply “%(title)s” was saved.") % {"title": reply})
    return True


@require_POST
@requires(Right.WORK_ORDERS)
def reply_delete(request: StoreRequest, pk: int) -> HttpResponse:
    may_share = Right.MANAGE_STORE in request.rights
    try:
        delete_reply(store=request.store, reply_id=pk, actor=request.user, may_share=may_share)
    except QuickReply.DoesNotExist as error:
        raise Http404 from error
    except NoteError as error:
        raise PermissionDenied(str(error)) from error
    notify(request, _("The reply was deleted."))
    return redirect("notes:reply-list")


@require_POST
@requires(Right.WORK_ORDERS)
def reply_preview(request: StoreRequest) -> HttpResponse:
    """Answer with what the buyer would read, while the text is being written."""
    if not wants_partial(request):
        return redirect("notes:reply-new")
    return render(request, "notes/_reply_example.html", _example(request.store, request.POST.get("text", "")))


def _filled(text: str, order: Order) -> str:
    """Fill in what is known; what is not stays as it is written, to be seen."""
    return _VARIABLE.sub(lambda found: VARIABLES[found[1]](order) if found[1] in VARIABLES else found[0], text)


def _example(store: Store, text: str) -> dict[str, Any]:
    """Fill in the text for the note that lacks something the longest, else the latest; for none when there is none."""
    notes = BuyerNote.objects.for_store(store)
    lacking = notes.filter(state=BuyerNoteState.NEEDS_INFO).order_by("received_at", "pk").first()
    note = lacking or notes.order_by("-received_at", "-pk").first()
    order = Order.objects.select_related("buyer", "store").get(pk=note.order_id) if note else None
    text = text[: TEXT_LENGTH * 2]
    return {
        "example": _filled(text, order) if order and text.strip() else "",
        "example_order": order,
        "length": len(text.strip()),
        "limit": TEXT_LENGTH,
    }
