"""Exports over the API: asking, polling, fetching; the same rights and times as the page."""

import io
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from openpyxl import load_workbook

from backoffice.common.access import Role
from backoffice.common.jobs import run_pending_jobs
from backoffice.common.models import AuditEntry, Job
from tests.api.client import error, make_api
from tests.factories import make_order, make_recipient


@pytest.fixture
def api(store):
    return make_api(store, Role.MANAGER)


def exported(api, **body):
    job = api.post("exports/", body).json()
    run_pending_jobs()
    return api.get(f"exports/{job['id']}/").json()


def content(response):
    return b"".join(response.streaming_content)


def test_export_is_made_and_fetched(api, store):
    order = make_order(store=store)
    make_recipient(order=order)

    done = exported(api, query="queue=pending_shipment", template="full", format="xlsx")
    response = api.get(f"exports/{done['id']}/file/")
    data = content(response)

    assert (done["state"], done["rows"], done["lines"], done["sum_paid"]) == ("done", 1, 1, "100.00")
    assert response["Cache-Control"] == "no-store, private"
    assert int(response["Content-Length"]) == len(data) == done["size"]
    cells = [
        str(cell) for row in load_workbook(io.BytesIO(data)).worksheets[0].iter_rows(values_only=True) for cell in row
    ]
    assert order.number in cells
    assert "张*" in cells
    assert "张三" not in cells
    assert api.get(f"exports/{done['id']}/").json()["downloads"] == 1
    assert AuditEntry.objects.filter(action="export_downloaded", subject=f"#{done['id']}").count() == 1


def test_file_comes_whatever_the_client_accepts(api, store):
    make_order(store=store)
    done = exported(api, format="csv")

    assert api.get(f"exports/{done['id']}/file/", Accept="text/csv").status_code == 200


def test_some_orders_are_exported_by_number(api, store):
    wanted = make_order(store=store)
    make_order(store=store)

    done = exported(api, orders=[wanted.number], template="finance", format="csv")

    assert done["rows"] == 1
    assert wanted.number in content(api.get(f"exports/{done['id']}/file/")).decode("utf-8-sig")


def test_order_of_another_store_is_not_exported(api, other_store):
    stranger = make_order(store=other_store)

    assert error(api.post("exports/", {"orders": [stranger.number]})) == (422, "invalid")
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    "body",
    [{"template": "nothing"}, {"format": "pdf"}, {"query": "flag=9"}, {"query": "sort=colour"}, {"clear": True},
     {"orders": ["no digit"]}, {"orders": []}],
)  # fmt: skip
def test_bad_request_is_refused(api, body):
    assert error(api.post("exports/", body)) == (422, "invalid")
    assert not Job.objects.exists()


def test_clear_text_needs_its_own_right_and_a_reason(store):
    make_recipient(order=make_order(store=store))
    finance, manager = make_api(store, Role.FINANCE), make_api(store, Role.MANAGER)

    refused = finance.post("exports/", {"clear": True, "reason": "audit of June"})
    done = exported(manager, clear=True, reason="audit of June", format="csv")

    assert error(refused) == (422, "invalid")
    assert (done["clear"], done["reason"]) == (True, "audit of June")
    assert "张三" in content(manager.get(f"exports/{done['id']}/file/")).decode("utf-8-sig")


def test_colleagues_export_is_the_managers_only(store):
    finance, colleague, manager = (make_api(store, role) for role in (Role.FINANCE, Role.FINANCE, Role.MANAGER))
    done = exported(finance)

    answers = [colleague.get(f"exports/{done['id']}/"), colleague.get(f"exports/{done['id']}/file/"),
               colleague.post(f"exports/{done['id']}/again/"),
                   colleague.post(f"exports/{done['id']}/cancel/")]  # fmt: skip

    assert {error(answer) for answer in answers} == {(404, "not_found")}
    assert colleague.get("exports/").json()["results"] == []
    assert [row["id"] for row in manager.get("exports/").json()["results"]] == [done["id"]]


