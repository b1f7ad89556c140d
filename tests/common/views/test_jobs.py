from datetime import timedelta

import pytest
import time_machine

from backoffice.common.jobs import create_job
from backoffice.common.models import Job, Schedule
from backoffice.common.models.jobs import JobState
from tests.factories import NOON


def make_job(store, actor=None, **values) -> Job:
    job = create_job(store=store, kind="rollup", params={}, actor=actor, at=NOON)
    Job.objects.filter(pk=job.pk).update(**values)
    job.refresh_from_db()
    return job


def test_ops_page_lists_schedules_and_jobs_of_this_store(ops_client, ops, store, other_store):
    mine, _theirs = make_job(store, ops), make_job(other_store)

    response = ops_client.get("/ops/jobs/")

    assert [job.pk for job in response.context["page"].rows] == [mine.pk]
    assert 'data-schedule="rollup"' in response.content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_ops_page_query_count_does_not_grow(ops_client, ops, store, count, django_assert_num_queries):
    for _ in range(count):
        make_job(store, ops)

    with django_assert_num_queries(5 + Schedule.objects.count()):
        response = ops_client.get("/ops/jobs/")

    assert len(response.context["page"].rows) == count


def test_run_now_creates_a_job_and_rings(ops_client, store, enqueued, django_capture_on_commit_callbacks):
    schedule = Schedule.objects.get(kind="rollup")

    with django_capture_on_commit_callbacks(execute=True):
        ops_client.post(f"/ops/schedules/{schedule.pk}/run/")

    assert Job.objects.get().kind == "rollup"
    assert enqueued == [("common.run_pending_jobs", {})]


def test_manager_sees_jobs_but_runs_none(manager_client, store):
    schedule = Schedule.objects.get(kind="rollup")

    codes = [
        manager_client.get("/ops/jobs/").status_code,
        manager_client.post(f"/ops/schedules/{schedule.pk}/run/").status_code,
        manager_client.post("/ops/jobs/backfill/", {"date_from": "2026-05-01", "date_to": "2026-05-02"}).status_code,
    ]

    assert codes == [200, 403, 403]


def test_backfill_takes_a_range_of_closed_days(ops_client, store, ops):
    ops_client.post("/ops/jobs/backfill/", {"date_from": "2026-05-01", "date_to": "2026-05-03"})

    assert Job.objects.get().params == {"from": "2026-05-01", "to": "2026-05-03", "store": "demo"}


@pytest.mark.parametrize(("start", "end"), [("2026-05-03", "2026-05-01"), ("2026-05-01", "2999-01-01"), ("x", "")])
def test_backfill_of_an_impossible_range_is_refused(ops_client, store, start, end):
    response = ops_client.post("/ops/jobs/backfill/", {"date_from": start, "date_to": end})

    assert response.status_code == 422
    assert not Job.objects.exists()


def test_waiting_job_is_cancelled_at_once_and_can_be_tried_again(agent_client, agent, store):
    job = make_job(store, agent)

    agent_client.post(f"/jobs/{job.pk}/cancel/")
    job.refresh_from_db()
    agent_client.post(f"/jobs/{job.pk}/retry/")

    assert job.state == JobState.CANCELLED
    assert Job.objects.get(retry_of=job).state == JobState.QUEUED


def test_somebody_elses_job_is_not_found(agent_client, manager, store):
    job = make_job(store, manager)

    assert agent_client.post(f"/jobs/{job.pk}/cancel/").status_code == 404


@time_machine.travel(NOON, tick=False)
def test_drawer_shows_own_jobs_of_the_last_day(agent_client, agent, manager, store):
    running = make_job(store, agent)
    make_job(store, manager)
    make_job(store, agent, state=JobState.DONE, finished_at=NOON - timedelta(hours=25))

    response = agent_client.get("/jobs/drawer/")

    assert [job.pk for job in response.context["jobs"]] == [running.pk]


def test_schedule_is_switched_off(ops_client, store):
    schedule = Schedule.objects.get(kind="rollup")

    ops_client.post(f"/ops/schedules/{schedule.pk}/switch/", {"enabled": "0"})

    schedule.refresh_from_db()
    assert not schedule.is_enabled
    Schedule.objects.filter(pk=schedule.pk).update(is_enabled=True)
