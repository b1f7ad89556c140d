"""Two workers scan the same parcels at two stations: each leaves once, and who comes second is told by whom."""

from typing import Any

import pytest

from backoffice.common.access import Role
from orders.core.models import Order, OutboxMessage
from orders.fulfilment.models import Shipment
from tests.browser.warehouse import Worker
from tests.factories import make_user
from tests.fulfilment.parcels import make_parcel
from tests.fulfilment.stocking import make_sku, on_shelf, settle_all

PARCELS, MERGED, ON_HAND = 20, 3, 30
ORDERS = PARCELS + MERGED  # each merged parcel holds two


@pytest.fixture
def sku(shop: None, store: Any) -> Any:
    return make_sku(store=store, code="TEE", on_hand=ON_HAND)


@pytest.fixture
def labels(store: Any, sku: Any) -> list[str]:
    """Twenty numbered parcels of one sku, three of them of two orders."""
    made = [
        make_parcel(store, number=f"SF20000000000{at:02}", orders=1 + (at < MERGED), name=f"收件人{at}", sku=sku)
        for at in range(PARCELS)
    ]
    settle_all(store)
    return [waybill.number for waybill in made]


@pytest.fixture
def workers(browse: Any, store: Any, labels: Any) -> list[Worker]:
    found = [Worker(browse(make_user(name, store=store, roles=(Role.WAREHOUSE,)))) for name in ("li", "wang")]
    for worker in found:
        worker.person.open("/orders/shipping/scan/")
        worker.stand_at_the_station()
    return found


def test_parcels_scanned_by_two_leave_once(workers, labels, sku):
    li, wang = workers
    for first, second in zip(labels, reversed(labels), strict=True):
        li.beep(first)
        wang.beep(second)
    for worker in workers:
        worker.expect(PARCELS)

    sent_by = {(s.tracking_number, str(s.shipped_by)) for s in Shipment.objects.select_related("shipped_by")}
    assert len(sent_by) == PARCELS
    assert Shipment.objects.count() == Order.objects.filter(status="shipped").count() == ORDERS
    assert OutboxMessage.objects.filter(kind="ship").count() == ORDERS
    assert on_shelf(sku) == (ON_HAND - ORDERS, 0)
    assert_each_is_told(dict(sent_by), {"li": li, "wang": wang})


def assert_each_is_told(sent_by: dict[str, str], workers: dict[str, Worker]) -> None:
    """Of every parcel one worker reads that it left, and the other whose it was."""
    for name, worker in workers.items():
        mine = {number for number, who in sent_by.items() if who == name}
        assert mine, f"{name} was never first"
        assert worker.shipped_today == len(mine)
        for number, tone, title in worker.answers():
            if number in mine:
                assert tone == "ok"
                continue
            assert tone == "bad"
            assert title.startswith(f"Parcel {number} was already shipped by {sent_by[number]} at 06-01 12:")
