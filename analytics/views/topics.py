"""What buyers speak of, over all products, product by product, and of one product with what was done about it."""

from datetime import timedelta

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import now as clock_now
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from aftersales.topics.statuses import Source
from analytics import queries
from analytics.queries import Period
from analytics.queries.topics import product_rows, sold_product, topic_sums, topic_weeks, weeks_ending
from analytics.topic_reports import ProductReport, topic_rows, week_chart, week_rows
from analytics.views.parts import page_tabs
from backoffice.common.access import Right, requires
from backoffice.common.clock import business_day
from backoffice.common.middleware import StoreRequest
from backoffice.common.ui import Tab
from orders.core.models import ProductTitle

WEEKS = (4, 13, 26, 52)
DEFAULT_WEEKS = 13
_WORD_LENGTH = 200


def _period(request: StoreRequest) -> tuple[Period, list[Tab]]:
    """Return the weeks that are shown, and those one click away."""
    text = request.GET.get("weeks", "")
    chosen = next((count for count in WEEKS if str(count) == text), DEFAULT_WEEKS)
    yesterday = business_day(clock_now()) - timedelta(days=1)
    return weeks_ending(yesterday, chosen), [
        Tab(
            key=str(count), url=f"?weeks={count}", is_active=count == chosen,
            label=ngettext("%(count)s week", "%(count)s weeks", count) % {"count": count},
        )
        for count in WEEKS
    ]  # fmt: skip


@require_GET
@requires(Right.ANALYTICS)
def topics(request: StoreRequest) -> HttpResponse:
    """Show how often each topic was spoken of in the weeks, against as many days before."""
    period, presets = _period(request)
    weeks = week_rows(topic_weeks(request.store, period))
    context = {
        "period": period,
        "presets": presets,
        "pages": page_tabs("analytics:topics"),
        "freshness": queries.freshness(request.store, clock_now()),
        "rows": topic_rows(topic_sums(request.store, period), period),
        "weeks": weeks,
        "chart": week_chart(weeks),
        "sources": Source.labels,
        "can_drill": Right.VIEW_ORDERS in request.rights,
        "may_manage": Right.MANAGE_STORE in request.rights,
    }
    return render(request, "analytics/topics.html", context)


@require_GET
@requires(Right.ANALYTICS)
def products(request: StoreRequest) -> HttpResponse:
    """Show the products that buyers speak of most, with what they sold and what came back."""
    period, presets = _period(request)
    word = request.GET.get("q", "").replace("\0", "").strip()[:_WORD_LENGTH]
    context = {
        "period": period,
        "presets": presets,
        "pages": page_tabs("analytics:products"),
        "freshness": queries.freshness(request.store, clock_now()),
        "rows": product_rows(request.store, period, word=word),
        "word": word,
        "weeks": request.GET.get("weeks", ""),
    }
    return render(request, "analytics/products.html", context)


@require_GET
@requires(Right.ANALYTICS)
def product(request: StoreRequest, pk: int) -> HttpResponse:
    """Show one product: counts by source and week, topics, words of buyers, and what was done."""
    title = ProductTitle.objects.filter(store=request.store, pk=pk).first()
    if title is None:
        raise Http404
    period, presets = _period(request)
    sold_as = sold_product(title)
    may_ship = Right.SHIP in request.rights
    context = {
        "active_nav": "analytics",
        "now": clock_now(),
        "sold_as": sold_as,
        "packing_url": reverse("fulfilment:product", args=[sold_as.pk]) if sold_as and may_ship else "",
        "may_manage": Right.MANAGE_STORE in request.rights,
        "title_row": title,
        "period": period,
        "presets": presets,
        "freshness": queries.freshness(request.store, clock_now()),
        "report": ProductReport(request.store, title, period),
        "sources": Source.labels,
        "today": business_day(clock_now()),
        "here": f"{reverse('analytics:product', args=[pk])}?{request.GET.urlencode()}",
        "can_drill": Right.VIEW_ORDERS in request.rights,
        "may_decide": Right.REPLY_REVIEWS in request.rights,
        "may_draft": Right.WORK_ORDERS in request.rights,
    }
    return render(request, "analytics/product.html", context)
