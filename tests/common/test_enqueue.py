import time

import pytest
from kombu.exceptions import OperationalError

from backoffice.celery import app
from backoffice.common import enqueue as module
from backoffice.common.enqueue import enqueue
from tests.promises.stack import hung_broker

ring = module._ring  # before the fixture `enqueued` takes its place


@pytest.mark.django_db
def test_enqueue_rings_after_the_commit_only(enqueued, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        enqueue("common.tick", order_id=1)
        before = list(enqueued)

    assert (before, enqueued) == ([], [("common.tick", {"order_id": 1})])


@pytest.fixture(autouse=True)
def _no_pause():
    module.pause.end()
    yield
    module.pause.end()


def test_a_broker_that_is_away_costs_a_log_line_only(monkeypatch, caplog):
    def refuse(*args, **options):
        raise OperationalError("connection refused")

    monkeypatch.setattr(app, "send_task", refuse)

    ring("common.tick", {})
    ring("common.tick", {})

    assert [record.message for record in caplog.records] == [
        "The broker could not be reached (OperationalError); the sweeper will ring again."
    ]


def test_ring_reaches_the_broker_again_after_the_pause(monkeypatch):
    sent = []
    monkeypatch.setattr(app, "send_task", lambda name, **options: sent.append(name))
    module.pause.start()
    ring("common.tick", {})
    later = time.monotonic() + 6
    monkeypatch.setattr(module.time, "monotonic", lambda: later)

    ring("common.tick", {})

    assert sent == ["common.tick"]


def test_hung_broker_holds_nobody_for_long(monkeypatch):
    with hung_broker() as url:
        monkeypatch.setattr(app.conf, "broker_write_url", url)
        started = time.monotonic()
        ring("common.tick", {})
        first = time.monotonic() - started
        ring("common.tick", {})
        both = time.monotonic() - started

    assert 0.5 < first < 2.5
    assert both - first < 0.1


def test_every_task_the_product_rings_is_registered():
    app.loader.import_default_modules()

    assert {"common.run_pending_jobs", "common.tick"} <= set(app.tasks)
