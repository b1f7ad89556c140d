from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.paging import page_by_id
from backoffice.common.toasts import notify
from orders.intake import quarantine, queries, services
from orders.intake.forms import StartForm, UploadForm
from orders.intake.models import ImportFile


@requires(Right.IMPORT)
@require_http_methods(["GET", "HEAD", "POST"])
def import_list(request: StoreRequest) -> HttpResponse:
    """Uploads and their history; a POST takes one or several files and looks through them."""
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if request.method == "POST" and form.is_valid():
        files = [_upload(request, upload) for upload in form.cleaned_data["files"]]
        uploaded = [file for file in files if file is not None]
        if len(uploaded) == 1 and len(files) == 1:
            return redirect("intake:import-detail", pk=uploaded[0].pk)
        return redirect("intake:import-list")
    context = {"form": form, "page": page_by_id(queries.import_files(request.store), request.GET)}
    return render(request, "intake/import_list.html", context, status=422 if form.errors else 200)


def _upload(request: StoreRequest, upload: Any) -> ImportFile | None:
    try:
        return services.create_upload(
            store=request.store, name=upload.name, stream=upload, actor=request.user, at=timezone.now()
        )
    except services.UploadError as error:
        notify(request, str(error), level="error")
        return None


@requires(Right.IMPORT)
@require_GET
def import_detail(request: StoreRequest, pk: int) -> HttpResponse:
    return _detail(request, _file(request, pk))


def _file(request: StoreRequest, pk: int) -> ImportFile:
    return get_object_or_404(queries.import_file(request.store, pk))


def _detail(request: StoreRequest, file: ImportFile, form: StartForm | None = None, status: int = 200) -> HttpResponse:
    form = form or StartForm(initial={"encoding": file.encoding, "snapshot_at": file.snapshot_at})
    rows = page_by_id(queries.open_rows(request.store, file_id=file.pk), request.GET)
    waiting = queries.open_rows(request.store, file_id=file.pk).count()
    context = {
        "file": file,
        "form": form,
        "page": rows,
        "waiting": waiting,
        "is_open": file.state == ImportFile.State.UPLOADED,
    }
    return render(request, "intake/import_detail.html", context, status=status)


@requires(Right.IMPORT)
@require_GET
def import_progress(request: StoreRequest, pk: int) -> HttpResponse:
    """The part that asks for itself again until the job ends; then the page reloads."""
    file = _file(request, pk)
    response = render(request, "intake/_import_progress.html", {"file": file})
    if file.job is None or not file.job.is_active:
        response["HX-Refresh"] = "true"
    return response


@requires(Right.IMPORT)
@require_POST
def import_start(request: StoreRequest, pk: int) -> HttpResponse:
    """Start the import, or with `preview` look through the file again in the encoding chosen."""
    file = _file(request, pk)
    form = StartForm(request.POST)
    if not form.is_valid():
        return _detail(request, file, form, status=422)
    try:
        if "preview" in request.POST:
            services.preview_again(store=request.store, file_id=file.pk, encoding=form.cleaned_data["encoding"])
        else:
            services.start_import(
                file=file,
                encoding=form.cleaned_data["encoding"],
                snapshot_at=form.cleaned_data["snapshot_at"],
                actor=request.user,
                at=timezone.now(),
            )
    except services.UploadError as error:
        notify(request, str(error), level="error")
    return redirect("intake:import-detail", pk=file.pk)


@requires(Right.IMPORT)
@require_POST
def import_discard(request: StoreRequest, pk: int) -> HttpResponse:
    file = _file(request, pk)
    try:
        services.discard_upload(store=request.store, file_id=file.pk)
    except services.UploadError as error:
        notify(request, str(error), level="error")
        return redirect("intake:import-detail", pk=file.pk)
    notify(request, _("%(name)s was deleted; nothing of it was imported.") % {"name": file.name})
    return redirect("intake:import-list")


@requires(Right.IMPORT)
@require_POST
def import_retry(request: StoreRequest, pk: int) -> HttpResponse:
    """Try the quarantined rows of a file again: after a format learnt a new column or status, say."""
    file = _file(request, pk)
    done, left = quarantine.retry_file(store=request.store, file_id=file.pk, actor=request.user, at=timezone.now())
    text = ngettext("%(count)s row was imported.", "%(count)s rows were imported.", done) % {"count": done}
    if left:
        text += " " + ngettext("%(count)s row still waits.", "%(count)s rows still wait.", left) % {"count": left}
    notify(request, text, level="success" if done else "warning")
    return redirect("intake:import-detail", pk=file.pk)
