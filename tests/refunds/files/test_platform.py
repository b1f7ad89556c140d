"""Cases come in from the platform's interface, and end as they are there: gaps, repeats, reordering and time-outs."""

from datetime import timedelta
from decimal import Decimal

import pytest

from aftersales.refunds.file_tasks import create_due_pulls
from aftersales.refunds.files import words
from aftersales.refunds.files.recording import record_case
from aftersales.refunds.files.waiting_tasks import read_unread
from aftersales.refunds.models import Refund, RefundPull, UnknownRefund, UnreadRefund
from aftersales.refunds.platform import MESSAGES, READ, RECEIVED, take_cases
from aftersales.refunds.statuses import RefundState
from backoffice.common.jobs import run_pending_jobs
from backoffice.common.models import Alert, Job
from orders.core.models import Order
from orders.platforms.models import PlatformConnection
from orders.platforms.top import client
from tests.factories import NOON, make_order
from tests.platforms.stand_in import BAN, BROKEN, GARBAGE, LOST_ANSWER, SILENCE
from tests.refunds.files.test_platform_rows import case

pytestmark = pytest.mark.django_db
TID = "3552600000000100"


def numbers(count):
    return [str(70000 + place) for place in range(1, count + 1)]


def pull(store, clock):
    return take_cases(store=store, clock=clock)


def theirs(shop):
    return {number: (row["status"], Decimal(row["refund_fee"]), row["desc"]) for number, row in shop.refunds.items()}


def ours(store):
    cases = Refund.objects.for_store(store)
    return {refund.number: (refund.platform_status, refund.amount, refund.text) for refund in cases}


def make_orders(store, count):
    for place in range(count):
        make_order(store=store, number=str(int(TID) + place))


# pulling


def test_new_cases_come_in_with_what_was_said(store, shop, clock, connection):
    make_order(store=store, number=TID)
    shop.ask_refund("70001", TID, operation_contraint="cannot_refuse", cs_status=3)
    shop.speak("70001", "请退 13812345678")
    shop.speak("70001", "好的", role=2)
    clock.on(minutes=1)

    taken = pull(store, clock)

    refund = Refund.objects.get()
    assert (taken.changed, taken.read, taken.outcomes, taken.trouble) == (1, 1, {"created": 1}, "")
    assert ours(store) == theirs(shop)
    assert (refund.cannot_refuse, refund.intervention, refund.platform_version) == (True, 3, 1717214400000)
    assert (refund.deadline, refund.deadline_from_platform) == (NOON + timedelta(days=2), True)
    assert list(refund.messages.order_by("at", "pk").values_list("role", "text")) == [
        ("buyer", "请退 138****5678"), ("shop", "好的"),
    ]  # fmt: skip
    assert Order.objects.get().has_open_refund
    assert RefundPull.objects.get().pulled_until == clock()


def test_repeats_change_nothing_and_are_not_read_again(store, shop, clock, connection):
    make_orders(store, 3)
    for place, number in enumerate(numbers(3)):
        shop.ask_refund(number, str(int(TID) + place))
    clock.on(minutes=1)
    pull(store, clock)
    clock.on(minutes=2)
    reads = shop.calls[READ]

    taken = pull(store, clock)

    assert (taken.changed, taken.read, shop.calls[READ] - reads) == (3, 0, 0)


def test_change_is_taken_and_what_was_said_since(store, shop, clock, connection):
    make_order(store=store, number=TID)
    shop.ask_refund("70001", TID)
    clock.on(minutes=1)
    pull(store, clock)
    shop.speak("70001", "再看看")
    shop.change_refund("70001", status="SUCCESS", end_time="2026-06-01 12:01:00")
    clock.on(minutes=1)

    taken = pull(store, clock)

    refund = Refund.objects.get()
    assert (taken.outcomes, refund.status, refund.refunded) == ({"updated": 1}, "succeeded", Decimal("60.00"))
    assert refund.messages.count() == 1


def test_three_days_without_a_pull_are_caught_up(store, shop, clock, connection):
    make_orders(store, 3)
    pull(store, clock)
    for place, number in enumerate(numbers(3)):
        clock.on(days=1)
        shop.ask_refund(number, str(int(TID) + place))
    clock.on(minutes=1)

    taken = pull(store, clock)

    assert (taken.windows, ours(store)) == (4, theirs(shop))


def test_pages_that_move_meanwhile_lose_nothing(store, shop, clock, connection):
    make_orders(store, 120)
    for place, number in enumerate(numbers(120)):
        shop.ask_refund(number, str(int(TID) + place))
        clock.on(seconds=1)
    moved = iter(numbers(120))

    def move(platform):
        platform.change_refund(next(moved), desc="改了")

    shop.on_page = move
    pull(store, clock)
    shop.on_page = None
    clock.on(minutes=1)
    pull(store, clock)

    assert ours(store) == theirs(shop)


