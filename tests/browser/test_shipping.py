"""The warehouse ships: one order from its page, many from a pasted table, and the same table again."""

from orders.core.models import Order
from orders.fulfilment.models import Shipment
from tests.factories import make_order, make_recipient

TRACKING = "SF1234567890{:03}"


def test_warehouse_ships_one_order_in_its_dialog(browse, store, warehouse):
    order = make_order(store=store, lines=2)
    make_recipient(order=order)
    packer = browse(warehouse)
    page = packer.page

    packer.open(f"/orders/{order.number}/")
    packer.press("s")
    assert page.locator("#act-dialog").is_visible()
    page.select_option("#act-dialog [name=courier]", "SF")
    page.fill("#act-dialog [name=tracking_number]", TRACKING.format(1))
    packer.press("Enter")

    assert page.get_attribute("#order-view", "data-status") == "shipped"
    assert packer.toasts() == [f"Order {order.number} was shipped."]
    assert TRACKING.format(1) in page.inner_text(".parcels")
    assert Shipment.objects.get().tracking_number == TRACKING.format(1)
    assert page.locator("dialog[open]").count() == 0


def test_warehouse_ships_a_pasted_table_once(browse, store, warehouse):
    first, second, twice = (make_order(store=store) for _ in range(3))
    table = "\n".join(
        [
            f"{first.number}\t顺丰\t{TRACKING.format(1)}",
            f"{second.number}\t圆通\tYT1234567890123",
            f"{twice.number}\t顺丰\t{TRACKING.format(2)}",
            f"{twice.number}\t顺丰\t{TRACKING.format(3)}",
            f"4999999999999\t顺丰\t{TRACKING.format(4)}",
        ]
    )
    packer = browse(warehouse)
    page, again = packer.page, packer.context.new_page()

    for tab in (page, again):
        tab.goto("/orders/ship/")
        tab.fill("[name=text]", table)
        with tab.expect_navigation():
            tab.click("text=See what will ship")
        assert tab.locator("[data-row-state=ok]").count() == 2
        assert tab.locator("[data-row-state=problem]").count() == 3
    assert Shipment.objects.count() == 0
    packer.follow("[data-action=ship]")

    assert page.get_attribute("#batch", "data-state") == "done"
    assert page.get_attribute("[data-done]", "data-done") == "2"
    assert page.get_attribute("[data-refused]", "data-refused") == "3"
    assert set(Order.objects.filter(status="shipped")) == {first, second}

    with again.expect_navigation():
        again.click("[data-action=ship]")
    assert Shipment.objects.count() == 2
    again.goto("/orders/ship/")
    again.fill("[name=text]", table)
    with again.expect_navigation():
        again.click("text=See what will ship")
    assert again.locator("[data-row-state=skipped]").count() == 2
    assert again.locator("[data-action=ship]").count() == 0
