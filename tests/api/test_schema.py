"""The schema, and the API fuzzed from it: no server errors, nothing outside the schema, nothing without a token."""

import base64
import json
import os
from datetime import timedelta

import jsonschema
import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.utils import timezone
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema
from hypothesis import HealthCheck, Phase, given, settings
from openapi_schema_validator import OAS30Validator
from schemathesis.checks import CHECKS

from backoffice.common.access import Right, Role
from backoffice.common.models.tokens import Scope
from backoffice.common.services.alerts import raise_alert
from orders.core.models import Remark
from orders.core.statuses import OrderStatus
from orders.intake import services
from orders.notes.services import record_note
from tests.api.client import make_api
from tests.api.operations import OPERATIONS
from tests.api.test_refunds import PNG
from tests.factories import NOON, make_order, make_recipient
from tests.intake.files import T3, csv_bytes, order_row
from tests.refunds.cases import make_case
from tests.refunds.goods import make_arrived
from tests.reviews.helpers import make_review, make_template

NAMES = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
         "response_schema_conformance")  # fmt: skip
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "12"))


@pytest.fixture(scope="module")
def document():
    return SchemaGenerator().get_schema(public=True)


@pytest.fixture
def fuzzer(document):
    return schemathesis.openapi.from_dict(json.loads(json.dumps(document)))


