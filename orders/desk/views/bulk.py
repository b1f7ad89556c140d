"""Acts on selected orders: preview, do, answer with the list."""

import json
from collections import Counter
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any
from urllib.parse import urlsplit

from django.core import signing
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
from orders.core.models import Order, OrderQuerySet
from orders.desk import queries, services
from orders.desk.acts import ACTS, BulkAct
from orders.desk.chips import describe
from orders.desk.claims import people_who_work
from orders.desk.filters import OrderFilter, order_filter
from orders.desk.forms import BulkForm
from orders.desk.once import BatchRepeatedError, once_slot, refuse_repeat
from orders.desk.paging import PAGE_SIZE, Sort, in_order
from orders.desk.papers import usual_paper
from orders.desk.queues import OPEN_QUEUE
from orders.desk.services import DeskError, Preview
from orders.desk.views.order_list import INVALID, answer_list

MAX_SELECTED = 2_500  # ids a form may carry; more are selected by the filter
PREVIEW_ROWS = 50  # orders that a preview names
MAY_ACT = (Right.WORK_ORDERS, Right.REMARK, Right.SHIP, Right.CLOSE_ORDERS, Right.MANAGE_STORE)
EXCEPTIONS = "exceptions"


@dataclass(frozen=True, slots=True)
class Selection:
    """The selected orders in the list's order; `came` and `gone` since the person was asked about all of a filter."""

    found: OrderFilter
    ids: list[int]
    came: int = 0
    gone: int = 0
    slot: str = ""


@require_POST
@requires(*MAY_ACT)
def order_bulk(request: StoreRequest) -> HttpResponse:
    """Do one act to the selected orders, or to all of the filter; ask first where some are left out."""
    slot = once_slot(request, store=request.store, user=request.user)
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
        refuse_repeat(slot)
        return _act(request, act, _selection(request, slot), value)
    except BatchRepeatedError as error:
        tell_repeat(request, act, error.job)
        return _answer(request, act, error.job)
    except DeskError as error:
        return _refuse(request, str(error))


def _act(request: StoreRequest, act: BulkAct, selection: Selection, value: str) -> HttpResponse:
    data, now = request.POST.copy(), timezone.now()
    if value:
        data[act.fields[0]] = value
    is_filled = not act.fields or any(name in data for name in act.fields)
    form = _form(request, act, data, is_filled=is_filled)
    is_right = is_filled and form.is_valid()
    values = form.cleaned_data if is_right else {"only": data.get("only", "")}
    preview = services.preview_act(
        store=request.store, act=act, order_ids=selection.ids, values=values, actor=request.user, at=now
    )
    if not preview.items:
        return _refuse(request, _none_applies(preview))
    services.refuse_too_many(act, len(preview.items))
    if not is_right or _must_ask(request, preview):
        return _ask(request, act, selection.ids, form, preview, status=INVALID if is_filled and not is_right else 200)
    job = services.start_batch(
        store=request.store,
        act=act,
        items=preview.items,
        values=values,
        actor=request.user,
        at=now,
        description=describe(selection.found),
        left_out=preview.skipped + Counter({_("not in the list any more"): selection.gone}),
        slot=selection.slot,
    )
    tell(request, act, job, came=selection.came)
    return _answer(request, act, job)


def _form(request: StoreRequest, act: BulkAct, data: QueryDict, *, is_filled: bool) -> BulkForm:
    people = people_who_work(request.store) if "person" in act.fields else ()
    names = (*act.fields, *act.limits, *act.options)
    if is_filled:
        return BulkForm(names, data, people=people)
    initial = {"only": data.get("only", "")}
    if "paper" in act.fields:
        initial["paper"] = usual_paper(request.store)
    return BulkForm(names, initial=initial, people=people)


def _must_ask(request: StoreRequest, preview: Preview) -> bool:
    """Tell whether to ask first: some are left out, some need a decision, or there are more than a page shows."""
    if request.POST.get("confirmed"):
        return False
    if preview.concerned or (preview.skipped and preview.selected > 1):
        return True
    return bool(request.POST.get("_all")) and preview.selected > PAGE_SIZE


def _answer(request: StoreRequest, act: BulkAct, job: Job) -> HttpResponse:
    """Answer with the list; papers open beside it."""
    url = "" if job.is_active else papers_url(job)
    if not url:
        return _back(request, is_done=True)
    if "HX-Request" not in request.headers:
        return HttpResponseRedirect(url)
    response = _back(request, is_done=True)
    response.headers["HX-Trigger"] = json.dumps({"open-page": {"url": url}})
    return response


def papers_url(job: Job) -> str:
    """Return where the papers of a batch are made; empty: it makes none."""
    made = job.result.get("papers")
    return reverse("fulfilment:print-detail", args=[made]) if made else ""


