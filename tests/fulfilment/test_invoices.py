"""Invoices: asked for by hand or by note, changed, issued, mailed, taken back; never refused."""

from datetime import timedelta
from decimal import Decimal

import pytest

from orders.core.models import Order
from orders.core.services import VersionConflict
from orders.fulfilment.models import InvoiceRequest
from orders.fulfilment.services.invoices import (
    InvoiceError,
    ask_for_details,
    change_invoice,
    details_question,
    issue_invoice,
    kind_of,
    mail_invoice,
    request_invoice,
    void_invoice,
)
from tests.factories import NOON, make_order
from tests.fulfilment.invoicing import COMPANY, act, ask, events, issued, live, refund
from tests.fulfilment.test_tax_numbers import GOOD

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(store):
    return make_order(store=store, number="1001")


# Asking


def test_request_covers_what_was_paid_and_kept(order, agent):
    refund(order, 30)

    request = ask(order, actor=agent)

    assert (request.amount, request.kind, request.tax_number, request.state) == (70, "company", GOOD, "pending")
    assert (request.requested_by, request.due_at, request.needs_details) == (agent, NOON + timedelta(days=7), False)
    assert events(order) == ["invoice_requested"]


def test_request_runs_as_long_as_the_store_says(order, store):
    store.invoice_days = 3
    store.save()
    order.refresh_from_db()

    assert ask(order).due_at == NOON + timedelta(days=3)


@pytest.mark.parametrize("amount", ["100.01", "0", "-1", "9.999"])
def test_amount_beyond_what_was_paid_is_refused(order, amount):
    with pytest.raises(InvoiceError, match=r"¥0.01 and ¥100.00") as caught:
        ask(order, amount=Decimal(amount))

    assert caught.value.code == "field"


def test_second_request_is_refused(order):
    ask(order)

    with pytest.raises(InvoiceError, match="1001 has an invoice request already"):
        ask(order)


@pytest.mark.parametrize(("refunded", "words"), [(100, "refunded in full"), (0, "not paid yet")])
def test_nothing_is_asked_for_where_nothing_was_kept(store, refunded, words):
    order = make_order(store=store, **({} if refunded else {"status": "pending_payment"}))
    refund(order, refunded)

    with pytest.raises(InvoiceError, match=words):
        ask(order)


def test_request_of_another_store_is_not_found(order, other_store):
    with pytest.raises(Order.DoesNotExist):
        request_invoice(store=other_store, order_id=order.pk, title="x", actor=None, at=NOON)


def test_request_of_a_changed_order_is_a_conflict(order):
    with pytest.raises(VersionConflict):
        ask(order, version=order.version + 1)


@pytest.mark.parametrize(
    ("title", "number", "question"),
    [
        ("", "", "Which title"),
        (COMPANY, "", "still need the tax number"),
        (COMPANY, "12345", "tax number 12345"),
        (COMPANY, GOOD[:-1] + ("0" if GOOD[-1] != "0" else "1"), "does not seem to be right"),
    ],
)
def test_what_is_missing_is_marked_with_a_question_ready(order, title, number, question):
    request = ask(order, title, number)

    assert request.needs_details
    assert question in details_question(request)


def test_question_is_logged_with_the_order(order, agent):
    request = ask(order, tax_number="")

    contact = act(ask_for_details, request, actor=agent)

    assert (contact.order, contact.text, contact.channel) == (order, details_question(request), "chat")


def test_number_of_a_person_and_phones_are_not_kept(order):
    request = ask(order, title="张三 13812345678", tax_number="", remark="call 13812345678")

    assert (request.kind, request.title, request.remark) == ("person", "张三 138****5678", "call 138****5678")
    assert "张三" not in str(order.events.get().after)


@pytest.mark.parametrize(
    ("title", "number", "kind"),
    [(COMPANY, "", "company"), ("个人", "", "person"), ("王芳", "", "person"), ("某某（深圳）科技公司", "", "company"),
     ("Sample Trading Co., Ltd", "", "company"), ("张三", GOOD, "company"), ("第一中学校", "", "company")],
)  # fmt: skip
def test_kind_follows_the_words_of_the_title(title, number, kind):
    assert kind_of(title, number) == kind


# Changing


def test_change_gives_everything_anew(order, agent):
    request = ask(order, tax_number="")

    values = {"kind": "company", "title": "另一公司", "tax_number": GOOD.lower(), "amount": Decimal(50)}
    changed = act(change_invoice, request, **values, remark="two copies", is_electronic=False, actor=agent, version=1)

    request.refresh_from_db()
    assert (request.title, request.tax_number, request.amount, request.remark) == ("另一公司", GOOD, 50, "two copies")
    assert (request.needs_details, request.is_electronic, request.version, changed.pk) == (False, False, 2, request.pk)
    assert events(order) == ["invoice_requested", "invoice_changed"]


