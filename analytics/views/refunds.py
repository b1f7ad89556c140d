from datetime import date, datetime, timedelta
from functools import cached_property
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.timezone import now as clock_now
from django.views.decorators.http import require_GET

from analytics import queries
from analytics.forms import PeriodForm
from analytics.queries import Period
from analytics.refund_reports import RefundReport
from analytics.views.parts import page_tabs, preset_tabs
from analytics.views.refund_rows import hours_rows_html, month_rows_html
from backoffice.common.access import Right, requires
from backoffice.common.clock import business_day
from backoffice.common.middleware import StoreRequest

INVALID = 422


def _yesterday(now: datetime) -> date:
    return business_day(now) - timedelta(days=1)


@requires(Right.ANALYTICS)
def refunds(request: StoreRequest) -> HttpResponse:
    """Show what the cases of some closed days came to; who took how long and which products come after."""
    now = clock_now()
    form = PeriodForm(request.GET, yesterday=_yesterday(now))
    period = form.period
    query = urlencode({"day_from": period.first, "day_to": period.last})
    context = {
        "form": form,
        "period": period,
        "presets": preset_tabs(form, period),
        "pages": page_tabs("analytics:refunds"),
        "freshness": queries.freshness(request.store, now),
        "report": RefundReport(request.store, period),
        "steps_url": f"{reverse('analytics:refund-steps')}?{query}",
        "people_url": f"{reverse('analytics:refund-people')}?{query}",
        "products_url": f"{reverse('analytics:refund-products')}?{query}",
        "can_drill": Right.VIEW_ORDERS in request.rights,
    }
    return render(request, "analytics/refunds.html", context, status=200 if form.is_valid() else INVALID)


class _Rows:
    """The rows of a part, made when the part is not kept already."""

    def __init__(self, report: RefundReport, *, can_drill: bool) -> None:
        self.report, self.can_drill = report, can_drill

    @cached_property
    def people(self) -> SafeString:
        return hours_rows_html(self.report.by_person)

    @cached_property
    def reasons(self) -> SafeString:
        return hours_rows_html(self.report.by_reason_hours)

    @cached_property
    def months(self) -> SafeString:
        return month_rows_html(self.report.matrix.rows, can_drill=self.can_drill)


@require_GET
@requires(Right.ANALYTICS)
def refund_steps(request: StoreRequest) -> HttpResponse:
    """Answer with the part of the page about how long each step took."""
    return _part(request, "analytics/_refund_steps_part.html")


@require_GET
@requires(Right.ANALYTICS)
def refund_people(request: StoreRequest) -> HttpResponse:
    """Answer with the part of the page about who took how long, and for which reasons."""
    return _part(request, "analytics/_refund_people.html")


@require_GET
@requires(Right.ANALYTICS)
def refund_products(request: StoreRequest) -> HttpResponse:
    """Answer with the part of the page about which products come back, and why."""
    return _part(request, "analytics/_refund_products.html")


def _part(request: StoreRequest, template: str) -> HttpResponse:
    now = clock_now()
    form = PeriodForm(request.GET, yesterday=_yesterday(now))
    period: Period = form.period
    report, can_drill = RefundReport(request.store, period), Right.VIEW_ORDERS in request.rights
    context = {
        "period": period,
        "freshness": queries.freshness(request.store, now),
        "report": report,
        "rows": _Rows(report, can_drill=can_drill),
        "can_drill": can_drill,
    }
    return render(request, template, context, status=200 if form.is_valid() else INVALID)
