"""What people do with a note before and after it is settled: assign, sort, ask, negotiate, fulfil, reopen, attach."""

from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backoffice.common.access import Role
from backoffice.common.models import Attachment
from orders.core.models import ContactLog, Order, OrderEvent
from orders.core.services import OrderError, VersionConflict
from orders.fulfilment.services import ship_order
from orders.notes.models import BuyerNote, NoteFile
from orders.notes.services import (
    NoteError,
    answer_note,
    ask_buyer,
    assign_note,
    attach_file,
    confirm_note,
    decline_note,
    fulfil_note,
    hand_over_note,
    negotiate_note,
    reopen_note,
    sort_note,
    take_next_notes,
)
from tests.factories import NOON, make_order, make_store, make_user
from tests.notes.helpers import make_noted_order, read_notes, target

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)


def last_event(order):
    return order.events.order_by("pk").last()


def make_attachment(store, name="card.png", **values):
    defaults = {"kind": "image", "media_type": "image/png", "size": 3, "sha256": "a" * 64, "added_at": NOON}
    return Attachment.objects.create(store=store, name=name, **(defaults | values))


ACTS = {
    assign_note: {"assignee": None},
    sort_note: {"types": ["gift"]},
    hand_over_note: {"reason": "looks odd"},
    negotiate_note: {"negotiation": "talking", "text": "asked for a week"},
    ask_buyer: {"text": "what shall we engrave?", "channel": "chat"},
    answer_note: {"contact_id": 1, "answer": "平安"},
    fulfil_note: {},
    reopen_note: {"reason": "misread"},
}


@pytest.mark.parametrize("act", ACTS)
def test_acts_need_a_note_a_fresh_version_and_the_own_store(act):
    order, noted = make_order(), make_noted_order()

    with pytest.raises(NoteError, match="has no buyer note"):
        act(**target(order, **ACTS[act]))
    with pytest.raises(VersionConflict):
        act(**target(noted, **ACTS[act], version=1))
    with pytest.raises(Order.DoesNotExist):
        act(**target(noted, **ACTS[act], store=make_store()))

    noted.refresh_from_db()
    assert (noted.version, noted.events.count()) == (2, 1)


@pytest.mark.parametrize("act", ACTS)
def test_the_first_look_at_the_order_locks_it(act):
    order = make_order()

    with CaptureQueriesContext(connection) as queries, suppress(NoteError):
        act(**target(order, **ACTS[act]))

    looks = [query["sql"] for query in queries if '"orders_' in query["sql"] or '"notes_' in query["sql"]]
    assert looks[0].endswith('FOR UPDATE OF "orders_order"')


@pytest.mark.parametrize("act", [assign_note, hand_over_note, ask_buyer])
def test_what_is_handled_is_not_worked_on(act):
    order = make_noted_order()
    confirm_note(**target(order, outcome="agreed"))

    with pytest.raises(NoteError, match="is “Confirmed” already: there is nothing left to do"):
        act(**target(order, **ACTS[act]))


def test_a_note_is_given_to_a_member_and_given_back():
    order = make_noted_order()
    boss, li = make_user("boss"), make_user("li", store=order.store)

    assign_note(**target(order, assignee=li, actor=boss, version=2))

    note = BuyerNote.objects.get()
    event = last_event(order)
    assert (note.assignee, note.assigned_at, note.state) == (li, NOON, "unread")
    assert (event.kind, event.actor, event.before, event.after) == (
        "note_assigned",
        boss,
        {"assignee": ""},
        {"assignee": "li"},
    )

    assign_note(**target(order, assignee=None, actor=li, version=3))

    note.refresh_from_db()
    assert (note.assignee, note.assigned_at, last_event(order).before) == (None, None, {"assignee": "li"})


def test_giving_a_note_to_who_has_it_changes_nothing():
    order = make_noted_order()
    li = make_user("li", store=order.store)
    assign_note(**target(order, assignee=li))

    assign_note(**target(order, assignee=li, at=LATER))

    assert (BuyerNote.objects.get().assigned_at, order.events.count()) == (NOON, 2)


@pytest.mark.parametrize("roles", [None, (Role.WAREHOUSE,), (Role.FINANCE, Role.OPS)])
def test_a_note_goes_only_to_members_who_handle_notes(roles):
    order = make_noted_order()
    person = make_user("wang", store=order.store if roles else make_store(), roles=roles or (Role.AGENT,))

    with pytest.raises(NoteError, match="wang does not handle notes") as refused:
        assign_note(**target(order, assignee=person))
    with pytest.raises(NoteError, match="wang does not handle notes"):
        take_next_notes(store=order.store, actor=person, at=NOON)

    assert (refused.value.code, BuyerNote.objects.get().assignee) == ("field", None)


