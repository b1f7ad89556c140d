"""What orders hold of the stock, and what happens when there is not enough."""

from datetime import timedelta

import pytest

from orders.core.models import Hold
from orders.fulfilment.models import FulfilmentDue, LineStock, MergeCandidate, Shortage, Sku, StockMovement
from orders.fulfilment.services.stock import StockError, count_stock, move_stock
from tests.factories import NOON, make_order, make_recipient
from tests.fulfilment.stocking import fresh, make_order_of, make_sku, on_shelf, settle_all

pytestmark = pytest.mark.django_db


def move(sku, kind, quantity, **values):
    return move_stock(
        store=sku.store, sku_id=sku.pk, kind=kind, quantity=quantity, reason="on the shelf", actor=None, at=NOON,
        **values,
    )  # fmt: skip


def test_paid_order_gets_its_pieces_promised(store):
    sku = make_sku(store=store, on_hand=5)
    order = make_order_of(store, "A", quantity=2)

    settled = settle_all(store)

    assert (settled, on_shelf(sku), FulfilmentDue.objects.count()) == (1, (5, 2), 0)
    assert [(row.reserved, row.short) for row in LineStock.objects.filter(order=order)] == [(2, 0)]
    assert fresh(order).version == 1


def test_settling_again_changes_nothing(store):
    sku = make_sku(store=store, on_hand=1)
    make_order_of(store, "A", quantity=2)
    settle_all(store)
    before = [list(model.objects.order_by("pk").values()) for model in (Sku, StockMovement, LineStock, Hold, Shortage)]
    for order in {row.order for row in LineStock.objects.all()}:
        FulfilmentDue.objects.create(order=order, store=store, since=NOON)

    settle_all(store)

    after = [list(model.objects.order_by("pk").values()) for model in (Sku, StockMovement, LineStock, Hold, Shortage)]
    assert after == before
    assert on_shelf(sku) == (1, 1)


def test_missing_piece_holds_the_line_and_is_told(store):
    make_sku(store=store, on_hand=1)
    order = make_order_of(store, "A", quantity=3)

    settle_all(store)

    order = fresh(order)
    hold = Hold.objects.get()
    shortage = Shortage.objects.get()
    assert (order.hold_kinds, order.version) == (["out_of_stock"], 2)
    assert (hold.rule, hold.line.position, hold.reason) == ("stock", 1, "A")
    assert (shortage.quantity, shortage.closed_at) == (2, None)
    assert [(event.kind, event.after) for event in order.events.all()] == [
        ("stock_short", {"lines": {"1": 2}, "sku_codes": ["A"]})
    ]


def test_arriving_stock_lifts_the_hold(store):
    sku = make_sku(store=store, on_hand=0)
    order = make_order_of(store, "A")
    settle_all(store)

    move(sku, "receive", 1)
    settle_all(store)

    order = fresh(order)
    assert (order.hold_kinds, on_shelf(sku)) == ([], (1, 1))
    assert Shortage.objects.get().outcome == "restocked"
    assert Hold.objects.get().released_at == NOON
    assert [event.kind for event in order.events.order_by("pk")] == ["stock_short", "stock_arrived"]


def test_arriving_stock_serves_who_must_ship_first(store):
    sku = make_sku(store=store, on_hand=0)
    late = make_order_of(store, "A", ship_by=NOON + timedelta(hours=9))
    early = make_order_of(store, "A", ship_by=NOON + timedelta(hours=3), paid_at=NOON)
    settle_all(store)
    FulfilmentDue.objects.create(order=late, store=store, since=NOON)  # looked at first, since it was paid first

    move(sku, "receive", 1)
    settle_all(store)

    assert (fresh(early).hold_kinds, fresh(late).hold_kinds) == ([], ["out_of_stock"])
    assert on_shelf(sku) == (1, 1)


def test_new_order_does_not_pass_one_that_waits(store):
    sku = make_sku(store=store, on_hand=0)
    waiting = make_order_of(store, "A", ship_by=NOON + timedelta(hours=3))
    settle_all(store)
    FulfilmentDue.objects.all().delete()
    move(sku, "receive", 1)
    FulfilmentDue.objects.all().delete()
    newer = make_order_of(store, "A", ship_by=NOON + timedelta(hours=9))

    settle_all(store)

    assert (fresh(newer).hold_kinds, on_shelf(sku)) == (["out_of_stock"], (1, 0))
    assert fresh(waiting).hold_kinds == ["out_of_stock"]


