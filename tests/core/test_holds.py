from datetime import timedelta

import pytest

from orders.core.models import Hold, Order, OrderEvent
from orders.core.services import OrderError, accept_order, open_hold, release_hold
from orders.core.statuses import FACT_HOLDS, SHIPPABLE_STATUSES, STOCK_RULE, HoldKind, OrderStatus
from tests.factories import NOON, make_order, make_user

pytestmark = pytest.mark.django_db


def target(order, **values):
    return {"store": order.store, "order_id": order.pk, "actor": None, "at": NOON, "reason": "because", **values}


def test_open_and_release_keep_the_kinds_of_the_order():
    order, person = make_order(lines=1), make_user("li")
    line = order.lines.get()

    open_hold(**target(order, kind="risk", actor=person))
    open_hold(**target(order, kind="manual", line_id=line.pk))
    both = Order.objects.get().hold_kinds
    release_hold(**target(order, kind="risk", actor=person, at=NOON + timedelta(hours=1)))

    order.refresh_from_db()
    assert (both, order.hold_kinds, order.version) == (["manual", "risk"], ["manual"], 4)
    hold = Hold.objects.get(kind="risk")
    assert (hold.opened_by, hold.released_by, hold.release_reason) == (person, person, "because")
    assert [event.kind for event in order.events.order_by("pk")] == ["held", "held", "hold_released"]


def test_open_hold_of_an_open_kind_changes_nothing():
    order = make_order()

    first = open_hold(**target(order, kind="risk"))
    second = open_hold(**target(order, kind="risk", reason="again"))

    order.refresh_from_db()
    assert (first, order.version, Hold.objects.get().reason) == (second, 2, "because")


def test_a_kind_stays_while_a_line_still_has_it():
    order = make_order(lines=1)
    line = order.lines.get()
    open_hold(**target(order, kind="manual"))
    open_hold(**target(order, kind="manual", line_id=line.pk))

    release_hold(**target(order, kind="manual", line_id=line.pk))
    one_left = Order.objects.get().hold_kinds
    release_hold(**target(order, kind="manual"))

    assert (one_left, Order.objects.get().hold_kinds) == (["manual"], [])


def test_release_hold_refuses_what_is_not_open():
    order = make_order()

    with pytest.raises(OrderError, match="no open hold “Risk”"):
        release_hold(**target(order, kind="risk"))

    assert not OrderEvent.objects.exists()


@pytest.mark.parametrize("act", [open_hold, release_hold])
@pytest.mark.parametrize("kind", sorted(FACT_HOLDS))
def test_holds_that_follow_facts_are_not_for_hands(act, kind):
    order = make_order()

    with pytest.raises(OrderError, match="not by hand") as refusal:
        act(**target(order, kind=kind))

    assert refusal.value.code == "hold"
    assert not Hold.objects.exists()


@pytest.mark.parametrize("kind", sorted(FACT_HOLDS))
def test_a_rule_opens_and_releases_any_kind(kind):
    order = make_order()

    open_hold(**target(order, kind=kind, rule="platform", source="rule", reason=""))
    held = Order.objects.get().hold_kinds
    release_hold(**target(order, kind=kind, source="rule", reason=""))

    assert (held, Order.objects.get().hold_kinds) == ([kind], [])
    assert Hold.objects.get().rule == "platform"


@pytest.mark.parametrize("status", OrderStatus)
def test_open_hold_refuses_orders_that_have_left(status):
    order = make_order(status=status)

    if status in SHIPPABLE_STATUSES:
        open_hold(**target(order, kind=HoldKind.MANUAL))
    else:
        with pytest.raises(OrderError, match="nothing left to hold"):
            open_hold(**target(order, kind=HoldKind.MANUAL))

    assert Hold.objects.exists() == (status in SHIPPABLE_STATUSES)


@pytest.mark.parametrize(
    "values", [{"kind": "weather"}, {"kind": "risk", "reason": " "}, {"kind": "risk", "line_id": 1}]
)
def test_open_hold_refuses_bad_fields(values):
    order = make_order(lines=0)

    with pytest.raises(OrderError) as refusal:
        open_hold(**target(order, **values))

    assert refusal.value.code == "field"
    assert not Hold.objects.exists()


@pytest.mark.parametrize("kind", [HoldKind.OUT_OF_STOCK, HoldKind.MANUAL])
def test_hold_of_a_shortage_is_not_released_by_hand(kind):
    order = make_order(hold_kinds=[kind])
    Hold.objects.create(store=order.store, order=order, kind=kind, rule=STOCK_RULE, opened_at=NOON)

    with pytest.raises(OrderError) as refusal:
        release_hold(**target(order, kind=kind, reason="never mind"))

    assert (refusal.value.code, Order.objects.get().hold_kinds) == ("hold", [kind])
    assert str(refusal.value) == (
        f"Order {order.number} is short of stock: settle the shortage with the buyer, or wait for stock. Its hold ends "
        "by itself then."
    )
    assert not OrderEvent.objects.exists()


def test_acceptance_with_a_reason_leaves_the_hold_of_a_shortage():
    order = make_order(acceptance="unreviewed", hold_kinds=["manual", "out_of_stock"])
    Hold.objects.create(store=order.store, order=order, kind="out_of_stock", rule=STOCK_RULE, opened_at=NOON)
    Hold.objects.create(store=order.store, order=order, kind="manual", opened_at=NOON)

    accept_order(store=order.store, order_id=order.pk, release_reason="looks fine", actor=None, at=NOON)

    assert Order.objects.get().hold_kinds == ["out_of_stock"]
    released = OrderEvent.objects.filter(kind="hold_released").values_list("before", flat=True)
    assert list(released) == [{"hold": "manual", "line": None}]