@pytest.fixture(autouse=True)
def _keep_the_connection():
    """The bare application closes its connection after each request; the test's transaction lives in it."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture(autouse=True)
def _no_child(monkeypatch):
    monkeypatch.setattr(services, "preview_file", lambda *_args, **_more: {"error": "not looked through"})


def test_schema_is_valid(document):
    validate_schema(document)


def test_every_shape_of_the_schema_has_a_name_of_its_own():
    GENERATOR_STATS.reset()

    with GENERATOR_STATS.silence():
        SchemaGenerator().get_schema(public=True)

    assert [text for text in GENERATOR_STATS._warn_cache if "identical names" in text] == []


def test_schema_is_served_to_everybody(client, db):
    answer = client.get("/api/v1/schema/", headers={"Accept": "application/vnd.oai.openapi+json"})

    assert answer.status_code == 200
    assert answer.json()["components"]["securitySchemes"] == {"token": {"type": "http", "scheme": "bearer"}}
    assert "Idempotency-Key" in answer.json()["info"]["description"]


def test_every_operation_says_its_scope_and_refusals(document):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert "Scope: `" in operation["description"], path
            assert operation["security"] == [{"token": []}]
            assert {"401", "403", "404", "409", "422"} <= set(operation["responses"])
            headers = {
                parameter["name"] for parameter in operation.get("parameters", ()) if parameter["in"] == "header"
            }
            assert headers == ({"Idempotency-Key"} if method == "post" else set())


def _call_all(fuzzer, headers, *, number, examples=EXAMPLES):
    """Call every operation with made-up values, every second time on a real order; return the statuses that came."""
    app, statuses = get_wsgi_application(), []
    checks = CHECKS.get_by_names(NAMES)
    for result in fuzzer.get_all_operations():
        operation = result.ok()

        @settings(
            max_examples=examples,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def fuzz(case):
            case.operation.app = app
            if "number" in case.path_parameters and len(statuses) % 2:
                case.path_parameters["number"] = number
            response = case.call(headers={**headers, "Accept-Encoding": "identity"})
            statuses.append(response.status_code)
            case.validate_response(response, checks=checks)

        fuzz()
    return statuses


@pytest.mark.slow
def test_fuzzed_with_a_token_stays_inside_the_schema(api, store, fuzzer):
    number = make_order(store=store).number
    make_case(order=make_order(store=store, status=OrderStatus.SHIPPED), number=number)

    statuses = _call_all(fuzzer, {"Authorization": f"Bearer {api.clear}"}, number=number)

    assert len(statuses) >= len(OPERATIONS)
    assert all(status < 500 for status in statuses)
    assert any(status < 300 for status in statuses)


@pytest.mark.slow
def test_fuzzed_without_a_token_never_succeeds(store, fuzzer):
    number = make_order(store=store).number

    statuses = _call_all(fuzzer, {}, number=number, examples=EXAMPLES // 4)

    assert set(statuses) <= {401, 404}  # 404: a made-up address that no operation has
    assert 401 in statuses
    assert not Remark.objects.exists()


def test_real_answers_match_the_schema(store, document, monkeypatch):
    """One full order, with everything an answer can hold, and each list, against the shapes the schema declares."""
    api, order = make_api(store, Role.ADMIN), make_order(store=store, lines=2)
    make_recipient(order=order)
    record_note(order=order, text="in red please", at=NOON)
    line, until = order.lines.first().pk, (timezone.now() + timedelta(days=2)).isoformat()
    for path, body in {
        "note/ask": {"text": "which red?", "channel": "chat"},
        "note/assign": {"assignee": api.owner.username},
        "note/confirm": {"outcome": "red it is", "changes": {"packing": "2", "specs": [{"line": line, "text": "red"}]}},
        "recipient": {"fields": {"name": "李四"}},
        "extend": {"until": until, "agreement": "fine, take your time"},
        "claim": {},
    }.items():  # fmt: skip
        answer = api.post(f"orders/{order.number}/{path}/", body)
        assert answer.status_code == 200, (path, answer.content)
    full = api.get(f"orders/{order.number}/").json()
    assert [len(full[part]) for part in ("wishes", "contacts", "extensions")] == [1, 1, 1]
    assert (full["claim"]["by"], full["recipient"]["is_changed"]) == (api.owner.username, True)
    api.post(f"orders/{order.number}/remarks/", {"text": "call first"})
    api.post(f"orders/{order.number}/hold/", {"kind": "manual", "reason": "wait", "line": order.lines.first().pk})
    api.post("exports/", {})
    monkeypatch.setattr(services, "preview_file", lambda *_args, **_more: {"format": "order_list"})
    from django.core.files.uploadedfile import SimpleUploadedFile

    api.upload("imports/", {"file": SimpleUploadedFile("a.csv", csv_bytes(T3, [order_row("1")]))})
    batch = api.post("orders/batches/", {"act": "flag", "flag": 3, "orders": [order.number]}).json()["id"]

    for path, address in {
        "orders/": "orders/", "orders/{number}/": f"orders/{order.number}/", "imports/": "imports/",
            "exports/": "exports/",
        "orders/batches/{id}/": f"orders/batches/{batch}/", "analytics/daily-sales/": "analytics/daily-sales/",
    }.items():  # fmt: skip
        shape = document["paths"][f"/api/v1/{path}"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        answer = api.get(address).json()
        OAS30Validator({**shape, "components": document["components"]}).validate(answer)
        assert answer.get("results", True), path


def test_real_answers_beside_orders_match_the_schema(store, document):
    api, order = make_api(store, Role.ADMIN), make_order(store=store)
    record_note(order=order, text="in red please", at=NOON)
    condition = {"field": "amount", "op": "at_most", "value": "500"}
    rule = api.post("rules/", {"name": "small", "action": "accept", "conditions": [condition]}).json()["id"]
    question = api.post("faq/", {"product": "scarf", "kind": "gift"}).json()["id"]
    raise_alert(store=store, kind="held", right=Right.VIEW_ORDERS, at=NOON, subjects=[order.number])

    for path, address in {
        "rules/": "rules/", "rules/{id}/": f"rules/{rule}/", "automations/": "automations/", "alerts/": "alerts/",
        "alerts/settings/": "alerts/settings/", "faq/": "faq/", "faq/{id}/": f"faq/{question}/",
        "orders/exceptions/": "orders/exceptions/",
        "orders/{number}/note/evidence/": f"orders/{order.number}/note/evidence/",
    }.items():  # fmt: skip
        shape = document["paths"][f"/api/v1/{path}"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        answer = api.get(address).json()
        OAS30Validator({**shape, "components": document["components"]}).validate(answer)
        assert answer.get("results", True), path


def test_real_answers_of_aftersales_match_the_schema(store, document):
    api, case = make_api(store, Role.ADMIN), make_arrived("A", store=store)
    picture = base64.b64encode(PNG).decode()
    for act, body in {
        "messages": {"text": "请寄回", "pictures": [picture]},
        "inspect": {"items": [{"outcome": "restock"}], "pictures": [picture]},
        "receive": {"text": "已收到"},
    }.items():
        answer = api.post(f"refunds/{case.number}/{act}/", body)
        assert answer.status_code == 200, (act, answer.content)
    full = api.get(f"refunds/{case.number}/").json()
    parts = ("messages", "steps", "parcels", "inspections", "events", "signals")
    assert all(full[part] for part in parts[:-1])
    complaint = api.post("complaints/", {"kind": "service", "text": "rude", "refund": case.number}).json()["id"]
    review = make_review(store, case.order, stars=1, result="bad").pk
    make_template(store)
    make_review(store, make_order(store=store), key="r2")

    for path, address in {
        "refunds/": "refunds/", "refunds/{number}/": f"refunds/{case.number}/", "refunds/policy/": "refunds/policy/",
        "complaints/": "complaints/", "complaints/{id}/": f"complaints/{complaint}/", "reviews/": "reviews/",
        "reviews/{id}/": f"reviews/{review}/", "reviews/settings/": "reviews/settings/",
        "reply-templates/": "reply-templates/", "analytics/refunds/": "analytics/refunds/",
    }.items():  # fmt: skip
        shape = document["paths"][f"/api/v1/{path}"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        answer = api.get(address).json()
        OAS30Validator({**shape, "components": document["components"]}).validate(answer)
        assert answer.get("results", True), path


def test_validator_would_see_a_difference(document):
    shape = {"$ref": "#/components/schemas/Order", "components": document["components"]}

    with pytest.raises(jsonschema.ValidationError):
        OAS30Validator(shape).validate({"number": 1})


def test_scopes_of_the_schema_are_those_of_tokens():
    assert {operation.scope for operation in OPERATIONS} <= set(Scope.values)
