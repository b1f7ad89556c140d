"""Jobs as rows: claims, leases, fencing tokens, retries, schedules. Handlers here are those of `HANDLERS`."""

import hashlib
import threading
import time as clock
from datetime import UTC, datetime, time, timedelta

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from backoffice.common.jobs import JobError, JobRefused, JobRun, LeaseLost, runner
from backoffice.common.jobs.runner import claim, claim_next, run_job, run_pending_jobs
from backoffice.common.jobs.schedules import create_due_jobs, current_slot, has_runnable_jobs, next_run
from backoffice.common.jobs.services import cancel_job, create_job, purge_job_files, retry_job
from backoffice.common.models import Job, Schedule
from backoffice.common.models.jobs import JobState
from backoffice.common.tasks import run_pending, tick
from tests.factories import NOON, make_job, make_store, make_user
from tests.parallel import in_parallel

TOKEN = "11111111-1111-1111-1111-111111111111"
ran: list[int] = []


def work(run):
    ran.append(run.job.pk)
    run.progress(1, total=2)
    return {"rows": 2}


def refuse(run):
    raise JobRefused("The template is gone.")


def crash(run):
    raise ZeroDivisionError


def lose(run):
    Job.objects.filter(pk=run.job.pk).update(token="0" * 32)
    run.progress(1, total=2)


def cancel_midway(run):
    cancel_job(job=run.job, actor=None, at=NOON)
    run.progress(1, total=2)


@pytest.fixture(autouse=True)
def _handlers(settings):
    ran.clear()
    names = ("work", "refuse", "crash", "lose", "cancel_midway")
    settings.JOB_HANDLERS = {name: f"{__name__}.{name}" for name in names}


@pytest.fixture(autouse=True)
def _import_this_module(monkeypatch):
    handlers = {f"{__name__}.{act.__name__}": act for act in (work, refuse, crash, lose, cancel_midway)}
    monkeypatch.setattr(runner, "import_string", handlers.__getitem__)


@pytest.mark.django_db
def test_create_job_rings_after_the_commit(enqueued, django_capture_on_commit_callbacks):
    store, person = make_store(), make_user()

    with django_capture_on_commit_callbacks(execute=True):
        job = create_job(store=store, kind="work", params={"a": 1}, actor=person, at=NOON)
        before = list(enqueued)

    assert before == []
    assert enqueued == [("common.run_pending_jobs", {})]
    job.refresh_from_db()
    assert (job.state, job.params, job.requested_by, job.not_before) == ("queued", {"a": 1}, person, NOON)


@pytest.mark.django_db
def test_pending_jobs_run_oldest_first_until_none_is_left():
    second = make_job(kind="work", not_before=NOON)
    first = make_job(kind="work", not_before=NOON - timedelta(hours=1))
    later = make_job(kind="work", not_before=timezone.now() + timedelta(hours=1))

    count = run_pending_jobs()

    assert (count, ran) == (2, [first.pk, second.pk])
    first.refresh_from_db()
    later.refresh_from_db()
    assert (first.state, first.result, first.token, first.lease_expires_at) == ("done", {"rows": 2}, None, None)
    assert (first.attempts, first.rows_done, first.rows_total, first.error) == (1, 1, 2, "")
    assert later.state == "queued"


@pytest.mark.django_db
def test_a_refusal_fails_at_once_with_its_sentence():
    job = make_job(kind="refuse")

    run_pending_jobs()

    job.refresh_from_db()
    assert (job.state, job.error, job.attempts) == ("failed", "The template is gone.", 1)
    assert job.finished_at is not None


@pytest.mark.django_db
def test_a_crash_is_tried_again_later_and_fails_after_five_attempts():
    job, delays = make_job(kind="crash"), []

    for attempt in range(1, 6):
        Job.objects.update(not_before=NOON)
        started = timezone.now()
        assert run_pending_jobs() == 1
        job.refresh_from_db()
        delays.append(round((job.not_before - started).total_seconds()) if job.state == "queued" else None)
        assert job.attempts == attempt

    assert delays == [5, 30, 120, 600, None]
    assert (job.state, job.token) == ("failed", None)
    assert job.error == f"Something went wrong on our side. The log of job {job.pk} says more."
    assert run_pending_jobs() == 0


