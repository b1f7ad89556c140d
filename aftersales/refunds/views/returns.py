"""Returned goods for whoever has a scanner in one hand and a parcel in the other: find, look, say, next."""

from datetime import datetime, timedelta
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from aftersales.refunds.models import Refund
from aftersales.refunds.queries import silence_of
from aftersales.refunds.queries.returns import (
    CAP,
    TABS,
    back_parcels,
    buyer_words,
    find_returns,
    inspect_hours_of,
    inspections_of,
    is_due,
    return_case,
    return_counts,
    return_table,
)
from aftersales.refunds.services import RefundError, policy_of
from aftersales.refunds.services.goods import INSPECTABLE, inspect_return, send_back
from aftersales.refunds.statuses import RETURN_KINDS, InspectionOutcome, RefundState
from aftersales.refunds.views.return_form import PieceRow, can_have_more, found_of, piece_rows, read_rows
from aftersales.refunds.views.return_rows import ReturnRows
from backoffice.common.access import Right, requires
from backoffice.common.display import listed
from backoffice.common.masking import mask_text
from backoffice.common.middleware import StoreRequest
from backoffice.common.models import Attachment
from backoffice.common.services.attachments import AttachmentError, add_attachment
from backoffice.common.toasts import notify
from backoffice.common.ui import Tab
from backoffice.common.web import wants_partial
from orders.core.services import OrderError
from orders.fulfilment.couriers import COURIERS, TrackingError, courier_name, guess_courier, normalise_tracking

INVALID, CONFLICT = 422, 409
_LONGEST, _MOST_FILES = 100, 10


def tab_label(tab: str) -> str:
    return {
        "to_inspect": _("Here, to inspect"),
        "expected": _("On their way"),
        "inspected": _("Inspected, to settle"),
        "unseen": _("Paid for, never looked at"),
    }[tab]


# The lists, and finding by a number


@require_GET
@requires(Right.RECEIVE_RETURNS)
def receiving(request: StoreRequest) -> HttpResponse:
    """Show what is here and not inspected; `number` is a scanned one, which leads to its case at once."""
    text = request.GET.get("number", "").strip()[:_LONGEST]
    kept = _tracking(request.GET.get("parcel", ""))
    found = find_returns(request.store, text) if text else []
    due = [one for one in found if is_due(one)]
    if len(due) == 1 or len(found) == 1:
        return HttpResponseRedirect(_case_url((due or found)[0], kept))
    context = _list_context(request) | {
        "text": mask_text(text),
        "found": [(one, _case_url(one, kept)) for one in found],
        "is_unknown": bool(text) and not found,
        "kept": kept or (_tracking(text) if text and not found else ""),
    }
    template = "refunds/_return_list.html" if wants_partial(request) else "refunds/returns.html"
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _tracking(text: str) -> str:
    """Return the number as couriers print it; empty when it is none, or may be somebody's phone number."""
    try:
        number = normalise_tracking(text[:_LONGEST]) if text else ""
    except TrackingError:
        return ""
    return number if mask_text(number) == number else ""


def _case_url(refund: Refund, parcel: str) -> str:
    """Return the address of a case's goods, with the number of the parcel in whoever's hands it is."""
    url = reverse("returns:parcel", args=[refund.number])
    query = QueryDict(mutable=True)
    if parcel:
        query["parcel"] = parcel
    return f"{url}?{query.urlencode()}" if query else url


def _list_context(request: StoreRequest) -> dict[str, Any]:
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else "to_inspect"
    path, now = reverse("returns:receiving"), timezone.now()
    page = return_table(
        request.store, tab=tab, now=now, after=request.GET.get("after", ""), before=request.GET.get("before", "")
    )
    counts = return_counts(request.store, now=now)
    maker = ReturnRows(now, inspect_hours=inspect_hours_of(request.store))
    return {
        "active_nav": "aftersales",
        "list_path": path,
        "tab": tab,
        "tabs": [
            Tab(
                key=key, label=tab_label(key), url=f"{path}?tab={key}", is_active=key == tab,
                count=min(counts[key], CAP), is_capped=counts[key] > CAP,
            )
            for key in TABS
        ],
        "rows": maker.rows(page.rows),
        "next_url": f"{path}?{_query(tab, after=page.next_key)}" if page.next_key else "",
        "previous_url": f"{path}?{_query(tab, before=page.previous_key)}" if page.previous_key else "",
        "total": min(counts[tab], CAP),
        "is_capped": counts[tab] > CAP,
    }  # fmt: skip


def _query(tab: str, **keys: str) -> str:
    query = QueryDict(mutable=True)
    query.update({"tab": tab, **keys})
    return query.urlencode()


# One case's goods


@require_http_methods(["GET", "POST"])
@requires(Right.RECEIVE_RETURNS)
def return_parcel(request: StoreRequest, number: str) -> HttpResponse:
    """Show a case's goods and ask what was found; a POST says it, or records the parcel that the buyer did not tell."""
    refund = _case(request, number)
    if request.method == "GET":
        return _page(request, refund, piece_rows(refund, _more(request.GET)))
    if request.POST.get("act") == "parcel":
        return _record_parcel(request, refund)
    return _inspect(request, refund)


