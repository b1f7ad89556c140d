"""A store's connection to its platform over the API."""

import pytest

from backoffice.common.access import Role
from backoffice.common.models import Job
from orders.platforms.models import PlatformConnection
from orders.platforms.statuses import GATEWAYS, PULL
from tests.api.client import error, make_api

VALUES = {"gateway": GATEWAYS[0], "app_key": "12345678", "secret": "a-secret", "session": "a-session"}


@pytest.fixture
def api(store):
    return make_api(store, Role.MANAGER)


def test_connection_is_saved_and_its_secrets_are_never_shown(api):
    saved = api.put("platform/", VALUES)
    read = api.get("platform/")

    assert saved.status_code == 200
    assert (read.json(), "a-secret" in read.content.decode(), "a-session" in read.content.decode()) == (
        saved.json(), False, False,
    )  # fmt: skip
    assert (read.json()["app_key"], read.json()["is_active"], read.json()["version"]) == ("12345678", True, 1)


def test_stale_version_is_a_conflict(api):
    api.put("platform/", VALUES)
    api.put("platform/", {**VALUES, "sends_acts": False, "version": 1})

    assert error(api.put("platform/", {**VALUES, "version": 1})) == (409, "version")
    assert PlatformConnection.objects.get().sends_acts is False


@pytest.mark.parametrize(
    ("bad", "code"),
    [({"gateway": "https://evil.example/"}, "field"), ({"secret": ""}, "field"), ({"sign_method": "none"}, "invalid")],
)
def test_connection_that_cannot_be_is_refused(api, bad, code):
    assert error(api.put("platform/", {**VALUES, **bad})) == (422, code)
    assert not PlatformConnection.objects.exists()


def test_connection_is_switched(api):
    api.put("platform/", VALUES)

    assert api.post("platform/switch/", {"is_active": False}).json()["is_active"] is False
    assert api.post("platform/switch/", {"is_active": True}).json()["is_active"] is True


def test_changes_are_taken_in_once_at_a_time(api):
    api.put("platform/", VALUES)

    asked = api.post("platform/pull/")

    assert (asked.status_code, Job.objects.get(kind=PULL).pk) == (201, asked.json()["id"])
    assert error(api.post("platform/pull/")) == (409, "state")


def test_test_asks_the_platform_one_question(api, monkeypatch):
    monkeypatch.setattr("backoffice.api.platform.views.test_connection", lambda **_call: 4)

    assert api.post("platform/test/").json() == {"count": 4}


def test_store_without_a_connection_has_none_to_act_on(api):
    assert error(api.get("platform/")) == (404, "not_found")
    assert error(api.post("platform/pull/")) == (404, "not_found")
    assert error(api.post("platform/test/")) == (409, "state")
    assert error(api.post("platform/switch/", {"is_active": True})) == (409, "state")