def _selection(request: StoreRequest, slot: str) -> Selection:
    """Return the selected orders of the store: those ticked, or all of the filter as it was shown.

    Raises:
        DeskError: nothing is selected, too much is, or the filter cannot be read.
    """
    query = QueryDict(request.POST.get("query", ""))
    found = order_filter(request.store, query, user=request.user, now=timezone.now(), default_queue=OPEN_QUEUE)
    ticked = _numbers(request, "ticked") if request.POST.get("scope") == "ticked" else None
    if request.POST.get("_all") and ticked is None:
        return _all_of(request, found, slot)
    chosen = _numbers(request, "selected") if ticked is None else ticked
    orders = Order.objects.for_store(request.store).filter(pk__in=chosen)
    return Selection(found, _ids(request, found, orders), slot=slot)


def _all_of(request: StoreRequest, found: OrderFilter, slot: str) -> Selection:
    """Return all orders of a filter; after a question those alone that it was about."""
    if found.form.errors:
        raise DeskError(_("The filter could not be read, so nothing was changed."))
    asked = _unpack(request)
    if asked is None:
        return Selection(found, _ids(request, found, found.qs), slot=slot)
    ids = _ids(request, found, found.qs.filter(pk__in=asked))
    shown = found.qs.order_by().values("pk")[: services.SELECTION_LIMIT + 1].count()
    return Selection(found, ids, came=shown - len(ids), gone=len(asked) - len(ids), slot=slot)


def _ids(request: StoreRequest, found: OrderFilter, orders: OrderQuerySet) -> list[int]:
    limit = services.SELECTION_LIMIT
    ids = list(in_order(orders, _shown_sort(request, found)).values_list("pk", flat=True)[: limit + 1])
    if not ids:
        raise DeskError(_("No order is selected."))
    if len(ids) > limit:
        raise DeskError(_("That is more than %(count)s orders. Narrow the filter and go in steps.") % {"count": limit})
    return ids


def _pack(request: StoreRequest, ids: list[int]) -> str:
    """Pack the orders that a question is about, for the form that answers it: as steps, which pack small."""
    ordered = sorted(ids)
    steps = [after - before for before, after in pairwise([0, *ordered])]
    return signing.dumps(steps, salt=f"bulk:{request.store.pk}", compress=True)


def _unpack(request: StoreRequest) -> list[int] | None:
    """Return the orders that the person was asked about; None: they were not asked.

    Raises:
        DeskError: the form was changed on its way.
    """
    packed = request.POST.get("previewed", "")
    if not packed:
        return None
    try:
        return list(accumulate(signing.loads(packed, salt=f"bulk:{request.store.pk}")))
    except signing.BadSignature:
        raise DeskError(_("The question is too old to be answered. Select the orders again.")) from None


def _numbers(request: StoreRequest, name: str) -> list[int]:
    return [int(text) for text in request.POST.getlist(name) if text.isdecimal() and len(text) < 18]  # noqa: PLR2004


def _shown_sort(request: StoreRequest, found: OrderFilter) -> Sort:
    """Return the order of the list that the person looks at: papers come out in it."""
    return found.sort_by(QueryDict(_list_query(request)).get("sort", ""))


def _ask(
    request: StoreRequest,
    act: BulkAct,
    order_ids: list[int],
    form: BulkForm,
    preview: Preview,
    *,
    status: int = 200,
) -> HttpResponse:
    """Ask what the act still needs, and say beforehand which orders it applies to."""
    context = {
        "act": act,
        "form": form,
        **_fields(act, form, preview),
        "count": len(preview.items),
        "total": preview.selected,
        "selected": [] if request.POST.get("_all") else order_ids[:MAX_SELECTED],
        "is_all": bool(request.POST.get("_all")),
        "previewed": _pack(request, order_ids) if request.POST.get("_all") else "",
        "query": request.POST.get("query", ""),
        "rows": _named(request, preview),
        "notes": act.notes(request.store, [item.order_id for item in preview.items]) if act.notes else (),
        "concern": act.concern.text(preview.concerned) if act.concern and preview.concerned else "",
        "origin": request.POST.get("from", ""),
        "active_nav": "orders",
        "back_url": _back_url(request),
        "skipped_count": preview.skipped.total(),
        "reasons": preview.skipped.most_common(),
    }
    if "HX-Request" not in request.headers:
        return render(request, "desk/bulk_confirm.html", context, status=status)
    response = render(request, "desk/_bulk_dialog.html", context, status=status)
    response.headers["HX-Retarget"], response.headers["HX-Reswap"] = "#dialog-slot", "innerHTML"
    return response


def _fields(act: BulkAct, form: BulkForm, preview: Preview) -> dict[str, Any]:
    """Return which fields are shown, and which are sent along unseen: limits, and what was filled in already."""
    is_asking = not form.is_bound or bool(form.errors)
    shown = (*(act.fields if is_asking else ()), *(act.options if preview.concerned else ()))
    kept = (*act.limits, *(() if is_asking else act.fields))
    return {
        "fields": [form[name] for name in shown],
        "kept": [(name, form[name].value() or "") for name in kept],
    }


