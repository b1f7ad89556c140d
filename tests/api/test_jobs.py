"""Long work, schedules and backfills over the API."""

import pytest
import time_machine

from backoffice.common.access import Role
from backoffice.common.jobs import create_job
from backoffice.common.models import Job, Schedule
from backoffice.common.models.tokens import Scope
from tests.api.client import error, make_api
from tests.factories import NOON


@pytest.fixture
def api(store):
    return make_api(store, Role.AGENT)


def work(store, who, kind="waybills"):
    return create_job(store=store, kind=kind, params={}, actor=who.owner, at=NOON)


def test_own_work_is_listed_cancelled_and_started_again(api, store):
    job = work(store, api)
    work(store, make_api(store, Role.AGENT))

    listed = api.get("jobs/").json()["results"]
    cancelled = api.post(f"jobs/{job.pk}/cancel/").json()
    again = api.post(f"jobs/{job.pk}/retry/")

    assert [(row["id"], row["kind"], row["requested_by"]) for row in listed] == [
        (job.pk, "waybills", api.owner.username)
    ]  # fmt: skip
    assert (cancelled["id"], cancelled["state"]) == (job.pk, "cancelled")
    assert (again.status_code, again.json()["state"]) == (201, "queued")
    assert Job.objects.get(pk=again.json()["id"]).retry_of == job
    assert [row["id"] for row in api.get("jobs/", {"state": "cancelled"}).json()["results"]] == [job.pk]


def test_work_that_has_ended_is_not_cancelled_and_what_waits_not_retried(api, store):
    job = work(store, api)

    assert error(api.post(f"jobs/{job.pk}/retry/")) == (409, "state")
    api.post(f"jobs/{job.pk}/cancel/")
    assert error(api.post(f"jobs/{job.pk}/cancel/")) == (409, "state")


def test_others_work_is_for_operations_alone(api, store, other_store):
    job, ops = work(store, api), make_api(store, Role.OPS)
    elsewhere = work(other_store, make_api(other_store, Role.ADMIN))

    assert error(make_api(store, Role.AGENT).post(f"jobs/{job.pk}/cancel/")) == (404, "not_found")
    assert error(ops.post(f"jobs/{elsewhere.pk}/cancel/")) == (404, "not_found")
    assert [row["id"] for row in ops.get("jobs/").json()["results"]] == [job.pk]
    assert ops.post(f"jobs/{job.pk}/cancel/").json()["state"] == "cancelled"


@pytest.mark.parametrize("kind", ["order_export", "order_import", "trace_import"])
def test_work_with_a_scope_of_its_own_needs_that_scope(store, kind):
    api = make_api(store, Role.MANAGER, Scope.ORDERS_WRITE)
    job = work(store, api, kind)

    assert error(api.post(f"jobs/{job.pk}/cancel/")) == (403, "permission_denied")
    assert Job.objects.get().state == "queued"


def test_unknown_state_is_refused(api):
    assert error(api.get("jobs/", {"state": "lost"})) == (422, "invalid")


def test_schedule_is_run_and_switched_by_operations(store):
    ops = make_api(store, Role.OPS)
    schedule = Schedule.objects.get(kind="purge")

    listed = {row["id"]: row for row in ops.get("schedules/").json()["results"]}
    started = ops.post(f"schedules/{schedule.pk}/run/")
    off = ops.post(f"schedules/{schedule.pk}/switch/", {"is_active": False}).json()

    assert (listed[schedule.pk]["kind"], listed[schedule.pk]["is_active"]) == ("purge", True)
    assert listed[schedule.pk]["next"] is not None
    assert (started.status_code, started.json()["kind"], Job.objects.get().requested_by) == (201, "purge", ops.owner)
    assert (off["is_active"], off["next"]) == (False, None)


@time_machine.travel(NOON, tick=False)
def test_closed_days_are_rolled_up_again(store):
    ops = make_api(store, Role.OPS)

    asked = ops.post("analytics/backfill/", {"date_from": "2026-05-01", "date_to": "2026-05-31"})

    assert (asked.status_code, asked.json()["kind"]) == (201, "rollup")
    assert Job.objects.get().params == {"from": "2026-05-01", "to": "2026-05-31", "store": "demo"}


@time_machine.travel(NOON, tick=False)
@pytest.mark.parametrize(
    "days",
    [
        {"date_from": "2026-05-02", "date_to": "2026-05-01"},
        {"date_from": "2026-05-01", "date_to": "2026-06-01"},
        {"date_from": "2020-01-01", "date_to": "2026-05-01"},
    ],
)
def test_days_that_cannot_be_rolled_up_are_refused(store, days):
    assert error(make_api(store, Role.OPS).post("analytics/backfill/", days)) == (422, "invalid")
    assert not Job.objects.exists()
