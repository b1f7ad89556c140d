import re

import pytest

from backoffice.common.audit import write_audit
from backoffice.common.models import ApiToken, AuditEntry
from tests.factories import NOON

RULES = {
    "name": "示例旗舰店",
    "promise_hours": 72,
    "due_soon_hours": 6,
    "reveal_quota": 20,
    "job_file_days": 3,
    "purge_days": 90,
    "flag_1": "加急",
}


def test_settings_are_saved_and_audited(manager_client, store):
    manager_client.post("/settings/", RULES)

    store.refresh_from_db()
    entry = AuditEntry.objects.get(action="settings_changed")
    assert (store.promise_hours, store.accepts_on_payment, store.flag_legend) == (72, False, {"1": "加急"})
    assert entry.data["promise_hours"] == [48, 72]


def test_saving_the_same_settings_writes_no_audit(manager_client, store):
    manager_client.post("/settings/", RULES)

    manager_client.post("/settings/", RULES)

    assert AuditEntry.objects.filter(action="settings_changed").count() == 1


def test_impossible_promise_is_refused_beside_its_field(manager_client, store):
    response = manager_client.post("/settings/", RULES | {"promise_hours": -1})

    store.refresh_from_db()
    assert (response.status_code, store.promise_hours) == (422, 48)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("promise_hours", 0),
        ("promise_hours", 99999),
        ("transit_days", 31),
        ("purge_days", 40_000),
        ("reveal_quota", -1),
    ],
)
def test_numbers_out_of_range_are_refused_beside_their_fields(manager_client, name, value):
    response = manager_client.post("/settings/", RULES | {name: value})

    assert (response.status_code, list(response.context["form"].errors)) == (422, [name])


@pytest.mark.parametrize(("given", "saved"), [("5", 5), ("0", 0), ("", 2), (None, 2)])
def test_the_days_a_parcel_travels_stay_when_left_empty(manager_client, store, given, saved):
    manager_client.post("/settings/", RULES | ({} if given is None else {"transit_days": given}))

    store.refresh_from_db()
    assert (store.transit_days, store.promise_hours) == (saved, 72)


def test_token_is_shown_once_and_only_its_hash_is_kept(agent_client, agent):
    response = agent_client.post("/settings/tokens/", {"name": "ERP", "scopes": ["orders:read"], "days": 30})
    clear = re.search(r'data-hook="token">([^<]+)<', response.content.decode())[1]

    token = ApiToken.objects.get()
    assert clear.startswith(f"{token.prefix}.")
    assert clear.partition(".")[2] not in str(ApiToken.objects.values().get())
    assert clear not in agent_client.get("/settings/tokens/").content.decode()


def test_only_the_owner_revokes_a_token(agent_client, manager_client, agent):
    agent_client.post("/settings/tokens/", {"name": "ERP", "scopes": ["orders:read"], "days": 30})
    token = ApiToken.objects.get()

    refused = manager_client.post(f"/settings/tokens/{token.pk}/revoke/")
    token.refresh_from_db()
    was_live = token.revoked_at is None
    agent_client.post(f"/settings/tokens/{token.pk}/revoke/")

    token.refresh_from_db()
    assert (refused.status_code, was_live, token.revoked_at is not None) == (404, True, True)


def test_audit_page_shows_this_store_only_and_filters(manager_client, manager, store, other_store):
    for place, action in ((store, "roles_changed"), (store, "recipient_revealed"), (other_store, "roles_changed")):
        write_audit(store=place, actor=manager, action=action, at=NOON, subject="x")

    everything = manager_client.get("/settings/audit/")
    revealed = manager_client.get("/settings/audit/?action=recipient_revealed&person=manager")

    assert [entry.action for entry in everything.context["page"].rows] == ["recipient_revealed", "roles_changed"]
    assert [entry.action for entry in revealed.context["page"].rows] == ["recipient_revealed"]


@pytest.mark.parametrize("count", [1, 3])
def test_audit_page_query_count_does_not_grow(manager_client, manager, store, count, django_assert_num_queries):
    for _ in range(count):
        write_audit(store=store, actor=manager, action="roles_changed", at=NOON)

    with django_assert_num_queries(5):
        response = manager_client.get("/settings/audit/")

    assert len(response.context["page"].rows) == count


def test_audit_pages_follow_each_other_without_gap_or_repeat(manager_client, manager, store):
    for _ in range(120):
        write_audit(store=store, actor=manager, action="roles_changed", at=NOON)
    seen, url = [], "/settings/audit/"
    while url:
        page = manager_client.get(url).context["page"]
        seen += [entry.sequence for entry in page.rows]
        url = page.next_url and f"/settings/audit/{page.next_url}"

    assert seen == list(range(120, 0, -1))
