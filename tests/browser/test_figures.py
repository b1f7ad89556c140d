"""Figures that equal the orders, a drill to exactly those orders, and operations that run the night's work by hand."""

from datetime import date, timedelta
from decimal import Decimal

from analytics.models import DailySales
from analytics.rollups.runs import roll_range
from backoffice.common.models import Job
from orders.core.models import Order
from tests.factories import NOON, make_order


def test_manager_reads_the_sales_and_drills_to_their_orders(browse, store, manager):
    for at in range(1, 8):
        make_order(store=store, paid=Decimal("10.01") * at, paid_at=NOON - timedelta(days=at, hours=2))
    make_order(store=store, paid=Decimal(70), paid_at=NOON - timedelta(hours=1))
    make_order(store=store, paid=Decimal(9000), paid_at=NOON - timedelta(days=40))
    roll_range(stores=[store], first=date(2026, 4, 1), last=date(2026, 5, 31), at=NOON)
    boss = browse(manager)
    page = boss.page

    boss.open("/analytics/")
    figures = dict(zip(boss.values(".metric", "data-metric"), boss.values(".metric", "data-value"), strict=True))
    assert {name: figures[name] for name in ("paid", "orders", "average", "today_paid", "today_orders")} == {
        "paid": "280.28", "orders": "7", "average": "40.04", "today_paid": "70.00", "today_orders": "1",
    }  # fmt: skip
    page.wait_for_selector("[data-chart=chart-paid] canvas")

    boss.follow("a[data-metric=paid]")
    closed = Order.objects.filter(paid_at__gte=NOON - timedelta(days=30), paid_at__lt=NOON - timedelta(hours=12))
    assert sorted(boss.orders()) == sorted(closed.values_list("number", flat=True))
    assert page.get_attribute("#list", "data-total") == "7"


def test_ops_runs_the_rollup_now(browse, store, ops, run_jobs):
    make_order(store=store, paid=Decimal(12), paid_at=NOON - timedelta(days=2))
    person = browse(ops)

    person.open("/ops/jobs/")
    person.follow("[data-schedule=rollup] [data-action=run-now]")
    job = Job.objects.get()
    assert person.toasts() == [f"Job {job.pk} was started."]
    assert person.values("tr[data-job]", "data-state") == ["queued"]
    assert run_jobs() == 1
    person.open("/ops/jobs/")

    assert person.values("tr[data-job]", "data-state") == ["done"]
    assert DailySales.objects.get(store=store, order_count=1).gross_paid == Decimal(12)
