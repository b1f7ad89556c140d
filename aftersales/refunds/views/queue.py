"""The queue of cases: one view for the page and for its list, which htmx asks for; acts answer with it as well."""

from functools import cache, partial
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET

from aftersales.refunds.filters import CaseFilter
from aftersales.refunds.queries import (
    COUNT_CAP,
    CaseCursorError,
    CasePage,
    Look,
    case_number_of,
    case_page,
    count_cases,
    count_tabs,
)
from aftersales.refunds.services import policy_of
from aftersales.refunds.statuses import ReasonKind, RefundKind, RefundState
from aftersales.refunds.views.rows import CaseRowMaker
from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.ui import Tab
from backoffice.common.web import wants_partial

INVALID = 422
LABELS = {
    "open": pgettext_lazy("cases", "Open"),
    "requested": RefundState.REQUESTED.label,
    "awaiting_receipt": RefundState.AWAITING_RECEIPT.label,
    "awaiting_outbound": RefundState.AWAITING_OUTBOUND.label,
    "awaiting_return": RefundState.AWAITING_RETURN.label,
    "awaiting_buyer": RefundState.AWAITING_BUYER.label,
    "refused": pgettext_lazy("cases", "Refused"),
    "succeeded": RefundState.SUCCEEDED.label,
    "closed": RefundState.CLOSED.label,
    "all": gettext_lazy("All"),
}  # in the order of the tabs
SUB_LABELS = {
    "due_soon": pgettext_lazy("cases", "Due soon"),
    "to_approve": gettext_lazy("To approve"),
    "to_inspect": gettext_lazy("Signed, not inspected"),
    "mine": pgettext_lazy("cases", "Mine"),
}
EMPTY = {
    "open": gettext_lazy("Cases that are not over appear here, the most urgent first."),
    "requested": gettext_lazy("What buyers ask for and nobody has decided appears here."),
    "awaiting_receipt": gettext_lazy("Goods that are on their way back appear here."),
    "awaiting_outbound": gettext_lazy("Exchanges, repairs and reshipments that the shop has to send appear here."),
    "awaiting_return": gettext_lazy("Returns that were agreed to and not sent back yet appear here."),
    "awaiting_buyer": gettext_lazy("Parcels that went out to a buyer appear here until they have come."),
    "refused": gettext_lazy("Cases that were refused appear here until the buyer answers."),
    "due_soon": gettext_lazy("Nothing of the shop's is due soon."),
    "to_approve": gettext_lazy("Refunds above the shop's limit wait here for a second person."),
    "to_inspect": gettext_lazy("Returns that were signed for appear here until somebody has looked at them."),
    "mine": gettext_lazy("Cases that you take, or that a colleague gives you, appear here."),
}
_FREE_WORDS = ("q", "product", "buyer")


@require_GET
@requires(Right.VIEW_ORDERS)
def refund_list(request: StoreRequest) -> HttpResponse:
    """Show the queue; the number of a case as the whole search leads to the case."""
    term = request.GET.get("q", "").replace("\0", "").strip()
    if term and (number := case_number_of(request.store, term)):
        url = reverse("refunds:refund-detail", args=[number])
        if wants_partial(request):
            return HttpResponse(status=204, headers={"HX-Redirect": url})
        return HttpResponseRedirect(url)
    return answer_list(request, request.GET)


def answer_list(request: StoreRequest, data: QueryDict) -> HttpResponse:
    """Answer with the list of a query: the page, or `#list` alone for htmx."""
    found, look = CaseFilter(data, store=request.store), look_of(request)
    has_errors = not found.is_valid()
    page, problem = _page(look, found)
    context = {
        **_frame_context(request, found),
        **_rows_context(look, found, page),
        "problem": problem,
        "errors": found.errors,
    }
    template = "refunds/_refund_list.html" if wants_partial(request) else "refunds/refund_list.html"
    response = render(request, template, context, status=INVALID if has_errors else 200)
    patch_vary_headers(response, ["HX-Request"])
    return response


def look_of(request: StoreRequest) -> Look:
    """Return who looks; one statement for what the shop calls due soon."""
    return Look(request.store, request.user, timezone.now(), policy_of(request.store).due_soon_hours)


