"""Acts on selected orders: preview, do, answer with the list."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from backoffice.common.access import Right, requires
from backoffice.common.display import listed
from backoffice.common.middleware import StoreRequest
from backoffice.common.models import Job
from backoffice.common.toasts import notify
from orders.core.models import Order
from orders.desk import services
from orders.desk.acts import ACTS, BulkAct
from orders.desk.chips import describe
from orders.desk.filters import OrderFilter, order_filter
from orders.desk.forms import BulkForm
from orders.desk.queues import OPEN_QUEUE
from orders.desk.services import DeskError, Preview
from orders.desk.views.order_list import INVALID, answer_list

MAX_SELECTED = 2_500  # ids a form may carry; more are selected by the filter


@require_POST
@requires(Right.WORK_ORDERS, Right.REMARK, Right.SHIP)
def order_bulk(request: StoreRequest) -> HttpResponse:
    """Do one act to the selected orders, or to all of the filter; ask first where some are left out."""
    key, _colon, value = request.POST.get("act", "").partition(":")
    if one := request.POST.get("one"):  # a button of one row
        key, _colon, row = one.partition(":")
        data = request.POST.copy()
        data["selected"], value = row, ""
        request.POST = data  # type: ignore[assignment]
    act = ACTS.get(key)
    if act is None or key == "ship":
        return _refuse(request, _("Choose what to do with the selected orders."))
    if act.right not in request.rights:
        raise PermissionDenied(_("Your role does not include “%(act)s”.") % {"act": act.label})
    try:
        found, order_ids = _selection(request)
    except DeskError as error:
        return _refuse(request, str(error))
    return _act(request, act, order_ids, value, describe(found))


def _act(request: StoreRequest, act: BulkAct, order_ids: list[int], value: str, description: str) -> HttpResponse:
    data = request.POST.copy()
    if value:
        data[act.fields[0]] = value
    is_filled = not act.fields or any(name in data for name in act.fields)
    form = BulkForm(act.fields, data if is_filled else None)
    if not is_filled or not form.is_valid():
        return _ask(request, act, order_ids, form, None, status=INVALID if is_filled else 200)
    values, now = form.cleaned_data, timezone.now()
    preview = services.preview_act(
        store=request.store, act=act, order_ids=order_ids, values=values, actor=request.user, at=now
    )
    if not preview.items:
        return _refuse(request, _none_applies(preview))
    if preview.skipped and preview.selected > 1 and not request.POST.get("confirmed"):
        return _ask(request, act, order_ids, form, preview)
    try:
        job = services.start_batch(
            store=request.store,
            act=act,
            items=preview.items,
            values=values,
            actor=request.user,
            at=now,
            description=description,
        )
    except DeskError as error:
        return _refuse(request, str(error))
    tell(request, act, job)
    return _back(request, is_done=True)


def _selection(request: StoreRequest) -> tuple[OrderFilter, list[int]]:
    """Return the selected orders of the store: those ticked, or all of the filter as it was shown.

    Raises:
        DeskError: nothing is selected, too much is, or the filter cannot be read.
    """
    found = order_filter(
        request.store,
        QueryDict(request.POST.get("query", "")),
        user=request.user,
        now=timezone.now(),
        default_queue=OPEN_QUEUE,
    )
    if request.POST.get("_all"):
        orders = found.qs
        if found.form.errors:
            raise DeskError(_("The filter could not be read, so nothing was changed."))
        ids = list(orders.order_by().values_list("pk", flat=True)[: services.SELECTION_LIMIT + 1])
    else:
        ticked = [int(text) for text in request.POST.getlist("selected") if text.isdecimal() and len(text) < 18]  # noqa: PLR2004
        ids = list(Order.objects.for_store(request.store).filter(pk__in=ticked).values_list("pk", flat=True))
    if not ids:
        raise DeskError(_("No order is selected."))
    if len(ids) > services.SELECTION_LIMIT:
        raise DeskError(
            _("That are more than %(count)s orders. Narrow the filter and go in steps.")
            % {"count": services.SELECTION_LIMIT}
        )
    return found, ids


def _ask(
    request: StoreRequest,
    act: BulkAct,
    order_ids: list[int],
    form: BulkForm,
    preview: Preview | None,
    *,
    status: int = 200,
) -> HttpResponse:
    """Ask what the act still needs, or whether to go on without those it leaves out."""
    context = {
        "act": act,
        "form": form,
        "preview": preview,
        "selected_count": len(order_ids),
        "selected": [] if request.POST.get("_all") else order_ids[:MAX_SELECTED],
        "is_all": bool(request.POST.get("_all")),
        "query": request.POST.get("query", ""),
        "kept": _kept(form) if preview else [],
        "active_nav": "orders",
        "back_url": _list_url(request),
        "skipped_count": preview.skipped.total() if preview else 0,
        "reasons": preview.skipped.most_common() if preview else [],
    }
    if "HX-Request" not in request.headers:
        return render(request, "desk/bulk_confirm.html", context, status=status)
    response = render(request, "desk/_bulk_dialog.html", context, status=status)
    response.headers["HX-Retarget"], response.headers["HX-Reswap"] = "#dialog-slot", "innerHTML"
    return response


def _kept(form: BulkForm) -> list[tuple[str, str]]:
    return [(name, form.data.get(name, "")) for name in form.fields]


def _none_applies(preview: Preview) -> str:
    reasons = (
        _("%(count)s × %(reason)s") % {"count": count, "reason": reason}
        for reason, count in preview.skipped.most_common()
    )
    return _("Nothing was changed: %(reasons)s.") % {"reasons": listed(reasons)}


def tell(request: StoreRequest, act: BulkAct, job: Job) -> None:
    """Say what a batch did, with the way to its receipt and back."""
    receipt = reverse("desk:batch-detail", args=[job.pk])
    if job.is_active:
        notify(
            request,
            _("%(act)s: the worker has begun with %(count)s orders.")
            % {"act": act.label, "count": job.params["count"]},
            level="info",
            link_url=receipt,
            link_text=_("See how it goes"),
        )
        return
    done, refused = job.result["done"], job.result["refused"]
    text = ngettext("%(act)s: %(count)s order.", "%(act)s: %(count)s orders.", done) % {"act": act.label, "count": done}
    if refused:
        text += " " + ngettext("%(count)s was left out.", "%(count)s were left out.", refused) % {"count": refused}
    undo = (
        reverse("desk:batch-undo", args=[job.pk])
        if services.can_undo(job, actor=request.user, at=timezone.now())
        else ""
    )
    notify(
        request,
        text,
        level="warning" if refused else "success",
        undo_url=undo,
        link_url=receipt if job.params["count"] > 1 else "",
        link_text=_("Receipt"),
    )


def _refuse(request: StoreRequest, sentence: str) -> HttpResponse:
    notify(request, sentence, level="warning")
    return _back(request, is_done=False)


def _back(request: StoreRequest, *, is_done: bool) -> HttpResponse:
    if "HX-Request" not in request.headers:
        return HttpResponseRedirect(_list_url(request))
    response = answer_list(request, QueryDict(_list_query(request)))
    if is_done:
        response.headers["HX-Trigger-After-Settle"] = "selection-done"
    return response


def _list_query(request: StoreRequest) -> str:
    """Return the query of the list that the person looks at, with its page and order."""
    current = urlsplit(request.headers.get("HX-Current-URL", ""))
    if current.path == reverse("desk:order-list"):
        return current.query
    return request.POST.get("query", "")


def _list_url(request: StoreRequest) -> str:
    return f"{reverse('desk:order-list')}?{_list_query(request)}"


@require_POST
@requires(Right.WORK_ORDERS)
def claim_next(request: StoreRequest) -> HttpResponse:
    job = services.claim_next(store=request.store, actor=request.user, at=timezone.now())
    if job is None:
        return _refuse(request, _("No order that is ready to ship is unclaimed."))
    tell(request, ACTS["claim"], job)
    url = f"{reverse('desk:order-list')}?queue={OPEN_QUEUE}&sub=mine"
    if "HX-Request" not in request.headers:
        return HttpResponseRedirect(url)
    response = answer_list(request, QueryDict(f"queue={OPEN_QUEUE}&sub=mine"))
    response.headers["HX-Push-Url"] = url
    return response


Context = Mapping[str, Any]
