from datetime import timedelta
from decimal import Decimal

import pytest
from django.conf import settings
from django.utils import translation

from aftersales.refunds.alerts import raise_case_alerts
from aftersales.refunds.models import Refund, RefundMessage, RefundPolicy, RefundStep
from aftersales.refunds.queries.due import silence_of
from aftersales.refunds.services import agree_case, apply_timeout, apply_timeouts, open_case, policy_of
from aftersales.refunds.services.clock import leave_to_people, restore_facts
from aftersales.refunds.statuses import MOVES, PLATFORM_DECIDES, TIMEOUTS, RefundKind, RefundState
from aftersales.refunds.tasks import create_due_clock
from backoffice.common.alert_texts import alert_line
from backoffice.common.jobs import run_pending_jobs
from backoffice.common.models import Alert, Job, Store
from orders.core.models import Hold, Order, OrderEvent, OrderLine
from orders.core.statuses import OrderStatus
from tests.factories import NOON, make_order, make_store, make_user
from tests.refunds.cases import make_case, record_of

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def silence(refund, at=NOON, **values):
    return apply_timeouts(store=refund.store, at=at, **values)


# what silence does: kind, state, act, state and kind after it; written out by hand
SILENCE = """
refund_only requested agree succeeded refund_only
refund_only refused withdraw closed refund_only
return_refund requested agree awaiting_return return_refund
return_refund refused withdraw closed return_refund
return_refund awaiting_return withdraw closed return_refund
return_refund awaiting_receipt receive succeeded return_refund
exchange requested agree awaiting_return exchange
exchange refused withdraw closed exchange
exchange awaiting_return withdraw closed exchange
exchange awaiting_receipt receive awaiting_outbound exchange
exchange awaiting_outbound turn_to_refund awaiting_receipt return_refund
exchange awaiting_buyer confirm succeeded exchange
repair requested agree awaiting_return repair
repair refused withdraw closed repair
repair awaiting_return withdraw closed repair
repair awaiting_receipt receive awaiting_outbound repair
repair awaiting_outbound turn_to_refund awaiting_receipt return_refund
repair awaiting_buyer confirm succeeded repair
reship requested agree awaiting_outbound reship
reship refused withdraw closed reship
reship awaiting_outbound turn_to_refund requested refund_only
reship awaiting_buyer confirm succeeded reship
"""


@pytest.mark.parametrize("row", SILENCE.strip().splitlines())
def test_silence_acts_when_the_time_of_a_state_is_over(row):
    kind, state, act, after, kind_after = row.split()
    refund = make_case(kind=kind, status=state, deadline=NOON)
    sentence = silence_of(refund, RefundPolicy())

    assert silence(refund, NOON - timedelta(seconds=1)) == 0
    assert silence(refund) == 1
    assert silence(refund) == 0

    refund.refresh_from_db()
    assert (refund.status, refund.kind) == (after, kind_after)
    step = RefundStep.objects.get()
    assert (step.act, step.actor, step.source, step.left_at) == (act, None, "system", NOON)
    assert OrderEvent.objects.get(kind="case_moved").source == "system"
    message = RefundMessage.objects.get()
    assert (message.role, message.act, bool(message.text), bool(sentence)) == ("system", act, True, True)


def test_every_state_that_a_kind_can_be_in_is_in_the_list_of_silence():
    rows = {tuple(row.split()[:2]) for row in SILENCE.strip().splitlines()}

    possible = {(kind.value, source.value) for kind, moves in MOVES.items() for _act, source in moves}
    assert rows == possible
    assert set(TIMEOUTS) == {state for state in RefundState if state not in {"succeeded", "closed"}}
    assert {kind for kind, _state in rows} == set(RefundKind.values)


def test_silence_gives_what_was_agreed_or_else_asked_for_whatever_the_limit():
    order = make_order(status=OrderStatus.SHIPPED, paid=Decimal(1000))
    asked = make_case(order=order, amount=Decimal(600), deadline=NOON)
    agreed = make_case(
        order=make_order(status=OrderStatus.SHIPPED, store=order.store), kind="return_refund", refunded=Decimal(20),
        status="awaiting_receipt", deadline=NOON,
    )  # fmt: skip

    assert silence(asked) == 2

    amounts = [Refund.objects.get(pk=refund.pk).refunded for refund in (asked, agreed)]
    assert amounts == [Decimal(600), Decimal(20)]
    assert Order.objects.get(pk=order.pk).refunded == Decimal(600)
    assert Refund.objects.get(pk=asked.pk).answered_at is None  # nobody answered


