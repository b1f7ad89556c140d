"""Return addresses under a new key, and pictures of returned goods after their time."""

import base64
from datetime import timedelta

import pytest
from django.core.files.storage import FileSystemStorage, default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from aftersales.refunds.models import Inspection, ReturnAddress
from aftersales.refunds.sealed_goods import purge_inspections, rotate
from aftersales.refunds.services import withdraw_case
from aftersales.refunds.services.goods import open_return_address
from backoffice.common.models import Attachment
from backoffice.common.purging import purge
from backoffice.common.rotation import rotate_keys
from backoffice.common.services import add_attachment
from orders.core.statuses import OrderStatus
from tests.factories import NOON, make_order, make_store
from tests.refunds.cases import target
from tests.refunds.goods import PLACE, inspect, make_address, make_return, sent_back

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + b"pixels" * 20


@pytest.fixture(autouse=True)
def _files(tmp_path, monkeypatch):
    monkeypatch.setattr(default_storage, "_wrapped", FileSystemStorage(location=tmp_path / "files"))


def make_inspected(store, number):
    order = make_order(store=store, status=OrderStatus.COMPLETED, completed_at=NOON)
    refund = sent_back(make_return(order=order), number)
    picture = add_attachment(store=store, upload=SimpleUploadedFile("a.png", PNG), actor=None, at=NOON)
    return inspect(refund, ("disputed", 1, None, "吊牌已剪"), attachments=[picture])


def test_addresses_are_sealed_again_under_a_new_key(settings):
    address = make_address(make_store())
    old = bytes(address.sealed)
    settings.PII_KEYS = f"new1:{base64.b64encode(b'k' * 32).decode()},{settings.PII_KEYS}"

    results = rotate_keys()

    assert results["return_addresses"] == (1, 0)
    assert rotate() == {"return_addresses": (0, 0)}
    address = ReturnAddress.objects.get()
    assert bytes(address.sealed) != old
    assert open_return_address(address) == PLACE


def test_pictures_of_goods_are_forgotten_with_the_orders_people_once_the_case_is_over():
    store = make_store(purge_days=30)
    over, still_open = make_inspected(store, "SF1234567890100"), make_inspected(store, "SF1234567890101")
    withdraw_case(**target(over, reason="keeps it"))

    early = purge_inspections(NOON + timedelta(days=29))
    counts = purge(now=NOON + timedelta(days=30))

    assert (early, counts["inspection_files"]) == ({"inspection_files": 0}, 1)
    kept = Attachment.objects.exclude(stored="").get()
    assert still_open.inspections.get().files.get().attachment == kept
    assert list(Inspection.objects.values_list("note", flat=True)) == ["吊牌已剪"] * 2
