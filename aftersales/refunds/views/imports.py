"""Uploading refund lists: look through first, then the worker takes them in; what it could not take is fixed here."""

from io import BytesIO
from typing import Any

from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from aftersales.refunds.files import quarantine
from aftersales.refunds.files.headers import NAMES
from aftersales.refunds.files.services import create_refund_upload, start_refund_import
from aftersales.refunds.files.waiting_tasks import take_waiting_now
from aftersales.refunds.queries.files import refund_files, unread_cases, waiting_cases
from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.paging import page_by_id
from backoffice.common.sheets.columns import Column
from backoffice.common.sheets.writers import CONTENT_TYPES, open_writer
from backoffice.common.toasts import notify
from orders.intake.models import ImportFile, QuarantinedRow
from orders.intake.quarantine import OpenRow, QuarantineError
from orders.intake.row_form import RowForm
from orders.intake.services import UploadError

INVALID, MAX_FILES, _MOST_LISTED = 422, 20, 50_000


@requires(Right.IMPORT)
@require_http_methods(["GET", "HEAD", "POST"])
def file_list(request: StoreRequest) -> HttpResponse:
    """Uploads of refund lists and their history; a POST takes files and looks through them."""
    uploads = request.FILES.getlist("files")
    problem = _problem(len(uploads)) if request.method == "POST" else ""
    if request.method == "POST" and not problem:
        found = [_upload(request, upload) for upload in uploads]
        first = found[0] if len(found) == 1 else None
        return redirect("refunds:import-detail", pk=first.pk) if first else redirect("refunds:import-list")
    page = page_by_id(refund_files(request.store).defer("preview"), request.GET)
    context = {
        "active_nav": "aftersales",
        "problem": problem,
        "page": page,
        "now": timezone.now(),
        "waiting": waiting_cases(request.store),
        "unread": unread_cases(request.store),
    }
    return render(request, "refunds/import_list.html", context, status=INVALID if problem else 200)


def _problem(count: int) -> str:
    if count > MAX_FILES:
        return _("Choose up to %(count)s files at once.") % {"count": MAX_FILES}
    return "" if count else _("Choose a file.")


def _upload(request: StoreRequest, upload: Any) -> ImportFile | None:
    try:
        return create_refund_upload(
            store=request.store, name=upload.name, stream=upload, actor=request.user, at=timezone.now()
        )
    except UploadError as error:
        notify(request, str(error), level="error")
        return None


@requires(Right.IMPORT)
@require_GET
def file_detail(request: StoreRequest, pk: int) -> HttpResponse:
    file = get_object_or_404(refund_files(request.store), pk=pk)
    context = {
        "active_nav": "aftersales",
        "file": file,
        "now": timezone.now(),
        "is_open": file.state == ImportFile.State.UPLOADED and not file.error and bool(file.file),
        "page": page_by_id(quarantine.open_rows(request.store, file_id=file.pk), request.GET),
    }
    return render(request, "refunds/import_detail.html", context)


@requires(Right.IMPORT)
@require_POST
def file_start(request: StoreRequest, pk: int) -> HttpResponse:
    file = get_object_or_404(refund_files(request.store), pk=pk)
    try:
        start_refund_import(store=request.store, file_id=file.pk, actor=request.user, at=timezone.now())
    except UploadError as error:
        notify(request, str(error), level="error")
    return redirect("refunds:import-detail", pk=file.pk)


@requires(Right.IMPORT)
@require_POST
def file_retry(request: StoreRequest, pk: int) -> HttpResponse:
    """Try the rows that wait again, as when orders arrived or another case ended."""
    file = get_object_or_404(refund_files(request.store), pk=pk)
    done, left = quarantine.retry_file(store=request.store, file_id=file.pk, actor=request.user, at=timezone.now())
    notify(request, _("%(done)s taken in, %(left)s still wait.") % {"done": done, "left": left})
    return redirect("refunds:import-detail", pk=file.pk)


