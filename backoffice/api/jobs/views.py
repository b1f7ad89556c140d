from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.api.authentication import ApiRequest
from backoffice.api.idempotency import once
from backoffice.api.jobs.serializers import (
    AnyJobSerializer,
    BackfillSerializer,
    JobPageSerializer,
    ScheduleSerializer,
    SchedulesSerializer,
    ScheduleSwitchSerializer,
)
from backoffice.api.paging import PLACE, id_page
from backoffice.api.permissions import operation
from backoffice.api.schema import REFUSALS
from backoffice.api.serializers import listed, read_values
from backoffice.common.access import MEMBER, Right
from backoffice.common.clock import business_day
from backoffice.common.forms import BackfillForm
from backoffice.common.jobs import cancel_job, create_job, retry_job
from backoffice.common.jobs.schedules import switch_schedule
from backoffice.common.models import Job, Schedule
from backoffice.common.models.jobs import JobState
from backoffice.common.models.tokens import Scope

_READ, _WRITE = operation(Scope.ORDERS_READ, MEMBER), operation(Scope.ORDERS_WRITE, MEMBER)
_SEE = operation(Scope.ORDERS_READ, Right.SEE_JOBS)
_RUN = operation(Scope.ORDERS_WRITE, Right.RUN_JOBS)
_JOB: dict[int | str, Any] = {200: AnyJobSerializer, **REFUSALS}
_NEW: dict[int | str, Any] = {201: AnyJobSerializer, **REFUSALS}
_STATE = OpenApiParameter("state", OpenApiTypes.STR, enum=JobState.values)
_OWN_SCOPES = {  # of work that is started with another scope
    "order_export": Scope.EXPORTS_WRITE, "order_import": Scope.IMPORTS_WRITE, "trace_import": Scope.IMPORTS_WRITE,
}  # fmt: skip


def _jobs(request: ApiRequest, right: Right) -> QuerySet[Job]:
    """Return a person's own work; with the right that of the store and of the whole product."""
    jobs = Job.objects.beside(request.store).select_related("requested_by")
    return jobs if right in request.rights else jobs.filter(store=request.store, requested_by=request.user)


def _shown(job: Job, status_code: int = status.HTTP_200_OK) -> Response:
    return Response(AnyJobSerializer(job).data, status=status_code)


class JobListView(APIView):
    @extend_schema(
        operation_id="jobs_list", parameters=[_STATE, *PLACE], responses={200: JobPageSerializer, **REFUSALS},
        summary="Long work, the newest first: one's own; all of the store for who may see it",
    )  # fmt: skip
    @_READ
    def get(self, request: ApiRequest) -> Response:
        jobs, state = _jobs(request, Right.SEE_JOBS), request.GET.get("state", "")
        if state and state not in JobState.values:
            raise ValidationError({"state": [_("The list does not know this value.")]})
        return Response(id_page(request, jobs.filter(state=state) if state else jobs, AnyJobSerializer))


def _act(request: ApiRequest, pk: int, act: Callable[..., Job], status_code: int) -> Response:
    job = _jobs(request, Right.RUN_JOBS).get(pk=pk)
    if job.kind in _OWN_SCOPES and _OWN_SCOPES[job.kind] not in request.auth.scopes:
        raise PermissionDenied
    return once(request, lambda: _shown(act(job=job, actor=request.user, at=timezone.now()), status_code))


class JobCancelView(APIView):
    @extend_schema(operation_id="jobs_cancel", request=None, responses=_JOB, summary="Cancel work that waits or runs")
    @_WRITE
    def post(self, request: ApiRequest, pk: int) -> Response:
        """One's own; operations may cancel all. Exports and imports need their own scope too."""
        return _act(request, pk, cancel_job, status.HTTP_200_OK)


class JobRetryView(APIView):
    @extend_schema(
        operation_id="jobs_retry", request=None, responses=_NEW, summary="Start work that failed or was cancelled again"
    )
    @_WRITE
    def post(self, request: ApiRequest, pk: int) -> Response:
        """As a new job. One's own; operations may retry all. Exports and imports need their own scope too."""
        return _act(request, pk, retry_job, status.HTTP_201_CREATED)


class ScheduleListView(APIView):
    @extend_schema(
        operation_id="schedules_list", responses={200: SchedulesSerializer, **REFUSALS},
        summary="Work that is done by itself, and when it is due next",
    )  # fmt: skip
    @_SEE
    def get(self, request: ApiRequest) -> Response:
        return Response({"results": listed(ScheduleSerializer, Schedule.objects.order_by("kind"))})


class ScheduleRunView(APIView):
    @extend_schema(
        operation_id="schedules_run", request=None, responses=_NEW, summary="Run a scheduled kind of work now"
    )
    @_RUN
    def post(self, request: ApiRequest, pk: int) -> Response:
        schedule = Schedule.objects.get(pk=pk)
        return once(request, lambda: _start(request, schedule.kind, {}))


def _start(request: ApiRequest, kind: str, params: dict[str, Any]) -> Response:
    job = create_job(store=request.store, kind=kind, params=params, actor=request.user, at=timezone.now())
    return _shown(job, status.HTTP_201_CREATED)


class ScheduleSwitchView(APIView):
    @extend_schema(
        operation_id="schedules_switch", request=ScheduleSwitchSerializer,
        responses={200: ScheduleSerializer, **REFUSALS}, summary="Switch a schedule on or off",
    )  # fmt: skip
    @_RUN
    def post(self, request: ApiRequest, pk: int) -> Response:
        is_active = read_values(ScheduleSwitchSerializer, request)["is_active"]

        def answer() -> Response:
            return Response(ScheduleSerializer(switch_schedule(schedule_id=pk, is_enabled=is_active)).data)

        return once(request, answer)


class BackfillView(APIView):
    @extend_schema(
        operation_id="figures_backfill", request=BackfillSerializer, responses=_NEW,
        summary="Roll a range of closed days of the store up again",
    )  # fmt: skip
    @_RUN
    def post(self, request: ApiRequest) -> Response:
        days = read_values(BackfillSerializer, request)
        form = BackfillForm(days, today=business_day(timezone.now()))
        if not form.is_valid():
            raise ValidationError({name: [str(text) for text in texts] for name, texts in form.errors.items()})
        return once(request, lambda: _start(request, "rollup", form.job_params(request.store)))
