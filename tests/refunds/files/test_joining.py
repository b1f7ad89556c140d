"""Cases opened here meet the platform's own about the same goods: joined, closed for them, or told apart."""

from datetime import timedelta
from decimal import Decimal

import pytest

from aftersales.refunds.files.recording import Report, record_case, record_cases
from aftersales.refunds.files.records import CaseRecord
from aftersales.refunds.models import Refund, RefundStep
from aftersales.refunds.services import CaseConflict, agree_case, lock_case, open_case, say
from backoffice.common.sealing import unseal
from orders.core.models import Order, OrderEvent
from orders.core.statuses import EventKind, OrderStatus
from tests.factories import NOON, make_order, make_user

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def record(**values):
    defaults = {
        "number": "70001", "order_number": "A1", "snapshot_at": NOON, "status": "requested", "kind": "refund_only",
        "amount": Decimal("60.00"), "platform_status": "WAIT_SELLER_AGREE", "requested_at": NOON - HOUR,
        "reason": "质量问题", "goods": "received",
    }  # fmt: skip
    return CaseRecord(**(defaults | values))


def take(store, one, at=NOON + HOUR, **values):
    return record_case(store=store, record=one, at=at, **values)


@pytest.fixture
def order(store):
    return make_order(store=store, number="A1", lines=2, paid=Decimal(200), status=OrderStatus.SHIPPED)


def opened_here(order, **values):
    defaults = {
        "kind": "refund_only",
        "amount": Decimal(60),
        "reason": "尺码不合适",
        "actor": make_user(store=order.store),
    }
    return open_case(store=order.store, order_id=order.pk, at=NOON - 2 * HOUR, **(defaults | values))


def test_platforms_case_is_joined_to_the_one_opened_here_about_the_same_line(store, order):
    line = order.lines.first()
    own = opened_here(order, line_id=line.pk, amount=Decimal(50), text="请打 13812345678")
    say(store=store, refund_id=own.pk, text="订单 A1 13912345678", actor=None, at=NOON - HOUR, role="buyer")

    outcome = take(store, record(line_key=line.key))

    refund = Refund.objects.get()
    order.refresh_from_db()
    assert (outcome.code, refund.pk, refund.number, refund.made_number) == ("updated", own.pk, "70001", own.number)
    assert (refund.amount, refund.reason, refund.source, refund.snapshot_at) == (60, "质量问题", "platform", NOON)
    assert unseal(refund.sealed, context=f"refund:{store.pk}:70001").decode() == "请打 13812345678"
    message = refund.messages.get()
    assert "13912345678" in unseal(message.sealed, context=f"refund_message:{store.pk}:70001").decode()
    told = OrderEvent.objects.filter(kind=EventKind.CASE_CHANGED).first()
    assert (told.before["case_number"], told.after["case_number"], told.source) == (own.number, "70001", "platform")
    assert order.has_open_refund


def test_same_report_after_joining_is_known(store, order):
    opened_here(order)
    take(store, record())

    assert take(store, record(snapshot_at=NOON + HOUR)).code == "unchanged"


def test_joined_case_tells_a_colleague_what_happened_to_it_under_its_first_number(store, order):
    own = opened_here(order)
    agree_case(store=store, refund_id=opened_here(order, line_id=order.lines.first().pk).pk, actor=None, at=NOON - HOUR)
    take(store, record())

    with pytest.raises(CaseConflict) as refused:
        lock_case(store=store, refund_id=own.pk, version=0)

    assert {change.after["refund"] for change in refused.value.changes} == {own.number, "70001"}


def test_page_of_a_joined_case_is_found_by_its_first_number(store, order, manager_client):
    own = opened_here(order)
    take(store, record())

    pages = [manager_client.get(f"/aftersales/refunds/{number}/") for number in ("70001", own.number, "C260601-1-9")]

    assert [page.status_code for page in pages] == [200, 200, 404]
    assert "/aftersales/refunds/70001/agree/" in pages[1].content.decode()


