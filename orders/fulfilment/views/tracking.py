"""Parcels under way: the list with the last news of each, and the trace of one order's."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.quick_html import joined
from backoffice.common.ui import Chip, Tab
from backoffice.common.web import wants_partial
from orders.core.models import Order
from orders.fulfilment.couriers import COURIERS, TrackingError, courier_name, normalise_tracking
from orders.fulfilment.models import Shipment
from orders.fulfilment.queries.tracking import (
    COUNT_CAP,
    PARCEL_TABS,
    PlaceError,
    RowPage,
    count_capped,
    page_by_time,
    parcel_columns,
    shipped_between,
    traces_of_order,
)
from orders.fulfilment.statuses import AnomalyKind, TraceState
from orders.fulfilment.views.case_words import fact_words, kind_label, state_tone
from orders.fulfilment.views.parcel_rows import ParcelRowMaker

TABS = {
    "moving": gettext_lazy("On their way"),
    "trouble": gettext_lazy("In trouble"),
    "signed": gettext_lazy("Signed for"),
    "all": gettext_lazy("All parcels"),
}
EMPTY = {
    "moving": gettext_lazy("Parcels that are watched appear here, from the first trace on that is told or uploaded."),
    "trouble": gettext_lazy("Parcels that a rule found something wrong with appear here."),
    "signed": gettext_lazy("Parcels appear here as soon as their trace says that they were signed for."),
    "all": gettext_lazy("Every order that ships brings its parcel here."),
}
FILTERS = ("number", "courier", "state", "problem", "province", "from", "to")


class ParcelFilter:
    """What the address says of the list: tab and filters; values that mean nothing are left out."""

    def __init__(self, data: QueryDict) -> None:
        self.tab = data.get("tab", "") if data.get("tab") in TABS else "moving"
        self.values = {name: data.get(name, "").strip()[:60].replace("\0", "") for name in FILTERS}
        self.problem = ""
        self.where = Q()
        self._read()

    def _read(self) -> None:
        values = self.values
        if values["number"]:
            self.where &= Q(tracking_number=self._number())
        if values["courier"]:
            self.where &= Q(courier=values["courier"])
        if values["state"] and values["state"] in TraceState.values:
            self.where &= Q(trace_state=values["state"])
        if values["problem"] in AnomalyKind.values:
            self.where &= Q(anomaly_kinds__contains=[values["problem"]]) & ~Q(anomaly_kinds=[])
        if values["province"]:
            self.where &= Q(province=values["province"])
        self.where &= shipped_between(self._day("from"), self._day("to"))

    def _number(self) -> str:
        try:
            return normalise_tracking(self.values["number"])
        except TrackingError as error:
            self.problem = str(error)
            return ""

    def _day(self, name: str) -> date | None:
        if not self.values[name]:
            return None
        try:
            return date.fromisoformat(self.values[name])
        except ValueError:
            self.problem = _("“%(day)s” is no day; write it like 2026-06-01.") % {"day": self.values[name]}
            return None

    @property
    def shown(self) -> dict[str, str]:
        return {name: value for name, value in self.values.items() if value}

    def query(self, **changes: str) -> str:
        made = QueryDict(mutable=True)
        for name, value in ({"tab": self.tab} | self.shown | changes).items():
            if value:
                made[name] = value
        return made.urlencode()

    def rows(self, every: QuerySet[Shipment]) -> QuerySet[Shipment]:
        tab = PARCEL_TABS["all"] if self.values["number"] else PARCEL_TABS[self.tab]
        return every.filter(tab, self.where)


@require_GET
@requires(Right.VIEW_ORDERS)
def parcel_list(request: StoreRequest) -> HttpResponse:
    """Show the parcels of a tab, those that left last first."""
    found = ParcelFilter(request.GET)
    rows = found.rows(Shipment.objects.for_store(request.store))
    page, problem = read_page(parcel_columns(rows), request.GET, is_descending=True)
    total = len(page.rows) if not (page.next or page.previous) else count_capped(rows)
    path = reverse("fulfilment:parcel-list")
    context = {
        "active_nav": "shipping",
        "rows": ParcelRowMaker(timezone.now()).rows(page.rows),
        "tabs": [
            Tab(key=key, label=str(label), url=f"{path}?{found.query(tab=key, number='')}", is_active=key == found.tab)
            for key, label in TABS.items()
        ],
        "tab": found.tab,
        "values": found.values,
        "chips": _chips(found, path),
        "clear_url": f"{path}?tab={found.tab}",
        "query_string": found.query(),
        "problem": found.problem or problem,
        "couriers": _options([(courier.code, courier.name) for courier in COURIERS], found.values["courier"]),
        "states": _options([one for one in TraceState.choices if one[0]], found.values["state"]),
        "kinds": _options(AnomalyKind.choices, found.values["problem"]),
        "next_url": _url(path, found, "after", page.next),
        "previous_url": _url(path, found, "before", page.previous),
        "total": min(total, COUNT_CAP),
        "is_capped": total > COUNT_CAP,
        "empty_text": EMPTY[found.tab],
    }
    template = "fulfilment/_parcel_list.html" if wants_partial(request) else "fulfilment/parcel_list.html"
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _options(choices: Iterable[tuple[str, object]], chosen: str) -> SafeString:
    rows = ((value, _SELECTED if value == chosen else "", label) for value, label in choices)
    return joined('<option value="{}"{}>{}</option>', rows)


_SELECTED = SafeString(" selected")  # nosec B308 B703 # of the code


def read_page(
    rows: QuerySet[Any, Any], data: QueryDict, *, is_descending: bool, key: str = "shipped_at"
) -> tuple[RowPage, str]:
    """Read the page that a query names; one whose cursor is damaged is the first."""
    try:
        after, before = data.get("after", ""), data.get("before", "")
        return page_by_time(rows, key, is_descending=is_descending, after=after, before=before), ""
    except PlaceError:
        problem = _("That place in the list is gone; this is its first page.")
        return page_by_time(rows, key, is_descending=is_descending), problem


def _url(path: str, found: ParcelFilter, name: str, cursor: str) -> str:
    return f"{path}?{found.query(**{name: cursor})}" if cursor else ""


def _chips(found: ParcelFilter, path: str) -> list[Chip]:
    labels = {
        "number": _("Number"), "courier": _("Courier"), "state": _("State"), "problem": _("Trouble"),
        "province": _("Province"), "from": _("Shipped from"), "to": _("Shipped to"),
    }  # fmt: skip
    words: dict[str, Callable[[str], str]] = {
        "courier": courier_name,
        "state": lambda value: str(dict(TraceState.choices).get(value, value)),
        "problem": kind_label,
    }
    return [
        Chip(
            label=f"{labels[name]}: {words.get(name, str)(value)}",
            remove_url=f"{path}?{found.query(**{name: ''})}",
        )
        for name, value in found.shown.items()
    ]  # fmt: skip


@require_GET
@requires(Right.VIEW_ORDERS)
def parcel_trace(request: StoreRequest, number: str) -> HttpResponse:
    """Show the trace of each parcel of an order: a part of the order's page, or without script a page."""
    order = Order.objects.for_store(request.store).filter(number=number).first()
    if order is None:
        raise Http404
    found = traces_of_order(order)
    context = {
        "active_nav": "orders",
        "now": timezone.now(),
        "order": order,
        "parcels": [_traced(parcel) for parcel in found],
    }
    template = "fulfilment/_parcel_trace.html" if wants_partial(request) else "fulfilment/parcel_trace.html"
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _traced(parcel: Any) -> dict[str, Any]:
    """Return a parcel with its events and cases in words."""
    return {
        "parcel": parcel,
        "courier": courier_name(parcel.courier) or _("Courier not known"),
        "state": parcel.get_trace_state_display(),
        "tone": state_tone(parcel.trace_state),
        "events": parcel.events,
        "is_demo": any(event.source == "demo" for event in parcel.events),
        "cases": [(case, kind_label(case.kind), fact_words(case)) for case in parcel.cases],
    }
