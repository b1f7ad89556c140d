"""Batches and single acts leave the holds of shortages alone, and say why."""

import pytest

from backoffice.common.models import Job
from orders.core.models import Order
from orders.desk.acts import ACTS
from orders.desk.services import Item, start_batch
from tests.factories import NOON, make_order
from tests.fulfilment.stocking import make_order_of, make_sku, settle_all

pytestmark = pytest.mark.django_db
SHORT = "short of stock: settle the shortage with the buyer, or wait for stock"


@pytest.fixture
def short(store):
    make_sku(store=store, on_hand=0)
    order = make_order_of(store, "A")
    settle_all(store)
    return order


def release(client, *orders):
    values = {"act": "release", "selected": [order.pk for order in orders], "query": "queue=all", "confirmed": "1"}
    return client.post("/orders/bulk/", {**values, "reason": "checked"}, headers={"HX-Request": "true"})


def test_batch_skips_orders_that_are_short_and_says_why(agent_client, store, short):
    held = make_order(store=store, hold_kinds=["manual"])
    held.holds.create(store=store, kind="manual", reason="colour", opened_at=held.placed_at)

    release(agent_client, short, held)

    assert dict(Order.objects.values_list("number", "hold_kinds")) == {short.number: ["out_of_stock"], held.number: []}
    job = Job.objects.get()
    assert list(job.rows.values_list("subject", "reason")) == [(held.number, "")]
    assert job.params["left_out"] == {"short of stock: settle the shortage": 1}  # known before the batch began


def test_order_that_ran_short_after_the_question_is_refused_with_the_reason(store, agent, short):
    items = [Item(short.pk, short.number)]

    job = start_batch(
        store=store, act=ACTS["release"], items=items, values={"reason": "checked"}, actor=agent, at=NOON
    )  # fmt: skip

    assert list(job.rows.values_list("subject", "reason")) == [(short.number, SHORT)]
    assert Order.objects.get().hold_kinds == ["out_of_stock"]


def test_batch_releases_what_is_held_by_hand_beside_a_shortage(agent_client, store, short):
    short.holds.create(store=store, kind="manual", reason="colour", opened_at=short.placed_at)
    Order.objects.filter(pk=short.pk).update(hold_kinds=["manual", "out_of_stock"])

    release(agent_client, short)

    assert Order.objects.get().hold_kinds == ["out_of_stock"]
