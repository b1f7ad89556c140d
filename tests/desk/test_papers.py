"""Papers of selected orders: what is said before, what is made ready, and the job that prints."""

import re

import pytest
import time_machine

from backoffice.common.jobs import run_pending_jobs
from backoffice.common.models import Job
from orders.core.models import Recipient
from orders.desk import papers, services
from orders.desk.acts import ACTS
from orders.desk.services import Item
from orders.fulfilment.models import CourierAccount, MergeCandidate, PoolNumber, Waybill
from orders.fulfilment.services import plan_waybill, record_print
from tests.factories import NOON, make_order, make_recipient


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def account(store):
    """The store's usual courier, with two numbers left."""
    made = CourierAccount.objects.create(store=store, courier="SF", is_default=True, updated_at=NOON)
    for number in ("SF1000000000001", "SF1000000000002"):
        PoolNumber.objects.create(account=made, number=number, added_at=NOON)
    return made


def addressed(store, **values):
    order = make_order(store=store, **values)
    make_recipient(order=order)
    return order


def printed(store, actor, orders, **values):
    items = [Item(order.pk, order.number) for order in orders]
    values = {"paper": "waybill", "sort": "number", **values}
    return services.start_batch(store=store, act=ACTS["print"], items=items, values=values, actor=actor, at=NOON)


def test_waybills_are_planned_numbered_and_set_as_one_file(warehouse, store, account):
    orders = [addressed(store, number=number) for number in "12"]

    batch = printed(store, warehouse, orders)
    run_pending_jobs()

    job = Job.objects.get(pk=batch.result["papers"])
    assert sorted(Waybill.objects.values_list("number", "state")) == [
        ("SF1000000000001", "printed"), ("SF1000000000002", "printed"),
    ]  # fmt: skip
    assert (job.params["paper"], job.result["papers"], job.file_name.endswith(f"{job.pk}.pdf")) == ("waybill", 2, True)


def test_a_parcel_that_was_planned_before_is_the_one_that_is_printed(warehouse, store, account):
    order = addressed(store)
    plan_waybill(store=store, order_ids=[order.pk], actor=warehouse, at=NOON)

    printed(store, warehouse, [order])

    assert list(Waybill.objects.values_list("number", flat=True)) == ["SF1000000000001"]


def test_an_order_without_number_or_recipient_is_left_out_by_name(warehouse, store, account):
    orders = [addressed(store, number=number) for number in "123"] + [make_order(store=store, number="4")]

    batch = printed(store, warehouse, orders)

    rows = dict(batch.rows.values_list("subject", "reason"))
    assert (batch.result["done"], batch.result["refused"]) == (2, 2)
    assert (rows["1"], rows["2"]) == ("", "")
    assert "number" in rows["3"]
    assert rows["4"] == "Order 4 is not printed: no recipient is known."
    assert Waybill.objects.count() == 2


def test_slips_need_no_courier(warehouse, store):
    batch = printed(store, warehouse, [make_order(store=store)], paper="packing_slip")
    run_pending_jobs()

    assert Job.objects.get(pk=batch.result["papers"]).result["papers"] == 1
    assert not Waybill.objects.exists()


def test_what_was_printed_already_is_left_out_when_asked(warehouse, store):
    fresh, old = make_order(store=store), make_order(store=store)
    record_print(store=store, order_id=old.pk, actor=warehouse, at=NOON)

    new = printed(store, warehouse, [fresh, old], paper="packing_slip", again="new")
    none = printed(store, warehouse, [old], paper="packing_slip", again="new")

    assert Job.objects.get(pk=new.result["papers"]).params["ids"] == [fresh.pk]
    assert none.result["papers_problem"] == "All of these were printed already."
    assert "papers" not in none.result


def test_an_interrupted_batch_starts_its_papers_once(warehouse, store):
    batch = printed(store, warehouse, [make_order(store=store)], paper="packing_slip")

    again = papers.start_print(batch, {"paper": "packing_slip"})

    assert again == {"papers": batch.result["papers"]}
    assert Job.objects.filter(kind="print").count() == 1


def test_what_speaks_against_printing_is_said_before(store, account):
    orders = [addressed(store, number=str(number)) for number in range(3)]
    orders.append(make_order(store=store, number="3"))
    key = Recipient.objects.get(order=orders[0]).recipient_key
    for order in orders[:2]:
        MergeCandidate.objects.create(order=order, store=store, recipient_key=key)

    notes = {note.key: (note.text, note.url) for note in papers.print_notes(store, [order.pk for order in orders])}

    assert notes == {
        "not_merged": (
            "Not merged: 2 orders to the same recipient are printed separately.",
            "/orders/shipping/merges/",
        ),
        "no_address": ("1 of them has no recipient to print on a waybill: it is left out there.", ""),
        "no_numbers": ("SF Express has 2 numbers left, 4 waybills need one.", "/orders/shipping/couriers/"),
    }


def test_a_store_without_courier_is_told_and_prints_slips_first(store):
    order = addressed(store)

    keys = [note.key for note in papers.print_notes(store, [order.pk])]

    assert keys == ["no_courier"]
    assert papers.usual_paper(store) == "packing_slip"


def test_the_question_names_the_notes_and_offers_waybills_first(warehouse_client, store, account):
    orders = [make_order(store=store) for _ in range(2)]
    form = {"act": "print", "selected": [order.pk for order in orders], "query": "queue=all"}

    html = warehouse_client.post("/orders/bulk/", form, headers={"HX-Request": "true"}).content.decode()

    assert re.findall(r'data-note="(\w+)"', html) == ["no_address"]
    assert '<option value="waybill" selected>' in html


@pytest.mark.parametrize("count", [1, 3])
def test_notes_take_a_fixed_number_of_statements(store, account, count, django_assert_num_queries):
    ids = [addressed(store).pk for _ in range(count)]

    with django_assert_num_queries(5):  # merges, addresses, orders without a number, couriers, numbers left
        papers.print_notes(store, ids)


def test_too_many_at_once_are_refused(warehouse_client, store, monkeypatch):
    monkeypatch.setitem(ACTS, "print", ACTS["print"].__class__(**{**_fields(ACTS["print"]), "most": 1}))
    orders = [make_order(store=store) for _ in range(2)]
    form = {"act": "print", "selected": [order.pk for order in orders], "paper": "packing_slip", "confirmed": "1"}

    warehouse_client.post("/orders/bulk/", {**form, "query": "queue=all"}, headers={"HX-Request": "true"})

    assert not Job.objects.exists()


def _fields(act):
    return {name: getattr(act, name) for name in act.__dataclass_fields__}


def test_a_batch_leads_to_its_papers_and_others_have_none(manager_client, outsider_client, manager, store):
    order = make_order(store=store)
    batch = printed(store, manager, [order], paper="packing_slip")
    flag = services.start_batch(
        store=store, act=ACTS["flag"], items=[Item(order.pk, "1")], values={"flag": 1}, actor=manager, at=NOON
    )

    found = manager_client.get(f"/orders/batches/{batch.pk}/print/")

    assert found.url == f"/orders/shipping/prints/{batch.result['papers']}/"
    assert manager_client.get(f"/orders/batches/{flag.pk}/print/").status_code == 404
    assert outsider_client.get(f"/orders/batches/{batch.pk}/print/").status_code == 404
