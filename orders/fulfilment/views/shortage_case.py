"""One shortage: the ready question, the buyer's answer, and the three ways out."""

from typing import Any

from django import forms
from django.db.models import F
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from backoffice.common.access import Right, requires
from backoffice.common.display import listed
from backoffice.common.middleware import StoreRequest
from backoffice.common.toasts import notify
from backoffice.common.web import wants_partial
from orders.core.services import OrderError, VersionConflict, log_contact
from orders.core.spec_words import spec_values
from orders.fulfilment.models import Shortage, Sku
from orders.fulfilment.queries.cases import find_shortage, newest_contacts
from orders.fulfilment.queries.shortages import shortages
from orders.fulfilment.queries.skus import exchange_skus
from orders.fulfilment.services.shortages import decide_shortage, offer_solution
from orders.fulfilment.statuses import ShortageSolution
from orders.fulfilment.views.shortage_forms import AskForm, ExchangeForm, RefundForm, WaitForm, sku_choice

INVALID, CONFLICT = 422, 409
_NAMED = 5  # other skus in the question
_DONE = {
    "ask": gettext_lazy("It was written down that the buyer was asked."),
    "exchange": gettext_lazy("The other product ships instead."),
    "refund": gettext_lazy("The refund was agreed; the line stays held until the platform has paid it back."),
    "wait": gettext_lazy("The buyer waits for stock."),
    "offer": gettext_lazy("It was written down what the buyer was offered."),
}


def find_shortage_or_404(request: StoreRequest, pk: int) -> Shortage:
    found = find_shortage(request.store, pk)
    if found is None:
        raise Http404
    return found


@require_GET
@requires(Right.WORK_ORDERS)
def shortage_case(request: StoreRequest, pk: int) -> HttpResponse:
    """Show a shortage with the ways out of it, in a dialog or on a page of its own."""
    return answer_case(request, find_shortage_or_404(request, pk))


@require_GET
@requires(Right.WORK_ORDERS)
def order_shortage(request: StoreRequest, number: str) -> HttpResponse:
    """Lead from an order to its open shortage, those first that nobody has settled."""
    found = shortages(request.store).filter(order__number=number, closed_at__isnull=True)
    shortage = found.order_by(F("decided_at").asc(nulls_first=True), "pk").first()
    if shortage is None:
        raise Http404
    return HttpResponseRedirect(reverse("fulfilment:shortage", args=[shortage.pk]))


@require_POST
@requires(Right.WORK_ORDERS)
def shortage_act(request: StoreRequest, pk: int, act: str) -> HttpResponse:
    """Do one act to a shortage; 422 keeps what was typed, 409 shows how it is now."""
    if act not in _DONE:
        raise Http404
    shortage = find_shortage_or_404(request, pk)
    others = exchange_skus(shortage.sku, pieces=shortage.quantity)
    form = _form(act, others, request.POST)
    if not form.is_valid():
        return answer_case(request, shortage, bound={act: form}, status=INVALID)
    try:
        _run(request, act, shortage, form)
    except OrderError as error:
        status = INVALID if error.code == "field" else CONFLICT
        conflict = error if isinstance(error, VersionConflict) else None
        return answer_case(
            request, find_shortage_or_404(request, pk), bound={act: form}, refusal=str(error), conflict=conflict,
            status=status,
        )  # fmt: skip
    notify(request, str(_DONE[act]))
    return _go_on(request, pk)


def _form(act: str, others: list[Sku], data: Any = None, **kwargs: Any) -> forms.Form:
    auto_id = f"{act}_%s"
    if act == "exchange":
        choices = [sku_choice(sku, _free_words(sku)) for sku in others]
        return ExchangeForm(data, choices=choices, auto_id=auto_id, **kwargs)
    form = {"ask": AskForm, "refund": RefundForm, "wait": WaitForm}.get(act, forms.Form)
    return form(data, auto_id=auto_id, **kwargs)


