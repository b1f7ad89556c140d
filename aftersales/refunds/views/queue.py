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

from aftersales.refunds.filters import CaseFilter, label_of
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
from aftersales.refunds.queries.queue import STATE_TABS, due_soon_hours_of
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
_TYPED = {*_FREE_WORDS, "recipient"}
_CHOICES: dict[str, Any] = {"kind": RefundKind.choices, "reason_kind": ReasonKind.choices}
_AMOUNTS, _DAYS = ("amount_min", "amount_max"), ("requested_from", "requested_to")


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
    found = CaseFilter(data, store=request.store)
    # only one tab needs to know what is due soon
    look = look_of(request) if found.shown_tab == "due_soon" else Look(request.store, request.user, timezone.now(), 0)
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


@require_GET
@requires(Right.VIEW_ORDERS)
def subtabs(request: StoreRequest) -> HttpResponse:
    """Answer with what is urgent and how much of it there is; of the whole shop, as the tabs are."""
    found = CaseFilter(request.GET, store=request.store)
    counts = count_tabs(look_of(request), tuple(SUB_LABELS))
    context = {"subtabs": _tabs(found, counts, SUB_LABELS), "list_path": _path()}
    return render(request, "refunds/_refund_subtabs.html", context)


def look_of(request: StoreRequest) -> Look:
    """Return who looks; one statement for what the shop calls due soon."""
    return Look(request.store, request.user, timezone.now(), due_soon_hours_of(request.store))


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
    return {
        "active_nav": "aftersales",
        "now": timezone.now(),
        "list_path": _path(),
        "chips": found.chips(_path()),
        "clear_url": f"{_path()}?queue={found.shown_tab}",
        "query_string": found.query(),
        "subtabs_url": f"{reverse('refunds:subtabs')}?{found.query()}",
        "tab": found.shown_tab,
        "empty_text": EMPTY.get(found.shown_tab, ""),
        "may_work": bool({Right.WORK_REFUNDS, Right.RECEIVE_RETURNS} & request.rights),
        "may_import": Right.IMPORT in request.rights,
        "panel": FilterPanel(found),
        "kept": None if found.errors or _TYPED & set(found.values) else "",  # for {% keep %}: what was typed is not
    }


class FilterPanel:
    """What the panel of filters shows, which is asked for where the panel is not kept."""

    def __init__(self, found: CaseFilter) -> None:
        self._data = found.data

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """Return what the panel has no field for."""
        given = [(name, self._data.get(name, "")) for name in ("title", "sku", "recipient", "owner")]
        return [(name, value) for name, value in given if value]

    @property
    def chosen(self) -> list[str]:
        """Return what the fields hold but for words: for {% keep %}."""
        return [self._data.get(name, "") for name in (*_CHOICES, *_AMOUNTS, *_DAYS)]

    @property
    def words(self) -> list[tuple[str, Any, str]]:
        return self._fields(*_FREE_WORDS)

    @property
    def selects(self) -> list[tuple[str, Any, str, Any]]:
        return [(*field, _CHOICES[field[0]]) for field in self._fields(*_CHOICES)]

    @property
    def ranges(self) -> list[tuple[str, Any, str, list[tuple[str, Any, str]]]]:
        """Return the pairs of fields: name, label, type of input, and of each its name, label and value."""
        return [
            ("amount", gettext_lazy("Amount"), "number", self._fields(*_AMOUNTS)),
            ("requested", pgettext_lazy("after-sales", "Asked for"), "date", self._fields(*_DAYS)),
        ]

    def _fields(self, *names: str) -> list[tuple[str, Any, str]]:
        return [(name, label_of(name), self._data.get(name, "")) for name in names]


def _rows_context(look: Look, found: CaseFilter, page: CasePage) -> dict[str, Any]:
    counts = count_tabs(look, STATE_TABS)
    total = _total(look, found, page, counts)
    here = {name: value for name in ("after", "before") if (value := found.data.get(name, ""))}
    return {
        "rows": CaseRowMaker(look.now).rows(page.rows),
        "next_url": _place(found, after=page.next),
        "previous_url": _place(found, before=page.previous),
        "reload_url": f"{_path()}?{_with(found, **here)}",
        "tabs": _tabs(found, counts, LABELS),
        "subtabs": partial(_tabs, found, {}, SUB_LABELS),  # asked for where they are not kept
        "total": min(total, COUNT_CAP),
        "is_capped": total > COUNT_CAP,
    }


def _total(look: Look, found: CaseFilter, page: CasePage, counts: dict[str, int]) -> int:
    """Return how many cases the list has, counted only where neither the tab nor the page says it."""
    if found.errors:
        return 0
    if not (page.next or page.previous):
        return len(page.rows)
    if not found.values and found.shown_tab in counts:
        return counts[found.shown_tab]
    return count_cases(look, tab=found.shown_tab, where=found.where)


def _with(found: CaseFilter, **place: str) -> str:
    query = QueryDict(found.query(), mutable=True)
    query.update(place)
    return query.urlencode()


def _place(found: CaseFilter, **place: str) -> str:
    return f"{_path()}?{_with(found, **place)}" if any(place.values()) else ""


def _tabs(found: CaseFilter, counts: dict[str, int], labels: dict[str, Any]) -> list[Tab]:
    """Return the tabs; their links keep the filter, their counts, where they are known, are of the whole tab."""
    narrowing, path = found.query(queue=""), _path()
    rest = f"&{narrowing}" if narrowing else ""
    return [
        Tab(
            key=key,
            label=str(label),
            url=f"{path}?queue={key}{rest}",
            count=min(counts[key], COUNT_CAP) if counts else None,
            is_capped=bool(counts) and counts[key] > COUNT_CAP,
            is_active=key == found.shown_tab,
        )
        for key, label in labels.items()
    ]
