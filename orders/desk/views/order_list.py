"""The order queue: one view for the page and for its part, which htmx asks for."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from backoffice.common.access import Right, requires
from backoffice.common.clock import business_day
from backoffice.common.middleware import StoreRequest
from backoffice.common.models import Store
from backoffice.common.ui import Chip, Tab
from backoffice.common.web import wants_partial
from orders.core.models import OrderQuerySet
from orders.core.queries import tab_counts
from orders.core.statuses import Flag
from orders.desk import queries
from orders.desk.acts import ACTS
from orders.desk.chips import chips, safe_query, without
from orders.desk.columns import QUEUE_COLUMNS, shown_columns
from orders.desk.filters import DATE_FIELDS, NONE, PARAMETERS, PROVINCES, OrderFilter, order_filter
from orders.desk.first_pages import first_page, is_gathered_at_once
from orders.desk.paging import CursorError, Page, fetch_page, in_order
from orders.desk.queues import OPEN_QUEUE, PAYMENT_METHODS, QUEUES, SUB_QUEUES
from orders.desk.rows import RowMaker

INVALID = 422
CARRIED = ("queue", "sub", "q", "sort", "hour", "hold", "hold_reason", "tag")  # not fields of the filter panel


@requires(Right.VIEW_ORDERS)
def order_list(request: StoreRequest) -> HttpResponse:
    return answer_list(request, request.GET)


def answer_list(request: StoreRequest, data: QueryDict) -> HttpResponse:
    """Answer with the list of a query: the page, or `#list` alone for htmx. Acts answer with it as well."""
    now = timezone.now()
    found = order_filter(request.store, data, user=request.user, now=now, default_queue=OPEN_QUEUE)
    orders = found.qs
    if found.match is not None and found.match.number and request.method == "GET":
        return _jump(request, found.match.number)
    term = found.match.text if found.match else ""
    query = _hide_term(request, found)
    counts = tab_counts(request.store)
    page, cursor_error = _page(found, orders, counts)
    context = {
        **_frame_context(request, found, query, now),
        **_rows_context(request, found, page, now),
        **_total_context(found, page, counts),
        "search_value": term,
        "kept": None if term or found.form.errors else "",  # for {% keep %}: what was searched for is not
        "problems": [text for text in (found.sort_error, cursor_error) if text],
    }
    template = "desk/_order_list.html" if wants_partial(request) else "desk/order_list.html"
    response = render(request, template, context, status=INVALID if found.form.errors or found.sort_error else 200)
    patch_vary_headers(response, ["HX-Request"])
    if wants_partial(request) and request.method == "GET" and found.match and found.match.is_private:
        response.headers["HX-Push-Url"] = request.get_full_path()
    return response


def _jump(request: HttpRequest, number: str) -> HttpResponse:
    url = reverse("desk:order-detail", args=[number])
    if "HX-Request" in request.headers:
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)


def _hide_term(request: HttpRequest, found: OrderFilter) -> QueryDict:
    """Return the query that links are made of; the request's own is replaced, since the frame makes links of it too."""
    query = safe_query(found)
    shown = request.GET.copy() if request.method == "GET" else query.copy()
    if found.match is not None:
        shown["q"] = found.match.in_links
    request.GET = shown  # type: ignore[assignment]
    request.META["QUERY_STRING"] = shown.urlencode()
    return query


def _page(found: OrderFilter, orders: OrderQuerySet, counts: dict[str, int]) -> tuple[Page, str]:
    """Read the page, and count the list in the same statement where no counter knows it."""
    if found.form.errors:
        return Page(rows=[]), ""
    cap = _cap(found, counts)
    if not _is_counted(found) and is_gathered_at_once(found):
        return first_page(found, orders, cap), ""
    counting = None if _is_counted(found) else _counting(found, orders).values("pk")[: cap + 1]
    read = partial(fetch_page, orders, fields=queries.ROW_FIELDS, sort=found.sort, counting=counting)
    try:
        page = read(after=found.data.get("after", ""), before=found.data.get("before", ""))
    except CursorError:
        return read(), _("That place in the list is gone; this is its first page.")
    return page, ""


@cache
def _url(name: str) -> str:
    """Return the address of a page, looked up once: a list asks for its own several times."""
    return reverse(name)


