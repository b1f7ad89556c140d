"""Imports over the API: upload, job, quarantine."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from backoffice.common.access import Role
from backoffice.common.jobs import run_pending_jobs
from backoffice.common.models import Job
from orders.core.models import Order
from orders.intake import services
from orders.intake.models import ImportFile, QuarantinedRow
from orders.intake.preview import describe
from tests.api.client import error, make_api
from tests.intake.files import T3, csv_bytes, order_row

NAME = "ExportOrderList202606010900.csv"


@pytest.fixture(autouse=True)
def _preview_here(monkeypatch):
    """Look through uploads in this process: a child costs a second."""

    def preview(path, *, name, encoding, language):
        try:
            return describe(path, name=name, encoding=encoding)
        except services.ImportRefused as refused:
            return {"error": str(refused)}

    monkeypatch.setattr(services, "preview_file", preview)


@pytest.fixture
def api(store):
    return make_api(store, Role.OPS)


def table(*rows):
    return csv_bytes(T3, rows)


def upload(api, content, name=NAME, **more):
    headers = {"Idempotency_Key": more.pop("key")} if "key" in more else {}
    return api.upload("imports/", {"file": SimpleUploadedFile(name, content), **more}, **headers)


def test_upload_starts_the_import_and_the_job_ends_it(api):
    response = upload(api, table(order_row("1001"), order_row("1002", 总金额="-5")))
    started = response.json()
    run_pending_jobs()
    done = api.get(f"imports/{started['id']}/").json()

    assert response.status_code == 201
    assert (started["state"], started["job"]["state"], started["format"]) == ("queued", "queued", "order_list")
    assert (done["state"], done["job"]["state"], done["waiting"]) == ("done", "done", 1)
    assert done["counts"] == {"rows": 2, "created": 1, "updated": 0, "unchanged": 0, "stale": 0, "quarantined": 1}
    assert [(row["line"], row["column"]) for row in done["quarantine"]] == [(3, "总金额")]
    assert Order.objects.get().number == "1001"


def test_answers_hold_no_clear_text(api):
    started = upload(api, table(order_row("1001"), order_row("1002", 总金额="-5"))).json()
    run_pending_jobs()

    for path in ("imports/", f"imports/{started['id']}/"):
        text = api.get(path).content.decode()
        for clear in ("张三", "13812345678"):
            assert clear not in text


def test_upload_may_wait_for_a_start(api):
    waiting = upload(api, table(order_row("1001")), start="false").json()
    assert (waiting["state"], waiting["job"], waiting["preview"]["rows"]) == ("uploaded", None, 1)

    started = api.post(f"imports/{waiting['id']}/start/", {"snapshot_at": "2026-06-01T10:00:00+08:00"}).json()
    again = api.post(f"imports/{waiting['id']}/start/")

    assert started["state"] == "queued"
    assert started["snapshot_at"] == "2026-06-01T10:00:00+08:00"
    assert error(again) == (409, "state")


def test_upload_that_waits_may_be_discarded(api):
    waiting = upload(api, table(order_row("1001")), start="false").json()

    assert api.post(f"imports/{waiting['id']}/discard/").status_code == 204
    assert error(api.get(f"imports/{waiting['id']}/")) == (404, "not_found")


def test_same_key_uploads_once(api):
    first, second = (upload(api, table(order_row("1001")), key="k") for _ in range(2))
    other = upload(api, table(order_row("1002")), key="k")

    assert first.json()["id"] == second.json()["id"]
    assert error(other) == (422, "idempotency")
    assert (ImportFile.objects.count(), Job.objects.count()) == (1, 1)


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"PK\x03\x04broken", b"\x00" * 100])
def test_file_that_is_no_order_file_is_refused_and_not_kept(api, content):
    response = upload(api, content)

    assert response.status_code == 422
    assert not ImportFile.objects.exists()
    assert not Job.objects.exists()


def test_upload_without_a_file_or_of_another_type_is_refused(api):
    assert error(api.upload("imports/", {})) == (422, "invalid")
    assert error(api.post("imports/", {"file": "x"})) == (415, "unsupported_media_type")
    assert error(upload(api, table(order_row("1")), encoding="ebcdic")) == (422, "invalid")


def test_too_large_a_file_is_refused(api, settings):
    settings.IMPORT_MAX_BYTES = 100

    assert error(upload(api, table(order_row("1001")))) == (413, "too_large")
    assert not ImportFile.objects.exists()


def test_row_is_fixed_and_imported(api):
    started = upload(api, table(order_row("1002", 总金额="-5"))).json()
    run_pending_jobs()
    row = QuarantinedRow.objects.get()

    still_bad = api.post(f"imports/rows/{row.pk}/fix/", {"cells": {"总金额": "five"}})
    unknown = api.post(f"imports/rows/{row.pk}/fix/", {"cells": {"nothing": "5"}})
    done = api.post(f"imports/rows/{row.pk}/fix/", {"cells": {"总金额": "100.00"}})

    assert error(still_bad) == (422, "invalid")
    assert error(unknown) == (422, "invalid")
    assert (done.json()["id"], done.json()["waiting"]) == (started["id"], 0)
    assert Order.objects.get().number == "1002"


def test_row_is_dropped_once(api):
    upload(api, table(order_row("1002", 总金额="-5")))
    run_pending_jobs()
    row = QuarantinedRow.objects.get()

    assert api.post(f"imports/rows/{row.pk}/drop/").json()["waiting"] == 0
    assert error(api.post(f"imports/rows/{row.pk}/drop/")) == (404, "not_found")


def test_rows_are_tried_again(api):
    started = upload(api, table(order_row("1002", 总金额="-5"))).json()
    run_pending_jobs()

    assert api.post(f"imports/{started['id']}/retry/").json()["waiting"] == 1


def test_import_that_waits_is_cancelled(api):
    started = upload(api, table(order_row("1001"))).json()

    assert api.post(f"imports/{started['id']}/cancel/").json()["job"]["state"] == "cancelled"
    assert error(api.post(f"imports/{started['id']}/cancel/")) == (409, "state")


def test_another_stores_imports_are_not_there(api, other_store):
    started = upload(api, table(order_row("1001"), order_row("1002", 总金额="-5"))).json()
    run_pending_jobs()
    stranger, row = make_api(other_store, Role.OPS), QuarantinedRow.objects.get()

    answers = [stranger.get(f"imports/{started['id']}/")]
    answers += [stranger.post(f"imports/{started['id']}/{act}/") for act in ("start", "discard", "retry", "cancel")]
    answers += [stranger.post(f"imports/rows/{row.pk}/drop/"),
                stranger.post(f"imports/rows/{row.pk}/fix/", {"cells": {"总金额": "1"}})]  # fmt: skip

    assert {error(answer) for answer in answers} == {(404, "not_found")}
    assert stranger.get("imports/").json() == {"results": [], "next": None, "previous": None}


@pytest.mark.parametrize("count", [1, 3])
def test_list_asks_as_often_for_many_imports(api, count, django_assert_num_queries):
    for number in range(count):
        upload(api, table(order_row(f"100{number}")))
    api.get("imports/")

    with django_assert_num_queries(3):
        assert len(api.get("imports/").json()["results"]) == count
