"""Acts on one order: ask what they need, do them, answer in place; 409 shows both values and keeps what was typed."""

import json
from typing import Any

from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.toasts import notify
from backoffice.common.web import wants_partial
from orders.core.models import Order
from orders.core.services import OrderError, VersionConflict
from orders.desk.act_forms import FORMS, ActForm, ShipForm
from orders.desk.detail import Frame, act_url, order_url
from orders.desk.history import history_days
from orders.desk.order_acts import ORDER_ACTS, OrderAct, OrderCall, Situation, problem_of
from orders.desk.place import carried, find_place
from orders.desk.views.order_detail import INVALID, answer_order, asked_frame, dialog, frame_of, situation_of

CONFLICT = 409
UNDO_SECONDS = 15 * 60
_SALT = "orders.desk.undo"
_COURIER = "courier"  # of the session: what the person shipped with last
_GATES = {"hold", "field", "quota"}  # codes of refusals that are no conflict with somebody else


@requires(Right.WORK_ORDERS, Right.REMARK, Right.SHIP, Right.CLOSE_ORDERS, Right.OVERRIDE_NOTE, Right.MANAGE_STORE)
def order_act(request: StoreRequest, number: str, act: str) -> HttpResponse:
    """GET asks what the act needs, POST does it."""
    chosen = ORDER_ACTS.get(act)
    if chosen is None:
        raise Http404
    situation = situation_of(request, number)
    if not chosen.rights & request.rights:
        raise PermissionDenied(problem_of(chosen, situation))
    if request.method == "POST":
        return _do(request, chosen, situation)
    if not chosen.asks(situation):
        return HttpResponseNotAllowed(["POST"])
    form = FORMS[chosen.key](situation, initial=_initial(request))
    return _ask(request, chosen, situation, form, refusal=problem_of(chosen, situation))


def _initial(request: StoreRequest) -> dict[str, Any]:
    asked = {name: request.GET.get(name, "") for name in ("kind", "item", "reply")}
    return {**asked, "courier": request.session.get(_COURIER, "")}


def _posted(request: StoreRequest) -> QueryDict:
    """Return what was posted; a button without a form names what it is about in its address."""
    data = request.POST.copy()
    data.setdefault("item", request.GET.get("item", ""))
    return data


def _do(request: StoreRequest, act: OrderAct, situation: Situation) -> HttpResponse:
    form = FORMS.get(act.key, ActForm)(situation, _posted(request), request.FILES)
    if not form.is_valid():
        if changed := _changed_since(request, act, situation):
            form.errors.clear()  # of a question that was not asked yet
            return _conflict(request, act, form, changed)
        return _ask(request, act, situation, form, status=INVALID)
    values = form.values()
    try:
        undo = act.run(_call(request, situation.order.pk, version=_version(request)), values)
    except VersionConflict as conflict:
        return _conflict(request, act, form, conflict)
    except OrderError as error:
        return _refuse(request, act, situation, form, error)
    _tell(request, act, situation.order, form, undo)
    return _go_on(request, act, situation.order)


def _changed_since(request: StoreRequest, act: OrderAct, situation: Situation) -> VersionConflict | None:
    """Return the conflict of an act that asked for nothing when the person saw the order, and does so now."""
    version, order = _version(request), situation.order
    if act.asks_when is None or version is None or version == order.version:
        return None
    return VersionConflict(order, version, list(order.events.filter(order_version__gt=version).order_by("pk")))


def _call(request: StoreRequest, order_id: int, *, version: int | None) -> OrderCall:
    return OrderCall(store=request.store, order_id=order_id, actor=request.user, at=timezone.now(), version=version)


def _version(request: StoreRequest) -> int | None:
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None  # noqa: PLR2004 -- an integer column


# Answers


def _ask(
    request: StoreRequest,
    act: OrderAct,
    situation: Situation,
    form: ActForm,
    *,
    status: int = 200,
    **extra: Any,
) -> HttpResponse:
    """Show the form of an act: asked for, not in order, refused, or in conflict."""
    order, query = situation.order, carried(request.GET)
    frame = asked_frame(request)
    seen = request.POST.get("version") or request.GET.get("version") or order.version
    context = {
        "order": order,
        "act": act,
        "form": form,
        "heading": act.label,
        "submit": form.submit or act.label,
        "form_version": order.version if "conflict" in extra else seen,
        "action_url": act_url(order.number, act.key, carry=query.urlencode(), frame=frame),
        "form_url": act_url(order.number, act.key, carry=query.urlencode(), frame=frame, version=seen),
        "target": frame.target,
        "swap": frame.swap,
        "in_dialog": wants_partial(request),
        "back_url": order_url(order.number, carry=query.urlencode()),
        "reload_url": order_url(order.number, carry=query.urlencode(), frame=frame),
        "now": situation.now,
        "active_nav": "orders",
        **extra,
    }
    if isinstance(form, ShipForm):
        context["check_url"] = reverse("desk:order-tracking-check")
    return dialog(request, context, status=status)