def _frame_context(request: StoreRequest, found: OrderFilter, query: QueryDict, now: datetime) -> dict[str, Any]:
    """Return what stands round the rows: sub-queues, chips, filter panel, columns."""
    path = _url("desk:order-list")
    columns = shown_columns(request.membership.preferences)
    cleared = without(QueryDict(f"queue={query.get('queue', '')}"), "after")
    base = without(query, "after")
    return {
        "active_nav": "orders",
        "now": now,
        "list_path": path,
        "list_query": query,
        "sort": str(found.sort),
        "query_string": _filter_string(query),
        "queue": query.get("queue"),
        "sub_url": f"{_url('desk:order-subqueues')}?{_filter_string(query)}",
        "subtabs": subtabs(request.store, query, path, {}) if found.is_open_only else [],
        "claim_sub": claim_sub(found),
        "chips": chips(found, query, path),
        "clear_url": f"{path}?{cleared.urlencode()}",
        "panel": SimpleLazyObject(lambda: panel(found, base, path, now)),
        "columns": columns,
        "column_keys": [column.key for column in columns],
        "all_columns": QUEUE_COLUMNS,
        "saved_view": request.GET.get("view", ""),
        "is_filtered": bool(found.narrowing),
        "flag_choices": _flag_choices(request),
        "errors": found.form.errors,
        "is_held": "held" in [sub.key for sub in found.subs],
        **_acts(request),
        "can_ship": Right.SHIP in request.rights,
        "may_work": Right.WORK_ORDERS in request.rights,
    }


RARE_ACTS = ("release", "unclaim", "tags", "assign", "close_unpaid")  # behind the dots


def _acts(request: StoreRequest) -> dict[str, Any]:
    """Return the bulk acts that the person may do, the likely ones apart from the rare ones."""
    mine = [act for act in ACTS.values() if act.key != "ship" and act.right in request.rights]
    return {
        "acts": [act for act in mine if act.key not in RARE_ACTS],
        "more_acts": [act for act in mine if act.key in RARE_ACTS],
    }


def _filter_string(query: QueryDict) -> str:
    """Return the identity of the filter: no place, no order."""
    kept = query.copy()
    for name in ("sort", "after", "before", "view"):
        kept.pop(name, None)
    return kept.urlencode()


def _flag_choices(request: StoreRequest) -> list[tuple[int, str]]:
    legend = request.store.flag_legend or {}
    return [(number, legend.get(str(number)) or str(label)) for number, label in Flag.choices]


def _rows_context(request: StoreRequest, found: OrderFilter, page: Page, now: datetime) -> dict[str, Any]:
    maker = RowMaker(
        request.store,
        now,
        shown_columns(request.membership.preferences),
        shows_status=not found.is_open_only,
        may_work=Right.WORK_ORDERS in request.rights,
        carry=_carried(found),
    )
    lines = queries.lines_of([row["id"] for row in page.rows], with_parcels=not found.is_open_only)
    return {
        "rows": maker.rows(page.rows, lines),
        "next_url": _place(found, request, after=page.next),
        "previous_url": _place(found, request, before=page.previous),
        "reload_url": f"{_url('desk:order-list')}?{safe_query(found).urlencode()}",
    }


def _carried(found: OrderFilter) -> str:
    """Return the filter and order that an order's page takes along, to find its neighbours."""
    query = safe_query(found)
    for name in ("after", "before"):
        query.pop(name, None)
    return query.urlencode()


def _place(found: OrderFilter, request: HttpRequest, **cursor: str) -> str:
    """Return the address of another page of this list, with the saved view it belongs to."""
    if not any(cursor.values()):
        return ""
    query = request.GET.copy() if request.GET.get("view") else safe_query(found)
    for name in ("after", "before"):
        query.pop(name, None)
    query.update(cursor)
    return f"{_url('desk:order-list')}?{query.urlencode()}"


def _total_context(found: OrderFilter, page: Page, counts: dict[str, int]) -> dict[str, Any]:
    total, is_capped = _total(found, page, counts)
    return {"tabs": tabs(found, counts), "total": total, "is_capped": is_capped}


def _counting(found: OrderFilter, orders: OrderQuerySet) -> OrderQuerySet:
    """Return what is counted: along the list's index, but by another where that finds them sooner."""
    return orders.order_by() if found.has_code or found.has_several else in_order(orders, found.sort)


def _is_counted(found: OrderFilter) -> bool:
    """Tell whether a counter knows the list: only its tab narrows it."""
    return not found.narrowing and len(found.queues) == 1


def _size(found: OrderFilter, counts: dict[str, int]) -> int:
    return sum(counts[queue.key] for queue in found.queues)


def _cap(found: OrderFilter, counts: dict[str, int]) -> int:
    """Return how far a list is counted: to its end in a small tab."""
    size = _size(found, counts)
    return size if size <= queries.SMALL else queries.TOTAL_CAP


