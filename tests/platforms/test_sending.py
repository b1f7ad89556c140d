"""Ships, memos, flags and closings leave once each, whatever happens on the way."""

import threading
from datetime import timedelta

import pytest
from django.db import connection as database

from backoffice.common.models import Alert, Job
from orders.core.models import OutboxMessage
from orders.core.services import set_flag
from orders.core.statuses import EventSource
from orders.platforms.models import PlatformConnection
from orders.platforms.services import retry_failed, retry_message, save_connection, send_due, take_changes
from orders.platforms.services import sending as sending_module
from orders.platforms.services.connections import ConnectionValues
from orders.platforms.tasks import create_due_sending
from orders.platforms.top import client as client_module
from tests.factories import NOON, make_order
from tests.platforms.acting import NUMBER, OTHER, TID, flag, make_known, remark, send, send_all, ship, states
from tests.platforms.stand_in import (
    APP_KEY,
    BAN,
    BROKEN,
    GARBAGE,
    LOST_ANSWER,
    LOST_REQUEST,
    OVERLOADED,
    SECRET,
    SESSION,
    SHIP,
    SILENCE,
)


def test_whole_order_ships_there_without_naming_lines(store, shop, clock, order):
    ship(order, clock)

    counts = send(store, clock)

    assert (counts, shop.carried_out("ship")) == ({"sent": 1}, [(TID, NUMBER)])
    message = OutboxMessage.objects.get()
    assert (message.state, message.payload) == ("sent", {"out_sid": NUMBER, "company_code": "YTO"})
    assert (message.sent_at, message.asked_at, message.attempts) == (clock(), None, 1)


def test_parts_ship_by_their_lines(store, shop, clock, order):
    first, second = order.lines.order_by("position")
    ship(order, clock, lines={first.pk: 1})
    ship(order, clock, number=OTHER, lines={second.pk: 2})

    send(store, clock)

    assert shop.carried_out("ship") == [(TID, NUMBER), (TID, OTHER)]
    assert [line["invoice_no"] for line in shop.orders(TID)] == [NUMBER, OTHER]
    assert OutboxMessage.objects.order_by("pk").first().payload["sub_tid"] == [first.key]


def test_second_parcel_of_one_line_stays_here(store, shop, clock, order):
    first, second = order.lines.order_by("position")
    ship(order, clock, lines={first.pk: 1, second.pk: 1})
    ship(order, clock, number=OTHER, lines={second.pk: 1})

    send(store, clock)

    assert shop.carried_out("ship") == [(TID, NUMBER)]
    assert states() == [("ship", "sent", ""), ("ship", "kept", "line_left")]


@pytest.mark.parametrize("fault", [LOST_ANSWER, LOST_REQUEST, BROKEN, GARBAGE, OVERLOADED, BAN])
def test_ship_leaves_once_through_every_fault(store, shop, clock, order, fault):
    ship(order, clock)
    shop.faults = [(SHIP, fault), ("", fault), ("", fault)]

    send_all(store, clock)

    assert shop.carried_out("ship") == [(TID, NUMBER)]
    assert states() == [("ship", "sent", "")]
    assert shop.trades[TID]["status"] == "WAIT_BUYER_CONFIRM_GOODS"


def test_answer_that_takes_too_long_is_asked_for_before_shipping_again(store, shop, clock, order, monkeypatch):
    monkeypatch.setattr(client_module, "TIMEOUT_SECONDS", 0.2)
    ship(order, clock)
    shop.faults = [(SHIP, SILENCE)]

    first = send(store, clock)
    waiting = OutboxMessage.objects.get()
    monkeypatch.undo()
    clock.on(minutes=1)
    second = send(store, clock)

    assert (first, second) == ({"waiting": 1}, {"sent": 1})
    assert (waiting.state, waiting.asked_at is not None) == ("pending", True)
    assert (shop.calls[SHIP], shop.carried_out("ship")) == (1, [(TID, NUMBER)])


