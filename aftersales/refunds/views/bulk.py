"""Giving selected cases to people, and taking the next ones; each answers with the list."""

from collections.abc import Callable
from functools import partial
from urllib.parse import urlsplit

from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from aftersales.refunds.filters import CaseFilter
from aftersales.refunds.models import Refund
from aftersales.refunds.queries import case_ids
from aftersales.refunds.services import RefundError, assign_case, take_next_cases
from aftersales.refunds.views.queue import answer_list, look_of
from backoffice.common.access import Right, requires
from backoffice.common.display import listed
from backoffice.common.middleware import StoreRequest
from backoffice.common.models import User
from backoffice.common.toasts import notify
from orders.core.services import OrderError

MOST_AT_ONCE, SHOWN_REASONS = 500, 3
_DIGITS = 18


@require_POST
@requires(Right.WORK_REFUNDS, Right.RECEIVE_RETURNS)
def refund_bulk(request: StoreRequest) -> HttpResponse:
    """Take the selected cases or give them back: those ticked, or all of the filter; each by itself."""
    owners: dict[str, User | None] = {"take": request.user, "give_back": None}
    act = request.POST.get("act", "")
    if act not in owners:
        return _refuse(request, _("Choose what to do with the selected cases."))
    try:
        ids = _selection(request)
    except RefundError as error:
        return _refuse(request, str(error))
    run = partial(assign_case, store=request.store, owner=owners[act], actor=request.user)
    done, refusals = _each(run, ids)
    _tell(request, act, done, refusals)
    return _back(request)


def _each(run: Callable[..., Refund], ids: list[int]) -> tuple[int, list[str]]:
    done, refusals = 0, list[str]()
    for pk in ids:
        try:
            run(refund_id=pk, at=timezone.now())
            done += 1
        except OrderError as error:
            refusals.append(str(error))
    return done, refusals


def _selection(request: StoreRequest) -> list[int]:
    """Return the selected cases of this store: those ticked, or all of the filter as it was shown.

    Raises:
        RefundError: nothing is selected, too much is, or the filter cannot be read.
    """
    if request.POST.get("_all"):
        ids = _all_of_filter(request)
    else:
        texts = request.POST.getlist("selected")[: MOST_AT_ONCE + 1]
        chosen = [int(text) for text in texts if text.isascii() and text.isdecimal() and len(text) < _DIGITS]
        cases = Refund.objects.for_store(request.store).filter(pk__in=chosen)
        ids = list(cases.order_by("order_id", "pk").values_list("pk", flat=True))
    if not ids:
        raise RefundError(_("No case is selected."))
    if len(ids) > MOST_AT_ONCE:
        text = ngettext(
            "More than %(count)s case is selected. Narrow the filter and go in steps.",
            "More than %(count)s cases are selected. Narrow the filter and go in steps.",
            MOST_AT_ONCE,
        )
        raise RefundError(text % {"count": MOST_AT_ONCE})
    return ids


def _all_of_filter(request: StoreRequest) -> list[int]:
    found = CaseFilter(QueryDict(request.POST.get("query", "")), store=request.store)
    if not found.is_valid():
        raise RefundError(_("The filter could not be read, so nothing was changed."))
    return case_ids(look_of(request), tab=found.shown_tab, where=found.where, limit=MOST_AT_ONCE + 1)


def _tell(request: StoreRequest, act: str, done: int, refusals: list[str]) -> None:
    reasons = listed(list(dict.fromkeys(refusals))[:SHOWN_REASONS])
    if not done:
        return notify(request, _("Nothing was changed: %(reasons)s") % {"reasons": reasons}, level="warning")
    text = _taken(done) if act == "take" else _given_back(done)
    if refusals:
        left = ngettext("%(count)s was left out: %(reasons)s", "%(count)s were left out: %(reasons)s", len(refusals))
        text = f"{text} {left % {'count': len(refusals), 'reasons': reasons}}"
    return notify(request, text, level="warning" if refusals else "success")


def _taken(count: int) -> str:
    return ngettext("%(count)s case is yours.", "%(count)s cases are yours.", count) % {"count": count}


def _given_back(count: int) -> str:
    text = ngettext("%(count)s case is nobody's again.", "%(count)s cases are nobody's again.", count)
    return text % {"count": count}


@require_POST
@requires(Right.WORK_REFUNDS, Right.RECEIVE_RETURNS)
def take_next(request: StoreRequest) -> HttpResponse:
    """Give the person the most urgent cases that nobody has, and show theirs."""
    try:
        cases = take_next_cases(store=request.store, actor=request.user, at=timezone.now())
    except OrderError as error:
        return _refuse(request, str(error))
    if not cases:
        return _refuse(request, _("No case is left that waits for the shop and is nobody's."))
    notify(request, _taken(len(cases)))
    url = f"{reverse('refunds:refund-list')}?queue=mine"
    if "HX-Request" not in request.headers:
        return HttpResponseRedirect(url)
    response = answer_list(request, QueryDict("queue=mine"))
    response.headers["HX-Push-Url"] = url
    response.headers["HX-Trigger"] = "counts-changed"
    return response


def _refuse(request: StoreRequest, sentence: str) -> HttpResponse:
    notify(request, sentence, level="warning")
    return _back(request)


def _back(request: StoreRequest) -> HttpResponse:
    """Answer with the list that the person looks at, on its page."""
    current = urlsplit(request.headers.get("HX-Current-URL", ""))
    path = reverse("refunds:refund-list")
    query = current.query if current.path == path else request.POST.get("query", "")
    if "HX-Request" not in request.headers:
        return HttpResponseRedirect(f"{path}?{QueryDict(query).urlencode()}")
    response = answer_list(request, QueryDict(query))
    response.headers["HX-Trigger"] = "counts-changed"
    return response
