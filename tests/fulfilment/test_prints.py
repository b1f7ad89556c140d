"""Print batches: what is recorded, what the file holds, and who gets it."""

import io
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from backoffice.common.jobs import run_pending_jobs
from backoffice.common.models import AuditEntry, Job
from orders.core.models import Order, OrderEvent
from orders.core.services import change_recipient, open_hold, used_reveals
from orders.fulfilment.models import InvoiceRequest, PrintRecord, Waybill
from orders.fulfilment.papers import batches, fonts, jobs
from orders.fulfilment.papers.batches import ReprintError, create_print, download_print, retry_print
from orders.fulfilment.services import PrintError, assign_number, plan_waybill
from tests.factories import NOON, make_order, make_recipient

pytestmark = pytest.mark.django_db


def numbered(*orders, number=""):
    """Plan a parcel of these orders, with recipients, and give it a number."""
    for order in orders:
        if not hasattr(order, "recipient"):
            make_recipient(order=order)
    store = orders[0].store
    waybill = plan_waybill(
        store=store, order_ids=[order.pk for order in orders], courier="SF", actor=None, at=NOON
    )  # fmt: skip
    return assign_number(
        store=store, waybill_id=waybill.pk, actor=None, at=NOON, number=number or f"SF{waybill.pk:013}"
    )  # fmt: skip


def printed(store, actor, ids, *, paper="waybill", **values):
    """Ask for a batch and let the worker print it."""
    job = create_print(
        store=store, actor=actor, at=timezone.now() - timedelta(seconds=1), paper=paper, ids=ids, **values
    )
    run_pending_jobs()
    job.refresh_from_db()
    return job


def outcomes(job):
    return list(job.rows.order_by("position").values_list("subject", "outcome", "reason"))


def pdf_of(job):
    return b"".join(download_print(job=job, actor=job.requested_by, at=timezone.now()))


def test_waybills_are_recorded_and_stand_in_one_pdf(store, warehouse):
    orders = [make_order(store=store, number=f"A{place}") for place in (1, 2)]
    waybills = [numbered(order) for order in orders]

    job = printed(store, warehouse, [waybill.pk for waybill in waybills])

    assert (job.state, job.result) == ("done", {"done": 2, "skipped": 0, "failed": 0, "papers": 2})
    assert outcomes(job) == [("A1", "done", ""), ("A2", "done", "")]
    assert set(Waybill.objects.values_list("state", "print_count")) == {("printed", 1)}
    records = PrintRecord.objects.order_by("pk").values_list("order", "waybill", "paper", "printed_by", "job")
    assert list(records) == [
        (order.pk, waybill.pk, "waybill", warehouse.pk, job.pk) for order, waybill in zip(orders, waybills, strict=True)
    ]
    assert OrderEvent.objects.filter(kind="printed", job=job).count() == 2
    content = pdf_of(job)
    assert content.startswith(b"%PDF-")
    assert content.count(b"/Type /Page\n") == 2
    assert len(content) == job.file_size


def test_each_recipient_in_clear_text_is_one_audit_row_outside_the_quota(store, warehouse):
    merged = [make_order(store=store, number=f"A{place}") for place in (1, 2)]
    waybill = numbered(*merged, number="SF1000000000001")

    job = printed(store, warehouse, [waybill.pk])

    entries = AuditEntry.objects.filter(action="waybill_printed").order_by("sequence")
    assert list(entries.values_list("subject", "actor")) == [("A1", warehouse.pk), ("A2", warehouse.pk)]
    assert entries[0].data == {"waybill": "SF1000000000001", "fields": ["mobile", "name", "street"], "job": job.pk}
    assert used_reveals(store, warehouse, timezone.now()) == 0


def test_file_is_sealed_and_kept_for_a_day(store, warehouse):
    job = printed(store, warehouse, [numbered(make_order(store=store)).pk])

    with default_storage.open(job.file.name) as stream:
        assert b"%PDF" not in stream.read()
    assert timedelta(hours=23, minutes=55) < job.file_expires_at - timezone.now() <= timedelta(hours=24)
    with pytest.raises(PrintError, match="The time of this file is over") as gone:
        download_print(job=job, actor=warehouse, at=job.file_expires_at)
    assert gone.value.code == "gone"


def test_download_is_counted_and_logged(store, warehouse):
    job = printed(store, warehouse, [numbered(make_order(store=store)).pk])

    pdf_of(job)

    assert Job.objects.get(pk=job.pk).downloads == 1
    entry = AuditEntry.objects.get(action="papers_downloaded")
    assert (entry.subject, entry.data["sha256"]) == (f"#{job.pk}", job.file_sha256)


