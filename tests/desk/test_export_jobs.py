"""Export jobs: the handler, the pages, the download."""

import io
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.core.files.storage import FileSystemStorage, default_storage, storages
from openpyxl import load_workbook

from backoffice.common import enqueue as enqueue_module
from backoffice.common.access import Role
from backoffice.common.jobs import JobRun, retry_job, run_pending_jobs
from backoffice.common.jobs.services import purge_job_files
from backoffice.common.models import AuditEntry, Job, Membership
from backoffice.common.sealed_files import BLOCK, SealingWriter, opened
from orders.desk.exports import create_export
from orders.desk.exports.jobs import run_export
from orders.desk.models import ExportTemplate
from tests.conftest import signed_in
from tests.factories import NOON, make_order, make_recipient, make_user


@pytest.fixture(autouse=True)
def _folders(tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "DATA_DIR", tmp_path / "data")
    monkeypatch.setitem(storages._storages, "default", FileSystemStorage(location=tmp_path / "files"))
    monkeypatch.setattr(default_storage, "_wrapped", storages["default"])
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def boss(store):
    return make_user("boss", store=store, roles=(Role.MANAGER,))


def done(job):
    run_pending_jobs()
    job.refresh_from_db()
    return job


def stored(tmp_path):
    return [path for path in (tmp_path / "files").rglob("*") if path.is_file()]


def body(response):
    return b"".join(response.streaming_content)


def test_job_makes_a_file_that_lives_as_long_as_the_store_says(store, finance, tmp_path):
    make_order(store=store, lines=2)

    job = done(create_export(store=store, actor=finance, at=NOON, template="finance"))

    assert (job.state, job.rows_done, job.rows_total) == ("done", 1, 1)
    assert {key: job.result[key] for key in ("rows", "lines", "sum_paid", "template", "format")} == {
        "rows": 1, "lines": 2, "sum_paid": "100.00", "template": "finance", "format": "xlsx",
    }  # fmt: skip
    assert job.result["sha256"] == job.file_sha256
    assert job.file_expires_at == NOON + timedelta(days=store.job_file_days)
    assert len(stored(tmp_path)) == 1
    assert not list((tmp_path / "data" / "tmp").iterdir())


def test_clear_file_is_sealed_on_disk_and_open_at_download(store, boss, tmp_path):
    make_recipient(order=make_order(store=store))
    job = done(
        create_export(
            store=store,
            actor=boss,
            at=NOON,
            template="picking",
            file_format="csv",
            is_clear=True,
            reason="Courier claim",
        )
    )

    response = signed_in(boss).get(f"/orders/exports/{job.pk}/file")
    clear = body(response)

    assert job.file_expires_at == NOON + timedelta(hours=24)
    assert "CLEAR-boss" in job.file_name
    assert b"13812341234" not in stored(tmp_path)[0].read_bytes()
    assert "13812341234" in clear.decode("utf-8-sig")
    assert f"boss · 2026-06-01 12:00 · #{job.pk}" in clear.decode("utf-8-sig")
    assert len(clear) == int(response["Content-Length"])
    assert response["Cache-Control"] == "no-store, private"


def test_clear_workbook_reads_back(store, boss):
    make_recipient(order=make_order(store=store))
    job = done(create_export(store=store, actor=boss, at=NOON, is_clear=True, reason="Courier claim"))

    book = load_workbook(io.BytesIO(body(signed_in(boss).get(f"/orders/exports/{job.pk}/file"))))

    summary = dict([cell.value for cell in row] for row in book["Summary"].iter_rows())
    assert summary["Reason"] == "Courier claim"
    assert "boss" in summary["Clear text, exported by"]


def test_sealed_file_cannot_be_cut_swapped_or_moved():
    from backoffice.common.sealing import SealError

    target = io.BytesIO()
    writer = SealingWriter(target, name="export:1")
    writer.write(b"x" * (2 * BLOCK + 5))
    writer.finish()
    blob = target.getvalue()
    whole = b"".join(opened(io.BytesIO(blob), name="export:1"))
    length = 4 + int.from_bytes(blob[:4], "big")

    assert (whole, writer.size) == (b"x" * (2 * BLOCK + 5), 2 * BLOCK + 5)
    for damaged, name in (
        (blob[: 2 * length], "export:1"),
        (blob[length:], "export:1"),
        (blob, "export:2"),
        (b"", "export:1"),
    ):
        with pytest.raises(SealError):
            b"".join(opened(io.BytesIO(damaged), name=name))


