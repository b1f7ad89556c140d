"""The sealed texts of cases: under a new key, and after their time."""

import base64
from datetime import timedelta

import pytest
from django.core.files.storage import FileSystemStorage, default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from aftersales.refunds.models import Refund, RefundMessage
from aftersales.refunds.sealed import purge_cases, rotate
from aftersales.refunds.services import open_case, say, withdraw_case
from backoffice.common.models import Attachment
from backoffice.common.purging import purge
from backoffice.common.rotation import rotate_keys
from backoffice.common.sealing import unseal
from backoffice.common.services import add_attachment
from orders.core.models import Order
from orders.core.statuses import OrderStatus
from tests.factories import NOON, make_order, make_store
from tests.refunds.cases import target

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + b"pixels" * 20
CALL = "打 13812345678"


@pytest.fixture(autouse=True)
def _files(tmp_path, monkeypatch):
    monkeypatch.setattr(default_storage, "_wrapped", FileSystemStorage(location=tmp_path / "files"))


def make_told_case(store):
    """Make a case whose words hold a phone number, with a message and a picture of the buyer."""
    order = make_order(store=store, status=OrderStatus.COMPLETED, completed_at=NOON)
    refund = open_case(
        store=store, order_id=order.pk, kind="exchange", reason="质量问题", text=CALL, actor=None, at=NOON
    )
    picture = add_attachment(store=store, upload=SimpleUploadedFile("a.png", PNG), actor=None, at=NOON)
    say(**target(refund, role="buyer", text=CALL, attachments=[picture]))
    return refund


def test_texts_are_sealed_again_under_a_new_key(settings):
    refund = make_told_case(make_store())
    old = bytes(refund.sealed)
    settings.PII_KEYS = f"new1:{base64.b64encode(b'k' * 32).decode()},{settings.PII_KEYS}"

    results = rotate_keys()

    assert (results["refunds"], results["refund_messages"]) == ((1, 0), (1, 0))
    assert rotate() == {"refunds": (0, 0), "refund_messages": (0, 0)}
    refund, message = Refund.objects.get(), RefundMessage.objects.get()
    assert bytes(refund.sealed) != old
    assert unseal(bytes(refund.sealed), context=f"refund:{refund.store_id}:{refund.number}").decode() == CALL
    assert unseal(bytes(message.sealed), context=f"refund_message:{refund.store_id}:{refund.number}").decode() == CALL


def test_what_was_written_is_forgotten_with_the_orders_people_once_the_case_is_over():
    store = make_store(purge_days=30)
    over, still_open = make_told_case(store), make_told_case(store)
    withdraw_case(**target(over, reason="keeps it"))

    early = purge_cases(NOON + timedelta(days=29))
    counts = purge(now=NOON + timedelta(days=30))

    assert set(early.values()) == {0}
    assert [counts[name] for name in ("refunds", "refund_messages", "refund_files")] == [1, 1, 1]
    assert list(Refund.objects.filter(sealed=None)) == [over]
    assert RefundMessage.objects.get(refund=over).text == "打 138****5678"
    assert Attachment.objects.get(stored="").name == "a.png"
    assert (RefundMessage.objects.get(refund=still_open).sealed is None, Order.objects.count()) == (False, 2)
