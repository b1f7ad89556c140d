"""One case: the page, its part, or the pane beside the queue. Acts answer with it as well."""

from dataclasses import replace
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
    case_by_number,
    complaints_of,
    found_in,
    lines_of,
    order_cases,
    parcels_left,
    parcels_of_case,
    refundable_among,
    rule_for,
    thread_of,
)
from aftersales.refunds.services import policy_of
from aftersales.refunds.statuses import MONEY_KINDS, PLATFORM_DECIDES, RefundState
from aftersales.refunds.views.thread_rows import thread_html
from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.ui import Act
from backoffice.common.web import wants_partial

_SHOWN_CASES = 20  # further ones of the same order
_SUGGESTION_TONES = {"agree": "green", "refuse": "red-outline", "check": "amber"}


@require_GET
@requires(Right.VIEW_ORDERS)
def refund_detail(request: StoreRequest, number: str) -> HttpResponse:
    return answer_case(request, number)


def is_pane(request: StoreRequest) -> bool:
    """Tell whether the case is shown beside the queue; without script it is always the page."""
    return request.GET.get("pane") == "1"


def find_case(request: StoreRequest, number: str) -> Refund:
    """Read the case that the address names, by its number or by the one it had before the platform's.

    Raises:
        Http404: the store has no such case.
    """
    try:
        return case_by_number(request.store, number)
    except Refund.DoesNotExist as error:
        raise Http404 from error


def situation_of(request: StoreRequest, number: str, *, needs_rule: bool = True) -> Situation:
    """Read the case that the address names with what its acts depend on; the rule it falls under where it is needed.

    Raises:
        Http404: the store has no such case.
    """
    refund, now, policy = find_case(request, number), timezone.now(), policy_of(request.store)
    finding = rule_for(refund, refund.order, policy, now) if needs_rule else None
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
    situation = situation_of(request, number, needs_rule=False)
    template = "refunds/refund_detail.html"
    if wants_partial(request):
        template = "refunds/_refund_pane.html" if is_pane(request) else "refunds/_refund_page.html"
    pane = is_pane(request) and wants_partial(request)
    response = render(request, template, _context(situation, pane=pane), status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _context(situation: Situation, *, pane: bool) -> dict[str, Any]:
    refund, order = situation.refund, situation.refund.order
    parcels, cases = parcels_left(order), order_cases(order)
    finding = rule_for(refund, order, situation.policy, situation.now, parcels=parcels)
    return {
        "active_nav": "aftersales",
        "now": situation.now,
        "refund": refund,
        "order": order,
        "version": refund.version,
        "is_pane": pane,
        "self_url": case_url(refund.number, pane=pane),
        "page_url": case_url(refund.number),
        "silence": silence_now(situation),
        "platform_decides": refund.intervention in PLATFORM_DECIDES,
        "finding": finding,
        "finding_tone": _SUGGESTION_TONES.get(finding.suggests, "grey"),
        "has_money": refund.kind in MONEY_KINDS,
        "inspect_url": _inspect_url(situation),
        "complain_url": _complain_url(situation),
        "may_tell_address": Right.WORK_REFUNDS in situation.rights,
        "lines": lines_of(refund) if refund.line is None else [refund.line],
        "left": parcels,
        "refundable": refundable_among(refund, cases),
        "others": [case for case in cases if case.pk != refund.pk][:_SHOWN_CASES],
        "thread": thread_html(thread_of(refund), refund, situation.now),
        "parcels": parcels_of_case(refund),
        "inspections": found_in(refund),
        "complaints": complaints_of(refund),
        **_acts(replace(situation, finding=finding), pane=pane),
    }


def _acts(situation: Situation, *, pane: bool) -> dict[str, list[Act]]:
    """Return the buttons under the cards that they stand in; what is not possible now apart, with the reasons."""

    def url_of(act: CaseAct) -> str:
        return act_url(situation.refund.number, act.key, pane=pane)

    moves = list_acts(situation, url_of)
    return {
        "acts": [act for act in moves if not act.reason],
        "impossible": [act for act in moves if act.reason],
        "talk_acts": list_notes(situation, url_of, "say"),
        "owner_acts": list_notes(situation, url_of, "take", "assign", "remark"),
        "goods_acts": list_notes(situation, url_of, "correct_number"),
        "freight_acts": list_notes(situation, url_of, "freight"),
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
