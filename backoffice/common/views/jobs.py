"""Jobs and schedules: the drawer of the top bar, and the page of operations."""

from collections.abc import Callable
from datetime import timedelta

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from backoffice.common.access import MEMBER, Right, requires
from backoffice.common.clock import business_day
from backoffice.common.forms import BackfillForm
from backoffice.common.jobs import JobError, cancel_job, create_job, retry_job
from backoffice.common.jobs.schedules import next_run, switch_schedule
from backoffice.common.middleware import StoreRequest
from backoffice.common.models import Job, Schedule
from backoffice.common.paging import page_by_id
from backoffice.common.toasts import notify
from backoffice.common.web import safe_next

_RECENT = timedelta(hours=24)


@requires(MEMBER)
def job_drawer(request: StoreRequest) -> HttpResponse:
    """Answer the person's own running jobs and those that ended in the last day."""
    now = timezone.now()
    own = Job.objects.filter(store=request.store, requested_by=request.user)
    jobs = own.filter(Q(finished_at__isnull=True) | Q(finished_at__gt=now - _RECENT)).order_by("-pk")[:20]
    running = sum(job.is_active for job in jobs)
    return render(request, "common/_job_drawer_body.html", {"jobs": jobs, "running_jobs": running})


@requires(Right.SEE_JOBS)
def job_list(request: StoreRequest) -> HttpResponse:
    return _page(request, BackfillForm(today=business_day(timezone.now())))


def _page(request: StoreRequest, form: BackfillForm, *, status: int = 200) -> HttpResponse:
    jobs = Job.objects.beside(request.store).select_related("requested_by")
    state = request.GET.get("state", "").replace("\0", "")
    if state:
        jobs = jobs.filter(state=state)
    context = {
        "page": page_by_id(jobs, request.GET),
        "state": state,
        "schedules": [_schedule_row(schedule, request) for schedule in Schedule.objects.order_by("kind")],
        "may_run": Right.RUN_JOBS in request.rights,
        "form": form,
        "active_nav": "jobs",
    }
    return render(request, "common/job_list.html", context, status=status)


def _schedule_row(schedule: Schedule, request: StoreRequest) -> dict[str, object]:
    last = Job.objects.filter(kind=schedule.kind, slot__isnull=False).order_by("-pk").first()
    took = last.finished_at - last.started_at if last and last.finished_at and last.started_at else None
    return {"schedule": schedule, "last": last, "took": took, "next": next_run(schedule, timezone.now())}


@require_POST
@requires(Right.RUN_JOBS)
def schedule_run(request: StoreRequest, pk: int) -> HttpResponse:
    """Run a scheduled kind now, beside its schedule."""
    schedule = get_object_or_404(Schedule, pk=pk)
    job = create_job(store=request.store, kind=schedule.kind, params={}, actor=request.user, at=timezone.now())
    notify(request, _("Job %(id)s was started.") % {"id": job.pk})
    return redirect("common:job-list")


@require_POST
@requires(Right.RUN_JOBS)
def schedule_switch(request: StoreRequest, pk: int) -> HttpResponse:
    schedule = get_object_or_404(Schedule, pk=pk)
    switch_schedule(schedule_id=schedule.pk, is_enabled=request.POST.get("enabled") == "1")
    return redirect("common:job-list")


@require_POST
@requires(Right.RUN_JOBS)
def backfill(request: StoreRequest) -> HttpResponse:
    """Roll a range of closed days of this store up again."""
    form = BackfillForm(request.POST, today=business_day(timezone.now()))
    if not form.is_valid():
        return _page(request, form, status=422)
    params = form.job_params(request.store)
    job = create_job(store=request.store, kind="rollup", params=params, actor=request.user, at=timezone.now())
    notify(request, _("Job %(id)s was started.") % {"id": job.pk})
    return redirect("common:job-list")


@require_POST
@requires(MEMBER)
def job_cancel(request: StoreRequest, pk: int) -> HttpResponse:
    return _act(request, pk, cancel_job, _("The job is being cancelled."))


@require_POST
@requires(MEMBER)
def job_retry(request: StoreRequest, pk: int) -> HttpResponse:
    return _act(request, pk, retry_job, _("The job was started again."))


def _act(request: StoreRequest, pk: int, act: Callable[..., Job], done: str) -> HttpResponse:
    """Let a person act on their own jobs, and operations on every job of the store."""
    jobs = Job.objects.beside(request.store)
    if Right.RUN_JOBS not in request.rights:
        jobs = jobs.filter(requested_by=request.user)
    job = get_object_or_404(jobs, pk=pk)
    try:
        act(job=job, actor=request.user, at=timezone.now())
    except JobError as error:
        notify(request, str(error), level="error")
    else:
        notify(request, done)
    if "HX-Request" in request.headers:
        return HttpResponse(status=204, headers={"HX-Trigger": "jobs-changed"})
    return redirect(safe_next(request, "/ops/jobs/" if Right.SEE_JOBS in request.rights else "/"))
