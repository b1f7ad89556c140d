"""Shipping many orders from a table: paste or upload, see what each row will do, then ship."""

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.sheets.errors import SheetError
from backoffice.common.toasts import notify
from orders.desk import services
from orders.desk.acts import ACTS
from orders.desk.forms import ShipTableForm
from orders.desk.once import BatchRepeatedError, once_slot, refuse_repeat
from orders.desk.services import DeskError
from orders.desk.shipping_table import CheckedRow, TableRow, as_text, check_rows, read_file, read_text
from orders.desk.views.bulk import tell, tell_repeat
from orders.desk.views.order_list import INVALID


@requires(Right.SHIP)
def order_ship(request: StoreRequest) -> HttpResponse:
    """GET: the form. POST: a preview of the table, or with `commit` its shipping."""
    if request.method != "POST":
        return _form(request, ShipTableForm())
    form = ShipTableForm(request.POST, request.FILES)
    rows = _read(form)
    if not rows:
        return _form(request, form, status=INVALID)
    checked = check_rows(request.store, rows)
    if "commit" in request.POST:
        return _ship(request, checked)
    return _preview(request, rows, checked)


def _read(form: ShipTableForm) -> list[TableRow]:
    if not form.is_valid():
        return []
    field = "file" if form.cleaned_data["file"] else "text"
    try:
        return read_file(form.cleaned_data["file"]) if field == "file" else read_text(form.cleaned_data["text"])
    except (DeskError, SheetError) as error:
        form.add_error(field, str(error))
        return []


def _form(request: StoreRequest, form: ShipTableForm, *, status: int = 200) -> HttpResponse:
    return render(request, "desk/bulk_ship.html", {"form": form, "active_nav": "orders"}, status=status)


def _preview(request: StoreRequest, rows: list[TableRow], checked: list[CheckedRow]) -> HttpResponse:
    context: dict[str, Any] = {
        "rows": checked,
        "text": as_text(rows),
        "active_nav": "orders",
        "counts": {
            state: sum(row.state == state for row in checked) for state in ("ok", "warning", "skipped", "problem")
        },
        "ship_count": sum(row.ships for row in checked),
    }
    return render(request, "desk/bulk_ship_preview.html", context)


def _ship(request: StoreRequest, checked: list[CheckedRow]) -> HttpResponse:
    """Ship the rows that can; the receipt names the others with their reasons."""
    slot = once_slot(request, store=request.store, user=request.user)
    try:
        refuse_repeat(slot)
        return _start(request, checked, slot)
    except BatchRepeatedError as error:
        tell_repeat(request, ACTS["ship"], error.job)
        return HttpResponseRedirect(reverse("desk:batch-detail", args=[error.job.pk]))


def _start(request: StoreRequest, checked: list[CheckedRow], slot: str) -> HttpResponse:
    items = [row.item() for row in checked if row.ships]
    if not items:
        notify(request, _("No row of this table can ship."), level="warning")
        return HttpResponseRedirect(reverse("desk:order-ship"))
    now = timezone.now()
    job = services.start_batch(
        store=request.store, act=ACTS["ship"], items=items, values={}, actor=request.user, at=now, slot=slot
    )
    services.add_left_out(job=job, rows=[(row.row.number, row.text) for row in checked if not row.ships])
    tell(request, ACTS["ship"], job)
    return HttpResponseRedirect(reverse("desk:batch-detail", args=[job.pk]))
