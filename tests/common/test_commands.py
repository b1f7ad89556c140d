"""The commands that make stores, people and tokens, and those that check and back up."""

import io

import pytest
from django.core.files.storage import FileSystemStorage, default_storage
from django.test import Client

from backoffice.common.audit import write_audit
from backoffice.common.models import ApiToken, AuditEntry, Membership, Store, User
from tests.commands import run_command
from tests.factories import NOON

pytestmark = pytest.mark.django_db
MEMBER = ("create_member", "--user", "wang", "--store", "demo", "--roles", "agent,finance")
TOKEN = ("create_token", "--user", "agent", "--store", "demo", "--scopes", "orders:read,orders:write")


def test_store_is_created_once_and_audited():
    first = run_command("create_store", "--code", "tokyo", "--name", "东京店")
    again = run_command("create_store", "--code", "tokyo", code=2)

    assert first == {"store": "tokyo", "name": "东京店"}
    assert "tokyo" in again["refusal"]
    assert Store.objects.count() == AuditEntry.objects.filter(action="store_created").count() == 1


def test_store_code_stands_in_addresses():
    refusal = run_command("create_store", "--code", "no code/", code=2)["refusal"]

    assert "no code/" in refusal
    assert not Store.objects.exists()


def test_new_member_gets_a_link_to_set_a_password(store):
    result = run_command(*MEMBER)

    assert (result["user"], result["roles"]) == ("wang", ["agent", "finance"])
    assert Client().get(result["password_path"], follow=True).status_code == 200


def test_password_is_read_from_standard_input(store, monkeypatch):
    secret = "a-long-enough-9"  # pragma: allowlist secret
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{secret}\n"))

    result = run_command(*MEMBER, "--password-stdin")

    assert result["password_path"] == ""
    assert User.objects.get(username="wang").check_password(secret)


def test_weak_password_makes_no_member(store, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))

    refusal = run_command(*MEMBER, "--password-stdin", code=2)["refusal"]

    assert "too short" in refusal
    assert not User.objects.filter(username="wang").exists()


@pytest.mark.parametrize(
    ("changed", "word"), [({"--store": "nowhere"}, "nowhere"), ({"--roles": "king"}, "role"), ({"--roles": ""}, "role")]
)
def test_member_that_cannot_be_is_refused(store, changed, word):
    arguments = dict(zip(MEMBER[1::2], MEMBER[2::2], strict=True)) | changed

    refusal = run_command("create_member", *(part for pair in arguments.items() for part in pair), code=2)["refusal"]

    assert word in refusal
    assert not Membership.objects.exists()


def test_member_is_added_once(store):
    run_command(*MEMBER)

    assert "already a member" in run_command(*MEMBER, code=2)["refusal"]


def test_token_is_shown_once_and_works(agent, client):
    made = run_command(*TOKEN, "--days", "30")

    token = ApiToken.objects.get()
    assert made["token"].startswith(made["prefix"])
    assert token.prefix == made["prefix"]
    assert made["token"] not in str(vars(token))
    assert made["expires_at"] == token.expires_at.isoformat()
    answer = client.get("/api/v1/orders/", headers={"Authorization": f"Bearer {made['token']}"})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("changed", "word"),
    [({"--user": "nobody"}, "nobody"), ({"--store": "nowhere"}, "nowhere"), ({"--scopes": "all"}, "all"),
     ({"--days": "0"}, "--days")],
)  # fmt: skip
def test_token_that_cannot_be_is_refused(agent, changed, word):
    arguments = dict(zip(TOKEN[1::2], TOKEN[2::2], strict=True)) | changed

    refusal = run_command("create_token", *(part for pair in arguments.items() for part in pair), code=2)["refusal"]

    assert word in refusal
    assert not ApiToken.objects.exists()


def test_audit_that_is_whole_verifies(store):
    write_audit(store=store, actor=None, action="roles_changed", at=NOON)

    assert run_command("verify_audit") == {"entries": 1, "broken": []}


@pytest.mark.django_db(transaction=True)
def test_backup_says_what_it_holds_and_is_not_written_over(store, tmp_path, monkeypatch):
    monkeypatch.setattr(default_storage, "_wrapped", FileSystemStorage(tmp_path / "files"))
    default_storage.save("jobs/abc.xlsx", io.BytesIO(b"sheet"))
    folder = tmp_path / "backup"

    made = run_command("backup", str(folder))
    again = run_command("backup", str(folder), code=2)

    assert (made["folder"], made["files"]) == (str(folder), 1)
    assert made["bytes"] == sum(part.stat().st_size for part in folder.iterdir())
    assert "exists already" in again["refusal"]


def test_restore_into_a_database_in_use_is_refused(store, tmp_path):
    assert "holds no whole backup" in run_command("restore", str(tmp_path), code=2)["refusal"]


def test_nothing_to_purge_purges_nothing(store):
    counts = run_command("purge")

    assert counts.pop("seconds") >= 0
    assert set(counts.values()) == {0}
