"""Products and skus: edited, taken in from sheets, and listed."""

import pytest

from backoffice.common.models import Alert
from orders.fulfilment.models import FulfilmentDue, Product, Sku, StockMovement
from orders.fulfilment.queries.stock import (
    facts_of_lines,
    find_sku,
    ledger_page,
    line_stock_of,
    low_count,
    orders_short_of,
    products_page,
    shortage_counts,
    shortages_of,
    shortages_page,
    skus_page,
)
from orders.fulfilment.services.products import (
    ProductError,
    ProductRow,
    ProductValues,
    SkuValues,
    import_products,
    save_product,
    save_sku,
)
from orders.fulfilment.services.shortages import decide_shortage
from orders.fulfilment.services.stock import StockError, count_stock, forecast_demand, move_stock
from tests.factories import NOON
from tests.fulfilment.stocking import make_order_of, make_sku, on_shelf, settle_all

pytestmark = pytest.mark.django_db


def save(store, **values):
    ids = {name: values.pop(name) for name in ("product_id", "version") if name in values}
    values = ProductValues(**{"code": "P1", "title": "Dress", **values})
    return save_product(store=store, values=values, actor=None, at=NOON, **ids)


def test_product_is_made_and_changed(store):
    product = save(store, code=" P 1 ", title="Silk  dress")

    changed = save(store, product_id=product.pk, version=1, brand="Own", needs_brand_check=True)

    assert (product.code, product.title) == ("P1", "Silk dress")
    assert (changed.pk, changed.version, changed.brand, changed.title) == (product.pk, 2, "Own", "Dress")


@pytest.mark.parametrize(
    ("values", "sentence", "code"),
    [
        ({"code": ""}, "“Product code” is missing.", "field"),
        ({"title": " "}, "“Title” is missing.", "field"),
        ({"brand": "x" * 61}, "“Brand” has up to 60 characters.", "field"),
        ({"code": "P2"}, "The store has P2 already.", "field"),
        ({"version": 7}, "P1 was changed by somebody else while you were working on it. Nothing was saved.", "version"),
    ],
)
def test_product_that_will_not_do_is_refused(store, values, sentence, code):
    save(store, code="P2")
    product = save(store)

    with pytest.raises(ProductError) as refusal:
        save(store, product_id=product.pk, **values)

    assert (str(refusal.value), refusal.value.code) == (sentence, code)


def test_sku_is_made_and_its_orders_looked_at(store):
    product, order = save(store), make_order_of(store, "A")
    settle_all(store)

    sku = save_sku(store=store, values=SkuValues(product.pk, "A", spec="red"), actor=None, at=NOON)

    assert (sku.version, sku.on_hand, sku.counted_at) == (1, 0, None)
    assert list(FulfilmentDue.objects.values_list("order_id", flat=True)) == [order.pk]


def test_edit_of_a_sku_keeps_its_stock(store):
    sku = make_sku(store=store, on_hand=5)

    values = SkuValues(sku.product_id, "A", location="1-2-3", safety_stock=9)
    save_sku(store=store, values=values, actor=None, at=NOON, sku_id=sku.pk, version=sku.version)

    sku.refresh_from_db()
    assert (sku.location, sku.on_hand, sku.version) == ("1-2-3", 5, 3)
    with pytest.raises(StockError, match="changed by somebody else"):
        save_sku(store=store, values=values, actor=None, at=NOON, sku_id=sku.pk, version=1)


def test_products_and_skus_of_another_store_do_not_exist(store, other_store):
    sku = make_sku(store=store)

    with pytest.raises(Product.DoesNotExist):
        save(other_store, product_id=sku.product_id)
    with pytest.raises(Sku.DoesNotExist):
        save_sku(store=other_store, values=SkuValues(sku.product_id, "A"), actor=None, at=NOON, sku_id=sku.pk)
    with pytest.raises(ProductError, match="Choose a product of this store"):
        save_sku(store=other_store, values=SkuValues(sku.product_id, "A"), actor=None, at=NOON)


def rows_of(*rows):
    return [ProductRow(row=place, **values) for place, values in enumerate(rows, 2)]


