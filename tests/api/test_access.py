"""Who may call: tokens, scopes, roles, and what ends them."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from backoffice.common.access import ROLE_RIGHTS, Role
from backoffice.common.models import Membership
from backoffice.common.models.tokens import Scope
from backoffice.common.services import revoke_token
from tests.api.client import EVERYTHING, error, make_api, make_token
from tests.api.operations import OPERATIONS
from tests.factories import make_order, make_user

OPERATION_IDS = [f"{operation.method} {operation.path}" for operation in OPERATIONS]


@pytest.mark.parametrize("operation", OPERATIONS, ids=OPERATION_IDS)
def test_operation_without_a_token_is_refused(store, operation):
    path = operation.path.format(number=make_order(store=store).number, pk=1)

    response = Client().generic(operation.method, f"/api/v1/{path}", "{}", content_type="application/json")

    assert error(response) == (401, "not_authenticated")
    assert response["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("operation", OPERATIONS, ids=OPERATION_IDS)
def test_operation_needs_its_scope(store, operation):
    others = [scope for scope in EVERYTHING if scope != operation.scope]
    api = make_api(store, Role.ADMIN, *others)
    path = operation.path.format(number=make_order(store=store).number, pk=1)

    response = api.client.generic(
        operation.method, f"/api/v1/{path}", "{}", content_type="application/json",
        headers={"Authorization": f"Bearer {api.clear}"},
    )  # fmt: skip

    assert error(response) == (403, "permission_denied")


@pytest.mark.parametrize("operation", OPERATIONS, ids=OPERATION_IDS)
def test_operation_needs_a_role_that_may(store, operation):
    number = make_order(store=store).number
    refused = {role for role in Role if not operation.rights & ROLE_RIGHTS[role]}

    for role in Role:
        api = make_api(store, role)
        response = api.client.generic(
            operation.method, f"/api/v1/{operation.path.format(number=number, pk=999)}", "{}",
            content_type="application/json", headers={"Authorization": f"Bearer {api.clear}"},
        )  # fmt: skip
        assert (response.status_code == 403) is (role in refused), (role, response.content)
        assert response.status_code < 500


def test_every_operation_of_the_schema_has_a_row():
    from drf_spectacular.generators import SchemaGenerator

    paths = SchemaGenerator().get_schema(public=True)["paths"]
    found = {
        (method.upper(), path.removeprefix("/api/v1/").replace("{id}", "{pk}"))
        for path, methods in paths.items()
        for method in methods
    }

    assert found == {(operation.method, operation.path) for operation in OPERATIONS}


def test_token_is_for_its_own_store_only(store, other_store):
    person = make_user(store=store, roles=(Role.ADMIN,))
    Membership.objects.create(user=person, store=other_store, roles=[Role.ADMIN])
    _token, clear = make_token(person, other_store)
    order = make_order(store=store)

    response = Client().get(f"/api/v1/orders/{order.number}/?store=demo", headers={"Authorization": f"Bearer {clear}"})

    assert error(response) == (404, "not_found")


@pytest.mark.parametrize(
    "text", ["", "Bearer", "Bearer x", "Bearer a.b", "Bearer a b", "Basic eDp5", "Bearer \x00.\x00"]
)
def test_what_is_no_token_is_refused(store, text):
    response = Client().get("/api/v1/orders/", headers={"Authorization": text})

    assert response.status_code == 401
    assert response.json()["code"] in {"not_authenticated", "authentication_failed"}


def test_session_cookie_opens_nothing(admin_client):
    assert error(admin_client.get("/api/v1/orders/")) == (401, "not_authenticated")


def test_token_ends_with_its_time(api):
    assert api.get("orders/").status_code == 200

    with time_machine.travel(timezone.now() + timedelta(days=1, seconds=1)):
        assert error(api.get("orders/")) == (401, "authentication_failed")


def test_token_ends_when_revoked(api):
    revoke_token(token=api.token, actor=api.owner, at=timezone.now())

    assert error(api.get("orders/")) == (401, "authentication_failed")


@pytest.mark.parametrize("what", ["owner", "membership", "store"])
def test_token_ends_with_its_owners_access(api, store, what):
    thing = {"owner": api.owner, "membership": api.owner.memberships.get(), "store": store}[what]
    thing.is_active = False
    thing.save(update_fields=["is_active"])

    assert error(api.get("orders/")) == (401, "authentication_failed")


def test_token_does_no_more_than_its_owners_role_allows_now(store):
    api, order = make_api(store, Role.AGENT), make_order(store=store)
    assert api.put(f"orders/{order.number}/flag/", {"flag": 1}).status_code == 200

    Membership.objects.filter(user=api.owner).update(roles=[Role.FINANCE])

    assert api.get("orders/").status_code == 200
    assert error(api.put(f"orders/{order.number}/flag/", {"flag": 2})) == (403, "permission_denied")


def test_read_scope_does_not_write(store):
    api, order = make_api(store, Role.ADMIN, Scope.ORDERS_READ), make_order(store=store)

    assert api.get(f"orders/{order.number}/").status_code == 200
    assert error(api.post(f"orders/{order.number}/remarks/", {"text": "x"})) == (403, "permission_denied")
