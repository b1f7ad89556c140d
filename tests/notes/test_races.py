"""What people may do to notes at the same moment."""

from datetime import timedelta

import pytest
from django.db import transaction

from orders.core.models import Order, OrderEvent, Wish
from orders.core.services import VersionConflict
from orders.notes.models import BuyerNote, NoteVersion
from orders.notes.services import (
    NoteChanges,
    NoteError,
    assigning,
    confirm_note,
    decline_note,
    recognise_notes,
    record_note,
    take_next_notes,
)
from tests.factories import NOON, make_store, make_user
from tests.notes.helpers import make_noted_order, target
from tests.parallel import in_parallel

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_two_who_confirm_at_once_one_is_told_who_was_first():
    order, people = make_noted_order(), [make_user("li"), make_user("wang")]

    def confirm(person):
        changes = NoteChanges(packing=f"as {person} says")
        return confirm_note(**target(order, outcome="agreed", actor=person, changes=changes, version=2))

    results = in_parallel(*(lambda person=person: confirm(person) for person in people))

    refused = [result for result in results if isinstance(result, VersionConflict)]
    winner = BuyerNote.objects.get().handled_by
    assert len(refused) == 1
    assert f"{winner} changed order" in str(refused[0])
    assert list(Wish.objects.values_list("text", flat=True)) == [f"as {winner} says"]
    assert OrderEvent.objects.filter(kind="note_confirmed").count() == 1


def test_of_confirm_and_decline_without_a_version_both_may_be_done_in_turn():
    for _ in range(5):
        order = make_noted_order()

        results = in_parallel(
            lambda order=order: confirm_note(**target(order, outcome="agreed")),
            lambda order=order: decline_note(**target(order, outcome="not possible")),
        )

        assert not any(isinstance(result, Exception) for result in results)  # the table has both moves
        order.refresh_from_db()
        kinds = list(order.events.order_by("pk").values_list("kind", flat=True))
        last = {"note_confirmed": "confirmed", "note_declined": "declined"}[kinds[-1]]
        assert (order.note.state, order.version, len(kinds)) == (last, 4, 3)


def test_a_confirmation_of_the_older_text_is_refused_when_a_new_one_arrives():
    for _ in range(5):
        order = make_noted_order("in red")

        confirmed, _recorded = in_parallel(
            lambda order=order: confirm_note(**target(order, outcome="red it is", version=2)),
            lambda order=order: record_note(order=order, text="in blue", at=NOON),
        )

        note = BuyerNote.objects.get(order=order)
        order.refresh_from_db()
        assert (note.state, note.text, note.outcome, order.note_state) == ("unread", "in blue", "", "unhandled")
        assert order.hold_kinds == ["note_unhandled"]
        assert isinstance(confirmed, VersionConflict) or order.version == 4


def test_the_same_new_text_twice_at_once_is_one_version():
    order = make_noted_order("in red")

    results = in_parallel(*[lambda: record_note(order=order, text="in blue", at=NOON)] * 4)

    assert not any(isinstance(result, Exception) for result in results)
    assert list(NoteVersion.objects.order_by("number").values_list("number", flat=True)) == [1, 2]


def test_confirming_twenty_times_at_once_agrees_once():
    order = make_noted_order()
    changes = NoteChanges(packing="box", gift="mat")

    results = in_parallel(*[lambda: confirm_note(**target(order, outcome="agreed", changes=changes))] * 20)

    assert sum(isinstance(result, NoteError) for result in results) == 19
    assert Wish.objects.count() == 2


def make_taking(people=2, notes=6):
    store = make_store()
    members = [make_user(store=store) for _ in range(people)]
    for hour in range(notes):
        make_noted_order(store=store, ship_by=NOON + timedelta(hours=hour))
    return store, members


@pytest.mark.parametrize("_turn", range(5))
def test_two_who_take_at_once_never_get_the_same_note(_turn):
    store, members = make_taking()

    results = in_parallel(
        *(lambda person=person: take_next_notes(store=store, actor=person, at=NOON, count=4) for person in members)
    )

    taken = [note.pk for notes in results for note in notes]
    assert len(taken) == len(set(taken)) >= 4
    assert OrderEvent.objects.filter(store=store, kind="note_assigned").count() == len(taken)
    for person, notes in zip(members, results, strict=True):
        held = BuyerNote.objects.filter(store=store, assignee=person).values_list("pk", flat=True)
        assert set(held) == {note.pk for note in notes}


def test_without_the_second_look_one_note_goes_to_two(monkeypatch):
    """Control: the test above can fail."""
    store, (li, wang) = make_taking(notes=1)
    seen_before = list(Order.objects.filter(store=store))
    take_next_notes(store=store, actor=li, at=NOON)
    monkeypatch.setattr(assigning, "_urgent_orders", lambda *_args: seen_before)

    assert take_next_notes(store=store, actor=wang, at=NOON) == []

    monkeypatch.setattr(assigning, "_still_free", lambda orders: list(BuyerNote.objects.filter(order__in=orders)))
    assert len(take_next_notes(store=store, actor=wang, at=NOON)) == 1


def test_notes_whose_order_is_being_saved_are_passed_over():
    store, (li, _wang) = make_taking(notes=2)
    first = Order.objects.filter(store=store).order_by("ship_by").first()

    with transaction.atomic():
        Order.objects.locked().get(pk=first.pk)
        (taken,) = in_parallel(lambda: take_next_notes(store=store, actor=li, at=NOON))

    assert [note.order_id for note in taken] == list(
        Order.objects.filter(store=store).exclude(pk=first.pk).values_list("pk", flat=True)
    )


def test_readers_at_once_read_each_note_once_and_confirming_meanwhile_stays():
    store = make_store()
    orders = [make_noted_order("刻字:平安", store=store) for _ in range(12)]

    results = in_parallel(
        lambda: recognise_notes(store=store, at=NOON),
        lambda: recognise_notes(store=store, at=NOON),
        *(lambda order=order: confirm_note(**target(order, outcome="agreed")) for order in orders[:4]),
    )

    assert not any(isinstance(result, Exception) for result in results)
    while recognise_notes(store=store, at=NOON):
        pass
    states = dict(BuyerNote.objects.values_list("order", "state"))
    assert [states[order.pk] for order in orders] == ["confirmed"] * 4 + ["recognised"] * 8
    assert set(BuyerNote.objects.values_list("recognised_at", flat=True)) == {NOON}
