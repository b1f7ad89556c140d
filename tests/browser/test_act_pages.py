"""Acts on pages of their own, and the bars of the frame beside long pages."""

import pytest

from orders.core.models import Order
from orders.core.statuses import OrderStatus
from tests.factories import make_order

_BARS = """() => {
  scrollTo(0, document.documentElement.scrollHeight);
  const box = (selector) => document.querySelector(selector).getBoundingClientRect();
  const at = { top: box(".topbar").top, side: box(".sidebar").top, end: box(".main").bottom };
  return Object.fromEntries(Object.entries(at).map(([name, place]) => [name, Math.abs(Math.round(place))]));
}"""


def test_act_on_a_page_of_its_own_is_done(browse, store, manager):
    order = make_order(store=store, status=OrderStatus.PENDING_PAYMENT)
    person = browse(manager)

    person.open(f"/orders/{order.number}/mark_paid/")
    person.page.select_option("#act-form [name=method]", "alipay")
    person.follow("#act-form .btn-primary")

    assert person.page.url.endswith(f"/orders/{order.number}/")
    assert Order.objects.get().paid_at is not None


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_bars_stay_in_the_window_and_cover_nothing(browse, store, manager, width, height):
    for _ in range(30):
        make_order(store=store)
    person = browse(manager, viewport={"width": width, "height": height})

    person.open("/orders/?queue=pending_shipment")
    bars = person.page.evaluate(_BARS)

    assert bars["top"] == 0
    is_phone = width < height
    assert bars["side"] == (height - 56 if is_phone else 0)
    assert bars["end"] <= (bars["side"] if is_phone else height) + 1