def test_what_may_not_be_printed_says_why_and_the_rest_is(store, warehouse):
    held, wiped, fine = (make_order(store=store, number=number) for number in ("A1", "A2", "A3"))
    waybills = [numbered(order) for order in (held, wiped, fine)]
    open_hold(store=store, order_id=held.pk, kind="manual", reason="ask first", actor=None, at=NOON)
    type(wiped.recipient).objects.filter(order=wiped).update(sealed=None, purged_at=NOON)

    job = printed(store, warehouse, [waybill.pk for waybill in waybills])

    assert outcomes(job) == [
        ("A1", "failed", "Order A1 is held: Held by hand."),
        ("A2", "failed", "The recipient of order A2 was wiped, as the store's rule asks."),
        ("A3", "done", ""),
    ]
    assert PrintRecord.objects.get().order == fine
    assert AuditEntry.objects.filter(action="waybill_printed").count() == 1
    assert pdf_of(job).count(b"/Type /Page\n") == 1


def test_merged_parcel_whose_orders_part_is_not_printed(store, warehouse):
    merged = [make_order(store=store, number=f"A{place}") for place in (1, 2)]
    waybill = numbered(*merged)
    change_recipient(store=store, order_id=merged[1].pk, fields={"street": "新街 2 号"}, actor=None, at=NOON)

    job = printed(store, warehouse, [waybill.pk])

    sentence = "Order A2 goes to another recipient by now: take it out of this parcel."
    assert outcomes(job) == [("A1", "failed", sentence), ("A2", "failed", sentence)]


def test_draft_without_a_number_is_not_printed(store, warehouse):
    order = make_order(store=store)
    waybill = plan_waybill(store=store, order_ids=[order.pk], actor=None, at=NOON)

    job = printed(store, warehouse, [waybill.pk])

    assert outcomes(job)[0][1:] == (
        "failed",
        f"Waybill #{waybill.pk} is “No number yet”: this cannot be done to it now.",
    )
    assert not job.file


def test_second_print_asks_first(store, warehouse):
    waybills = [numbered(make_order(store=store)) for _ in range(3)]
    ids = [waybill.pk for waybill in waybills]
    printed(store, warehouse, ids[:1])

    with pytest.raises(ReprintError, match=r"1 of 3 was printed already\. Print again\?") as refused:
        create_print(store=store, actor=warehouse, at=NOON, paper="waybill", ids=ids)

    assert (refused.value.printed, refused.value.total) == (1, 3)


@pytest.mark.parametrize(("again", "papers"), [("all", 3), ("new", 2)])
def test_second_print_does_what_was_chosen(store, warehouse, again, papers):
    ids = [numbered(make_order(store=store)).pk for _ in range(3)]
    printed(store, warehouse, ids[:1])

    job = printed(store, warehouse, ids, again=again)

    assert job.result["done"] == papers
    assert Waybill.objects.get(pk=ids[0]).print_count == (2 if again == "all" else 1)


@pytest.mark.parametrize("paper", ["waybill", "packing_slip"])
def test_paper_that_another_batch_prints_this_moment_is_left_out(store, warehouse, monkeypatch, paper):
    waybill = numbered(make_order(store=store, number="A1"))
    ids = [waybill.pk if paper == "waybill" else Order.objects.get().pk]
    monkeypatch.setattr(jobs, "printed_ids", lambda *_read: set())  # what it read before the other had ended
    both = [create_print(store=store, actor=warehouse, at=NOON, paper=paper, ids=ids) for _ in range(2)]

    run_pending_jobs()

    assert [outcomes(job) for job in both] == [[("A1", "done", "")], [("A1", "skipped", "printed already")]]
    assert PrintRecord.objects.count() == 1


def test_batch_asked_for_twice_prints_once(store, warehouse):
    waybill = numbered(make_order(store=store))
    jobs = [
        create_print(store=store, actor=warehouse, at=timezone.now(), paper="waybill", ids=[waybill.pk])
        for _ in range(2)
    ]

    run_pending_jobs()

    assert [outcomes(job)[0][1:] for job in jobs] == [("done", ""), ("skipped", "printed already")]
    assert Waybill.objects.get().print_count == 1


def test_interrupted_batch_goes_on_where_it_stopped(store, warehouse, monkeypatch):
    ids = [numbered(make_order(store=store)).pk for _ in range(2)]
    job = create_print(store=store, actor=warehouse, at=timezone.now(), paper="waybill", ids=ids)
    monkeypatch.setattr("orders.fulfilment.papers.jobs._make_file", lambda *_: 1 / 0)
    run_pending_jobs()
    monkeypatch.undo()
    Job.objects.filter(pk=job.pk).update(not_before=NOON)

    run_pending_jobs()

    job.refresh_from_db()
    assert (job.state, job.attempts, job.result["done"]) == ("done", 2, 2)
    assert set(Waybill.objects.values_list("print_count", flat=True)) == {1}
    assert pdf_of(job).count(b"/Type /Page\n") == 2


