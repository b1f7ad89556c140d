"""Real worker processes, killed; a real broker, emptied: what the job rows must survive.

The kind of job is the order export, since it is the one that leaves a file behind.
"""

import os
import signal
import subprocess
import sys
import time
import zipfile
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.db import connection
from django.utils import timezone
from redis import Redis

from backoffice.common import enqueue as enqueue_module
from backoffice.common.access import Role
from backoffice.common.jobs.runner import claim_next, run_job
from backoffice.common.models import Job
from backoffice.common.tasks import tick
from orders.desk.exports import create_export
from tests.factories import make_order, make_store, make_user

ROOT = Path(__file__).resolve().parents[2]
RING = enqueue_module._ring  # before the fixture of conftest takes it away
JOBS, ORDERS, KILLS = 10, 200, 3
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def real_broker(monkeypatch):
    """Let `enqueue` ring this run's own database of the test broker, empty before and after."""
    client = Redis.from_url(settings.REDIS_URL)
    client.flushdb()
    monkeypatch.setattr(enqueue_module, "_ring", RING)
    monkeypatch.setattr("backoffice.common.tasks.create_due_jobs", lambda **_now: 0)  # the nightly jobs are not of this
    monkeypatch.setattr(settings, "TICKERS", [])  # nor are those that the store's open orders ask for
    yield client
    client.flushdb()
    client.close()


class Crew:
    """Worker processes on the test database, with a short lease, whose files lie in one folder."""

    def __init__(self, folder):
        self.folder, self.workers = folder, []
        self.storage = FileSystemStorage(location=folder / "files")

    def start(self):
        database = connection.settings_dict
        address = f"{database['HOST'] or '127.0.0.1'}:{database['PORT']}/{database['NAME']}"
        environment = os.environ | {
            "APP_ENV": "test",
            "DATABASE_URL": f"postgres://{database['USER']}:{database['PASSWORD']}@{address}",
            "REDIS_URL": settings.REDIS_URL,
            "PII_KEYS": settings.PII_KEYS,
            "DATA_DIR": str(self.folder),
            "STORAGE_URL": str(self.folder / "files"),
            "PROCESS_KIND": "worker",
            "JOB_LEASE_SECONDS": "2",
            "LANGUAGE": "en",
            "DJANGO_SETTINGS_MODULE": "backoffice.settings",
        }
        command = ["-m", "celery", "-A", "backoffice.celery", "worker", "-P", "solo", "--loglevel", "WARNING"]
        with (self.folder / "worker.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *command, "--without-gossip", "--without-mingle", "-n", f"w{len(self.workers)}@test"],
                cwd=ROOT, env=environment, stdout=log, stderr=log,
            )  # fmt: skip
        self.workers.append(process)
        return process

    def kill(self, process):
        process.send_signal(signal.SIGKILL)
        process.wait()

    def files(self):
        return sorted(path for path in (self.folder / "files").rglob("*") if path.is_file())

    def log(self):
        return (self.folder / "worker.log").read_text()


@pytest.fixture
def crew(tmp_path):
    made = Crew(tmp_path)
    yield made
    for process in made.workers:
        if process.poll() is None:
            made.kill(process)


@contextmanager
def worked_off(crew, seconds):
    """Tick as beat does, but each second, until every job has ended."""
    yield
    end = time.monotonic() + seconds
    while Job.objects.active().exists():
        assert time.monotonic() < end, crew.log()[-4000:]
        tick()
        time.sleep(0.5)


def queued_exports(count):
    store = make_store(code="demo")
    finance = make_user("finance", store=store, roles=(Role.FINANCE,))
    for _ in range(ORDERS):
        make_order(store=store)
    now = timezone.now()
    return [create_export(store=store, actor=finance, at=now, template="full").pk for _ in range(count)]


def wait_for(condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_killed_workers_lose_and_double_nothing(real_broker, crew):
    queued_exports(JOBS)
    crew.start()
    crew.start()

    with worked_off(crew, 90):
        for _ in range(KILLS):
            wait_for(lambda: Job.objects.filter(state="running").exists())
            crew.kill(next(worker for worker in crew.workers if worker.poll() is None))
            crew.start()

    jobs = list(Job.objects.order_by("pk"))
    assert [job.state for job in jobs] == ["done"] * JOBS
    assert {job.result["rows"] for job in jobs} == {ORDERS}
    assert len({job.result["data_sha256"] for job in jobs}) == 1
    assert sorted(Path(job.file.name).name for job in jobs) == [path.name for path in crew.files()]
    assert all(zipfile.ZipFile(path).testzip() is None for path in crew.files())
    assert not list((crew.folder / "tmp").iterdir())


def test_job_of_a_killed_worker_is_taken_over(real_broker, crew):
    """The first worker is stopped in its tracks while it holds the lease, so that the kill meets a running job."""
    (pk,) = queued_exports(1)
    first = crew.start()
    wait_for(lambda: Job.objects.filter(state="running").exists() or not Job.objects.active().exists())
    first.send_signal(signal.SIGSTOP)
    was_running = Job.objects.get().state == "running"
    crew.kill(first)

    with worked_off(crew, 60):
        crew.start()

    job = Job.objects.get(pk=pk)
    assert (job.state, job.attempts) == ("done", 2 if was_running else 1)
    assert len(crew.files()) == 1


def test_flushed_broker_is_rung_again_by_the_tick(real_broker, crew):
    queued_exports(5)
    assert real_broker.llen("celery") == 5

    real_broker.flushdb()
    crew.start()
    time.sleep(2)
    untouched = Job.objects.filter(state="queued").count()
    with worked_off(crew, 60):
        pass

    assert untouched == 5
    assert Job.objects.filter(state="done").count() == 5
    assert len(crew.files()) == 5


def test_worker_that_lost_its_lease_cannot_finish(real_broker, crew, tmp_path, monkeypatch):
    queued_exports(1)
    slow = claim_next(now=timezone.now())
    Job.objects.update(lease_expires_at=timezone.now())
    with worked_off(crew, 60):
        crew.start()
    finished = Job.objects.get()

    monkeypatch.setattr(settings, "DATA_DIR", tmp_path / "slow")
    run_job(slow)

    again = Job.objects.get()
    assert (again.state, again.attempts, again.file.name, again.finished_at) == (
        "done", 2, finished.file.name, finished.finished_at,
    )  # fmt: skip
    assert len(crew.files()) == 1
