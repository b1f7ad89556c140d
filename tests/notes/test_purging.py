"""What is left of a note when its order's people are wiped, and when that is."""

from datetime import timedelta

import pytest
from django.core.files.storage import FileSystemStorage, default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from backoffice.common.models import Attachment
from backoffice.common.purging import purge
from backoffice.common.services import AttachmentError, add_attachment, read_attachment
from orders.core.models import Extension, Order, OrderEvent
from orders.core.statuses import OrderStatus
from orders.notes.models import BuyerNote, NoteVersion
from orders.notes.services import attach_file, record_note
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
    assert NoteVersion.objects.get(sealed=None).text == "[wiped]"
    assert NoteVersion.objects.exclude(sealed=None).get().text == "call 139****5678"


def test_purge_wipes_texts_that_name_a_place_and_keeps_their_hashes(short_store):
    moved = make_noted_order("送到文三路 8 号 李雷", store=short_store)
    record_note(order=moved, text="改地址:文三路 9 号 李雷", at=NOON)
    plain = make_noted_order("要礼盒", store=short_store)
    BuyerNote.objects.filter(order=moved).update(types=["address_change"])
    hashes = list(NoteVersion.objects.order_by("pk").values_list("sha256", flat=True))
    for order in (moved, plain):
        complete(order)

    counts = [purge(now=END + timedelta(days=30))["notes"] for _ in range(2)]

    events = OrderEvent.objects.filter(order=moved, kind="note_received").order_by("pk")
    assert counts == [1, 0]
    assert list(NoteVersion.objects.order_by("pk").values_list("text", flat=True)) == ["[wiped]", "[wiped]", "要礼盒"]
    assert list(NoteVersion.objects.order_by("pk").values_list("sha256", flat=True)) == hashes
    assert [(event.before["note"], event.after["note"]) for event in events] == [
        ("", "[wiped]"),
        ("[wiped]", "[wiped]"),
    ]
    assert events[0].after["version"] == 1
    assert OrderEvent.objects.get(order=plain, kind="note_received").after["note"] == "要礼盒"


def test_pages_say_that_a_text_was_wiped(agent_client, store):
    order = make_noted_order("打 13812345678", store=store)
    BuyerNote.objects.update(text="[wiped]", state="confirmed", handled_at=NOON)
    NoteVersion.objects.update(text="[wiped]", sealed=None)

    pages = [
        agent_client.get(path).content.decode()
        for path in (
            f"/orders/{order.number}/",
            "/orders/notes/?tab=handled",
            f"/orders/notes/{order.number}/evidence/",
        )
    ]

    assert ["[wiped]" in page for page in pages[1:]] == [False, False]
    assert "(wiped with the recipient&#x27;s data)" in pages[0]
    assert "(wiped with the recipient" in pages[1]
    assert "data-wiped" in pages[2]
    assert "data-fits" not in pages[2]


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
