import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from analytics.models import (
    DailySales,
    DirtyDay,
    HourlySales,
    PaymentSales,
    ProductSales,
    ProvinceSales,
    RollupState,
    SalesRow,
)
from analytics.rollups import ROLLUPS
from analytics.rollups.recount import recount, split_fen
from analytics.rollups.runs import roll_nightly, roll_range
from analytics.rollups.weeks import PRODUCT_WEEKS
from orders.core.models import Order, OrderLine
from orders.core.statuses import OrderStatus
from tests.factories import NOON, make_buyer, make_line, make_order, make_store

DAY = date(2026, 6, 1)
MIDNIGHT = datetime(2026, 5, 31, 16, 0, tzinfo=UTC)  # 00:00 of 1 June in Asia/Shanghai
NEXT_NIGHT = datetime(2026, 6, 1, 16, 30, tzinfo=UTC)  # 00:30 of 2 June

pytestmark = pytest.mark.django_db


def roll(store, first=DAY, last=DAY):
    return roll_range(stores=[store], first=first, last=last, at=NOON)


def sums(row):
    return row.order_count, row.piece_count, row.gross_paid, row.refunded


def test_daily_sales_hold_every_figure_of_the_day():
    store = make_store()
    buyer = make_buyer(store=store)
    make_order(store=store, buyer=buyer, paid=Decimal("10.01"))
    make_order(store=store, buyer=buyer, paid=Decimal("20.02"), refunded=Decimal("5.50"), piece_count=3)
    make_order(store=store, status=OrderStatus.PENDING_PAYMENT)
    make_order(paid=Decimal(999))  # another store's

    assert roll(store) == (1, 6, 0)

    row = DailySales.objects.get()
    assert sums(row) == (2, 4, Decimal("30.03"), Decimal("5.50"))
    assert (row.placed_count, row.unpaid_count, row.refunded_count) == (3, 1, 1)
    assert (row.buyer_count, row.buyer_ids) == (1, [buyer.pk])


def test_a_day_without_orders_is_a_row_of_zeros():
    store = make_store()

    assert roll(store, DAY, DAY + timedelta(days=2)) == (3, 3, 0)

    assert [sums(row) for row in DailySales.objects.order_by("day")] == [(0, 0, 0, 0)] * 3


@pytest.mark.parametrize(
    ("paid_at", "day", "hour"),
    [
        (MIDNIGHT - timedelta(microseconds=1), date(2026, 5, 31), 23),
        (MIDNIGHT, DAY, 0),
        (MIDNIGHT + timedelta(days=1, microseconds=-1), DAY, 23),
        (MIDNIGHT + timedelta(days=1), date(2026, 6, 2), 0),
    ],
)
def test_days_and_hours_are_those_of_shanghai(paid_at, day, hour):
    store = make_store()
    make_order(store=store, paid_at=paid_at)

    roll(store, date(2026, 5, 31), date(2026, 6, 2))

    assert list(DailySales.objects.filter(order_count=1).values_list("day", flat=True)) == [day]
    assert list(HourlySales.objects.values_list("day", "hour")) == [(day, hour)]


def test_second_run_writes_nothing():
    store = make_store()
    make_order(store=store, lines=2)
    roll(store)

    assert roll(store) == (1, 0, 6)


def test_a_change_is_rolled_and_vanished_keys_go():
    store = make_store()
    order = make_order(store=store, province="广东", payment_method="alipay")
    roll(store)
    Order.objects.filter(pk=order.pk).update(province="浙江", refunded=Decimal(40))

    assert roll(store) == (1, 7, 0)

    assert [sums(row) for row in ProvinceSales.objects.all()] == [(1, 1, Decimal(100), Decimal(40))]
    assert ProvinceSales.objects.get().province == "浙江"
    assert sums(PaymentSales.objects.get()) == (1, 1, Decimal(100), Decimal(40))


def test_a_day_whose_orders_moved_falls_back_to_zeros():
    store = make_store()
    order = make_order(store=store)
    roll(store)
    Order.objects.filter(pk=order.pk).update(paid_at=NOON + timedelta(days=1))

    roll(store, DAY, DAY + timedelta(days=1))

    assert [row.order_count for row in DailySales.objects.order_by("day")] == [0, 1]
    assert ProductSales.objects.get().day == DAY + timedelta(days=1)