def test_another_stores_export_is_not_there(api, other_store):
    done, stranger = exported(api), make_api(other_store, Role.ADMIN)

    for path in ("", "file/"):
        assert error(stranger.get(f"exports/{done['id']}/{path}")) == (404, "not_found")


def test_file_of_an_export_that_waits_is_a_state(api):
    waiting = api.post("exports/").json()

    assert waiting["state"] == "queued"
    assert error(api.get(f"exports/{waiting['id']}/file/")) == (409, "state")


def test_file_goes_with_its_time(api, store):
    done = exported(api)
    api.token.expires_at = timezone.now() + timedelta(days=30)
    api.token.save(update_fields=["expires_at"])

    with time_machine.travel(timezone.now() + timedelta(days=store.job_file_days, minutes=1)):
        assert error(api.get(f"exports/{done['id']}/file/")) == (410, "gone")


def test_export_is_made_again_and_cancelled(api):
    done = exported(api, template="picking", format="csv")

    again = api.post(f"exports/{done['id']}/again/")
    cancelled = api.post(f"exports/{again.json()['id']}/cancel/")

    assert (again.status_code, again.json()["template"], again.json()["format"]) == (201, "picking", "csv")
    assert cancelled.json()["state"] == "cancelled"
    assert error(api.post(f"exports/{done['id']}/cancel/")) == (409, "state")


def test_same_key_exports_once(api):
    first, second = (api.post("exports/", {"format": "csv"}, Idempotency_Key="k") for _ in range(2))

    assert first.json() == second.json()
    assert Job.objects.count() == 1


@pytest.mark.parametrize("count", [1, 3])
def test_list_asks_as_often_for_many_exports(api, count, django_assert_num_queries):
    for _ in range(count):
        api.post("exports/")

    with django_assert_num_queries(3):
        assert len(api.get("exports/").json()["results"]) == count


def test_list_pages_by_key(api):
    for _ in range(52):
        api.post("exports/", {})
    headers = {"Authorization": f"Bearer {api.clear}"}

    first = api.get("exports/").json()
    second = api.client.get(first["next"], headers=headers).json()

    assert (len(first["results"]), len(second["results"]), first["previous"], second["next"]) == (50, 2, None, None)
    assert api.client.get(second["previous"], headers=headers).json()["results"] == first["results"]


def test_template_is_saved_used_changed_and_deleted(api, store):
    order = make_order(store=store)
    made = api.post(
        "exports/templates/", {"name": "mine", "grain": "order", "columns": ["number", "line_title", "paid"]}
    )
    path = f"exports/templates/{made.json()['id']}/"

    done = exported(api, template="mine", format="csv")
    text = content(api.get(f"exports/{done['id']}/file/")).decode("utf-8-sig")
    changed = api.put(path, {"name": "mine", "grain": "order", "columns": ["number"]}).json()
    keys = [row["key"] for row in api.get("exports/templates/").json()["results"]]

    assert (made.status_code, made.json()["columns"], changed["columns"]) == (201, ["number", "paid"], ["number"])
    assert text.splitlines()[1] == f"{order.number},100.00"
    assert keys == ["picking", "finance", "full", "mine"]
    assert (api.delete(path).status_code, error(api.delete(path))) == (204, (404, "not_found"))


def test_template_with_a_taken_name_or_no_column_is_refused(api, other_store):
    body = {"name": "mine", "grain": "order", "columns": ["number"]}
    pk = api.post("exports/templates/", body).json()["id"]

    for bad in ({}, {"name": "full"}, {"name": "x", "columns": ["line_title"]}, {"name": "x", "columns": ["what"]}):
        assert error(api.post("exports/templates/", {**body, **bad})) == (422, "invalid")
    assert error(make_api(other_store).put(f"exports/templates/{pk}/", body)) == (404, "not_found")
