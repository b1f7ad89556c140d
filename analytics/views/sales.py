from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.timezone import now as clock_now

from analytics import queries
from analytics.forms import PeriodForm
from analytics.queries import Period
from analytics.reports import SalesReport, metrics, orders_url
from analytics.views.parts import page_tabs, preset_tabs
from backoffice.common.access import Right, requires
from backoffice.common.clock import business_day
from backoffice.common.middleware import StoreRequest
from backoffice.common.models import Store


@requires(Right.ANALYTICS)
def sales(request: StoreRequest) -> HttpResponse:
    """Show today so far, counted live, and a period of closed days, read from the rollups."""
    now = clock_now()
    store, yesterday = request.store, business_day(now) - timedelta(days=1)
    form = PeriodForm(request.GET, yesterday=yesterday)
    period, today = form.period, queries.today_so_far(store, now)
    context = {
        "now": now,
        "form": form,
        "period": period,
        "presets": preset_tabs(form, period),
        "pages": page_tabs("analytics:sales"),
        "today": today,
        "today_metrics": metrics(today.figures),
        "today_url": orders_url(Period(today.day, today.day)),
        "freshness": queries.freshness(store, now),
        "report": SalesReport(store, period),
        "elsewhere": _elsewhere(store, period),
        "can_drill": Right.VIEW_ORDERS in request.rights,
    }
    return render(request, "analytics/sales.html", context, status=200 if form.is_valid() else 422)


def _elsewhere(store: Store, period: Period) -> Period | None:
    """Return the newest days that have sales when this period is beside all of them; else None."""
    rolled = queries.rolled_period(store)
    if rolled is None or (rolled.first <= period.last and rolled.last >= period.first):
        return None
    return Period(max(rolled.first, Period.ending(rolled.last, 30).first), rolled.last)


@requires(Right.ANALYTICS)
def home_panel(request: StoreRequest) -> HttpResponse:
    """Answer the home page's panel: today so far, and yesterday beside it."""
    now = clock_now()
    yesterday = Period.ending(business_day(now) - timedelta(days=1), 1)
    closed, before = (queries.window_figures(request.store, period) for period in (yesterday, yesterday.previous))
    context = {
        "now": now,
        "today": metrics(queries.today_so_far(request.store, now).figures)[:3],
        "yesterday": metrics(closed, before)[:3],
    }
    return render(request, "analytics/_home_panel.html", context)