def _total(found: OrderFilter, page: Page, counts: dict[str, int]) -> tuple[int, bool]:
    """Return the list's length; the second value tells that it is longer than that."""
    if found.form.errors:
        return 0, False
    if _is_counted(found):
        return _size(found, counts), False
    if not page.next and not page.previous:
        return len(page.rows), False
    cap = _cap(found, counts)
    return min(page.counted, cap), page.counted > cap


def tabs(found: OrderFilter, counts: dict[str, int]) -> list[Tab]:
    """Return the queues; their links keep the filters, their counts are of the whole queue."""
    query, path = safe_query(found), _url("desk:order-list")
    for name in ("sub", "sort", "after", "before", "view", "queue"):
        query.pop(name, None)
    rest = query.urlencode()
    active = {queue.key for queue in found.queues}
    return [
        Tab(
            key=queue.key,
            label=str(queue.label),
            url=f"{path}?queue={queue.key}" + (f"&{rest}" if rest else ""),
            count=counts[queue.key],
            is_active=queue.key in active,
            go_key=queue.go_key,
        )
        for queue in QUEUES
    ]


def claim_sub(found: OrderFilter) -> dict[str, str]:
    """Return the sub-queue that the next orders are claimed from, and what the button says of it."""
    chosen = [sub for sub in found.subs if sub.key != "mine"]
    if len(chosen) != 1:
        return {"key": "", "label": _("Claim the next 20")}
    values = {"queue": chosen[0].title(found.store)}
    return {"key": chosen[0].key, "label": _("Claim 20: %(queue)s") % values}


def subtabs(store: Store, query: QueryDict, path: str, counts: dict[str, int]) -> list[Tab]:
    """Return the sub-queues of the open orders; counts come with a request of their own."""
    rest = without(query, "sub")
    rest["queue"] = OPEN_QUEUE
    base, active = rest.urlencode(), query.getlist("sub")
    return [
        Tab(
            key=sub.key,
            label=sub.title(store),
            url=f"{path}?{base}" if sub.key in active else f"{path}?{base}&sub={sub.key}",
            count=min(counts[sub.key], queries.SUB_CAP) if counts else None,
            is_capped=bool(counts) and counts[sub.key] > queries.SUB_CAP,
            is_active=sub.key in active,
        )
        for sub in SUB_QUEUES
    ]


@requires(Right.VIEW_ORDERS)
def subqueues(request: StoreRequest) -> HttpResponse:
    """Answer with the sub-queues and their counts; of the whole queue, as the tabs are."""
    counts = dict(queries.sub_counts(request.store, request.user, timezone.now()))
    made = subtabs(request.store, request.GET.copy(), _url("desk:order-list"), counts)
    return render(request, "desk/_order_subqueues.html", {"subtabs": made, "list_path": _url("desk:order-list")})


def panel(found: OrderFilter, query: QueryDict, path: str, now: datetime) -> dict[str, Any]:
    """Return what the filter panel shows; written by hand in the template, since form widgets are slow to render."""
    today = business_day(now)
    carried = [(name, value) for name in CARRIED for value in query.getlist(name)]
    return {
        "carried": carried,
        "values": {name: query.get(name, "") for name in (*DATE_FIELDS, "amount_min", "amount_max")},
        "product": ", ".join(query.getlist("product")),
        "products": query.getlist("product") or [""],
        "provinces": _options(PROVINCES, set(query.getlist("province"))),
        "province_unknown": NONE in query.getlist("province"),
        "flags": query.getlist("flag"),
        "notes": query.getlist("note"),
        "payments": [(code, label, code in query.getlist("payment")) for code, label in PAYMENT_METHODS.items()],
        "claims": query.getlist("claimed_by"),
        "presets": [
            _preset(query, path, _("Today"), today, today),
            _preset(query, path, _("Last 7 days"), today - timedelta(days=6), today),
        ],
        "is_open": bool(found.form.errors),
    }


def _options(names: Iterable[str], chosen: set[str]) -> SafeString:
    return format_html_join(
        "", "<option{}>{}</option>", ((" selected" if name in chosen else "", name) for name in names)
    )


def _preset(query: QueryDict, path: str, label: str | Promise, first: Any, last: Any) -> Chip:
    chosen = query.copy()
    chosen["paid_from"], chosen["paid_to"] = first.isoformat(), last.isoformat()
    return Chip(label=str(label), remove_url=f"{path}?{chosen.urlencode()}")


__all__ = ["PARAMETERS", "answer_list", "order_list", "subqueues"]
