"""Files in shared object storage: what several hosts need to serve one user."""

import io
import logging
from collections.abc import Iterator

import boto3
import pytest
from django.core.files.storage import StorageHandler
from moto.server import ThreadedMotoServer

from backoffice.settings import file_storage

ACCOUNT = {"aws_access_key_id": "key", "aws_secret_access_key": "secret"}  # pragma: allowlist secret


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"{host}:{port}"
    server.stop()


def test_file_saved_by_one_host_is_read_and_deleted_by_another(endpoint):
    boto3.client("s3", endpoint_url=f"http://{endpoint}", region_name="us-east-1", **ACCOUNT).create_bucket(
        Bucket="files"
    )
    entry = file_storage(f"s3://key:secret@{endpoint}/files?region=us-east-1&ssl=0")
    one, other = (StorageHandler({"default": entry})["default"] for _ in range(2))

    name = one.save("jobs/orders.xlsx", io.BytesIO(b"rows"))
    again = one.save("jobs/orders.xlsx", io.BytesIO(b"other rows"))

    with other.open(name) as file:
        assert file.read() == b"rows"
    assert name == "jobs/orders.xlsx"
    assert again != name
    assert other.size(again) == len(b"other rows")
    for saved in (name, again):
        other.delete(saved)
    assert not one.exists(name)


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("s3://key:c%40d%2F@store.example/files", {"access_key": "key", "secret_key": "c@d/", "bucket_name": "files"}),
        ("s3://store.example:9000/files?ssl=0", {"endpoint_url": "http://store.example:9000"}),
        ("s3://store.example/files?region=cn-1", {"endpoint_url": "https://store.example", "region_name": "cn-1"}),
        ("/var/files", {"location": "/var/files"}),
    ],
)
def test_storage_address_is_taken_apart(url, options):
    found = file_storage(url)["OPTIONS"]

    assert {key: found.get(key) for key in options} == options
