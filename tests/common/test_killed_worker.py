"""A worker killed with SIGKILL in the middle of its job: another one does the work, once its lease is over."""

import os
import signal
import subprocess
import sys
import time

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.utils import timezone

from backoffice.common.jobs import runner
from backoffice.common.jobs.runner import claim_next, run_pending_jobs
from backoffice.common.models import Job
from tests.factories import make_job

WORKER = """
import time
import django
django.setup()
from django.conf import settings
settings.JOB_LEASE_SECONDS = 2
from backoffice.common.jobs import runner
def work(run):
    run.progress(1, total=2)
    print("working", flush=True)
    time.sleep(60)
runner.import_string = lambda path: work
runner.run_pending_jobs()
"""


def start_worker():
    address = connection.settings_dict
    url = f"postgres://{address['USER']}:{address['PASSWORD']}@{address['HOST']}:{address['PORT']}/{address['NAME']}"
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "backoffice.settings",
        "APP_ENV": "test",
        "PROCESS_KIND": "worker",
        "PII_KEYS": django_settings.PII_KEYS,
    }
    return subprocess.Popen([sys.executable, "-c", WORKER], env=environment, stdout=subprocess.PIPE, text=True)


@pytest.mark.django_db(transaction=True)
def test_a_killed_workers_job_is_done_by_another_after_its_lease(monkeypatch):
    job = make_job(kind="order_export", not_before=timezone.now())
    worker = start_worker()
    try:
        assert worker.stdout.readline() == "working\n"
        assert claim_next(now=timezone.now()) is None
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        worker.stdout.close()

    monkeypatch.setattr(runner, "import_string", lambda path: lambda run: {"by": "another"})
    deadline = time.monotonic() + 10
    while not run_pending_jobs() and time.monotonic() < deadline:
        time.sleep(0.1)

    job = Job.objects.get(pk=job.pk)
    assert (job.state, job.attempts, job.result) == ("done", 2, {"by": "another"})