@pytest.mark.parametrize(
    ("sort", "expected"),
    [("number", ["A1", "A2"]), ("ship_by", ["A2", "A1"]), ("courier", ["A1", "A2"]), ("shelf", ["A1", "A2"])],
)
def test_papers_are_sorted_as_chosen(store, warehouse, sort, expected):
    orders = [make_order(store=store, number=f"A{day}", ship_by=NOON - timedelta(days=day)) for day in (1, 2)]

    job = printed(store, warehouse, [order.pk for order in orders], paper="packing_slip", sort=sort)

    assert [subject for subject, _outcome, _reason in outcomes(job)] == expected


@pytest.mark.parametrize("paper", ["packing_slip", "picking_list"])
def test_papers_of_orders_are_recorded(store, warehouse, paper):
    order = make_order(store=store)

    job = printed(store, warehouse, [order.pk], paper=paper)

    assert PrintRecord.objects.get().paper == paper
    assert Order.objects.get().print_count == (1 if paper == "packing_slip" else 0)
    assert AuditEntry.objects.filter(action="waybill_printed").count() == 0
    assert pdf_of(job).startswith(b"%PDF-")


def test_invoice_sheet_holds_the_invoices_to_issue(store, agent):
    wanted, other = make_order(store=store, number="A1"), make_order(store=store, number="A2")
    InvoiceRequest.objects.create(
        store=store, order=wanted, title="某某公司", amount=100, due_at=NOON, source="staff", requested_at=NOON
    )

    job = printed(store, agent, [wanted.pk, other.pk], paper="invoice_sheet")

    assert outcomes(job) == [("A1", "done", ""), ("A2", "failed", "Order A2 is not printed: no invoice to issue.")]


def test_failed_papers_are_tried_again(store, warehouse):
    held = make_order(store=store, number="A1")
    waybill = numbered(held)
    open_hold(store=store, order_id=held.pk, kind="manual", reason="ask first", actor=None, at=NOON)
    job = printed(store, warehouse, [waybill.pk])
    held.holds.update(released_at=NOON)
    Order.objects.update(hold_kinds=[])

    again = retry_print(job=job, actor=warehouse, at=timezone.now())
    run_pending_jobs()

    assert (again.retry_of, outcomes(again)) == (job, [("A1", "done", "")])
    with pytest.raises(PrintError, match="Nothing in this batch failed"):
        retry_print(job=again, actor=warehouse, at=timezone.now())


def test_agent_may_not_print_waybills(store, agent):
    waybill = numbered(make_order(store=store))

    with pytest.raises(PrintError, match="Your role does not include printing this"):
        create_print(store=store, actor=agent, at=NOON, paper="waybill", ids=[waybill.pk])


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"paper": "poster"}, "There is no paper “poster”"),
        ({"sort": "colour"}, "Papers cannot be sorted by “colour”"),
        ({"ids": []}, "Choose what to print first"),
    ],
)
def test_unknown_requests_are_refused(store, warehouse, values, sentence):
    arguments = {"paper": "packing_slip", "ids": [make_order(store=store).pk], **values}

    with pytest.raises(PrintError, match=sentence):
        create_print(store=store, actor=warehouse, at=NOON, **arguments)


def test_another_stores_waybill_is_not_printed(store, other_store, warehouse):
    waybill = numbered(make_order(store=other_store))

    with pytest.raises(PrintError, match="Choose what to print first"):
        create_print(store=store, actor=warehouse, at=NOON, paper="waybill", ids=[waybill.pk])


def test_limit_of_a_batch_is_said(store, warehouse, monkeypatch):
    monkeypatch.setattr(batches, "LIMIT", 1)
    ids = [make_order(store=store).pk for _ in range(2)]

    with pytest.raises(PrintError, match="Print at most 1 at once"):
        create_print(store=store, actor=warehouse, at=NOON, paper="packing_slip", ids=ids)


def test_missing_font_is_said_before_anything_is_recorded(store, warehouse, monkeypatch, tmp_path):
    waybill = numbered(make_order(store=store))
    monkeypatch.setattr(fonts, "FONTS", {"regular": tmp_path / "gone.ttf", "bold": tmp_path / "gone.ttf"})
    fonts.load_fonts.cache_clear()

    job = printed(store, warehouse, [waybill.pk])

    fonts.load_fonts.cache_clear()
    assert job.state == "failed"
    assert job.error.startswith("The font of printed papers is missing on the server (gone.ttf).")
    assert not PrintRecord.objects.exists()


def test_person_who_lost_the_right_gets_no_papers(store, warehouse):
    waybill = numbered(make_order(store=store))
    job = create_print(store=store, actor=warehouse, at=timezone.now(), paper="waybill", ids=[waybill.pk])
    warehouse.memberships.update(is_active=False)

    run_pending_jobs()

    job.refresh_from_db()
    assert (job.state, job.error) == ("failed", "Your role does not include printing this.")


def test_pdf_text_is_what_is_to_be_packed(store, warehouse):
    from orders.fulfilment.papers.documents import write_document

    waybill = numbered(make_order(store=store))
    target = io.BytesIO()

    write_document(target, store=store, paper="waybill", ids=[waybill.pk], now=NOON)

    assert target.getvalue().startswith(b"%PDF-")
