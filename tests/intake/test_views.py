from datetime import timedelta
from io import BytesIO
from types import SimpleNamespace

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from backoffice.common.jobs import run_pending_jobs
from backoffice.common.models import Job
from orders.core.models import Order
from orders.intake import services, vault
from orders.intake.models import ImportFile, QuarantinedRow
from orders.intake.preview import describe
from tests.factories import NOON
from tests.intake.files import D2, T3, csv_bytes, line_row, order_row

pytestmark = pytest.mark.django_db
NAME = "ExportOrderList202606010900.csv"


@pytest.fixture(autouse=True)
def _files(settings, tmp_path, monkeypatch):
    """Keep stored files in a folder of the test, and look through uploads in this process: a child costs a second."""
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "files")},
        }
    }

    def preview(path, *, name, encoding, language):
        try:
            return describe(path, name=name, encoding=encoding)
        except services.ImportRefused as error:
            return {"error": str(error)}

    monkeypatch.setattr(services, "preview_file", preview)


def upload(client, *files):
    return client.post("/orders/imports/", {"files": [SimpleUploadedFile(name, content) for name, content in files]})


def test_upload_shows_what_is_in_the_file_and_imports_nothing(store, manager_client):
    rows = [order_row("1001", 神秘列="x"), order_row("1002", 总金额="-5")]

    response = upload(manager_client, (NAME, csv_bytes([*T3, "神秘列"], rows)))

    file = ImportFile.objects.get()
    page = manager_client.get(response.url).content.decode()
    assert response.url == f"/orders/imports/{file.pk}/"
    assert (file.state, file.format, file.preview["rows"], file.preview["bad"]) == ("uploaded", "order_list", 2, 1)
    assert file.preview["unknown"] == ["神秘列"]
    assert "神秘列" in page
    assert "张*" in page
    assert "张三" not in page
    assert "13812345678" not in page
    assert not Order.objects.exists()


def test_stored_upload_is_sealed(store, manager_client):
    upload(manager_client, (NAME, csv_bytes(T3, [order_row("1001")], "utf-8")))

    file = ImportFile.objects.get()
    with default_storage.open(file.file.name, "rb") as stored:
        assert "张三".encode() not in stored.read()
    with vault.clear_copy(file.file.name) as path:
        assert "张三" in path.read_text(encoding="utf-8")
    assert not path.exists()


def test_confirmed_file_is_imported_by_the_worker(store, manager_client):
    upload(manager_client, (NAME, csv_bytes(T3, [order_row("1001"), order_row("1002", 总金额="abc")])))
    file = ImportFile.objects.get()

    response = manager_client.post(
        f"/orders/imports/{file.pk}/start/", {"encoding": "", "snapshot_at": "2026-06-03T09:00"}
    )
    assert response.status_code == 302
    assert run_pending_jobs() == 1

    file.refresh_from_db()
    job = Job.objects.get()
    assert (job.state, job.kind, job.result["created"]) == ("done", "order_import", 1)
    assert file.state == "done"
    assert file.counts == {"rows": 2, "created": 1, "updated": 0, "unchanged": 0, "stale": 0, "quarantined": 1}
    assert Order.objects.get().snapshot_at.isoformat() == "2026-06-03T01:00:00+00:00"
    assert Order.objects.get().events.get().job_id == job.pk


def test_second_start_is_refused(store, manager_client):
    upload(manager_client, (NAME, csv_bytes(T3, [order_row("1001")])))
    file = ImportFile.objects.get()

    manager_client.post(f"/orders/imports/{file.pk}/start/", {})
    manager_client.post(f"/orders/imports/{file.pk}/start/", {})

    assert Job.objects.count() == 1


def test_file_that_is_no_order_file_cannot_be_started(store, manager_client):
    upload(manager_client, ("x.csv", b"a,b\n1,2\n"))
    file = ImportFile.objects.get()

    manager_client.post(f"/orders/imports/{file.pk}/start/", {})

    assert file.error
    assert file.error in manager_client.get(f"/orders/imports/{file.pk}/").content.decode()
    assert not Job.objects.exists()


def test_file_in_another_encoding_is_looked_through_again(store, manager_client):
    upload(manager_client, (NAME, csv_bytes(T3, [order_row("1001")])))
    file = ImportFile.objects.get()

    manager_client.post(f"/orders/imports/{file.pk}/start/", {"encoding": "utf-8", "preview": "1"})
    file.refresh_from_db()
    assert (file.encoding, bool(file.error)) == ("utf-8", True)

    manager_client.post(f"/orders/imports/{file.pk}/start/", {"encoding": "gb18030", "preview": "1"})
    file.refresh_from_db()
    assert (file.encoding, file.error, file.preview["rows"]) == ("gb18030", "", 1)


