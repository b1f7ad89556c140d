import pytest
from kombu.exceptions import OperationalError

from backoffice.celery import app
from backoffice.common import enqueue as module
from backoffice.common.enqueue import enqueue

ring = module._ring  # before the fixture `enqueued` takes its place


@pytest.mark.django_db
def test_enqueue_rings_after_the_commit_only(enqueued, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        enqueue("common.tick", order_id=1)
        before = list(enqueued)

    assert (before, enqueued) == ([], [("common.tick", {"order_id": 1})])


def test_a_broker_that_is_away_costs_a_log_line_only(monkeypatch, caplog):
    def refuse(*args, **options):
        raise OperationalError("connection refused")

    monkeypatch.setattr(app, "send_task", refuse)

    ring("common.tick", {})

    assert [record.message for record in caplog.records] == [
        "The broker could not be reached; the sweeper will ring again."
    ]


def test_every_task_the_product_rings_is_registered():
    app.loader.import_default_modules()

    assert {"common.run_pending_jobs", "common.tick"} <= set(app.tasks)
