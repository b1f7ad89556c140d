"""What stands on the page of a case and is looked at later: each part comes by a request of its own."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET

from aftersales.refunds.models import Refund
from aftersales.refunds.queries import Signal, buyer_year, case_events, lines_of, reason_mix, signals_of
from aftersales.refunds.services import policy_of
from aftersales.refunds.statuses import Act
from aftersales.refunds.views.detail import case_url, find_case
from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.web import wants_partial
from orders.core.models import OrderEvent
from orders.desk.history import Day, history_days
from orders.notes.queries import evidence, note_of

_PARCEL_ACTS = {Act.SEND_BACK, Act.SEND_OUT}


@require_GET
@requires(Right.VIEW_ORDERS)
def refund_part(request: StoreRequest, number: str, part: str) -> HttpResponse:
    """Answer with a part; without script it is a page of its own."""
    if part not in PARTS:
        raise Http404
    refund, now = find_case(request, number), timezone.now()
    context = {
        "active_nav": "aftersales",
        "now": now,
        "refund": refund,
        "order": refund.order,
        "part": f"refunds/_refund_{part}.html",
        "back_url": case_url(number),
        **PARTS[part](refund, now),
    }
    response = render(request, context["part"] if wants_partial(request) else "refunds/part.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


# The note


def _note(refund: Refund, now: datetime) -> dict[str, Any]:
    note, lines = note_of(refund.order), lines_of(refund)
    if note is None:
        return {"note": None}
    record = evidence(note)
    days = history_days(reversed(record.events), lines=lines, legend=_legend(refund), now=now)
    agreed = [line for line in lines if line.agreed_spec and line.agreed_spec != line.spec]
    return {
        "note": note,
        "contacts": record.contacts,
        "note_days": days,
        "agreed": [line for line in agreed if refund.line_id in {None, line.pk}],
    }


def _legend(refund: Refund) -> Mapping[str, str]:
    return refund.store.flag_legend or {}


# The buyer, and the goods


def _buyer(refund: Refund, now: datetime) -> dict[str, Any]:
    return {
        "year": buyer_year(refund, refund.order, now),
        "reasons": reason_mix(refund, now),
        "product_query": urlencode({"queue": "all", "title": refund.title_id or "", "sku": refund.sku_code}),
    }


# What is unusual


@dataclass(frozen=True, slots=True)
class _Told:
    """A signal and the list that it was counted from."""

    sentence: str
    url: str
    code: str = field(default="")


def _signals(refund: Refund, now: datetime) -> dict[str, Any]:
    return {"signals": [_told(signal) for signal in signals_of(refund, policy_of(refund.store), now)]}


def _told(signal: Signal) -> _Told:
    if signal.query:
        return _Told(signal.sentence, f"{reverse('refunds:refund-list')}?{signal.query}", signal.code)
    url = f"{reverse('desk:order-list')}?{signal.order_query}" if signal.order_query else ""
    return _Told(signal.sentence, url, signal.code)


# What happened


def _history(refund: Refund, now: datetime) -> dict[str, Any]:
    events = [_named(event) for event in case_events(refund)]
    days = history_days(events, lines=lines_of(refund), legend=_legend(refund), now=now)
    return {"days": _without_numbers(days, refund.numbers)}


def _named(event: OrderEvent) -> OrderEvent:
    """Call what older events of parcels name as their reason what it is: courier and number."""
    if event.after.get("act") in _PARCEL_ACTS and "reason" in event.after:
        event.after["courier"] = event.after.pop("reason")
    return event


def _without_numbers(days: list[Day], numbers: Iterable[str]) -> list[Day]:
    """Leave the case's own numbers out of its history: the page is about nothing else."""
    own = set(numbers)
    for entry in (entry for day in days for entry in day.entries):
        entry.changes[:] = [change for change in entry.changes if change.after not in own]
    return days


PARTS: Mapping[str, Callable[[Refund, datetime], dict[str, Any]]] = {
    "note": _note, "buyer": _buyer, "signals": _signals, "history": _history,
}  # fmt: skip
