"""The home page: what needs doing now, by role. Each panel belongs to the app it speaks of and comes by its URL."""

from typing import NamedTuple

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backoffice.common.access import MEMBER, Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.models import Job
from backoffice.common.models.jobs import JobState


class Panel(NamedTuple):
    title: str | Promise
    url_name: str
    page_name: str  # the page the panel leads to, for those without script
    right: Right


PANELS = (
    Panel(_("Orders to ship"), "desk:home-panel", "desk:order-list", Right.VIEW_ORDERS),
    Panel(_("After-sales"), "refunds:home-panel", "refunds:refund-list", Right.WORK_REFUNDS),
    Panel(_("Reviews"), "reviews:home-panel", "reviews:review-list", Right.REPLY_REVIEWS),
    Panel(_("Sales"), "analytics:home-panel", "analytics:sales", Right.ANALYTICS),
    Panel(_("Jobs"), "common:home-jobs", "common:job-list", Right.SEE_JOBS),
)


@requires(MEMBER)
def home(request: StoreRequest) -> HttpResponse:
    panels = [
        {"title": panel.title, "url": url, "page": _url(panel.page_name)}
        for panel in PANELS
        if panel.right in request.rights and (url := _url(panel.url_name))
    ]
    return render(request, "common/home.html", {"panels": panels, "active_nav": "home", "now": timezone.localtime()})


@requires(Right.SEE_JOBS)
def home_jobs(request: StoreRequest) -> HttpResponse:
    jobs = Job.objects.for_store(request.store)
    context = {
        "running": jobs.active().count(),
        "failed": list(jobs.filter(state=JobState.FAILED).order_by("-pk")[:5]),
    }
    return render(request, "common/_home_jobs.html", context)


def _url(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
