from decimal import Decimal

import pytest

from aftersales.refunds.services import open_case
from tests.factories import NOON, make_order

pytestmark = pytest.mark.django_db


def opened(order, **values):
    defaults = {"kind": "refund_only", "amount": Decimal(60), "reason": "质量问题", "actor": None, "at": NOON}
    return open_case(**({"store": order.store, "order_id": order.pk} | defaults | values))


def test_a_case_holds_the_order_that_has_not_shipped():
    order = make_order()

    refund = opened(order)

    order.refresh_from_db()
    assert (refund.status, refund.phase, refund.reason_kind, refund.number) == (
        "requested", "on_sale", "quality", f"C260601-{order.pk}-1",
    )  # fmt: skip
    assert (order.has_open_refund, order.refund_status, order.hold_kinds) == (True, "open", ["refund_open"])