@pytest.mark.parametrize(
    ("lines", "shares"),
    [
        ([{"paid": Decimal(70)}, {"paid": Decimal(30)}], [70, 30]),
        ([{"paid": Decimal(60)}, {"paid": Decimal(30)}], [Decimal("66.67"), Decimal("33.33")]),  # 10 of postage
        ([{"price": Decimal(1), "quantity": 3}, {"price": Decimal(5)}], [Decimal("37.50"), Decimal("62.50")]),
        ([{"price": Decimal(8)}, {"price": Decimal(5), "is_gift": True}], [100, 0]),
        ([{"price": Decimal(8)}, {"quantity": 3}], [25, 75]),
        ([{}, {}, {}], [Decimal("33.33"), Decimal("33.34"), Decimal("33.33")]),
    ],
)
def test_products_share_the_money_of_an_order(lines, shares):
    store = make_store()
    order = make_order(store=store, lines=0, paid=Decimal(100))
    for position, values in enumerate(lines, 1):
        make_line(order=order, position=position, sku_code=f"K{position}", **values)

    roll(store)

    assert list(ProductSales.objects.order_by("sku_code").values_list("gross_paid", flat=True)) == shares


def test_refunds_go_to_the_line_that_was_refunded():
    store = make_store()
    order = make_order(store=store, lines=0, refunded=Decimal(30))
    make_line(order=order, position=1, sku_code="A")
    make_line(order=order, position=2, sku_code="B", refunded=Decimal(30))

    roll(store)

    assert list(ProductSales.objects.order_by("sku_code").values_list("refunded", flat=True)) == [0, 30]


def test_an_order_counts_once_per_title():
    store = make_store()
    order = make_order(store=store, lines=0)
    make_line(order=order, position=1, title="A", sku_code="A1")
    make_line(order=order, position=2, title="A", sku_code="A2")
    make_line(order=order, position=3, title="B")

    roll(store)

    assert sorted(ProductSales.objects.values_list("title__text", "order_count")) == [("A", 0), ("A", 1), ("B", 1)]


@pytest.mark.parametrize("seed", range(3))
def test_rollups_equal_a_naive_count_of_random_orders(seed):
    chance = random.Random(seed)
    store = make_store()
    buyers = [make_buyer(store=store) for _ in range(5)]
    for _ in range(60):
        make_random_order(store, chance, buyers)

    roll(store, DAY - timedelta(days=3), DAY + timedelta(days=3))

    counted = recount([store.pk], DAY - timedelta(days=3), DAY + timedelta(days=3))
    for rollup in ROLLUPS:
        names = ("store_id", "day", *rollup.keys)
        held = {tuple(getattr(row, name) for name in names): row for row in rollup.model.objects.all()}
        for key, expected in counted.tables[rollup.model].items():
            assert {name: getattr(held[key], name) for name in expected} == expected
        if issubclass(rollup.model, SalesRow):
            assert sum(row.gross_paid for row in held.values()) == sum(
                Order.objects.filter(paid_at__isnull=False).values_list("gross_paid", flat=True)
            )


def make_random_order(store, chance, buyers):
    paid_at = MIDNIGHT + timedelta(minutes=chance.randint(-3 * 1440, 4 * 1440 - 1)) if chance.random() < 0.9 else None
    paid = Decimal(chance.randint(0, 30000)) / 100
    order = make_order(
        store=store, lines=0, paid=paid if paid_at else Decimal(0), buyer=chance.choice(buyers), paid_at=paid_at,
        status=OrderStatus.COMPLETED if paid_at else OrderStatus.PENDING_PAYMENT,
        refunded=Decimal(chance.randint(0, int(paid * 100))) / 100 if paid_at and chance.random() < 0.4 else 0,
        province=chance.choice(["广东", "浙江", ""]), payment_method=chance.choice(["alipay", "huabei", ""]),
        ship_by=None,
    )  # fmt: skip
    for position in range(1, chance.randint(1, 4) + 1):
        make_line(
            order=order, position=position, title=chance.choice("ABC"), sku_code=chance.choice(["", "K1"]),
            quantity=chance.randint(1, 3), price=chance.choice([None, Decimal("9.99"), Decimal(0), Decimal(120)]),
            paid=chance.choice([None, Decimal("3.33"), Decimal(40)]), refunded=chance.choice([0, 0, Decimal("1.50")]),
            is_gift=chance.random() < 0.1,
        )  # fmt: skip


def test_rollups_of_several_stores_and_days_equal_those_that_are_refreshed_one_by_one():
    chance = random.Random(11)
    stores = [make_store(), make_store()]
    for store in stores:
        for _ in range(20):
            make_random_order(store, chance, [make_buyer(store=store)])
    days = DAY - timedelta(days=3), DAY + timedelta(days=3)

    roll_range(stores=stores, first=days[0], last=days[1], at=NOON)

    for rollup in ROLLUPS:
        again = [rollup.refresh([store.pk], *days) for store in stores]
        assert [count.written for count in again] == [0, 0]
        assert sum(count.unchanged for count in again) == rollup.rows().count()
        assert rollup.rows().exists() is (rollup.is_gathered or rollup is PRODUCT_WEEKS)


