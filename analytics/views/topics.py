"""What buyers speak of, over all products, product by product, and of one product with what was done about it."""

from datetime import timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import now as clock_now
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from aftersales.topics.statuses import Source
from analytics import queries
from analytics.queries import Period
from analytics.queries.topics import product_rows, sold_product, topic_report
from analytics.queries.weeks import weeks_ending
from analytics.topic_reports import ProductReport, mentions_url, topic_rows, week_chart, week_rows
from analytics.views.parts import page_tabs
from analytics.views.topic_rows import TopicActs, product_rows_html, quotes_html, topic_rows_html, week_rows_html
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
    report, can_drill = topic_report(request.store, period), Right.VIEW_ORDERS in request.rights
    weeks = week_rows(report.weeks)
    context = {
        **_frame(request, period, presets),
        "pages": page_tabs("analytics:topics"),
        "rows": topic_rows_html(topic_rows(report.sums, period), can_drill=can_drill),
        "weeks": week_rows_html(reversed(weeks), can_drill=can_drill),
        "chart": week_chart(weeks),
        "may_manage": Right.MANAGE_STORE in request.rights,
    }
    return render(request, "analytics/topics.html", context)


def _frame(request: StoreRequest, period: Period, presets: list[Tab]) -> dict[str, Any]:
    """Return what all pages of weeks show."""
    now = clock_now()
    return {
        "active_nav": "analytics", "now": now, "period": period, "presets": presets,
        "freshness": queries.freshness(request.store, now), "sources": Source.labels,
    }  # fmt: skip


@require_GET
@requires(Right.ANALYTICS)
def products(request: StoreRequest) -> HttpResponse:
    """Show the products that buyers speak of most, with what they sold and what came back."""
    period, presets = _period(request)
    word, weeks = request.GET.get("q", "").replace("\0", "").strip()[:_WORD_LENGTH], request.GET.get("weeks", "")
    rows = product_rows(request.store, period, word=word)
    context = {
        **_frame(request, period, presets),
        "pages": page_tabs("analytics:products"),
        "rows": rows,
        "html": product_rows_html(rows, weeks=weeks),
        "word": word,
        "weeks": weeks,
    }
    return render(request, "analytics/products.html", context)


def _title(request: StoreRequest, pk: int) -> ProductTitle:
    title = ProductTitle.objects.filter(store=request.store, pk=pk).first()
    if title is None:
        raise Http404
    return title


@require_GET
@requires(Right.ANALYTICS)
def product(request: StoreRequest, pk: int) -> HttpResponse:
    """Show one product: counts by source and week, topics and what was done; the words of buyers come after."""
    title, (period, presets) = _title(request, pk), _period(request)
    report, rights = ProductReport(request.store, pk, period), request.rights
    sold_as, can_drill = sold_product(request.store, pk), Right.VIEW_ORDERS in rights
    packing_url = reverse("fulfilment:product", args=[sold_as.pk]) if sold_as and Right.SHIP in rights else ""
    acts = TopicActs(Right.MANAGE_STORE in rights, packing_url) if Right.WORK_ORDERS in rights else None
    query = request.GET.urlencode()
    context = {
        **_frame(request, period, presets),
        "sold_as": sold_as,
        "title_row": title,
        "report": report,
        "rows": topic_rows_html(report.topics, can_drill=can_drill, acts=acts),
        "weeks": week_rows_html(reversed(report.weeks), can_drill=can_drill, has_actions=True),
        "chart": report.chart,
        "today": business_day(clock_now()),
        "here": f"{reverse('analytics:product', args=[pk])}?{query}",
        "quotes_url": f"{reverse('analytics:product-quotes', args=[pk])}?{query}" if can_drill else "",
        "mentions_url": mentions_url(period, title=pk),
        "may_decide": Right.REPLY_REVIEWS in rights,
        "may_draft": acts is not None,
    }
    return render(request, "analytics/product.html", context)


@require_GET
@requires(Right.ANALYTICS)
def product_quotes(request: StoreRequest, pk: int) -> HttpResponse:
    """Answer the words of buyers about one product, the part of its page that comes after the figures."""
    if Right.VIEW_ORDERS not in request.rights:
        raise PermissionDenied
    title, (period, _presets) = _title(request, pk), _period(request)
    may_decide = Right.REPLY_REVIEWS in request.rights
    context = {
        "groups": [
            (group.row, quotes_html(group.mentions, may_decide=may_decide))
            for group in ProductReport(request.store, title.pk, period).quotes
        ],
        "here": f"{reverse('analytics:product', args=[pk])}?{request.GET.urlencode()}",
    }
    return render(request, "analytics/_product_quotes.html", context)