def _named(request: StoreRequest, preview: Preview) -> list[dict[str, Any]]:
    """Return the first orders that the act applies to, for their boxes; one alone needs none."""
    ids = [item.order_id for item in preview.items[:PREVIEW_ROWS]]
    return queries.preview_rows(request.store, ids) if preview.selected > 1 else []


def _none_applies(preview: Preview) -> str:
    if preview.selected == 1:
        return _("Nothing was changed: %(reasons)s.") % {"reasons": next(iter(preview.skipped))}
    reasons = (
        _("%(count)s × %(reason)s") % {"count": count, "reason": reason}
        for reason, count in preview.skipped.most_common()
    )
    return _("Nothing was changed: %(reasons)s.") % {"reasons": listed(reasons)}


def tell_repeat(request: StoreRequest, act: BulkAct, job: Job) -> None:
    """Say of a form that was sent again what it did the first time, and that nothing happened anew."""
    if job.is_active:
        tell(request, act, job)
        return
    time = f"{timezone.localtime(job.created_at):%H:%M}"
    text = _("“%(act)s” was done at %(time)s already, for the same orders; it was not done again.")
    notify(
        request,
        text % {"act": act.label, "time": time},
        level="info",
        link_url=reverse("desk:batch-detail", args=[job.pk]),
        link_text=_("Receipt"),
    )


def _came_since(count: int) -> str:
    """Say how many orders a list got between the question and the act."""
    if count <= 0:
        return ""
    return " " + ngettext(
        "%(count)s order came into the list since you were asked; it was not touched.",
        "%(count)s orders came into the list since you were asked; they were not touched.",
        count,
    ) % {"count": count}


def tell(request: StoreRequest, act: BulkAct, job: Job, *, came: int = 0) -> None:
    """Say what a batch did, with the way to its receipt and back."""
    receipt = reverse("desk:batch-detail", args=[job.pk])
    if job.is_active:
        notify(
            request,
            _("%(act)s: the worker has begun with %(count)s orders.") % {"act": act.label, "count": job.params["count"]}
            + _came_since(came),
            level="info",
            link_url=receipt,
            link_text=_("See how it goes"),
        )
        return
    done, refused = job.result["done"], job.result["refused"]
    text = ngettext("%(act)s: %(count)s order.", "%(act)s: %(count)s orders.", done) % {"act": act.label, "count": done}
    left = refused + sum(job.params.get("left_out", {}).values())
    if left:
        text += " " + ngettext("%(count)s was left out.", "%(count)s were left out.", left) % {"count": left}
    text += _came_since(came)
    text += f" {job.result['papers_problem']}" if "papers_problem" in job.result else ""
    can_undo = services.can_undo(job, actor=request.user, at=timezone.now())
    undo = reverse("desk:batch-undo", args=[job.pk]) if can_undo else ""
    notify(
        request,
        text,
        level="warning" if refused or came > 0 else "success",
        undo_url=undo,
        **_link(act, job, receipt),
    )


def _link(act: BulkAct, job: Job, receipt: str) -> dict[str, str]:
    """Return where the toast leads: to the papers, else to the receipt of more than one order."""
    if papers := papers_url(job):
        return {"link_url": papers, "link_text": _("Open the papers")}
    return {"link_url": receipt if job.params["count"] > 1 else "", "link_text": _("Receipt")}


def _refuse(request: StoreRequest, sentence: str) -> HttpResponse:
    notify(request, sentence, level="warning")
    return _back(request, is_done=False)


def _back(request: StoreRequest, *, is_done: bool) -> HttpResponse:
    if "HX-Request" not in request.headers:
        return HttpResponseRedirect(_back_url(request))
    if request.POST.get("from") == EXCEPTIONS:
        return HttpResponse(status=204, headers={"HX-Redirect": _back_url(request)})
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


def _back_url(request: StoreRequest) -> str:
    if request.POST.get("from") == EXCEPTIONS:
        return reverse("desk:exception-list")
    return f"{reverse('desk:order-list')}?{_list_query(request)}"


@require_POST
@requires(Right.WORK_ORDERS)
def claim_next(request: StoreRequest) -> HttpResponse:
    """Claim the next orders of the sub-queue that the person looks at."""
    slot = once_slot(request, store=request.store, user=request.user)
    sub, act = request.POST.get("sub", ""), ACTS["claim"]
    try:
        job = services.claim_next(store=request.store, actor=request.user, at=timezone.now(), sub=sub, slot=slot)
    except BatchRepeatedError as error:
        tell_repeat(request, act, error.job)
    else:
        if job is None:
            return _refuse(request, _("No order is left here that is nobody's and can be worked on now."))
        tell(request, act, job)
    url = f"{reverse('desk:order-list')}?queue={OPEN_QUEUE}&sub=mine"
    if "HX-Request" not in request.headers:
        return HttpResponseRedirect(url)
    response = answer_list(request, QueryDict(f"queue={OPEN_QUEUE}&sub=mine"))
    response.headers["HX-Push-Url"] = url
    return response