def _conflict(request: StoreRequest, act: OrderAct, form: ActForm, conflict: VersionConflict) -> HttpResponse:
    """Show what is saved now beside what was to be saved; the same form saves it all the same."""
    situation = situation_of(request, conflict.order.number)
    days = history_days(
        reversed(conflict.changes), lines=situation.lines, legend=request.store.flag_legend or {}, now=situation.now
    )
    rows = act.rows(situation.order, form.values())
    problem = problem_of(act, situation)
    return _ask(
        request, act, situation, form, status=CONFLICT, conflict=conflict, rows=rows, days=days, refusal=problem
    )


def _refuse(
    request: StoreRequest, act: OrderAct, situation: Situation, form: ActForm, error: OrderError
) -> HttpResponse:
    """Say why the act was not done: in its form when there is one, else beside the fresh order."""
    status = INVALID if error.code in _GATES else CONFLICT
    if act.asks(situation):
        form.add_error(None, str(error))
        return _ask(request, act, situation, form, status=status)
    notify(request, str(error), level="warning")
    if not wants_partial(request):
        return HttpResponseRedirect(order_url(situation.order.number, carry=carried(request.GET).urlencode()))
    return answer_order(request, situation.order.number, status=status)


def _tell(request: StoreRequest, act: OrderAct, order: Order, form: ActForm, undo: dict[str, Any]) -> None:
    text = str(act.done) % {"number": order.number}
    notify(request, text, undo_url=_undo_url(request, act, order, undo) if undo and act.undo else "")
    if isinstance(form, ShipForm):
        request.session[_COURIER] = form.cleaned_data["courier"]
        if form.warning:
            notify(request, form.warning, level="warning")


def _go_on(request: StoreRequest, act: OrderAct, order: Order) -> HttpResponse:
    """Answer with the order as it is now, or in the pane, after a decision, with the next one of the queue."""
    if not wants_partial(request):
        return HttpResponseRedirect(order_url(order.number, carry=carried(request.GET).urlencode()))
    events: dict[str, Any] = {"list-changed": True}
    number = order.number
    if frame_of(request) == Frame.NOTE and act.settles_note:
        events["note-decided"] = {"number": number}
    if frame_of(request) == Frame.PANE and act.is_decision:
        place = find_place(order, request.GET, store=request.store, user=request.user, now=timezone.now())
        if place.next:
            number = place.next
            events["order-advanced"] = {"number": number}
    response = answer_order(request, number)
    response.headers["HX-Trigger"] = json.dumps(events)
    return response


# Undo


def _undo_url(request: StoreRequest, act: OrderAct, order: Order, undo: dict[str, Any]) -> str:
    """Return an address that takes the act back, for this person and as long as nothing else happened to the order."""
    version = Order.objects.for_store(request.store).values_list("version", flat=True).get(pk=order.pk)
    token = signing.dumps([act.key, order.pk, request.user.pk, version, undo], salt=_SALT)
    return f"{reverse('desk:order-undo', args=[order.number])}?token={token}"


@require_POST
@requires(Right.WORK_ORDERS, Right.REMARK, Right.CLOSE_ORDERS)
def order_undo(request: StoreRequest, number: str) -> HttpResponse:
    try:
        sentence = _undo(request, number)
    except OrderError as error:
        notify(request, _("Not undone: %(reason)s") % {"reason": error}, level="warning")
    else:
        notify(request, sentence)
    if not wants_partial(request):
        return HttpResponseRedirect(order_url(number))
    events = {"list-changed": True, "order-changed": True, "order-undone": {"number": number}}
    return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(events)})


def _undo(request: StoreRequest, number: str) -> str:
    try:
        key, order_id, user_id, version, values = signing.loads(
            request.GET.get("token", ""), salt=_SALT, max_age=UNDO_SECONDS
        )
    except signing.BadSignature as error:
        raise OrderError(_("an act can be undone for 15 minutes.")) from error
    act = ORDER_ACTS[key]
    mine = Order.objects.for_store(request.store).filter(pk=order_id, number=number)
    if user_id != request.user.pk or act.undo is None or not mine.exists():
        raise Http404
    if not act.rights & request.rights:
        raise PermissionDenied
    act.undo(_call(request, order_id, version=version), values)
    return _("Order %(number)s is as it was.") % {"number": number}