def test_what_cannot_turn_into_money_any_more_is_closed():
    order = make_order(status=OrderStatus.SHIPPED)
    make_case(order=order, status="succeeded", amount=Decimal(100))
    refund = make_case(order=order, kind="exchange", status="awaiting_outbound", deadline=NOON)

    silence(refund)

    refund.refresh_from_db()
    assert (refund.status, refund.kind) == ("closed", "exchange")


@pytest.mark.parametrize("intervention", PLATFORM_DECIDES)
def test_while_the_platform_decides_silence_does_nothing(intervention):
    refund = make_case(deadline=NOON, intervention=intervention)
    before = record_of(refund)

    assert silence(refund) == 0
    assert create_due_clock(NOON) == 0
    assert record_of(refund) == before
    assert silence_of(refund, RefundPolicy()) == "The platform decides: nothing happens by itself."


def test_a_store_that_lets_the_platform_act_waits_for_its_word():
    refund = make_case(deadline=NOON)
    policy = RefundPolicy.objects.create(store=refund.store, acts_on_timeout=False)

    assert silence(refund) == 0
    assert create_due_clock(NOON) == 0
    assert silence_of(refund, policy) == "When the time is over, the platform acts and reports it."


def test_a_case_that_silence_cannot_move_is_left_to_people_once():
    refund = make_case(deadline=NOON, amount=Decimal(100))
    Order.objects.filter(pk=refund.order_id).update(gross_paid=Decimal(50))

    assert silence(refund) == 1
    assert silence(refund) == 0

    refund.refresh_from_db()
    assert (refund.status, refund.deadline) == ("requested", None)
    assert "was paid 50.00" in RefundMessage.objects.get().text
    assert silence_of(refund, RefundPolicy()) == ""


def test_one_case_that_fails_does_not_stop_the_others():
    stuck = make_case(deadline=NOON - HOUR, amount=Decimal(100))
    Order.objects.filter(pk=stuck.order_id).update(gross_paid=Decimal(50))
    fine = make_case(order=make_order(store=stuck.store, status=OrderStatus.SHIPPED), deadline=NOON)

    assert silence(stuck) == 2

    fine.refresh_from_db()
    assert fine.status == "succeeded"


def test_a_job_is_made_for_a_store_with_cases_whose_time_is_over_and_only_one():
    refund, later = make_case(deadline=NOON), make_case(deadline=NOON + HOUR)
    make_case(status="closed", deadline=None)

    assert create_due_clock(NOON) == 1
    assert create_due_clock(NOON) == 0
    job = Job.objects.get()
    assert (job.kind, job.store) == ("case_clock", refund.store)
    assert create_due_clock(NOON + HOUR) == 1
    assert later.store in Store.objects.filter(pk__in=Job.objects.values("store"))


def test_the_job_lets_silence_act_until_nothing_is_left():
    refund = make_case(deadline=NOON)
    create_due_clock(NOON)

    run_pending_jobs()

    refund.refresh_from_db()
    job = Job.objects.get()
    assert (job.state, job.result, refund.status) == ("done", {"cases": 1}, "succeeded")
    assert "aftersales.refunds.tasks.create_due_clock" in settings.TICKERS
    assert "aftersales.refunds.alerts.raise_case_alerts" in settings.TICKERS


def test_a_shop_keeps_its_own_times():
    store = make_store()
    RefundPolicy.objects.create(store=store, decide_hours=10, decide_return_hours=20)
    hours = []

    for kind in ("refund_only", "reship", "return_refund", "exchange"):
        refund = make_case(order=make_order(store=store, status=OrderStatus.SHIPPED), kind=kind)
        hours.append((refund.deadline - NOON) / HOUR)

    assert hours == [10, 10, 20, 20]
    assert (policy_of(store).decide_hours, policy_of(make_store()).decide_hours) == (10, 48)


def ask(order, source="api", **values):
    return open_case(
        store=order.store, order_id=order.pk, kind="refund_only", amount=Decimal(1), reason="质量问题", actor=None,
        at=NOON, source=source, **values,
    )  # fmt: skip


