"""The other pages of the note desk: evidence sheet, quick replies, topics, questions and answers."""

import hashlib
import re
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.notes.models import FaqEntry, NoteVersion, QuickReply
from orders.notes.services import NoteChanges, answer_note, ask_buyer, confirm_note, draft_faq, record_note, save_reply
from tests.factories import NOON, make_user
from tests.notes.helpers import make_noted_order, make_sold_order, read_notes, target

pytestmark = pytest.mark.django_db
REPLIES, TOPICS, FAQ = "/orders/notes/replies/", "/orders/notes/topics/", "/orders/notes/faq/"
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON + timedelta(minutes=1), tick=False):
        yield


# The evidence sheet


def sheet(client, order):
    return client.get(f"/orders/notes/{order.number}/evidence/").content.decode()


def test_sheet_holds_the_whole_record(agent_client, agent, store):
    order = make_sold_order("刻字", store=store, number="3552001")
    contact = ask_buyer(**target(order, text="刻什么字?", channel="chat") | {"actor": agent})
    answer_note(**target(order, contact_id=contact.pk, answer="平安") | {"actor": agent})
    changes = NoteChanges(engraving={order.lines.get().pk: "平安"})
    confirm_note(**target(order, outcome="已确认刻字", changes=changes) | {"actor": agent})

    html = sheet(agent_client, order)

    for text in (
        "3552001",
        "Demo",
        order.buyer.nick,
        "刻字",
        "刻什么字?",
        "平安",
        "已确认刻字",
        "Text to engrave",
        "Made by agent",
    ):
        assert text in html
    assert hashlib.sha256("刻字".encode()).hexdigest() in html
    assert 'data-fits="yes"' in html
    assert 'data-wish="engraving"' in html
    events = re.findall(r'data-event="(\w+)"', html)
    assert [kind for kind in events if kind.startswith("note_")] == ["note_received", "note_asked", "note_confirmed"]


def test_sheet_keeps_every_version_and_masks_numbers(agent_client, store):
    order = make_noted_order("打 13812345678", store=store)
    record_note(order=order, text="打 13812345679", at=NOON)

    html = sheet(agent_client, order)

    assert re.findall(r'data-version="(\d)"', html) == ["1", "2"]
    assert "13812345678" not in html
    assert "138****5678" in html
    assert hashlib.sha256("打 13812345678".encode()).hexdigest() in html
    assert html.count('data-fits="sealed"') == 2
    assert html.count('data-fits="yes"') == 2


@pytest.mark.parametrize("text", ["周日送", "周*送"])
def test_sheet_says_when_a_text_does_not_fit_its_hash(agent_client, store, text):
    order = make_noted_order("周六送", store=store)
    NoteVersion.objects.update(text=text)

    assert 'data-fits="no"' in sheet(agent_client, order)


@pytest.mark.parametrize("changed", [{"text": "打 139****5678"}, {"sha256": "0" * 64}])
def test_sheet_opens_a_masked_text_to_compare_it(agent_client, store, changed):
    order = make_noted_order("打 13812345678", store=store)
    NoteVersion.objects.update(**changed)

    assert 'data-fits="no"' in sheet(agent_client, order)


def test_sheet_claims_nothing_of_a_text_that_cannot_be_opened(agent_client, store):
    order = make_noted_order("打 13812345678", store=store)
    NoteVersion.objects.update(sealed=b"no such key")

    html = sheet(agent_client, order)

    assert re.findall(r'data-fits="(\w+)"', html) == ["sealed"]


def test_sheet_is_not_there_without_a_note_or_in_another_store(agent_client, other_store):
    stranger = make_noted_order(store=other_store)

    assert agent_client.get(f"/orders/notes/{stranger.number}/evidence/").status_code == 404
    assert agent_client.get("/orders/notes/999/evidence/").status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_sheet_asks_as_often_for_many_versions(agent_client, store, count, django_assert_max_num_queries):
    order = make_noted_order(store=store)
    for number in range(count - 1):
        record_note(order=order, text=f"text {number}", at=NOON)

    with django_assert_max_num_queries(12):
        assert len(re.findall(r"data-version=", sheet(agent_client, order))) == count


# Quick replies


def make_reply(store, actor, title="Ask", **values):
    return save_reply(store=store, title=title, text="{buyer}, which?", actor=actor, at=NOON, **values)


