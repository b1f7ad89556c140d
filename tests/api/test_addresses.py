"""What is no operation, or no request, is refused in the API's own shape."""

import pytest
from django.test import Client

from backoffice.api.parsers import MAX_BYTES
from tests.api.client import error
from tests.factories import make_order


@pytest.mark.parametrize("path", ["/api/", "/api", "/api/v1/", "/api/v2/orders/", "/api/v1/orders", "/api/v1/nothing/",
                                  "/api/v1/orders/no-digit/", "/api/v1/orders/1/nothing/"])  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_unknown_address_is_json_404(db, path, method):
    assert error(Client().generic(method, path)) == (404, "not_found")


def test_wrong_method_type_and_accept_are_refused(api, store):
    number = make_order(store=store).number
    headers = {"Authorization": f"Bearer {api.clear}"}

    assert error(api.client.delete(f"/api/v1/orders/{number}/", headers=headers)) == (405, "method_not_allowed")
    form = api.client.post(f"/api/v1/orders/{number}/remarks/", {"text": "a"}, headers=headers)
    assert error(form) == (415, "unsupported_media_type")
    assert error(api.get("orders/", Accept="text/html")) == (406, "not_acceptable")


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"[" * 100_000, b'{"flag": 1' + b"0" * 5000 + b"}", b"NaN"])
def test_unreadable_body_is_refused(api, store, body):
    number = make_order(store=store).number

    response = api.client.generic(
        "PUT", f"/api/v1/orders/{number}/flag/", body, content_type="application/json",
        headers={"Authorization": f"Bearer {api.clear}"},
    )  # fmt: skip

    assert error(response) == (400, "parse_error")


@pytest.mark.parametrize("value", ["\x00", "\ud800", 10**30, -1, "x" * 9000, None, [], {}, True, 1e400])
def test_hostile_values_are_refused(api, store, value):
    number = make_order(store=store).number

    for act in ("ship", "remarks", "hold"):
        for name in ("text", "reason", "kind", "line", "tracking_number", "lines", "version"):
            body = {"courier": "SF", "tracking_number": "SF1", "reason": "why", "kind": "manual", name: value}
            try:
                response = api.post(f"orders/{number}/{act}/", body)
            except UnicodeEncodeError:  # the test's own client
                continue
            assert response.status_code < 500


@pytest.mark.parametrize("number", ["9" * 64, "9" * 65, "1%00", "1%27", "%F0%9F%98%801", "../1"])
def test_hostile_numbers_are_not_there(api, number):
    assert api.get(f"orders/{number}/").status_code in {400, 404}


@pytest.mark.parametrize("pk", ["0", "9" * 19, "9" * 400, "9" * 5000, "-1", "1.0", "%00"])
def test_hostile_ids_are_not_there(api, pk):
    for path in ("imports", "exports", "orders/batches"):
        assert api.get(f"{path}/{pk}/").status_code == 404


def test_too_large_a_body_is_refused(api, store):
    number = make_order(store=store).number

    response = api.post(f"orders/{number}/remarks/", {"text": "x" * MAX_BYTES})

    assert error(response) == (413, "too_large")


def test_server_error_is_json(api, store, monkeypatch):
    monkeypatch.setattr("backoffice.api.orders.views.with_parts", lambda _orders: 1 / 0)
    api.client.raise_request_exception = False

    response = api.get(f"orders/{make_order(store=store).number}/")

    assert error(response) == (500, "error")
