"""Which days changed cases mark to be rolled again."""

from decimal import Decimal

import pytest

from aftersales.refunds.models import Refund, RefundStep
from analytics.models import DirtyDay, ProductReturns
from analytics.rollups.runs import roll_nightly
from orders.core.models import Order
from orders.core.statuses import OrderStatus
from tests.analytics.refund_counting import DAY, DAYS, NEXT_NIGHT, make_step, roll, rows
from tests.factories import NOON, make_order
from tests.refunds.cases import make_case

pytestmark = pytest.mark.django_db


def marks():
    days = sorted(set(DirtyDay.objects.values_list("day", flat=True)))
    DirtyDay.objects.all().delete()
    return days


@pytest.fixture
def old_case():
    order = make_order(status=OrderStatus.SHIPPED, placed_at=NOON - 9 * DAYS, paid_at=NOON - 8 * DAYS)
    case = make_case(order=order, requested_at=NOON - 5 * DAYS)
    make_step(case, left_at=NOON - 2 * DAYS)
    marks()
    return case


PAID, ASKED, LEFT = DAY - 8 * DAYS, DAY - 5 * DAYS, DAY - 2 * DAYS


@pytest.mark.parametrize(
    ("change", "days"),
    [
        ({"status": "awaiting_return"}, [PAID, ASKED]),
        ({"status": "closed", "finished_at": NOON}, [PAID, ASKED]),
        ({"kind": "return_refund"}, [PAID, ASKED]),
        ({"amount": Decimal(1)}, [PAID, ASKED]),
        ({"refunded": Decimal(1)}, [PAID, ASKED]),
        ({"answered_at": NOON}, [PAID, ASKED]),
        ({"requested_at": NOON}, [PAID, ASKED, DAY]),
        ({"reason_kind": "size"}, [PAID, ASKED, LEFT]),
        ({"remark": "x", "version": 9, "text": "y", "owner": None, "deadline": NOON}, []),
    ],
)
def test_changed_cases_mark_the_days_that_count_them(old_case, change, days):
    Refund.objects.filter(pk=old_case.pk).update(**change)

    assert marks() == days


def test_made_and_deleted_cases_and_steps_mark_their_days(old_case):
    step = make_step(old_case, left_at=NOON)
    assert marks() == [DAY]
    RefundStep.objects.filter(pk=step.pk).update(left_at=NOON + DAYS)
    assert marks() == [DAY, DAY + DAYS]
    old_case.delete()
    assert marks() == [PAID, ASKED, LEFT, DAY + DAYS]

    make_case(order=Order.objects.get(), requested_at=NOON)
    assert marks() == [PAID, DAY]


def test_an_order_paid_on_another_day_takes_its_returns_with_it(old_case):
    roll(old_case.store)
    Order.objects.update(paid_at=NOON - 7 * DAYS)

    roll_nightly(stores=[old_case.store], at=NEXT_NIGHT)

    assert rows(ProductReturns, "day") == [(DAY - 7 * DAYS,)]
