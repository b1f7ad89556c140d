"""Ready texts: whose they are, what they may say, how they read for one order; and questions for product pages."""

import pytest

from orders.notes.models import FaqEntry, QuickReply
from orders.notes.queries import list_faq, list_replies
from orders.notes.services import (
    NoteError,
    delete_faq,
    delete_reply,
    draft_faq,
    recognise_notes,
    save_faq,
    save_reply,
    use_reply,
)
from tests.factories import NOON, make_buyer, make_line, make_order, make_store, make_user
from tests.notes.helpers import SILK, make_noted_order, make_sold_order, read_notes

pytestmark = pytest.mark.django_db


@pytest.fixture
def li(store):
    return make_user("li", store=store)


@pytest.fixture
def wang(store):
    return make_user("wang", store=store)


def save(store, actor, title="hello", text="Hello {buyer}", **values):
    return save_reply(store=store, title=title, text=text, actor=actor, at=NOON, **values)


def test_a_reply_is_ones_own_or_shared_by_a_manager(store, li, wang):
    own = save(store, li)
    shared = save(store, wang, is_shared=True, may_share=True)

    assert (own.owner, shared.owner) == (li, None)
    assert list_replies(store, li) == [own, shared]
    assert list_replies(store, wang) == [shared]
    assert list_replies(make_store(), li) == []


def test_sharing_is_for_managers(store, li):
    with pytest.raises(NoteError, match="Only a manager of the store") as refused:
        save(store, li, is_shared=True)

    assert (refused.value.code, QuickReply.objects.count()) == ("field", 0)


def test_a_reply_is_changed_and_deleted_by_its_owner(store, li, wang):
    reply = save(store, li)

    changed = save(store, li, title="hi", text="Hi", kind="gift", reply_id=reply.pk)

    assert (changed.pk, changed.title, changed.text, changed.kind) == (reply.pk, "hi", "Hi", "gift")
    with pytest.raises(QuickReply.DoesNotExist):
        save(store, wang, reply_id=reply.pk)
    with pytest.raises(QuickReply.DoesNotExist):
        delete_reply(store=make_store(), reply_id=reply.pk, actor=li)

    delete_reply(store=store, reply_id=reply.pk, actor=li)

    assert not QuickReply.objects.exists()


def test_a_shared_reply_is_changed_by_managers_only(store, li):
    shared = save(store, li, is_shared=True, may_share=True)

    with pytest.raises(NoteError, match="everybody's reply"):
        save(store, li, text="mine now", reply_id=shared.pk)
    with pytest.raises(NoteError, match="everybody's reply"):
        delete_reply(store=store, reply_id=shared.pk, actor=li)

    delete_reply(store=store, reply_id=shared.pk, actor=li, may_share=True)
    assert not QuickReply.objects.exists()


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"title": " "}, "title of up to 60 characters and a text of up to 500"),
        ({"title": "x" * 61}, "title of up to 60 characters"),
        ({"text": ""}, "text of up to 500"),
        ({"text": "x" * 501}, "text of up to 500"),
        ({"text": "Dear {phone}"}, r"\{phone\} is not known. A reply may use \{buyer\}"),
        ({"kind": "poem"}, "There is no note type “poem”"),
    ],
)
def test_a_reply_that_will_not_do_is_refused(store, li, values, sentence):
    with pytest.raises(NoteError, match=sentence) as refused:
        save(store, li, **values)

    assert refused.value.code == "field"


def test_two_replies_of_one_person_have_two_titles(store, li, wang):
    save(store, li)
    save(store, wang)

    with pytest.raises(NoteError, match="There is a reply “hello” already"):
        save(store, li)


def test_replies_for_the_notes_types_come_first_then_the_most_used(store, li):
    plain, often, fitting = (save(store, li, title=title) for title in ("a", "b", "c"))
    QuickReply.objects.filter(pk=often.pk).update(use_count=5)
    QuickReply.objects.filter(pk=fitting.pk).update(kind="engraving")

    assert list_replies(store, li, ["engraving"]) == [fitting, often, plain]


def test_using_a_reply_fills_it_in_and_counts(store, li):
    order = make_sold_order("刻字", store=store, number="3552600001", buyer=make_buyer(store=store, nick="tb1"))
    read_notes(order)
    text = "{buyer} {number} {product} {spec} {shop} {ship_by} {missing} {}".replace(" {}", "")
    reply = save(store, li, text=text)

    said = use_reply(reply=reply, order=order, actor=li, at=NOON)

    spec = "颜色分类:黑色;尺码:L"
    assert said == f"tb1 3552600001 {SILK} {spec} Demo 06-03 11:00 Text to engrave"
    reply.refresh_from_db()
    assert (reply.use_count, reply.used_at) == (1, NOON)


def test_a_reply_for_an_order_that_knows_little_leaves_gaps(store, li):
    order = make_order(store=store, lines=0, status="pending_payment")
    order.buyer = None
    reply = save(store, li, text="[{buyer}{product}{spec}{ship_by}{missing}]")

    assert use_reply(reply=reply, order=order, actor=li, at=NOON) == "[]"