def test_joined_case_stands_as_the_platform_says_whatever_was_decided_here_since(store, order):
    own = opened_here(order, kind="return_refund")
    agree_case(store=store, refund_id=own.pk, actor=make_user("li", store=store), at=NOON + HOUR)

    outcome = take(store, record(kind="return_refund", platform_version=7), at=NOON + 2 * HOUR)

    own.refresh_from_db()
    assert (outcome.code, own.number, own.status, own.refunded) == ("updated", "70001", "requested", 0)
    assert (own.snapshot_at, own.platform_version, own.platform_status) == (NOON, 7, "WAIT_SELLER_AGREE")
    moved = OrderEvent.objects.filter(kind=EventKind.CASE_MOVED).latest("pk")
    assert (moved.source, moved.before["case_status"]) == ("platform", "awaiting_return")


@pytest.mark.parametrize("together", [False, True])
def test_refund_that_the_platform_paid_meanwhile_ends_the_case_opened_here(store, order, together):
    make_order(store=store, number="A2")
    own = opened_here(order)
    paid = record(status="succeeded", platform_status="SUCCESS", finished_at=NOON)
    reports = [Report(paid), *([Report(record(number="70002", order_number="A2"))] if together else [])]

    record_cases(store=store, reports=reports, at=NOON + HOUR)

    own.refresh_from_db()
    assert (own.number, own.status, own.refunded) == ("70001", "succeeded", Decimal(60))
    assert Order.objects.get(pk=order.pk).refunded == Decimal(60)


@pytest.mark.parametrize(
    "values",
    [
        {"status": "closed", "platform_status": "CLOSED", "finished_at": NOON},
        {"status": "succeeded", "platform_status": "SUCCESS", "finished_at": NOON - 3 * HOUR,
         "requested_at": NOON - 4 * HOUR},
        {"status": "succeeded", "platform_status": "SUCCESS", "finished_at": NOON, "requested_at": NOON - 3 * HOUR},
        {"status": "succeeded", "platform_status": "SUCCESS", "finished_at": NOON, "amount": Decimal(59)},
        {"status": "succeeded", "platform_status": "SUCCESS", "finished_at": NOON, "kind": "return_refund"},
    ],
)  # fmt: skip
def test_case_that_was_given_up_or_over_before_or_paid_for_something_else_is_another_one(store, order, values):
    line = order.lines.first()
    own = opened_here(order, line_id=line.pk)

    outcome = take(store, record(line_key=line.key, **values))

    own.refresh_from_db()
    assert (outcome.code, own.status, own.made_number, Refund.objects.count()) == ("created", "requested", "", 2)


def test_case_about_another_line_is_another_one(store, order):
    first, second = order.lines.order_by("position")
    own = opened_here(order, line_id=first.pk)

    outcome = take(store, record(line_key=second.key))

    own.refresh_from_db()
    assert (outcome.code, own.made_number, outcome.refund.line) == ("created", "", second)


def test_whole_order_and_one_line_are_the_same_when_kind_and_amount_are(store, order):
    own = opened_here(order)

    outcome = take(store, record(line_key=order.lines.first().key))

    assert (outcome.code, outcome.refund.pk) == ("updated", own.pk)


@pytest.mark.parametrize("values", [{"amount": Decimal(61)}, {"kind": "return_refund"}])
def test_two_about_a_whole_order_of_several_lines_are_the_same_only_when_kind_and_amount_are(store, order, values):
    own = opened_here(order)

    outcome = take(store, record(**values))

    own.refresh_from_db()
    assert (outcome.code, own.made_number, own.status) == ("created", "", "closed")
    moved = OrderEvent.objects.get(kind=EventKind.CASE_MOVED, after__refund=own.number)
    assert moved.after["superseded_by"] == "70001"


def test_case_of_another_kind_is_joined_while_nothing_was_decided_here(store, order):
    line = order.lines.first()
    own = opened_here(order, line_id=line.pk, kind="exchange", amount=Decimal(0))

    take(store, record(line_key=line.key))

    own.refresh_from_db()
    assert (own.number, own.kind, own.status, own.amount) == ("70001", "refund_only", "requested", 60)


