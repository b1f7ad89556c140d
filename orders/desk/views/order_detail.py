"""The order page, the pane beside the queue, and the recipient in clear."""

from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.web import wants_partial
from orders.core.models import Order
from orders.core.services import RevealError, mark_opened, reveal_recipient, used_reveals
from orders.desk.act_forms import RevealForm
from orders.desk.clear_labels import clear_label
from orders.desk.detail import Composer, Frame, ReadSituation, find_situation, order_url
from orders.desk.place import Place, carried, find_place

INVALID = 422
SHOWN_SECONDS = 60


def frame_of(request: StoreRequest) -> Frame:
    """Return where the address says that the order is shown; without script it is always the page."""
    asked = request.GET.get("pane", "")
    return Frame(asked) if asked in set(Frame) and wants_partial(request) else Frame.PAGE


def asked_frame(request: StoreRequest) -> Frame:
    """Return the frame that links of a form take along, with script or without."""
    asked = request.GET.get("pane", "")
    return Frame(asked) if asked in set(Frame) else Frame.PAGE


def situation_of(request: StoreRequest, number: str) -> ReadSituation:
    """Read the order that the address names.

    Raises:
        Http404: the store has no such order.
    """
    try:
        return find_situation(
            store=request.store, number=number, actor=request.user, rights=request.rights, now=timezone.now()
        )
    except Order.DoesNotExist as error:
        raise Http404 from error


@requires(Right.VIEW_ORDERS)
def order_detail(request: StoreRequest, number: str) -> HttpResponse:
    return answer_order(request, number)


def answer_order(request: StoreRequest, number: str, *, status: int = 200) -> HttpResponse:
    """Answer with an order: the page, its part, or the pane. Acts answer with it as well."""
    situation = situation_of(request, number)
    if situation.order.opened_at is None:
        mark_opened(store=request.store, order_ids=[situation.order.pk], at=situation.now)
    place = find_place(situation.order, request.GET, store=request.store, user=request.user, now=situation.now)
    frame, template = frame_of(request), _template(request)
    _hide_term(request, place)
    composer = Composer(situation, place, frame=frame)
    context = composer.card_context() if frame == Frame.NOTE else composer.context()
    context["search_value"] = place.term
    response = render(request, template, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _hide_term(request: StoreRequest, place: Place) -> None:
    """Put the sealed search term in place of the typed one, since the frame makes links of the request's own query."""
    if place.term:
        request.GET = QueryDict(place.carry)
        request.META["QUERY_STRING"] = place.carry


def _template(request: StoreRequest) -> str:
    if not wants_partial(request):
        return "desk/order_detail.html"
    return _PARTS[frame_of(request)]


_PARTS = {
    Frame.PAGE: "desk/_order_page.html",
    Frame.PANE: "desk/_order_pane.html",
    Frame.NOTE: "desk/_order_note_part.html",
}


@requires(Right.VIEW_ORDERS)
def order_note(request: StoreRequest, number: str) -> HttpResponse:
    """Answer with the order's note and what was ordered, for the note desk; without script go to the order."""
    composer = Composer(situation_of(request, number), Place(), frame=Frame.NOTE)
    if not wants_partial(request):
        return HttpResponseRedirect(f"{order_url(number)}#note-title")
    return render(request, _PARTS[Frame.NOTE], composer.card_context())


# The recipient


@requires(Right.VIEW_ORDERS)
def order_recipient(request: StoreRequest, number: str) -> HttpResponse:
    """Answer with the masked recipient: what hides a revealed one again."""
    situation = situation_of(request, number)
    if not wants_partial(request):
        return HttpResponseRedirect(order_url(number))
    return render(request, "desk/_order_recipient.html", _recipient_context(request, situation))


def _recipient_context(request: StoreRequest, situation: ReadSituation) -> dict[str, object]:
    place = Place(carry=carried(request.GET).urlencode())
    composer = Composer(situation, place, frame=asked_frame(request))
    return {
        "order": situation.order,
        "recipient": getattr(situation.order, "recipient", None),
        "reveal": composer.reveal_act(),
        "recipient_acts": composer.legal("change_recipient", "restore_recipient"),
        "recipient_url": composer.recipient_url,
    }


@requires(Right.REVEAL)
def order_reveal(request: StoreRequest, number: str) -> HttpResponse:
    """Ask what a recipient is needed for, then show it in clear for a minute."""
    situation = situation_of(request, number)
    form = RevealForm(situation, request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return _ask_reveal(request, situation, form, status=INVALID if form.errors else 200)
    try:
        fields = reveal_recipient(
            store=request.store, order_id=situation.order.pk, actor=request.user, at=situation.now, **form.values()
        )
    except RevealError as error:
        form.add_error(None, str(error))
        return _ask_reveal(request, situation, form, status=INVALID)
    return _show(request, situation, fields)


def _show(request: StoreRequest, situation: ReadSituation, fields: dict[str, str]) -> HttpResponse:
    clear = [(clear_label(name), value) for name, value in fields.items() if value]
    context = {
        **_recipient_context(request, situation),
        "clear": clear,
        "has_moved": "platform_place" in fields,
        "seconds": SHOWN_SECONDS,
        "active_nav": "orders",
    }
    if wants_partial(request):
        return render(request, "desk/_order_recipient.html", context)
    response = render(request, "desk/order_reveal.html", {**context, "back_url": _back_url(request, situation)})
    response.headers["Refresh"] = f"{SHOWN_SECONDS}; url={_back_url(request, situation)}"
    return response


def _back_url(request: StoreRequest, situation: ReadSituation) -> str:
    return order_url(situation.order.number, carry=carried(request.GET).urlencode())


def _ask_reveal(request: StoreRequest, situation: ReadSituation, form: RevealForm, *, status: int) -> HttpResponse:
    used = used_reveals(request.store, request.user, situation.now)
    in_dialog = wants_partial(request)
    context = {
        "order": situation.order,
        "form": form,
        "heading": _("Show the recipient in clear"),
        "submit": _("Show for %(seconds)s seconds") % {"seconds": SHOWN_SECONDS},
        "used": used,
        "quota": request.store.reveal_quota,
        "action_url": request.get_full_path(),
        "target": "#recipient",
        "swap": "outerHTML",
        "is_reveal": True,
        "in_dialog": in_dialog,
        "back_url": _back_url(request, situation),
        "active_nav": "orders",
    }
    return dialog(request, context, status=status)


def dialog(request: StoreRequest, context: dict[str, object], *, status: int = 200) -> HttpResponse:
    """Answer with a form: its dialog, its body when the dialog is open already, or a page of its own without script."""
    if not wants_partial(request):
        return render(request, "desk/order_act.html", context, status=status)
    is_open = request.POST.get("in_dialog") == "1"
    response = render(
        request, "desk/_order_act_form.html" if is_open else "desk/_order_act_dialog.html", context, status=status
    )
    response.headers["HX-Retarget"] = "#act-form" if is_open else "#dialog-slot"
    response.headers["HX-Reswap"] = "outerHTML" if is_open else "innerHTML"
    patch_vary_headers(response, ["HX-Request"])
    return response


__all__ = [
    "INVALID",
    "answer_order",
    "asked_frame",
    "dialog",
    "frame_of",
    "order_detail",
    "order_note",
    "order_recipient",
    "order_reveal",
    "situation_of",
]
