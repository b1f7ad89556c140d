"""The queue of invoices, its acts, and the card of an order."""

import json
from datetime import timedelta
from decimal import Decimal
from random import Random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from orders.core.models import Order
from orders.fulfilment.models import InvoiceRequest
from orders.fulfilment.services.invoices import issue_invoice, request_invoice
from orders.intake.demo.invoices import furnish_invoices
from tests.factories import make_order
from tests.fulfilment.test_tax_numbers import GOOD

pytestmark = pytest.mark.django_db
LIST = "/orders/invoices/"
HTMX = {"HX-Request": "true"}
COMPANY = "某某贸易有限公司"


def make_request(store, title="张三", *, days=0, **values):
    order = values.pop("order", None) or make_order(store=store)
    at = timezone.now() - timedelta(days=days)
    return request_invoice(store=store, order_id=order.pk, title=title, actor=None, at=at, **values)


def issue(request, number="25440001"):
    return issue_invoice(
        store=request.store, invoice_id=request.pk, invoice_number=number, actor=None, at=timezone.now()
    )


def titles(response):
    return [row.shown["invoice"].title for row in response.context["rows"]]


def post(client, request, act, **data):
    return client.post(reverse("fulfilment:invoice-act", args=[request.pk, act]), data, headers=HTMX)


def test_queue_goes_by_deadline_and_marks_what_is_late(agent_client, store):
    make_request(store, "late", days=9)
    make_request(store, "new")
    make_request(store, "older", days=3)

    response = agent_client.get(LIST)

    assert titles(response) == ["late", "older", "new"]
    assert [row.shown["is_overdue"] for row in response.context["rows"]] == [True, False, False]
    assert [mark.count for mark in response.context["marks"]] == [None, 1, None, None]


def test_tabs_count_their_states(agent_client, store):
    issue(make_request(store))
    make_request(store)

    assert [tab.count for tab in agent_client.get(LIST).context["tabs"]] == [1, 1, 0, 0]


@pytest.mark.parametrize(
    ("query", "found"),
    [({"mark": "overdue"}, ["late"]), ({"mark": "incomplete"}, [COMPANY]), ({"mark": "paper"}, ["paper"]),
     ({"kind": "company"}, [COMPANY]), ({"q": "贸易"}, [COMPANY]), ({"q": "N1"}, ["late"]), ({"q": "nothing"}, []),
     ({"state": "issued", "q": "25440001"}, ["issued"]), ({"state": "issued", "q": "ssu"}, ["issued"])],
)  # fmt: skip
def test_queue_is_narrowed(agent_client, store, query, found):
    make_request(store, "late", days=9, order=make_order(store=store, number="N1"))
    make_request(store, COMPANY)
    make_request(store, "paper", is_electronic=False)
    issue(make_request(store, "issued"))

    assert titles(agent_client.get(LIST, query)) == found


def test_pages_follow_each_other(agent_client, store):
    for at in range(52):
        make_request(store, f"t{at:02}", days=52 - at)

    first = agent_client.get(LIST)
    second = agent_client.get(first.context["next_url"])

    assert (len(titles(first)), titles(second)) == (50, ["t50", "t51"])
    assert titles(agent_client.get(second.context["previous_url"])) == titles(first)
    assert agent_client.get(f"{LIST}?after=rubbish").context["problem"] != ""


def test_queue_takes_as_many_statements_for_three_rows_as_for_one(agent_client, store, django_assert_num_queries):
    make_request(store)
    agent_client.get(LIST)
    with CaptureQueriesContext(connection) as one:
        agent_client.get(LIST)
    make_request(store)
    make_request(store)

    with django_assert_num_queries(len(one)):
        agent_client.get(LIST)


def test_other_stores_stay_out(agent_client, store, other_store):
    request = make_request(other_store)

    assert titles(agent_client.get(LIST)) == []
    assert post(agent_client, request, "issue", invoice_number="123456").status_code == 404


def test_dialog_of_an_act_is_asked_for_and_done(agent_client, store):
    request = make_request(store)

    asked = agent_client.get(reverse("fulfilment:invoice-act", args=[request.pk, "issue"]), headers=HTMX)
    done = post(agent_client, request, "issue", invoice_number="123456", is_electronic="1", version=1)

    request.refresh_from_db()
    assert "<dialog" in asked.content.decode()
    assert (done.status_code, request.state, request.invoice_number) == (204, "issued", "123456")
    assert "list-changed" in done.headers["HX-Trigger"]