@requires(Right.IMPORT)
@require_POST
def waiting_retry(request: StoreRequest) -> HttpResponse:
    """Try what the platform said and could not be taken in again, as when its words are known now."""
    done, left = take_waiting_now(store=request.store, at=timezone.now())
    notify(request, _("%(done)s taken in, %(left)s still wait.") % {"done": done, "left": left})
    return redirect("refunds:import-list")


@requires(Right.IMPORT)
@require_GET
def file_problems(request: StoreRequest, pk: int) -> FileResponse:
    """Give the lines that wait, each with its reason, as a sheet."""
    file = get_object_or_404(refund_files(request.store), pk=pk)
    rows = quarantine.open_rows(request.store, file_id=file.pk).order_by("line")
    made = BytesIO()
    with open_writer(made, "xlsx") as writer:
        writer.add_sheet(
            _("Rows to fix"),
            [Column(str(title)) for title in (pgettext("of a file", "Line"), _("Column"), _("Reason"))],
        )
        for line, column, reason in rows.values_list("line", "column", "reason")[:_MOST_LISTED]:
            writer.write_row((str(line), column, reason))
    made.seek(0)
    return FileResponse(made, as_attachment=True, filename="rows-to-fix.xlsx", content_type=CONTENT_TYPES["xlsx"])


@requires(Right.IMPORT)
@require_http_methods(["GET", "HEAD", "POST"])
def row_edit(request: StoreRequest, pk: int) -> HttpResponse:
    """Show a row's cells, those of people hidden; a POST puts the new texts in and takes it in."""
    row = get_object_or_404(quarantine.open_rows(request.store), pk=pk)
    try:
        opened = quarantine.open_row(row)
    except QuarantineError as error:
        notify(request, str(error), level="error")
        return redirect("refunds:import-detail", pk=row.file_id)
    form = _form(opened, request)
    if request.method != "POST" or not form.is_valid():
        return _row_page(request, opened, form, status=INVALID if form.errors else 200)
    try:
        quarantine.fix_row(
            store=request.store, row_id=row.pk, values=form.changes(), actor=request.user, at=timezone.now()
        )
    except QuarantineError as error:
        row.refresh_from_db()
        opened = quarantine.open_row(row)
        notify(request, str(error), level="error")
        return _row_page(request, opened, _form(opened), status=INVALID)
    except QuarantinedRow.DoesNotExist:
        notify(request, _("Line %(line)s was settled by a colleague meanwhile.") % {"line": row.line}, level="warning")
        return redirect("refunds:import-detail", pk=row.file_id)
    notify(request, _("Line %(line)s of %(name)s was imported.") % {"line": row.line, "name": row.file.name})
    return redirect("refunds:import-detail", pk=row.file_id)


def _form(opened: OpenRow, request: StoreRequest | None = None) -> RowForm:
    """Return the form of a row with the cells that are read; those of people, and what nobody reads, stay."""
    form = RowForm(opened, request.POST if request is not None and request.method == "POST" else None)
    read = {f"cell-{index}" for field in NAMES for index in opened.match.columns.get(field, ())}
    for name in [*form.fields]:
        if name not in read:
            del form.fields[name]
    return form


def _row_page(request: StoreRequest, opened: OpenRow, form: RowForm, status: int) -> HttpResponse:
    context = {"active_nav": "aftersales", "row": opened.row, "file": opened.row.file, "form": form}
    return render(request, "refunds/import_row.html", context, status=status)


@requires(Right.IMPORT)
@require_POST
def row_drop(request: StoreRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(quarantine.open_rows(request.store), pk=pk)
    try:
        quarantine.drop_row(store=request.store, row_id=row.pk, actor=request.user, at=timezone.now())
    except QuarantinedRow.DoesNotExist:
        notify(request, _("Line %(line)s was settled by a colleague meanwhile.") % {"line": row.line}, level="warning")
    else:
        notify(request, _("Line %(line)s of %(name)s was dropped.") % {"line": row.line, "name": row.file.name})
    return redirect("refunds:import-detail", pk=row.file_id)
