"""Stock in the browser's eyes: the list, one sku with its ledger, acts with both values, the counting station."""

import pytest
import time_machine

from backoffice.common.access import Role
from orders.fulfilment.models import Sku
from orders.fulfilment.queries.ledgers import ledger_sums
from orders.fulfilment.services.stock import move_stock
from tests.conftest import signed_in
from tests.factories import NOON, make_user
from tests.fulfilment.stocking import make_order_of, make_sku, settle_all


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def client(store):
    return signed_in(make_user("keeper", store=store, roles=(Role.WAREHOUSE,)))


def codes(response):
    return [row.shown.code for row in response.context["rows"]]


def test_list_shows_what_is_free(client, store):
    make_sku(store=store, code="A", on_hand=12, location="A-01", safety_stock=3)
    make_order_of(store, "A", quantity=3)
    settle_all(store)

    page = client.get("/orders/stock/")

    sku = page.context["rows"][0].shown
    assert (sku.on_hand, sku.reserved, sku.free) == (12, 3, 9)
    assert 'data-free="9"' in page.text
    assert "A-01" in page.text


def test_row_declares_its_keys_and_shows_the_values_of_its_spec(client, store):
    counted = make_sku(store=store, code="A", on_hand=12, spec="颜色分类:白色;尺码:<L>")
    new = make_sku(store=store, code="B")

    text = client.get("/orders/stock/").text

    first, second = text.split(f'<tbody id="sku-{new.pk}"')
    assert f'id="sku-{counted.pk}" data-row' in first
    assert 'data-action="receive" data-key="r"' in first
    assert " · 白色 &lt;L&gt;</div>" in first
    assert 'data-action="receive"' not in second
    assert 'data-action="count" data-key="c"' in second


@pytest.mark.parametrize(
    ("query", "hits"),
    [
        ("", ["ENOUGH", "LOW", "NEW", "SHORT"]),
        ("tab=low", ["LOW", "SHORT"]),
        ("tab=short", ["SHORT"]),
        ("tab=uncounted", ["NEW"]),
        ("search=EN", ["ENOUGH"]),
        ("search=6901234567892", ["LOW"]),
        ("search=连衣裙", ["ENOUGH", "LOW", "NEW", "SHORT"]),
        ("search=none", []),
        ("sort=cover", []),
    ],
)
def test_list_is_narrowed(client, store, query, hits):
    make_sku(store=store, code="ENOUGH", on_hand=50)
    make_sku(store=store, code="LOW", on_hand=2, safety_stock=5, barcode="6901234567892")
    make_sku(store=store, code="NEW")
    make_sku(store=store, code="SHORT", on_hand=0)
    make_order_of(store, "SHORT")
    settle_all(store)

    assert codes(client.get(f"/orders/stock/?{query}")) == hits


def test_tabs_count(client, store):
    make_sku(store=store, code="LOW", on_hand=0)
    make_sku(store=store, code="NEW")

    tabs = client.get("/orders/stock/").context["tabs"]

    assert {tab.key: tab.count for tab in tabs} == {"all": 2, "low": 1, "short": 0, "uncounted": 1}


def test_list_is_read_with_as_many_statements_for_three_rows_as_for_one(client, store, django_assert_num_queries):
    make_sku(store=store, code="A", on_hand=1)
    client.get("/orders/stock/")
    with django_assert_num_queries(6) as few:
        client.get("/orders/stock/")
    make_sku(store=store, code="B", on_hand=1)
    make_sku(store=store, code="C", on_hand=1)

    with django_assert_num_queries(len(few)):
        client.get("/orders/stock/")


def test_what_was_never_counted_is_not_sorted_by_how_long_it_lasts(client, store):
    make_sku(store=store, code="NEW")

    page = client.get("/orders/stock/?tab=uncounted&sort=cover")

    assert (codes(page), 'data-sort="cover"' in page.text) == (["NEW"], False)
    assert 'data-sort="cover"' in client.get("/orders/stock/").text