def test_released_pieces_go_to_those_that_lack_them(store):
    sku = make_sku(store=store, on_hand=1)
    first, second = make_order_of(store, "A"), make_order_of(store, "A")
    settle_all(store)
    assert fresh(second).hold_kinds == ["out_of_stock"]

    first.status = "closed"
    first.save(update_fields=["status"])
    settle_all(store)
    settle_all(store)

    assert (fresh(second).hold_kinds, on_shelf(sku)) == ([], (1, 1))


@pytest.mark.parametrize("change", [{"is_closed": True}, {"refund_status": "succeeded", "paid": 9, "refunded": 9}])
def test_line_that_will_not_ship_releases(store, change):
    sku = make_sku(store=store, on_hand=5)
    order = make_order_of(store, "A", quantity=2)
    settle_all(store)

    order.lines.update(**change)
    settle_all(store)

    assert on_shelf(sku) == (5, 0)


def test_closed_order_ends_its_shortage(store):
    make_sku(store=store, on_hand=0)
    order = make_order_of(store, "A")
    settle_all(store)

    order.status = "closed"
    order.save(update_fields=["status"])
    settle_all(store)

    assert (Shortage.objects.get().outcome, fresh(order).hold_kinds) == ("closed", [])


def test_order_that_the_platform_ships_is_deducted(store):
    sku = make_sku(store=store, on_hand=5)
    order = make_order_of(store, "A", quantity=2)
    settle_all(store)

    order.status, order.shipped_at = "shipped", NOON
    order.save(update_fields=["status", "shipped_at"])
    settle_all(store)

    assert (on_shelf(sku), LineStock.objects.get().shipped) == ((3, 0), 2)


def test_platform_ships_what_is_promised_to_another(store):
    sku = make_sku(store=store, on_hand=1)
    first, second = make_order_of(store, "A"), make_order_of(store, "A")
    settle_all(store)

    second.status, second.shipped_at = "shipped", NOON
    second.save(update_fields=["status", "shipped_at"])
    settle_all(store)
    settle_all(store)

    assert (on_shelf(sku), fresh(first).hold_kinds) == ((0, 0), ["out_of_stock"])


def test_platform_ships_more_than_there_is(store):
    sku = make_sku(store=store, on_hand=0)
    order = make_order_of(store, "A", quantity=2)
    settle_all(store)

    order.status, order.shipped_at = "shipped", NOON
    order.save(update_fields=["status", "shipped_at"])
    settle_all(store)

    kinds = list(StockMovement.objects.order_by("pk").values_list("kind", "on_hand_change"))
    assert kinds == [("count", 0), ("correct", 2), ("ship", -2)]
    assert (on_shelf(sku), Shortage.objects.get().outcome, fresh(order).hold_kinds) == ((0, 0), "restocked", [])


def test_what_shipped_before_the_first_count_is_not_deducted(store):
    order = make_order_of(store, "A", quantity=2)
    order.status, order.shipped_at = "shipped", NOON - timedelta(hours=1)
    order.save(update_fields=["status", "shipped_at"])

    sku = make_sku(store=store, on_hand=5)
    settle_all(store)

    assert on_shelf(sku) == (5, 0)


def test_uncounted_sku_is_never_short(store):
    make_sku(store=store)
    order = make_order_of(store, "A")

    settle_all(store)

    assert (fresh(order).hold_kinds, LineStock.objects.count()) == ([], 0)


def test_first_count_looks_at_open_orders_again(store):
    sku = make_sku(store=store)
    order = make_order_of(store, "A")
    agreed = make_order_of(store, "B")
    agreed.lines.update(agreed_spec="red", agreed_sku_code="A")
    settle_all(store)

    count_stock(store=store, sku_id=sku.pk, counted=1, actor=None, at=NOON)

    assert set(FulfilmentDue.objects.values_list("order_id", flat=True)) == {order.pk, agreed.pk}


def test_recount_below_the_promised_takes_the_newest_back(store):
    sku = make_sku(store=store, on_hand=3)
    orders = [make_order_of(store, "A", paid_at=NOON + timedelta(minutes=n)) for n in range(3)]
    settle_all(store)

    count_stock(store=store, sku_id=sku.pk, counted=1, reason="counted again", actor=None, at=NOON)
    taken = (on_shelf(sku), set(FulfilmentDue.objects.values_list("order_id", flat=True)))
    settle_all(store)

    assert taken == ((1, 1), {orders[1].pk, orders[2].pk})
    assert [fresh(order).hold_kinds for order in orders] == [[], ["out_of_stock"], ["out_of_stock"]]


