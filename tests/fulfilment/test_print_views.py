"""Pages of print batches."""

from datetime import timedelta

import pytest
from django.utils import timezone

from backoffice.common.jobs import run_pending_jobs
from backoffice.common.models import AuditEntry, Job
from orders.core.services import open_hold
from orders.fulfilment.models import InvoiceRequest, Waybill
from tests.conftest import signed_in
from tests.factories import NOON, make_order, make_recipient, make_user
from tests.fulfilment.test_merges import order_to
from tests.fulfilment.test_prints import numbered, printed

pytestmark = pytest.mark.django_db
LIST = "/orders/shipping/prints/"


def ask(client, ids, *, paper="waybill", **values):
    headers = {"HX-Request": "true"} if values.pop("htmx", False) else {}
    data = {"paper": paper, "selected": ids, **values}
    return client.post(f"{LIST}new/", data, headers=headers)


def text(response):
    return response.content.decode()


def test_asking_leads_to_the_receipt(warehouse_client, store):
    waybill = numbered(make_order(store=store))

    response = ask(warehouse_client, [waybill.pk], sort="shelf")

    job = Job.objects.get(kind="print")
    assert (response.status_code, response.url) == (302, f"{LIST}{job.pk}/")
    assert job.params == {"paper": "waybill", "ids": [waybill.pk], "sort": "shelf", "again": ""}


def test_asking_by_htmx_leads_to_the_receipt(warehouse_client, store):
    response = ask(warehouse_client, [numbered(make_order(store=store)).pk], htmx=True)

    assert (response.status_code, response["HX-Redirect"]) == (204, f"{LIST}{Job.objects.get().pk}/")


def test_asking_for_nothing_says_so(warehouse_client):
    response = warehouse_client.post(f"{LIST}new/", {"paper": "waybill"}, follow=True)

    assert "Choose what to print first." in text(response)


@pytest.mark.parametrize(("htmx", "mark"), [(True, "<dialog"), (False, "<h1")])
def test_reprint_asks_first(warehouse_client, warehouse, store, htmx, mark):
    ids = [numbered(make_order(store=store)).pk for _ in range(3)]
    printed(store, warehouse, ids[:1])

    response = ask(warehouse_client, ids, htmx=htmx)

    page = text(response)
    assert "1 of 3 was printed already. Print again?" in page
    assert "Print the 2 new ones" in page
    assert "Print all 3" in page
    assert mark in page
    assert Job.objects.count() == 1


def test_answer_of_the_question_prints_as_chosen(warehouse_client, warehouse, store):
    ids = [numbered(make_order(store=store)).pk for _ in range(2)]
    printed(store, warehouse, ids[:1])

    ask(warehouse_client, [",".join(map(str, ids))], again="all")
    run_pending_jobs()

    assert list(Waybill.objects.order_by("pk").values_list("print_count", flat=True)) == [2, 1]


def test_form_sent_twice_is_one_batch(warehouse_client, store):
    ids, once = [numbered(make_order(store=store)).pk], "x" * 22

    first, second = (ask(warehouse_client, ids, once=once) for _ in range(2))

    assert first.url == second.url
    assert Job.objects.count() == 1


def test_receipt_names_what_failed_and_offers_the_file(warehouse_client, warehouse, store):
    fine, held = make_order(store=store, number="A1"), make_order(store=store, number="A2")
    ids = [numbered(order).pk for order in (fine, held)]
    open_hold(store=store, order_id=held.pk, kind="manual", reason="ask first", actor=None, at=NOON)
    job = printed(store, warehouse, ids)

    page = text(warehouse_client.get(f"{LIST}{job.pk}/"))

    assert 'data-done="1"' in page
    assert 'data-failed="1"' in page
    assert "Order A2 is held: Held by hand." in page
    assert f"{LIST}{job.pk}/file/" in page
    assert f"{LIST}{job.pk}/retry/" in page


def test_running_batch_asks_for_itself_again(warehouse_client, warehouse, store):
    ask(warehouse_client, [numbered(make_order(store=store)).pk])
    job = Job.objects.get()

    page = text(warehouse_client.get(f"{LIST}{job.pk}/", headers={"HX-Request": "true"}))

    assert 'hx-trigger="load delay:1s"' in page
    assert "<html" not in page


def test_file_is_the_pdf_and_no_cache_keeps_it(warehouse_client, warehouse, store):
    job = printed(store, warehouse, [numbered(make_order(store=store)).pk])

    response = warehouse_client.get(f"{LIST}{job.pk}/file/")

    content = b"".join(response.streaming_content)
    assert (response["Content-Type"], response["Cache-Control"]) == ("application/pdf", "no-store, private")
    assert content.startswith(b"%PDF-")
    assert f"CLEAR-warehouse-{job.pk}.pdf" in response["Content-Disposition"]


def test_file_whose_time_is_over_says_so(warehouse_client, warehouse, store):
    job = printed(store, warehouse, [numbered(make_order(store=store)).pk])
    Job.objects.update(file_expires_at=timezone.now() - timedelta(seconds=1))

    response = warehouse_client.get(f"{LIST}{job.pk}/file/", follow=True)

    assert "The time of this file is over and it was deleted. Print again." in text(response)