def run_import(store, *rows, **options):
    return import_products(store=store, rows=rows_of(*rows), actor=None, at=NOON, **options)


def test_sheet_makes_products_skus_and_counts(store):
    order = make_order_of(store, "A")
    settle_all(store)

    result = run_import(
        store,
        {"code": "A", "product_code": "P1", "title": "Dress", "spec": "red", "on_hand": 4},
        {"code": "B", "product_code": "P1", "spec": "blue", "safety_stock": 2},
        {"code": "C", "title": "Belt", "on_hand": 0},
    )
    settle_all(store)

    assert (result.created, result.updated, result.unchanged, result.counted, result.refused) == (3, 0, 0, 2, [])
    assert Product.objects.count() == 2
    assert on_shelf(Sku.objects.get(code="A")) == (4, 1)
    assert line_stock_of(order)[order.lines.get().pk].reserved_for_line == 1


def test_same_sheet_again_changes_nothing(store):
    rows = [{"code": "A", "title": "Dress", "on_hand": 4}, {"code": "B", "title": "Belt"}]
    run_import(store, *rows)
    before = (list(Sku.objects.values()), StockMovement.objects.count())

    result = run_import(store, *rows)

    assert (result.created, result.updated, result.unchanged, result.counted) == (0, 0, 2, 0)
    assert (list(Sku.objects.values()), StockMovement.objects.count()) == before


def test_empty_cells_leave_what_is_there(store):
    run_import(store, {"code": "A", "title": "Dress", "spec": "red", "location": "1-1", "on_hand": 4})

    result = run_import(store, {"code": "A", "location": "2-2"})

    sku = Sku.objects.get()
    assert (result.updated, sku.spec, sku.location, sku.on_hand, sku.product.title) == (1, "red", "2-2", 4, "Dress")


def test_preview_saves_nothing(store):
    result = run_import(store, {"code": "A", "title": "Dress", "on_hand": 4}, is_preview=True)

    assert (result.created, result.counted, Sku.objects.count(), Product.objects.count()) == (1, 1, 0, 0)


def test_rows_that_will_not_do_are_named(store):
    result = run_import(
        store,
        {"code": "", "title": "Dress"},
        {"code": "A", "title": "Dress", "on_hand": -1},
        {"code": "B"},
        {"code": "C", "title": "Belt"},
        {"code": "C", "title": "Belt"},
    )

    assert (result.created, sorted(result.refused)) == (
        1,
        [
            (2, "“Merchant code” is missing."),
            (3, "-1 is no number of pieces."),
            (4, "A new product needs a title."),
            (6, "An earlier row has the merchant code C."),
        ],
    )


def test_recount_by_sheet_takes_promises_back(store):
    sku = make_sku(store=store, on_hand=3)
    make_order_of(store, "A", quantity=3)
    settle_all(store)

    run_import(store, {"code": "A", "on_hand": 1})
    settle_all(store)

    assert on_shelf(sku) == (1, 1)
    assert shortage_counts(store) == {"undecided": 1, "waiting": 0, "decided": 0}


def walk(read, **options):
    pages, key = [], ""
    while True:
        page = read(after=key, size=2, **options)
        pages.append([row.pk for row in page.rows])
        if not page.next_key:
            return pages, page
        key = page.next_key


