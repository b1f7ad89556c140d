"""The buyer's note as a work item on the order's page and beside the note inbox."""

import json
import re
from datetime import timedelta

import pytest
from django.core.files.storage import FileSystemStorage, default_storage, storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from orders.core.models import ContactLog, Order, Wish
from orders.notes.models import BuyerNote, NoteFile, QuickReply
from orders.notes.services import recognise_notes, record_note, save_reply
from orders.notes.statuses import BuyerNoteState
from tests.desk.acting import HTMX, post, toast
from tests.factories import NOON, make_line, make_order, make_user

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + b"pixels" * 20


@pytest.fixture(autouse=True)
def _files(tmp_path, monkeypatch):
    monkeypatch.setitem(storages._storages, "default", FileSystemStorage(location=tmp_path / "files"))
    monkeypatch.setattr(default_storage, "_wrapped", storages["default"])


def noted(store, text, *, spec="颜色分类:黑色;尺码:L", **values):
    """Make an order with a note that the rules have read; its product comes in black and white."""
    now = timezone.now()
    order = make_order(
        store=store, lines=0, placed_at=now - timedelta(hours=1), ship_by=now + timedelta(hours=47), **values
    )
    make_line(order=order, spec=spec)
    make_line(order=make_order(store=store, lines=0), spec="颜色分类:白色;尺码:L")
    record_note(order=order, text=text, at=now)
    recognise_notes(store=store, at=now)
    return order


def card(client, order, path="note/"):
    return client.get(f"/orders/{order.number}/{path}", headers=HTMX)


def names(acts):
    return [act.name for act in acts]


def test_card_sets_the_wanted_value_beside_the_ordered_one(agent_client, store):
    order = noted(store, "换成白色")

    response = card(agent_client, order)
    html = response.content.decode()
    shown = response.context["note_card"]

    assert 'id="note-card"' in html
    assert [(each.key, each.value, each.ordered, each.is_different) for each in shown.wanted] == [
        ("colour", "白色", "黑色", True)
    ]
    assert re.search(r'data-wanted="colour" class="is-different"', html)
    assert "<mark>白色</mark>" in html
    assert "黑色" in html


def test_card_names_the_values_that_would_do(agent_client, store):
    order = noted(store, "要紫色的")

    html = card(agent_client, order).content.decode()

    assert "not sold so" in html
    assert "sold in: 黑色 · 白色" in html


def test_incomplete_note_has_a_ready_question(agent_client, store):
    order = noted(store, "要刻字")

    form = card(agent_client, order, "ask_note/?pane=note").content.decode()
    asked = post(
        agent_client, order, "ask_note", {"text": "Which text?", "channel": "chat"}, "?pane=note", **HTMX
    )  # fmt: skip
    contact = ContactLog.objects.get()
    note = BuyerNote.objects.get()
    answered = post(agent_client, order, "answer_note", {"item": contact.pk, "answer": "LOVE"}, "?pane=note", **HTMX)

    assert "Which text shall we engrave?" in form
    assert 'data-copy-from="id_text"' in form
    assert 'hx-target="#note-card"' in form
    assert (note.state, note.asked_at is not None) == (BuyerNoteState.NEEDS_INFO, True)
    assert 'id="note-card"' in asked.content.decode()
    assert "answer_note" in asked.content.decode()
    assert json.loads(asked.headers["HX-Trigger"])["note-decided"] == {"number": order.number}
    assert BuyerNote.objects.get().state == BuyerNoteState.RECOGNISED
    assert "LOVE" in answered.content.decode()


def test_ready_reply_fills_the_question_and_counts(agent_client, agent, store):
    order = noted(store, "要刻字")
    reply = save_reply(store=store, title="Engraving", text="Order {number}: {missing}?", actor=agent, at=NOON)
    foreign = save_reply(store=store, title="Mine", text="secret", actor=make_user("wang", store=store), at=NOON)

    form = card(agent_client, order, f"ask_note/?reply={reply.pk}").content.decode()
    other = card(agent_client, order, f"ask_note/?reply={foreign.pk}").content.decode()

    assert f"Order {order.number}: Text to engrave?" in form
    assert f"reply={reply.pk}" in form
    assert "secret" not in other
    assert QuickReply.objects.get(pk=reply.pk).use_count == 1


