"""Print batches: asking for one, its receipt, its file, and the same papers as pages."""

import hashlib
import secrets
from typing import Any

from django.db import transaction
from django.db.models import Count, QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from backoffice.common.access import Right, requires
from backoffice.common.files import download_of
from backoffice.common.middleware import StoreRequest
from backoffice.common.models import Job, JobRow
from backoffice.common.paging import page_by_id
from backoffice.common.toasts import notify
from backoffice.common.web import wants_partial
from orders.core.models import Order
from orders.fulfilment.models import PrintRecord, Waybill, WaybillLine
from orders.fulfilment.papers import codes
from orders.fulfilment.papers.batches import (
    KIND,
    PAPER_RIGHTS,
    PrintRepeatedError,
    ReprintError,
    create_print,
    download_print,
    has_file,
    items_of,
    retry_print,
)
from orders.fulfilment.papers.content import SORTS
from orders.fulfilment.papers.reading import read_slips, read_waybills
from orders.fulfilment.papers.shown import again_mark, invoice_facts, invoice_paper, picking_facts, picking_paper
from orders.fulfilment.queries.merges import separate_warning
from orders.fulfilment.services.printing import WAYBILL_SHOWN, PrintError, audit_waybill

Paper = PrintRecord.Paper
MAY_PRINT = (Right.SHIP, Right.WORK_ORDERS, Right.EXPORT)  # which paper, see PAPER_RIGHTS
SHOWN_ROWS, PAGES = 500, 50
GONE = 410
_ONCE_LENGTH = 22


def _jobs(request: StoreRequest) -> QuerySet[Job]:
    """Return the batches a person may see: their own; every one of the store for who manages it."""
    papers = [paper for paper, rights in PAPER_RIGHTS.items() if not rights.isdisjoint(request.rights)]
    jobs = Job.objects.for_store(request.store).filter(kind=KIND, params__paper__in=papers)
    jobs = jobs.select_related("requested_by", "store")
    return jobs if Right.MANAGE_STORE in request.rights else jobs.filter(requested_by=request.user)


def _job(request: StoreRequest, pk: int) -> Job:
    return get_object_or_404(_jobs(request), pk=pk)


@require_GET
@requires(*MAY_PRINT)
def print_list(request: StoreRequest) -> HttpResponse:
    page = page_by_id(_jobs(request), request.GET)
    rows = [(job, Paper(job.params["paper"]).label) for job in page.rows]
    context = {"page": page, "rows": rows, "now": timezone.now(), "active_nav": "shipping"}
    return render(request, "fulfilment/print_list.html", context)


@require_POST
@requires(*MAY_PRINT)
def print_create(request: StoreRequest) -> HttpResponse:
    """Start a batch of what is selected; where some was printed before, ask first."""
    paper, ids = request.POST.get("paper", ""), _selected(request)
    try:
        job = create_print(
            store=request.store, actor=request.user, at=timezone.now(), paper=paper, ids=ids,
            sort=request.POST.get("sort") or "ship_by", again=request.POST.get("again", ""), slot=_slot(request),
        )  # fmt: skip
    except ReprintError as error:
        return _ask(request, error, paper, ids)
    except PrintRepeatedError as error:
        job = error.job
    except PrintError as error:
        notify(request, str(error), level="warning")
        return HttpResponse(status=204) if wants_partial(request) else _to(reverse("fulfilment:print-list"))
    return _lead_to(request, job)


def _selected(request: StoreRequest) -> list[int]:
    words = (word for text in request.POST.getlist("selected") for word in text.split(","))
    return [int(word) for word in words if word.isascii() and word.isdigit() and len(word) < 19]  # noqa: PLR2004 -- bigint


def _slot(request: StoreRequest) -> str:
    """Return what makes a form and its repeat one batch; empty: it carried no token."""
    token = request.POST.get("once", "")
    if len(token) != _ONCE_LENGTH:
        return ""
    text = f"{request.store.pk}:{request.user.pk}:{token}:{request.POST.get('again', '')}"
    return f"print:{hashlib.sha256(text.encode()).hexdigest()[:40]}"


def _to(url: str) -> HttpResponseRedirect:
    return HttpResponseRedirect(url)


def _lead_to(request: StoreRequest, job: Job) -> HttpResponse:
    url = reverse("fulfilment:print-detail", args=[job.pk])
    if not wants_partial(request):
        return _to(url)
    return HttpResponse(status=204, headers={"HX-Redirect": url, "HX-Trigger": "jobs-changed"})


def _ask(request: StoreRequest, error: ReprintError, paper: str, ids: list[int]) -> HttpResponse:
    """Answer with the question: a dialog for htmx, a page otherwise."""
    context = {
        "question": str(error),
        "printed": error.printed,
        "fresh": error.total - error.printed,
        "total": error.total,
        "paper": paper,
        "paper_label": Paper(paper).label,
        "selected": ",".join(map(str, ids)),
        "sort": request.POST.get("sort") or "ship_by",
        "once": secrets.token_urlsafe(16),
        "active_nav": "shipping",
    }
    if not wants_partial(request):
        return render(request, "fulfilment/print_again.html", context)
    response = render(request, "fulfilment/_print_again.html", context)
    response.headers["HX-Retarget"], response.headers["HX-Reswap"] = "#dialog-slot", "innerHTML"
    response.headers["HX-Push-Url"] = "false"
    return response


