"""Both values side by side, for every act that somebody else's act may meet."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from orders.core.models import Order
from orders.core.services import agree_wish, bump, claim_order, lock_order, log_contact, open_hold, set_flag
from orders.core.statuses import Acceptance, HoldKind, OrderStatus
from orders.notes.services import confirm_note, record_note, sort_note
from tests.desk.acting import HTMX, post
from tests.factories import NOON, make_order, make_recipient, make_user

pytestmark = pytest.mark.django_db


def prepare(store, values):
    """Make an order with a note, a wish, a contact and a recipient; return it with what the acts are about."""
    now = timezone.now()
    order = make_order(store=store, placed_at=now - timedelta(hours=1), ship_by=now + timedelta(hours=47), **values)
    make_recipient(order=order)
    record_note(order=order, text="要礼盒", at=NOON)
    sort_note(store=store, order_id=order.pk, types=["gift_wrap"], actor=None, at=NOON)
    contact = log_contact(store=store, order_id=order.pk, channel="chat", text="which?", actor=None, at=NOON)
    locked = lock_order(store=store, order_id=order.pk)
    wish = agree_wish(locked, kind="gift_wrap", text="ribbon", actor=None, at=NOON)
    bump(locked, NOON, "wish_kinds")
    order.refresh_from_db()
    return order, {"wish": wish.pk, "contact": contact.pk, "line": order.lines.first().pk}


CASES = {
    "accept": ({}, {"acceptance": Acceptance.UNREVIEWED}, [("Not reviewed", "Accepted")]),
    "ship": ({"courier": "SF", "tracking_number": "SF1234567890123"}, {}, [("Awaiting shipment", "Shipped"),
             ("none", "顺丰速运 SF1234567890123")]),
    "hold": ({"kind": "risk", "reason": "look"}, {}, [("Buyer note not handled", "Risk: look")]),
    "tags": ({"tags": "VIP"}, {}, [("none", "VIP")]),
    "take_over": ({}, {}, [("wang", "you")]),
    "close": ({"reason": "asked for"}, {}, [("Awaiting shipment", "Closed asked for")]),
    "mark_paid": ({"method": "alipay"}, {"status": OrderStatus.PENDING_PAYMENT},
                  [("Awaiting payment", "Awaiting shipment alipay")]),
    "appoint": ({"day": "soon", "slot": "noon"}, {}, [("none", "soon noon")]),
    "agree_spec": ({"item": "line", "known": "", "own": "red"}, {}, [("", "red")]),
    "contact": ({"channel": "chat", "text": "call 13812341234"}, {}, [("which?", "call 138****1234")]),
    "answer_contact": ({"item": "contact", "answer": "red"}, {}, [("none", "red")]),
    "finish_wish": ({"item": "wish"}, {}, [("open", "fulfilled")]),
    "withdraw_wish": ({"item": "wish", "reason": "none left"}, {}, [("open", "none left")]),
    "confirm_note": ({"outcome": "red it is"}, {}, [("Recognised", "red it is")]),
    "ask_note": ({"text": "which?", "channel": "chat"}, {}, [("Recognised", "which?")]),
    "sort_note": ({"types": ["gift", "packing"]}, {}, [("Gift wrap", "Gift, Packing")]),
    "take_note": ({}, {}, [("nobody", "you, or nobody")]),
    "negotiate_note": ({"negotiation": "agreed", "text": "ten"}, {}, [("Nothing to negotiate", "Agreed: ten")]),
}  # fmt: skip


@pytest.mark.parametrize("act", CASES)
def test_conflict_shows_what_is_saved_and_what_was_to_be(admin_client, store, act):
    data, values, expected = CASES[act]
    order, items = prepare(store, values)
    colleague = make_user("wang", store=store)
    claim_order(store=store, order_id=order.pk, actor=colleague, at=timezone.now())
    set_flag(store=store, order_id=order.pk, flag=2, actor=colleague, at=timezone.now())
    before = Order.objects.values().get()

    soon = (timezone.localdate() + timedelta(days=3)).isoformat()
    data = {name: soon if value == "soon" else value for name, value in data.items()}
    data = {**data, "item": items.get(data.get("item"), ""), "version": order.version}
    response = post(admin_client, order, act, data, **HTMX)
    html = response.content.decode()

    assert response.status_code == 409
    assert re.findall(r"<td data-theirs>(.*?)</td><td data-yours>(.*?)</td>", html.replace(soon, "soon")) == expected
    assert Order.objects.values().get() == before


def test_conflict_about_a_promise_names_both_times(manager_client, store):
    order, _items = prepare(store, {})
    set_flag(store=store, order_id=order.pk, flag=2, actor=make_user("wang"), at=NOON)
    until = timezone.localtime(order.ship_by + timedelta(days=2))
    data = {"until": f"{until:%Y-%m-%dT%H:%M}", "agreement": "fine", "version": order.version}

    html = post(manager_client, order, "extend", data, **HTMX).content.decode()

    theirs = f"{timezone.localtime(order.ship_by):%m-%d %H:%M}"
    assert f"<td data-theirs>{theirs}</td><td data-yours>{until:%m-%d %H:%M}</td>" in html


def test_conflict_about_a_note_that_was_settled_offers_no_second_try(agent_client, store):
    order, _items = prepare(store, {})
    seen = order.version
    confirm_note(store=store, order_id=order.pk, outcome="as asked", actor=make_user("wang"), at=NOON)

    response = post(agent_client, order, "ask_note", {"text": "which?", "channel": "chat", "version": seen}, **HTMX)
    html = response.content.decode()

    assert response.status_code == 409
    assert "The note is “Confirmed”." in html
    assert "all the same" not in html


def test_accepting_what_was_held_meanwhile_is_a_conflict_and_asks_what_of_the_hold(admin_client, admin, store):
    order = make_order(store=store, acceptance=Acceptance.UNREVIEWED)
    seen = order.version
    open_hold(
        store=store, order_id=order.pk, kind=HoldKind.MANUAL, reason="wrong street", actor=admin, at=timezone.now()
    )

    response = post(admin_client, order, "accept", {"version": seen}, **HTMX)

    page = response.content.decode()
    assert (response.status_code, "data-conflict" in page, "wrong street" in page) == (409, True, True)
    assert ('name="keep_held"' in page, "field-error" in page) == (True, False)
    order.refresh_from_db()
    assert order.acceptance == Acceptance.UNREVIEWED
