"""What an import does to notes: a new text starts anew, details are read against, what left is fulfilled."""

import pytest

from orders.core.models import Order, OrderEvent
from orders.notes.models import BuyerNote
from orders.notes.services import recognise_notes
from tests.factories import NOON
from tests.intake.files import SHIPPED, line_row, order_row, save_detail, save_list
from tests.intake.importing import LATER, run

pytestmark = pytest.mark.django_db


def test_a_new_text_resets_the_reading_and_keeps_who_works_on_it(store, agent, tmp_path):
    run(save_list(tmp_path, [order_row("1001", 买家留言="刻字")]))
    recognise_notes(store=store, at=NOON)
    BuyerNote.objects.update(assignee=agent, negotiation="talking", asked_at=NOON)
    Order.objects.update(printed_at=NOON)

    run(save_list(tmp_path, [order_row("1001", 买家留言="刻字:平安")], name=LATER))

    note = BuyerNote.objects.get()
    assert (note.state, note.types, note.findings, note.recognised_at) == ("unread", [], {}, None)
    assert (note.negotiation, note.asked_at, note.assignee) == ("", None, agent)
    assert note.changed_after_print is True


def test_a_new_text_before_printing_is_no_change_after_it(store, tmp_path):
    run(save_list(tmp_path, [order_row("1001", 买家留言="刻字")]))

    run(save_list(tmp_path, [order_row("1001", 买家留言="刻字:平安")], name=LATER))

    assert BuyerNote.objects.get().changed_after_print is False


def test_details_let_the_rules_read_a_note_again_unless_a_person_sorted_it(store, tmp_path):
    numbers = ("1001", "1002", "1003")
    run(save_list(tmp_path, [order_row(number, 买家留言="换成白色") for number in numbers]))
    recognise_notes(store=store, at=NOON)
    BuyerNote.objects.filter(order__number="1002").update(findings={"by_hand": True})
    BuyerNote.objects.filter(order__number="1003").update(asked_at=NOON)

    run(save_detail(tmp_path, [line_row(number, f"5{number}") for number in numbers]))

    read = dict(BuyerNote.objects.values_list("order__number", "recognised_at"))
    assert read == {"1001": None, "1002": NOON, "1003": NOON}
    assert BuyerNote.objects.get(order__number="1001").state == "unread"


def test_a_confirmed_note_that_the_platform_ships_is_fulfilled(store, agent, tmp_path):
    run(save_list(tmp_path, [order_row("1001", 买家留言="刻字:平安")]))
    BuyerNote.objects.update(state="confirmed", handled_by=agent, handled_at=NOON)

    run(save_list(tmp_path, [order_row("1001", 买家留言="刻字:平安", 订单状态=SHIPPED)], name=LATER))

    note = BuyerNote.objects.get()
    assert (note.state, note.handled_by_id, note.handled_at) == ("fulfilled", agent.pk, NOON)
    event = OrderEvent.objects.get(kind="note_fulfilled")
    assert (event.source, event.order_version) == ("platform", Order.objects.get().version)
