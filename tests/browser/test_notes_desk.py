"""A service agent handles a buyer's note from the inbox to the evidence, and hears of a new order while doing it."""

from datetime import timedelta

from orders.core.models import ContactLog, Order, Wish
from orders.core.services import record_event
from orders.core.statuses import EventKind, EventSource, NoteState
from orders.desk.alerts import raise_due_alerts
from orders.notes.models import BuyerNote
from orders.notes.services import recognise_notes, record_note
from tests.factories import NOON, make_order

POLL = "htmx.trigger(document.body, 'alerts-changed')"


def noted(store, number, text, *, hours):
    order = make_order(store=store, number=number, placed_at=NOON - timedelta(hours=hours))
    record_note(order=order, text=text, at=NOON)
    recognise_notes(store=store, at=NOON)
    return order


def test_agent_asks_confirms_and_shows_the_evidence_of_a_note(browse, store, agent):  # noqa: PLR0915 -- a whole job
    order = noted(store, "A1", "要刻字，礼盒装", hours=20)
    other = noted(store, "A2", "发顺丰", hours=10)
    raise_due_alerts(NOON)
    person = browse(agent)
    page = person.page

    person.open("/orders/notes/")
    person.settle()
    assert person.orders() == ["A1", "A2"]
    assert person.texts("[data-order=A1] [data-note-problem]") == ["Text to engrave is missing"]
    person.press("Shift+C")
    assert page.get_attribute("[data-order=A1] [data-assignee]", "data-assignee") == "agent"
    person.press("j", "Enter")
    page.wait_for_selector("#note-card[data-order=A1]")
    person.press("q")
    assert page.input_value("dialog[open] [name=text]") == "You asked for engraving. Which text shall we engrave?"
    person.press("Control+Enter")
    page.wait_for_selector("#note-card[data-order=A2]")  # the next one, while the buyer thinks
    assert ContactLog.objects.get().text == "You asked for engraving. Which text shall we engrave?"

    arrive(store, "A3")
    page.evaluate(POLL)
    page.wait_for_selector("#toasts .toast-text >> text=1 new order")
    assert "1 unread alert" in page.inner_text("#alert-badge")
    assert page.get_attribute("#note-card", "data-order") == "A2"  # nothing moved under the hands

    person.press("k")
    page.wait_for_selector("#note-card[data-order=A1]")
    person.press("r")
    page.fill("dialog[open] [name=answer]", "小满")
    person.press("Control+Enter")
    page.wait_for_selector("#note-card[data-order=A1] [data-contact] .quote")
    assert BuyerNote.objects.get(order=order).state == "recognised"
    person.press("n")
    page.fill("dialog[open] [name^=engraving]", "小满")
    assert page.input_value("dialog[open] [name=gift_wrap]") == "Gift wrap"
    person.press("Enter")
    page.wait_for_selector("#note-card[data-order=A2]")
    assert person.orders() == ["A2"]
    order.refresh_from_db()
    assert (order.hold_kinds, order.note_state) == ([], NoteState.HANDLED)
    assert dict(Wish.objects.values_list("kind", "text")) == {"engraving": "小满", "gift_wrap": "Gift wrap"}
    person.press("n")
    page.wait_for_selector("dialog[open]")
    person.press("Control+Enter")
    page.wait_for_selector("[data-row]", state="detached")
    assert set(Order.objects.filter(note_state=NoteState.HANDLED)) == {order, other}

    person.open(f"/orders/notes/{order.number}/evidence/")
    assert person.texts("[data-evidence] .quote") == ["要刻字，礼盒装"]
    assert person.values("[data-fits]", "data-fits") == ["yes"]
    assert person.values("[data-wish]", "data-wish") == ["gift_wrap", "engraving"]
    steps = person.values("[data-event]", "data-event")
    assert steps[:5] == ["note_received", "note_assigned", "contacted", "note_asked", "answered"]
    assert sorted(steps[5:]) == ["note_confirmed", "wish_agreed", "wish_agreed"]
    assert "You asked for engraving" in page.inner_text("[data-evidence]")


def arrive(store, number):
    """Let an order come as an import brings it, and the clock tick."""
    order = make_order(store=store, number=number)
    after = {"status": "pending_shipment"}
    record_event(order, EventKind.IMPORTED, actor=None, at=NOON, source=EventSource.PLATFORM, after=after)
    raise_due_alerts(NOON + timedelta(minutes=1))