def test_replies_are_the_stores_and_ones_own(agent_client, agent, manager, store):
    make_reply(store, manager, "shared", is_shared=True, may_share=True)
    make_reply(store, manager, "the manager's")
    make_reply(store, agent, "mine")

    html = agent_client.get(REPLIES).content.decode()

    assert re.findall(r'data-replies="(\w+)"', html) == ["shared", "own"]
    assert "the manager&#x27;s" not in html
    assert html.count(">Edit<") == 1


def test_own_reply_is_written_changed_and_deleted(agent_client, agent):
    made = agent_client.post(
        f"{REPLIES}new/", {"title": "Ask", "text": "{buyer}?", "kind": "engraving", "is_shared": "on"}
    )
    reply = QuickReply.objects.get()
    agent_client.post(f"{REPLIES}{reply.pk}/", {"title": "Ask again", "text": "{number}?"})

    reply.refresh_from_db()
    assert (made.status_code, made.url) == (302, REPLIES)
    assert (reply.owner, reply.title, reply.text, reply.kind) == (agent, "Ask again", "{number}?", "")

    agent_client.post(f"{REPLIES}{reply.pk}/delete/")

    assert not QuickReply.objects.exists()


def test_manager_writes_for_everybody(manager_client):
    manager_client.post(f"{REPLIES}new/", {"title": "Ask", "text": "?", "is_shared": "on"})

    assert QuickReply.objects.get().owner is None


