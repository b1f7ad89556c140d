"""Exports: choosing a file, the history of those made, and fetching them."""

from typing import Any

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from backoffice.common.access import Right, requires
from backoffice.common.files import download_of
from backoffice.common.jobs import JobError, cancel_job
from backoffice.common.middleware import StoreRequest
from backoffice.common.models import Job
from backoffice.common.models.jobs import JobState
from backoffice.common.paging import page_by_id
from backoffice.common.toasts import notify
from orders.desk import queries
from orders.desk.export_forms import ExportForm
from orders.desk.exports import ExportError, FileGone, create_export, download_export, rerun_export
from orders.desk.exports.services import KIND
from orders.desk.exports.writing import find_orders

INVALID, GONE = 422, 410
_COUNT_CAP = 100_000  # what can be counted while a person waits; the job counts all
_TO_DIALOG = {"HX-Retarget": "#dialog-slot", "HX-Reswap": "innerHTML", "HX-Push-Url": "false"}
_PAGE = ("after", "before", "store")  # of the history, or of the frame: no part of the filter


def _jobs(request: StoreRequest) -> Any:
    """Return the exports a person may see: their own; every one of the store for who manages it."""
    jobs = Job.objects.for_store(request.store).filter(kind=KIND).select_related("requested_by")
    return jobs if Right.MANAGE_STORE in request.rights else jobs.filter(requested_by=request.user)


@require_GET
@requires(Right.EXPORT)
def export_list(request: StoreRequest) -> HttpResponse:
    """Show the form for the filter in the address, and the history."""
    query = request.GET.copy()
    for name in _PAGE:
        query.pop(name, None)
    form = _form(request, initial={"query": query.urlencode(), "template": request.GET.get("template", "full")})
    return _page(request, form, query.urlencode())


def _form(request: StoreRequest, *args: Any, **kwargs: Any) -> ExportForm:
    return ExportForm(*args, store=request.store, rights=request.rights, **kwargs)


def _page(
    request: StoreRequest, form: ExportForm, query: str, *, selected: tuple[int, ...] = (), status: int = 200
) -> HttpResponse:
    context = _choice(request, form, query, selected)
    shown = request.GET.copy()
    shown.pop("q", None)  # the frame makes links of the address: a searched person must not stand in them
    request.GET = shown  # type: ignore[assignment]
    request.META["QUERY_STRING"] = shown.urlencode()
    context |= {"page": page_by_id(_jobs(request), request.GET), "active_nav": "exports", "now": timezone.now()}
    return render(request, "desk/export_list.html", context, status=status)


def _choice(request: StoreRequest, form: ExportForm, query: str, selected: tuple[int, ...]) -> dict[str, Any]:
    """Return what the form shows of the orders: the filter in words and how many there are."""
    now = timezone.now()
    try:
        found = find_orders(store=request.store, user=request.user, query=query, now=now, selected=selected)
    except ExportError as error:
        return {"form": form, "problem": str(error), "total": 0}
    if not form.is_bound:
        form.initial["query"] = found.query
    total = queries.capped_count(found.orders, _COUNT_CAP)
    return {
        "form": form,
        "filter_text": found.text,
        "total": min(total, _COUNT_CAP),
        "is_capped": total > _COUNT_CAP,
        "queue_url": f"{reverse('desk:order-list')}?{found.query}",
    }


@require_POST
@requires(Right.EXPORT)
def export_choose(request: StoreRequest) -> HttpResponse:
    """Take the selection of the queue: a dialog for htmx, the page otherwise. Without ids the whole filter counts."""
    query = request.POST.get("query", "")
    is_all = request.POST.get("_all") == "1"
    ids = [] if is_all else [word for word in request.POST.getlist("selected") if word.isascii() and word.isdigit()]
    if not ids and not is_all:
        notify(request, _("Select orders first."), level="warning")
        return HttpResponse(status=204) if _is_htmx(request) else redirect("desk:order-list")
    selected = tuple(int(word) for word in ids if len(word) < 19)  # noqa: PLR2004 -- bigint
    form = _form(request, initial={"query": query, "selected": ",".join(ids), "template": "full"})
    if not _is_htmx(request):
        return _page(request, form, query, selected=selected)
    context = _choice(request, form, query, selected)
    response = render(request, "desk/_export_dialog.html", context)
    for name, value in _TO_DIALOG.items():
        response.headers[name] = value
    return response


def _is_htmx(request: StoreRequest) -> bool:
    return "HX-Request" in request.headers


@require_POST
@requires(Right.EXPORT)
def export_create(request: StoreRequest) -> HttpResponse:
    form = _form(request, request.POST)
    if not form.is_valid():
        return _page(request, form, request.POST.get("query", ""), status=INVALID)
    try:
        job = create_export(store=request.store, actor=request.user, at=timezone.now(), **form.values)
    except ExportError as error:
        form.add_error(None, str(error))
        selected = tuple(form.cleaned_data["selected"])
        return _page(request, form, form.cleaned_data["query"], selected=selected, status=INVALID)
    notify(request, _("Export %(id)s was started; this page shows when it is ready.") % {"id": job.pk})
    return redirect("desk:export-list")


@require_GET
@requires(Right.EXPORT)
def export_row(request: StoreRequest, pk: int) -> HttpResponse:
    """Answer one row of the history; it asks again while the job runs, and says once when it has ended."""
    job = get_object_or_404(_jobs(request), pk=pk)
    if request.GET.get("was") in {JobState.QUEUED, JobState.RUNNING} and not job.is_active:
        _tell(request, job)
    response = render(request, "desk/_export_row.html", {"job": job, "now": timezone.now()})
    if not job.is_active:
        response.headers["HX-Trigger"] = "jobs-changed"
    return response


def _tell(request: StoreRequest, job: Job) -> None:
    if job.state == JobState.DONE:
        url = reverse("desk:export-file", args=[job.pk])
        notify(request, _("Export %(id)s is ready.") % {"id": job.pk}, link_url=url, link_text=_("Download"))
    elif job.error:
        notify(request, job.error, level="error")


@require_GET
@requires(Right.EXPORT)
def export_file(request: StoreRequest, pk: int) -> HttpResponseBase:
    """Stream the file; who may have it and how long is asked again each time."""
    job = get_object_or_404(_jobs(request), pk=pk)
    try:
        blocks = download_export(job=job, actor=request.user, at=timezone.now())
    except FileGone as error:
        return render(request, "desk/export_gone.html", {"sentence": str(error), "job": job}, status=GONE)
    except ExportError as error:
        raise Http404(str(error)) from error
    return download_of(job, blocks)


@require_POST
@requires(Right.EXPORT)
def export_again(request: StoreRequest, pk: int) -> HttpResponse:
    """Export the same filter with the same columns again; also what retries a failed one."""
    job = get_object_or_404(_jobs(request), pk=pk)
    try:
        new = rerun_export(job=job, actor=request.user, at=timezone.now())
    except ExportError as error:
        notify(request, str(error), level="error")
    else:
        notify(request, _("Export %(id)s was started; this page shows when it is ready.") % {"id": new.pk})
    return redirect("desk:export-list")


@require_POST
@requires(Right.EXPORT)
def export_cancel(request: StoreRequest, pk: int) -> HttpResponse:
    job = get_object_or_404(_jobs(request), pk=pk)
    try:
        cancel_job(job=job, actor=request.user, at=timezone.now())
    except JobError as error:
        notify(request, str(error), level="error")
    else:
        notify(request, _("The export is being cancelled."))
    return redirect("desk:export-list")
