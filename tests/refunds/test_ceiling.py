"""What parallel people may do to the money of one order; with controls that show the races without what stops them."""

import time
from decimal import Decimal
from threading import Event

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Sum

from aftersales.refunds import services
from aftersales.refunds.models import Refund, RefundPolicy, RefundStep
from aftersales.refunds.services import CaseConflict, RefundError, opening
from aftersales.refunds.statuses import OPEN_STATES
from backoffice.common.access import Role
from orders.core.models import Order
from orders.core.models.querysets import OrderQuerySet
from orders.core.services import OrderError, bump
from orders.core.statuses import OrderStatus
from orders.fulfilment.services import ShipError, ship_order
from tests.factories import NOON, make_order, make_user
from tests.parallel import in_parallel
from tests.refunds.cases import make_case, make_picture, step, target

pytestmark = pytest.mark.django_db(transaction=True)


def ask(order, **values):
    defaults = {"kind": "refund_only", "amount": Decimal(60), "reason": "质量问题", "actor": None, "at": NOON}
    return lambda: services.open_case(**({"store": order.store, "order_id": order.pk} | defaults | values))


def claimed(order):
    return Refund.objects.filter(order=order, status__in=OPEN_STATES).aggregate(total=Sum("amount"))["total"]


def test_ten_parallel_refunds_of_60_on_100_paid_leave_exactly_one():
    order = make_order(status=OrderStatus.SHIPPED, lines=10)

    results = in_parallel(*(ask(order, line_id=line.pk) for line in order.lines.all()))

    refusals = [result for result in results if isinstance(result, Exception)]
    assert len(refusals) == 9
    assert all(isinstance(one, RefundError) and "at most 40.00 can be refunded" in str(one) for one in refusals)
    assert (Refund.objects.count(), claimed(order)) == (1, Decimal(60))


def blind_to_others(monkeypatch):
    """Take away what the services see of each other: the lock on the order, and their own look at the money."""
    monkeypatch.setattr(OrderQuerySet, "locked", lambda self: self.order_by("pk"))
    monkeypatch.setattr(opening, "check_amount", lambda *_args: time.sleep(0.2))
    monkeypatch.setattr(opening, "new_number", lambda _order, _at: f"T-{time.monotonic_ns()}")


def test_without_lock_and_look_the_database_still_keeps_the_ceiling(monkeypatch):
    order = make_order(status=OrderStatus.SHIPPED, lines=10)
    blind_to_others(monkeypatch)

    results = in_parallel(*(ask(order, line_id=line.pk) for line in order.lines.all()))

    assert sum(isinstance(result, RefundError) for result in results) == 9
    assert (Refund.objects.count(), claimed(order)) == (1, Decimal(60))


def test_without_the_trigger_too_the_order_gives_back_more_than_was_paid(monkeypatch):
    """Control: the two tests above can fail."""
    order = make_order(status=OrderStatus.SHIPPED, lines=10)
    blind_to_others(monkeypatch)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE refunds_refund DISABLE TRIGGER refund_ceiling_insert")

    try:
        in_parallel(*(ask(order, line_id=line.pk) for line in order.lines.all()))
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE refunds_refund ENABLE TRIGGER refund_ceiling_insert")

    assert claimed(order) > Decimal(100)


@pytest.mark.parametrize(
    ("status", "taken", "values"),
    [
        ("requested", 40, {"amount": Decimal(61)}),
        ("requested", 40, {"status": "succeeded", "finished_at": NOON, "amount": Decimal(80), "refunded": Decimal(61)}),
        ("closed", 50, {"status": "requested", "finished_at": None}),
    ],
)
def test_no_statement_gets_above_the_ceiling(status, taken, values):
    """Straight SQL, past every service: a larger amount, a larger outcome, a closed case that comes back."""
    order = make_order(status=OrderStatus.SHIPPED, lines=2)
    make_case(order=order, line=order.lines.get(position=1), amount=Decimal(taken))
    refund = make_case(order=order, status=status)

    with pytest.raises(IntegrityError, match="claim"), transaction.atomic():
        Refund.objects.filter(pk=refund.pk).update(**values)

    refund.refresh_from_db()
    assert (refund.status, refund.amount) == (status, Decimal(60))


def test_ship_against_full_refund_leaves_one_legal_state():
    for number in range(100):
        order = make_order()

        def ship(order=order, number=number):
            return ship_order(
                store=order.store, order_id=order.pk, courier="SF", tracking_number=f"SF{number:013}", actor=None,
                at=NOON,
            )  # fmt: skip

        def refund(order=order):
            case = ask(order, amount=Decimal(100))()
            return services.agree_case(**target(case))

        shipped, refunded = in_parallel(ship, refund)

        order = Order.objects.get(pk=order.pk)
        assert not isinstance(refunded, Exception), refunded
        assert (order.refunded, order.has_open_refund, order.hold_kinds) == (Decimal(100), False, [])
        if isinstance(shipped, ShipError):
            assert (order.status, order.shipments.count()) == (OrderStatus.CLOSED, 0)
        else:
            assert (order.status, order.shipments.count()) == (OrderStatus.SHIPPED, 1)