def _case(request: StoreRequest, number: str) -> Refund:
    try:
        return return_case(request.store, number)
    except Refund.DoesNotExist as error:
        raise Http404 from error


def _more(data: QueryDict) -> int:
    text = data.get("more", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 2 else 0  # noqa: PLR2004 -- digits


def _inspect(request: StoreRequest, refund: Refund) -> HttpResponse:
    rows = piece_rows(refund, _more(request.POST))
    read_rows(rows, request.POST)
    found = found_of(refund, rows) if not any(row.error for row in rows) else []
    if any(row.error for row in rows):
        return _page(request, refund, rows, status=INVALID)
    try:
        with transaction.atomic():
            now = timezone.now()
            done = inspect_return(
                store=request.store, refund_id=refund.pk, items=found, actor=request.user, at=now,
                attachments=_pictures(request, now),
            )  # fmt: skip
    except OrderError as error:
        status = INVALID if error.code == "field" else CONFLICT
        return _page(request, _case(request, refund.number), rows, refusal=str(error), status=status)
    link = reverse("refunds:refund-detail", args=[done.number])
    notify(request, _said(done), link_url=link, link_text=_("To the case"))
    return HttpResponseRedirect(reverse("returns:receiving"))


def _said(refund: Refund) -> str:
    counts: dict[str, int] = {}
    for outcome, quantity in refund.inspections.filter(at=refund.updated_at).values_list("outcome", "quantity"):
        counts[outcome] = counts.get(outcome, 0) + quantity
    what = listed(f"{InspectionOutcome(outcome).label} ×{count}" for outcome, count in counts.items())
    return _("Case %(number)s is inspected: %(what)s.") % {"number": refund.number, "what": what}


def _pictures(request: StoreRequest, now: datetime) -> list[Attachment]:
    files = [one for one in request.FILES.getlist("pictures") if isinstance(one, UploadedFile)]
    if len(files) > _MOST_FILES:
        raise RefundError(_("Add up to %(count)s pictures.") % {"count": _MOST_FILES}, "field")
    try:
        return [add_attachment(store=request.store, upload=one, actor=request.user, at=now) for one in files]
    except AttachmentError as error:
        raise RefundError(str(error), "field") from error


def _record_parcel(request: StoreRequest, refund: Refund) -> HttpResponse:
    """Record the parcel in hand as what the buyer sent back."""
    try:
        send_back(
            store=request.store, refund_id=refund.pk, actor=request.user, at=timezone.now(),
            courier=request.POST.get("courier", "")[:60], tracking_number=request.POST.get("parcel", "")[:200],
        )  # fmt: skip
    except OrderError as error:
        status = INVALID if error.code == "field" else CONFLICT
        return _page(request, _case(request, refund.number), [], refusal=str(error), status=status)
    return HttpResponseRedirect(reverse("returns:parcel", args=[refund.number]))


def _page(
    request: StoreRequest, refund: Refund, rows: list[PieceRow], *, refusal: str = "", status: int = 200
) -> HttpResponse:
    policy, signed, more = policy_of(request.store), refund.return_signed_at, _more(request.POST or request.GET)
    waits = refund.kind in RETURN_KINDS and refund.status == RefundState.AWAITING_RETURN
    context = {
        "active_nav": "aftersales",
        "refund": refund,
        "is_due": refund.kind in RETURN_KINDS and refund.status in INSPECTABLE and refund.inspected_at is None,
        "is_awaited": waits,
        "refusal": refusal,
        "rows": rows,
        "outcomes": list(enumerate(InspectionOutcome, start=1)),
        "more": more,
        "can_have_more": can_have_more(refund, more),
        "parcels": [(one, courier_name(one.courier)) for one in back_parcels(refund)],
        "inspections": inspections_of(refund),
        "words": buyer_words(refund),
        "inspect_by": signed + timedelta(hours=policy.inspect_hours) if signed else None,
        "inspect_rule": _rule(policy.inspect_hours),
        "silence": silence_of(refund, policy),
        "parcel": request.POST.get("parcel", "")[:200] or _tracking(request.GET.get("parcel", "")),
        "couriers": _couriers(request) if waits else [],
    }
    return render(request, "refunds/return_parcel.html", context, status=status)


def _rule(hours: int) -> str:
    text = ngettext(
        "Inspect within %(count)s hour after signing", "Inspect within %(count)s hours after signing", hours
    )
    return text % {"count": hours}


def _couriers(request: StoreRequest) -> list[tuple[str, str, bool]]:
    """Return the couriers to choose from: code, name, and whether the number in hand tells that it is this one."""
    number = request.POST.get("parcel", "") or request.GET.get("parcel", "")
    guessed = guess_courier(_tracking(number)) if number else None
    chosen = request.POST.get("courier", "") or (guessed.code if guessed else "")
    return [(one.code, courier_name(one.code), one.code == chosen) for one in COURIERS]