def test_case_of_another_kind_that_was_agreed_to_here_is_not_rewritten(store, order):
    line = order.lines.first()
    own = opened_here(order, line_id=line.pk, kind="exchange", amount=Decimal(0))
    agree_case(store=store, refund_id=own.pk, actor=make_user("li", store=store), at=NOON - HOUR)

    outcome = take(store, record(line_key=line.key))

    own.refresh_from_db()
    assert (outcome.code, own.number[:1], own.kind, own.status) == ("created", "C", "exchange", "closed")
    moved = OrderEvent.objects.filter(kind=EventKind.CASE_MOVED, after__refund=own.number).latest("pk")
    assert (moved.after["superseded_by"], moved.before["case_status"]) == ("70001", "awaiting_return")


def test_number_of_the_platform_that_a_colleague_typed_is_never_replaced(store, order):
    own = opened_here(order, number="70009")

    outcome = take(store, record())

    own.refresh_from_db()
    assert (outcome.code, own.number, "70009" in outcome.reason) == ("quarantined", "70009", True)


def test_joining_that_the_ceiling_refuses_changes_nothing(store, order):
    own = opened_here(order)

    outcome = take(store, record(amount=Decimal(201)))

    own.refresh_from_db()
    assert (outcome.code, own.number.startswith("C"), own.amount) == ("quarantined", True, Decimal(60))


# a case that the platform opens again


def ended(store):
    take(store, record(snapshot_at=NOON - 6 * HOUR, requested_at=NOON - 7 * HOUR))
    return take(store, record(
        snapshot_at=NOON - 5 * HOUR, requested_at=NOON - 7 * HOUR, status="closed", platform_status="CLOSED",
        finished_at=NOON - 5 * HOUR,
    )).refund  # fmt: skip


def test_case_opened_again_closes_the_one_opened_here_for_it(store, order):
    first = ended(store)
    own = opened_here(order, amount=Decimal(150))

    outcome = take(store, record(snapshot_at=NOON, requested_at=NOON - 7 * HOUR))

    own.refresh_from_db()
    first.refresh_from_db()
    order.refresh_from_db()
    assert (outcome.code, first.status, own.status, own.finished_at) == ("updated", "requested", "closed", NOON + HOUR)
    moved = OrderEvent.objects.get(kind=EventKind.CASE_MOVED, after__refund=own.number)
    assert (moved.after["superseded_by"], moved.after["case_status"], moved.source) == ("70001", "closed", "platform")
    assert (RefundStep.objects.get(refund=own).source, order.has_open_refund) == ("platform", True)


def test_case_opened_again_waits_while_another_one_of_the_platform_is_open(store, order):
    ended(store)
    take(store, record(number="70002", snapshot_at=NOON - HOUR))

    outcome = take(store, record(snapshot_at=NOON, requested_at=NOON - 7 * HOUR))
    take(store, record(number="70002", snapshot_at=NOON, status="closed", platform_status="CLOSED", finished_at=NOON))
    later = take(store, record(snapshot_at=NOON, requested_at=NOON - 7 * HOUR))

    assert (outcome.code, "70002" in outcome.reason, "06-01 11:00" in outcome.reason) == ("quarantined", True, True)
    assert (later.code, Refund.objects.get(number="70001").status) == ("updated", "requested")


# the platform says it again


def test_newer_report_of_the_same_undoes_what_was_decided_here(store, order):
    refund = take(store, record(kind="return_refund")).refund
    agree_case(store=store, refund_id=refund.pk, actor=make_user("li", store=store), at=NOON + HOUR)

    codes = [
        take(store, record(kind="return_refund", snapshot_at=NOON + step), at=NOON + 4 * HOUR).code
        for step in (timedelta(0), HOUR / 2, 2 * HOUR, 3 * HOUR)
    ]

    refund.refresh_from_db()
    assert codes == ["unchanged", "stale", "updated", "unchanged"]
    assert (refund.status, refund.snapshot_at, refund.refunded) == ("requested", NOON + 3 * HOUR, 0)