def test_next_notes_are_the_most_urgent_that_nobody_has():
    store = make_store()
    li, wang = make_user("li", store=store), make_user("wang", store=store)
    orders = [make_noted_order(store=store, ship_by=NOON + timedelta(hours=hour)) for hour in (9, 3, 6, 1, 2)]
    assign_note(**target(orders[3], assignee=wang))
    confirm_note(**target(orders[4], outcome="agreed"))
    make_noted_order(store=store, status="pending_payment")
    make_noted_order()

    notes = take_next_notes(store=store, actor=li, at=NOON, count=2)

    assert [note.order.number for note in notes] == [orders[1].number, orders[2].number]
    assert set(BuyerNote.objects.filter(assignee=li).values_list("order", flat=True)) == {orders[1].pk, orders[2].pk}
    assert last_event(orders[1]).after == {"assignee": "li"}
    assert [note.order.version for note in notes] == [3, 3]


def test_next_notes_are_none_when_none_are_left():
    store = make_store()

    assert take_next_notes(store=store, actor=make_user("li", store=store), at=NOON) == []


def test_sorting_corrects_the_types_and_drops_problems_of_others():
    order, li = make_noted_order("刻字 包装"), make_user("li")
    read_notes(order)

    note = sort_note(**target(order, types=["gift", "packing"], actor=li))

    assert (note.types, note.findings["problems"], note.findings["by_hand"]) == (["gift", "packing"], [], True)
    event = last_event(order)
    assert (event.kind, event.actor, event.after) == ("note_sorted", li, {"types": ["gift", "packing"]})


def test_sorting_an_unread_note_reads_it():
    order = make_noted_order()

    note = sort_note(**target(order, types=["urge"]))

    assert (note.state, note.recognised_at) == ("recognised", NOON)


def test_sorting_the_same_way_changes_nothing():
    order = make_noted_order("发顺丰")
    read_notes(order)

    sort_note(**target(order, types=["courier"]))

    assert order.events.count() == 1


def test_sorting_by_an_unknown_type_is_refused():
    order = make_noted_order()

    with pytest.raises(NoteError, match="There is no note type “poem”") as refused:
        sort_note(**target(order, types=["gift", "poem"]))

    assert refused.value.code == "field"


def test_handing_over_leaves_a_note_to_a_person():
    order = make_noted_order()

    hand_over_note(**target(order, reason="two wishes at once"))

    assert BuyerNote.objects.get().state == "manual"
    assert last_event(order).after == {"note_state": "manual", "reason": "two wishes at once"}
    with pytest.raises(NoteError, match="cannot become “For a person”"):
        hand_over_note(**target(order, reason="again"))


def test_asking_waits_for_the_answer_and_the_answer_makes_it_ready():
    order, li = make_noted_order("刻字"), make_user("li")
    read_notes(order)

    contact = ask_buyer(**target(order, text="text to engrave? 13812341234", channel="chat", actor=li, version=2))

    note = BuyerNote.objects.get()
    assert (note.state, note.asked_at, contact.text) == ("needs_info", NOON, "text to engrave? 138****1234")
    assert list(order.events.order_by("pk").values_list("kind", "order_version")) == [
        ("note_received", 2),
        ("contacted", 3),
        ("note_asked", 4),
    ]

    answer_note(**target(order, contact_id=contact.pk, answer="平安喜乐", actor=li, at=LATER, version=4))

    note.refresh_from_db()
    contact.refresh_from_db()
    assert (note.state, note.asked_at, contact.answer, contact.answered_at) == ("recognised", None, "平安喜乐", LATER)


def test_an_answer_about_a_note_without_type_leaves_it_to_a_person():
    order = make_noted_order("阿巴阿巴")
    contact = ask_buyer(**target(order, text="what do you mean?", channel="phone"))

    note = answer_note(**target(order, contact_id=contact.pk, answer="nothing"))

    assert note.state == "manual"


def test_asking_is_refused_without_text_and_by_an_unknown_channel():
    order = make_noted_order()

    with pytest.raises(OrderError, match="A contact has 1 to"):
        ask_buyer(**target(order, text=" ", channel="chat"))
    with pytest.raises(OrderError, match="no channel “pigeon”"):
        ask_buyer(**target(order, text="what?", channel="pigeon"))

    assert (BuyerNote.objects.get().state, ContactLog.objects.count()) == ("unread", 0)


def test_an_answer_to_another_orders_question_is_refused():
    order, other = make_noted_order(), make_noted_order()
    contact = ask_buyer(**target(other, text="what?", channel="chat"))

    with pytest.raises(OrderError, match="has no such contact"):
        answer_note(**target(order, contact_id=contact.pk, answer="that"))