def test_batches_of_others_are_seen_by_managers_only(warehouse, manager_client, store):
    job = printed(store, warehouse, [numbered(make_order(store=store)).pk])
    colleague = signed_in(make_user("colleague", store=store, roles=("warehouse",)))

    assert colleague.get(f"{LIST}{job.pk}/file/").status_code == 404
    assert manager_client.get(f"{LIST}{job.pk}/file/").status_code == 200


def test_retry_makes_a_new_batch(warehouse_client, warehouse, store):
    held = make_order(store=store)
    waybill = numbered(held)
    open_hold(store=store, order_id=held.pk, kind="manual", reason="ask first", actor=None, at=NOON)
    job = printed(store, warehouse, [waybill.pk])

    response = warehouse_client.post(f"{LIST}{job.pk}/retry/")

    assert response.url == f"{LIST}{Job.objects.get(retry_of=job).pk}/"


def test_waybill_page_shows_the_recipient_and_audits_each(warehouse_client, warehouse, store):
    merged = [make_order(store=store, number=f"A{place}") for place in (1, 2)]
    for order in merged:
        make_recipient(order=order)
    job = printed(store, warehouse, [numbered(*merged, number="SF1000000000001").pk])

    response = warehouse_client.get(f"{LIST}{job.pk}/pages/")

    page = text(response)
    assert "13812341234" in page
    assert "科技园路 1 号" in page
    assert "Merged: 2 orders" in page
    assert '<svg class="paper-bars"' in page
    assert '<svg class="paper-qr"' in page
    assert response["Cache-Control"] == "no-store, private"
    shown = AuditEntry.objects.filter(action="waybill_shown").order_by("sequence")
    assert list(shown.values_list("subject", flat=True)) == ["A1", "A2"]


def test_waybill_page_is_gone_with_the_file(warehouse_client, warehouse, store):
    job = printed(store, warehouse, [numbered(make_order(store=store)).pk])
    Job.objects.update(file_expires_at=timezone.now() - timedelta(seconds=1))

    page = text(warehouse_client.get(f"{LIST}{job.pk}/pages/", follow=True))

    assert "13812341234" not in page
    assert "The time of these waybills is over." in page


@pytest.mark.parametrize(("paper", "mark"), [("packing_slip", 'class="slip"'), ("picking_list", "Picking list")])
def test_pages_of_orders_stay_masked(warehouse_client, warehouse, store, paper, mark):
    order = make_order(store=store)
    make_recipient(order=order)
    job = printed(store, warehouse, [order.pk], paper=paper)

    page = text(warehouse_client.get(f"{LIST}{job.pk}/pages/"))

    assert mark in page
    assert "真丝连衣裙" in page
    assert "13812341234" not in page
    assert not AuditEntry.objects.filter(action="waybill_shown").exists()


def test_second_slip_says_reprint(warehouse_client, warehouse, store):
    order = make_order(store=store)
    printed(store, warehouse, [order.pk], paper="packing_slip")
    job = printed(store, warehouse, [order.pk], paper="packing_slip", again="all")

    page = text(warehouse_client.get(f"{LIST}{job.pk}/pages/"))

    assert 'data-reprint="2"' in page


def test_invoice_sheet_is_for_who_issues_invoices(agent_client, warehouse_client, agent, store):
    order = make_order(store=store)
    InvoiceRequest.objects.create(
        store=store, order=order, title="某某公司", amount=100, due_at=NOON, source="staff", requested_at=NOON
    )
    job = printed(store, agent, [order.pk], paper="invoice_sheet")

    page = text(agent_client.get(f"{LIST}{job.pk}/pages/"))

    assert "某某公司" in page
    assert warehouse_client.get(f"{LIST}{job.pk}/").status_code == 404


def test_list_shows_own_batches_newest_first(warehouse_client, warehouse, manager, store):
    mine = [printed(store, warehouse, [make_order(store=store).pk], paper="packing_slip") for _ in range(2)]
    other = printed(store, manager, [make_order(store=store).pk], paper="packing_slip")

    page = text(warehouse_client.get(LIST))

    assert page.index(f'data-job="{mine[1].pk}"') < page.index(f'data-job="{mine[0].pk}"')
    assert f'data-job="{other.pk}"' not in page


@pytest.mark.parametrize("page", ["", "{pk}/", "{pk}/pages/"])
def test_pages_take_the_same_statements_for_more_orders(
    warehouse_client, warehouse, store, page, django_assert_max_num_queries
):
    few = printed(store, warehouse, [make_order(store=store).pk], paper="packing_slip")
    many = printed(store, warehouse, [make_order(store=store).pk for _ in range(3)], paper="packing_slip")
    counts = []
    for job in (few, many):
        with django_assert_max_num_queries(60) as captured:
            assert warehouse_client.get(LIST + page.format(pk=job.pk)).status_code == 200
        counts.append(len(captured))

    assert counts[0] == counts[1]


def test_receipt_and_pages_say_what_was_not_merged(warehouse_client, warehouse, store):
    ids = [numbered(order_to(store)).pk for _ in range(2)]
    job = printed(store, warehouse, ids)

    pages = [text(warehouse_client.get(f"{LIST}{job.pk}/{part}")) for part in ("", "pages/")]

    assert all("Not merged: 2 orders to the same recipient are printed separately." in page for page in pages)
