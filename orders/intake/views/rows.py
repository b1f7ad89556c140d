from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.paging import page_by_id
from backoffice.common.toasts import notify
from orders.intake import queries
from orders.intake.models import QuarantinedRow
from orders.intake.quarantine import OpenRow, QuarantineError, drop_row, fix_row, open_row
from orders.intake.row_form import RowForm


@requires(Right.IMPORT)
@require_GET
def quarantine(request: StoreRequest) -> HttpResponse:
    """Every row of the store that waits to be fixed, whatever file it came in."""
    return render(
        request, "intake/quarantine.html", {"page": page_by_id(queries.open_rows(request.store), request.GET)}
    )


@requires(Right.IMPORT)
@require_http_methods(["GET", "HEAD", "POST"])
def row_edit(request: StoreRequest, pk: int) -> HttpResponse:
    """Show a row's cells; a POST puts the new texts in and imports it."""
    row = get_object_or_404(queries.open_rows(request.store), pk=pk)
    try:
        opened = open_row(row)
    except QuarantineError as error:
        notify(request, str(error), level="error")
        return redirect("intake:import-detail", pk=row.file_id)
    form = RowForm(opened, request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _page(request, opened, form, status=422 if form.errors else 200)
    try:
        fix_row(store=request.store, row_id=row.pk, values=form.changes(), actor=request.user, at=timezone.now())
    except QuarantineError as error:
        row.refresh_from_db()
        opened = open_row(row)
        form = RowForm(opened)
        notify(request, str(error), level="error")
        return _page(request, opened, form, status=422)
    notify(request, _("Line %(line)s of %(name)s was imported.") % {"line": row.line, "name": row.file.name})
    return redirect("intake:import-detail", pk=row.file_id)


def _page(request: StoreRequest, opened: OpenRow, form: RowForm, status: int) -> HttpResponse:
    return render(
        request, "intake/row_edit.html", {"row": opened.row, "file": opened.row.file, "form": form}, status=status
    )


@requires(Right.IMPORT)
@require_POST
def row_drop(request: StoreRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(queries.open_rows(request.store), pk=pk)
    try:
        drop_row(store=request.store, row_id=row.pk, actor=request.user, at=timezone.now())
    except QuarantinedRow.DoesNotExist:
        notify(request, _("Line %(line)s was settled by a colleague meanwhile.") % {"line": row.line}, level="warning")
    else:
        notify(request, _("Line %(line)s of %(name)s was dropped.") % {"line": row.line, "name": row.file.name})
    return redirect("intake:import-detail", pk=row.file_id)