def test_confirming_is_filled_in_from_the_note_and_writes_it_to_the_order(agent_client, store):
    order = noted(store, "换成白色, 送礼盒")
    line = order.lines.get()

    form = card(agent_client, order, "confirm_note/").content.decode()
    data = {"outcome": "as asked", f"spec_{line.pk}": "颜色分类:白色;尺码:L", "gift_wrap": "red ribbon"}
    done = post(agent_client, order, "confirm_note", {**data, "version": order.version + 1}, **HTMX)
    line.refresh_from_db()

    assert 'value="颜色分类:白色;尺码:L"' in form
    assert 'value="Gift wrap"' in form
    assert done.status_code == 200, done.content
    assert line.agreed_spec == "颜色分类:白色;尺码:L"
    assert list(Wish.objects.values_list("kind", "text")) == [("gift_wrap", "red ribbon")]
    assert (Order.objects.get(pk=order.pk).wish_kinds, BuyerNote.objects.get().state) == (["gift_wrap"], "confirmed")
    assert done.context["blockers"] == []


@pytest.mark.parametrize(
    ("text", "answer", "filled"),
    [
        ("要刻字", "小满", 'name="engraving_'),
        ("要紫色的", "那就白色吧", 'name="spec_'),
        ("开发票", "深圳某某公司", 'name="invoice_title"'),
    ],
)
def test_answer_fills_the_one_thing_that_was_missing(agent_client, store, text, answer, filled):
    order = noted(store, text)
    post(agent_client, order, "ask_note", {"text": "Which?", "channel": "chat"}, **HTMX)
    post(agent_client, order, "answer_note", {"item": ContactLog.objects.get().pk, "answer": answer}, **HTMX)

    html = card(agent_client, order, "confirm_note/").content.decode()
    field = re.search(rf"<input[^>]*{filled}[^>]*>", html)

    assert field
    assert f'value="{"颜色分类:白色;尺码:L" if "spec" in filled else answer}"' in field.group()
    assert f"The buyer answered: {answer}" in html


def test_answer_to_several_questions_or_with_a_phone_number_is_only_shown(agent_client, store):
    order = noted(store, "要刻字，开发票")
    post(agent_client, order, "ask_note", {"text": "Which?", "channel": "chat"}, **HTMX)
    post(agent_client, order, "answer_note", {"item": ContactLog.objects.get().pk, "answer": "小满"}, **HTMX)
    other = noted(store, "要刻字")
    post(agent_client, other, "ask_note", {"text": "Which?", "channel": "chat"}, **HTMX)
    asked = ContactLog.objects.get(order=other)
    post(agent_client, other, "answer_note", {"item": asked.pk, "answer": "打13812341234"}, **HTMX)

    several = card(agent_client, order, "confirm_note/").content.decode()
    masked = card(agent_client, other, "confirm_note/").content.decode()

    assert '<p class="quote" data-answer>The buyer answered: 小满</p>' in several
    assert 'value="小满"' not in several
    assert "The buyer answered: 打138****1234" in masked
    assert "13812341234" not in masked
    assert 'value="打' not in masked


def test_a_change_that_is_refused_keeps_what_was_typed(agent_client, store):
    order = noted(store, "周六送")

    response = post(
        agent_client,
        order,
        "confirm_note",
        {"outcome": "as asked", "ship_day": "2020-01-01", "packing": "twice"},
        **HTMX,
    )
    html = response.content.decode()

    assert response.status_code == 422
    assert 'value="twice"' in html
    assert "has passed" in html
    assert BuyerNote.objects.get().handled_at is None


def test_note_is_sorted_taken_given_and_taken_back(agent_client, agent, store):
    order, colleague = noted(store, "谢谢"), make_user("wang", store=store)

    sorted_ = post(agent_client, order, "sort_note", {"types": ["gift", "packing"]}, **HTMX)
    types = BuyerNote.objects.get().types
    agent_client.post(toast(sorted_)["undo"], headers=HTMX)
    post(agent_client, order, "take_note", **HTMX)
    taken = BuyerNote.objects.get().assignee
    given = post(agent_client, order, "assign_note", {"assignee": colleague.pk}, **HTMX)
    agent_client.post(toast(given)["undo"], headers=HTMX)
    mine = BuyerNote.objects.get().assignee
    post(agent_client, order, "give_back_note", **HTMX)

    assert types == ["gift", "packing"]
    assert BuyerNote.objects.get().types == ["other"]
    assert (taken, mine, BuyerNote.objects.get().assignee) == (agent, agent, None)