@pytest.mark.parametrize("is_carried_out", [True, False])
def test_worker_that_dies_between_request_and_answer_ships_once(store, shop, clock, order, monkeypatch, is_carried_out):
    ship(order, clock)

    def die(message, client, **values):
        if is_carried_out:
            client.call(SHIP, tid=TID, out_sid=NUMBER, company_code="YTO")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(sending_module, "deliver", die)
        with pytest.raises(KeyboardInterrupt):
            send(store, clock)
    too_early = send(store, clock)
    clock.on(minutes=6)
    later = send(store, clock)

    assert (too_early, later) == ({}, {"sent": 1})
    assert shop.carried_out("ship") == [(TID, NUMBER)]


def test_worker_that_comes_back_late_changes_nothing(store, shop, clock, order, monkeypatch):
    """Its lease ran out and another has sent the message."""
    ship(order, clock)
    claim = sending_module.claim_next(store=store, now=clock())
    clock.on(minutes=6)
    send(store, clock)

    run = sending_module._Run(store, clock)
    run._settle(claim, sending_module.Outcome("failed", "x", "y"))

    assert (dict(run.counts), states()) == ({"lost": 1}, [("ship", "sent", "")])


def test_rate_limit_blocks_the_connection_and_costs_no_attempt(store, shop, clock, order):
    ship(order, clock)
    shop.faults = [(SHIP, BAN)]

    send(store, clock)
    blocked = PlatformConnection.objects.get().blocked_until
    calls = sum(shop.calls.values())
    send(store, clock)

    assert blocked - clock() == timedelta(seconds=90)
    assert (sum(shop.calls.values()), create_due_sending(clock())) == (calls, 0)
    assert OutboxMessage.objects.get().attempts == 0
    clock.on(seconds=91)
    assert (create_due_sending(clock()), create_due_sending(clock())) == (1, 0)
    assert Job.objects.get().kind == "outbox"
    assert send(store, clock) == {"sent": 1}


def test_refused_credentials_stop_everything_until_new_ones_are_saved(store, shop, clock, order, gateway):
    ship(order, clock)
    wrong = ConnectionValues(gateway=gateway, app_key=APP_KEY, session="expired")
    save_connection(store=store, values=wrong, actor=None, at=clock())

    send(store, clock)
    state = PlatformConnection.objects.get()
    again = send(store, clock)

    assert (state.is_locked_out(clock()), state.is_active, again) == (True, True, {})
    assert "session" in state.last_error
    assert Alert.objects.filter(kind="outbox_failed").count() == 1
    right = ConnectionValues(gateway=gateway, app_key=APP_KEY, session=SESSION)
    save_connection(store=store, values=right, actor=None, at=clock())
    assert send(store, clock) == {"sent": 1}


def test_number_used_before_fails_with_a_sentence_and_is_told_once(store, shop, clock, order):
    shop.used_numbers.add(NUMBER)
    ship(order, clock)

    send(store, clock)

    message = OutboxMessage.objects.get()
    assert (message.state, message.error_code) == ("failed", "isv.logistics-offline-service-error:B60")
    assert message.error == "The tracking number breaks the courier's rule or was used before."
    assert Alert.objects.get(kind="outbox_failed").subjects == [TID]


def test_order_shipped_there_with_another_number_fails_and_says_it(store, shop, clock, order):
    shop.answer(SHIP, {"tid": TID, "out_sid": OTHER, "company_code": "YTO"})
    ship(order, clock)

    send(store, clock)

    message = OutboxMessage.objects.get()
    assert (message.state, message.error_code) == ("failed", "other_number")
    assert OTHER in message.error


def test_silence_for_eight_attempts_fails_and_is_sent_again_by_hand(store, shop, clock, order):
    ship(order, clock)
    shop.faults = [("", LOST_REQUEST)] * 8

    send_all(store, clock)
    failed = states()
    with pytest.raises(OutboxMessage.DoesNotExist):
        retry_message(store=make_order().store, message_id=OutboxMessage.objects.get().pk, at=clock())
    retry_message(store=store, message_id=OutboxMessage.objects.get().pk, at=clock())
    send(store, clock)

    assert failed == [("ship", "failed", "unanswered")]
    assert shop.carried_out("ship") == [(TID, NUMBER)]
    assert retry_failed(store=store, at=clock()) == 0


