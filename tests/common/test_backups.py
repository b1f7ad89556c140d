"""A backup of the test database is restored into a new database of the same cluster and compared."""

import io
import json
import tarfile
from contextlib import contextmanager

import pytest
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import connection

from backoffice.common.audit import write_audit
from backoffice.common.backups import BackupError, make_backup, restore_backup
from backoffice.common.backups.tables import table_states
from backoffice.common.sealing import unseal_json
from orders.core.models import Recipient
from orders.core.recipients import recipient_context
from tests.factories import NOON, make_order, make_recipient, make_store, make_user


@pytest.fixture
def files(tmp_path, monkeypatch):
    storage = FileSystemStorage(tmp_path / "files")
    monkeypatch.setattr(default_storage, "_wrapped", storage)
    return storage


@contextmanager
def empty_database():
    """Point the default connection to a new, empty database."""
    name, settings = f"{connection.settings_dict['NAME']}_restored", connection.settings_dict
    before = settings["NAME"]
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    connection.close()
    settings["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        settings["NAME"] = before
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}"')


@pytest.mark.django_db(transaction=True)
def test_backup_restored_into_an_empty_database_is_the_same(tmp_path, files):
    store = make_store()
    order = make_order(store=store, number="3552000000000001")
    make_recipient(order=order, name="张三", mobile="10012345678")
    write_audit(store=store, actor=make_user(), action="roles_changed", at=NOON)
    files.save("jobs/abc.xlsx", io.BytesIO(b"sheet"))
    manifest = make_backup(folder=tmp_path / "backup", at=NOON)
    before = table_states()
    files.delete("jobs/abc.xlsx")

    with empty_database():
        found = restore_backup(folder=tmp_path / "backup")
        after = table_states()
        sealed = Recipient.objects.get().sealed

    assert after == before
    assert (found["mismatches"], found["broken"], found["entries"], found["files"]) == ([], [], 1, 1)
    assert manifest["files"] == 1
    assert unseal_json(sealed, context=recipient_context(store.pk, order.number))["name"] == "张三"
    assert (tmp_path / "files" / "jobs" / "abc.xlsx").read_bytes() == b"sheet"


@pytest.mark.django_db(transaction=True)
def test_restore_is_refused_into_a_database_that_is_not_empty(tmp_path, files):
    make_backup(folder=tmp_path / "backup", at=NOON)

    with pytest.raises(BackupError, match="not empty"):
        restore_backup(folder=tmp_path / "backup")


@pytest.mark.django_db(transaction=True)
def test_damaged_backup_is_named_and_not_restored(tmp_path, files):
    make_backup(folder=tmp_path / "backup", at=NOON)
    with (tmp_path / "backup" / "database.dump").open("ab") as stream:
        stream.write(b"!")

    with pytest.raises(BackupError, match=r"damaged: database\.dump"):
        restore_backup(folder=tmp_path / "backup")


@pytest.mark.django_db(transaction=True)
def test_backup_never_goes_over_another_one(tmp_path, files):
    make_backup(folder=tmp_path / "backup", at=NOON)
    manifest = json.loads((tmp_path / "backup" / "manifest.json").read_text())

    with pytest.raises(BackupError, match="exists already"):
        make_backup(folder=tmp_path / "backup", at=NOON)

    assert json.loads((tmp_path / "backup" / "manifest.json").read_text()) == manifest


@pytest.mark.django_db(transaction=True)
def test_failed_backup_leaves_nothing_behind(tmp_path, files, monkeypatch):
    monkeypatch.setattr(tarfile, "open", lambda *_a, **_k: (_ for _ in ()).throw(OSError("disk full")))

    with pytest.raises(OSError, match="disk full"):
        make_backup(folder=tmp_path / "backup", at=NOON)

    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("backup")] == []
