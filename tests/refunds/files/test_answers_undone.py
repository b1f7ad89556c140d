"""An answer that is on its way, or left, and what the platform says of its case meanwhile."""

import pytest

from aftersales.refunds.models import Refund
from aftersales.refunds.platform import take_cases
from orders.core.models import OrderEvent
from orders.core.statuses import EventKind
from tests.platforms.acting import send, states
from tests.refunds.cases import step
from tests.refunds.files.test_answers import BOOK, address, agree, asked, returned

pytestmark = pytest.mark.django_db


def test_answer_that_the_platforms_newer_word_undid_here_stays_here(store, shop, clock, sending, li):
    agree(asked(store, shop, clock), clock, li)
    clock.on(minutes=1)
    shop.change_refund("70001", refund_fee="68.00", refund_version=1717214400009)
    clock.on(minutes=1)
    take_cases(store=store, clock=clock)

    send(store, clock)

    assert (Refund.objects.get().status, states(), shop.done) == ("requested", [("agree", "kept", "changed")], [])


def test_answer_on_its_way_stands_while_the_platform_says_the_same_of_the_case(store, shop, clock, sending, li):
    refund = agree(asked(store, shop, clock), clock, li)
    clock.on(minutes=1)
    shop.change_refund("70001", desc="袖口也起球")
    clock.on(minutes=1)

    codes = [take_cases(store=store, clock=clock).outcomes]
    clock.on(minutes=1)
    shop.speak("70001", "请快一点")
    clock.on(minutes=1)
    codes.append(take_cases(store=store, clock=clock).outcomes)
    refund.refresh_from_db()
    stood = (refund.status, refund.refunded, refund.finished_at is not None, refund.deadline, refund.text)
    send(store, clock)

    assert codes == [{"updated": 1}, {"updated": 1}]
    assert stood == ("succeeded", 60, True, None, "袖口也起球")
    assert (states(), shop.carried_out("agree")) == ([("agree", "sent", "")], [("70001", "6000", "onsale")])


@pytest.mark.parametrize("values", [{"status": "CLOSED"}, {"refund_fee": "59.00"}, {"refund_version": 1717214400009}])
def test_answer_on_its_way_is_undone_when_the_platform_says_something_else(store, shop, clock, sending, li, values):
    refund = agree(asked(store, shop, clock), clock, li)
    clock.on(minutes=1)
    shop.change_refund("70001", **values)
    clock.on(minutes=1)

    take_cases(store=store, clock=clock)
    send(store, clock)

    refund.refresh_from_db()
    wanted = "closed" if "status" in values else "requested"
    assert (refund.status, states(), shop.done) == (wanted, [("agree", "kept", "changed")], [])


def test_answer_that_the_platform_did_not_take_is_undone_by_its_next_word(store, shop, clock, sending, li):
    shop.wants_code = True
    refund = agree(asked(store, shop, clock), clock, li)
    send(store, clock)
    clock.on(minutes=1)
    shop.change_refund("70001", desc="袖口也起球")
    clock.on(minutes=1)

    take_cases(store=store, clock=clock)

    refund.refresh_from_db()
    assert (refund.status, states()) == ("requested", [("agree", "failed", "not_agreed")])


def test_answer_to_a_version_that_the_platform_had_left_is_undone_and_stays_here(store, shop, clock, sending, li):
    refund = asked(store, shop, clock)
    clock.on(minutes=1)
    shop.change_refund("70001", refund_fee="68.00", refund_version=1717214400009)
    clock.on(seconds=20)
    agree(refund, clock, li)
    clock.on(seconds=20)

    taken = take_cases(store=store, clock=clock)
    send(store, clock)

    refund.refresh_from_db()
    assert (taken.outcomes, refund.status, refund.amount, refund.refunded) == ({"updated": 1}, "requested", 68, 0)
    assert (refund.platform_version, states(), shop.done) == (1717214400009, [("agree", "kept", "changed")], [])
    moved = OrderEvent.objects.filter(kind=EventKind.CASE_MOVED).latest("pk")
    assert (moved.source, moved.before["case_status"], moved.after["case_status"]) == (
        "platform", "succeeded", "requested",
    )  # fmt: skip


def test_what_the_buyer_did_since_an_answer_that_left_is_not_undone_by_its_version(store, shop, clock, sending, li):
    shop.addresses = BOOK
    address(store)
    refund = agree(returned(store, shop, clock), clock, li)
    send(store, clock)
    clock.on(seconds=20)
    step(store=store, refund_id=refund.pk, act="send_back", actor=li, at=clock())
    clock.on(seconds=20)

    taken = take_cases(store=store, clock=clock)

    refund.refresh_from_db()
    assert (states(), taken.outcomes, refund.status) == ([("back", "sent", "")], {"stale": 1}, "awaiting_receipt")