def test_acts_before_the_connection_stay_here(store, shop, clock, gateway):
    order = make_order(store=store, number=TID, lines=1)
    shop.add(TID)
    ship(order, clock)
    clock.on(hours=1)
    values = ConnectionValues(gateway=gateway, app_key=APP_KEY, secret=SECRET, session=SESSION)
    save_connection(store=store, values=values, actor=None, at=clock())

    send(store, clock)

    assert (states(), shop.carried_out("ship")) == ([("ship", "kept", "older")], [])


def test_order_that_is_not_the_platforms_stays_here(store, shop, clock, connection):
    order = make_order(store=store, number="LOCAL-1", lines=1)
    ship(order, clock)

    send(store, clock)

    assert states() == [("ship", "kept", "not_platform")]


def test_acts_of_the_platform_are_not_told_back(store, shop, clock, order):
    set_flag(store=store, order_id=order.pk, flag=2, actor=None, at=clock(), source=EventSource.PLATFORM)

    assert states() == []


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_everything_once(store, shop, clock, connection):
    tids = [str(3552600000000000 + 100 * place) for place in range(1, 25)]
    for place, tid in enumerate(tids):
        order = make_known(store, shop, clock, tid, lines=2)
        ship(order, clock, number=f"YT69006347{place:05}")
        remark(order, clock)
        flag(order, clock)
    shop.faults = [("", fault) for fault in (LOST_ANSWER, LOST_REQUEST, BROKEN)]
    done = []

    def work():
        try:
            done.extend(send_due(store=store, clock=clock) for _ in range(3))
        finally:
            database.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    send_all(store, clock)

    assert sorted(shop.carried_out("ship")) == [(tid, f"YT69006347{place:05}") for place, tid in enumerate(tids)]
    assert sorted(shop.carried_out("memo")) == [(tid, "改为发顺丰", 3) for tid in tids]
    assert set(OutboxMessage.objects.values_list("kind", "state")) == {
        ("ship", "sent"), ("flag", "sent"), ("memo", "kept"),
    }  # fmt: skip


def test_connection_switched_on_again_does_not_send_what_happened_meanwhile(store, shop, clock, order):
    PlatformConnection.objects.update(sends_since=NOON + timedelta(days=1))
    ship(order, clock)

    assert send(store, clock) == {}
    assert states() == [("ship", "kept", "older")]


def test_order_that_left_here_stays_shipped_until_the_platform_knows(store, shop, clock, order):
    ship(order, clock)
    clock.on(minutes=1)
    shop.change(TID, buyer_message="快一点")

    take_changes(store=store, clock=clock)
    order.refresh_from_db()
    before = order.status
    send(store, clock)
    clock.on(minutes=1)
    take_changes(store=store, clock=clock)
    order.refresh_from_db()

    assert (before, order.status) == ("shipped", "shipped")
    assert order.platform_status == "卖家已发货，等待买家确认"
    assert list(order.shipments.values_list("tracking_number", flat=True)) == [NUMBER]
    assert [line.shipped_quantity for line in order.lines.order_by("position")] == [1, 2]


def test_message_that_cannot_be_made_stops_no_others_and_fails_in_the_end(store, shop, clock, order, monkeypatch):
    whole = sending_module.deliver

    def deliver(message, client, *, was_asked):
        if message.order_id == order.pk:
            raise ZeroDivisionError
        return whole(message, client, was_asked=was_asked)

    other = make_known(store, shop, clock, str(int(TID) + 100))
    ship(order, clock)
    ship(other, clock, number=OTHER)
    monkeypatch.setattr(sending_module, "deliver", deliver)

    counts = send(store, clock)
    for _ in range(7):
        clock.on(hours=2)
        send(store, clock)

    message = OutboxMessage.objects.get(order=order, kind="ship")
    assert (counts, shop.carried_out("ship")) == ({"sent": 1, "waiting": 1}, [(other.number, OTHER)])
    assert (message.state, message.attempts) == ("failed", 8)
    assert message.error == "A fault of ours: operations find it in the log."