@require_GET
@requires(*MAY_PRINT)
def print_detail(request: StoreRequest, pk: int) -> HttpResponse:
    """Show what became of each order of a batch, its progress while it runs, and its file."""
    job = _job(request, pk)
    counts = dict(job.rows.order_by().values_list("outcome").annotate(Count("pk")))
    context = {
        "job": job,
        "paper_label": Paper(job.params["paper"]).label,
        "sort_label": SORTS[job.params["sort"]],
        "is_clear": job.params["paper"] == Paper.WAYBILL,
        "rows": job.rows.order_by("position")[:SHOWN_ROWS],
        "shown_limit": SHOWN_ROWS,
        "done": counts.get(JobRow.Outcome.DONE, 0),
        "skipped": counts.get(JobRow.Outcome.SKIPPED, 0),
        "failed": counts.get(JobRow.Outcome.FAILED, 0),
        "has_file": has_file(job, timezone.now()),
        "separate": separate_warning(request.store, _orders_of(job, items_of(job))) if _has_parcels(job) else "",
        "once": secrets.token_urlsafe(16),
        "active_nav": "shipping",
    }
    template = "fulfilment/_print.html" if wants_partial(request) else "fulfilment/print_detail.html"
    return render(request, template, context)


@require_GET
@requires(*MAY_PRINT)
def print_file(request: StoreRequest, pk: int) -> HttpResponseBase:
    """Answer with the PDF; who may have it is asked again each time, every download is counted and logged."""
    job = _job(request, pk)
    try:
        blocks = download_print(job=job, actor=request.user, at=timezone.now())
    except PrintError as error:
        notify(request, str(error), level="warning")
        return _to(reverse("fulfilment:print-detail", args=[pk]))
    return download_of(job, blocks, content_type="application/pdf")


@require_POST
@requires(*MAY_PRINT)
def print_retry(request: StoreRequest, pk: int) -> HttpResponse:
    job = _job(request, pk)
    try:
        again = retry_print(job=job, actor=request.user, at=timezone.now(), slot=_slot(request))
    except PrintRepeatedError as error:
        again = error.job
    except PrintError as error:
        notify(request, str(error), level="warning")
        again = job
    return _lead_to(request, again)


@require_GET
@requires(*MAY_PRINT)
def print_pages(request: StoreRequest, pk: int) -> HttpResponse:
    """Show the papers of a batch for the browser's own printing; those with clear text as long as the file is kept."""
    job = _job(request, pk)
    paper, now = job.params["paper"], timezone.now()
    if paper == Paper.WAYBILL and not has_file(job, now):
        notify(request, _("The time of these waybills is over. Print them again."), level="warning")
        return _to(reverse("fulfilment:print-detail", args=[pk]))
    text = request.GET.get("after", "0")
    start = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0  # noqa: PLR2004
    ids = items_of(job)
    shown = ids[start : start + PAGES] if paper in _BY_PAGE else ids
    context = {
        "job": job,
        "paper": paper,
        "paper_label": Paper(paper).label,
        "now": now,
        "next_url": f"{request.path}?after={start + PAGES}" if paper in _BY_PAGE and len(ids) > start + PAGES else "",
        "separate": separate_warning(request.store, _orders_of(job, ids)) if paper in _BY_PAGE else "",
        "active_nav": "shipping",
        **_contents(request, job, shown),
    }
    response = render(request, "fulfilment/print_pages.html", context)
    response.headers["Cache-Control"] = "no-store, private"
    return response


_BY_PAGE = (Paper.WAYBILL, Paper.PACKING_SLIP)


def _has_parcels(job: Job) -> bool:
    return job.params["paper"] in _BY_PAGE and not job.is_active


def _orders_of(job: Job, ids: list[int]) -> list[int]:
    """Return the orders of a batch's papers: a waybill stands for those in its parcel."""
    if job.params["paper"] != Paper.WAYBILL:
        return ids
    lines = WaybillLine.objects.filter(waybill__in=ids, waybill__store=job.store)
    return list(lines.order_by().values_list("order_id", flat=True).distinct())


def _contents(request: StoreRequest, job: Job, ids: list[int]) -> dict[str, Any]:
    store, paper = request.store, job.params["paper"]
    if paper == Paper.WAYBILL:
        return {"waybills": _waybills(request, job, ids)}
    if paper == Paper.PACKING_SLIP:
        slips = read_slips(store, ids)
        return {"slips": [(slip, again_mark(slip.print_no), codes.code128_svg(slip.number)) for slip in slips]}
    if paper == Paper.PICKING_LIST:
        picking = picking_paper(store, ids)
        return {"picking": picking, "facts": picking_facts(picking)}
    invoices = invoice_paper(store, ids)
    return {"invoices": invoices, "facts": invoice_facts(invoices)}


def _waybills(request: StoreRequest, job: Job, ids: list[int]) -> list[dict[str, Any]]:
    """Open the waybills for the page, with one row of the audit trail for each recipient."""
    try:
        with transaction.atomic():
            _audit(request, job, ids)
            papers = read_waybills(request.store, ids)
    except PrintError as error:
        raise Http404(str(error)) from error
    return [
        {
            "paper": paper,
            "again": again_mark(paper.print_no),
            "bars": codes.code128_svg(paper.number),
            "qr": codes.qr_svg(paper.number),
        }
        for paper in papers
    ]


def _audit(request: StoreRequest, job: Job, ids: list[int]) -> None:
    waybills = Waybill.objects.for_store(request.store).in_bulk(ids)
    orders = Order.objects.for_store(request.store).filter(waybill_lines__waybill__in=ids).select_related("recipient")
    for pk in ids:
        for order in orders.filter(waybill_lines__waybill=pk).distinct().order_by("pk") if pk in waybills else ():
            waybills[pk].store = request.store
            audit_waybill(waybills[pk], order, action=WAYBILL_SHOWN, actor=request.user, at=timezone.now(), job=job)
