"""Invoice requests follow their order: its notes, wishes, files and refunds."""

from datetime import timedelta

import pytest

from orders.core.services import OrderError, lock_order, withdraw_wish
from orders.core.statuses import EventSource
from orders.fulfilment.models import InvoiceRequest
from orders.fulfilment.models.invoices import invoice_limit
from orders.fulfilment.services.invoices import (
    InvoiceError,
    issue_invoice,
    mail_invoice,
    request_due_invoice,
)
from orders.fulfilment.services.stock import settle_due
from orders.notes.services import decline_note, record_note
from tests.factories import NOON, make_order
from tests.fulfilment.invoicing import COMPANY, act, ask, events, live, refund, settle, wish
from tests.fulfilment.test_tax_numbers import GOOD

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(store):
    return make_order(store=store, number="1001")


# Following the order


def test_note_makes_the_request(order):
    made = wish(order, "x", title=COMPANY, tax_number=GOOD)

    settle(order)

    request = live(order)
    assert (request.title, request.tax_number, request.wish_id, request.note_version) == (COMPANY, GOOD, made.pk, 1)
    assert (request.source, request.needs_details) == (EventSource.RULE, False)


@pytest.mark.parametrize("shipped", [False, True])
def test_note_of_an_order_that_left_makes_the_request_as_well(store, shipped):
    order = make_order(store=store, status="completed" if shipped else "shipped")
    wish(order, "x", title="个人", tax_number="")

    settle(order)

    assert live(order).kind == "person"


def test_tax_number_that_looked_like_an_identity_number_is_read_as_written(order):
    number = "350100198001011234"  # masked in the wish; not a real one, its check character is wrong
    wish(order, "x", title=COMPANY, tax_number=number)

    settle(order)

    assert (live(order).tax_number, live(order).needs_details) == (number, True)


def test_wish_put_down_by_hand_is_taken_apart(order):
    wish(order, f"抬头：{COMPANY} 税号 {GOOD}")

    settle(order)

    assert (live(order).title, live(order).tax_number) == (COMPANY, GOOD)


def test_title_in_the_file_makes_the_request(store):
    order = make_order(store=store, invoice_title="张三")

    settle(order)

    assert (live(order).title, live(order).kind, live(order).amount) == ("张三", "person", 100)


def test_order_that_says_nothing_makes_none_and_costs_one_statement(order, django_assert_num_queries):
    with django_assert_num_queries(1):
        request_due_invoice(order, at=NOON)

    assert not InvoiceRequest.objects.exists()


def test_settling_again_changes_nothing(order):
    wish(order, "x", title=COMPANY, tax_number=GOOD)
    settle(order)
    version = order.version

    request_due_invoice(lock_order(store=order.store, order_id=order.pk), at=NOON)

    order.refresh_from_db()
    assert (order.version, InvoiceRequest.objects.count()) == (version, 1)


def test_refund_lowers_a_request_that_waits_and_ends_it_in_full(order):
    ask(order)
    refund(order, 40)
    request_due_invoice(lock_order(store=order.store, order_id=order.pk), at=NOON)
    lowered = live(order).amount
    refund(order, 100)
    request_due_invoice(lock_order(store=order.store, order_id=order.pk), at=NOON)

    assert lowered == 60
    assert InvoiceRequest.objects.get().void_reason == "refunded"


def test_newer_note_changes_a_request_that_waits(order):
    wish(order, "x", title=COMPANY, tax_number="")
    settle(order)
    wish(order, "y", title=COMPANY, tax_number=GOOD)
    settle(order)

    assert (live(order).tax_number, live(order).needs_details) == (GOOD, False)


def take_back_wish(order, made):
    withdraw_wish(store=order.store, order_id=order.pk, wish_id=made.pk, reason="no longer needed", actor=None, at=NOON)


def test_withdrawn_wish_puts_its_request_away(order):
    made = wish(order, "x", title=COMPANY, tax_number=GOOD)
    settle(order)

    take_back_wish(order, made)
    settle(order)

    request = InvoiceRequest.objects.get()
    assert (request.state, request.void_reason) == ("void", "withdrawn")
    assert events(order)[-1] == "invoice_voided"
    assert order.events.latest("pk").after["void_reason"] == "withdrawn"


def test_request_comes_back_when_it_is_wished_again(order):
    made = wish(order, "x", title=COMPANY, tax_number=GOOD)
    settle(order)
    take_back_wish(order, made)
    settle(order)
    later = NOON + timedelta(days=3)

    again = wish(order)
    settle_due(store=order.store, at=later)

    request = InvoiceRequest.objects.get()
    assert (request.state, request.void_reason, request.wish_id) == ("pending", "", again.pk)
    assert (request.title, request.tax_number) == (COMPANY, GOOD)
    assert request.due_at == later + timedelta(days=7)
    assert events(order)[-1] == "invoice_requested"


@pytest.mark.parametrize("is_issued", [False, True])
def test_withdrawn_wish_leaves_what_is_issued_or_was_asked_for_by_hand(order, is_issued):
    if not is_issued:
        ask(order)
    made = wish(order, "x", title=COMPANY, tax_number=GOOD)
    settle(order)
    if is_issued:
        act(issue_invoice, live(order), invoice_number="25440000000000000001", is_electronic=False)

    take_back_wish(order, made)
    settle(order)

    assert live(order).state == ("issued" if is_issued else "pending")


def test_withdrawn_wish_leaves_what_the_file_asks_for(store):
    order = make_order(store=store, invoice_title="张三")
    made = wish(order, "x", title=COMPANY, tax_number=GOOD)
    settle(order)

    take_back_wish(order, made)
    settle(order)

    assert live(order).state == "pending"


def test_note_that_the_shop_declines_takes_back_no_invoice(order):
    record_note(order=order, text="开发票", at=NOON)
    wish(order, "x", title=COMPANY, tax_number=GOOD)
    settle(order)

    decline_note(store=order.store, order_id=order.pk, outcome="cannot", actor=None, at=NOON)
    settle(order)

    assert order.wish_kinds == []
    assert live(order).state == "pending"


def test_electronic_invoice_fulfils_the_wish_and_one_on_paper_when_mailed(store):
    kinds = []
    for is_electronic in (True, False):
        order = make_order(store=store)
        wish(order, "x", title=COMPANY, tax_number=GOOD)
        settle(order)
        act(issue_invoice, live(order), invoice_number="123456", is_electronic=is_electronic)
        order.refresh_from_db()
        kinds.append(order.wish_kinds)
    act(mail_invoice, live(order), courier="SF", tracking_number="SF1234567890123")
    order.refresh_from_db()

    assert kinds == [[], ["invoice"]]
    assert (order.wish_kinds, events(order)[-2:]) == ([], ["invoice_mailed", "wish_done"])


def test_limit_counts_what_was_refunded(order):
    refund(order, 25)
    order.refresh_from_db()

    assert invoice_limit(order) == 75


def test_errors_are_order_errors():
    assert issubclass(InvoiceError, OrderError)
