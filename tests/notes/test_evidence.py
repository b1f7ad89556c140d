import hashlib
from datetime import timedelta

import pytest

from backoffice.common.models import Attachment
from orders.notes.models import BuyerNote
from orders.notes.queries import evidence, files_of
from orders.notes.services import NoteChanges, answer_note, ask_buyer, attach_file, confirm_note, record_note
from tests.factories import NOON, make_user
from tests.notes.helpers import make_noted_order, target

pytestmark = pytest.mark.django_db


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def test_evidence_is_the_whole_record_oldest_first(django_assert_num_queries):
    order, li = make_noted_order("刻字 电话13812341234"), make_user("li")
    record_note(order=order, text="刻字:平安", at=NOON + timedelta(hours=1))
    contact = ask_buyer(**target(order, text="sure?", channel="chat", actor=li))
    answer_note(**target(order, contact_id=contact.pk, answer="yes", actor=li))
    picture = Attachment.objects.create(
        store=order.store, kind="image", media_type="image/png", name="a.png", size=1, sha256="b" * 64, added_at=NOON
    )
    attach_file(**target(order, attachment=picture, actor=li))
    confirm_note(**target(order, outcome="agreed", actor=li, changes=NoteChanges(packing="box")))
    note = BuyerNote.objects.select_related("order").get()

    with django_assert_num_queries(5):
        found = evidence(note)

    assert (found.note, found.order) == (note, order)
    assert [(version.number, version.text, version.sha256) for version in found.versions] == [
        (1, "刻字 电话138****1234", digest("刻字 电话13812341234")),
        (2, "刻字:平安", digest("刻字:平安")),
    ]
    assert [(each.text, each.answer, each.author) for each in found.contacts] == [("sure?", "yes", li)]
    assert [(wish.kind, wish.text, wish.note_version, wish.agreed_by) for wish in found.wishes] == [
        ("packing", "box", 2, li)
    ]
    assert [file.attachment.sha256 for file in found.files] == ["b" * 64]
    assert files_of(note) == found.files
    assert [event.kind for event in found.events] == [
        "note_received", "contacted", "note_asked", "answered", "note_file_added", "wish_agreed", "note_confirmed",
        "note_received",
    ]  # fmt: skip
