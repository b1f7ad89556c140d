from decimal import Decimal

import pytest

from orders.core.models import OrderEvent
from orders.core.services import OrderError, accept_order, close_order, complete_order, mark_paid, unaccept_order
from orders.core.statuses import MOVES, Acceptance, OrderStatus, ShipByRule
from tests.factories import NOON, make_order, make_store, make_user

pytestmark = pytest.mark.django_db

ACTS = {
    OrderStatus.PENDING_SHIPMENT: (mark_paid, {"method": "bank"}),
    OrderStatus.CLOSED: (close_order, {"reason": "the buyer asked"}),
    OrderStatus.COMPLETED: (complete_order, {}),
}


def target(order, **values):
    return {"store": order.store, "order_id": order.pk, "actor": None, "at": NOON, **values}


@pytest.mark.parametrize("new", ACTS)
@pytest.mark.parametrize("status", OrderStatus)
def test_every_move_is_made_or_refused_as_the_table_says(status, new):
    order = make_order(status=status)
    act, values = ACTS[new]

    if new in MOVES[status]:
        act(**target(order, **values))
        expected = (new, 2, [(status, new)])
    else:
        with pytest.raises(OrderError, match=f"{order.number} is “{status.label}” and cannot become “{new.label}”"):
            act(**target(order, **values))
        expected = (status, 1, [])

    order.refresh_from_db()
    moves = [(event.before["status"], event.after["status"]) for event in order.events.all()]
    assert (order.status, order.version, moves) == expected


def test_every_status_has_its_moves():
    assert set(MOVES) == set(OrderStatus)
    assert MOVES[OrderStatus.COMPLETED] == MOVES[OrderStatus.CLOSED] == frozenset()


def test_mark_paid_sets_money_promise_and_acceptance():
    order = make_order(status=OrderStatus.PENDING_PAYMENT, payable=Decimal("90.50"), postage=Decimal(8))

    mark_paid(**target(order, method=" bank ", actor=make_user("boss")))

    order.refresh_from_db()
    assert (order.paid, order.gross_paid, order.payment_method) == (Decimal("98.50"), Decimal("98.50"), "bank")
    assert (order.paid_at, (order.ship_by - NOON).total_seconds() / 3600) == (NOON, 48)
    assert (order.ship_by_rule, order.acceptance, order.acceptance_rule) == ("promise", "accepted", "payment")
    assert OrderEvent.objects.get().after == {"status": "pending_shipment", "paid": "98.50", "payment_method": "bank"}


def test_mark_paid_without_payable_takes_the_total_and_leaves_review_to_people():
    store = make_store(accepts_on_payment=False)
    order = make_order(store=store, status=OrderStatus.PENDING_PAYMENT, payable=None, total=Decimal("12.30"))

    mark_paid(**target(order, method="cash"))

    order.refresh_from_db()
    assert (order.paid, order.acceptance, order.ship_by_rule) == (
        Decimal("12.30"),
        Acceptance.UNREVIEWED,
        ShipByRule.PROMISE,
    )


@pytest.mark.parametrize("method", ["", "x" * 33])
def test_mark_paid_asks_how(method):
    order = make_order(status=OrderStatus.PENDING_PAYMENT)

    with pytest.raises(OrderError, match="how the order was paid"):
        mark_paid(**target(order, method=method))

    order.refresh_from_db()
    assert order.status == OrderStatus.PENDING_PAYMENT


def test_close_order_keeps_the_reason():
    order = make_order()

    close_order(**target(order, reason=" no stock "))

    order.refresh_from_db()
    assert order.close_reason == "no stock"


@pytest.mark.parametrize("reason", ["", " x ", "x" * 121])
def test_close_order_asks_for_a_reason(reason):
    order = make_order()

    with pytest.raises(OrderError, match="reason of 2 to 120"):
        close_order(**target(order, reason=reason))

    order.refresh_from_db()
    assert order.status == OrderStatus.PENDING_SHIPMENT


def test_complete_order_waits_for_an_open_refund():
    order = make_order(status=OrderStatus.SHIPPED, has_open_refund=True)

    with pytest.raises(OrderError, match="open refund"):
        complete_order(**target(order))

    order.refresh_from_db()
    assert (order.status, order.completed_at) == (OrderStatus.SHIPPED, None)


@pytest.mark.parametrize("status", OrderStatus)
def test_accept_order_takes_open_orders_only(status):
    order = make_order(status=status, acceptance=Acceptance.UNREVIEWED)

    if order.is_open:
        accept_order(**target(order, actor=make_user("li")))
        expected = (Acceptance.ACCEPTED, "li", 2)
    else:
        with pytest.raises(OrderError, match="only orders that await shipment"):
            accept_order(**target(order))
        expected = (Acceptance.UNREVIEWED, "", 1)

    order.refresh_from_db()
    assert (order.acceptance, order.acceptance_rule, order.version) == expected


def test_accept_order_twice_is_refused():
    order = make_order()

    with pytest.raises(OrderError, match="accepted already"):
        accept_order(**target(order))

    assert not OrderEvent.objects.exists()


@pytest.mark.parametrize("status", OrderStatus)
def test_unaccept_order_takes_back_what_has_not_shipped(status):
    order = make_order(status=status, acceptance=Acceptance.ACCEPTED)

    if status == OrderStatus.PENDING_SHIPMENT:
        unaccept_order(**target(order))
    else:
        with pytest.raises(OrderError, match="nothing has shipped"):
            unaccept_order(**target(order))

    order.refresh_from_db()
    assert (order.acceptance == Acceptance.UNREVIEWED) == (status == OrderStatus.PENDING_SHIPMENT)


def test_unaccept_order_twice_is_refused():
    order = make_order()
    unaccept_order(**target(order))

    with pytest.raises(OrderError, match="is not accepted"):
        unaccept_order(**target(order))

    assert OrderEvent.objects.get().kind == "unaccepted"
