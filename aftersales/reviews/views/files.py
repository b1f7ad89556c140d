"""Uploading files of reviews: look through first, then the worker reads them in."""

from io import BytesIO
from typing import Any

from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from aftersales.reviews.files.columns import TEMPLATE
from aftersales.reviews.files.services import create_review_upload, start_review_import
from aftersales.reviews.queries.files import review_files
from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.paging import page_by_id
from backoffice.common.sheets.columns import Column
from backoffice.common.sheets.writers import CONTENT_TYPES, open_writer
from backoffice.common.toasts import notify
from orders.intake.models import ImportFile
from orders.intake.services import UploadError

INVALID, MAX_FILES = 422, 20
_EXAMPLE = (
    "3552601808315901601", "3552601808315901602", "t**5", "真丝连衣裙", "", "差评", "2", "起球, 和描述不符",
    "2026-06-01 10:12:33", "", "", "", "",
)  # fmt: skip


@requires(Right.IMPORT)
@require_http_methods(["GET", "HEAD", "POST"])
def file_list(request: StoreRequest) -> HttpResponse:
    """Uploads of reviews and their history; a POST takes files and looks through them."""
    uploads = request.FILES.getlist("files")
    problem = _problem(len(uploads)) if request.method == "POST" else ""
    if request.method == "POST" and not problem:
        found = [_upload(request, upload) for upload in uploads]
        first = found[0] if len(found) == 1 else None
        return redirect("reviews:import-detail", pk=first.pk) if first else redirect("reviews:import-list")
    page = page_by_id(review_files(request.store).defer("preview"), request.GET)
    context = {"active_nav": "reviews", "problem": problem, "page": page, "now": timezone.now()}
    return render(request, "reviews/import_list.html", context, status=INVALID if problem else 200)


def _problem(count: int) -> str:
    if count > MAX_FILES:
        return _("Choose up to %(count)s files at once.") % {"count": MAX_FILES}
    return "" if count else _("Choose a file.")


def _upload(request: StoreRequest, upload: Any) -> ImportFile | None:
    try:
        return create_review_upload(
            store=request.store, name=upload.name, stream=upload, actor=request.user, at=timezone.now()
        )
    except UploadError as error:
        notify(request, str(error), level="error")
        return None


@requires(Right.IMPORT)
@require_GET
def file_detail(request: StoreRequest, pk: int) -> HttpResponse:
    file = get_object_or_404(review_files(request.store), pk=pk)
    is_open = file.state == ImportFile.State.UPLOADED and not file.error and bool(file.file)
    context = {"active_nav": "reviews", "file": file, "is_open": is_open, "now": timezone.now()}
    return render(request, "reviews/import_detail.html", context)


@requires(Right.IMPORT)
@require_POST
def file_start(request: StoreRequest, pk: int) -> HttpResponse:
    file = get_object_or_404(review_files(request.store), pk=pk)
    try:
        start_review_import(store=request.store, file_id=file.pk, actor=request.user, at=timezone.now())
    except UploadError as error:
        notify(request, str(error), level="error")
    return redirect("reviews:import-detail", pk=file.pk)


@requires(Right.IMPORT)
@require_GET
def file_template(_request: StoreRequest) -> FileResponse:
    """Give an empty workbook with all columns and one example."""
    made = BytesIO()
    with open_writer(made, "xlsx") as writer:
        writer.add_sheet("评价", [Column(title) for title in TEMPLATE])
        writer.write_row(_EXAMPLE)
    made.seek(0)
    return FileResponse(made, as_attachment=True, filename="reviews.xlsx", content_type=CONTENT_TYPES["xlsx"])