def test_shared_reply_is_the_managers_to_change(agent_client, manager, store):
    reply = make_reply(store, manager, is_shared=True, may_share=True)

    answers = [
        agent_client.get(f"{REPLIES}{reply.pk}/"),
        agent_client.post(f"{REPLIES}{reply.pk}/", {"title": "x", "text": "x"}),
        agent_client.post(f"{REPLIES}{reply.pk}/delete/"),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert QuickReply.objects.get().title == "Ask"


def test_colleagues_own_reply_is_not_there(agent_client, store):
    reply = make_reply(store, make_user("li", store=store))

    assert agent_client.get(f"{REPLIES}{reply.pk}/").status_code == 404
    assert agent_client.post(f"{REPLIES}{reply.pk}/delete/").status_code == 404


@pytest.mark.parametrize(
    "data",
    [
        {"title": "", "text": "x"},
        {"title": "x", "text": ""},
        {"title": "x", "text": "x" * 501},
        {"title": "x", "text": "{what}"},
        {"title": "x", "text": "x", "kind": "?"},
    ],
)
def test_bad_reply_is_said_and_keeps_what_was_typed(agent_client, data):
    response = agent_client.post(f"{REPLIES}new/", data)

    assert response.status_code == 422
    assert "field-error" in response.content.decode()
    assert not QuickReply.objects.exists()


def test_example_is_filled_in_for_the_latest_note(agent_client, store):
    order = make_sold_order("刻字", store=store, number="3552001")
    read_notes(order)

    text = "{buyer}: {number} {product} {spec} {shop} {missing} {phone}"
    html = agent_client.post(f"{REPLIES}preview/", {"text": text}, headers=HTMX).content.decode()

    filled = f"{order.buyer.nick}: 3552001 真丝连衣裙 颜色分类:黑色;尺码:L Demo Text to engrave {{phone}}"
    assert f'<p class="quote" data-example>{filled}</p>' in html
    assert f'data-length="{len(text)}"' in html


def test_example_of_a_store_without_notes_says_so(agent_client):
    html = agent_client.post(f"{REPLIES}preview/", {"text": "x" * 501}, headers=HTMX).content.decode()

    assert "The example comes with the first note." in html
    assert 'data-length="501"' in html
    assert agent_client.post(f"{REPLIES}preview/", {"text": "x"}).url == f"{REPLIES}new/"


@pytest.mark.parametrize("path", [REPLIES, TOPICS, FAQ])
def test_pages_ask_as_often_for_three_rows_as_for_one(manager_client, manager, store, path):
    def count(number):
        make_reply(store, manager, f"reply {number}")
        draft_faq(store=store, product=f"silk {number}", kind="gift", wanted="card", actor=manager, at=NOON)
        read_notes(make_sold_order("换成蓝色", store=store))
        with CaptureQueriesContext(connection) as queries:
            assert manager_client.get(path).status_code == 200
        return len(queries)

    counts = [count(number) for number in range(3)]

    assert counts[0] == counts[2]


# What buyers ask for


def test_topics_are_ranked_with_quotes_and_what_is_sold(agent_client, store):
    for number in ("1", "2"):
        read_notes(make_sold_order("换成蓝色", sold=("颜色分类:白色;尺码:L",), store=store, number=number))
    read_notes(make_sold_order("换成白色", store=store, number="3"))
    read_notes(make_sold_order("开发票 抬头:某某公司", store=store, number="4"))

    html = agent_client.get(TOPICS).content.decode()

    assert re.findall(r'data-topic="(\w+)" data-count="(\d+)"', html) == [("colour_size", "3"), ("invoice", "1")]
    wishes = re.findall(r'data-wish-topic="colour" data-wanted="(\w+)" data-count="(\d+)"', html)
    assert wishes == [("蓝色", "2"), ("白色", "1")]
    assert "2 times in 30 days" in html
    assert html.count("not sold so") == 1
    assert "not what is in stock" in html
    assert 'href="/orders/2/"' in html
    assert "?tab=all&amp;kind=colour_size" in html


@pytest.mark.parametrize(("days", "shown"), [("7", 0), ("30", 1), ("90", 1), ("x", 1)])
def test_topics_are_of_the_chosen_time(agent_client, store, days, shown):
    order = make_noted_order(store=store)
    order.note.received_at = NOON - timedelta(days=10)
    order.note.save(update_fields=["received_at"])

    html = agent_client.get(TOPICS, {"days": days}).content.decode()

    assert f"{shown} note" in html


def test_topic_becomes_a_draft_with_one_click(agent_client, store):
    read_notes(make_sold_order("换成蓝色", sold=("颜色分类:白色;尺码:L",), store=store))
    page = agent_client.get(TOPICS).content.decode()
    values = dict(re.findall(r'name="(product|kind|wanted)" value="([^"]*)"', page))

    response = agent_client.post(f"{FAQ}draft/", values)

    entry = FaqEntry.objects.get()
    assert response.url == f"{FAQ}{entry.pk}/"
    assert (entry.product, entry.question, entry.is_draft, entry.note_count) == (
        "真丝连衣裙",
        "Is there a 蓝色 one?",
        True,
        1,
    )


def test_draft_of_nothing_is_refused(agent_client):
    assert agent_client.post(f"{FAQ}draft/", {"product": "silk", "kind": "nonsense"}).url == TOPICS
    assert not FaqEntry.objects.exists()


# Questions and answers


def make_entry(store, **values):
    return draft_faq(store=store, actor=None, at=NOON, **{"product": "silk", "kind": "gift", "wanted": "card"} | values)


def test_question_is_answered_finished_and_deleted(agent_client, agent, store):
    entry = make_entry(store)

    unanswered = agent_client.post(f"{FAQ}{entry.pk}/", {"question": "A card?", "answer": "", "is_published": "on"})
    agent_client.post(f"{FAQ}{entry.pk}/", {"question": "A card?", "answer": "With pleasure.", "is_published": "on"})

    entry.refresh_from_db()
    assert unanswered.status_code == 422
    assert (entry.question, entry.answer, entry.is_draft, entry.updated_by) == (
        "A card?",
        "With pleasure.",
        False,
        agent,
    )
    assert 'data-copy="A card?\nWith pleasure."' in agent_client.get(FAQ).content.decode()

    agent_client.post(f"{FAQ}{entry.pk}/delete/")

    assert not FaqEntry.objects.exists()


def test_questions_are_drafts_or_finished(agent_client, store):
    draft, finished = make_entry(store), make_entry(store, wanted="box")
    FaqEntry.objects.filter(pk=finished.pk).update(is_draft=False)

    shown = [re.findall(r'data-faq="(\d+)"', agent_client.get(FAQ, {"state": state}).content.decode())
             for state in ("", "draft", "published", "x")]  # fmt: skip

    both = [str(finished.pk), str(draft.pk)]
    assert shown == [both, [str(draft.pk)], [str(finished.pk)], both]


def test_question_of_another_store_is_not_there(agent_client, other_store):
    entry = make_entry(other_store)

    assert agent_client.get(f"{FAQ}{entry.pk}/").status_code == 404
    assert agent_client.post(f"{FAQ}{entry.pk}/delete/").status_code == 404
    assert "data-faq" not in agent_client.get(FAQ).content.decode()


def test_warehouse_reads_and_does_not_write(warehouse_client, store):
    entry = make_entry(store)

    assert [warehouse_client.get(path).status_code for path in (REPLIES, TOPICS, FAQ)] == [200, 200, 200]
    assert "draft-faq" not in warehouse_client.get(TOPICS).content.decode()
    assert warehouse_client.get(f"{REPLIES}new/").status_code == 403
    assert warehouse_client.post(f"{FAQ}{entry.pk}/", {"question": "x"}).status_code == 403
