"""A line that stood for an order until its detail came: cases and reviews of it go over when it goes."""

from decimal import Decimal

import pytest

from aftersales.refunds.models import Refund
from aftersales.refunds.services import open_case
from aftersales.reviews.models import Review
from aftersales.reviews.services import ReviewRecord, record_review
from orders.core.models import Order
from tests.factories import NOON, make_user
from tests.intake.files import SHIPPED, line_row, order_row, save_detail, save_list
from tests.intake.importing import run

pytestmark = pytest.mark.django_db


def open_on_the_line(tmp_path, *, also_whole=False):
    """Open a case on the only line of an order known from a list, and one on the order if asked."""
    run(save_list(tmp_path, [order_row("1001", 宝贝总数量="3", 订单状态=SHIPPED, 物流单号="SF1234567890123")]))
    order = Order.objects.get()
    lines = [order.lines.get().pk, *([None] if also_whole else [])]
    return [
        open_case(
            store=order.store, order_id=order.pk, line_id=line, kind="refund_only", amount=Decimal(10),
            reason="质量问题", actor=make_user(f"agent{place}"), at=NOON,
        )
        for place, line in enumerate(lines)
    ]  # fmt: skip


def test_the_one_real_line_takes_the_case_over(store, tmp_path):
    (refund,) = open_on_the_line(tmp_path)

    run(save_detail(tmp_path, [line_row("1001", "5001", 订单状态=SHIPPED)]))

    refund.refresh_from_db()
    assert refund.line.key == "5001"


def test_among_several_real_lines_the_case_is_about_the_order(store, tmp_path):
    (refund,) = open_on_the_line(tmp_path)

    run(save_detail(tmp_path, [line_row("1001", key, 订单状态=SHIPPED) for key in ("5001", "5002")]))

    refund.refresh_from_db()
    assert (refund.line, refund.status) == (None, "requested")


def test_beside_a_case_of_the_whole_order_the_first_line_takes_it(store, tmp_path):
    open_on_the_line(tmp_path, also_whole=True)

    run(save_detail(tmp_path, [line_row("1001", key, 订单状态=SHIPPED) for key in ("5001", "5002")]))

    assert sorted(Refund.objects.values_list("line__key", flat=True), key=str) == ["5001", None]


def test_a_review_of_the_line_stays_with_the_order(store, tmp_path):
    run(save_list(tmp_path, [order_row("1001", 宝贝总数量="3", 订单状态=SHIPPED, 物流单号="SF1234567890123")]))
    order = Order.objects.get()
    record = ReviewRecord(key="R1", number="1001", result="good", text="很好", reviewed_at=NOON, snapshot_at=NOON)
    record_review(store=order.store, record=record, at=NOON)
    Review.objects.update(line=order.lines.get())

    run(save_detail(tmp_path, [line_row("1001", key, 订单状态=SHIPPED) for key in ("5001", "5002")]))

    review = Review.objects.get()
    assert (review.order, review.line) == (order, None)
