"""The rules read notes: types, values and problems; what people have done stays."""

from datetime import timedelta

import pytest

from orders.core.models import OrderEvent
from orders.notes.models import BuyerNote
from orders.notes.recognition import OrderedLine
from orders.notes.services import confirm_note, hand_over_note, recognise_notes, record_note, sort_note
from orders.notes.services import recognising as module
from tests.factories import NOON, make_line, make_order, make_store
from tests.notes.helpers import make_noted_order, make_sold_order, read_notes, target

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("text", "state", "types"),
    [
        ("刻字:平安喜乐", "recognised", ["engraving"]),
        ("刻字", "needs_info", ["engraving"]),
        ("阿巴阿巴", "manual", []),
        ("谢谢老板", "recognised", ["other"]),
    ],
)
def test_an_unread_note_becomes_what_the_rules_say(text, state, types):
    order = make_noted_order(text)

    note = read_notes(order)

    assert (note.state, note.types, note.recognised_at) == (state, types, NOON)
    order.refresh_from_db()
    assert (order.version, order.note_state, OrderEvent.objects.count()) == (2, "unhandled", 1)


def test_a_wanted_spec_is_held_against_what_the_product_is_sold_in():
    conflict = make_sold_order("换成紫色", sold=["颜色分类:白色;尺码:L"])
    difference = make_sold_order("换成白色", store=conflict.store)

    notes = [read_notes(conflict), read_notes(difference)]

    found = [note.findings["problems"][0] for note in notes]
    assert [(problem["code"], problem["wanted"], problem["ordered"]) for problem in found] == [
        ("conflict", "紫色", "黑色"),
        ("difference", "白色", "黑色"),
    ]
    assert sorted(found[0]["allowed"]) == ["白色", "黑色"]
    assert [note.state for note in notes] == ["manual", "recognised"]


def test_specs_come_from_the_same_item_under_another_title_as_well():
    order = make_order(lines=0)
    make_line(order=order, title="新款连衣裙", spec="颜色分类:黑色", product_id="7001")
    old = make_order(store=order.store, lines=0)
    make_line(order=old, title="老款连衣裙", spec="颜色分类:白色", product_id="7001")
    record_note(order=order, text="换成白色", at=NOON)

    note = read_notes(order)

    assert [problem["code"] for problem in note.findings["problems"]] == ["difference"]


def test_specs_of_another_store_do_not_count():
    order = make_sold_order("换成白色", sold=["颜色分类:红色;尺码:L"])
    make_line(order=make_order(store=make_store(), lines=0), title="真丝连衣裙", spec="颜色分类:白色;尺码:L")

    note = read_notes(order)

    assert [problem["code"] for problem in note.findings["problems"]] == ["conflict"]


def test_days_count_from_when_the_buyer_wrote(monkeypatch):
    seen = []
    monkeypatch.setattr(module, "recognise", lambda text, *, lines, at: seen.append((lines, at)) or _nothing())
    order = make_noted_order("周六送", placed_at=NOON - timedelta(days=9))
    read_notes(order)
    record_note(order=order, text="周日送", at=NOON)

    read_notes(order)

    line = order.lines.get()
    expected = (OrderedLine(line.pk, line.title.text, "", ()),)
    assert seen == [(expected, NOON - timedelta(days=9)), (expected, NOON)]


def _nothing():
    return module.Recognition((), {}, (), "manual")


def test_handled_notes_are_read_and_stay_handled():
    order = make_noted_order("刻字:平安喜乐")
    confirm_note(**target(order, outcome="engraved"))

    note = read_notes(order)

    assert (note.state, note.types) == ("confirmed", ["engraving"])


def test_what_a_person_sorted_is_not_read_again():
    order = make_noted_order("刻字:平安喜乐")
    sort_note(**target(order, types=["gift"]))

    assert recognise_notes(store=order.store, at=NOON) == 0
    assert BuyerNote.objects.get().types == ["gift"]


def test_a_note_that_was_handed_over_stays_with_people():
    order = make_noted_order("刻字:平安喜乐")
    hand_over_note(**target(order, reason="looks odd"))

    note = read_notes(order)

    assert (note.state, note.types, note.findings["by_hand"]) == ("manual", ["engraving"], True)


def test_a_text_that_breaks_the_rules_is_left_to_a_person(monkeypatch, caplog):
    order = make_noted_order("刻字:平安喜乐")
    monkeypatch.setattr(module, "recognise", lambda *_args, **_kwargs: 1 / 0)

    note = read_notes(order)

    assert (note.state, note.types, note.recognised_at) == ("manual", [], NOON)
    assert f"The rules cannot read note {note.pk}." in caplog.text


def test_reading_stops_at_its_limit_and_keeps_to_the_store():
    store = make_store()
    for _ in range(3):
        make_noted_order(store=store)
    make_noted_order()

    done = [recognise_notes(store=store, at=NOON, limit=2), recognise_notes(store=store, at=NOON)]

    assert done == [2, 1]
    assert BuyerNote.objects.filter(recognised_at__isnull=True).count() == 1


def test_reading_takes_as_many_statements_for_three_notes_as_for_one(django_assert_num_queries):
    store = make_store()
    make_noted_order("刻字:平安", store=store)

    with django_assert_num_queries(9):
        recognise_notes(store=store, at=NOON)
    for _ in range(3):
        make_noted_order("刻字:平安", store=store)
    with django_assert_num_queries(9):
        recognise_notes(store=store, at=NOON)