@pytest.mark.parametrize("change", [{"on_hand": 6}, {"reserved": 1}])
@pytest.mark.parametrize("proven", [1, 2, 3, 4])
def test_ledger_is_proven_by_its_newest_movements(store, monkeypatch, change, proven):
    monkeypatch.setattr("orders.fulfilment.queries.ledgers._PROVEN", proven)
    sku = make_sku(store=store, on_hand=9)
    for quantity in (-1, -3):
        move_stock(store=store, sku_id=sku.pk, kind="correct", quantity=quantity, reason="broken", actor=None, at=NOON)
    sku.refresh_from_db()

    sums = ledger_sums(sku)

    Sku.objects.filter(pk=sku.pk).update(**change)
    sku.refresh_from_db()
    assert (sums, sums == (sku.on_hand, sku.reserved)) == ((5, 0), False)


def test_pages_follow_keys(client, store):
    for number in range(52):
        Sku.objects.create(
            store=store, product=make_sku(store=store, code=f"A{number:02}").product, code=f"B{number:02}"
        )

    first = client.get("/orders/stock/?search=A")
    second = client.get(first.context["next_url"])

    assert (len(codes(first)), codes(second)) == (50, ["A50", "A51"])
    assert codes(client.get(second.context["previous_url"])) == codes(first)


def test_sku_shows_ledger_and_its_proof(client, store):
    sku = make_sku(store=store, code="A", on_hand=12)
    order = make_order_of(store, "A", quantity=3)
    settle_all(store)

    page = client.get(f"/orders/stock/{sku.pk}/")

    assert 'data-proof="ok"' in page.text
    assert "sums to 12 on hand, 3 reserved" in page.text
    assert [move.shown.kind for move in page.context["moves"]] == ["reserve", "count"]
    assert order.number in page.text


def test_ledger_says_what_was_moved_by_whom_and_why(client, store, warehouse):
    sku = make_sku(store=store, code="A", on_hand=1_200)
    reason = "<script>坏了</script>"
    move_stock(store=store, sku_id=sku.pk, kind="correct", quantity=-3, reason=reason, actor=warehouse, at=NOON)

    html = client.get(f"/orders/stock/{sku.pk}/").text

    assert '<tr data-movement="correct">' in html
    assert '<td class="num">1,197<div class="l2">-3</div></td><td class="num">0</td>' in html
    assert f'&lt;script&gt;坏了&lt;/script&gt;<div class="l2">{warehouse}</div>' in html


def test_sku_shows_how_long_it_lasts(client, store):
    sku = make_sku(store=store, code="A", on_hand=12)
    Sku.objects.filter(pk=sku.pk).update(sold_count=40, cover_days="9.0")

    page = client.get(f"/orders/stock/{sku.pk}/")

    assert "40 sold in 30 days = 1.33 a day; 12 free / 1.33 = 9.0 days" in page.text


def test_sku_names_the_orders_that_wait(client, store):
    sku = make_sku(store=store, code="A", on_hand=0)
    order = make_order_of(store, "A")
    settle_all(store)

    page = client.get(f"/orders/stock/{sku.pk}/")

    assert f'data-waiting="{order.number}"' in page.text


@pytest.mark.parametrize(
    ("act", "values", "on_hand"),
    [
        ("receive", {"quantity": 5}, 15),
        ("return", {"quantity": 1}, 11),
        ("scrap", {"quantity": 4, "reason": "破损"}, 6),
        ("correct", {"quantity": -2, "reason": "找不到"}, 8),
        ("count", {"quantity": 7}, 7),
    ],
)
def test_act_moves_stock(client, store, act, values, on_hand):
    sku = make_sku(store=store, code="A", on_hand=10)

    answer = client.post(f"/orders/stock/{sku.pk}/{act}/", values | {"version": sku.version})

    sku.refresh_from_db()
    assert answer.status_code == 302
    assert sku.on_hand == on_hand


