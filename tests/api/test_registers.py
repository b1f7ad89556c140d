"""Complaints and violations, the after-sales policy, return addresses and refund lists over the API."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from aftersales.refunds.models import Complaint, RefundPolicy, ReturnAddress
from backoffice.common.access import Role
from backoffice.common.models import Job
from orders.core.statuses import OrderStatus
from orders.intake import sheet_files
from tests.api.client import error, make_api
from tests.factories import make_order, make_user
from tests.refunds.cases import make_case

ADDRESS = {
    "name": "杭州仓", "contact": "王小明", "phone": "13812345678", "region": "浙江省 杭州市 余杭区",
    "street": "文一西路1号",
}  # fmt: skip


@pytest.fixture
def api(store):
    return make_api(store, Role.MANAGER)


@pytest.fixture
def case(store):
    return make_case(order=make_order(store=store, status=OrderStatus.SHIPPED))


# Registers


def test_complaint_about_a_case_is_owned_and_settled(api, store, case):
    li = make_user("li", store=store, roles=(Role.AGENT,))

    made = api.post("complaints/", {"kind": "service", "text": "电话 13812345678 没人接", "refund": case.number})
    path = f"complaints/{made.json()['id']}"
    owned = api.post(f"{path}/own/", {"owner": "li", "version": made.json()["version"]}).json()
    stale = api.post(f"{path}/settle/", {"state": "lifted", "outcome": "apologised", "version": 1})
    settled = api.post(f"{path}/settle/", {"state": "lifted", "outcome": "apologised"}).json()

    assert made.status_code == 201, made.content
    assert (made.json()["order"], made.json()["refund"]) == (case.order.number, case.number)
    assert (made.json()["text"], made.json()["state"]) == ("电话 138****5678 没人接", "open")
    assert (owned["owner"], owned["deadline"]) == (li.username, made.json()["deadline"])
    assert (error(stale), stale.json()["current"]["owner"]) == ((409, "version"), "li")
    assert (settled["state"], settled["outcome"], settled["closed_by"]) == (
        "lifted", "apologised", api.owner.username,
    )  # fmt: skip
    assert error(api.post(f"{path}/own/")) == (409, "state")


def test_violation_has_points_and_money(api, case):
    body = {
        "kind": "late_shipping", "text": "48 h", "order": case.order.number, "points": "1.5", "penalty": "30.00",
        "happened_on": "2026-06-01", "number": "V-1",
    }  # fmt: skip

    made, again = api.post("violations/", body).json(), api.post("violations/", body).json()

    assert (made["points"], made["penalty"], made["happened_on"]) == ("1.5", "30.00", "2026-06-01")
    assert again["id"] == made["id"]
    assert [one["id"] for one in api.get("violations/").json()["results"]] == [made["id"]]
    assert api.get("violations/", {"tab": "settled"}).json()["results"] == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"kind": "x"}, (422, "invalid")),
        ({"text": ""}, (422, "invalid")),
        ({"owner": "nobody"}, (422, "field")),
        ({"order": "404"}, (404, "not_found")),
        ({"refund": "404"}, (404, "not_found")),
        ({"deadline": "2020-01-01T00:00:00Z"}, (422, "field")),
    ],
)
def test_complaint_that_will_not_do_is_refused(api, change, expected):
    assert error(api.post("complaints/", {"kind": "service", "text": "rude"} | change)) == expected
    assert not Complaint.objects.exists()


def test_entry_of_another_store_is_not_there(api, other_store):
    theirs = make_api(other_store, Role.MANAGER)
    path = f"complaints/{theirs.post('complaints/', {'kind': 'service', 'text': 'rude'}).json()['id']}"

    answers = [
        api.get(f"{path}/"), api.post(f"{path}/own/"),
        api.post(f"{path}/settle/", {"state": "lifted", "outcome": "done"}),
    ]  # fmt: skip

    assert [error(answer) for answer in answers] == [(404, "not_found")] * 3
    assert api.get("complaints/").json()["results"] == []


def test_register_is_read_page_by_page(api, store, django_assert_num_queries):
    for number in range(52):
        Complaint.objects.create(
            store=store, kind="service", text=str(number), opened_at=timezone.now(),
            deadline=timezone.now() + timedelta(hours=number),
        )  # fmt: skip
    api.get("complaints/")

    with django_assert_num_queries(3):
        first = api.get("complaints/").json()
    second = api.client.get(first["next"], headers={"Authorization": f"Bearer {api.clear}"}).json()

    assert (len(first["results"]), len(second["results"]), second["next"]) == (50, 2, None)
    assert error(api.get("complaints/", {"tab": "x"})) == (422, "invalid")


# Policy and addresses


def test_policy_keeps_what_a_change_leaves_out(api, store):
    before = api.get("refunds/policy/").json()

    after = api.put("refunds/policy/", {"approval_above": "800.00", "special_words": ["定制"]}).json()

    assert (before["approval_above"], before["decide_hours"]) == ("500.00", 48)
    assert (after["approval_above"], after["special_words"], after["decide_hours"]) == ("800.00", ["定制"], 48)
    assert RefundPolicy.objects.get(store=store).version == after["version"]
    assert error(api.put("refunds/policy/", {"decide_hours": 24, "version": before["version"]})) == (409, "version")
    assert error(api.put("refunds/policy/", {"decide_hours": 0})) == (422, "invalid")


def test_return_address_is_kept_and_shown_masked(api, store):
    made = api.post("return-addresses/", ADDRESS)
    changed = api.put(f"return-addresses/{made.json()['id']}/", ADDRESS | {"name": "余杭仓"})
    listed = api.get("return-addresses/").json()["results"]

    assert made.status_code == 201, made.content
    assert made.json()["is_default"] is True
    assert [one["name"] for one in listed] == ["余杭仓"]
    assert all(secret not in str(answer.content) for answer in (made, changed) for secret in ("13812345678", "文一"))
    assert changed.json()["version"] == made.json()["version"] + 1


def test_return_address_is_told_in_clear_to_who_tells_it_to_buyers(api, store):
    pk = api.post("return-addresses/", ADDRESS).json()["id"]

    answer = make_api(store, Role.AGENT).get(f"return-addresses/{pk}/text/")

    assert answer.json() == {"text": "王小明 13812345678 浙江省 杭州市 余杭区 文一西路1号"}
    assert answer["Cache-Control"] == "no-store"
    assert error(make_api(store, Role.WAREHOUSE).get(f"return-addresses/{pk}/text/")) == (403, "permission_denied")


def test_return_address_of_another_store_is_not_there(api, other_store):
    foreign = make_api(other_store, Role.MANAGER).post("return-addresses/", ADDRESS).json()["id"]

    assert error(api.get(f"return-addresses/{foreign}/text/")) == (404, "not_found")
    assert error(api.put(f"return-addresses/{foreign}/", ADDRESS)) == (404, "not_found")


def test_address_without_a_phone_number_is_refused(api):
    assert error(api.post("return-addresses/", ADDRESS | {"phone": "12"})) == (422, "field")
    assert not ReturnAddress.objects.exists()


# Refund lists


def test_refund_list_is_uploaded_and_started(store, monkeypatch):
    api = make_api(store, Role.OPS)
    monkeypatch.setattr(sheet_files, "preview_file", lambda *_args, **_more: {"rows": 1})

    made = api.upload("refunds/imports/", {"file": SimpleUploadedFile("退款.csv", b"x")})
    shown = api.get(f"refunds/imports/{made.json()['id']}/").json()

    assert (made.status_code, shown["state"], shown["quarantine"]) == (201, "queued", [])
    assert Job.objects.get().kind == "refund_import"
    assert api.get("reviews/imports/").json()["results"] == []
    assert error(api.get(f"reviews/imports/{made.json()['id']}/")) == (404, "not_found")
