"""Uploading sheets of products: look through first, then the worker reads them in."""

from io import BytesIO
from typing import Any

from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.paging import page_by_id
from backoffice.common.sheets.columns import Column
from backoffice.common.sheets.writers import CONTENT_TYPES, open_writer
from backoffice.common.toasts import notify
from orders.intake.forms import UploadForm
from orders.intake.models import ImportFile
from orders.intake.products.formats import TEMPLATE
from orders.intake.products.preview import MODULE
from orders.intake.products.services import KIND
from orders.intake.queries import PRODUCTS, product_files
from orders.intake.services import UploadError
from orders.intake.sheet_files import keep_sheet, start_sheet

INVALID = 422
_EXAMPLE = (
    "ZSLYQ-11", "ZSLYQ", "真丝连衣裙", "颜色分类:黑色;尺码:S", "6901234567892", "20", "A-01", "3", "示例", "示例服饰厂",
    "防尘袋装好再入盒", "否", "否", "否", "",
)  # fmt: skip


@requires(Right.SHIP)
@require_http_methods(["GET", "HEAD", "POST"])
def product_file_list(request: StoreRequest) -> HttpResponse:
    """Uploads of products and their history; a POST takes files and looks through them."""
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if request.method == "POST" and form.is_valid():
        found = [_upload(request, upload) for upload in form.cleaned_data["files"]]
        first = found[0] if len(found) == 1 else None
        return redirect("intake:product-file", pk=first.pk) if first else redirect("intake:product-file-list")
    page = page_by_id(product_files(request.store).defer("preview"), request.GET)
    context = {"active_nav": "stock", "form": form, "page": page}
    return render(request, "intake/product_file_list.html", context, status=INVALID if form.errors else 200)


def _upload(request: StoreRequest, upload: Any) -> ImportFile | None:
    try:
        return keep_sheet(
            store=request.store, name=upload.name, stream=upload, sheet_format=PRODUCTS, module=MODULE,
            actor=request.user, at=timezone.now(),
        )  # fmt: skip
    except UploadError as error:
        notify(request, str(error), level="error")
        return None


@requires(Right.SHIP)
@require_GET
def product_file(request: StoreRequest, pk: int) -> HttpResponse:
    file = get_object_or_404(product_files(request.store), pk=pk)
    is_open = file.state == ImportFile.State.UPLOADED and not file.error and bool(file.file)
    context = {"active_nav": "stock", "file": file, "is_open": is_open}
    return render(request, "intake/product_file.html", context)


@requires(Right.SHIP)
@require_POST
def product_file_start(request: StoreRequest, pk: int) -> HttpResponse:
    file = get_object_or_404(product_files(request.store), pk=pk)
    try:
        start_sheet(
            store=request.store, file_id=file.pk, sheet_format=PRODUCTS, kind=KIND, actor=request.user,
            at=timezone.now(),
        )  # fmt: skip
    except UploadError as error:
        notify(request, str(error), level="error")
    return redirect("intake:product-file", pk=file.pk)


@requires(Right.SHIP)
@require_GET
def product_template(_request: StoreRequest) -> FileResponse:
    """Give an empty workbook with all columns and one example."""
    made = BytesIO()
    with open_writer(made, "xlsx") as writer:
        writer.add_sheet("商品", [Column(title) for title in TEMPLATE])
        writer.write_row(_EXAMPLE)
    made.seek(0)
    return FileResponse(made, as_attachment=True, filename="products.xlsx", content_type=CONTENT_TYPES["xlsx"])
