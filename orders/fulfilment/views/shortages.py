"""The queue of what is out of stock (缺货): asked about, answered, and settled in one of three ways."""

from collections.abc import Mapping

from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from backoffice.common.access import Right, requires
from backoffice.common.display import listed
from backoffice.common.middleware import StoreRequest
from backoffice.common.row_cells import Cells
from backoffice.common.toasts import notify
from backoffice.common.ui import Tab
from backoffice.common.web import wants_partial
from orders.core.services import OrderError
from orders.fulfilment.models import Shortage
from orders.fulfilment.queries.shortages import shortage_table, shortages
from orders.fulfilment.queries.stock import CAP, TABS, shortage_counts
from orders.fulfilment.services.shortages import decide_shortage
from orders.fulfilment.statuses import ShortageSolution
from orders.fulfilment.views.shortage_forms import WaitForm
from orders.fulfilment.views.shortage_rows import ShortageRows

MOST_AT_ONCE = 200
_LONGEST = 64


class ShortageFilter:
    """What the address says of the queue: a tab, and one order's number."""

    def __init__(self, data: QueryDict) -> None:
        self.tab = data.get("tab", "") if data.get("tab") in TABS else "undecided"
        self.number = data.get("number", "").replace("\0", "").strip()[:_LONGEST]

    def query(self, **changes: str) -> str:
        made = QueryDict(mutable=True)
        values = {"tab": self.tab, "number": self.number} | changes
        made.update({name: value for name, value in values.items() if value})
        return made.urlencode()


def tab_label(tab: str) -> str:
    return {
        "undecided": _("To settle"),
        "waiting": _("Waiting for stock"),
        "decided": _("Settled, still short"),
        "closed": _("Over"),
    }[tab]


@require_GET
@requires(Right.WORK_ORDERS)
def shortage_list(request: StoreRequest) -> HttpResponse:
    return answer_queue(request, request.GET)


def answer_queue(request: StoreRequest, data: QueryDict) -> HttpResponse:
    """Answer with the queue of a query: the page, or `#list` alone for htmx."""
    found, path = ShortageFilter(data), reverse("fulfilment:shortage-list")
    page = shortage_table(
        request.store, tab=found.tab, number=found.number, after=data.get("after", ""), before=data.get("before", "")
    )
    maker = ShortageRows(Cells(timezone.now()), is_closed=found.tab == "closed")
    counts = shortage_counts(request.store)
    total = len(page.rows) if found.number else counts.get(found.tab)
    context = {
        "active_nav": "stock",
        "list_path": path,
        "rows": maker.rows(page.rows),
        "tabs": _tabs(found, counts, path),
        "tab": found.tab,
        "number": found.number,
        "clear_url": f"{path}?{found.query(number='')}",
        "query_string": found.query(),
        "wait_form": WaitForm(auto_id="bulk_%s"),
        "next_url": f"{path}?{found.query(after=page.next_key)}" if page.next_key else "",
        "previous_url": f"{path}?{found.query(before=page.previous_key)}" if page.previous_key else "",
        "total": None if total is None else min(total, CAP),
        "is_capped": total is not None and total > CAP,
    }
    template = "fulfilment/_shortage_list.html" if wants_partial(request) else "fulfilment/shortage_list.html"
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _tabs(found: ShortageFilter, counts: Mapping[str, int], path: str) -> list[Tab]:
    return [
        Tab(
            key=tab, label=tab_label(tab), url=f"{path}?{found.query(tab=tab)}", is_active=tab == found.tab,
            count=min(counts[tab], CAP) if tab in counts else None, is_capped=counts.get(tab, 0) > CAP,
        )
        for tab in TABS
    ]  # fmt: skip


@require_POST
@requires(Right.WORK_ORDERS)
def shortage_bulk(request: StoreRequest) -> HttpResponse:
    """Let the buyers of the selected shortages wait until a day; each is done or refused by itself."""
    form, ids = WaitForm(request.POST), _selected(request)
    if not ids or not form.is_valid():
        text = _("Nothing is selected.") if not ids else _("Say until when, and what the buyers answered.")
        notify(request, text, level="warning")
        return _back(request)
    done, refusals = 0, list[str]()
    for shortage in Shortage.objects.filter(store=request.store, pk__in=ids).order_by("order_id", "pk"):
        try:
            decide_shortage(
                store=request.store, order_id=shortage.order_id, shortage_id=shortage.pk, actor=request.user,
                at=timezone.now(), solution=ShortageSolution.WAIT, **form.cleaned_data,
            )  # fmt: skip
            done += 1
        except OrderError as error:
            refusals.append(str(error))
    _tell(request, done, refusals)
    return _back(request)


def _selected(request: StoreRequest) -> list[int]:
    if request.POST.get("_all"):
        found = ShortageFilter(QueryDict(request.POST.get("query", "")))
        rows = shortages(request.store).filter(TABS[found.tab], closed_at__isnull=True)
        rows = rows.filter(order__number=found.number) if found.number else rows
        return list(rows.order_by("opened_at", "pk").values_list("pk", flat=True)[:MOST_AT_ONCE])
    texts = request.POST.getlist("selected")
    return [int(text) for text in texts if text.isascii() and text.isdecimal() and len(text) < 18][:MOST_AT_ONCE]  # noqa: PLR2004 -- a key


def _tell(request: StoreRequest, done: int, refusals: list[str]) -> None:
    reasons = listed(list(dict.fromkeys(refusals))[:3])
    if not done:
        return notify(request, _("Nothing was changed: %(reasons)s") % {"reasons": reasons}, level="warning")
    text = ngettext("%(count)s buyer waits.", "%(count)s buyers wait.", done) % {"count": done}
    return notify(request, f"{text} {reasons}".strip(), level="warning" if refusals else "success")


def _back(request: StoreRequest) -> HttpResponse:
    query = QueryDict(request.POST.get("query", ""))
    if not wants_partial(request):
        return HttpResponseRedirect(f"{reverse('fulfilment:shortage-list')}?{query.urlencode()}")
    return answer_queue(request, query)
