import pytest

from orders.fulfilment import queries
from orders.fulfilment.queries.shipments import pieces_in
from orders.fulfilment.services import ship_order
from tests.factories import NOON, make_line, make_order, make_store

pytestmark = pytest.mark.django_db


def ship(order, number, **values):
    return ship_order(
        store=order.store, order_id=order.pk, courier="SF", tracking_number=number, actor=None, at=NOON, **values
    )


@pytest.mark.parametrize("parcels", [1, 3])
def test_shipments_of_an_order_take_two_statements(parcels, django_assert_num_queries):
    order = make_order(lines=0)
    lines = [make_line(order=order, position=number) for number in range(1, parcels + 1)]
    made = [ship(order, f"SF123456789012{line.position}", lines={line.pk: 1}) for line in lines]

    with django_assert_num_queries(2):
        shipments = queries.shipments_of(order.pk)
        pieces = pieces_in(shipments)

    assert shipments == made
    assert [pieces[shipment.pk] for shipment in shipments] == [[(line.pk, 1)] for line in lines]


def test_shipments_numbered_stay_in_the_store():
    order = make_order()
    shipment = ship(order, "SF1234567890123")

    assert list(queries.shipments_numbered(order.store, "SF1234567890123")) == [shipment]
    assert not queries.shipments_numbered(make_store(), "SF1234567890123").exists()
