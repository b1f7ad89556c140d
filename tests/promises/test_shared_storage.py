# ruff: noqa: E501 -- addresses
"""Two hosts that share a database and object storage: one takes and hands out files, the other does the work."""

import logging
import os
import subprocess
import sys
import tarfile
from datetime import timedelta

import boto3
import pytest
from django.conf import settings as project
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone
from moto.server import ThreadedMotoServer

from backoffice.common.access import Role
from backoffice.common.backups import make_backup
from backoffice.common.embedded.folder import PROJECT_ROOT
from backoffice.common.models import Job, User
from backoffice.common.purging import purge
from backoffice.settings import file_storage
from orders.core.models import Order
from orders.intake.models import ImportFile
from tests.conftest import signed_in
from tests.factories import make_store, make_user
from tests.intake.files import T3, csv_bytes, order_row

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]  # the S3 client leaves its sockets to the garbage collector
ACCOUNT = {"aws_access_key_id": "key", "aws_secret_access_key": "secret"}  # pragma: allowlist secret
WORK = "import django; django.setup(); from backoffice.common.jobs import run_pending_jobs; print(run_pending_jobs())"


@pytest.fixture
def bucket(settings, tmp_path):
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    client = boto3.client("s3", endpoint_url=f"http://{host}:{port}", region_name="us-east-1", **ACCOUNT)
    client.create_bucket(Bucket="hosts")
    url = f"s3://key:secret@{host}:{port}/hosts?region=us-east-1&ssl=0"  # pragma: allowlist secret
    settings.STORAGES = settings.STORAGES | {"default": file_storage(url)}
    settings.DATA_DIR = tmp_path / "one"
    yield client, url
    server.stop()


def other_host(url, folder):
    """Run the waiting jobs in a process of another folder."""
    address = connection.settings_dict
    database = (
        f"postgres://{address['USER']}:{address['PASSWORD']}@{address['HOST']}:{address['PORT']}/{address['NAME']}"
    )
    environment = os.environ | {
        "DATABASE_URL": database, "STORAGE_URL": url, "DATA_DIR": str(folder), "APP_ENV": "test", "PROCESS_KIND": "worker",
        "PII_KEYS": project.PII_KEYS, "DJANGO_SETTINGS_MODULE": "backoffice.settings",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", WORK], cwd=PROJECT_ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return int(done.stdout.splitlines()[-1])


def test_files_travel_between_hosts_through_the_bucket(bucket, tmp_path):  # noqa: PLR0915 -- one journey
    client, url = bucket
    boss = signed_in(make_user("boss", store=make_store(code="demo"), roles=(Role.MANAGER,)))
    rows = [order_row("1001"), order_row("1002", 总金额="abc")]

    boss.post("/orders/imports/", {"files": SimpleUploadedFile("ExportOrderList202606010900.csv", csv_bytes(T3, rows))})
    file = ImportFile.objects.get()
    boss.post(f"/orders/imports/{file.pk}/start/", {})
    assert other_host(url, tmp_path / "two") == 1
    file.refresh_from_db()
    assert (file.state, Order.objects.count()) == ("done", 1)

    form = {"query": "queue=all", "template": "picking", "file_format": "csv"}
    boss.post("/orders/exports/new/", form | {"recipients": "masked"})
    boss.post("/orders/exports/new/", form | {"recipients": "clear", "reason": "Courier claim"})
    assert other_host(url, tmp_path / "two") == 2
    masked, clear = (
        b"".join(boss.get(f"/orders/exports/{pk}/file").streaming_content).decode("utf-8-sig")
        for pk in Job.objects.filter(kind="order_export").order_by("pk").values_list("pk", flat=True)
    )
    stored = [entry["Key"] for entry in client.list_objects_v2(Bucket="hosts")["Contents"]]
    at_rest = b"".join(client.get_object(Bucket="hosts", Key=key)["Body"].read() for key in stored)
    assert "1001" in masked
    assert "张三" not in masked
    assert "张三" in clear
    assert "张三".encode() not in at_rest
    assert sorted(key.split("/")[0] for key in stored) == ["imports", "jobs", "jobs"]
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]

    make_backup(folder=tmp_path / "backup", at=timezone.now())
    with tarfile.open(tmp_path / "backup" / "files.tar") as archive:
        assert sorted(archive.getnames()) == sorted(stored)

    counts = purge(now=timezone.now() + timedelta(days=400))
    assert counts["job_files"] == 2
    assert "Contents" not in client.list_objects_v2(Bucket="hosts")
    again = signed_in(User.objects.get())  # the purge ended the session as well
    assert again.get(f"/orders/exports/{Job.objects.latest('pk').pk}/file").status_code == 410
    assert not default_storage.exists(stored[0])
