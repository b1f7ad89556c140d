"""Acts on one case: ask what they need, do them, answer in place; 409 shows both values and keeps what was typed."""

import json
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from aftersales.refunds.acts import ACTS, CaseAct, CaseCall, Situation, consequence_of, problem_of, silence_now
from aftersales.refunds.forms import FORMS, ActForm
from aftersales.refunds.models import Refund
from aftersales.refunds.services import CaseConflict
from aftersales.refunds.views.detail import act_url, answer_case, case_url, is_pane, situation_of
from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.toasts import notify
from backoffice.common.web import wants_partial
from orders.core.services import OrderError
from orders.desk.history import history_days

INVALID, CONFLICT = 422, 409
_GATES = {"hold", "field", "quota"}  # codes of refusals that are no conflict with somebody else
_RULED = {"agree", "freight"}  # whose forms name the rule that the case falls under
_DIGITS = 9  # of a version, an integer column


@requires(Right.WORK_REFUNDS, Right.RECEIVE_RETURNS, Right.APPROVE_REFUNDS, Right.SHIP)
def refund_act(request: StoreRequest, number: str, act: str) -> HttpResponse:
    """GET asks what the act needs, POST does it."""
    chosen = ACTS.get(act)
    if chosen is None:
        raise Http404
    situation = situation_of(request, number, needs_rule=act in _RULED)
    if not chosen.rights_in(situation) & request.rights:
        raise PermissionDenied(problem_of(chosen, situation))
    if request.method == "POST":
        return _do(request, chosen, situation)
    if not chosen.needs_form:
        return HttpResponseNotAllowed(["POST"])
    return _ask(request, chosen, situation, _form(chosen, situation), refusal=problem_of(chosen, situation))


def _form(act: CaseAct, situation: Situation, *data: Any) -> ActForm:
    return FORMS.get(act.key, ActForm)(situation, *data)


def _do(request: StoreRequest, act: CaseAct, situation: Situation) -> HttpResponse:
    form = _form(act, situation, request.POST, request.FILES)
    if not form.is_valid():
        return _ask(request, act, situation, form, status=INVALID)
    call = CaseCall(
        store=request.store, refund_id=situation.refund.pk, actor=request.user, at=timezone.now(),
        version=_version(request),
    )  # fmt: skip
    try:
        done = act.run(call, form.values())
    except CaseConflict as conflict:
        return _conflict(request, act, form, conflict)
    except OrderError as error:
        return _refuse(request, act, situation, form, error)
    notify(request, act.done(done or situation.refund))
    return _go_on(request, situation.refund)


def _version(request: StoreRequest) -> int | None:
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else None


def _ask(
    request: StoreRequest, act: CaseAct, situation: Situation, form: ActForm, *, status: int = 200, **extra: Any
) -> HttpResponse:
    """Show the form of an act: asked for, not in order, refused, or in conflict."""
    refund, pane = situation.refund, is_pane(request)
    context = {
        "active_nav": "aftersales",
        "now": situation.now,
        "refund": refund,
        "act": act,
        "form": form,
        "form_version": refund.version if "conflict" in extra else _version(request) or refund.version,
        "action_url": act_url(refund.number, act.key, pane=pane),
        "back_url": case_url(refund.number),
        "reload_url": case_url(refund.number, pane=pane),
        "target": "#pane-body" if pane else "#case-view",
        "swap": "innerHTML" if pane else "outerHTML show:none",
        "in_dialog": wants_partial(request),
        "silence": silence_now(situation) if act.move else "",
        "consequence": consequence_of(situation, act),
        **extra,
    }
    return dialog(request, context, status=status)


def dialog(request: StoreRequest, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """Answer with a form: its dialog, its body when the dialog is open already, or a page of its own without script."""
    if not wants_partial(request):
        return render(request, "refunds/act.html", context, status=status)
    is_open = request.POST.get("in_dialog") == "1"
    response = render(
        request, "refunds/_act_form.html" if is_open else "refunds/_act_dialog.html", context, status=status
    )
    response.headers["HX-Retarget"] = "#act-form" if is_open else "#dialog-slot"
    response.headers["HX-Reswap"] = "outerHTML" if is_open else "innerHTML"
    patch_vary_headers(response, ["HX-Request"])
    return response


def _conflict(request: StoreRequest, act: CaseAct, form: ActForm, conflict: CaseConflict) -> HttpResponse:
    """Show what is saved now beside what was to be saved; the same form saves it all the same."""
    situation = situation_of(request, conflict.refund.number, needs_rule=act.key in _RULED)
    rows = act.rows(situation.refund, form.values()) if act.rows else []
    legend = request.store.flag_legend or {}
    days = history_days(reversed(conflict.changes), lines=[], legend=legend, now=situation.now)
    problem = problem_of(act, situation)
    return _ask(
        request, act, situation, form, status=CONFLICT, conflict=conflict, rows=rows, days=days, refusal=problem
    )


def _refuse(
    request: StoreRequest, act: CaseAct, situation: Situation, form: ActForm, error: OrderError
) -> HttpResponse:
    """Say why the act was not done: in its form when there is one, else beside the fresh case."""
    status = INVALID if error.code in _GATES else CONFLICT
    if act.needs_form:
        form.add_error(None, str(error))
        return _ask(request, act, situation, form, status=status)
    notify(request, str(error), level="warning")
    if not wants_partial(request):
        return HttpResponseRedirect(case_url(situation.refund.number))
    return answer_case(request, situation.refund.number, status=status)


def _go_on(request: StoreRequest, refund: Refund) -> HttpResponse:
    """Answer with the case as it is now; the list beside it reads itself again."""
    if not wants_partial(request):
        return HttpResponseRedirect(case_url(refund.number))
    response = answer_case(request, refund.number)
    response.headers["HX-Trigger"] = json.dumps({"list-changed": True, "counts-changed": True})
    return response
