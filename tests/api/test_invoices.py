"""Invoices over the API."""

import pytest

from backoffice.common.access import Role
from orders.core.models import Order
from orders.fulfilment.models import InvoiceRequest
from tests.api.client import error, make_api
from tests.factories import make_order
from tests.fulfilment.test_tax_numbers import GOOD

COMPANY = {"title": "某某贸易有限公司", "tax_number": GOOD}


@pytest.fixture
def api(store):
    return make_api(store, Role.AGENT)


@pytest.fixture
def order(store):
    return make_order(store=store, number="1001")


def ask(api, **values):
    return api.post("invoices/", {"order": "1001", **COMPANY, **values})


def test_invoice_goes_from_request_to_mail(api, order):
    asked = ask(api).json()
    path = f"invoices/{asked['id']}"
    changed = api.post(f"{path}/change/", {**COMPANY, "kind": "company", "amount": "60.00", "electronic": False}).json()
    issued = api.post(f"{path}/issue/", {"invoice_number": "25440001", "version": changed["version"]}).json()
    mailed = api.post(f"{path}/mail/", {"courier": "SF", "tracking_number": "SF1234567890123"}).json()

    assert (asked["amount"], asked["limit"], asked["kind"], asked["needs_details"]) == (
        "100.00", "100.00", "company", False,
    )  # fmt: skip
    assert (changed["amount"], issued["state"], mailed["state"], mailed["tracking_number"]) == (
        "60.00", "issued", "mailed", "SF1234567890123",
    )  # fmt: skip
    assert not [name for name in mailed if "fee" in name or "postage" in name]
    assert order.events.filter(source="api").count() == 4


def test_void_to_issue_again_leaves_a_new_request(api, order):
    pk = ask(api).json()["id"]
    api.post(f"invoices/{pk}/issue/", {"invoice_number": "25440001"})

    void = api.post(f"invoices/{pk}/void/", {"reason": "reissue"}).json()

    assert (void["state"], void["void_reason"]) == ("void", "reissue")
    assert [row["order"] for row in api.get("invoices/").json()["results"]] == ["1001"]


def test_there_is_no_way_to_refuse(api, order):
    pk = ask(api).json()["id"]

    assert error(api.post(f"invoices/{pk}/void/", {"reason": "cannot"})) == (422, "invalid")
    assert error(api.post(f"invoices/{pk}/void/", {"reason": "reissue"})) == (409, "state")
    assert InvoiceRequest.objects.get().state == "pending"


def test_missing_tax_number_is_marked_and_holds_only_the_issuing(api, order):
    asked = ask(api, tax_number="").json()

    assert (asked["needs_details"], "missing" in asked["missing"]) == (True, True)
    assert error(api.post(f"invoices/{asked['id']}/issue/", {"invoice_number": "25440001"})) == (422, "hold")


def test_stale_version_is_a_conflict(api, order):
    pk = ask(api).json()["id"]

    assert error(api.post(f"invoices/{pk}/issue/", {"invoice_number": "25440001", "version": 7})) == (409, "version")


def test_list_is_narrowed_and_refuses_what_it_does_not_know(api, order):
    ask(api)
    Order.objects.update(refunded=10)

    assert api.get("invoices/", {"q": "贸易", "kind": "company"}).json()["results"][0]["limit"] == "90.00"
    assert api.get("invoices/", {"state": "issued"}).json()["results"] == []
    assert error(api.get("invoices/", {"color": "red"})) == (422, "invalid")
    assert error(api.get("invoices/", {"state": "refused"})) == (422, "invalid")
    assert error(api.get("invoices/", {"after": "x"})) == (422, "cursor")


def test_order_or_invoice_of_another_store_is_not_found(api, order, other_store):
    pk = ask(api).json()["id"]
    stranger = make_api(other_store)

    assert error(ask(stranger)) == (404, "not_found")
    assert error(stranger.post(f"invoices/{pk}/issue/", {"invoice_number": "25440001"})) == (404, "not_found")


def test_same_key_asks_once(api, order):
    body = {"order": "1001", **COMPANY}

    first, second = (api.post("invoices/", body, Idempotency_Key="k") for _ in range(2))

    assert (first.status_code, first.json()) == (201, second.json())
    assert InvoiceRequest.objects.count() == 1


def test_finance_issues_and_does_not_ask(store, order):
    api, finance = make_api(store, Role.AGENT), make_api(store, Role.FINANCE)
    pk = ask(api).json()["id"]

    assert error(ask(finance)) == (403, "permission_denied")
    assert finance.post(f"invoices/{pk}/issue/", {"invoice_number": "25440001"}).status_code == 200
