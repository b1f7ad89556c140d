"""One case: the page, its part, or the pane beside the queue. Acts answer with it as well."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET

from aftersales.refunds.acts import CaseAct, Situation, list_acts, list_notes, silence_now
from aftersales.refunds.models import Refund
from aftersales.refunds.queries import (
    Signal,
    case_by_number,
    case_events,
    case_facts,
    complaints_of,
    goods_of,
    other_cases,
    refundable_of,
    rule_for,
    signals_of,
    thread_of,
)
from aftersales.refunds.services import policy_of
from aftersales.refunds.statuses import MONEY_KINDS, PLATFORM_DECIDES, RefundState
from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.web import wants_partial
from orders.desk.history import Day, history_days

_SUGGESTION_TONES = {"agree": "green", "refuse": "red-outline", "check": "amber"}


@require_GET
@requires(Right.VIEW_ORDERS)
def refund_detail(request: StoreRequest, number: str) -> HttpResponse:
    return answer_case(request, number)


def is_pane(request: StoreRequest) -> bool:
    """Tell whether the case is shown beside the queue; without script it is always the page."""
    return request.GET.get("pane") == "1"


def situation_of(request: StoreRequest, number: str) -> Situation:
    """Read the case that the address names.

    Raises:
        Http404: the store has no such case.
    """
    try:
        refund = case_by_number(request.store, number)
    except Refund.DoesNotExist as error:
        raise Http404 from error
    now, policy = timezone.now(), policy_of(request.store)
    finding = rule_for(refund, refund.order, policy, now)
    return Situation(
        refund=refund, policy=policy, finding=finding, actor=request.user, rights=request.rights, now=now
    )  # fmt: skip


def case_url(number: str, *, pane: bool = False) -> str:
    return reverse("refunds:refund-detail", args=[number]) + ("?pane=1" if pane else "")


def act_url(number: str, act: str, *, pane: bool = False, **extra: Any) -> str:
    values = ({"pane": "1"} if pane else {}) | extra
    query = f"?{urlencode(values)}" if values else ""
    return reverse("refunds:refund-act", args=[number, act]) + query


def answer_case(request: StoreRequest, number: str, *, status: int = 200) -> HttpResponse:
    situation = situation_of(request, number)
    template = "refunds/refund_detail.html"
    if wants_partial(request):
        template = "refunds/_refund_pane.html" if is_pane(request) else "refunds/_refund_page.html"
    pane = is_pane(request) and wants_partial(request)
    response = render(request, template, _context(situation, pane=pane), status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


@dataclass(frozen=True, slots=True)
class _Told:
    """A signal and the list that it was counted from."""

    sentence: str
    url: str
    code: str = field(default="")


def _context(situation: Situation, *, pane: bool) -> dict[str, Any]:
    refund, now = situation.refund, situation.now

    def url_of(act: CaseAct) -> str:
        return act_url(refund.number, act.key, pane=pane)

    return {
        "active_nav": "aftersales",
        "now": now,
        "refund": refund,
        "order": refund.order,
        "version": refund.version,
        "is_pane": pane,
        "self_url": case_url(refund.number, pane=pane),
        "page_url": case_url(refund.number),
        "acts": list_acts(situation, url_of),
        "talk_acts": list_notes(situation, url_of, "say"),
        "owner_acts": list_notes(situation, url_of, "take", "assign"),
        "remark_acts": list_notes(situation, url_of, "remark"),
        "goods_acts": list_notes(situation, url_of, "correct_number"),
        "may_tell_address": Right.WORK_REFUNDS in situation.rights,
        "freight_acts": list_notes(situation, url_of, "freight"),
        "silence": silence_now(situation),
        "platform_decides": refund.intervention in PLATFORM_DECIDES,
        "finding": situation.finding,
        "finding_tone": _SUGGESTION_TONES.get(situation.finding.suggests, "grey") if situation.finding else "",
        "signals": [_told(signal) for signal in signals_of(refund, situation.policy, now)],
        "has_money": refund.kind in MONEY_KINDS,
        "inspect_url": _inspect_url(situation),
        "complain_url": _complain_url(situation),
        "refundable": refundable_of(refund.order, refund.line, besides=refund),
        **_facts(situation),
    }


def _inspect_url(situation: Situation) -> str:
    """Return where goods that came back are looked at, for who may and while nobody has."""
    refund = situation.refund
    is_due = refund.status == RefundState.AWAITING_RECEIPT and refund.inspected_at is None
    may = is_due and Right.RECEIVE_RETURNS in situation.rights
    return reverse("returns:parcel", args=[refund.number]) if may else ""


def _complain_url(situation: Situation) -> str:
    if Right.WORK_REFUNDS not in situation.rights:
        return ""
    refund = situation.refund
    query = urlencode({"refund": refund.number, "order": refund.order.number})
    return f"{reverse('registers:complaint-new')}?{query}"


def _told(signal: Signal) -> _Told:
    if signal.query:
        return _Told(signal.sentence, f"{reverse('refunds:refund-list')}?{signal.query}", signal.code)
    url = f"{reverse('desk:order-list')}?{signal.order_query}" if signal.order_query else ""
    return _Told(signal.sentence, url, signal.code)


def _facts(situation: Situation) -> dict[str, Any]:
    refund, order, now = situation.refund, situation.refund.order, situation.now
    facts = case_facts(refund, order, now)
    lines = list(order.lines.select_related("title").order_by("position", "pk"))
    legend = refund.store.flag_legend or {}
    note_events = reversed(facts.note.events) if facts.note else []
    return {
        "facts": facts,
        "lines": [line for line in lines if refund.line_id in {None, line.pk}],
        "note_days": history_days(note_events, lines=lines, legend=legend, now=now) if facts.note else [],
        "thread": thread_of(refund),
        "goods": goods_of(refund),
        "others": other_cases(refund),
        "complaints": complaints_of(refund),
        "days": _without_number(history_days(case_events(refund), lines=lines, legend=legend, now=now), refund.number),
        "product_query": urlencode({"queue": "all", "title": refund.title_id or "", "sku": refund.sku_code}),
    }


def _without_number(days: list[Day], number: str) -> list[Day]:
    """Leave the case's own number out of its history: the page is about nothing else."""
    for entry in (entry for day in days for entry in day.entries):
        entry.changes[:] = [change for change in entry.changes if change.after != number]
    return days
