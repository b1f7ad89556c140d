import pytest

from backoffice.common.jobs import run_job
from backoffice.common.jobs.runner import claim_next
from backoffice.common.models import Job
from orders.notes.models import BuyerNote
from orders.notes.tasks import create_due_recognition
from tests.factories import NOON, make_store
from tests.notes.helpers import make_noted_order

pytestmark = pytest.mark.django_db


def test_a_store_whose_notes_wait_gets_one_job():
    order = make_noted_order()
    make_store()

    created = [create_due_recognition(NOON), create_due_recognition(NOON)]

    assert created == [1, 0]
    assert list(Job.objects.values_list("store", "kind", "state")) == [(order.store_id, "recognition", "queued")]


def test_a_store_that_is_switched_off_gets_none():
    make_noted_order(store=make_store(is_active=False))

    assert create_due_recognition(NOON) == 0


def test_the_job_reads_every_note_of_its_store():
    order = make_noted_order("刻字")
    make_noted_order("刻字", store=order.store)
    other = make_noted_order("刻字")
    create_due_recognition(NOON)
    Job.objects.exclude(store=order.store).delete()

    run_job(claim_next(now=NOON))

    job = Job.objects.get()
    assert (job.state, job.result, job.rows_done) == ("done", {"notes": 2}, 2)
    unread = BuyerNote.objects.get(state="unread")
    assert (unread.order_id, BuyerNote.objects.filter(state="needs_info").count()) == (other.pk, 2)
    assert create_due_recognition(NOON) == 1
