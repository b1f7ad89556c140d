"""The main job with scripts switched off: sign in, filter, turn the page, open, remark, ship."""

from datetime import timedelta

from orders.core.models import Order
from tests.factories import NOON, make_order


def test_main_job_works_without_script(browse, store, manager):
    manager.set_password("correct-horse-7")
    manager.save()
    for at in range(55):
        make_order(
            store=store, number=f"88000{at:04}", province="浙江" if at else "广东",
            placed_at=NOON - timedelta(hours=30) + timedelta(minutes=at),
        )  # fmt: skip
    person = browse(java_script_enabled=False)
    page = person.page

    def shown():
        return [row.get_attribute("data-order") for row in page.locator("[data-row]").all()]

    person.open("/orders/?queue=pending_shipment")
    page.fill("[name=username]", "manager")
    page.fill("[name=password]", "correct-horse-7")
    person.follow("form button.btn-primary")
    assert len(shown()) == 50

    page.click("[data-filter-panel] > summary")
    page.select_option("[name=province]", "浙江")
    person.follow("[data-filter-panel] .btn-primary")
    assert (shown()[0], page.get_attribute("#list", "data-total")) == ("880000001", "54")
    person.follow("a[rel=next]")
    assert shown() == [f"88000{at:04}" for at in range(51, 55)]

    person.follow("[data-order='880000052'] [data-row-link]")
    person.follow("[data-action=remark]")
    page.fill("[name=text]", "by hand")
    person.follow(".act-form .btn-primary")
    assert page.locator("[data-remark] .remark-text").inner_text() == "by hand"
    person.follow("[data-action=ship]")
    page.fill("[name=tracking_number]", "SF1234567890123")
    person.follow(".act-form .btn-primary")

    order = Order.objects.get(number="880000052")
    assert (order.status, order.latest_remark) == ("shipped", "by hand")
    person.open("/orders/880000052/")
    assert page.get_attribute("#order-view", "data-status") == "shipped"