def test_changes_that_show_late_are_taken(store, shop, clock, connection):
    make_order(store=store, number=TID)
    pull(store, clock)
    shop.ask_refund("70001", TID, shown_after=timedelta(minutes=3))
    clock.on(minutes=1)
    pull(store, clock)
    clock.on(minutes=3)

    pull(store, clock)

    assert ours(store) == theirs(shop)


@pytest.mark.parametrize("fault", [LOST_ANSWER, BROKEN, GARBAGE, SILENCE])
@pytest.mark.parametrize("method", [RECEIVED, READ, MESSAGES])
def test_trouble_midway_is_made_up_for(store, shop, clock, connection, monkeypatch, method, fault):
    monkeypatch.setattr(client, "TIMEOUT_SECONDS", 0.5)
    make_orders(store, 2)
    for place, number in enumerate(numbers(2)):
        shop.ask_refund(number, str(int(TID) + place))
    clock.on(minutes=1)
    shop.faults.append((method, fault))

    first = pull(store, clock)
    again = pull(store, clock)

    assert (bool(first.trouble), again.trouble, ours(store)) == (True, "", theirs(shop))


def test_ban_stops_until_it_is_over(store, shop, clock, connection):
    make_order(store=store, number=TID)
    shop.ask_refund("70001", TID)
    clock.on(minutes=1)
    shop.faults.append((RECEIVED, BAN))

    pull(store, clock)
    calls = shop.calls[RECEIVED]
    pull(store, clock)

    assert (shop.calls[RECEIVED], PlatformConnection.objects.get().is_blocked(clock())) == (calls, True)


def test_one_that_may_not_be_read_stops_no_others(store, shop, clock, connection):
    make_orders(store, 2)
    shop.ask_refund("70001", TID)
    shop.ask_refund("70002", str(int(TID) + 1), status="NEW_STATUS")
    clock.on(minutes=1)

    taken = pull(store, clock)

    assert (taken.outcomes, "NEW_STATUS" in taken.trouble) == ({"created": 1, "unreadable": 1}, True)


def test_case_of_an_unknown_order_waits_and_is_not_read_again(store, shop, clock, connection):
    shop.ask_refund("70001", TID)
    shop.speak("70001", "在吗")
    clock.on(minutes=1)
    pull(store, clock)
    clock.on(minutes=1)

    taken = pull(store, clock)

    assert (taken.read, UnknownRefund.objects.get().order_number) == (0, TID)


def test_case_above_what_was_paid_is_kept_with_the_reason(store, shop, clock, connection):
    make_order(store=store, number=TID)
    shop.ask_refund("70001", TID, refund_fee="500.00")
    clock.on(minutes=1)

    taken = pull(store, clock)
    kept = UnknownRefund.objects.get().problem
    shop.change_refund("70001", status="CLOSED", end_time="2026-06-01 12:01:00")
    clock.on(minutes=1)
    pull(store, clock)

    assert (taken.outcomes, "100.00" in kept) == ({"quarantined": 1}, True)
    assert (Refund.objects.get().status, UnknownRefund.objects.count()) == ("closed", 0)


def test_job_is_created_for_a_connected_store_once_and_runs(store, shop, clock, connection):
    counts = [create_due_pulls(clock()), create_due_pulls(clock())]
    PlatformConnection.objects.filter(pk=connection.pk).update(is_active=False)

    run_pending_jobs()

    job = Job.objects.get(kind="refund_pull")
    assert (counts, job.state, job.result["read"], create_due_pulls(clock())) == ([1, 0], "done", 0, 0)


# what is not understood


def new_word(shop, number="70001", **values):
    shop.ask_refund(number, TID, **({"status": "NEW_STATUS"} | values))
    shop.speak(number, "请退 13812345678")


def learn(monkeypatch):
    monkeypatch.setitem(words._STATUSES, "newstatus", RefundState.REQUESTED)


@pytest.mark.parametrize("values", [{"status": "NEW_STATUS"}, {"status": "CLOSED", "dispute_type": "NEW_STATUS"}])
def test_case_that_is_not_understood_is_kept_sealed_with_its_words_and_the_reason(
    store, shop, clock, connection, values
):
    make_order(store=store, number=TID)
    new_word(shop, **values, desc="电话 13812345678")
    clock.on(minutes=1)
    pull(store, clock)
    clock.on(minutes=1)

    again = pull(store, clock)

    kept, alert = UnreadRefund.objects.get(), Alert.objects.get(kind="refund_new")
    assert (alert.count, alert.subjects, alert.right) == (1, [TID], "work_refunds")
    assert (kept.number, kept.order_number, "NEW_STATUS" in kept.words) == ("70001", TID, True)
    assert ("NEW_STATUS" in kept.problem, b"13812345678" in bytes(kept.sealed)) == (True, False)
    assert (again.changed, again.read, Refund.objects.count()) == (1, 0, 0)


