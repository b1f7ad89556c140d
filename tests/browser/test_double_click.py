"""A form that is sent twice in a hurry is done once."""

from orders.core.models import Remark
from tests.factories import make_order


def test_double_click_writes_one_remark_on_each_order(browse, store, agent):
    orders = [make_order(store=store) for _ in range(2)]
    person = browse(agent)
    person.open("/orders/?queue=pending_shipment")
    person.press("Control+a", "m")
    person.page.fill("#bulk-dialog [name=text]", "ask for the size")

    person.page.dblclick("#bulk-dialog .btn-primary")
    person.settle()

    assert Remark.objects.filter(text="ask for the size", order__in=orders).count() == 2
