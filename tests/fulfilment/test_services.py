import pytest

from orders.core.models import OrderEvent
from orders.core.statuses import OrderStatus
from orders.fulfilment.services import ship_order
from tests.factories import NOON, make_order, make_user

pytestmark = pytest.mark.django_db


def ship(order, **values):
    defaults = {"courier": "SF", "tracking_number": "SF1234567890123", "actor": None, "at": NOON}
    return ship_order(store=order.store, order_id=order.pk, **(defaults | values))


def test_ship_order_makes_one_parcel_of_everything():
    order, person = make_order(lines=2), make_user("li")

    shipment = ship(order, actor=person)

    order.refresh_from_db()
    assert (order.status, order.shipped_at, order.version) == (OrderStatus.SHIPPED, NOON, 2)
    assert [(line.line.position, line.quantity) for line in shipment.lines.order_by("pk")] == [(1, 1), (2, 1)]
    event = OrderEvent.objects.get()
    assert (event.kind, event.before, event.order_version) == ("shipped", {"status": "pending_shipment"}, 2)
    assert event.after == {
        "status": "shipped",
        "courier": "SF",
        "tracking_number": "SF1234567890123",
        "lines": {"1": 1, "2": 1},
    }
