import random

import pytest

from orders.fulfilment.models import CourierAccount, Waybill
from orders.fulfilment.services.pools import pool_facts
from orders.intake.demo import waybills
from tests.factories import NOON, make_order, make_recipient


@pytest.mark.django_db
def test_demo_shop_has_parcels_in_every_state_before_shipping(store, monkeypatch):
    for name, count in (("PLANNED", 3), ("NUMBERED", 2), ("PRINTED", 1)):
        monkeypatch.setattr(waybills, name, count)
    for _ in range(4):
        make_recipient(order=make_order(store=store))

    made = waybills.furnish_waybills(store, NOON, random.Random(1))

    assert made == 3
    assert list(Waybill.objects.order_by("pk").values_list("state", flat=True)) == ["printed", "numbered", "draft"]
    assert CourierAccount.objects.get(is_default=True).courier == "YTO"
    assert [facts.account.courier for facts in pool_facts(store) if facts.is_low] == ["SF"]
    assert store.sender["name"] == "示例旗舰店"
