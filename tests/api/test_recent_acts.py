"""One's own acts of the last minutes over the API, and taking one back."""

import pytest

from backoffice.common.access import Role
from orders.core.models import Order, OrderEvent
from orders.core.services import set_flag
from tests.api.client import error, make_api
from tests.factories import NOON, make_order


@pytest.fixture
def api(store):
    return make_api(store, Role.AGENT)


def test_own_act_is_listed_and_undone_once(api, store):
    order = make_order(store=store)
    api.put(f"orders/{order.number}/flag/", {"flag": 3})
    (act,) = api.get("orders/acts/").json()["results"]

    undone = api.post(f"orders/acts/{act['id']}/undo/", {}, Idempotency_Key="k")
    again = api.post(f"orders/acts/{act['id']}/undo/", {}, Idempotency_Key="k")

    assert (act["order"], act["kinds"], act["problem"]) == (order.number, ["flag_changed"], "")
    assert (undone.status_code, undone.json()["flag"]) == (200, 0)
    assert again.json() == undone.json()
    assert list(OrderEvent.objects.order_by("pk").values_list("source", flat=True)) == ["api", "api"]


def test_acts_of_others_and_of_other_stores_are_not_undone(api, store, other_store):
    mine, foreign = make_order(store=store), make_order(store=other_store)
    for order in (mine, foreign):
        set_flag(store=order.store, order_id=order.pk, flag=3, actor=None, at=NOON)
    own, strange = (OrderEvent.objects.get(order=order).pk for order in (mine, foreign))

    assert api.get("orders/acts/").json() == {"results": []}
    assert error(api.post(f"orders/acts/{own}/undo/")) == (409, "state")
    assert error(api.post(f"orders/acts/{strange}/undo/")) == (404, "not_found")
    assert set(Order.objects.values_list("flag", flat=True)) == {3}
