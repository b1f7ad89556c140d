"""Values that no description of the platform allows: they stop nothing else."""

import pytest

from orders.core.models import Order
from orders.intake.models import QuarantinedRow
from orders.platforms.services import take_changes

TID, GOOD = "3552600000000001", "3552600000000101"
pytestmark = pytest.mark.usefixtures("connection")

GARBAGE = [
    {"buyer_nick": "a\0b"},
    {"buyer_message": "刻字\0张三"},
    {"seller_memo": "\0"},
    {"receiver_name": "张\0三"},
    {"receiver_address": "\ud800"},
    {"payment": "1e400"},
    {"payment": "99999999999999999999.00"},
    {"payment": "-5.00"},
    {"payment": "NaN"},
    {"post_fee": "abc"},
    {"total_fee": {"a": 1}},
    {"pay_time": "9999-12-31 23:59:59"},
    {"pay_time": "0001-01-01 00:00:00"},
    {"created": "yesterday"},
    {"seller_flag": "²"},
    {"seller_flag": 10**30},
    {"alipay_no": "9" * 4000},
    {"buyer_nick": "a" * 4000},
    {"receiver_state": "省" * 4000},
    {"shipping_type": "x" * 4000},
    {"orders": {"order": [{}]}},
    {"orders": {"order": [{"oid": TID, "num": 10**12, "title": "t" * 9000, "price": "1.00"}]}},
    {"orders": {"order": [{"oid": "x" * 300, "num": "²", "title": "\0", "price": "1.00"}]}},
    {"orders": {"order": [{"oid": TID, "num": 1, "invoice_no": "9" * 400, "logistics_company": "c" * 400}]}},
]


@pytest.mark.parametrize("values", GARBAGE, ids=lambda values: repr(values)[:40])
def test_trade_of_garbage_stops_no_others(store, shop, clock, values, connection):
    shop.add(TID)
    shop.trades[TID].update(values)
    shop.add(GOOD)

    taken = take_changes(store=store, clock=clock)

    connection.refresh_from_db()
    assert (taken.trouble, connection.pulled_until) == ("", clock())
    assert Order.objects.filter(number=GOOD).exists()
    known = Order.objects.filter(number=TID).exists() or QuarantinedRow.objects.open().exists()
    assert known or taken.rows["quarantined"]
