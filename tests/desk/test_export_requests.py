"""Asking for an export: what is kept, refused and audited."""

import json

import pytest

from backoffice.common.access import Role
from backoffice.common.models import AuditEntry, Job
from orders.desk.exports import ExportError, create_export
from tests.factories import NOON, make_order, make_recipient, make_user

pytestmark = pytest.mark.django_db


def test_request_keeps_the_query_and_hides_a_searched_phone(store, finance):
    make_recipient(order=make_order(store=store))

    job = create_export(
        store=store, actor=finance, at=NOON, query="queue=all&q=13812341234&after=x", template="finance"
    )

    assert "13812341234" not in json.dumps(job.params)
    assert job.params["query"].startswith("queue=all&q=~")
    assert "after" not in job.params["query"]
    assert "13812341234" not in json.dumps([entry.data for entry in AuditEntry.objects.all()])


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"template": "none"}, "no export template"),
        ({"file_format": "pdf"}, "xlsx or csv"),
        ({"query": "paid_from=yesterday"}, "paid_from"),
        ({"query": "sort=colour"}, "cannot be sorted"),
        ({"is_clear": True, "reason": "court order"}, "clear text"),
    ],
)
def test_request_that_cannot_be_met_is_refused(store, finance, values, sentence):
    with pytest.raises(ExportError, match=sentence):
        create_export(store=store, actor=finance, at=NOON, **values)

    assert not Job.objects.exists()


def test_request_without_the_right_is_refused(store, agent):
    with pytest.raises(ExportError, match="role"):
        create_export(store=store, actor=agent, at=NOON)


def test_clear_request_needs_a_reason_and_is_audited(store):
    boss = make_user("boss", store=store, roles=(Role.MANAGER,))

    with pytest.raises(ExportError):
        create_export(store=store, actor=boss, at=NOON, is_clear=True, reason=" ")
    create_export(store=store, actor=boss, at=NOON, is_clear=True, reason="Parcel lost, courier claim")

    entry = AuditEntry.objects.get()
    assert (entry.action, entry.data["reason"]) == ("clear_export_requested", "Parcel lost, courier claim")
