"""Parcels and papers over the API."""

import pytest
import time_machine

from backoffice.common.access import Role
from backoffice.common.jobs import run_pending_jobs
from backoffice.common.models import Job, JobRow
from orders.core.models import OrderEvent
from orders.core.services import open_hold
from orders.fulfilment.models import PrintRecord, Waybill
from tests.api.client import error, make_api
from tests.factories import NOON, make_line, make_order, make_recipient


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def api(store):
    return make_api(store, Role.WAREHOUSE)


def made(api, order, number="SF1000000000001"):
    """Plan a parcel and give it a number."""
    waybill = api.post("waybills/", {"orders": [order.number], "courier": "SF"}).json()
    return api.post(f"waybills/{waybill['id']}/number/", {"number": number}).json()


def test_parcel_is_planned_numbered_and_voided(api, store):
    order = make_order(store=store, number="A1")

    planned = api.post("waybills/", {"orders": ["A1"], "courier": "顺丰"})
    waybill = planned.json()
    numbered = api.post(f"waybills/{waybill['id']}/number/", {"number": "SF1000000000001", "version": 1}).json()
    void = api.post(f"waybills/{waybill['id']}/void/", {"reason": "wrong courier"}).json()

    assert planned.status_code == 201
    assert (waybill["state"], waybill["courier"], waybill["order_count"]) == ("draft", "SF", 1)
    assert waybill["lines"] == [{"order": "A1", "position": 1, "quantity": 1}]
    assert (numbered["state"], numbered["number"], numbered["version"]) == ("numbered", "SF1000000000001", 2)
    assert (void["state"], void["void_reason"]) == ("void", "wrong courier")
    assert set(OrderEvent.objects.filter(order=order).values_list("source", flat=True)) == {"api"}


def test_some_pieces_are_planned_by_position(api, store):
    order = make_order(store=store, number="A1", lines=0)
    make_line(order=order, quantity=3)

    answer = api.post("waybills/", {"orders": ["A1"], "lines": [{"order": "A1", "position": 1, "quantity": 2}]})

    assert answer.json()["lines"] == [{"order": "A1", "position": 1, "quantity": 2}]


def test_rest_of_an_order_is_what_may_leave(api, store):
    order = make_order(store=store, number="A1", lines=0)
    make_line(order=order, position=1, quantity=3)
    short = make_line(order=order, position=2)
    open_hold(
        store=store, order_id=order.pk, line_id=short.pk, kind="out_of_stock", reason="none left", actor=None, at=NOON
    )

    answer = api.post("waybills/rest/", {"order": "A1", "courier": "SF"})
    again = api.post("waybills/rest/", {"order": "A1"})
    unknown = api.post("waybills/rest/", {"order": "A2"})

    assert answer.status_code == 201
    assert (answer.json()["courier"], answer.json()["lines"]) == ("SF", [{"order": "A1", "position": 1, "quantity": 3}])
    assert error(again) == (409, "state")
    assert error(unknown) == (422, "invalid")


def test_unknown_line_is_named(api, store):
    make_order(store=store, number="A1")

    answer = api.post("waybills/", {"orders": ["A1"], "lines": [{"order": "A1", "position": 9, "quantity": 1}]})

    assert error(answer) == (422, "invalid")
    assert answer.json()["detail"] == "Order A1 is not among these orders, or has no line 9."


def test_refusals_are_sentences(api, store):
    waybill = made(api, make_order(store=store))

    again = api.post(f"waybills/{waybill['id']}/number/", {"number": "SF1000000000002"})
    stale = api.post(f"waybills/{waybill['id']}/void/", {"reason": "why not", "version": 1})

    assert error(again) == (409, "state")
    assert error(stale) == (409, "version")


def test_list_is_narrowed_by_state(api, store):
    made(api, make_order(store=store))
    api.post("waybills/", {"orders": [make_order(store=store).number]})

    states = [row["state"] for row in api.get("waybills/").json()["results"]]

    assert states == ["draft", "numbered"]
    assert len(api.get("waybills/", {"state": "numbered"}).json()["results"]) == 1
    assert error(api.get("waybills/", {"state": "lost"})) == (422, "invalid")


def test_another_stores_parcel_is_not_there(api, other_store):
    waybill = Waybill.objects.create(store=other_store, created_at=NOON)

    assert error(api.post(f"waybills/{waybill.pk}/void/", {"reason": "why"})) == (404, "not_found")
    assert api.get("waybills/").json()["results"] == []


def test_papers_are_printed_and_fetched(api, store):
    order = make_order(store=store, number="A1")
    make_recipient(order=order)
    waybill = made(api, order)

    created = api.post("prints/", {"paper": "waybill", "waybills": [waybill["id"]]})
    run_pending_jobs()

    batch = api.get(f"prints/{created.json()['id']}/").json()
    assert created.status_code == 201
    assert (batch["state"], batch["rows"]) == ("done", [{"order": "A1", "outcome": "done", "reason": ""}])
    file = api.get(f"prints/{batch['id']}/file/")
    assert (file.status_code, file["Content-Type"], file["Cache-Control"]) == (
        200, "application/pdf", "no-store, private",
    )  # fmt: skip
    assert b"".join(file.streaming_content).startswith(b"%PDF-")


def test_reprint_is_refused_until_it_is_wanted(api, store):
    order = make_order(store=store)
    request = {"paper": "packing_slip", "orders": [order.number]}
    api.post("prints/", request)
    run_pending_jobs()

    refused, wanted = api.post("prints/", request), api.post("prints/", {**request, "again": "all"})

    assert error(refused) == (409, "printed")
    assert wanted.status_code == 201


def test_file_is_gone_after_a_day(api, store):
    order = make_order(store=store)
    batch = api.post("prints/", {"paper": "packing_slip", "orders": [order.number]}).json()
    unfinished = api.get(f"prints/{batch['id']}/file/")
    run_pending_jobs()
    Job.objects.update(file_expires_at=NOON)

    gone = api.get(f"prints/{batch['id']}/file/")

    assert error(unfinished) == (409, "state")
    assert error(gone) == (410, "gone")


def test_batches_are_listed_and_what_failed_is_printed_again(api, store):
    order = make_order(store=store, number="A1")
    batch = api.post("prints/", {"paper": "packing_slip", "orders": [order.number]}).json()
    run_pending_jobs()
    nothing = error(api.post(f"prints/{batch['id']}/retry/"))
    JobRow.objects.update(outcome=JobRow.Outcome.FAILED)
    PrintRecord.objects.all().delete()

    again = api.post(f"prints/{batch['id']}/retry/")

    assert nothing == (409, "state")
    assert (again.status_code, again.json()["paper"]) == (201, "packing_slip")
    assert Job.objects.get(pk=again.json()["id"]).retry_of_id == batch["id"]
    listed = api.get("prints/").json()["results"]
    assert [(row["id"], row["paper"]) for row in listed] == [
        (again.json()["id"], "packing_slip"), (batch["id"], "packing_slip"),
    ]  # fmt: skip
