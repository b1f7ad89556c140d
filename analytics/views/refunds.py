from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.timezone import now as clock_now

from analytics import queries
from analytics.forms import PeriodForm
from analytics.refund_reports import RefundReport
from analytics.views.parts import page_tabs, preset_tabs
from backoffice.common.access import Right, requires
from backoffice.common.clock import business_day
from backoffice.common.middleware import StoreRequest


@requires(Right.ANALYTICS)
def refunds(request: StoreRequest) -> HttpResponse:
    """Show how long the cases of some closed days took, why they were asked for and what comes back most."""
    now = clock_now()
    form = PeriodForm(request.GET, yesterday=business_day(now) - timedelta(days=1))
    period = form.period
    context = {
        "form": form,
        "period": period,
        "presets": preset_tabs(form, period),
        "pages": page_tabs("analytics:refunds"),
        "freshness": queries.freshness(request.store, now),
        "report": RefundReport(request.store, period),
        "can_drill": Right.VIEW_ORDERS in request.rights,
    }
    return render(request, "analytics/refunds.html", context, status=200 if form.is_valid() else 422)
