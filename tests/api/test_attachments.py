"""Evidence over the API: the record of a note, its pictures and voice files."""

import hashlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from backoffice.common.access import Role
from backoffice.common.models import Attachment
from backoffice.common.services.attachments import add_attachment
from orders.notes.services import NoteChanges, ask_buyer, confirm_note, record_note
from tests.api.client import error, make_api
from tests.factories import NOON, make_order, make_user
from tests.notes.helpers import make_noted_order, target

PNG = b"\x89PNG\r\n\x1a\n" + b"pixels" * 20


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def picture(content=PNG, name="聊天.png"):
    return SimpleUploadedFile(name, content)


def add_file(api, order, **headers):
    return api.upload(f"orders/{order.number}/note/files/", {"file": picture()}, **headers)


def keep(store):
    return add_attachment(store=store, upload=picture(), actor=None, at=NOON)


def test_evidence_is_the_whole_record(api, store):
    order, li = make_noted_order("刻字 电话13812341234", store=store), make_user("li")
    record_note(order=order, text="刻字:平安", at=NOON)
    ask_buyer(**target(order, text="sure?", channel="chat", actor=li))
    confirm_note(**target(order, outcome="agreed", actor=li, changes=NoteChanges(packing="box")))
    add_file(api, order)

    found = api.get(f"orders/{order.number}/note/evidence/").json()

    assert (found["order"], found["buyer"]) == (order.number, order.buyer.nick)
    assert {name: found["note"][name] for name in ("state", "outcome", "handled_by")} == {
        "state": "confirmed", "outcome": "agreed", "handled_by": "li",
    }  # fmt: skip
    assert [(version["number"], version["text"], version["sha256"]) for version in found["versions"]] == [
        (1, "刻字 电话138****1234", digest("刻字 电话13812341234")),
        (2, "刻字:平安", digest("刻字:平安")),
    ]
    (file,) = found["files"]
    assert (file["kind"], file["media_type"], file["name"], file["size"]) == (
        "image", "image/png", "聊天.png", len(PNG),
    )  # fmt: skip
    assert (file["sha256"], file["is_kept"]) == (hashlib.sha256(PNG).hexdigest(), True)
    assert file["added_by"] == api.owner.username
    assert [contact["text"] for contact in found["contacts"]] == ["sure?"]
    assert [(wish["kind"], wish["text"], wish["agreed_by"]) for wish in found["wishes"]] == [("packing", "box", "li")]
    kinds = [event["kind"] for event in found["events"]]
    assert kinds.count("note_received") == 2
    assert {"note_asked", "note_confirmed", "note_file_added"} <= set(kinds)


def test_order_without_a_note_has_no_evidence(api, store, other_store):
    bare, foreign = make_order(store=store), make_noted_order(store=other_store)

    for order in (bare, foreign):
        assert error(api.get(f"orders/{order.number}/note/evidence/")) == (404, "not_found")


@pytest.mark.parametrize("count", [1, 3])
def test_evidence_asks_as_often_for_many_parts(api, store, count, django_assert_num_queries):
    order, li = make_noted_order(store=store), make_user("li")
    for number in range(count):
        record_note(order=order, text=f"version {number}", at=NOON)
        ask_buyer(**target(order, text="sure?", channel="chat", actor=li))
        api.upload(f"orders/{order.number}/note/files/", {"file": picture(PNG + bytes([number]))})

    with django_assert_num_queries(7):
        assert len(api.get(f"orders/{order.number}/note/evidence/").json()["files"]) == count


def test_file_is_answered_as_it_was_uploaded(store):
    agent, order = make_api(store, Role.AGENT), make_noted_order(store=store)
    (file,) = add_file(agent, order).json()["notes"][0]["files"]

    answer = make_api(store, Role.WAREHOUSE).get(f"attachments/{file['id']}/")

    assert (answer.status_code, answer.content, answer["Content-Type"]) == (200, PNG, "image/png")
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    assert (answer["X-Content-Type-Options"], answer["Cache-Control"]) == ("nosniff", "no-store, private")


def test_file_is_answered_whatever_the_client_accepts(api, store):
    answer = api.get(f"attachments/{keep(store).pk}/", Accept="image/*")

    assert answer.content == PNG


def test_file_of_another_store_is_not_there(api, other_store):
    assert error(api.get(f"attachments/{keep(other_store).pk}/")) == (404, "not_found")


def test_file_whose_time_is_over_is_gone(api, store):
    kept = keep(store)
    Attachment.objects.filter(pk=kept.pk).update(stored="")

    assert error(api.get(f"attachments/{kept.pk}/")) == (410, "gone")


def test_same_key_adds_one_file(api, store):
    order = make_noted_order(store=store)

    first, second = (add_file(api, order, Idempotency_Key="k") for _ in range(2))

    assert first.json() == second.json()
    assert Attachment.objects.count() == 1


@pytest.mark.parametrize("role", [Role.WAREHOUSE, Role.FINANCE])
def test_who_only_looks_adds_nothing(store, role):
    assert error(add_file(make_api(store, role), make_noted_order(store=store))) == (403, "permission_denied")
    assert not Attachment.objects.exists()