def test_case_is_taken_in_when_its_word_is_known(store, shop, clock, connection, monkeypatch):
    make_order(store=store, number=TID)
    new_word(shop)
    clock.on(minutes=1)
    pull(store, clock)
    learn(monkeypatch)

    counts = [read_unread(clock()), read_unread(clock() + timedelta(hours=1))]

    assert (counts, UnreadRefund.objects.count(), Refund.objects.get().status) == ([0, 1], 0, "requested")
    assert Refund.objects.get().messages.get().text == "请退 138****5678"


def test_word_that_stays_unknown_is_tried_every_hour_and_kept(store, shop, clock, connection):
    new_word(shop)
    pull(store, clock)

    counts = [read_unread(clock() + timedelta(hours=step)) for step in (1, 2)]

    assert (counts, UnreadRefund.objects.get().tried_at) == ([0, 0], clock() + timedelta(hours=2))


def test_newer_answer_that_is_understood_takes_its_place(store, shop, clock, connection):
    make_order(store=store, number=TID)
    new_word(shop)
    clock.on(minutes=1)
    pull(store, clock)
    shop.change_refund("70001", status="SUCCESS", end_time="2026-06-01 12:01:00")
    clock.on(minutes=1)

    pull(store, clock)

    assert (Refund.objects.get().status, UnreadRefund.objects.count()) == ("succeeded", 0)


def test_newer_answer_that_is_not_understood_leaves_the_case_as_it_was(store, shop, clock, connection):
    make_order(store=store, number=TID)
    shop.ask_refund("70001", TID)
    clock.on(minutes=1)
    pull(store, clock)
    shop.change_refund("70001", status="NEW_STATUS")
    clock.on(minutes=1)
    pull(store, clock)

    outcome = record_case(store=store, record=case(oid=TID), at=clock())

    assert (outcome.code, UnreadRefund.objects.count(), Refund.objects.get().status) == ("stale", 1, "requested")


def test_page_shows_what_is_not_understood_and_tries_it_again(
    store, shop, clock, connection, manager_client, monkeypatch
):
    make_order(store=store, number=TID)
    new_word(shop)
    clock.on(minutes=1)
    pull(store, clock)

    page = manager_client.get("/aftersales/refunds/import/").content.decode()
    learn(monkeypatch)
    answer = manager_client.post("/aftersales/refunds/import/waiting/retry/")
    after = manager_client.get("/aftersales/refunds/import/").content.decode()

    assert ('data-unread="70001"' in page, "NEW_STATUS" in page, "13812345678" in page) == (True, True, False)
    assert (answer.status_code, "data-unread" in after, Refund.objects.get().number) == (302, False, "70001")


def test_case_in_whose_way_another_one_was_comes_in_with_the_same_pull(store, shop, clock, connection):
    make_order(store=store, number=TID, paid=Decimal(200), status="shipped")
    shop.ask_refund("70001", TID)
    clock.on(minutes=1)
    pull(store, clock)
    shop.change_refund("70001", status="CLOSED", end_time="2026-06-01 12:01:00")
    clock.on(seconds=1)
    shop.ask_refund("70002", TID)
    clock.on(minutes=1)

    taken = pull(store, clock)

    assert dict(Refund.objects.values_list("number", "status")) == {"70001": "closed", "70002": "requested"}
    assert (taken.outcomes, UnknownRefund.objects.count()) == ({"quarantined": 1, "updated": 1, "late": 1}, 0)


@pytest.mark.parametrize(
    "values",
    [{"desc": "起\0球"}, {"reason": "质\0量"}, {"status": "NEW\0WORD"}, {"refund_remind_timeout": "x\0"},
     {"created": "0001-01-01 00:00:00"}],
)  # fmt: skip
def test_what_the_database_cannot_hold_stops_no_case(store, shop, clock, connection, values):
    make_orders(store, 2)
    shop.ask_refund("70001", TID, **values)
    shop.ask_refund("70002", str(int(TID) + 1))
    clock.on(minutes=1)

    taken = pull(store, clock)

    numbers_here = {*ours(store), *UnreadRefund.objects.values_list("number", flat=True)}
    assert (taken.read, numbers_here) == (2, {"70001", "70002"})
