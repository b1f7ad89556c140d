"""The counters and open lines that triggers keep, against their definitions after random work."""

import random

import pytest
from django.db.models import Count, Sum

from orders.core.models import OpenLine, Order, OrderCount, OrderLine
from orders.core.statuses import OPEN_STATUSES, OrderStatus
from tests.factories import NOON, make_line, make_order, make_store, make_title
from tests.parallel import in_parallel


def counted():
    rows = OrderCount.objects.values_list("store_id", "status").annotate(total=Sum("count")).order_by()
    return {(store, status): total for store, status, total in rows if total}


def defined():
    rows = Order.objects.values_list("store_id", "status").annotate(total=Count("id")).order_by()
    refunds = Order.objects.filter(has_open_refund=True).values_list("store_id").annotate(total=Count("id")).order_by()
    statuses = {(store, status): total for store, status, total in rows}
    return statuses | {(store, "open_refund"): total for store, total in refunds}


def open_lines():
    return sorted(OpenLine.objects.values_list("line_id", "order_id", "title_id", "sku_code", "status", "ship_by"))


def defined_open_lines():
    lines = OrderLine.objects.filter(order__status__in=OPEN_STATUSES)
    return sorted(lines.values_list("id", "order_id", "title_id", "sku_code", "order__status", "order__ship_by"))


def random_step(dice, stores):
    orders = list(Order.objects.order_by("pk"))
    some = [order.pk for order in dice.sample(orders, min(len(orders), dice.randint(1, 5)))]
    chosen = Order.objects.filter(pk__in=some)
    step = dice.choice(["make", "move", "refund", "promise", "retitle", "line", "drop_line", "drop"])
    if step == "make" or not orders:
        make_order(store=dice.choice(stores), status=dice.choice(OrderStatus.values), lines=dice.randint(0, 3))
    elif step == "move":
        chosen.update(status=dice.choice(OrderStatus.values))
    elif step == "refund":
        chosen.update(has_open_refund=dice.random() < 0.5)
    elif step == "promise":
        chosen.update(ship_by=dice.choice([None, NOON]))
    elif step == "retitle":
        title = make_title(store=stores[0], text=dice.choice("甲乙丙"))
        OrderLine.objects.filter(order__in=some).update(title=title, sku_code=dice.choice(["", "A1"]))
    elif step == "line":
        make_line(order=Order.objects.get(pk=some[0]), position=9, key=f"extra-{dice.random()}")
    elif step == "drop_line":
        OrderLine.objects.filter(order__in=some[:1]).delete()
    else:
        chosen.delete()


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(3))
def test_counters_and_open_lines_equal_their_definition_after_random_work(seed):
    dice, stores = random.Random(seed), [make_store(), make_store()]

    for _ in range(60):
        random_step(dice, stores)
        assert counted() == defined()
        assert open_lines() == defined_open_lines()


@pytest.mark.django_db(transaction=True)
def test_counters_are_exact_under_parallel_writers():
    store = make_store()
    orders = [make_order(store=store) for _ in range(12)]

    def work(order, status):
        Order.objects.filter(pk=order.pk).update(status=status)
        make_order(store=store, status=status)

    results = in_parallel(
        *(lambda order=order: work(order, OrderStatus.SHIPPED) for order in orders[:6]),
        *(lambda order=order: work(order, OrderStatus.CLOSED) for order in orders[6:]),
    )

    assert results == [None] * 12
    assert counted() == defined() == {(store.pk, "shipped"): 12, (store.pk, "closed"): 12}
