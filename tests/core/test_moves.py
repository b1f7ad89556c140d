from datetime import timedelta
from decimal import Decimal

import pytest

from orders.core.models import Order, OrderEvent
from orders.core.services import (
    OrderError,
    VersionConflict,
    accept_order,
    close_order,
    complete_order,
    mark_paid,
    reopen_unpaid,
    unaccept_order,
)
from orders.core.statuses import MOVES, Acceptance, OrderStatus, ShipByRule
from tests.factories import NOON, make_order, make_store, make_user
from tests.parallel import in_parallel

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


def make_closed_order(**values):
    """Make an unpaid order that a person closed."""
    order = make_order(status=OrderStatus.PENDING_PAYMENT)
    close_order(**target(order, reason="the buyer asked", actor=make_user(), **values))
    return order


def test_reopen_unpaid_undoes_the_closing():
    order, person = make_closed_order(), make_user("li")

    reopen_unpaid(**target(order, actor=person, at=NOON + timedelta(minutes=15)))

    order.refresh_from_db()
    event = OrderEvent.objects.order_by("pk").last()
    assert (order.status, order.close_reason, order.version) == (OrderStatus.PENDING_PAYMENT, "", 3)
    assert (event.kind, event.actor, event.after) == ("reopened", person, {"status": "pending_payment"})
    assert event.before == {"status": "closed", "close_reason": "the buyer asked"}


def test_a_reopened_order_can_be_closed_and_reopened_again():
    order = make_closed_order()
    reopen_unpaid(**target(order))

    with pytest.raises(OrderError, match="there is nothing to reopen"):
        reopen_unpaid(**target(order))
    close_order(**target(order, reason="after all", actor=make_user()))
    reopen_unpaid(**target(order))

    order.refresh_from_db()
    assert (order.status, order.version) == (OrderStatus.PENDING_PAYMENT, 5)


@pytest.mark.parametrize("status", sorted(set(OrderStatus) - {OrderStatus.CLOSED}))
def test_reopen_unpaid_refuses_what_is_not_closed(status):
    order = make_order(status=status)

    with pytest.raises(OrderError, match="there is nothing to reopen"):
        reopen_unpaid(**target(order))

    assert not OrderEvent.objects.exists()


def test_reopen_unpaid_refuses_what_was_paid():
    order = make_order()
    close_order(**target(order, reason="no stock", actor=make_user()))

    with pytest.raises(OrderError, match="was paid before it was closed"):
        reopen_unpaid(**target(order))

    order.refresh_from_db()
    assert order.status == OrderStatus.CLOSED


def test_reopen_unpaid_refuses_after_some_minutes():
    order = make_closed_order()

    with pytest.raises(OrderError, match="more than 15 minutes ago"):
        reopen_unpaid(**target(order, at=NOON + timedelta(minutes=15, seconds=1)))

    order.refresh_from_db()
    assert order.status == OrderStatus.CLOSED


def test_reopen_unpaid_refuses_what_no_person_closed():
    without_event = make_order(status=OrderStatus.CLOSED, paid_at=None)
    by_api = make_closed_order(source="api")
    confirmed = make_closed_order()
    OrderEvent.objects.create(
        store=confirmed.store, order=confirmed, kind="platform_changed", source="platform",
        before={"status": "pending_payment"}, after={"status": "closed"}, at=NOON,
    )  # fmt: skip

    for order in (without_event, by_api, confirmed):
        with pytest.raises(OrderError, match="was not closed by hand"):
            reopen_unpaid(**target(order))

    assert not OrderEvent.objects.filter(kind="reopened").exists()


def test_reopen_unpaid_does_not_reach_another_store_or_pass_a_stale_version():
    order = make_closed_order()

    with pytest.raises(Order.DoesNotExist):
        reopen_unpaid(**target(order, store=make_store()))
    with pytest.raises(VersionConflict):
        reopen_unpaid(**target(order, version=1))

    order.refresh_from_db()
    assert order.status == OrderStatus.CLOSED


@pytest.mark.django_db(transaction=True)
def test_an_order_reopened_twice_at_once_is_reopened_once():
    order = make_closed_order()

    results = in_parallel(*(lambda: reopen_unpaid(**target(order)),) * 4)

    assert sum(isinstance(result, Order) for result in results) == 1
    assert OrderEvent.objects.filter(kind="reopened").count() == 1
