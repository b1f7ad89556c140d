"""Stock: the list of skus, and what moves one of them."""

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET

from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.row_cells import Cells
from backoffice.common.ui import Tab
from backoffice.common.web import wants_partial
from orders.fulfilment.queries.skus import SKU_SORTS, SKU_TABS, missing_pieces, sku_counts, sku_table
from orders.fulfilment.queries.stock import CAP
from orders.fulfilment.views.stock_rows import SkuRows

_LONGEST = 60


class StockFilter:
    """What the address says of the list of skus."""

    def __init__(self, data: QueryDict) -> None:
        self.tab = data.get("tab", "") if data.get("tab") in SKU_TABS else "all"
        self.search = data.get("search", "").replace("\0", "").strip()[:_LONGEST]
        self.has_cover = self.tab != "uncounted"  # what was never counted has no forecast to be sorted by
        self.sort = data.get("sort", "") if data.get("sort") in SKU_SORTS and self.has_cover else "code"

    def query(self, **changes: str) -> str:
        made = QueryDict(mutable=True)
        usual = {"tab": "all", "sort": "code"}
        values = {"tab": self.tab, "search": self.search, "sort": self.sort} | changes
        made.update({name: value for name, value in values.items() if value and usual.get(name) != value})
        return made.urlencode()


def tab_label(tab: str) -> str:
    return {
        "all": pgettext("skus", "All"),
        "low": _("Running low"),
        "short": _("Missing for orders"),
        "uncounted": _("Never counted"),
    }[tab]


@require_GET
@requires(Right.SHIP)
def stock_list(request: StoreRequest) -> HttpResponse:
    """Show what is on hand, promised and free of every sku, how long it lasts and where it lies."""
    found, path = StockFilter(request.GET), reverse("fulfilment:stock-list")
    page = sku_table(
        request.store, tab=found.tab, search=found.search, sort=found.sort, after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )  # fmt: skip
    counts, missing = sku_counts(request.store), missing_pieces([sku.pk for sku in page.rows])
    maker = SkuRows(request.store, Cells(timezone.now()), missing)
    total = counts[found.tab] if not found.search else len(page.rows)
    context = {
        "active_nav": "stock",
        "list_path": path,
        "rows": maker.rows(page.rows),
        "tabs": [_tab(found, tab, counts[tab], path) for tab in SKU_TABS],
        "found": found,
        "query_string": found.query(),
        "clear_url": f"{path}?{found.query(search='')}",
        "by_cover_url": f"{path}?{found.query(sort='cover')}",
        "by_code_url": f"{path}?{found.query(sort='code')}",
        "next_url": f"{path}?{found.query(after=page.next_key)}" if page.next_key else "",
        "previous_url": f"{path}?{found.query(before=page.previous_key)}" if page.previous_key else "",
        "total": None if found.search and (page.next_key or page.previous_key) else min(total, CAP),
        "is_capped": total > CAP,
    }
    template = "fulfilment/_stock_list.html" if wants_partial(request) else "fulfilment/stock_list.html"
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _tab(found: StockFilter, tab: str, count: int, path: str) -> Tab:
    return Tab(
        key=tab, label=tab_label(tab), url=f"{path}?{found.query(tab=tab)}", count=min(count, CAP),
        is_capped=count > CAP, is_active=tab == found.tab,
    )  # fmt: skip