def test_two_files_at_once(store, manager_client):
    response = upload(
        manager_client,
        (NAME, csv_bytes(T3, [order_row("1001")])),
        ("Detail.csv", csv_bytes(D2, [line_row("1001", "5001")])),
    )

    assert response.url == "/orders/imports/"
    assert sorted(ImportFile.objects.values_list("format", flat=True)) == ["order_detail", "order_list"]


def test_upload_without_a_file_is_422(store, manager_client):
    assert manager_client.post("/orders/imports/", {}).status_code == 422


def test_upload_over_the_limit_is_422(store, manager_client, settings):
    settings.IMPORT_MAX_BYTES = 10

    response = upload(manager_client, (NAME, csv_bytes(T3, [order_row("1001")])))

    assert response.status_code == 422
    assert not ImportFile.objects.exists()


def imported(store, *rows, detail=False):
    file = services.create_upload(
        store=store,
        name="Detail202606010900.csv" if detail else NAME,
        stream=BytesIO(csv_bytes(D2 if detail else T3, rows)),
        actor=None,
        at=NOON,
    )
    services.start_import(file=file, actor=None, at=timezone.now())
    run_pending_jobs()
    file.refresh_from_db()
    return file


def test_bad_cell_is_fixed_and_the_row_imported(store, manager_client):
    file = imported(store, order_row("1001"), order_row("1002", 总金额="abc"))
    row = QuarantinedRow.objects.get()
    url = f"/orders/imports/rows/{row.pk}/"
    page = manager_client.get(url).content.decode()
    index = T3.index("总金额")
    form = manager_client.get(url).context["form"]
    fields = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}

    response = manager_client.post(url, fields | {f"cell-{index}": "100.00"})

    row.refresh_from_db()
    file.refresh_from_db()
    assert "13812345678" not in page
    assert "张三" not in page
    assert response.url == f"/orders/imports/{file.pk}/"
    assert (row.resolution, row.sealed) == ("imported", None)
    assert (file.counts["created"], file.counts["quarantined"], file.counts["rows"]) == (2, 0, 2)
    order = Order.objects.get(number="1002")
    assert order.recipient.masked_phone == "138****5678"
    assert order.snapshot_at.isoformat() == "2026-06-01T01:00:00+00:00"


def test_row_that_stays_bad_says_why(store, manager_client):
    imported(store, order_row("1002", 总金额="abc"))
    row = QuarantinedRow.objects.get()

    response = manager_client.post(f"/orders/imports/rows/{row.pk}/", {f"cell-{T3.index('总金额')}": "-3"})

    row.refresh_from_db()
    assert response.status_code == 422
    assert row.resolved_at is None


def test_line_of_a_detail_is_fixed(store, manager_client):
    file = imported(store, line_row("1001", "5001", 价格="abc"), detail=True)
    row = QuarantinedRow.objects.get()
    opened = services.ImportFile.objects.get(pk=file.pk)

    from orders.intake.quarantine import fix_row

    fix_row(store=store, row_id=row.pk, values={D2.index("价格"): "60"}, actor=None, at=NOON)

    opened.refresh_from_db()
    assert (opened.counts["created"], opened.counts["quarantined"]) == (1, 0)
    assert Order.objects.get().lines.get().key == "5001"


def test_retry_all_leaves_what_is_still_bad(store, manager_client):
    file = imported(store, order_row("1001", 总金额="abc"), order_row("1002", 总金额="abc"))

    response = manager_client.post(f"/orders/imports/{file.pk}/retry/")

    assert response.status_code == 302
    assert QuarantinedRow.objects.open().count() == 2


def test_dropped_row_is_wiped(store, manager_client):
    imported(store, order_row("1001", 总金额="abc"))
    row = QuarantinedRow.objects.get()

    manager_client.post(f"/orders/imports/rows/{row.pk}/drop/")

    row.refresh_from_db()
    assert (row.resolution, row.sealed) == ("dropped", None)
    assert manager_client.get(f"/orders/imports/rows/{row.pk}/").status_code == 404


def test_upload_can_be_discarded(store, manager_client):
    upload(manager_client, (NAME, csv_bytes(T3, [order_row("1001")])))
    file = ImportFile.objects.get()

    manager_client.post(f"/orders/imports/{file.pk}/discard/")

    assert not ImportFile.objects.exists()
    assert not default_storage.exists(file.file.name)


def test_another_store_sees_nothing(store, outsider_client, manager_client):
    file = imported(store, order_row("1001", 总金额="abc"))
    row = QuarantinedRow.objects.get()

    for path in (f"{file.pk}/", f"{file.pk}/progress/", f"rows/{row.pk}/"):
        assert outsider_client.get(f"/orders/imports/{path}").status_code == 404
    for path in (f"{file.pk}/start/", f"{file.pk}/discard/", f"{file.pk}/retry/", f"rows/{row.pk}/drop/"):
        assert outsider_client.post(f"/orders/imports/{path}").status_code == 404
    assert NAME not in outsider_client.get("/orders/imports/").content.decode()
    assert QuarantinedRow.objects.open().count() == 1