@pytest.mark.django_db
def test_an_unknown_kind_does_not_stop_the_worker():
    unknown, good = make_job(kind="nothing"), make_job(kind="work")

    run_pending_jobs()

    unknown.refresh_from_db()
    good.refresh_from_db()
    assert (unknown.state, good.state) == ("queued", "done")
    assert unknown.error


@pytest.mark.django_db
def test_a_dead_workers_job_is_taken_over_after_its_lease_and_the_dead_one_may_not_write():
    make_job(kind="work")
    now = timezone.now()
    dead = claim_next(now=now)

    assert claim_next(now=now + timedelta(seconds=59)) is None
    alive = claim_next(now=now + timedelta(seconds=62))

    assert (alive.pk, alive.attempts) == (dead.pk, 2)
    assert alive.token != dead.token
    with pytest.raises(LeaseLost):
        JobRun(dead).progress(1, total=2)
    runner._finish(dead, state=JobState.DONE, result={"by": "the dead"})
    alive.refresh_from_db()
    assert (alive.state, alive.result) == ("running", {})


@pytest.mark.django_db
def test_losing_the_lease_leaves_the_row_to_the_other_worker():
    job = make_job(kind="lose")

    run_job(claim(job.pk, now=timezone.now()))

    job.refresh_from_db()
    assert (job.state, job.rows_done, str(job.token)) == ("running", 0, "00000000-0000-0000-0000-000000000000")


@pytest.mark.django_db
def test_a_job_interrupted_too_often_fails_with_a_sentence():
    worn, good = make_job(kind="work", attempts=5), make_job(kind="work")

    taken = claim_next(now=timezone.now())

    worn.refresh_from_db()
    assert taken.pk == good.pk
    assert (worn.state, worn.error) == ("failed", "The work was interrupted 5 times. Try again, or tell operations.")


@pytest.mark.django_db
def test_cancelling_a_waiting_job_is_immediate_and_final():
    job = make_job(kind="work")

    cancel_job(job=job, actor=None, at=NOON)

    job.refresh_from_db()
    assert (job.state, job.finished_at, run_pending_jobs()) == ("cancelled", NOON, 0)
    with pytest.raises(JobError, match="already ended: Cancelled"):
        cancel_job(job=job, actor=None, at=NOON)


@pytest.mark.django_db
def test_cancelling_a_running_job_stops_it_at_its_next_step():
    job = make_job(kind="cancel_midway")

    run_pending_jobs()

    job.refresh_from_db()
    assert (job.state, job.token) == ("cancelled", None)


@pytest.mark.django_db
def test_a_dead_worker_with_a_cancel_request_is_not_run_again():
    job = make_job(
        kind="work", state="running", token=TOKEN, lease_expires_at=NOON, is_cancel_requested=True, attempts=1
    )

    run_pending_jobs()

    job.refresh_from_db()
    assert (job.state, ran) == ("cancelled", [])


@pytest.mark.django_db
def test_retry_makes_a_new_job_of_the_same_work():
    person = make_user()
    failed, done = make_job(kind="work", state="failed", params={"a": 1}), make_job(kind="work", state="done")

    again = retry_job(job=failed, actor=person, at=NOON)

    assert (again.retry_of, again.params, again.state, again.requested_by) == (failed, {"a": 1}, "queued", person)
    with pytest.raises(JobError, match="this one is: Done"):
        retry_job(job=done, actor=person, at=NOON)


@pytest.mark.django_db
def test_progress_is_saved_at_most_once_a_second(django_assert_num_queries):
    make_job(kind="work")
    run = JobRun(claim_next(now=timezone.now()))
    run.progress(1, total=100)

    with django_assert_num_queries(0):
        for done in range(2, 50):
            run.progress(done)

    assert Job.objects.get().rows_done == 1


@pytest.mark.django_db
def test_a_finished_file_is_stored_hashed_and_deleted_when_its_time_is_over(tmp_path, settings):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "s")},
        },
    }
    source = tmp_path / "out.xlsx"
    source.write_bytes(b"rows")
    job = make_job(kind="work")
    run = JobRun(claim(job.pk, now=timezone.now()))

    run.save_file(source, name="orders.xlsx", expires_at=NOON)

    job.refresh_from_db()
    assert (job.file_name, job.file_size) == ("orders.xlsx", 4)
    assert job.file_sha256 == hashlib.sha256(b"rows").hexdigest()
    assert default_storage.exists(job.file.name)
    assert purge_job_files(now=NOON - timedelta(seconds=1)) == 0
    assert purge_job_files(now=NOON) == 1
    stored = job.file.name
    job.refresh_from_db()
    assert (bool(job.file), job.file_name, default_storage.exists(stored)) == (False, "orders.xlsx", False)