def test_right_that_was_taken_away_fails_the_job(store, finance):
    job = create_export(store=store, actor=finance, at=NOON)
    Membership.objects.filter(user=finance).update(roles=[Role.AGENT])

    job = done(job)

    assert (job.state, job.error) == ("failed", "Your role does not include exports.")


def test_cancel_while_running_leaves_no_file(store, finance, tmp_path, monkeypatch):
    make_order(store=store)
    job = create_export(store=store, actor=finance, at=NOON)
    progress = JobRun.progress

    def cancelled(run, done, total=None):
        Job.objects.update(is_cancel_requested=True)
        progress(run, done, total)

    monkeypatch.setattr(JobRun, "progress", cancelled)

    job = done(job)

    assert job.state == "cancelled"
    assert not stored(tmp_path)
    assert not list((tmp_path / "data" / "tmp").iterdir())


def test_failed_attempt_leaves_no_file_and_a_retry_makes_one(store, finance, tmp_path, monkeypatch):
    make_order(store=store)
    job = create_export(store=store, actor=finance, at=NOON)
    Job.objects.filter(pk=job.pk).update(attempts=4)
    with monkeypatch.context() as broken:
        broken.setattr("orders.desk.exports.jobs.write_export", lambda *_a, **_k: 1 / 0)
        job = done(job)
    again = done(retry_job(job=job, actor=finance, at=NOON))

    assert (job.state, again.state) == ("failed", "done")
    assert len(stored(tmp_path)) == 1
    assert AuditEntry.objects.filter(action="export_requested").count() == 2


def test_second_attempt_replaces_what_the_first_one_stored(store, finance, tmp_path):
    make_order(store=store)
    job = create_export(store=store, actor=finance, at=NOON)
    from backoffice.common.jobs.runner import claim

    run_export(JobRun(claim(job.pk, now=NOON)))
    Job.objects.filter(pk=job.pk).update(lease_expires_at=NOON - timedelta(minutes=1))

    job = done(job)

    assert (job.state, job.attempts) == ("done", 2)
    assert len(stored(tmp_path)) == 1


def test_template_deleted_after_the_request_does_no_harm(store, finance):
    from orders.desk.exports.templates import save_template

    save_template(store=store, name="mine", grain="order", columns=["number"], actor=finance, at=NOON)
    job = create_export(store=store, actor=finance, at=NOON, template="mine")
    ExportTemplate.objects.all().delete()

    assert done(job).state == "done"


def test_personal_search_is_done_again_from_its_token(store, finance):
    make_recipient(order=make_order(store=store))
    make_recipient(order=make_order(store=store), mobile="13900000000")

    job = done(create_export(store=store, actor=finance, at=NOON, query="queue=all&q=13812341234"))

    assert job.result["rows"] == 1
    assert "13812341234" not in str(job.result)


# Pages


def test_page_shows_the_filter_in_words_and_the_count(finance_client, store):
    make_order(store=store, province="广东")
    make_order(store=store, province="浙江")

    page = finance_client.get("/orders/exports/?queue=all&province=广东").content.decode()

    assert "Province: 广东" in page
    assert 'data-total="1"' in page
    assert "recommended for Excel" in page
    assert "Clear text, with a reason" not in page


def test_page_carries_a_searched_phone_only_as_a_token(finance_client, store):
    make_recipient(order=make_order(store=store))

    page = finance_client.get("/orders/exports/?queue=all&q=13812341234").content.decode()

    assert "13812341234" not in page
    assert "138****1234" in page


def test_manager_may_ask_for_clear_text(manager_client, store):
    assert "Clear text, with a reason" in manager_client.get("/orders/exports/").content.decode()


def test_agent_has_no_exports(agent_client, store):
    assert agent_client.get("/orders/exports/").status_code == 403
    assert agent_client.post("/orders/exports/new/", {}).status_code == 403


def test_posting_starts_a_job_and_the_history_shows_it(finance_client, store, enqueued):
    make_order(store=store)

    with time_machine.travel(NOON, tick=False):
        response = finance_client.post(
            "/orders/exports/new/", {"query": "queue=all", "template": "finance", "file_format": "csv"}
        )
    job = Job.objects.get()
    page = finance_client.get("/orders/exports/").content.decode()

    assert response.status_code == 302
    assert (job.params["format"], job.params["template"]) == ("csv", "finance")
    assert f'data-job="{job.pk}" data-state="queued"' in page
    assert f"/orders/exports/{job.pk}/?was=queued" in page


