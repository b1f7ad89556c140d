"""Templates of exports: the built-in ones to read, a store's own to change."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.toasts import notify
from orders.desk.export_forms import TemplateForm
from orders.desk.exports import ExportError
from orders.desk.exports.templates import delete_template, save_template, templates_of
from orders.desk.models import ExportTemplate

INVALID = 422


@require_GET
@requires(Right.EXPORT)
def template_list(request: StoreRequest) -> HttpResponse:
    context = {"templates": templates_of(request.store), "active_nav": "exports"}
    return render(request, "desk/export_template_list.html", context)


@requires(Right.EXPORT)
def template_edit(request: StoreRequest, pk: int | None = None) -> HttpResponse:
    """Show and save one template of the store; a new one without pk."""
    row = get_object_or_404(ExportTemplate, store=request.store, pk=pk) if pk is not None else None
    if request.method != "POST":
        return _page(request, TemplateForm(template=row), row)
    form = TemplateForm(request.POST, template=row)
    if not form.is_valid():
        return _page(request, form, row, status=INVALID)
    try:
        saved = save_template(
            store=request.store, pk=pk, columns=form.columns, actor=request.user, at=timezone.now(), **form.cleaned_data
        )  # fmt: skip
    except ExportError as error:
        form.add_error(None, str(error))
        return _page(request, form, row, status=INVALID)
    notify(request, _("Template %(name)s was saved.") % {"name": saved.name})
    return redirect("desk:template-list")


def _page(request: StoreRequest, form: TemplateForm, row: ExportTemplate | None, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "row": row, "rows": form.rows(), "active_nav": "exports"}
    return render(request, "desk/export_template.html", context, status=status)


@require_POST
@requires(Right.EXPORT)
def template_delete(request: StoreRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(ExportTemplate, store=request.store, pk=pk)
    name = delete_template(store=request.store, pk=row.pk, actor=request.user, at=timezone.now())
    notify(request, _("Template %(name)s was deleted.") % {"name": name})
    return redirect("desk:template-list")