def test_twenty_clicks_agree_once():
    refund = make_case()
    people = [make_user(store=refund.store, roles=(Role.AGENT,)) for _ in range(20)]

    results = in_parallel(*(lambda one=one: services.agree_case(**target(refund, actor=one)) for one in people))

    refusals = [result for result in results if isinstance(result, RefundError)]
    assert len(refusals) == 19
    assert all("is “Succeeded”: “Agree” is not possible now" in str(one) for one in refusals)
    order = Order.objects.get(pk=refund.order_id)
    assert (order.refunded, RefundStep.objects.count()) == (Decimal(60), 1)


def test_without_the_lock_several_clicks_agree(monkeypatch):
    """Control: the test above can fail."""
    refund = make_case()
    monkeypatch.setattr(OrderQuerySet, "locked", lambda self: self.order_by("pk"))
    monkeypatch.setattr(type(Refund.objects.all()), "locked", lambda self: self.order_by("pk"))
    monkeypatch.setattr(services.decisions, "check_words", lambda *_args: time.sleep(0.2))

    in_parallel(*(lambda: services.agree_case(**target(refund)) for _ in range(8)))

    assert RefundStep.objects.count() > 1


def test_agreeing_against_refusing_leaves_one_decision():
    for _round in range(10):
        refund = make_case()
        proof = make_picture(refund.store)

        agreed, refused = in_parallel(
            lambda refund=refund: services.agree_case(**target(refund, version=1)),
            lambda refund=refund, proof=proof: services.refuse_case(
                **target(refund, version=1, reason="worn", text="已穿过", proof=proof)
            ),
        )

        assert sum(isinstance(one, CaseConflict) for one in (agreed, refused)) == 1
        assert RefundStep.objects.filter(refund=refund).count() == 1


def test_two_second_people_approve_once():
    order = make_order(status=OrderStatus.SHIPPED, paid=Decimal(1000))
    refund = make_case(order=order, amount=Decimal(600))
    services.agree_case(**target(refund, actor=make_user()))
    people = [make_user() for _ in range(6)]

    results = in_parallel(*(lambda one=one: services.approve_case(**target(refund, actor=one)) for one in people))

    assert sum(isinstance(result, RefundError) for result in results) == 5
    assert Order.objects.get().refunded == Decimal(600)


def test_one_number_opened_by_many_clicks_is_one_case():
    order = make_order(status=OrderStatus.SHIPPED)

    results = in_parallel(*(ask(order, number="T-1") for _ in range(10)))

    assert {result.pk for result in results} == {Refund.objects.get().pk}


def test_the_same_goods_asked_for_at_once_are_one_open_case():
    order = make_order(status=OrderStatus.SHIPPED)

    results = in_parallel(*(ask(order, amount=Decimal(10)) for _ in range(5)))

    assert sum(isinstance(result, RefundError) and "is open already" in str(result) for result in results) == 4


def test_people_who_take_the_next_cases_at_once_get_different_ones():
    store = make_order().store
    for _ in range(12):
        make_case(order=make_order(store=store, status=OrderStatus.SHIPPED))
    people = [make_user(store=store, roles=(Role.AGENT,)) for _ in range(4)]

    taken = in_parallel(
        *(lambda one=one: services.take_next_cases(store=store, actor=one, at=NOON, count=3) for one in people)
    )

    numbers = [refund.number for found in taken for refund in found]
    assert len(numbers) == len(set(numbers))
    assert Refund.objects.filter(owner__isnull=False).count() == len(numbers) > 0


def test_a_case_whose_order_somebody_saves_is_a_clear_refusal():
    refund = make_case()
    is_locked, may_end = Event(), Event()

    def hold():
        with transaction.atomic():
            order = Order.objects.locked().get(pk=refund.order_id)
            bump(order, NOON)
            is_locked.set()
            may_end.wait(timeout=10)

    def act():
        is_locked.wait(timeout=10)
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '100ms'")
        try:
            return services.agree_case(**target(refund))
        finally:
            may_end.set()

    _held, refused = in_parallel(hold, act)

    assert isinstance(refused, OrderError)
    assert "Somebody is saving this order right now" in str(refused)


def test_silence_and_a_person_at_once_act_once():
    for _round in range(10):
        refund = make_case(deadline=NOON)
        RefundPolicy.objects.create(store=refund.store)

        silent, person = in_parallel(
            lambda refund=refund: services.apply_timeout(store=refund.store, refund_id=refund.pk, at=NOON),
            lambda refund=refund: services.withdraw_case(**target(refund, reason="keeps it")),
        )

        assert (silent is True) == isinstance(person, RefundError)
        assert RefundStep.objects.filter(refund=refund).count() == 1


def test_goods_that_come_back_are_received_once():
    refund = make_case(kind="exchange", status="awaiting_receipt")

    results = in_parallel(*(lambda: step(**target(refund, act="receive")) for _ in range(10)))

    assert sum(isinstance(result, RefundError) for result in results) == 9
