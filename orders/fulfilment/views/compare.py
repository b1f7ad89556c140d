"""Couriers compared: how long their parcels take, how often something goes wrong, and what they cost."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_GET

from backoffice.common.access import Right, requires
from backoffice.common.clock import business_day
from backoffice.common.middleware import StoreRequest
from backoffice.common.models import Store
from orders.fulfilment.couriers import courier_name
from orders.fulfilment.queries.courier_costs import courier_costs, courier_prices
from orders.fulfilment.queries.tracking import CourierFigures, compare_couriers
from orders.fulfilment.traces.histogram import EDGES

PERIODS = (7, 30, 90)
LONGEST = timedelta(days=366)
_DAY_HOURS = 48  # from so many hours on a time is said in days


@dataclass(frozen=True, slots=True)
class Period:
    """The days that are compared, both included."""

    first: date
    last: date
    days: int | None  # one of the usual periods, when it is one
    problem: str = ""


def read_period(data: QueryDict, today: date) -> Period:
    """Return the days that `from` and `to`, or `days`, name; else the last 30."""
    if data.get("from") or data.get("to"):
        try:
            first, last = date.fromisoformat(data.get("from", "")), date.fromisoformat(data.get("to", ""))
        except ValueError:
            return _usual(today, 30, _("A period has a first and a last day, like 2026-06-01."))
        if first <= last and last - first <= LONGEST:
            return Period(first, last, None)
        return _usual(today, 30, _("A period ends after it begins and has a year at most."))
    return _usual(today, next((days for days in PERIODS if str(days) == data.get("days")), 30))


def _usual(today: date, days: int, problem: str = "") -> Period:
    return Period(today - timedelta(days=days - 1), today, days, problem)


@require_GET
@requires(Right.VIEW_ORDERS)
def courier_compare(request: StoreRequest) -> HttpResponse:
    """Compare couriers over a period, or with `courier` the provinces of one."""
    period = read_period(request.GET, business_day(timezone.now()))
    courier = request.GET.get("courier", "")[:30].replace("\0", "") if "courier" in request.GET else None
    figures = compare_couriers(request.store, period.first, period.last, courier=courier)
    costs = _costs(request.store, period, courier, figures)
    context = {
        "active_nav": "shipping",
        "period": period,
        "periods": [(days, ngettext("%(count)s day", "%(count)s days", days) % {"count": days}) for days in PERIODS],
        "courier": courier,
        "courier_name": courier_name(courier or "") or _("Courier not known"),
        "rows": [_row(row, period, courier, costs.get(row.key)) for row in figures],
        "has_costs": bool(costs),
        "best": min((row.sign_median for row in figures if row.sign_median is not None), default=None),
    }
    return render(request, "fulfilment/courier_compare.html", context)


def _costs(store: Store, period: Period, courier: str | None, figures: list[CourierFigures]) -> dict[str, Decimal]:
    """Return the costs of the rows that have a price, by courier or, of one courier, by province."""
    if courier is None:
        return courier_costs(store, period.first, period.last, {row.key: row.parcels for row in figures})
    prices = courier_prices(store).get(courier)
    return {row.key: prices.to(row.key) * row.parcels for row in figures} if prices else {}


def _row(row: CourierFigures, period: Period, courier: str | None, cost: Decimal | None) -> dict[str, Any]:
    base = QueryDict(mutable=True)
    base.update({"tab": "all", "from": period.first.isoformat(), "to": period.last.isoformat()})
    base["courier"] = row.key if courier is None else courier
    if courier is not None:
        base["province"] = row.key
    drill = QueryDict(mutable=True)
    drill.update({"from": period.first.isoformat(), "to": period.last.isoformat(), "courier": row.key})
    parcels = f"{reverse('fulfilment:parcel-list')}?{base.urlencode()}"
    label = courier_name(row.key) or _("Courier not known") if courier is None else row.key or _("Province not known")
    return {
        "figures": row,
        "label": label,
        "parcels_url": parcels,
        "drill_url": f"?{drill.urlencode()}" if courier is None else "",
        "pickup": hours_text(row.pickup_median),
        "median": hours_text(row.sign_median),
        "p90": hours_text(row.sign_p90),
        "rate": f"{row.trouble_rate:.1%}",
        "cost": cost,
        "each": cost / row.parcels if cost is not None and row.parcels else None,
    }


def hours_text(hours: float | None) -> str:
    """Return a span in hours, from two days on in days; what lies in the last bucket is "20 days and more"."""
    if hours is None:
        return "—"
    if hours >= EDGES[-1]:
        return _("%(days)s days and more") % {"days": EDGES[-1] // 24}
    if hours >= _DAY_HOURS:
        return pgettext("span", "%(days)s d") % {"days": f"{hours / 24:.1f}"}
    return pgettext("span", "%(hours)s h") % {"hours": f"{hours:.0f}"}
