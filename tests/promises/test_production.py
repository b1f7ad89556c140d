# ruff: noqa: E501, PTH120 -- a script in a string
"""Production's own settings, loaded in a process of their own: what it refuses to start without, and what it sends."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connection

from backoffice.common.access import Role
from backoffice.common.embedded.folder import PROJECT_ROOT
from tests.conftest import signed_in
from tests.factories import make_store, make_user

GIVEN = {
    "SECRET_KEY": "a-key-that-is-long-enough-for-the-deploy-check-0123456789",  # pragma: allowlist secret
    "PII_KEYS": "test1:dGVzdC1rZXktb2YtdGhpcnR5LXR3by1ieXRlcy0xMjM=",  # pragma: allowlist secret
    "DATABASE_URL": "postgresql://none@127.0.0.1:1/none",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}
PROCFILE = ("-m", "backoffice.common.embedded.procfile")
COMMAND = ("manage.py", "verify_audit")


def production(*arguments, **given):
    environment = {"PATH": f"{os.path.dirname(sys.executable)}:/usr/bin:/bin", "APP_ENV": "production", **given}
    return subprocess.run(
        [sys.executable, *arguments], cwd=PROJECT_ROOT, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("arguments", "missing"),
    [
        ((*PROCFILE, "web"), "SECRET_KEY"),
        ((*PROCFILE, "web"), "DATABASE_URL"),
        ((*PROCFILE, "worker"), "PII_KEYS"),
        ((*PROCFILE, "beat"), "REDIS_URL"),
        (COMMAND, "SECRET_KEY"),
        (COMMAND, "PII_KEYS"),
    ],
)
def test_missing_secret_stops_the_start_with_one_sentence(tmp_path, arguments, missing):
    given = {name: value for name, value in GIVEN.items() if name != missing}

    done = production(*arguments, DATA_DIR=str(tmp_path), PORT="0", **given)

    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == f"{missing} is not set: production does not start without it."
    assert "Traceback" not in done.stderr


def test_keys_that_cannot_seal_stop_the_start(tmp_path):
    done = production(*PROCFILE, "web", DATA_DIR=str(tmp_path), PORT="0", **(GIVEN | {"PII_KEYS": "k1:c2hvcnQ="}))

    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    assert "PII_KEYS must be id:base64 of 32 bytes" in done.stderr


def test_command_without_its_database_is_refused_with_one_sentence(tmp_path):
    done = production(*COMMAND, "--json", DATA_DIR=str(tmp_path), **GIVEN)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "The database does not answer: is its server running, and is DATABASE_URL right?\n"


ASK = """
import json, os, sys
import django
django.setup()
from django.core.management import call_command
from django.test import Client
call_command("collectstatic", "--noinput", verbosity=0)
client = Client(headers={"host": "shop.example"}, raise_request_exception=False)
def seen(response):
    cookies = {name: [bool(cookie["secure"]), bool(cookie["httponly"]), cookie["samesite"]] for name, cookie in response.cookies.items()}
    return {"status": response.status_code, "headers": dict(response.headers), "cookies": cookies}
found = {"plain": seen(client.get("/login/")), "login": seen(client.get("/login/", secure=True)), "live": seen(client.get("/livez"))}
found["foreign"] = seen(client.get("/login/", secure=True, headers={"host": "evil.example"}))
found["login_post"] = seen(Client(enforce_csrf_checks=True, headers={"host": "shop.example"}).post("/login/", {"username": "boss", "password": "long-enough-7"}, secure=True))
client.cookies["sessionid"] = os.environ["SESSION"]
found["page"] = seen(client.get("/account/", secure=True))
found["api"] = seen(client.get("/api/v1/orders/", secure=True))
print(json.dumps(found))
"""


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_production_sends_every_header_and_safe_cookies(tmp_path, monkeypatch):
    boss = make_user("boss", store=make_store(), roles=(Role.MANAGER,))
    boss.set_password("long-enough-7")
    boss.save()
    monkeypatch.setattr(settings, "SECRET_KEY", GIVEN["SECRET_KEY"])  # sessions are bound to it
    session = signed_in(boss).cookies["sessionid"].value
    address = connection.settings_dict
    url = f"postgres://{address['USER']}:{address['PASSWORD']}@{address['HOST']}:{address['PORT']}/{address['NAME']}"
    values = GIVEN | {"DATABASE_URL": url, "ALLOWED_HOSTS": "shop.example", "DATA_DIR": str(tmp_path)}

    done = production(
        "-c", ASK, **values, SESSION=session, DJANGO_SETTINGS_MODULE="backoffice.settings", LOG_LEVEL="CRITICAL"
    )

    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert (found["plain"]["status"], found["plain"]["headers"]["Location"]) == (301, "https://shop.example/login/")
    assert (found["live"]["status"], found["foreign"]["status"]) == (200, 400)
    assert [found[name]["status"] for name in ("login", "page", "api")] == [200, 200, 401]
    for name in ("login", "page", "api"):
        headers = found[name]["headers"]
        policy = headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert headers["X-Frame-Options"] == "DENY"
    assert "no-store" in found["page"]["headers"]["Cache-Control"]
    assert found["login"]["cookies"]["csrftoken"] == [True, True, "Lax"]
    assert found["login_post"]["status"] == 403  # no token, no login
