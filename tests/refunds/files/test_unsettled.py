"""What colleagues agreed to, proposed or approved meets what the platform says of the money since."""

from datetime import timedelta
from decimal import Decimal

import pytest

from aftersales.refunds.files.recording import record_case
from aftersales.refunds.files.records import CaseRecord
from aftersales.refunds.models import RefundPolicy
from aftersales.refunds.services import RefundError, agree_case, approve_case
from aftersales.refunds.services.goods import receive_case
from orders.core.statuses import OrderStatus
from tests.factories import NOON, make_order, make_user

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def take(store, at, **values):
    defaults = {
        "number": "70001", "order_number": "A1", "snapshot_at": at, "status": "requested", "kind": "return_refund",
        "amount": Decimal("1000.00"), "platform_status": "WAIT_SELLER_AGREE", "requested_at": NOON - HOUR,
    }  # fmt: skip
    return record_case(store=store, record=CaseRecord(**(defaults | values)), at=at).refund


@pytest.fixture
def refund(store):
    make_order(store=store, number="A1", paid=Decimal(2000), status=OrderStatus.SHIPPED)
    return take(store, NOON - HOUR)


@pytest.fixture
def li(store):
    return make_user("li", store=store)


def agree(refund, actor, amount=None):
    return agree_case(store=refund.store, refund_id=refund.pk, actor=actor, at=NOON, amount=amount)


def approve(refund, actor):
    return approve_case(store=refund.store, refund_id=refund.pk, actor=actor, at=NOON)


def receive(refund, actor):
    return receive_case(store=refund.store, refund_id=refund.pk, actor=actor, at=NOON + 2 * HOUR)


def test_part_that_was_agreed_to_stays_while_the_goods_travel(store, refund, li):
    agree(refund, li, Decimal(300))

    take(store, NOON + HOUR, status="awaiting_receipt")

    assert receive(refund, li).refunded == Decimal(300)


def test_part_is_the_whole_when_the_platform_paid_the_whole(store, refund, li):
    agree(refund, li, Decimal(300))

    paid = take(store, NOON + HOUR, status="succeeded", finished_at=NOON + HOUR)

    assert paid.refunded == Decimal(1000)


def test_proposal_ends_when_another_amount_is_asked_for(store, refund, li):
    agree(refund, li)

    changed = take(store, NOON + HOUR, amount=Decimal(700))

    assert (changed.amount, changed.proposed, changed.proposed_by) == (Decimal(700), None, None)
    with pytest.raises(RefundError, match="does not wait for a second person"):
        approve(refund, make_user("wang"))


def test_more_than_was_approved_needs_a_second_person_again(store, refund, li):
    agree(refund, li, Decimal(600))
    approve(refund, make_user("wang"))

    take(store, NOON + HOUR, status="awaiting_receipt", amount=Decimal(1500))

    waiting = receive(refund, li)
    assert (waiting.status, waiting.proposed, waiting.approved_by) == ("awaiting_receipt", Decimal(1500), None)


def test_what_was_approved_is_not_asked_for_twice(store, refund, li):
    RefundPolicy.objects.create(store=store, approval_above=Decimal(100))
    agree(refund, li)
    approve(refund, make_user("wang"))

    take(store, NOON + HOUR, status="awaiting_receipt")

    done = receive(refund, li)
    assert (done.status, done.refunded) == ("succeeded", Decimal(1000))


def test_numbers_in_the_reason_are_masked(store, refund):
    changed = take(store, NOON, reason="质量问题 13812341234", liability="13812341234")

    assert (changed.reason, changed.liability, changed.reason_kind) == (
        "质量问题 138****1234", "138****1234", "quality",
    )  # fmt: skip
