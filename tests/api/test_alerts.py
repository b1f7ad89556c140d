"""Alerts over the API: what a person was told, what they looked at, what they want to be told of."""

import pytest

from backoffice.common.access import Right, Role
from backoffice.common.models import AlertKind, Membership
from backoffice.common.services.alerts import mark_alerts_seen, raise_alert
from tests.api.client import error, make_api
from tests.factories import NOON, make_user


def tell(store, kind=AlertKind.NEW_ORDERS, right=Right.VIEW_ORDERS, **values):
    return raise_alert(store=store, kind=kind, right=right, at=NOON, **values)


def ids(answer):
    return [alert["id"] for alert in answer.json()["results"]]


def membership(api):
    return Membership.objects.get(user=api.owner)


def test_alert_is_said_in_words(api, store):
    alert = tell(store, AlertKind.HELD, Right.WORK_ORDERS, count=7, subjects=["A1", "A2"], data={"rule": "dear"})

    answer = api.get("alerts/").json()

    assert answer == {
        "results": [{
            "id": alert.pk, "kind": "held", "text": "“dear” held 7 orders", "detail": "", "level": "info", "count": 7,
            "orders": ["A1", "A2"], "is_new": True, "at": "2026-06-01T12:00:00+08:00",
        }],
        "next": None, "previous": None, "unseen": 1,
    }  # fmt: skip


def test_each_role_is_told_what_its_rights_include(store, other_store):
    to_all, held = tell(store), tell(store, AlertKind.HELD, Right.WORK_ORDERS)
    agent, packer, ops = (make_api(store, role) for role in (Role.AGENT, Role.WAREHOUSE, Role.OPS))
    mine = tell(store, AlertKind.JOB_FAILED, Right.RUN_JOBS, recipient=ops.owner, data={"error": "no disk"})
    tell(other_store)

    assert ids(agent.get("alerts/")) == [held.pk, to_all.pk]
    assert ids(packer.get("alerts/")) == [to_all.pk]
    assert ids(ops.get("alerts/")) == [mine.pk]


def test_reading_is_not_looking(api, store):
    tell(store)

    for _ in range(2):
        assert api.get("alerts/").json()["unseen"] == 1
    assert (membership(api).alerts_seen, membership(api).seen_at) == (0, None)


def test_seen_goes_up_to_one_and_never_back(api, store):
    first, second = tell(store), tell(store)

    counts = [api.post("alerts/seen/", {"newest": newest}).json() for newest in (second.pk, first.pk)]

    assert counts == [{"unseen": 0}, {"unseen": 0}]
    assert membership(api).alerts_seen == second.pk
    assert [alert["is_new"] for alert in api.get("alerts/").json()["results"]] == [False, False]


def test_seen_without_an_id_is_all_of_them_and_none_to_come(api, store):
    last = [tell(store) for _ in range(2)][1]

    api.post("alerts/seen/", {"newest": 2**62})
    assert membership(api).alerts_seen == last.pk
    tell(store)
    assert api.get("alerts/").json()["unseen"] == 1
    assert api.post("alerts/seen/").json() == {"unseen": 0}


def test_seen_counts_once_for_a_key(api, store):
    first, _second = tell(store), tell(store)

    answers = [api.post("alerts/seen/", {"newest": first.pk}, Idempotency_Key="k") for _ in range(2)]

    assert [answer.json() for answer in answers] == [{"unseen": 1}] * 2
    assert answers[1]["Idempotent-Replay"] == "true"


@pytest.mark.parametrize("newest", [0, -1, "x", 2**63, None])
def test_bad_id_is_refused(api, newest):
    answer = api.post("alerts/seen/", {"newest": newest})

    assert error(answer) == (422, "invalid")
    assert list(answer.json()["fields"]) == ["newest"]


def test_pages_are_whole_addresses(api, store):
    for _ in range(52):
        tell(store)
    headers = {"Authorization": f"Bearer {api.clear}"}

    first = api.get("alerts/")
    second = api.client.get(first.json()["next"], headers=headers)
    back = api.client.get(second.json()["previous"], headers=headers)

    assert (len(ids(first)), len(ids(second)), second.json()["next"]) == (50, 2, None)
    assert ids(back) == ids(first)
    assert first.json()["unseen"] == 52


@pytest.mark.parametrize("count", [1, 3])
def test_list_asks_as_often_for_many_alerts(api, store, count, django_assert_num_queries):
    for _ in range(count):
        tell(store, subjects=["A1"])

    with django_assert_num_queries(5):
        assert len(ids(api.get("alerts/"))) == count


def test_settings_are_each_persons_own(api, store):
    colleague = make_api(store, Role.AGENT)

    before = api.get("alerts/settings/").json()
    saved = api.put("alerts/settings/", {"muted": ["overdue", "held"], "sound": True}).json()

    assert before == {"muted": [], "sound": False}
    assert saved == api.get("alerts/settings/").json() == {"muted": ["held", "overdue"], "sound": True}
    assert colleague.get("alerts/settings/").json() == before


def test_muted_kinds_are_listed_and_not_counted(api, store):
    muted = tell(store, AlertKind.OVERDUE)
    api.put("alerts/settings/", {"muted": ["overdue"], "sound": False})

    answer = api.get("alerts/")

    assert (ids(answer), answer.json()["unseen"]) == ([muted.pk], 0)


@pytest.mark.parametrize(
    ("values", "field"),
    [({"muted": ["weather"], "sound": True}, "muted"), ({"muted": []}, "sound"), ({"sound": True}, "muted")],
)
def test_bad_settings_are_refused(api, values, field):
    answer = api.put("alerts/settings/", values)

    assert error(answer) == (422, "invalid")
    assert list(answer.json()["fields"]) == [field]


def test_membership_of_another_store_is_its_own(api, store, other_store):
    other = Membership.objects.create(user=api.owner, store=other_store, roles=[Role.AGENT])
    mark_alerts_seen(membership=other, newest=10**6)
    tell(store, recipient=api.owner)
    tell(store, recipient=make_user(store=store))

    assert api.get("alerts/").json()["unseen"] == 1
