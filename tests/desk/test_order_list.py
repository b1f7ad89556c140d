"""The queue's page."""

import pytest

from tests.factories import make_order

PATH = "/orders/"


def test_order_list_shows_open_orders(agent_client, store):
    order = make_order(store=store, lines=2)

    response = agent_client.get(PATH)

    assert response.status_code == 200
    html = response.content.decode()
    assert f'data-order="{order.number}"' in html
    assert 'data-queue="pending_shipment"' in html


@pytest.mark.parametrize("order_count", [1, 3])
@pytest.mark.parametrize("query", ["", "?queue=all", "?queue=all&q=连衣", "?queue=all&amount_min=1&sort=paid"])
def test_order_list_query_count_does_not_grow(agent_client, store, order_count, query, django_assert_max_num_queries):
    for _ in range(order_count):
        make_order(store=store, lines=2)

    with django_assert_max_num_queries(8):
        response = agent_client.get(PATH + query)

    assert len(response.context["rows"]) == order_count
