"""The rules that a store sets for itself, over the API."""

import pytest

from backoffice.common.access import Role
from backoffice.common.models import AuditEntry
from tests.api.client import error, make_api


@pytest.fixture
def api(store):
    return make_api(store, Role.MANAGER)


def test_settings_change_what_is_named_and_keep_the_rest(api, store):
    before = api.get("settings/").json()

    after = api.put("settings/", {"promise_hours": 24, "flag_legend": {"1": "urgent"}}).json()

    assert after == {**before, "promise_hours": 24, "flag_legend": {"1": "urgent"}}
    assert api.get("settings/").json() == after
    entry = AuditEntry.objects.get(action="settings_changed")
    assert entry.data == {"promise_hours": [48, 24], "flag_legend": [{}, {"1": "urgent"}]}


def test_empty_meaning_takes_a_flag_off_the_legend(api):
    api.put("settings/", {"flag_legend": {"1": "urgent", "2": "gift"}})

    assert api.put("settings/", {"flag_legend": {"1": "", "2": "gift"}}).json()["flag_legend"] == {"2": "gift"}


@pytest.mark.parametrize(
    "bad",
    [
        {"promise_hours": 0},
        {"promise_hours": 24 * 91},
        {"unsigned_days": 10, "lost_days": 10},
        {"flag_legend": {"9": "what"}},
        {"flag_legend": {"1": "x" * 21}},
        {"name": ""},
    ],
)
def test_settings_that_cannot_be_are_refused(api, bad):
    before = api.get("settings/").json()

    assert error(api.put("settings/", bad)) == (422, "invalid")
    assert api.get("settings/").json() == before