def test_wish_that_cannot_be_met_is_negotiated_declined_and_reopened(agent_client, store):
    order = noted(store, "送我一台手机")

    talks = post(
        agent_client, order, "negotiate_note", {"negotiation": "talking", "text": "asked for a discount"}, **HTMX
    )
    post(agent_client, order, "decline_note", {"outcome": "no gifts of that size"}, **HTMX)
    declined = card(agent_client, order).context["note_card"]
    post(agent_client, order, "reopen_note", {"reason": "the buyer insists"}, **HTMX)

    assert "Under negotiation" in talks.content.decode()
    assert "reopen_note" in names(declined.more_acts)
    assert BuyerNote.objects.get().state == BuyerNoteState.MANUAL
    assert Order.objects.get(pk=order.pk).hold_kinds == ["note_unhandled"]


def test_confirmed_note_is_fulfilled_by_whoever_packs(agent_client, warehouse_client, store):
    order = noted(store, "送礼盒")
    post(agent_client, order, "confirm_note", {"outcome": "as asked"}, **HTMX)

    offered = names(card(warehouse_client, order).context["note_card"].first_acts)
    post(warehouse_client, order, "fulfil_note", **HTMX)

    assert offered == ["fulfil_note"]
    assert BuyerNote.objects.get().state == BuyerNoteState.FULFILLED


def test_pictures_and_voice_stand_with_the_note(agent_client, store):
    order = noted(store, "见图")
    mp3 = b"ID3\x04\x00\x00\x00\x00\x00\x00" + b"\xff\xfb\x90\x00" * 40

    post(agent_client, order, "attach_note", {"file": SimpleUploadedFile("a.png", PNG)}, **HTMX)
    done = post(agent_client, order, "attach_note", {"file": SimpleUploadedFile("b.mp3", mp3)}, **HTMX)
    refused = post(agent_client, order, "attach_note", {"file": SimpleUploadedFile("c.exe", b"MZ nothing")}, **HTMX)
    html = done.content.decode()

    assert re.search(r'<img src="/attachments/\d+/" alt="a.png"', html)
    assert re.search(r'<audio controls preload="none" src="/attachments/\d+/"', html)
    assert refused.status_code == 422
    assert NoteFile.objects.count() == 2


def test_note_changed_after_printing_says_so(agent_client, store):
    order = noted(store, "送礼盒")
    Order.objects.filter(pk=order.pk).update(printed_at=NOON, print_count=2)
    record_note(order=order, text="不要礼盒", at=timezone.now())

    html = agent_client.get(f"/orders/{order.number}/").content.decode()

    assert "The note changed after the order was printed 2 times" in html
    assert "2 times · " in html


def test_acts_of_the_blocker_are_not_repeated_on_the_page(agent_client, store):
    order = noted(store, "送礼盒")

    page = agent_client.get(f"/orders/{order.number}/").context["note_card"]
    alone = card(agent_client, order).context["note_card"]

    assert names(page.first_acts) == ["ask_note"]
    assert names(alone.first_acts) == ["confirm_note", "ask_note"]


def test_acts_of_the_part_answer_with_the_part(agent_client, store):
    order = noted(store, "送礼盒")

    part = card(agent_client, order).content.decode()
    done = post(agent_client, order, "take_note", query="?pane=note", **HTMX).content.decode()

    assert part.lstrip().startswith('<div id="note-card"')
    assert done.lstrip().startswith('<div id="note-card"')
    assert f'hx-get="/orders/{order.number}/note/?pane=note"' in done
    assert f'hx-post="/orders/{order.number}/give_back_note/?pane=note"' in done


def test_card_of_an_order_without_a_note_says_so(agent_client, store):
    order = make_order(store=store)

    assert "The buyer left no note." in card(agent_client, order).content.decode()
    assert agent_client.get(f"/orders/{order.number}/note/").url == f"/orders/{order.number}/#note-title"


@pytest.mark.parametrize("reply", ["x", "0", "9" * 30])
def test_reply_that_is_none_leaves_the_ready_question(agent_client, store, reply):
    order = noted(store, "要刻字")

    assert "Which text shall we engrave?" in card(agent_client, order, f"ask_note/?reply={reply}").content.decode()
