"""Uploading traces of parcels: look through first, then the worker records them."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.paging import page_by_id
from backoffice.common.toasts import notify
from orders.intake.forms import UploadForm
from orders.intake.models import ImportFile
from orders.intake.queries import trace_files
from orders.intake.services import UploadError
from orders.intake.traces.services import create_trace_upload, start_trace_import

INVALID = 422


@requires(Right.IMPORT)
@require_http_methods(["GET", "HEAD", "POST"])
def trace_list(request: StoreRequest) -> HttpResponse:
    """Uploads of traces and their history; a POST takes files and looks through them."""
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if request.method == "POST" and form.is_valid():
        found = [_upload(request, upload) for upload in form.cleaned_data["files"]]
        first = found[0] if len(found) == 1 else None
        return redirect("intake:trace-detail", pk=first.pk) if first else redirect("intake:trace-list")
    page = page_by_id(trace_files(request.store).defer("preview"), request.GET)
    context = {"active_nav": "shipping", "form": form, "page": page, "now": timezone.now()}
    return render(request, "intake/trace_list.html", context, status=INVALID if form.errors else 200)


def _upload(request: StoreRequest, upload: object) -> ImportFile | None:
    try:
        return create_trace_upload(
            store=request.store, name=upload.name, stream=upload, actor=request.user, at=timezone.now()  # type: ignore[attr-defined, arg-type]
        )  # fmt: skip
    except UploadError as error:
        notify(request, str(error), level="error")
        return None


@requires(Right.IMPORT)
@require_GET
def trace_detail(request: StoreRequest, pk: int) -> HttpResponse:
    file = get_object_or_404(trace_files(request.store), pk=pk)
    context = {
        "active_nav": "shipping",
        "file": file,
        "now": timezone.now(),
        "is_open": file.state == ImportFile.State.UPLOADED and not file.error and bool(file.file),
    }
    return render(request, "intake/trace_detail.html", context)


@requires(Right.IMPORT)
@require_POST
def trace_start(request: StoreRequest, pk: int) -> HttpResponse:
    file = get_object_or_404(trace_files(request.store), pk=pk)
    try:
        start_trace_import(store=request.store, file_id=file.pk, actor=request.user, at=timezone.now())
    except UploadError as error:
        notify(request, str(error), level="error")
    return redirect("intake:trace-detail", pk=file.pk)