def test_agent_may_not_import(store, agent_client):
    assert agent_client.get("/orders/imports/").status_code == 403


def test_progress_ends_with_a_reload(store, manager_client):
    upload(manager_client, (NAME, csv_bytes(T3, [order_row("1001")])))
    file = ImportFile.objects.get()
    services.start_import(file=file, actor=None, at=timezone.now())

    running = manager_client.get(f"/orders/imports/{file.pk}/progress/")
    run_pending_jobs()
    ended = manager_client.get(f"/orders/imports/{file.pk}/progress/")

    assert "hx-trigger" in running.content.decode()
    assert "HX-Refresh" not in running
    assert ended["HX-Refresh"] == "true"


@pytest.mark.parametrize("count", [1, 3])
def test_history_query_count_does_not_grow(store, manager_client, django_assert_num_queries, count):
    for _ in range(count):
        imported(store, order_row("1001", 总金额="abc"))

    with django_assert_num_queries(QUERIES["list"]):
        manager_client.get("/orders/imports/")


@pytest.mark.parametrize("count", [1, 3])
def test_quarantine_query_count_does_not_grow(store, manager_client, django_assert_num_queries, count):
    imported(store, *[order_row(f"100{n}", 总金额="abc") for n in range(count)])

    with django_assert_num_queries(QUERIES["quarantine"]):
        manager_client.get("/orders/imports/quarantine/")


QUERIES = {"list": 4, "quarantine": 4}


def test_killed_import_goes_on_where_it_stopped(store, monkeypatch):
    from orders.intake.engine import importer

    monkeypatch.setattr(importer, "CHUNK_ROWS", 10)
    rows = [order_row(f"{n:06}", **({"总金额": "abc"} if n == 5 else {})) for n in range(1, 36)]
    file = services.create_upload(store=store, name=NAME, stream=BytesIO(csv_bytes(T3, rows)), actor=None, at=NOON)
    seen = []

    def killed(done, total):
        seen.append(done)
        if len(seen) == 2:
            raise KeyboardInterrupt

    with vault.clear_copy(file.file.name) as path, pytest.raises(KeyboardInterrupt):
        services.import_file(file=file, path=path, at=NOON, progress=killed)
    half = Order.objects.count()
    file.refresh_from_db()
    with vault.clear_copy(file.file.name) as path:
        report = services.import_file(file=file, path=path, at=NOON)

    assert 0 < half < 34
    assert report.counts.as_dict() == {
        "rows": 35,
        "created": 34,
        "updated": 0,
        "unchanged": 0,
        "stale": 0,
        "quarantined": 1,
    }
    assert Order.objects.count() == 34
    assert QuarantinedRow.objects.count() == 1


def test_purge_deletes_files_and_wipes_rows_after_their_time(store):
    file = imported(store, order_row("1001", 总金额="abc"))
    name, shown = ImportFile.objects.get().file.name, ImportFile.objects.get().preview

    assert shown["sample"]
    assert services.purge_imports(NOON) == {"import_files": 0, "quarantined_rows": 0}
    assert services.purge_imports(NOON + timedelta(days=8)) == {"import_files": 1, "quarantined_rows": 1}

    file.refresh_from_db()
    assert not file.file
    assert file.preview == {**shown, "sample": []}
    assert not default_storage.exists(name)
    assert file.counts["quarantined"] == 1


def test_preview_runs_in_a_process_of_its_own(store, tmp_path, monkeypatch):
    monkeypatch.undo()
    from orders.intake.preview import preview_file

    path = tmp_path / NAME
    path.write_bytes(csv_bytes(T3, [order_row("1001")]))

    found = preview_file(path, name=NAME, encoding="", language="en")
    refused = preview_file(tmp_path / "none", name="none", encoding="", language="en")

    assert (found["format"], found["rows"]) == ("order_list", 1)
    assert "error" in refused


def test_cancelled_job_leaves_the_file_open(store, monkeypatch):
    from backoffice.common.jobs import JobCancelled
    from orders.intake import tasks

    file = services.create_upload(
        store=store, name=NAME, stream=BytesIO(csv_bytes(T3, [order_row("1001")])), actor=None, at=NOON
    )
    job = services.start_import(file=file, actor=None, at=NOON)

    def cancel(*_args):
        raise JobCancelled

    run = SimpleNamespace(job=job, params=job.params, progress=cancel)
    with pytest.raises(JobCancelled):
        tasks.run_import(run)

    file.refresh_from_db()
    assert file.state == "uploaded"