def test_split_fen_sums_exactly():
    chance = random.Random(7)
    for _ in range(200):
        amount = chance.randint(0, 10**7)
        weights = [chance.randint(0, 1000) for _ in range(chance.randint(1, 9))] + [1]

        assert sum(split_fen(amount, weights)) == amount


def test_nightly_run_rolls_yesterday_and_marked_days_only():
    store = make_store()
    late = make_order(store=store, paid_at=NOON - timedelta(days=20), placed_at=NOON - timedelta(days=20))
    make_order(store=store, placed_at=NOON, paid_at=NOON)
    today = make_order(store=store, placed_at=NEXT_NIGHT, paid_at=NEXT_NIGHT)

    assert roll_nightly(stores=[store], at=NEXT_NIGHT).days == 2

    assert list(DailySales.objects.order_by("day").values_list("day", flat=True)) == [date(2026, 5, 12), DAY]
    assert list(DirtyDay.objects.values_list("day", flat=True).distinct()) == [date(2026, 6, 2)]
    assert RollupState.objects.get().rolled_through == DAY
    assert today.pk

    Order.objects.filter(pk=late.pk).update(refunded=Decimal(7))
    assert roll_nightly(stores=[store], at=NEXT_NIGHT).rows_written == 6
    assert DailySales.objects.get(day=date(2026, 5, 12)).refunded == Decimal(7)


def test_nightly_run_fills_the_nights_that_were_missed():
    store = make_store()
    roll_nightly(stores=[store], at=NEXT_NIGHT)

    assert roll_nightly(stores=[store], at=NEXT_NIGHT + timedelta(days=3)) == (3, 3, 0)


# Marks


def marks():
    days = sorted(DirtyDay.objects.values_list("day", flat=True))
    DirtyDay.objects.all().delete()
    return days


def test_inserted_orders_mark_the_days_of_placing_and_of_payment_once_per_statement():
    store = make_store()
    orders = [
        Order(
            store=store, number=str(number), status="shipped", placed_at=NOON, snapshot_at=NOON, created_at=NOON,
            paid_at=NOON + timedelta(days=number % 2), updated_at=NOON,
        )
        for number in range(50)
    ]  # fmt: skip

    Order.objects.bulk_create(orders)

    assert marks() == [DAY, DAY + timedelta(days=1)]


@pytest.mark.parametrize(
    ("change", "days"),
    [
        ({"refunded": 5}, [DAY]),
        ({"gross_paid": 105}, [DAY]),
        ({"province": "浙江"}, [DAY]),
        ({"payment_method": "huabei"}, [DAY]),
        ({"piece_count": 9}, [DAY]),
        ({"paid_at": NOON + timedelta(days=2)}, [DAY, date(2026, 6, 3)]),
        ({"placed_at": NOON - timedelta(days=2)}, [date(2026, 5, 30), DAY]),
        ({"paid_at": None}, [DAY]),
        ({"status": "shipped", "version": 2}, []),
        ({"flag": 1, "latest_remark": "x", "hold_kinds": ["manual"]}, []),
        ({"gross_paid": 100, "paid": 99}, []),
    ],
)
def test_changed_orders_mark_the_days_they_leave_and_enter(change, days):
    order = make_order(store=make_store())
    marks()

    Order.objects.filter(pk=order.pk).update(**change)

    assert marks() == days


def test_an_order_without_payment_marks_only_the_day_of_placing():
    order = make_order(status=OrderStatus.PENDING_PAYMENT)

    assert set(marks()) == {DAY}
    Order.objects.filter(pk=order.pk).update(province="浙江")
    assert marks() == []
    Order.objects.filter(pk=order.pk).update(paid_at=NOON + timedelta(days=1))
    assert marks() == [DAY, DAY + timedelta(days=1)]


@pytest.mark.parametrize(
    ("change", "days"),
    [
        ({"quantity": 2}, [DAY]),
        ({"paid": 5}, [DAY]),
        ({"refunded": 5}, [DAY]),
        ({"price": 5}, [DAY]),
        ({"sku_code": "X"}, [DAY]),
        ({"is_gift": True}, [DAY]),
        ({"shipped_quantity": 1, "is_closed": True}, []),
    ],
)
def test_changed_lines_mark_the_day_of_payment(change, days):
    order = make_order(store=make_store(), placed_at=NOON - timedelta(days=5), paid_at=NOON)
    marks()

    OrderLine.objects.filter(order=order).update(**change)

    assert marks() == days


def test_inserted_and_deleted_lines_and_orders_mark_the_day():
    order = make_order(store=make_store())
    marks()

    line = make_line(order=order, position=2)
    assert marks() == [DAY]
    line.delete()
    assert marks() == [DAY]
    order.delete()
    assert set(marks()) == {DAY}