@pytest.mark.django_db(transaction=True)
def test_parallel_workers_run_every_job_once():
    expected = sorted(make_job(kind="work").pk for _ in range(24))

    counts = in_parallel(*(run_pending_jobs for _ in range(6)))

    assert sum(counts) == 24
    assert sorted(ran) == expected
    assert set(Job.objects.values_list("state", "attempts")) == {("done", 1)}


@pytest.mark.django_db(transaction=True)
def test_the_heartbeat_keeps_the_lease_of_a_long_statement(settings, monkeypatch):
    settings.JOB_LEASE_SECONDS = 1
    job = make_job(kind="work")
    renewed = []

    def long_work(run):
        for _ in range(25):
            clock.sleep(0.1)
            renewed.append(Job.objects.get().lease_expires_at)
        assert claim_next(now=timezone.now()) is None

    monkeypatch.setattr(runner, "import_string", lambda path: long_work)

    run_job(claim(job.pk, now=timezone.now()))

    job.refresh_from_db()
    assert (job.state, job.attempts) == ("done", 1)
    assert len(set(renewed)) > 2
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("lease-")]


AT_THREE = time(3, 0)


def local(hour, minute=0, day=1):
    return datetime(2026, 6, day, hour, minute, tzinfo=timezone.get_default_timezone())


@pytest.mark.parametrize(
    ("schedule", "now", "slot", "following"),
    [
        (Schedule(daily_at=AT_THREE), local(2, 59), None, local(3)),
        (Schedule(daily_at=AT_THREE), local(3), "2026-06-01", local(3, day=2)),
        (Schedule(daily_at=AT_THREE), local(23, 59), "2026-06-01", local(3, day=2)),
        (
            Schedule(every_seconds=3600),
            datetime(1970, 1, 2, 0, 30, tzinfo=UTC),
            "24",
            datetime(1970, 1, 2, 1, tzinfo=UTC),
        ),
    ],
)
def test_slots_and_next_runs(schedule, now, slot, following):
    assert current_slot(schedule, now) == slot
    assert next_run(schedule, now) == following


def test_a_schedule_switched_off_has_no_next_run():
    assert next_run(Schedule(daily_at=AT_THREE, is_enabled=False), NOON) is None


@pytest.mark.django_db
def test_due_schedules_create_one_job_per_slot():
    Schedule.objects.all().delete()
    Schedule.objects.create(kind="work", daily_at=AT_THREE)
    Schedule.objects.create(kind="crash", daily_at=AT_THREE, is_enabled=False)

    counts = [create_due_jobs(now=now) for now in (local(2), local(3), local(4), local(2, day=2), local(3, day=2))]

    assert counts == [0, 1, 0, 0, 1]
    assert list(Job.objects.order_by("slot").values_list("kind", "slot", "store")) == [
        ("work", "2026-06-01", None),
        ("work", "2026-06-02", None),
    ]


@pytest.mark.django_db(transaction=True)
def test_two_beats_make_one_job():
    Schedule.objects.all().delete()
    schedule = Schedule.objects.create(kind="work", daily_at=AT_THREE)

    for day in range(1, 6):
        counts = in_parallel(*(lambda day=day: create_due_jobs(now=local(3, day=day)) for _ in range(4)))
        assert sum(counts) == 1

    assert Job.objects.count() == 5
    Schedule.objects.filter(pk=schedule.pk).delete()
    for kind, at in (("rollup", time(0, 30)), ("purge", time(3, 30))):
        Schedule.objects.get_or_create(kind=kind, defaults={"daily_at": at})


@pytest.mark.django_db
def test_tick_rings_again_for_work_nobody_took(enqueued, django_capture_on_commit_callbacks):
    Schedule.objects.all().delete()
    with django_capture_on_commit_callbacks(execute=True):
        tick()
    idle = list(enqueued)
    make_job(kind="work", state="running", token=TOKEN, lease_expires_at=NOON)

    with django_capture_on_commit_callbacks(execute=True):
        tick()

    assert (idle, enqueued) == ([], [("common.run_pending_jobs", {})])
    assert has_runnable_jobs(now=timezone.now())
    run_pending()
    assert not has_runnable_jobs(now=timezone.now())
