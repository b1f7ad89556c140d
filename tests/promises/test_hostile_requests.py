# ruff: noqa: E501 -- tables
"""What a hostile client may send: never a server error, never another place, nothing changed."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from backoffice.common.models import Job
from orders.core.models import Order, OrderEvent
from tests.conftest import signed_in
from tests.factories import NOON, make_job, make_order

pytestmark = pytest.mark.django_db
ELSEWHERE = ("https://evil.example/", "//evil.example/", "/\\evil.example", "https:evil.example", "\thttps://evil.example", "javascript:alert(1)")  # fmt: skip
NUL = "a\x00b"


@pytest.fixture
def boss(manager):
    client = signed_in(manager)
    client.raise_request_exception = False
    return client


def test_other_host_is_refused(boss):
    for host in ("evil.example", "evil.example:80", "testserver.evil.example", "testserver@evil.example", "a b"):
        assert boss.get("/login/", headers={"host": host}).status_code == 400


def test_forwarded_host_is_not_believed(boss, store):
    page = boss.get("/orders/", headers={"x-forwarded-host": "evil.example", "x-forwarded-proto": "https"})

    assert page.status_code == 200
    assert "evil.example" not in page.content.decode()


@pytest.mark.parametrize("target", ELSEWHERE)
def test_nobody_is_sent_to_another_site(boss, store, manager, target):
    secret = "long-enough-7"  # pragma: allowlist secret
    manager.set_password(secret)
    manager.save()
    login = Client().post(f"/login/?next={target}", {"username": "manager", "password": secret, "next": target})
    order = make_order(store=store)
    boss = signed_in(manager)
    answers = [
        login,
        boss.post("/account/preferences/", {"theme": "dark", "next": target}),
        boss.post(f"/orders/{order.number}/flag/", {"flag": "1", "next": target, "version": order.version}),
        boss.post(
            "/orders/bulk/", {"act": "flag:2", "selected": [order.pk], "next": target}, headers={"referer": target}
        ),
        boss.post("/account/preferences/", {"theme": "dark"}, headers={"referer": target}),
    ]

    for response in answers:
        assert response.status_code < 500
        assert not response.get("Location", "/").startswith(target.strip())
        assert "evil" not in response.get("Location", "")


@pytest.mark.parametrize(
    "path",
    [
        "/orders/exports/..%2f..%2fetc%2fpasswd/file", "/orders/exports/1/file/../../../../etc/passwd", "/static/../backoffice/settings.py",
        "/static/%2e%2e/%2e%2e/etc/passwd", "/static/..%5c..%5cetc", "/orders/%00/", "/orders/A1%00/", "/%ff%fe/", "/orders/..;/settings/",
    ],
)  # fmt: skip
def test_path_that_climbs_is_not_found(boss, path):
    assert boss.get(path).status_code in {301, 400, 404}


def test_stored_name_that_climbs_gives_no_file(boss, store, manager, tmp_path):
    params = {"template": "full", "format": "csv", "filter_text": "", "clear": False}
    job = make_job(
        store=store, requested_by=manager, params=params, state="done", file="../../../../etc/passwd", file_name="x.csv",
        file_size=10, file_expires_at=NOON.replace(year=2099),
    )  # fmt: skip

    response = boss.get(f"/orders/exports/{job.pk}/file")

    body = b"".join(response.streaming_content) if response.streaming else response.content
    assert response.status_code in {400, 404, 410}
    assert b"root:" not in body


def test_uploaded_name_never_names_a_place(boss, tmp_path, settings):
    settings.DATA_DIR = tmp_path
    for name in (
        "../../../tmp/evil.csv",
        "..\\evil.csv",
        "/etc/cron.d/evil",
        "a\x00b.csv",
        "x" * 300 + ".csv",
        "\n\r.csv",
    ):
        response = boss.post("/orders/imports/", {"files": SimpleUploadedFile("x.csv", b"a,b\n1,2\n")})
        response = boss.post(
            "/orders/imports/",
            b'--b\r\nContent-Disposition: form-data; name="files"; filename="'
            + name.encode()
            + b'"\r\n\r\na,b\r\n--b--\r\n',
            content_type="multipart/form-data; boundary=b",
        )
        assert response.status_code < 500


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("/login/", {"username": NUL, "password": NUL}),
        ("/orders/views/", {"name": NUL, "query": NUL}),
        ("/orders/ship/", {"text": f"{NUL}\t{NUL}\t{NUL}"}),
        ("/orders/ship/", {"text": f"1{NUL}\tSF\tSF1234567890123", "commit": "1"}),
        ("/orders/bulk/", {"act": "remark", "text": NUL, "selected": "1"}),
        ("/orders/exports/new/", {"query": NUL, "template": NUL, "file_format": "csv", "recipients": "clear", "reason": NUL}),
        ("/orders/exports/choose/", {"query": NUL, "selected": NUL}),
        ("/settings/staff/invite/", {"username": NUL, "display_name": NUL, "roles": NUL}),
        ("/settings/tokens/", {"user": NUL, "scopes": NUL, "days": NUL}),
        ("/orders/columns/", {"columns": NUL}),
        ("/account/profile/", {"display_name": NUL}),
        ("/orders/claim-next/", {"query": NUL}),
        ("/settings/", {"name": NUL, "promise_hours": NUL}),
        ("/ops/jobs/backfill/", {"date_from": NUL, "date_to": NUL}),
    ],
)  # fmt: skip
def test_nul_bytes_are_no_server_error(boss, path, data):
    assert boss.post(path, data).status_code < 500


@pytest.mark.parametrize("act", ["flag", "remark", "tags", "hold", "release", "ship", "close", "claim", "accept", "reveal", "note_confirm"])  # fmt: skip
def test_garbage_in_an_act_changes_nothing(boss, store, act):
    order = make_order(store=store)
    for value in (NUL, "9" * 400, "😀" * 5000, "-1", "{}", "\ud7ff"):
        names = ("flag", "text", "tags", "kind", "reason", "courier", "tracking_number", "version", "lines", "line")
        response = boss.post(f"/orders/{order.number}/{act}/", dict.fromkeys(names, value))
        assert response.status_code < 500, value


@pytest.mark.parametrize("path", ["/login/", "/orders/bulk/", "/orders/ship/", "/account/profile/", "/orders/imports/"])
@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"x=" + b"a" * (6 << 20), "application/x-www-form-urlencoded"),
        (b"&".join(b"a%d=1" % at for at in range(4000)), "application/x-www-form-urlencoded"),
        (b"--b\r\nbroken", "multipart/form-data; boundary=b"),
        (b"anything", "multipart/form-data"),
        (b"\xff\xfe\x00", "application/x-www-form-urlencoded; charset=utf-16"),
        (b"x=%ff%fe%00", "application/x-www-form-urlencoded; charset=nonsense"),
    ],
)
def test_huge_or_broken_body_is_refused(boss, path, body, content_type):
    response = boss.generic("POST", path, body, content_type)

    assert response.status_code < 500


def test_ten_thousand_selected_orders_are_answered(boss, store):
    order = make_order(store=store)
    ids = [str(at) for at in range(10_000_000, 10_010_000)]

    for path in ("/orders/bulk/", "/orders/exports/choose/"):
        response = boss.post(path, {"act": "flag:1", "selected": [str(order.pk), *ids]})
        assert response.status_code in {302, 400, 413, 422}
    response = boss.post(
        "/orders/exports/new/",
        {"query": "", "template": "full", "file_format": "csv", "recipients": "masked", "selected": ",".join(ids)},
    )
    assert response.status_code in {302, 422}
    assert Order.objects.get().flag == 0


def test_missing_token_changes_nothing(store, manager):
    order = make_order(store=store)
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(manager, backend="django.contrib.auth.backends.ModelBackend")

    for path in (f"/orders/{order.number}/flag/", "/orders/bulk/", "/orders/exports/new/", "/logout/", "/orders/ship/"):
        response = client.post(path, {"flag": "1", "act": "flag:1", "selected": order.pk})
        assert response.status_code == 403

    assert Order.objects.get().flag == 0
    assert not OrderEvent.objects.exists()
    assert not Job.objects.exists()


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options", "trace", "head"])
def test_other_methods_are_no_server_error(boss, store, method):
    order = make_order(store=store)
    for path in (
        "/",
        "/orders/",
        f"/orders/{order.number}/",
        "/orders/bulk/",
        "/login/",
        "/api/v1/orders/",
        "/livez",
        "/readyz",
    ):
        assert getattr(boss, method)(path).status_code < 500
