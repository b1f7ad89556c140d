import pytest
from django.db import connection

from orders.core.models import Order
from orders.core.queries import tab_counts
from orders.core.statuses import OrderStatus
from tests.factories import make_order, make_store

pytestmark = pytest.mark.django_db


def test_counts_follow_a_large_statement_after_a_small_one():
    store = make_store()
    orders = [make_order(store=store) for _number in range(60)]
    Order.objects.filter(pk=orders[0].pk).update(status=OrderStatus.SHIPPED)
    Order.objects.for_store(store).update(status=OrderStatus.COMPLETED)
    assert tab_counts(store)["completed"] == 60


@pytest.mark.parametrize(
    "function",
    [
        "orders_count_change",
        "orders_openline_of_orders",
        "analytics_mark_orders",
        "analytics_mark_lines",
        "analytics_mark_cases",
        "analytics_mark_steps",
    ],
)
def test_triggers_never_join_new_rows_to_old_ones(function):
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = %s", [function])
        source = cursor.fetchone()[0]
    assert "JOIN old_rows" not in source
