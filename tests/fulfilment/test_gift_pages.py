"""Gift rules in the settings: tried on the open orders before they are saved, switched, deleted."""

from decimal import Decimal

import pytest
import time_machine

from backoffice.common.access import Role
from orders.fulfilment.models import GiftRule
from tests.conftest import signed_in
from tests.factories import NOON, make_user
from tests.fulfilment.stocking import make_order_of, make_sku, settle_all


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def client(store):
    return signed_in(make_user("manager", store=store, roles=(Role.MANAGER,)))


@pytest.fixture
def gift(store):
    return make_sku(store=store, code="CUP", on_hand=1)


def values(**changes):
    return {
        "name": "满 100 送杯垫", "gift_code": "CUP", "quantity": "1", "min_amount": "100", "min_pieces": "1",
        "starts_at": "2026-05-01T00:00",
    } | changes  # fmt: skip


def test_try_says_whom_it_would_give_to_and_saves_nothing(client, store, gift):
    for paid in ("150", "250", "20"):
        make_order_of(store, "A", paid=Decimal(paid))

    page = client.post("/settings/gifts/new/", values(**{"try": "1"}))

    assert "It would give 2 of 3 open orders a gift." in page.text
    assert "1 of them would lack stock." in page.text
    assert not GiftRule.objects.exists()


def test_rule_is_saved_off(client, store, gift):
    client.post("/settings/gifts/new/", values(product_codes="P-A，P-B\nP-C", ends_at="2026-07-01T00:00", limit="5"))

    rule = GiftRule.objects.get(store=store)
    assert (rule.is_active, rule.gift, rule.min_amount, rule.limit) == (False, gift, Decimal(100), 5)
    assert rule.product_codes == ["P-A", "P-B", "P-C"]


def test_rule_is_switched_on_and_gives(client, store, gift):
    order = make_order_of(store, "A", paid=Decimal(150))
    client.post("/settings/gifts/new/", values())
    rule = GiftRule.objects.get()

    client.post(f"/settings/gifts/{rule.pk}/switch/", {"active": "1"})
    settle_all(store)

    assert order.lines.get(is_gift=True).sku_code == "CUP"


def test_rule_is_edited(client, store, gift):
    client.post("/settings/gifts/new/", values())
    rule = GiftRule.objects.get()

    shown = client.get(f"/settings/gifts/{rule.pk}/")
    client.post(f"/settings/gifts/{rule.pk}/", values(name="新名字"))

    rule.refresh_from_db()
    assert 'value="CUP"' in shown.text
    assert rule.name == "新名字"


@pytest.mark.parametrize(
    "bad", [{"gift_code": "NOPE"}, {"quantity": "0"}, {"ends_at": "2026-04-01T00:00"}, {"name": ""}]
)
def test_bad_values_are_asked_for_again(client, store, gift, bad):
    answer = client.post("/settings/gifts/new/", values(**bad))

    assert answer.status_code == 422
    assert not GiftRule.objects.exists()


def test_rule_that_gave_nothing_is_deleted(client, store, gift):
    client.post("/settings/gifts/new/", values())

    client.post(f"/settings/gifts/{GiftRule.objects.get().pk}/delete/")

    assert not GiftRule.objects.exists()


def test_list_shows_rules(client, store, gift):
    client.post("/settings/gifts/new/", values())

    page = client.get("/settings/gifts/")

    assert 'data-gift-rule="满 100 送杯垫" data-on="0"' in page.text


def test_agent_may_not(store, gift):
    agent = signed_in(make_user("agent", store=store, roles=(Role.AGENT,)))

    assert agent.get("/settings/gifts/").status_code == 403