@pytest.mark.parametrize("sort", ["code", "cover"])
def test_skus_are_paged_both_ways(store, other_store, sort):
    skus = [make_sku(store=store, code=code, on_hand=1, cover_days=n // 2) for n, code in enumerate("ABCDE")]
    make_sku(store=other_store, code="A", on_hand=1, cover_days=1)

    pages, last = walk(lambda **page: skus_page(store, sort=sort, **page))
    back = skus_page(store, sort=sort, before=last.previous_key, size=2)

    ids = [sku.pk for sku in skus]
    assert pages == [ids[:2], ids[2:4], ids[4:]]
    assert [row.pk for row in back.rows] == ids[2:4]
    assert skus_page(store, sort="cover", after="nonsense").rows == skus_page(store, sort="cover").rows


def test_skus_are_found_by_code_and_barcode(store):
    red = make_sku(store=store, code="AB-1", barcode="6901", on_hand=9)
    make_sku(store=store, code="AC-1", on_hand=0)

    assert [sku.code for sku in skus_page(store, search="AB").rows] == ["AB-1"]
    assert [sku.code for sku in skus_page(store, search="6901").rows] == ["AB-1"]
    assert ([sku.code for sku in skus_page(store, is_low=True).rows], low_count(store)) == (["AC-1"], 1)
    assert (find_sku(store, "6901"), find_sku(store, "AB-1"), find_sku(store, "")) == (red, red, None)
    assert [product.code for product in products_page(store, search="P-AB").rows] == ["P-AB-1"]


def test_ledger_is_read_from_the_newest(store):
    sku = make_sku(store=store, on_hand=1)
    for _ in range(3):
        move_stock(store=store, sku_id=sku.pk, kind="receive", quantity=1, actor=None, at=NOON)

    pages, _last = walk(lambda **page: ledger_page(sku, **page))

    ids = list(StockMovement.objects.order_by("-pk").values_list("pk", flat=True))
    assert pages == [ids[:2], ids[2:]]
    assert len(ledger_page(sku, kind="count").rows) == 1


def test_shortages_are_sorted_into_tabs(store, other_store):
    sku = make_sku(store=store, on_hand=0)
    make_sku(store=store, code="B", on_hand=9)
    orders = [make_order_of(store, "A") for _ in range(4)]
    settle_all(store)
    for order, solution in zip(orders, ["wait", "refund", "exchange"], strict=False):
        decide_shortage(
            store=store, order_id=order.pk, shortage_id=shortages_of(order)[0].pk, solution=solution, answer="agreed",
            actor=None, at=NOON, sku_code="B" if solution == "exchange" else "",
        )  # fmt: skip

    tabs = {
        tab: [row.order_id for row in shortages_page(store, tab=tab).rows]
        for tab in ("waiting", "decided", "closed", "undecided")
    }

    assert tabs == dict(zip(tabs, [[order.pk] for order in orders], strict=True))
    assert shortage_counts(store) == {"undecided": 1, "waiting": 1, "decided": 1}
    assert [row.order_id for row in orders_short_of(sku)] == [orders[0].pk, orders[3].pk]
    assert shortages_page(other_store, tab="undecided").rows == []


def test_lists_take_a_fixed_number_of_statements(store, django_assert_num_queries):
    make_sku(store=store, on_hand=0)
    make_sku(store=store, code="B", on_hand=0)
    orders = [make_order_of(store, "A", "B") for _ in range(3)]
    settle_all(store)
    lines = [line for order in orders for line in order.lines.all()]

    for size in (1, 3):
        with django_assert_num_queries(3):
            assert all(sku.product.title for sku in skus_page(store, size=size).rows)
            assert all(row.order.buyer.nick for row in shortages_page(store, tab="undecided", size=size).rows)
            assert low_count(store) == 2
    with django_assert_num_queries(2):
        facts = facts_of_lines(lines)
    assert {fact.short for fact in facts.values()} == {1}


def test_forecast_counts_what_left(store):
    sku = make_sku(store=store, on_hand=30)
    idle = make_sku(store=store, code="B", on_hand=5)
    order = make_order_of(store, "A", quantity=10)
    settle_all(store)
    order.status, order.shipped_at = "shipped", NOON
    order.save(update_fields=["status", "shipped_at"])
    settle_all(store)

    low = forecast_demand(store=store, at=NOON)

    sku.refresh_from_db()
    idle.refresh_from_db()
    assert (sku.sold_count, sku.cover_days, idle.sold_count, idle.cover_days, low) == (10, 60, 0, None, 0)


def test_low_stock_is_told_once_a_day(store):
    sku = make_sku(store=store, on_hand=0, safety_stock=1)

    counts = [forecast_demand(store=store, at=NOON) for _ in range(2)]
    count_stock(store=store, sku_id=sku.pk, counted=9, actor=None, at=NOON)

    assert (counts, forecast_demand(store=store, at=NOON)) == ([1, 1], 0)
    assert [(alert.kind, alert.count, alert.data) for alert in Alert.objects.all()] == [
        ("low_stock", 1, {"sku_codes": ["A"]})
    ]
