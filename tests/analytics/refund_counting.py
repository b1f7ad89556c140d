"""How tests roll up cases, and the stays they are counted by."""

from datetime import UTC, date, datetime, timedelta

from aftersales.refunds.models import RefundStep
from aftersales.refunds.statuses import RefundState
from analytics.rollups import (
    PRODUCT_RETURNS,
    REFUND_ANSWERS,
    REFUND_REASONS,
    REFUND_STEPS,
)
from analytics.rollups.runs import roll_range
from tests.factories import NOON

DAY = date(2026, 6, 1)
HOUR, DAYS = timedelta(hours=1), timedelta(days=1)
MIDNIGHT = datetime(2026, 5, 31, 16, 0, tzinfo=UTC)  # 00:00 of 1 June in Asia/Shanghai
NEXT_NIGHT = datetime(2026, 6, 1, 16, 30, tzinfo=UTC)  # 00:30 of 2 June
TABLES = (REFUND_STEPS, REFUND_ANSWERS, REFUND_REASONS, PRODUCT_RETURNS)


def roll(store, first=DAY - 30 * DAYS, last=DAY + 30 * DAYS):
    return roll_range(stores=[store], first=first, last=last, at=NOON)


def rows(model, *fields):
    return list(model.objects.order_by("pk").values_list(*fields))


def make_step(case, *, status=RefundState.REQUESTED, hours=1, left_at=NOON, actor=None):
    return RefundStep.objects.create(
        refund=case, store=case.store, status=status, to_status="succeeded", entered_at=left_at - hours * HOUR,
        left_at=left_at, actor=actor, source="staff",
    )  # fmt: skip