def test_another_sku_agreed_moves_the_promise(store):
    old, new = make_sku(store=store, on_hand=0), make_sku(store=store, code="B", on_hand=2)
    order = make_order_of(store, "A")
    settle_all(store)

    order.lines.update(agreed_spec="blue", agreed_sku_code="B")
    settle_all(store)

    assert (on_shelf(old), on_shelf(new)) == ((0, 0), (2, 1))
    assert (Shortage.objects.get().outcome, fresh(order).hold_kinds) == ("exchanged", [])


def test_line_without_a_code_takes_the_only_sku_of_its_product(store):
    sku = make_sku(store=store, on_hand=2)
    sku.product.platform_id = "7001"
    sku.product.save()
    order = make_order(store=store)
    order.lines.update(product_id="7001")

    settle_all(store)

    assert on_shelf(sku) == (2, 1)


@pytest.mark.parametrize("values", [{"status": "pending_payment"}, {"refunded": 100}])
def test_unpaid_and_refunded_orders_claim_nothing(store, values):
    sku = make_sku(store=store, on_hand=2)
    order = make_order_of(store, "A", **values)
    FulfilmentDue.objects.get_or_create(order=order, store=store, defaults={"since": NOON})

    settle_all(store)

    assert on_shelf(sku) == (2, 0)


def test_refund_of_a_whole_order_releases(store):
    sku = make_sku(store=store, on_hand=2)
    order = make_order_of(store, "A")
    settle_all(store)

    order.refunded = order.gross_paid
    order.save(update_fields=["refunded"])
    settle_all(store)

    assert on_shelf(sku) == (2, 0)


def test_skus_of_another_store_are_not_touched(store, other_store):
    sku = make_sku(store=other_store, on_hand=2)
    make_order_of(store, "A")

    settle_all(store)

    assert on_shelf(sku) == (2, 0)
    with pytest.raises(Sku.DoesNotExist):
        move_stock(store=store, sku_id=sku.pk, kind="receive", quantity=1, actor=None, at=NOON)
    with pytest.raises(Sku.DoesNotExist):
        count_stock(store=store, sku_id=sku.pk, counted=1, actor=None, at=NOON)


@pytest.mark.parametrize(
    ("kind", "quantity", "sentence"),
    [
        ("reserve", 1, "Stock does not move by hand in this way."),
        ("receive", 0, "Move 1 to 1,000,000 pieces."),
        ("scrap", -1, "Move 1 to 1,000,000 pieces."),
        ("scrap", 3, "2 pieces of A are on hand, fewer than that."),
    ],
)
def test_movement_that_cannot_be_is_refused(store, kind, quantity, sentence):
    sku = make_sku(store=store, on_hand=2)

    with pytest.raises(StockError) as refusal:
        move(sku, kind, quantity)

    assert (str(refusal.value), refusal.value.code) == (sentence, "field")


def test_movement_of_an_uncounted_sku_is_refused(store):
    sku = make_sku(store=store)

    with pytest.raises(StockError, match="count it first"):
        move(sku, "receive", 1)


def test_sku_changed_in_between_is_a_conflict(store):
    sku = make_sku(store=store, on_hand=2)

    with pytest.raises(StockError) as refusal:
        move(sku, "receive", 1, version=1)

    assert refusal.value.code == "version"


def test_merge_mark_follows_the_order(store):
    order = make_order(store=store)
    recipient = make_recipient(order=order)
    settle_all(store)
    assert list(MergeCandidate.objects.values_list("recipient_key", flat=True)) == [recipient.recipient_key]

    order.status = "closed"
    order.save(update_fields=["status"])
    settle_all(store)

    assert not MergeCandidate.objects.exists()


def test_failure_inside_leaves_the_order_due(store, monkeypatch, caplog):
    sku = make_sku(store=store, on_hand=2)
    order = make_order_of(store, "A")
    monkeypatch.setattr("orders.fulfilment.services.stock.settling.mark_merge", lambda _order: 1 / 0)

    settled = settle_all(store)

    assert (settled, on_shelf(sku)) == (0, (2, 0))
    assert FulfilmentDue.objects.get().order_id == order.pk
    assert "could not be settled" in caplog.text


def test_settling_takes_a_fixed_number_of_statements(store, django_assert_num_queries):
    make_sku(store=store, on_hand=9)
    make_sku(store=store, code="B", on_hand=9)
    make_sku(store=store, code="C", on_hand=9)
    make_order_of(store, "A")
    with django_assert_num_queries(16):
        settle_all(store)
    make_order_of(store, "A", "B", "C")

    with django_assert_num_queries(16):
        settle_all(store)
