"""The shipping desk: the orders to pack and the parcels on their way out, and acts on many of them."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from django.views.decorators.http import require_GET, require_POST

from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.models import Job, JobRow
from backoffice.common.once import once_slot
from backoffice.common.toasts import notify
from backoffice.common.ui import Tab
from backoffice.common.web import wants_partial
from orders.core.services import OrderError
from orders.fulfilment.couriers import COURIERS, courier_name
from orders.fulfilment.queries.desk import (
    COUNT_CAP,
    DRAFT,
    NUMBERED,
    PACK,
    PART,
    PRINTED,
    SHIPPED,
    TABS,
    DeskCursorError,
    desk_counts,
    desk_page,
    ids_of,
)
from orders.fulfilment.queries.pools import courier_accounts
from orders.fulfilment.services import BatchAgain, start_waybills
from orders.fulfilment.services.batches import KIND, LIMIT
from orders.fulfilment.views.desk_rows import RowMaker
from orders.fulfilment.views.prints import print_create

LABELS = {
    PACK: gettext_lazy("To pack"),
    DRAFT: gettext_lazy("To number"),
    NUMBERED: gettext_lazy("To print"),
    PRINTED: gettext_lazy("To scan out"),
    SHIPPED: gettext_lazy("Shipped today"),
    PART: pgettext_lazy("orders that leave", "In part"),
}
EMPTY = {
    PACK: gettext_lazy("Orders that are paid, accepted and not held appear here, until they have a parcel."),
    PART: gettext_lazy(
        "Orders with some pieces ready and in no parcel yet appear here; their other pieces are held or planned."
    ),
    DRAFT: gettext_lazy("Parcels that still need a tracking number appear here."),
    NUMBERED: gettext_lazy("Parcels with a number appear here until their label is printed."),
    PRINTED: gettext_lazy("Parcels with a printed label wait here to be scanned out."),
    SHIPPED: gettext_lazy("What leaves today appears here, the latest first."),
}
ACT_LABELS = {
    "make": gettext_lazy("Make waybills"),
    "make_numbered": gettext_lazy("Make waybills with numbers"),
    "rest": gettext_lazy("Make waybills of what is ready"),
    "rest_numbered": gettext_lazy("Make waybills with numbers of what is ready"),
    "number": gettext_lazy("Assign numbers"),
    "courier": gettext_lazy("Choose the courier"),
    "void": gettext_lazy("Void waybills"),
}
_SHOWN_ROWS = 2_000
PRINT = "print:"  # and the paper


@require_GET
@requires(Right.SHIP)
def shipping_desk(request: StoreRequest) -> HttpResponse:
    return _answer(request, request.GET)


def _answer(request: StoreRequest, data: QueryDict) -> HttpResponse:
    tab, now = data.get("tab", ""), timezone.now()
    tab = tab if tab in TABS else PACK
    problem = ""
    try:
        page = desk_page(request.store, tab, now=now, after=data.get("after", ""))
    except DeskCursorError:
        page = desk_page(request.store, tab, now=now)
        problem = _("That place in the list is gone; this is its first page.")
    counts = desk_counts(request.store, now)
    url, accounts = reverse("fulfilment:shipping-desk"), courier_accounts(request.store)
    context: dict[str, Any] = {
        "active_nav": "shipping",
        "tab": tab,
        "tabs": _tabs(url, tab, counts),
        "rows": RowMaker(now).rows(page.rows),
        "total": min(counts[tab], COUNT_CAP),
        "is_capped": counts[tab] > COUNT_CAP,
        "next_url": f"{url}?tab={tab}&after={page.next}" if page.next else "",
        "first_url": f"{url}?tab={tab}" if data.get("after") else "",
        "list_path": url,
        "query_string": f"tab={tab}",
        "empty_text": EMPTY[tab],
        "problem": problem,
        "has_merges": tab in {PACK, DRAFT},
        "couriers": _couriers(accounts.couriers) if tab in {PACK, PART, DRAFT} else [],
        "low_pools": accounts.low_pools if tab != SHIPPED else [],
        "may_manage": Right.MANAGE_STORE in request.rights,
    }
    template = "fulfilment/_shipping_list.html" if wants_partial(request) else "fulfilment/shipping_desk.html"
    return render(request, template, context)


def _tabs(url: str, active: str, counts: dict[str, int]) -> list[Tab]:
    return [
        Tab(
            key=key, label=str(label), url=f"{url}?tab={key}", count=min(counts[key], COUNT_CAP),
            is_capped=counts[key] > COUNT_CAP, is_active=key == active,
        )
        for key, label in LABELS.items()
    ]  # fmt: skip


def _couriers(own: Sequence[str]) -> list[tuple[str, str]]:
    """Return the couriers to choose from: those of the store first."""
    rest = [courier.code for courier in COURIERS if courier.code not in own]
    return [(code, courier_name(code)) for code in [*own, *rest]]


@require_POST
@requires(Right.SHIP)
def shipping_bulk(request: StoreRequest) -> HttpResponse:
    """Do one act to the selected rows of a tab; the receipt follows."""
    tab = QueryDict(request.POST.get("query", "")[:200]).get("tab", PACK)
    if request.POST.get("act", "").startswith(PRINT):
        return _print(request, tab)
    try:
        job = start_waybills(
            store=request.store, act=request.POST.get("act", ""), ids=_selected(request, tab),
            values={name: request.POST.get(name, "")[:200] for name in ("courier", "reason")},
            actor=request.user, at=timezone.now(), slot=once_slot(request, store=request.store, user=request.user),
        )  # fmt: skip
    except BatchAgain as error:
        job = error.job
    except OrderError as error:
        notify(request, str(error), level="warning")
        return _go(request, f"{reverse('fulfilment:shipping-desk')}?tab={tab if tab in TABS else PACK}")
    return _go(request, reverse("fulfilment:waybill-batch", args=[job.pk]))


def _print(request: StoreRequest, tab: str) -> HttpResponse:
    """Hand the rows over to whoever prints, all of the tab as well."""
    data = request.POST.copy()
    data.setlist("selected", [str(pk) for pk in _selected(request, tab)])
    data["paper"] = request.POST.get("act", "").removeprefix(PRINT)
    request.POST = data  # type: ignore[assignment]
    return print_create(request)


def _selected(request: StoreRequest, tab: str) -> list[int]:
    """Return the keys of the selected rows, or of all rows of the tab."""
    if "_all" in request.POST:
        return ids_of(request.store, tab, limit=LIMIT + 1) if tab in TABS and tab != SHIPPED else []
    texts = request.POST.getlist("selected")[: LIMIT + 1]
    return [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 19]  # noqa: PLR2004 -- bigint


def _go(request: StoreRequest, url: str) -> HttpResponse:
    if "HX-Request" in request.headers:
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)


@require_GET
@requires(Right.SHIP)
def waybill_batch(request: StoreRequest, pk: int) -> HttpResponse:
    """Show the receipt of a batch: live progress, what became of each row, and what to do next."""
    job = get_object_or_404(Job.objects.for_store(request.store).select_related("requested_by"), pk=pk, kind=KIND)
    rows = list(job.rows.order_by("position")[:_SHOWN_ROWS])
    done = [row for row in rows if row.outcome == JobRow.Outcome.DONE]
    refused = [row for row in rows if row.outcome != JobRow.Outcome.DONE]
    separate = job.result.get("separate", 0)
    context = {
        "job": job,
        "act_label": ACT_LABELS.get(job.params["act"], job.params["act"]),
        "rows": [*refused, *done],
        "done_count": len(done),
        "refused_count": len(refused),
        "numbered": [row.data["waybill"] for row in done if row.data.get("number")],
        "unnumbered": [row.data["waybill"] for row in done if not row.data.get("number")],
        "separate": _separate(separate) if separate else "",
        "is_void": job.params["act"] == "void",
        "active_nav": "shipping",
    }
    template = "fulfilment/_waybill_batch.html" if wants_partial(request) else "fulfilment/waybill_batch.html"
    return render(request, template, context)


def _separate(count: int) -> str:
    return ngettext(
        "Not merged: %(count)s order to the same recipient is printed separately.",
        "Not merged: %(count)s orders to the same recipient are printed separately.",
        count,
    ) % {"count": count}
