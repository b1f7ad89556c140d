"""What holds open orders back, over the API."""

from datetime import timedelta

import pytest

from orders.core.services import close_order, open_hold, release_hold
from orders.core.statuses import HoldKind
from tests.factories import NOON, make_order
from tests.notes.helpers import make_noted_order


def held(store, reason="odd address", rule="", **values):
    order = make_order(store=store, **values)
    open_hold(store=store, order_id=order.pk, kind=HoldKind.RISK, reason=reason, actor=None, at=NOON, rule=rule)
    return order


def groups(api):
    return api.get("orders/exceptions/").json()["results"]


def test_reasons_are_grouped_the_most_urgent_first(api, store):
    for hour in (5, 3):
        held(store, ship_by=NOON + timedelta(hours=hour), rule="dear")
    make_noted_order(store=store, ship_by=NOON + timedelta(hours=1))

    answer = api.get("orders/exceptions/").json()

    assert answer["is_cut"] is False
    assert [(group["kind"], group["count"], group["by_hand"]) for group in answer["results"]] == [
        ("note_unhandled", 1, False), ("risk", 2, True),
    ]  # fmt: skip
    assert answer["results"][1] == {
        "kind": "risk", "label": str(HoldKind.RISK.label), "reason": "odd address", "rules": ["dear"], "count": 2,
        "is_capped": False, "earliest_ship_by": "2026-06-01T15:00:00+08:00", "since": "2026-06-01T12:00:00+08:00",
        "by_hand": True, "query": "queue=pending_shipment&hold=risk&hold_reason=odd+address",
    }  # fmt: skip


def test_query_of_a_group_lists_its_orders(api, store):
    mine, bare = held(store), make_noted_order(store=store)
    held(store, reason="other")

    found = {group["reason"]: api.get(f"orders/?{group['query']}").json()["results"] for group in groups(api)}

    assert [order["number"] for order in found["odd address"]] == [mine.number]
    assert [order["number"] for order in found[""]] == [bare.number]


def test_what_is_over_is_no_exception(api, store, other_store):
    released, closed = held(store), held(store)
    at = {"store": store, "actor": None, "at": NOON, "reason": "fine"}
    release_hold(order_id=released.pk, kind=HoldKind.RISK, **at)
    close_order(order_id=closed.pk, **at)
    held(other_store)

    assert groups(api) == []


@pytest.mark.parametrize("count", [1, 3])
def test_list_asks_as_often_for_many_reasons(api, store, count, django_assert_num_queries):
    for number in range(count):
        held(store, reason=f"reason {number}")

    with django_assert_num_queries(4):
        assert len(groups(api)) == count