def test_keep_sets_shelf_and_safety_stock(client, store):
    sku = make_sku(store=store, code="A", on_hand=10, barcode="690")

    client.post(f"/orders/stock/{sku.pk}/keep/", {"location": "B-02", "safety_stock": 4})

    sku.refresh_from_db()
    assert (sku.location, sku.safety_stock, sku.barcode, sku.on_hand) == ("B-02", 4, "690", 10)


def test_dialog_is_asked_for_and_closes_with_the_list_reloaded(client, store):
    sku = make_sku(store=store, code="A", on_hand=10)
    address, htmx = f"/orders/stock/{sku.pk}/receive/", {"HX-Request": "true"}

    asked = client.get(address, headers=htmx)
    done = client.post(address, {"quantity": 5}, headers=htmx)

    assert "<dialog" in asked.text
    assert (done.status_code, done["HX-Trigger"] != "") == (204, True)
    assert "list-changed" in done["HX-Trigger"]


def test_dialog_of_the_sku_page_answers_with_the_sku(client, store):
    sku = make_sku(store=store, code="A", on_hand=10)

    done = client.post(
        f"/orders/stock/{sku.pk}/receive/", {"quantity": 5, "frame": "sku"}, headers={"HX-Request": "true"}
    )

    assert 'id="sku-view"' in done.text
    assert "sums to 15 on hand" in done.text


@pytest.mark.parametrize(
    ("act", "values"),
    [("scrap", {"quantity": 1}), ("receive", {"quantity": 0}), ("scrap", {"quantity": 11, "reason": "x"})],
)
def test_bad_values_are_asked_for_again(client, store, act, values):
    sku = make_sku(store=store, code="A", on_hand=10)

    answer = client.post(f"/orders/stock/{sku.pk}/{act}/", values, headers={"HX-Request": "true"})

    assert answer.status_code == 422
    assert answer["HX-Retarget"] == "#dialog-slot"


def test_conflict_shows_both_values(client, store):
    sku = make_sku(store=store, code="A", on_hand=10)
    seen = sku.version
    move_stock(store=store, sku_id=sku.pk, kind="receive", quantity=2, actor=None, at=NOON)

    answer = client.post(f"/orders/stock/{sku.pk}/count/", {"quantity": 9, "version": seen})

    sku.refresh_from_db()
    assert (answer.status_code, sku.on_hand) == (409, 12)
    assert [(row["theirs"], row["yours"]) for row in answer.context["rows"]] == [(12, "—"), ("—", 9)]
    assert f'name="version" value="{sku.version}"' in answer.text


def test_uncounted_sku_only_counts(client, store):
    sku = make_sku(store=store, code="A")

    answer = client.post(f"/orders/stock/{sku.pk}/receive/", {"quantity": 1})

    assert answer.status_code == 409
    assert "count it first" in answer.text


def test_station_counts_what_was_scanned(client, store):
    sku = make_sku(store=store, code="A", on_hand=3, barcode="6901234567892")

    shown = client.post("/orders/stock/count/", {"text": "6901234567892"})
    done = client.post("/orders/stock/count/", {"text": "5", "sku": sku.pk})

    sku.refresh_from_db()
    assert 'data-on-table="A"' in shown.text
    assert sku.on_hand == 5
    assert "+2 against the ledger" in done.text
    assert "data-on-table" not in done.text


def test_station_goes_on_with_the_next_sku(client, store):
    first, _second = make_sku(store=store, code="A"), make_sku(store=store, code="B")

    shown = client.post("/orders/stock/count/", {"text": "B", "sku": first.pk})

    assert 'data-on-table="B"' in shown.text


def test_station_says_what_it_does_not_know(client, store):
    answer = client.post("/orders/stock/count/", {"text": "NOPE"})

    assert 'data-tone="bad"' in answer.text