def test_bad_request_is_shown_with_a_sentence(manager_client, store):
    data = {"query": "queue=all", "template": "finance", "file_format": "csv", "recipients": "clear", "reason": ""}

    response = manager_client.post("/orders/exports/new/", data)

    assert response.status_code == 422
    assert not Job.objects.exists()


def test_row_asks_again_until_the_job_ends_and_then_says_so(finance_client, finance, store):
    job = create_export(store=store, actor=finance, at=NOON)
    running = finance_client.get(f"/orders/exports/{job.pk}/?was=queued", headers={"HX-Request": "true"})
    done(job)
    ended = finance_client.get(f"/orders/exports/{job.pk}/?was=running", headers={"HX-Request": "true"})

    assert "delay:2s" in running.content.decode()
    assert "delay:2s" not in ended.content.decode()
    assert f"/orders/exports/{job.pk}/file" in ended.headers["HX-Trigger"]


def test_download_is_counted_and_logged(finance_client, finance, store):
    make_order(store=store)
    job = done(create_export(store=store, actor=finance, at=NOON, template="finance"))

    response = finance_client.get(f"/orders/exports/{job.pk}/file")
    content = body(response)
    job.refresh_from_db()

    assert load_workbook(io.BytesIO(content)).sheetnames == ["Orders", "Summary"]
    assert response["Content-Disposition"] == f'attachment; filename="{job.file_name}"'
    assert job.downloads == 1
    assert AuditEntry.objects.get(action="export_downloaded").subject == f"#{job.pk}"


def test_download_is_refused_to_others(store, finance, agent_client, outsider_client, boss):
    job = done(create_export(store=store, actor=finance, at=NOON))
    colleague = make_user("second", store=store, roles=(Role.FINANCE,))
    url = f"/orders/exports/{job.pk}/file"

    assert agent_client.get(url).status_code == 403
    assert outsider_client.get(url).status_code == 404
    assert signed_in(colleague).get(url).status_code == 404
    assert signed_in(boss).get(url).status_code == 200
    assert outsider_client.get(f"/orders/exports/{job.pk}/").status_code == 404
    assert outsider_client.post(f"/orders/exports/{job.pk}/again/").status_code == 404


def test_expired_file_is_gone_with_a_sentence(finance_client, finance, store, tmp_path):
    job = done(create_export(store=store, actor=finance, at=NOON))
    url = f"/orders/exports/{job.pk}/file"
    Job.objects.update(file_expires_at=NOON - timedelta(seconds=1))

    expired = finance_client.get(url)
    purge_job_files(now=NOON)
    deleted = finance_client.get(url)

    assert (expired.status_code, deleted.status_code) == (410, 410)
    assert "was deleted" in expired.content.decode()
    assert not stored(tmp_path)
    assert Job.objects.get().downloads == 0


def test_unfinished_export_has_no_file(finance_client, finance, store):
    job = create_export(store=store, actor=finance, at=NOON)

    assert finance_client.get(f"/orders/exports/{job.pk}/file").status_code == 410


def test_cancel_and_export_again(finance_client, finance, store):
    job = create_export(store=store, actor=finance, at=NOON, template="finance", query="queue=closed")

    finance_client.post(f"/orders/exports/{job.pk}/cancel/")
    finance_client.post(f"/orders/exports/{job.pk}/again/")
    first, second = Job.objects.order_by("pk")

    assert (first.state, second.state) == ("cancelled", "queued")
    assert second.params == first.params


@pytest.mark.django_db(transaction=True)
def test_post_answers_without_a_broker_and_the_job_runs_later(monkeypatch, tmp_path):
    from tests.factories import make_store

    store = make_store(code="demo")
    finance = make_user("finance", store=store, roles=(Role.FINANCE,))
    make_order(store=store)

    def unreachable(*_args, **_kwargs):
        raise ConnectionError("no broker")

    monkeypatch.undo()
    monkeypatch.setattr(enqueue_module.app, "send_task", unreachable)
    response = signed_in(finance).post(
        "/orders/exports/new/", {"query": "", "template": "finance", "file_format": "csv"}
    )

    assert response.status_code == 302
    assert Job.objects.get().state == "queued"


@pytest.mark.parametrize("count", [1, 3])
def test_list_query_count_does_not_grow(finance_client, finance, store, count, django_assert_max_num_queries):
    for _ in range(count):
        create_export(store=store, actor=finance, at=NOON)
    finance_client.get("/orders/exports/")

    with django_assert_max_num_queries(8):
        finance_client.get("/orders/exports/")