def test_new_cases_from_outside_are_told_once_and_together():
    raise_case_alerts(NOON)
    first, second = make_order(status=OrderStatus.SHIPPED), make_order(status=OrderStatus.SHIPPED)
    order_of_staff = make_order(store=first.store, status=OrderStatus.SHIPPED)
    for order in (first, make_order(store=first.store, status=OrderStatus.SHIPPED), second):
        ask(order)
    ask(order_of_staff, source="staff")
    make_case(order=make_order(store=second.store, status=OrderStatus.SHIPPED), status="closed", source="platform")

    raise_case_alerts(NOON + HOUR / 60)
    raise_case_alerts(NOON + HOUR / 60)
    raise_case_alerts(NOON + HOUR / 30)

    alerts = list(Alert.objects.order_by("store").values_list("store", "kind", "right", "count"))
    assert alerts == [
        (first.store_id, "refund_new", "work_refunds", 2), (second.store_id, "refund_new", "work_refunds", 1),
    ]  # fmt: skip


def test_cases_that_wait_for_the_shop_are_told_before_their_time_is_over():
    refund = make_case(deadline=NOON + 14 * HOUR)
    make_case(status="awaiting_return", kind="return_refund", deadline=NOON + 14 * HOUR)
    eager = make_case(deadline=NOON + 22 * HOUR)
    RefundPolicy.objects.create(store=eager.store, due_soon_hours=20)
    told = []

    for at in (NOON, NOON + HOUR, NOON + 2 * HOUR, NOON + 2 * HOUR + HOUR / 60, NOON + 3 * HOUR):
        raise_case_alerts(at)
        told.append(Alert.objects.count())

    assert told == [0, 0, 2, 2, 2]
    assert set(Alert.objects.values_list("store", "kind")) == {
        (refund.store_id, "refund_due"), (eager.store_id, "refund_due"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "count", "text"),
    [
        ("refund_new", 2, "2 new after-sales cases"),
        ("refund_due", 1, "1 after-sales case waits for the shop and is due soon"),
        ("approval", 1, "1 refund waits for a second person"),
    ],
)
def test_alerts_of_cases_speak(kind, count, text):
    line = alert_line(Alert(store=make_store(), kind=kind, count=count, subjects=[], at=NOON, pk=1))

    assert (line.text, bool(line.icon)) == (text, True)


def test_a_person_who_acts_after_the_time_is_over_is_not_too_late():
    refund = make_case(deadline=NOON - HOUR)

    assert agree_case(store=refund.store, refund_id=refund.pk, actor=make_user(), at=NOON).status == "succeeded"


def test_an_order_that_an_import_made_forget_its_case_is_told_and_held_again():
    order = make_order(lines=2)
    line = order.lines.get(position=2)
    make_case(order=order, line=line, amount=Decimal(10))
    shipped = make_case(order=make_order(store=order.store, status=OrderStatus.SHIPPED)).order
    Order.objects.update(has_open_refund=False, hold_kinds=[], refund_status="")
    OrderLine.objects.update(refund_status="")
    Hold.objects.update(released_at=NOON)

    assert restore_facts(NOON) == 2
    assert restore_facts(NOON) == 0

    order.refresh_from_db()
    assert (order.has_open_refund, order.refund_status, order.hold_kinds) == (True, "open", ["refund_open"])
    assert Hold.objects.get(released_at=None).line == line
    shipped.refresh_from_db()
    assert (shipped.has_open_refund, shipped.hold_kinds) == (True, [])
    assert "aftersales.refunds.services.clock.restore_facts" in settings.TICKERS


def test_what_silence_did_is_said_in_the_language_of_the_reader():
    refund = make_case(deadline=NOON)
    with translation.override("zh-hans"):
        apply_timeout(store=refund.store, refund_id=refund.pk, at=NOON)

    message = refund.messages.get()

    assert (message.role, message.code) == ("system", "silent_agree")
    assert message.said == "The time to decide is over: the case counts as agreed."


def test_what_stops_the_clock_is_said_with_its_reason():
    refund = make_case(deadline=NOON)
    leave_to_people(store=refund.store, refund_id=refund.pk, problem="缺货", at=NOON)

    message = refund.messages.get()

    assert (message.code, message.said) == ("stopped", "Its time is over, but: 缺货")
