"""What is left of a note when its order's people are wiped, and when that is."""

from datetime import timedelta

import pytest
from django.core.files.storage import FileSystemStorage, default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from backoffice.common.models import Attachment
from backoffice.common.purging import purge
from backoffice.common.services import AttachmentError, add_attachment, read_attachment
from orders.core.models import Extension, Order
from orders.core.statuses import OrderStatus
from orders.notes.models import BuyerNote, NoteVersion
from orders.notes.services import attach_file
from tests.factories import NOON, make_order, make_store
from tests.notes.helpers import make_noted_order, target

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + b"pixels" * 20
END = NOON + timedelta(days=200)  # when the old order was completed


@pytest.fixture(autouse=True)
def _files(tmp_path, monkeypatch):
    monkeypatch.setattr(default_storage, "_wrapped", FileSystemStorage(location=tmp_path / "files"))


@pytest.fixture
def short_store():
    return make_store(purge_days=30)


def added(store, content=PNG):
    return add_attachment(store=store, upload=SimpleUploadedFile("chat.png", content), actor=None, at=NOON)


def complete(order):
    Order.objects.filter(pk=order.pk).update(status=OrderStatus.COMPLETED, completed_at=END)


def test_purge_forgets_what_the_findings_name_a_person_or_a_place_with(short_store):
    pairs = {"colour": "白", "address": "文三路 8 号", "engraving": "李雷", "invoice_title": "李雷"}
    problems = [{"code": "contradiction", "key": "engraving", "wanted": "李雷"}, {"code": "conflict", "key": "colour"}]
    old, open_one = (make_noted_order("call 13912345678", store=short_store) for _ in range(2))
    BuyerNote.objects.update(findings={"types": ["engraving"], "pairs": pairs, "problems": problems, "by_hand": True})
    complete(old)

    counts = [purge(now=END + timedelta(days=30))["notes"] for _ in range(2)]

    assert counts == [1, 0]
    assert BuyerNote.objects.get(order=old).findings == {
        "types": ["engraving"], "pairs": {"colour": "白"}, "problems": problems[1:], "by_hand": True,
    }  # fmt: skip
    assert BuyerNote.objects.get(order=open_one).findings["pairs"] == pairs
    assert NoteVersion.objects.get(sealed=None).text == "call 139****5678"


def test_purge_leaves_a_note_that_no_rule_has_read_as_it_is(short_store):
    complete(make_noted_order("call 13912345678", store=short_store))

    purge(now=END + timedelta(days=30))

    assert BuyerNote.objects.get().findings == {}


def test_evidence_of_an_order_stays_till_the_order_has_had_its_time(short_store):
    order = make_noted_order(store=short_store)
    of_note, of_extension, of_nothing = added(short_store), added(short_store, PNG + b"2"), added(short_store)
    attach_file(attachment=of_note, **target(order))
    extend(order, of_extension)
    complete(order)

    first, second = purge(now=END), purge(now=END + timedelta(days=30))

    names = ("attachments", "note_files", "agreement_images")
    assert [first[name] for name in names] == [1, 0, 0]
    assert [second[name] for name in names] == [0, 1, 1]
    assert list(Attachment.objects.values_list("stored", flat=True)) == ["", "", ""]
    with pytest.raises(AttachmentError, match="deleted when its time was over"):
        read_attachment(Attachment.objects.get(pk=of_nothing.pk))


def extend(order, image):
    Extension.objects.create(
        store=order.store, order=order, until=NOON + timedelta(days=3), previous_ship_by=NOON, image=image,
        recorded_at=NOON,
    )  # fmt: skip


def test_evidence_of_an_open_order_stays(short_store):
    order = make_order(store=short_store)
    image = added(short_store)
    extend(order, image)

    purge(now=END + timedelta(days=900))

    assert read_attachment(image) == PNG