def test_refused_act_keeps_what_was_typed(agent_client, store):
    request = make_request(store)

    response = post(agent_client, request, "issue", invoice_number="12", is_electronic="1", in_dialog="1")

    assert (response.status_code, response.headers["HX-Retarget"]) == (422, "#act-form")
    assert 'value="12"' in response.content.decode()


def test_stale_act_is_a_conflict(agent_client, store):
    request = make_request(store)

    response = post(agent_client, request, "issue", invoice_number="123456", is_electronic="1", version=9)

    assert response.status_code == 409


def test_change_and_ask_and_void_and_mail(agent_client, store):
    request = make_request(store, COMPANY)
    form = {"kind": "company", "title": COMPANY, "tax_number": GOOD, "amount": "50", "is_electronic": "0"}

    answers = [
        post(agent_client, request, "ask", channel="chat", text="Which number?").status_code,
        post(agent_client, request, "change", **form).status_code,
        post(agent_client, request, "issue", invoice_number="123456", is_electronic="0").status_code,
        post(agent_client, request, "mail", courier="SF", tracking_number="SF1234567890123").status_code,
        post(agent_client, request, "void", reason="reissue").status_code,
    ]

    assert answers == [204] * 5
    assert list(InvoiceRequest.objects.order_by("pk").values_list("state", "amount")) == [
        ("void", Decimal(50)), ("pending", Decimal(50)),
    ]  # fmt: skip


def test_lowered_amount_is_said(agent_client, store):
    request = make_request(store)
    Order.objects.update(refunded=40)

    response = post(agent_client, request, "issue", invoice_number="123456", is_electronic="1")

    assert "¥60.00" in json.loads(response.headers["HX-Trigger"])["toast"]["toasts"][0]["text"]


def test_finance_issues_and_does_not_change(finance_client, warehouse_client, store):
    request = make_request(store)

    assert post(finance_client, request, "change", title="x").status_code == 403
    assert post(warehouse_client, request, "issue", invoice_number="123456").status_code == 403
    assert post(finance_client, request, "issue", invoice_number="123456", is_electronic="1").status_code == 204


def test_act_works_without_script(agent_client, store):
    request = make_request(store)
    url = reverse("fulfilment:invoice-act", args=[request.pk, "issue"])

    page, done = agent_client.get(url), agent_client.post(url, {"invoice_number": "123456", "is_electronic": "1"})

    assert (page.templates[0].name, done.status_code) == ("fulfilment/invoice_act.html", 302)
    assert agent_client.get(reverse("fulfilment:invoice-act", args=[request.pk, "refuse"])).status_code == 404


def test_invoice_is_asked_for_on_the_order(agent_client, store):
    order = make_order(store=store, number="N7")
    url = reverse("fulfilment:invoice-new", args=["N7"])
    form = {"kind": "person", "title": "张三", "amount": "100", "is_electronic": "1"}

    card = agent_client.get("/orders/invoices/of/N7/", headers=HTMX).content.decode()
    answers = [agent_client.post(url, form, headers=HTMX).status_code for _ in range(2)]
    after = agent_client.get("/orders/invoices/of/N7/", headers=HTMX).content.decode()

    assert (url in card, url in after, answers) == (True, False, [204, 409])
    assert f'data-invoice="{order.invoice_requests.get().pk}"' in after


def test_card_without_script_leads_to_the_queue(agent_client, store):
    issue(make_request(store, order=make_order(store=store, number="N7")))

    response = agent_client.get("/orders/invoices/of/N7/")

    assert response["Location"] == f"{LIST}?state=issued&q=N7"


def test_refund_after_issuing_is_marked(agent_client, store):
    issue(make_request(store))
    Order.objects.update(refunded=40)

    row = agent_client.get(f"{LIST}?state=issued").context["rows"][0].shown

    assert (row["excess"], row["limit"]) == (40, 60)


def test_no_form_of_invoices_asks_for_money_but_the_amount(agent_client, store):
    request = make_request(store)
    pages = [agent_client.get(reverse("fulfilment:invoice-act", args=[request.pk, act])) for act in ("change", "issue")]

    fields = {name for page in pages for name in page.context["form"].fields}

    assert fields == {"kind", "title", "tax_number", "amount", "is_electronic", "remark", "invoice_number"}


def test_demo_shop_has_invoices_in_every_state(store):
    for _ in range(30):
        make_order(store=store, status="completed")
    now = timezone.now()

    for _ in range(2):
        furnish_invoices(store, now, Random(1))

    states = InvoiceRequest.objects.values_list("state", flat=True)
    assert (len(states), set(states)) == (24, {"pending", "issued", "mailed"})
