from datetime import timedelta

import pytest

from backoffice.common.sealing import unseal
from orders.core.models import Order, OrderEvent
from orders.core.services import VersionConflict
from orders.core.statuses import SHIPPABLE_STATUSES, NoteState, OrderStatus
from orders.core.texts import note_context
from orders.notes.models import BuyerNote, NoteVersion
from orders.notes.queries import note_of
from orders.notes.services import NoteError, confirm_note, decline_note, override_note, record_note
from orders.notes.statuses import MOVES, BuyerNoteState
from tests.factories import NOON, make_order, make_store, make_user
from tests.notes.helpers import make_noted_order, target

pytestmark = pytest.mark.django_db


def test_record_note_holds_the_order_until_it_is_handled():
    order = make_noted_order()

    note = BuyerNote.objects.get()
    assert (note.state, note.text, note.version_count) == ("unread", "gift wrap, please", 1)
    assert (order.note_state, order.hold_kinds, order.version) == ("unhandled", ["note_unhandled"], 2)
    assert OrderEvent.objects.get().after == {"note": "gift wrap, please", "version": 1}


@pytest.mark.parametrize("status", OrderStatus)
def test_record_note_holds_only_what_may_still_ship(status):
    order = make_noted_order(status=status)

    assert bool(order.hold_kinds) == (status in SHIPPABLE_STATUSES)
    assert order.note_state == NoteState.UNHANDLED


def test_record_note_of_the_same_text_changes_nothing():
    order = make_noted_order()

    record_note(order=order, text=" gift wrap, please ", at=NOON + timedelta(hours=1))

    order.refresh_from_db()
    assert (order.version, NoteVersion.objects.count()) == (2, 1)


def test_record_note_without_text_makes_none():
    order = make_order()

    assert record_note(order=order, text="  ", at=NOON) is None
    assert note_of(order) is None


def test_a_new_text_is_a_new_version_and_reopens_the_item():
    order = make_noted_order()
    confirm_note(**target(order, outcome="wrapped in red", actor=make_user("li")))

    record_note(order=order, text="in blue, please", at=NOON + timedelta(hours=1))

    order.refresh_from_db()
    note = BuyerNote.objects.get()
    assert (note.state, note.text, note.outcome, note.handled_by, note.version_count) == (
        "unread",
        "in blue, please",
        "",
        None,
        2,
    )
    assert list(NoteVersion.objects.order_by("number").values_list("number", "text")) == [
        (1, "gift wrap, please"),
        (2, "in blue, please"),
    ]
    assert (order.note_state, order.hold_kinds) == ("unhandled", ["note_unhandled"])


def test_record_note_masks_phones_and_seals_the_text_as_written():
    order = make_noted_order(text="my new number is １３８１２３４１２３４")

    version = NoteVersion.objects.get()
    assert version.text == BuyerNote.objects.get().text == "my new number is 138****1234"
    context = note_context(order.store_id, order.number, 1)
    assert unseal(version.sealed, context=context).decode() == "my new number is １３８１２３４１２３４"
    assert "1234１" not in str(OrderEvent.objects.get().after)


@pytest.mark.parametrize(
    ("act", "state", "kind"),
    [(confirm_note, "confirmed", "note_confirmed"), (decline_note, "declined", "note_declined")],
)
def test_handling_a_note_releases_the_order(act, state, kind):
    order, person = make_noted_order(), make_user("li")

    act(**target(order, outcome="talked to the buyer", actor=person, version=2))

    order.refresh_from_db()
    note = BuyerNote.objects.get()
    assert (note.state, note.outcome, note.handled_by, note.handled_at) == (state, "talked to the buyer", person, NOON)
    assert (order.note_state, order.hold_kinds, order.version) == ("handled", [], 3)
    event = OrderEvent.objects.order_by("pk").last()
    assert (event.kind, event.before, event.actor) == (kind, {"note_state": "unread"}, person)


@pytest.mark.parametrize(("act", "new"), [(confirm_note, "confirmed"), (decline_note, "declined")])
@pytest.mark.parametrize("state", BuyerNoteState)
def test_notes_move_as_their_table_says(act, new, state):
    order = make_noted_order()
    BuyerNote.objects.update(state=state)

    if new in MOVES[state]:
        act(**target(order, outcome="done"))
    else:
        with pytest.raises(NoteError, match=f"is “{state.label}” and cannot become"):
            act(**target(order, outcome="done"))

    assert BuyerNote.objects.get().state == (new if new in MOVES[state] else state)


def test_override_lets_the_order_go_and_leaves_the_note_to_handle():
    order, boss = make_noted_order(), make_user("boss")

    override_note(**target(order, reason="the truck leaves", actor=boss))

    order.refresh_from_db()
    assert (order.hold_kinds, order.note_state, BuyerNote.objects.get().state) == ([], "unhandled", "unread")
    event = OrderEvent.objects.order_by("pk").last()
    assert (event.kind, event.actor, event.after) == ("note_overridden", boss, {"reason": "the truck leaves"})
    assert order.holds.get().release_reason == "the truck leaves"


def test_override_without_a_held_note_is_refused():
    order = make_order()

    with pytest.raises(NoteError, match="No buyer note holds"):
        override_note(**target(order, reason="no wish"))

    assert not OrderEvent.objects.exists()


@pytest.mark.parametrize("act", [confirm_note, decline_note])
def test_handling_what_is_not_there_is_refused(act):
    order = make_order()

    with pytest.raises(NoteError, match="has no buyer note"):
        act(**target(order, outcome="done"))


@pytest.mark.parametrize(
    ("act", "field"), [(confirm_note, "outcome"), (decline_note, "outcome"), (override_note, "reason")]
)
def test_handling_asks_for_a_reason_a_fresh_version_and_the_own_store(act, field):
    order = make_noted_order()

    with pytest.raises(NoteError, match="reason of 2 to 300"):
        act(**target(order, **{field: " "}))
    with pytest.raises(VersionConflict):
        act(**target(order, **{field: "done"}, version=1))
    with pytest.raises(Order.DoesNotExist):
        act(**target(order, **{field: "done"}, store=make_store()))

    order.refresh_from_db()
    assert (order.version, order.hold_kinds) == (2, ["note_unhandled"])