def test_what_a_nick_looks_like_is_not_filled_in_again(store, li):
    order = make_order(store=store, buyer=make_buyer(store=store, nick="{number}"))

    assert use_reply(reply=save(store, li), order=order, actor=li, at=NOON) == "Hello {number}"


def test_a_colleagues_or_another_stores_reply_is_refused(store, li, wang):
    reply = save(store, li)

    with pytest.raises(NoteError, match="not yours"):
        use_reply(reply=reply, order=make_order(store=store), actor=wang, at=NOON)
    with pytest.raises(NoteError, match="not yours"):
        use_reply(reply=reply, order=make_order(), actor=li, at=NOON)

    reply.refresh_from_db()
    assert reply.use_count == 0


def draft(store, actor=None, **values):
    return draft_faq(store=store, actor=actor, at=NOON, **({"product": SILK, "kind": "colour_size"} | values))


def test_a_question_is_drafted_with_what_the_orders_say(store, li):
    make_sold_order("换成白色", store=store, sold=["颜色分类:白色;尺码:L"])
    recognise_notes(store=store, at=NOON)

    sold, unknown = draft(store, li, wanted="白色"), draft(store, li, wanted="紫色")

    assert (sold.question, sold.answer) == ("Is there a 白色 one?", "Yes: choose 白色 when you order.")
    assert unknown.answer == "Not at present. These are the ones on the product's page."
    assert (sold.is_draft, sold.updated_by, unknown.note_count) == (True, li, 0)


def test_notes_received_before_now_are_counted_behind_a_draft(store):
    order = make_noted_order("发顺丰", store=store)
    make_line(order=order, position=2, title="围巾")
    recognise_notes(store=store, at=NOON)

    entry = draft_faq(store=store, product="围巾", kind="courier", wanted="顺丰", actor=None, at=NOON.replace(hour=5))

    assert (entry.question, entry.answer, entry.note_count) == ("Courier: can I have 顺丰?", "", 1)
    assert draft(store, kind="gift", wanted="").question == "Gift: is that possible?"


def test_drafting_the_same_question_again_keeps_it(store):
    entry = draft(store, wanted="白色")
    FaqEntry.objects.update(answer="In autumn.", is_draft=False)

    again = draft(store, wanted="白色")

    assert (again.pk, again.answer, again.is_draft) == (entry.pk, "In autumn.", False)


@pytest.mark.parametrize(
    ("values", "sentence"), [({"kind": "poem"}, "no note type"), ({"product": " "}, "which product")]
)
def test_a_draft_names_product_and_type(store, values, sentence):
    with pytest.raises(NoteError, match=sentence):
        draft(store, wanted="白色", **values)


def change(store, entry, **values):
    defaults = {"question": "White?", "answer": "Yes.", "is_draft": False, "actor": None, "at": NOON}
    return save_faq(store=store, entry_id=entry.pk, **(defaults | values))


def test_a_question_is_edited_and_published(store, li):
    entry = change(store, draft(store, wanted="白色"), actor=li)

    entry.refresh_from_db()
    assert (entry.question, entry.answer, entry.is_draft, entry.updated_by) == ("White?", "Yes.", False, li)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"question": " "}, "A question has 1 to 200"),
        ({"question": "x" * 201}, "A question has 1 to 200"),
        ({"answer": "x" * 2001}, "its answer up to 2000"),
        ({"answer": " "}, "Write the answer first"),
    ],
)
def test_a_question_that_will_not_do_is_refused(store, values, sentence):
    with pytest.raises(NoteError, match=sentence):
        change(store, draft(store, wanted="白色"), **values)


def test_a_product_has_a_question_once(store):
    change(store, draft(store, wanted="白色"))

    with pytest.raises(NoteError, match="has this question already"):
        change(store, draft(store, wanted="紫色"))


def test_another_stores_question_is_not_there(store, other_store):
    entry = draft(store, wanted="白色")

    with pytest.raises(FaqEntry.DoesNotExist):
        change(other_store, entry)
    with pytest.raises(FaqEntry.DoesNotExist):
        delete_faq(store=other_store, entry_id=entry.pk)

    delete_faq(store=store, entry_id=entry.pk)
    assert list(list_faq(store)) == []


def test_questions_are_listed_drafts_first(store):
    public = change(store, draft(store, wanted="白色"))
    waiting = draft(store, wanted="紫色")
    other = draft(store, product="围巾", wanted="紫色")

    assert list(list_faq(store, product=SILK)) == [waiting, public]
    assert set(list_faq(store)) == {waiting, public, other}


@pytest.mark.parametrize(
    ("text", "reason"), [("pay to 6222021001116245702", "bank card number"), ("好评返现 {buyer}", "好评返现")]
)
def test_reply_that_must_not_go_out_is_refused_with_the_reason(store, li, text, reason):
    with pytest.raises(NoteError, match=reason) as refused:
        save(store, li, text=text)

    assert (refused.value.code, QuickReply.objects.count()) == ("field", 0)
