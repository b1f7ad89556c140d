"""Reviews on the order, on the home page and in the side bar; their settings and files, as pages."""

import pytest
import time_machine
from django.core.files.storage import FileSystemStorage, default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from aftersales.reviews.files.preview import describe
from aftersales.reviews.models import ReplyTemplate, ReviewTask
from aftersales.reviews.services import reply_review
from backoffice.common.jobs import run_pending_jobs
from orders.intake import sheet_files
from tests.factories import NOON, make_order
from tests.reviews.helpers import DAY, make_template

pytestmark = pytest.mark.django_db
LIST = "/aftersales/reviews/"
HX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


def test_order_shows_its_reviews(store, review, agent_client):
    page = agent_client.get("/orders/A1/").content.decode()
    part = agent_client.get(f"{LIST}order/A1/", **HX).content.decode()
    none = agent_client.get(f"{LIST}order/{make_order(store=store).number}/", **HX).content.decode()

    assert f"{LIST}order/A1/" in page
    assert (f'data-review="{review.pk}"' in part, none.strip()) == (True, "")
    assert agent_client.get(f"{LIST}order/A2/").status_code == 404


def test_history_of_the_order_says_it_in_words(review, agent_client):
    reply_review(store=review.store, review_id=review.pk, text="Thank you", actor=None, at=NOON)
    page = agent_client.get("/orders/A1/").content.decode()

    words = " ".join(page.partition('class="history"')[2].split())
    for word in ("Review received", "Result: <ins>Good</ins>", "Stars: <ins>5</ins>", "Review answered"):
        assert word in words


def test_home_and_side_bar_count_what_waits(shop, agent_client, warehouse_client):
    ReviewTask.objects.update(deadline=NOON - DAY)

    panel = agent_client.get(f"{LIST}home/", **HX).content.decode()
    counts = agent_client.get(reverse("desk:nav-counts")).content.decode()

    for key, value in {"unread": 4, "unreplied": 3, "tasks": 1, "late": 1}.items():
        assert f'data-metric="{key}" data-value="{value}"' in panel
    assert '<span class="nav-count" id="nav-count-reviews" hx-swap-oob="true">4</span>' in counts
    assert warehouse_client.get(f"{LIST}home/").status_code == 403


def test_settings_and_ready_replies_are_saved(store, manager_client, agent_client):
    url = "/settings/replies/"
    created = manager_client.post(url, {"title": "Sorry", "text": "Sorry {buyer}", "results": ["bad"]})
    template = ReplyTemplate.objects.get()
    bad = manager_client.post(f"{url}?edit={template.pk}", {"title": "Sorry", "text": "加微信"})
    values = {"low_stars": 3, "task_hours": 8, "reply_days": 30, "forbidden_words": "secret\nother", "version": 1}
    saved = manager_client.post(f"{url}settings/", values)
    again = manager_client.post(f"{url}settings/", values)

    assert (created.status_code, bad.status_code, saved.status_code, again.status_code) == (302, 422, 302, 409)
    store.refresh_from_db()
    assert store.forbidden_words == ["secret", "other"]
    assert "加微信" in bad.content.decode()
    assert manager_client.post(f"{url}{template.pk}/delete/").status_code == 302
    assert ReplyTemplate.objects.count() == 0
    assert (agent_client.get(url).status_code, manager_client.get(f"{url}?edit=77").status_code) == (403, 404)


def test_a_ready_reply_starts_with_the_topic_it_was_asked_for(store, manager_client):
    template = make_template(store, title="Sorry")

    new = manager_client.get("/settings/replies/", {"title": "包装"}).content.decode()
    known = manager_client.get("/settings/replies/", {"title": "包装", "edit": template.pk}).content.decode()

    assert 'name="title" value="包装"' in new
    assert 'name="title" value="Sorry"' in known


def test_upload_page_takes_files_and_starts_them(store, manager_client, agent_client, tmp_path, monkeypatch):
    monkeypatch.setattr(default_storage, "_wrapped", FileSystemStorage(location=tmp_path / "files"))
    monkeypatch.setattr(
        sheet_files, "preview_file",
        lambda path, *, name, encoding, language, module: describe(path, name=name, encoding=encoding),
    )  # fmt: skip
    url = f"{LIST}import/"
    sheet = "订单编号,评价时间,评价内容\nA1,2026-05-31 10:00,好\n".encode()

    sent = manager_client.post(url, {"files": [SimpleUploadedFile("评价.csv", sheet)]})
    page = manager_client.get(sent.url).content.decode()
    manager_client.post(f"{sent.url}start/")
    run_pending_jobs()
    done = manager_client.get(sent.url).content.decode()

    assert (sent.status_code, "2026-05-31 10:00" in page) == (302, True)
    assert 'data-metric="created" data-value="1"' in done
    assert manager_client.post(url, {}).status_code == 422
    assert "评价.csv" in manager_client.get(url).content.decode()
    assert agent_client.get(sent.url).status_code == 403
    template = b"".join(manager_client.get(f"{url}template/").streaming_content)
    assert template[:2] == b"PK"
