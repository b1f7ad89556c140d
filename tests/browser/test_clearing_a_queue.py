"""One person clears a morning's backlog without the mouse; how many keys and pages it takes is part of the promise."""

from typing import Any

import pytest
from django.db.models import Count

from orders.core.models import Hold, Order, OrderEvent
from orders.core.statuses import EventSource, NoteState
from orders.fulfilment.models import Shipment
from orders.notes.models import BuyerNote
from tests.browser.backlog import Backlog, make_backlog
from tests.browser.person import Person

REASON, WORDS = "called, all is well", "Amy"


@pytest.fixture
def backlog(shop: None, store: Any) -> Backlog:
    return make_backlog(store)


def test_person_clears_a_hundred_orders_with_the_keyboard_alone(browse, backlog, manager):
    person = browse(manager)
    person.open("/orders/")
    person.settle()

    claim_all(person)
    answered = handle_notes(person, backlog)
    accept_all(person, backlog)
    ship_all(person, backlog)

    kept_back = {*backlog.refunding, *backlog.incomplete} - set(answered)
    assert set(Order.objects.exclude(status="shipped")) == kept_back
    assert_nothing_slipped_through()
    assert_everybody_is_named(manager)
    assert (person.pressed, person.typed, person.loads) == (79, 44, 6)


def claim_all(person: Person) -> None:
    """Take what can be worked on, twenty at a time: all but the four with open refunds."""
    for _twenty in range(5):
        person.press("Shift+C")
    assert person.page.get_attribute("#list", "data-total") == "96"


def handle_notes(person: Person, backlog: Backlog) -> list[Order]:
    """Confirm the notes that say all, ask about the others, and confirm the two that are answered."""
    page = person.page
    person.travel("g", "n")
    person.press("j", "Enter")
    for order in backlog.noted:
        note_in_pane(person, order)
        person.press("q" if order in backlog.incomplete else "n")
        page.wait_for_selector("dialog[open]")
        person.press("Control+Enter")
        page.wait_for_selector("dialog[open]", state="detached")
    assert person.orders() == [order.number for order in backlog.incomplete]

    answered = [backlog.incomplete[-1], backlog.incomplete[-2]]
    for order in answered:
        note_in_pane(person, order)
        answer(person)
    return answered


def answer(person: Person) -> None:
    """Write down what the buyer answered to the question in the pane, and confirm the note with it."""
    page = person.page
    person.press("r")
    page.wait_for_selector("dialog[open]")
    person.write(WORDS)
    person.press("Control+Enter")
    page.wait_for_selector("dialog[open]", state="detached")
    person.press("n")
    page.wait_for_selector("dialog[open]")
    assert page.input_value("dialog[open] [name^=engraving]") == WORDS
    person.press("Control+Enter")
    page.wait_for_selector("dialog[open]", state="detached")


def accept_all(person: Person, backlog: Backlog) -> None:
    """Accept one in the pane, one that a rule holds, a few together, and then what is left at once."""
    page = person.page
    first, dear = backlog.orders[:2]
    person.travel("g", "o")
    person.press("j", "Enter")
    in_pane(person, first)
    person.press("a")
    in_pane(person, dear)
    person.press("a")
    page.wait_for_selector("dialog[open]")
    assert "held by rule “Dear orders”" in page.inner_text("dialog[open]")
    person.write(REASON)
    person.press("Enter")
    page.wait_for_selector("dialog[open]", state="detached")
    assert accepted() == {*rule_accepted(), first, dear}
    assert list(Hold.objects.filter(order=dear).values_list("rule", "release_reason")) == [("Dear orders", REASON)]

    person.press("Escape", *["Shift+J"] * 4, "a")
    page.wait_for_selector("dialog[open]")
    assert "This applies to 2 of 5 selected orders." in page.inner_text("dialog[open]")
    person.press("Enter")
    page.wait_for_selector("dialog[open]", state="detached")

    person.press("Control+a", "Control+a", "a")
    page.wait_for_selector("dialog[open]")
    person.write(REASON)
    person.press("Enter")
    assert accepted() == set(backlog.orders)


def ship_all(person: Person, backlog: Backlog) -> None:
    page = person.page
    person.travel("s")
    person.paste(backlog.table())
    person.travel("Control+Enter")
    person.travel("Enter")
    assert (page.get_attribute("[data-done]", "data-done"), page.get_attribute("[data-refused]", "data-refused")) == (
        "93",
        "7",
    )


def in_pane(person: Person, order: Order) -> None:
    person.page.wait_for_selector(f"#pane [data-pane-order='{order.number}']")


def note_in_pane(person: Person, order: Order) -> None:
    person.page.wait_for_selector(f"#note-card[data-order='{order.number}']")


def rule_accepted() -> set[Order]:
    return set(Order.objects.filter(acceptance="accepted", acceptance_rule="Small ones"))


def accepted() -> set[Order]:
    return set(Order.objects.filter(acceptance="accepted"))


def assert_nothing_slipped_through() -> None:
    shipped = Order.objects.filter(status="shipped")
    assert not shipped.exclude(hold_kinds=[]).exists()
    assert not Hold.objects.filter(order__in=shipped, released_at=None).exists()
    assert not shipped.filter(has_open_refund=True).exists()
    assert not shipped.filter(note_state=NoteState.UNHANDLED).exists()
    assert set(BuyerNote.objects.filter(order__in=shipped).values_list("state", flat=True)) == {"fulfilled"}
    assert set(shipped.annotate(parcels=Count("shipments")).values_list("parcels", flat=True)) == {1}
    assert Shipment.objects.count() == shipped.count()


def assert_everybody_is_named(manager: Any) -> None:
    by_person = OrderEvent.objects.filter(source=EventSource.STAFF)
    assert set(by_person.values_list("actor", "actor_name")) == {(manager.pk, "manager")}
    others = OrderEvent.objects.exclude(source=EventSource.STAFF)
    assert set(others.values_list("source", "actor_name")) == {("platform", ""), ("rule", "")}