@cache
def _path() -> str:
    return reverse("refunds:refund-list")


def _page(look: Look, found: CaseFilter) -> tuple[CasePage, str]:
    if found.errors:
        return CasePage(), ""
    read = partial(case_page, look, tab=found.shown_tab, where=found.where)
    try:
        return read(after=found.data.get("after", ""), before=found.data.get("before", "")), ""
    except CaseCursorError:
        return read(), _("That place in the list is gone; this is its first page.")


def _frame_context(request: StoreRequest, found: CaseFilter) -> dict[str, Any]:
    """Return what stands round the rows."""
    kept = [(name, found.data.get(name, "")) for name in ("title", "sku", "recipient", "owner")]
    return {
        "active_nav": "aftersales",
        "now": timezone.now(),
        "list_path": _path(),
        "chips": found.chips(_path()),
        "clear_url": f"{_path()}?queue={found.shown_tab}",
        "query_string": found.query(),
        "tab": found.shown_tab,
        "empty_text": EMPTY.get(found.shown_tab, ""),
        "may_work": bool({Right.WORK_REFUNDS, Right.RECEIVE_RETURNS} & request.rights),
        "may_import": Right.IMPORT in request.rights,
        "words": [(name, found.fields[name].label, found.data.get(name, "")) for name in _FREE_WORDS],
        "selects": [
            ("kind", found.fields["kind"].label, found.data.get("kind", ""), RefundKind.choices),
            ("reason_kind", found.fields["reason_kind"].label, found.data.get("reason_kind", ""), ReasonKind.choices),
        ],
        "ranges": _ranges(found),
        "kept": [(name, value) for name, value in kept if value],
    }


def _ranges(found: CaseFilter) -> list[tuple[str, Any, str, list[tuple[str, Any, str]]]]:
    """Return the pairs of fields: name, label, type of input, and of each its name, label and value."""

    def of(*names: str) -> list[tuple[str, Any, str]]:
        return [(name, found.fields[name].label, found.data.get(name, "")) for name in names]

    return [
        ("amount", gettext_lazy("Amount"), "number", of("amount_min", "amount_max")),
        ("requested", pgettext_lazy("after-sales", "Asked for"), "date", of("requested_from", "requested_to")),
    ]


def _rows_context(look: Look, found: CaseFilter, page: CasePage) -> dict[str, Any]:
    counts = count_tabs(look)
    total = _total(look, found, page, counts)
    here = {name: value for name in ("after", "before") if (value := found.data.get(name, ""))}
    return {
        "rows": CaseRowMaker(look.now).rows(page.rows),
        "next_url": _place(found, after=page.next),
        "previous_url": _place(found, before=page.previous),
        "reload_url": f"{_path()}?{_with(found, **here)}",
        "tabs": _tabs(found, counts, LABELS),
        "subtabs": _tabs(found, counts, SUB_LABELS),
        "total": min(total, COUNT_CAP),
        "is_capped": total > COUNT_CAP,
    }


def _total(look: Look, found: CaseFilter, page: CasePage, counts: dict[str, int]) -> int:
    """Return how many cases the list has, counted only where neither the tab nor the page says it."""
    if found.errors:
        return 0
    if not (page.next or page.previous):
        return len(page.rows)
    if not found.values:
        return counts[found.shown_tab]
    return count_cases(look, tab=found.shown_tab, where=found.where)


def _with(found: CaseFilter, **place: str) -> str:
    query = QueryDict(found.query(), mutable=True)
    query.update(place)
    return query.urlencode()


def _place(found: CaseFilter, **place: str) -> str:
    return f"{_path()}?{_with(found, **place)}" if any(place.values()) else ""


def _tabs(found: CaseFilter, counts: dict[str, int], labels: dict[str, Any]) -> list[Tab]:
    """Return the tabs; their links keep the filter, their counts are of the whole tab."""
    return [
        Tab(
            key=key,
            label=str(label),
            url=f"{_path()}?{found.query(queue=key)}",
            count=min(counts[key], COUNT_CAP),
            is_capped=counts[key] > COUNT_CAP,
            is_active=key == found.shown_tab,
        )
        for key, label in labels.items()
    ]
