import json
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command

from analytics.models import DailySales, HourlySales, PaymentSales, ProductSales, ProvinceSales
from orders.core.models import Order
from tests.factories import NOON, make_order, make_store

DAY = date(2026, 6, 1)

pytestmark = pytest.mark.django_db


def run(command, *arguments):
    """Return exit code and the JSON line of a command over the first of June."""
    out, code = StringIO(), 0
    try:
        call_command(command, "--from", "2026-06-01", "--to", "2026-06-01", "--json", *arguments, stdout=out)
    except SystemExit as exit_:
        code = exit_.code
    return code, json.loads(out.getvalue().splitlines()[-1])


def test_rollup_sales_tells_what_it_wrote():
    make_order(store=make_store(code="demo"))

    code, result = run("rollup_sales", "--store", "demo")

    assert code == 0
    assert list(result) == ["days", "rows_written", "rows_unchanged", "seconds"]
    assert (result["days"], result["rows_written"], result["rows_unchanged"]) == (1, 6, 0)
    assert run("rollup_sales")[1]["rows_unchanged"] == 6


def test_verify_rollups_finds_nothing_after_a_rollup():
    make_order(store=make_store())
    run("rollup_sales")

    assert run("verify_rollups") == (0, {"checked": 5, "mismatches": []})


@pytest.mark.parametrize("table", [DailySales, HourlySales, ProvinceSales, ProductSales, PaymentSales])
def test_verify_rollups_finds_a_changed_row_and_a_missing_row(table):
    store = make_store(code="demo")
    make_order(store=store)
    run("rollup_sales")
    table.objects.update(gross_paid=Decimal("99.99"))

    code, result = run("verify_rollups")

    assert (code, len(result["mismatches"])) == (1, 1)
    found = result["mismatches"][0]
    assert list(found) == ["table", "store", "day", "key", "rollup", "orders"]
    assert (found["table"], found["store"], found["day"]) == (table._meta.db_table, "demo", "2026-06-01")
    assert (found["rollup"], found["orders"]) == ({"gross_paid": "99.99"}, {"gross_paid": "100.00"})

    table.objects.all().delete()
    code, result = run("verify_rollups")
    assert (code, result["mismatches"][0]["rollup"]["gross_paid"]) == (1, "0.00")


def test_verify_rollups_finds_a_row_too_many():
    store = make_store(code="demo")
    order = make_order(store=store)
    run("rollup_sales")
    Order.objects.filter(pk=order.pk).update(paid_at=NOON + timedelta(days=1), placed_at=NOON + timedelta(days=1))

    code, result = run("verify_rollups")

    assert (code, len(result["mismatches"])) == (1, 5)
    assert {found["orders"]["gross_paid"] for found in result["mismatches"]} == {"0.00"}
    assert [found["key"] for found in result["mismatches"]] == ["", "11", "广东", "真丝连衣裙", ""]


def test_a_missing_row_equals_zeros():
    make_store()

    assert run("verify_rollups") == (0, {"checked": 0, "mismatches": []})


@pytest.mark.parametrize("command", ["rollup_sales", "verify_rollups"])
@pytest.mark.parametrize(
    ("first", "last", "store", "sentence"),
    [
        ("2026-06-02", "2026-06-01", None, "--to 2026-06-01 is before --from 2026-06-02."),
        ("2026-6-2x", "2026-06-01", None, "2026-6-2x is not a day; write it as 2026-06-01."),
        ("2026-06-01", "2026-06-01", "nowhere", "There is no store nowhere."),
    ],
)
def test_a_range_that_cannot_be_is_refused(command, first, last, store, sentence):
    err = StringIO()

    with pytest.raises(SystemExit) as exit_:
        call_command(command, first=first, last=last, store=store, stderr=err)

    assert exit_.value.code == 2
    assert err.getvalue().strip() == sentence
    assert not DailySales.objects.exists()