@pytest.mark.parametrize("negotiation", ["talking", "refused", "agreed"])
def test_talks_are_written_down_and_the_note_stays_to_be_handled(negotiation):
    order, li = make_noted_order(), make_user("li")

    negotiate_note(**target(order, negotiation=negotiation, text="half of it", actor=li))

    note = BuyerNote.objects.get()
    assert (note.negotiation, note.outcome, note.state) == (negotiation, "half of it", "unread")
    event = last_event(order)
    assert (event.kind, event.actor, event.after) == (
        "note_negotiated",
        li,
        {"negotiation": negotiation, "outcome": "half of it"},
    )


@pytest.mark.parametrize("negotiation", ["", "won"])
def test_talks_stand_in_one_of_three_ways(negotiation):
    order = make_noted_order()

    with pytest.raises(NoteError, match="Say how the talks stand"):
        negotiate_note(**target(order, negotiation=negotiation, text="half of it"))


def test_talks_do_not_write_over_what_was_confirmed():
    order = make_noted_order()
    confirm_note(**target(order, outcome="a box"))

    with pytest.raises(NoteError, match="there is nothing left to do about it"):
        negotiate_note(**target(order, negotiation="refused", text="no box"))

    note = BuyerNote.objects.get()
    assert (note.state, note.outcome, note.negotiation) == ("confirmed", "a box", "")


def test_a_confirmed_note_is_fulfilled_by_hand():
    order, li, wang = make_noted_order(), make_user("li"), make_user("wang")
    confirm_note(**target(order, outcome="agreed", actor=li))

    fulfil_note(**target(order, actor=wang, at=LATER))

    note = BuyerNote.objects.get()
    assert (note.state, note.handled_by, note.handled_at) == ("fulfilled", li, NOON)
    assert (last_event(order).kind, last_event(order).actor) == ("note_fulfilled", wang)


def ship(order, lines=None):
    ship_order(**target(order, courier="SF", tracking_number=f"SF{order.pk:013}", lines=lines))


def test_a_confirmed_note_is_fulfilled_when_the_whole_order_ships():
    order = make_noted_order(lines=2)
    confirm_note(**target(order, outcome="agreed"))
    first, second = order.lines.order_by("position")

    ship(order, {first.pk: 1})

    assert BuyerNote.objects.get().state == "confirmed"

    Order.objects.filter(pk=order.pk).update(version=5)
    ship_order(**target(order, courier="SF", tracking_number="SF9999999999999", lines={second.pk: 1}))

    assert BuyerNote.objects.get().state == "fulfilled"
    events = list(order.events.order_by("pk").values_list("kind", "order_version"))[-2:]
    assert events == [("shipped", 6), ("note_fulfilled", 6)]


def test_a_declined_note_stays_declined_when_the_order_ships():
    order = make_noted_order()
    decline_note(**target(order, outcome="not possible"))

    ship(order)

    assert BuyerNote.objects.get().state == "declined"


def test_reopening_holds_the_order_again_and_keeps_what_was_agreed():
    order, li = make_noted_order(), make_user("li")
    confirm_note(**target(order, outcome="agreed"))

    reopen_note(**target(order, reason="the buyer wrote again", actor=li))

    order.refresh_from_db()
    note = BuyerNote.objects.get()
    assert (note.state, note.outcome, note.handled_at) == ("manual", "", None)
    assert (order.note_state, order.hold_kinds) == ("unhandled", ["note_unhandled"])
    assert (last_event(order).kind, last_event(order).after) == (
        "note_reopened",
        {"note_state": "manual", "reason": "the buyer wrote again"},
    )


def test_reopening_what_is_not_handled_or_was_fulfilled_is_refused():
    order = make_noted_order()

    with pytest.raises(NoteError, match="is not handled yet"):
        reopen_note(**target(order, reason="why not"))
    confirm_note(**target(order, outcome="agreed"))
    fulfil_note(**target(order))
    with pytest.raises(NoteError, match="is “Fulfilled” and cannot become"):
        reopen_note(**target(order, reason="why not"))


def test_reopening_a_shipped_order_holds_nothing():
    order = make_noted_order(status="shipped")
    BuyerNote.objects.update(state="confirmed")

    reopen_note(**target(order, reason="a complaint"))

    order.refresh_from_db()
    assert (order.note_state, order.hold_kinds) == ("unhandled", [])


def test_a_file_is_put_beside_the_note_once():
    order, li = make_noted_order(), make_user("li")
    first, same = make_attachment(order.store), make_attachment(order.store, "again.png")

    files = [attach_file(**target(order, attachment=each, actor=li)) for each in (first, same)]

    assert files[0] == files[1] == NoteFile.objects.get()
    assert OrderEvent.objects.get(kind="note_file_added").after == {"file": "card.png", "sha256": "a" * 64}


def test_a_file_of_another_store_is_refused():
    order = make_noted_order()

    with pytest.raises(NoteError, match="belongs to another store"):
        attach_file(**target(order, attachment=make_attachment(make_store())))
