from datetime import UTC, datetime
from decimal import Decimal

import pytest

from orders.intake.formats.records import ABSENT
from orders.intake.formats.settlement import settle

AT = datetime(2020, 2, 21, tzinfo=UTC)


def money(text):
    return ABSENT if text is ABSENT else Decimal(text)


@pytest.mark.parametrize(
    ("total", "paid", "refund", "gross", "refunded", "is_nothing_left"),
    [
        ("21.00", "21.00", "0.00", "21.00", "0.00", False),
        ("327.70", "148.90", "178.80", "327.70", "178.80", False),
        ("64.80", "0.00", "64.80", "64.80", "64.80", True),
        ("100.00", "100.00", "30.00", "100.00", "30.00", False),
        ("100.00", "100.00", "100.00", "100.00", "100.00", True),
        ("100.00", "20.00", "50.00", "70.00", "50.00", False),
        (ABSENT, "20.00", "5.00", "20.00", "5.00", False),
    ],
)
def test_settle_without_payable_tells_net_from_gross(total, paid, refund, gross, refunded, is_nothing_left):
    result = settle(money(paid), money(refund), money(total), ABSENT, ABSENT, AT)

    assert result == (Decimal(gross), Decimal(refunded), None, is_nothing_left)


@pytest.mark.parametrize(
    ("payable", "postage", "paid", "refund", "expected"),
    [
        ("100.00", "0.00", "80.00", "20.00", ("80.00", "0.00", "discount", False)),
        ("100.00", "10.00", "90.00", "20.00", ("90.00", "0.00", "discount", False)),
        ("100.00", "0.00", "80.00", "19.99", ("80.00", "0.00", "discount", False)),
        ("100.00", "0.00", "80.00", "30.00", ("80.00", "30.00", None, False)),
        ("100.00", "0.00", "100.00", "100.00", ("100.00", "100.00", None, True)),
        ("100.00", "0.00", "0.00", "100.00", ("0.00", "0.00", "discount", True)),
        ("100.00", "0.00", "10.00", "50.00", ("60.00", "50.00", None, False)),
    ],
)
def test_settle_with_payable_takes_a_discount_difference_for_no_refund(payable, postage, paid, refund, expected):
    result = settle(money(paid), money(refund), Decimal("100.00"), money(payable), money(postage), AT)

    gross, refunded, kind, is_nothing_left = expected
    assert result == (Decimal(gross), Decimal(refunded), kind, is_nothing_left)


def test_settle_of_an_unpaid_order_refunds_nothing():
    assert settle(Decimal(0), Decimal("5.00"), Decimal("5.00"), ABSENT, ABSENT, None)[:2] == (Decimal(0), Decimal(0))


def test_settle_leaves_absent_columns_absent():
    assert settle(ABSENT, ABSENT, ABSENT, ABSENT, ABSENT, ABSENT)[:2] == (ABSENT, ABSENT)
    assert settle(Decimal("5.00"), ABSENT, ABSENT, ABSENT, ABSENT, AT)[:2] == (Decimal("5.00"), ABSENT)
