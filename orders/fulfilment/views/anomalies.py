"""The queue of parcels in trouble: who has which, what was asked and told, and how it ended."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from backoffice.common.access import Right, requires
from backoffice.common.display import listed
from backoffice.common.middleware import StoreRequest
from backoffice.common.models import Membership, User
from backoffice.common.quick_select import QuickSelect
from backoffice.common.toasts import notify
from backoffice.common.web import wants_partial
from orders.core.models import Order
from orders.core.services import OrderError
from orders.core.statuses import ContactChannel
from orders.fulfilment.couriers import courier_name
from orders.fulfilment.models import Anomaly
from orders.fulfilment.queries.cases import courier_contacts, find_case, newest_events
from orders.fulfilment.queries.tracking import (
    COUNT_CAP,
    Colleague,
    case_columns,
    colleagues_of,
    count_anomalies,
    count_capped,
)
from orders.fulfilment.services.anomaly_acts import (
    CONTACT_LENGTH,
    OUTCOME_LENGTH,
    AnomalyConflict,
    contact_courier,
    inform_buyer,
    own_anomaly,
    reopen_anomaly,
    settle_anomaly,
)
from orders.fulfilment.views.case_queue import SETTLED, QueueFilter, queue_tabs
from orders.fulfilment.views.case_rows import CaseRowMaker
from orders.fulfilment.views.case_words import fact_words, kind_label, kind_tone, reason_words
from orders.fulfilment.views.tracking import read_page
from orders.notes.models import QuickReply
from orders.notes.queries import list_replies
from orders.notes.services.replies import VARIABLES

MOST_AT_ONCE = 200
_VARIABLE = re.compile(r"\{([^{}]*)\}")
INVALID, CONFLICT = 422, 409


@require_GET
@requires(Right.VIEW_ORDERS)
def anomaly_list(request: StoreRequest) -> HttpResponse:
    return answer_queue(request, request.GET)


def answer_queue(request: StoreRequest, data: QueryDict) -> HttpResponse:
    """Answer with the queue of a query: the page, or `#list` alone for htmx. Acts answer with it as well."""
    found = QueueFilter(data)
    rows = found.rows(Anomaly.objects.filter(store=request.store), request.user)
    page, problem = read_page(
        case_columns(rows, are_closed=found.tab == SETTLED), data, is_descending=found.tab == SETTLED, key=found.key
    )
    counts = count_anomalies(request.store, request.user)
    total = found.counted(counts)
    if total is None:
        total = count_capped(rows) if page.next or page.previous else len(page.rows)
    path = reverse("fulfilment:anomaly-list")
    context = {
        "active_nav": "shipping",
        "list_path": path,
        "rows": CaseRowMaker(timezone.now()).rows(page.rows),
        **queue_tabs(counts, found, path),
        "number": found.number,
        "tab": found.tab,
        "owner": found.owner,
        "query_string": found.query(),
        "problem": problem,
        "clear_url": path,
        "next_url": f"{path}?{found.query(after=page.next)}" if page.next else "",
        "previous_url": f"{path}?{found.query(before=page.previous)}" if page.previous else "",
        "total": min(total, COUNT_CAP),
        "is_capped": total > COUNT_CAP,
        "may_work": may_work(request),
        "colleagues": colleagues(request),
    }
    template = "fulfilment/_anomaly_list.html" if wants_partial(request) else "fulfilment/anomaly_list.html"
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def may_work(request: StoreRequest) -> bool:
    return bool({Right.WORK_ORDERS, Right.SHIP} & request.rights)


def colleagues(request: StoreRequest) -> list[Colleague]:
    """Return to whom the person may give cases."""
    return colleagues_of(request.store) if Right.MANAGE_STORE in request.rights else []


def case_row(case: Anomaly) -> dict[str, Any]:
    """Return a case as its dialog shows it."""
    return {
        "case": case,
        "kind": kind_label(case.kind),
        "tone": kind_tone(case.kind),
        "reason": reason_words(case.kind, case.detail),
        "fact": fact_words(case),
        "courier": courier_name(case.shipment.courier) or _("Courier not known"),
    }


# One case


class CourierForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("What the courier was asked, or said"), max_length=CONTACT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip


class BuyerForm(forms.Form):
    channel = forms.ChoiceField(label=gettext_lazy("Channel"), choices=ContactChannel.choices, widget=QuickSelect)
    text = forms.CharField(
        label=gettext_lazy("What the buyer was told"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )


class SettleForm(forms.Form):
    outcome = forms.CharField(label=gettext_lazy("What came of it"), max_length=OUTCOME_LENGTH)


class GiveForm(forms.Form):
    person = forms.IntegerField()


@dataclass(frozen=True, slots=True)
class CaseAct:
    """One act on a case: its form, what does it, and what the toast says."""

    run: Callable[..., Any]
    done: Any
    form: type[forms.Form] = forms.Form


ACTS = {
    "take": CaseAct(
        lambda **call: own_anomaly(**call, owner=call["actor"]), gettext_lazy("The case is yours.")
    ),
    "give_back": CaseAct(
        lambda **call: own_anomaly(**call, owner=None), gettext_lazy("The case is nobody's again.")
    ),
    "give": CaseAct(
        lambda person, **call: own_anomaly(**call, owner=_person(call["store"], person)),
        gettext_lazy("The case was given to the colleague."), GiveForm,
    ),
    "courier": CaseAct(contact_courier, gettext_lazy("The contact with the courier was written down."), CourierForm),
    "buyer": CaseAct(inform_buyer, gettext_lazy("It was written down that the buyer knows."), BuyerForm),
    "settle": CaseAct(settle_anomaly, gettext_lazy("The case was closed."), SettleForm),
    "reopen": CaseAct(reopen_anomaly, gettext_lazy("The case is open again.")),
}  # fmt: skip


def _person(store: Any, pk: int) -> User:
    found = Membership.objects.active().filter(store=store, user=pk).select_related("user").first()
    if found is None:
        raise OrderError(_("Choose the colleague who shall have the case."), "field")
    return found.user


@require_GET
@requires(Right.VIEW_ORDERS)
def anomaly_case(request: StoreRequest, pk: int) -> HttpResponse:
    """Show a case with everything about it, in a dialog or on a page of its own."""
    return answer_case(request, _case(request, pk))


def _case(request: StoreRequest, pk: int) -> Anomaly:
    found = find_case(request.store, pk)
    if found is None:
        raise Http404
    return found


def answer_case(
    request: StoreRequest, case: Anomaly, *, bound: dict[str, forms.Form] | None = None, refusal: str = "",
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    """Answer with the case; a form that was not in order keeps what was typed."""
    replies = list_replies(request.store, request.user)
    parts = {"courier": CourierForm(auto_id="courier_%s"), "settle": SettleForm(auto_id="settle_%s")}
    parts["buyer"] = BuyerForm(auto_id="buyer_%s", initial={"text": _reply_text(request, case, replies)})
    context = {
        "active_nav": "shipping",
        "now": timezone.now(),
        "row": case_row(case),
        "case": case,
        "events": newest_events(case.shipment_id),
        "contacts": courier_contacts(case),
        "forms": parts | (bound or {}),
        "replies": replies[:20],
        "refusal": refusal,
        "may_work": may_work(request),
        "may_tell": Right.WORK_ORDERS in request.rights,
        "colleagues": colleagues(request),
        "in_dialog": wants_partial(request),
    }
    template = "fulfilment/_anomaly_dialog.html" if wants_partial(request) else "fulfilment/anomaly_case.html"
    response = render(request, template, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _reply_text(request: StoreRequest, case: Anomaly, replies: list[QuickReply]) -> str:
    """Return the quick reply that was chosen, filled in for the order: it is read before it is written down."""
    chosen = request.GET.get("reply", "")
    reply = next((one for one in replies if str(one.pk) == chosen), None)
    if reply is None:
        return ""
    order = Order.objects.select_related("buyer", "store").get(pk=case.order_id)
    return _VARIABLE.sub(lambda found: VARIABLES[found[1]](order) if found[1] in VARIABLES else found[0], reply.text)


@require_POST
@requires(Right.WORK_ORDERS, Right.SHIP)
def anomaly_act(request: StoreRequest, pk: int, act: str) -> HttpResponse:
    """Do one act to a case; 422 keeps what was typed, 409 shows how the case is now."""
    chosen, case = ACTS.get(act), _case(request, pk)
    if chosen is None:
        raise Http404
    if act == "buyer" and Right.WORK_ORDERS not in request.rights:
        raise PermissionDenied(_("Your role does not write to buyers."))
    form = chosen.form(request.POST, auto_id=f"{act}_%s")
    if not form.is_valid():
        return answer_case(request, case, bound={act: form}, status=INVALID)
    try:
        chosen.run(**_call(request, pk, act), **form.cleaned_data)
    except AnomalyConflict as conflict:
        return answer_case(request, _case(request, pk), bound={act: form}, refusal=str(conflict), status=CONFLICT)
    except OrderError as error:
        status = INVALID if error.code == "field" else CONFLICT
        return answer_case(request, _case(request, pk), bound={act: form}, refusal=str(error), status=status)
    notify(request, str(chosen.done))
    if wants_partial(request):
        response = answer_case(request, _case(request, pk))
        response.headers["HX-Trigger"] = "list-changed"
        return response
    return HttpResponseRedirect(reverse("fulfilment:anomaly-case", args=[pk]))


def _call(request: StoreRequest, pk: int, act: str) -> dict[str, Any]:
    version = request.POST.get("version", "")
    call: dict[str, Any] = {"store": request.store, "anomaly_id": pk, "actor": request.user, "at": timezone.now()}
    if version.isascii() and version.isdigit() and len(version) < 10:  # noqa: PLR2004 -- an integer column
        call["version"] = int(version)
    if act in {"take", "give", "give_back"}:
        call["may_give"] = Right.MANAGE_STORE in request.rights
    return call


# Several cases


@require_POST
@requires(Right.WORK_ORDERS, Right.SHIP)
def anomaly_bulk(request: StoreRequest) -> HttpResponse:
    """Take, give back, give or settle the selected cases; each is done or refused by itself."""
    name, _colon, value = request.POST.get("act", "").partition(":")
    values = {"person": value, "outcome": request.POST.get("outcome", "")}
    chosen = ACTS.get(name) if name in {"take", "give_back", "give", "settle"} else None
    form = chosen.form(values) if chosen else None
    ids = _selected(request)
    if chosen is None or form is None or not form.is_valid() or not ids:
        notify(request, _bulk_problem(name, ids), level="warning")
        return _back(request)
    done, refusals = 0, list[str]()
    for pk in ids:
        call = _call(request, pk, name)
        call.pop("version", None)
        try:
            chosen.run(**call, **form.cleaned_data)
            done += 1
        except OrderError as error:
            refusals.append(str(error))
        except Anomaly.DoesNotExist:
            continue
    _tell(request, done, refusals)
    return _back(request)


def _bulk_problem(name: str, ids: list[int]) -> str:
    if not ids:
        return _("No case is selected.")
    return _("Say what came of the cases.") if name == "settle" else _("Choose what to do with the selected cases.")


def _selected(request: StoreRequest) -> list[int]:
    if request.POST.get("_all"):
        found = QueueFilter(QueryDict(request.POST.get("query", "")))
        rows = found.rows(Anomaly.objects.filter(store=request.store), request.user).order_by(found.key, "pk")
        return list(rows.values_list("pk", flat=True)[:MOST_AT_ONCE])
    texts = request.POST.getlist("selected")
    return [int(text) for text in texts if text.isascii() and text.isdecimal() and len(text) < 18][:MOST_AT_ONCE]  # noqa: PLR2004 -- a key


def _tell(request: StoreRequest, done: int, refusals: list[str]) -> None:
    reasons = listed(list(dict.fromkeys(refusals))[:3])
    if not done:
        return notify(request, _("Nothing was changed: %(reasons)s") % {"reasons": reasons}, level="warning")
    text = ngettext("%(count)s case was changed.", "%(count)s cases were changed.", done) % {"count": done}
    return notify(request, f"{text} {reasons}".strip(), level="warning" if refusals else "success")


def _back(request: StoreRequest) -> HttpResponse:
    query = QueryDict(request.POST.get("query", ""))
    if not wants_partial(request):
        return HttpResponseRedirect(f"{reverse('fulfilment:anomaly-list')}?{query.urlencode()}")
    return answer_queue(request, query)