def test_stale_change_is_refused(order):
    request = ask(order)

    with pytest.raises(InvoiceError, match="Nothing was saved") as caught:
        act(change_invoice, request, kind="person", title="张三", version=5)

    assert caught.value.code == "version"


def test_issued_invoice_is_not_changed(order):
    with pytest.raises(InvoiceError, match="“Issued”"):
        act(change_invoice, issued(order), kind="person", title="张三")


# Issuing and mailing


def test_issue_records_the_number_and_who_did_it(order, finance):
    request = act(issue_invoice, ask(order), invoice_number=" 2544 abc-1 ", actor=finance)

    assert (request.state, request.invoice_number, request.issued_by, request.issued_at) == (
        "issued", "2544ABC-1", finance, NOON,
    )  # fmt: skip


def test_refund_since_lowers_what_is_issued(order):
    request = ask(order)
    refund(order, 40)

    assert act(issue_invoice, request, invoice_number="123456").amount == 60
    assert order.events.latest("pk").before["invoice_amount"] == "100.00"


def test_refund_in_full_leaves_nothing_to_issue(order):
    request = ask(order)
    refund(order, 100)

    with pytest.raises(InvoiceError, match="refunded in full"):
        act(issue_invoice, request, invoice_number="123456")


def test_company_without_a_right_number_is_not_issued(order):
    with pytest.raises(InvoiceError, match="Ask the buyer") as caught:
        issued(order, tax_number="")

    assert caught.value.code == "hold"


@pytest.mark.parametrize("number", ["", "123", "1" * 41, "号码123456"])
def test_bad_invoice_number_is_refused(order, number):
    with pytest.raises(InvoiceError, match="6 to 40"):
        issued(order, number=number)


def test_number_of_another_title_is_refused_and_names_the_order(order, store):
    issued(order)

    with pytest.raises(InvoiceError, match="belongs to order 1001"):
        issued(make_order(store=store), title="张三", tax_number="")


def test_one_invoice_may_be_for_several_orders_of_a_title(order, store):
    issued(order)

    assert issued(make_order(store=store)).state == "issued"


def test_mailing_names_courier_and_number_and_no_fee(order):
    request = act(mail_invoice, issued(order), courier="顺丰", tracking_number="sf 1234567890123")

    assert (request.state, request.courier, request.tracking_number) == ("mailed", "SF", "SF1234567890123")
    assert not [field.name for field in InvoiceRequest._meta.fields if "fee" in field.name or "postage" in field.name]


def test_invoice_that_is_not_issued_is_not_mailed(order):
    with pytest.raises(InvoiceError, match="“To issue”"):
        act(mail_invoice, ask(order), courier="SF", tracking_number="SF1234567890123")


@pytest.mark.parametrize(("courier", "number"), [("nobody", "SF1234567890123"), ("SF", ""), ("SF", "??")])
def test_bad_parcel_of_an_invoice_is_refused(order, courier, number):
    with pytest.raises(InvoiceError) as caught:
        act(mail_invoice, issued(order), courier=courier, tracking_number=number)

    assert caught.value.code == "field"


# Taking back


@pytest.mark.parametrize("reason", ["cannot", "", "other", "withdrawn"])
def test_no_further_reason_takes_an_invoice_back(order, reason):
    with pytest.raises(InvoiceError, match="issue it again, or after a refund in full"):
        act(void_invoice, issued(order), reason=reason)


def test_issuing_again_puts_a_new_request_into_the_queue(order):
    old = issued(order)
    refund(order, 20)

    act(void_invoice, old, reason="reissue", at=NOON + timedelta(days=1))

    new = live(order)
    assert (new.state, new.title, new.tax_number, new.amount, new.invoice_number) == ("pending", COMPANY, GOOD, 80, "")
    assert new.due_at == NOON + timedelta(days=8)
    assert InvoiceRequest.objects.get(pk=old.pk).void_reason == "reissue"


def test_request_that_waits_cannot_be_put_away(order):
    request = ask(order)

    for reason in ("reissue", "refunded"):
        with pytest.raises(InvoiceError):
            act(void_invoice, request, reason=reason)


def test_refund_in_full_takes_an_invoice_back(order):
    request = issued(order)
    refund(order, 100)

    act(void_invoice, request, reason="refunded")

    assert not InvoiceRequest.objects.exclude(state="void").filter(order=order).exists()
