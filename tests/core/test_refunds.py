from decimal import Decimal

import pytest

from orders.core.models import Hold, OrderEvent
from orders.core.services import OrderError, set_refund_facts
from orders.core.statuses import RefundStatus
from tests.factories import NOON, make_order

pytestmark = pytest.mark.django_db


def facts(order, status, refunded, **values):
    defaults = {"store": order.store, "order_id": order.pk, "actor": None, "at": NOON}
    order = set_refund_facts(status=status, refunded=Decimal(refunded), **(defaults | values))
    order.refresh_from_db()
    return order


def test_an_open_refund_holds_the_order_until_it_ends():
    order = facts(make_order(), RefundStatus.OPEN, 0)
    opened = (order.has_open_refund, order.hold_kinds, order.refund_status)

    order = facts(order, RefundStatus.SUCCEEDED, 30)

    assert opened == (True, ["refund_open"], "open")
    assert (order.has_open_refund, order.hold_kinds, order.refund_status) == (False, [], "succeeded")
    assert (order.refunded, Hold.objects.get().released_at) == (Decimal(30), NOON)
    assert OrderEvent.objects.order_by("pk").last().before == {"refund_status": "open", "refunded": "0.00"}


def test_refunds_of_lines_add_up_and_the_strongest_state_stands():
    order = make_order(lines=3)
    first, second, _third = order.lines.order_by("position")

    facts(order, RefundStatus.SUCCEEDED, 20, line_id=first.pk)
    order = facts(order, RefundStatus.OPEN, 0, line_id=second.pk)
    open_state = (order.refund_status, order.refunded, Hold.objects.get().line_id)
    order = facts(order, RefundStatus.SUCCEEDED, 30, line_id=second.pk)

    assert open_state == ("open", Decimal(20), second.pk)
    assert (order.refund_status, order.refunded, order.hold_kinds) == ("succeeded", Decimal(50), [])
    first.refresh_from_db()
    assert (first.refund_status, first.refunded) == ("succeeded", Decimal(20))


def test_more_than_was_paid_is_refused():
    order = make_order()

    with pytest.raises(OrderError, match=r"was paid 100\.00: 100\.01 cannot be refunded"):
        facts(order, RefundStatus.SUCCEEDED, "100.01")

    order.refresh_from_db()
    assert (order.refunded, order.version, OrderEvent.objects.count()) == (0, 1, 0)


def test_a_line_of_another_order_is_refused():
    order, other = make_order(), make_order()

    with pytest.raises(OrderError, match="no such line"):
        facts(order, RefundStatus.OPEN, 0, line_id=other.lines.get().pk)

    assert not Hold.objects.exists()
