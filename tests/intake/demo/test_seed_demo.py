"""Invented orders: the same each time, through the importer or straight into the tables."""

import pytest
from django.db.models import Count, Sum

from analytics.models import DailySales
from backoffice.common.models import Membership, Store
from orders.core.models import Hold, Order, OrderLine
from tests.commands import run_command

pytestmark = pytest.mark.django_db
SEED = ("--orders", "120", "--seed", "3", "--days", "20", "--until", "2026-06-01")


def facts(store="demo"):
    """Return what the orders of a store come to, by status."""
    rows = Order.objects.filter(store__code=store).values("status").order_by("status")
    return list(
        rows.annotate(orders=Count("pk"), money=Sum("paid"), refunds=Sum("refunded")).values_list(
            "status", "orders", "money", "refunds"
        )
    )


def numbers():
    orders = Order.objects.filter(store__code="demo")
    return list(orders.order_by("number").values_list("number", "status", "total", "paid", "placed_at"))


def make_way():
    """Leave the orders to a store of another code, so that `demo` is empty again."""
    Store.objects.filter(code="demo").update(code="before")


def test_orders_come_in_through_the_importer():
    result = run_command("seed_demo", *SEED)

    assert result["orders"] == Order.objects.count() == 120
    assert result["lines"] == OrderLine.objects.count() >= 120
    assert Membership.objects.filter(store__code="demo").count() == 6
    assert not Order.objects.filter(store__code="other").exists()
    assert not Order.objects.filter(placed_at__gte="2026-06-01T00:00+08:00").exists()


@pytest.mark.django_db(transaction=True)
def test_same_seed_gives_the_same_orders_fast_or_not():
    run_command("seed_demo", *SEED)
    imported = numbers(), facts()
    make_way()

    result = run_command("seed_demo", *SEED, "--fast")

    assert (numbers(), facts()) == imported
    assert result["lines"] == OrderLine.objects.filter(store__code="demo").count()
    held = Order.objects.filter(store__code="demo").exclude(hold_kinds=[]).count()
    open_holds = Hold.objects.filter(store__code="demo", released_at__isnull=True)
    assert open_holds.values("order").distinct().count() == held > 0


@pytest.mark.django_db(transaction=True)
def test_another_seed_gives_other_orders():
    run_command("seed_demo", *SEED, "--fast")
    first = numbers()
    make_way()

    run_command("seed_demo", "--orders", "120", "--seed", "4", "--days", "20", "--until", "2026-06-01", "--fast")

    assert numbers() != first


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--orders", "0", "--seed", "1"), "--orders"),
        (("--orders", "1", "--seed", "1", "--days", "0"), "--days"),
        (("--orders", "1", "--seed", "1", "--until", "soon"), "soon"),
        (("--orders", "1", "--seed", "1", "--until", "2026-06-01T99:00"), "2026-06-01T99:00"),
        (("--orders", "1", "--seed", "1", "--until", "2026-02-30"), "2026-02-30"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(arguments, word):
    refusal = run_command("seed_demo", *arguments, code=2)["refusal"]

    assert word in refusal
    assert not Order.objects.exists()


def test_fast_fills_an_empty_store_only():
    run_command("seed_demo", "--orders", "3", "--seed", "1", "--until", "2026-06-01T12:30", "--fast")

    refusal = run_command("seed_demo", "--orders", "3", "--seed", "2", "--fast", code=2)["refusal"]

    assert "holds orders" in refusal
    assert Order.objects.count() == 3


def test_demo_is_loaded_once_with_its_rollups():
    first = run_command("load_demo", "--orders", "60")
    second = run_command("load_demo", "--orders", "60")

    assert (first["orders"], second["orders"], Order.objects.count()) == (60, 0, 60)
    assert DailySales.objects.filter(store__code="demo").count() == 91