def _free_words(sku: Sku) -> str:
    if sku.counted_at is None:
        return _("never counted")
    return ngettext("%(count)s free", "%(count)s free", sku.free) % {"count": sku.free}


def _run(request: StoreRequest, act: str, shortage: Shortage, form: forms.Form) -> None:
    known: dict[str, Any] = {
        "store": request.store, "order_id": shortage.order_id, "actor": request.user, "at": timezone.now(),
        "version": _version(request),
    }  # fmt: skip
    if act == "ask":
        log_contact(**known, **form.cleaned_data)
    elif act == "offer":
        offer_solution(**known, shortage_id=shortage.pk, solution=request.POST.get("solution", ""))
    else:
        values = form.values() if isinstance(form, ExchangeForm) else form.cleaned_data
        decide_shortage(**known, shortage_id=shortage.pk, solution=act, **values)


def _version(request: StoreRequest) -> int | None:
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None  # noqa: PLR2004 -- an integer column


def answer_case(
    request: StoreRequest, shortage: Shortage, *, bound: dict[str, forms.Form] | None = None, refusal: str = "",
    conflict: VersionConflict | None = None, status: int = 200,
) -> HttpResponse:  # fmt: skip
    """Answer with the shortage; a form that was not in order keeps what was typed."""
    others = exchange_skus(shortage.sku, pieces=shortage.quantity)
    question = question_text(shortage, others)
    parts = {act: _form(act, others) for act in ("exchange", "refund", "wait")}
    parts["ask"] = _form("ask", others, initial={"text": question})
    context = {
        "active_nav": "stock",
        "shortage": shortage,
        "order": shortage.order,
        "question": question,
        "forms": parts | (bound or {}),
        "contacts": newest_contacts(shortage.order_id),
        "solutions": ShortageSolution.choices,
        "refusal": refusal,
        "conflict_rows": _both(shortage, bound or {}) if conflict else [],
        "in_dialog": wants_partial(request),
    }
    template = "fulfilment/_shortage_dialog.html" if wants_partial(request) else "fulfilment/shortage_case.html"
    response = render(request, template, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _both(shortage: Shortage, bound: dict[str, forms.Form]) -> list[dict[str, Any]]:
    """Return what is saved now beside what was to be saved."""
    act, form = next(iter(bound.items()))
    yours = listed(str(value) for value in form.cleaned_data.values() if value)
    saved = [shortage.get_solution_display(), shortage.answer]
    theirs = " · ".join(filter(None, map(str, saved))) or "—"
    return [{"label": dict(ShortageSolution.choices).get(act, _("Contact")), "theirs": theirs, "yours": yours}]


def question_text(shortage: Shortage, others: list[Sku]) -> str:
    """Write the question to the buyer: what lacks, and what they can choose from."""
    line = shortage.line
    specs = [spec_values(sku.spec) or sku.product.title for sku in others if sku.counted_at is not None][:_NAMED]
    text = _("Hello! Of “%(product)s” (%(spec)s) that you ordered, %(count)s is out of stock, we are sorry.") % {
        "product": line.title.text, "spec": spec_values(line.shown_spec) or "—", "count": shortage.quantity,
    }  # fmt: skip
    instead = _("Would you like another one instead (%(specs)s), your money back,") % {"specs": listed(specs)}
    ways = instead if specs else _("Would you like your money back,")
    wait = _("or to wait until it is back?")
    if shortage.expected_on is not None:
        wait = _("or to wait? We expect it on %(day)s.") % {"day": date_format(shortage.expected_on)}
    return _("%(lacks)s %(ways)s %(wait)s") % {"lacks": text, "ways": ways, "wait": wait}  # Chinese puts no space there


def _go_on(request: StoreRequest, pk: int) -> HttpResponse:
    if not wants_partial(request):
        return HttpResponseRedirect(reverse("fulfilment:shortage", args=[pk]))
    response = answer_case(request, find_shortage_or_404(request, pk))
    response.headers["HX-Trigger"] = "list-changed"
    return response
