from datetime import UTC, date, datetime

import pytest
from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from analytics import tasks
from analytics.models import DailySales, DirtyDay
from backoffice.common.jobs import create_job, run_job
from backoffice.common.jobs.runner import claim
from backoffice.common.models import Job, Schedule
from backoffice.common.models.jobs import JobState
from tests.factories import NOON, make_order, make_store

NIGHT = datetime(2026, 6, 1, 16, 30, tzinfo=UTC)  # 00:30 of 2 June in Asia/Shanghai

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at_night(monkeypatch):
    monkeypatch.setattr(tasks, "clock_now", lambda: NIGHT)


def run(of=None, **params):
    job = create_job(store=of, kind="rollup", params=params, actor=None, at=NOON)
    run_job(claim(job.pk, now=timezone.now()))
    return Job.objects.get(pk=job.pk)


def test_nightly_job_rolls_yesterday_of_every_store():
    make_order(store=make_store())
    make_store()

    job = run(slot="2026-06-02")

    assert (job.state, job.result["days"], job.result["rows_written"]) == (JobState.DONE, 2, 7)
    assert list(DailySales.objects.values_list("day", "order_count").order_by("-order_count")) == [
        (date(2026, 6, 1), 1), (date(2026, 6, 1), 0),
    ]  # fmt: skip
    assert not DirtyDay.objects.exists()


def test_backfill_rolls_the_days_asked_for_and_shows_progress():
    store = make_store(code="demo")
    make_store()

    job = run(**{"from": "2026-01-01", "to": "2026-05-31", "store": "demo"})

    assert (job.state, job.rows_done, job.rows_total) == (JobState.DONE, 151, 151)
    assert DailySales.objects.filter(store=store).count() == DailySales.objects.count() == 151


def test_a_job_of_a_store_rolls_only_that_store():
    store, other = make_store(), make_store(code="other")

    run(of=store, **{"from": "2026-06-01", "to": "2026-06-01", "store": other.code})

    assert DailySales.objects.get().store == store


@pytest.mark.parametrize(
    "params", [{"from": "x", "to": "y"}, {"from": "2026-06-01"}, {"from": "2026-06-02", "to": "2026-06-01"}]
)
def test_a_backfill_of_no_range_fails_with_a_sentence(params):
    job = run(**params)

    assert job.state == JobState.FAILED
    assert job.error.endswith(("such as 2026-06-01.", "must not be before its first."))


def test_schedules_stand_for_jobs_that_exist():
    migration = import_string("analytics.migrations.0003_nightly_schedules.NIGHTLY")
    from django.apps import apps

    import_string("analytics.migrations.0003_nightly_schedules.create_schedules")(apps, None)

    assert set(migration) <= set(settings.JOB_HANDLERS)
    assert {kind: Schedule.objects.get(kind=kind).daily_at for kind in migration} == migration
