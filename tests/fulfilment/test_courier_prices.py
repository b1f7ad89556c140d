from decimal import Decimal

import pytest
from django.urls import reverse

from backoffice.common.models import AuditEntry
from orders.fulfilment.models import EVERYWHERE, CourierAccount, CourierDay, CourierPrice
from orders.fulfilment.queries.courier_costs import courier_costs, courier_prices
from orders.fulfilment.services.courier_prices import read_province_prices, save_courier_prices
from orders.fulfilment.services.pools import PoolError
from orders.fulfilment.traces.histogram import SIZE
from tests.factories import NOON

pytestmark = pytest.mark.django_db
DAY = NOON.date()


@pytest.fixture
def sf(store):
    return CourierAccount.objects.create(store=store, courier="SF", updated_at=NOON)


def save(store, price, **provinces):
    wanted = {province: Decimal(value) for province, value in provinces.items()}
    save_courier_prices(
        store=store, courier="SF", price=price and Decimal(price), provinces=wanted, actor=None, at=NOON
    )


def count_day(store, province, parcels, courier="SF"):
    CourierDay.objects.create(
        store=store, day=DAY, courier=courier, province=province, parcels=parcels, picked_up=0, signed=0, troubled=0,
        pickup_hours=[0] * SIZE, sign_hours=[0] * SIZE,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", {}),
        ("新疆 西藏 18.00", {"新疆": Decimal("18.00"), "西藏": Decimal("18.00")}),
        ("新疆维吾尔自治区、西藏：18元\n\n内蒙古 9.5", {"新疆": 18, "西藏": 18, "内蒙古": Decimal("9.5")}),
    ],
)
def test_lines_of_provinces_and_prices_are_read(text, found):
    assert read_province_prices(text) == found


@pytest.mark.parametrize("text", ["18.00", "新疆", "火星 3", "新疆 3\n新疆 4", "新疆 -3", "新疆 3.999"])
def test_lines_that_cannot_be_read_are_refused(text):
    with pytest.raises(PoolError):
        read_province_prices(text)


def test_prices_are_replaced_and_audited(store, sf):
    save(store, "6", 新疆="18")
    save(store, "5.5", 西藏="20", 新疆="20")

    assert courier_prices(store)["SF"].groups == [(Decimal(20), ["新疆", "西藏"])]
    assert courier_prices(store)["SF"].to("广东") == Decimal("5.5")
    assert AuditEntry.objects.latest("pk").data == {"prices": {EVERYWHERE: "5.5", "西藏": "20", "新疆": "20"}}


def test_no_usual_price_takes_the_prices_away(store, sf):
    save(store, "6")
    save(store, None)

    assert not CourierPrice.objects.exists()


def test_prices_of_provinces_need_a_usual_one_and_an_account(store, sf):
    with pytest.raises(PoolError, match="usual price"):
        save(store, None, 新疆="18")
    sf.delete()
    with pytest.raises(PoolError, match="Set the courier up"):
        save(store, "6")


def test_costs_are_the_parcels_by_the_price_of_their_province(store, sf):
    save(store, "6", 新疆="18")
    count_day(store, "新疆", 2)
    count_day(store, "新疆", 9, courier="YTO")

    assert courier_costs(store, DAY, DAY, {"SF": 10, "YTO": 9}) == {"SF": Decimal(84)}


def test_comparison_shows_costs_once_a_courier_has_prices(store, sf, agent_client):
    for province in (EVERYWHERE, "新疆"):
        count_day(store, province, 2)
    url, days = reverse("fulfilment:courier-compare"), {"from": "2026-06-01", "to": "2026-06-01"}
    before = agent_client.get(url, days).content.decode()
    save(store, "6", 新疆="18")

    after = agent_client.get(url, days).content.decode()
    provinces = agent_client.get(url, days | {"courier": "SF"}).content.decode()

    assert 'data-metric="cost"' not in before
    assert '<td class="num" data-metric="each">¥18.00</td><td class="num" data-metric="cost">¥36.00</td>' in after
    assert '<td class="num" data-metric="cost">¥36.00</td>' in provinces


def test_couriers_page_keeps_prices(store, sf, manager_client):
    url = reverse("fulfilment:courier-prices")

    kept = manager_client.post(url, {"courier": "SF", "price": "6", "provinces": "新疆 18"})
    refused = manager_client.post(url, {"courier": "SF", "price": "6", "provinces": "火星 18"})
    unknown = manager_client.post(url, {"courier": "JD", "price": "6", "provinces": ""})

    assert (kept.status_code, refused.status_code, unknown.status_code) == (302, 422, 422)
    assert "火星 18" in refused.content.decode()
    page = manager_client.get(kept["Location"]).content.decode()
    assert "新疆 18.00</textarea>" in page
    assert "¥18.00" in page
