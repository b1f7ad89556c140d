"""The three ways out of a shortage."""

from datetime import date, timedelta

import pytest

from orders.core.models import Hold, Order
from orders.core.services import OrderError, VersionConflict, accept_order, open_hold, release_hold
from orders.fulfilment.models import FulfilmentDue, LineStock, Shortage
from orders.fulfilment.services.shortages import ShortageError, decide_shortage, offer_solution
from orders.fulfilment.services.stock import count_stock, move_stock
from tests.factories import NOON
from tests.fulfilment.stocking import fresh, make_order_of, make_sku, on_shelf, settle_all

pytestmark = pytest.mark.django_db
TODAY = date(2026, 6, 1)


@pytest.fixture
def sku(store):
    return make_sku(store=store, on_hand=1)


@pytest.fixture
def order(store, sku):
    order = make_order_of(store, "A", quantity=2)
    settle_all(store)
    return fresh(order)


def decide(order, solution, answer="the buyer agrees", **values):
    shortage = Shortage.objects.filter(order=order).latest("pk")
    return decide_shortage(
        store=values.pop("store", order.store), order_id=order.pk, shortage_id=shortage.pk, solution=solution,
        answer=answer, actor=None, at=NOON, **values,
    )  # fmt: skip


def open_holds(order):
    return list(Hold.objects.filter(order=order, released_at=None).values_list("kind", "rule"))


def test_exchange_packs_the_other_sku(store, order, sku):
    other = make_sku(store=store, code="B", spec="red", on_hand=5)

    shortage = decide(order, "exchange", sku_code="B")

    line = order.lines.get()
    assert (line.agreed_sku_code, line.agreed_spec) == ("B", "red")
    assert (on_shelf(sku), on_shelf(other)) == ((1, 0), (5, 2))
    assert (shortage.outcome, shortage.answer, fresh(order).hold_kinds) == ("exchanged", "the buyer agrees", [])
    assert [event.kind for event in order.events.order_by("pk")] == ["stock_short", "spec_agreed", "shortage_settled"]


def test_exchange_for_an_uncounted_sku_ends_the_shortage(store, order, sku):
    make_sku(store=store, code="B")

    shortage = decide(order, "exchange", sku_code="B")

    assert (shortage.outcome, on_shelf(sku), fresh(order).hold_kinds) == ("exchanged", (1, 0), [])


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("", "Say which product ships instead, by its merchant code."),
        ("X", "The store sells nothing with the merchant code X."),
        ("A", "A is what is short: choose another one."),
        ("B", "B is short as well: 1 pieces are missing."),
    ],
)
def test_exchange_for_what_is_not_there_is_refused(store, order, sku, code, sentence):
    make_sku(store=store, code="B", on_hand=1)

    with pytest.raises(ShortageError) as refusal:
        decide(order, "exchange", sku_code=code)

    assert (str(refusal.value), refusal.value.code) == (sentence, "field")
    assert order.lines.get().agreed_sku_code == ""
    assert on_shelf(sku) == (1, 1)


def test_refund_releases_and_holds_under_another_name(store, order, sku):
    shortage = decide(order, "refund")

    assert (shortage.closed_at, on_shelf(sku)) == (None, (1, 0))
    assert (fresh(order).hold_kinds, open_holds(order)) == (["manual"], [("manual", "stock")])


def test_refund_given_ends_the_shortage(store, order):
    decide(order, "refund")

    order.lines.update(refund_status="succeeded", paid=9, refunded=9)
    settle_all(store)

    assert (Shortage.objects.get().outcome, fresh(order).hold_kinds) == ("refunded", [])


def test_refund_agreed_keeps_the_line_from_shipping_when_stock_arrives(store, order, sku):
    decide(order, "refund")

    move_stock(store=store, sku_id=sku.pk, kind="receive", quantity=9, actor=None, at=NOON)
    settle_all(store)

    assert (on_shelf(sku), fresh(order).hold_kinds) == ((10, 0), ["manual"])


def test_buyer_who_changes_their_mind_waits_after_all(store, order, sku):
    decide(order, "refund")

    decide(order, "wait", expected_on=TODAY)

    assert (on_shelf(sku), fresh(order).hold_kinds) == ((1, 1), ["out_of_stock"])
    assert open_holds(order) == [("out_of_stock", "stock")]
    assert LineStock.objects.get().short == 1


def test_waiting_ends_when_stock_arrives(store, order, sku):
    shortage = decide(order, "wait", expected_on=TODAY + timedelta(days=3))
    waiting = (shortage.closed_at, shortage.expected_on, fresh(order).hold_kinds)

    count_stock(store=store, sku_id=sku.pk, counted=2, actor=None, at=NOON)
    settle_all(store)

    assert waiting == (None, date(2026, 6, 4), ["out_of_stock"])
    assert (Shortage.objects.get().outcome, fresh(order).hold_kinds, on_shelf(sku)) == ("restocked", [], (2, 2))


def test_offer_keeps_the_shortage_undecided(store, order):
    shortage = Shortage.objects.get()

    offer_solution(
        store=store, order_id=order.pk, shortage_id=shortage.pk, solution="wait", expected_on=TODAY, actor=None, at=NOON
    )

    shortage.refresh_from_db()
    assert (shortage.solution, shortage.decided_at, fresh(order).version) == ("wait", None, order.version + 1)


def test_offer_after_the_answer_is_refused(store, order):
    shortage = decide(order, "wait")

    with pytest.raises(ShortageError, match="has answered already: “Wait for stock”"):
        offer_solution(store=store, order_id=order.pk, shortage_id=shortage.pk, solution="refund", actor=None, at=NOON)


def test_answer_has_its_phone_numbers_masked(order):
    shortage = decide(order, "wait", answer="call 13812341234 first")

    assert "13812341234" not in shortage.answer
    assert "13812341234" not in str(order.events.latest("pk").after)


@pytest.mark.parametrize(
    ("solution", "values", "sentence"),
    [
        ("forget", {}, "Choose another product, a refund, or waiting for stock."),
        ("wait", {"answer": ""}, "Give a reason of 2 to 300 characters."),
        ("wait", {"expected_on": TODAY - timedelta(days=1)}, "Stock cannot be expected on a day that has passed."),
        ("refund", {"expected_on": TODAY}, "Only those who wait for stock need the day on which it is expected."),
    ],
)
def test_decision_that_will_not_do_is_refused(order, solution, values, sentence):
    with pytest.raises(OrderError) as refusal:
        decide(order, solution, **values)

    assert str(refusal.value) == sentence


def test_ended_shortage_is_not_decided_again(store, order):
    make_sku(store=store, code="B", on_hand=9)
    decide(order, "exchange", sku_code="B")

    with pytest.raises(ShortageError, match="has ended already: Exchanged"):
        decide(order, "wait")


def test_order_changed_in_between_is_a_conflict(order):
    with pytest.raises(VersionConflict):
        decide(order, "wait", version=order.version - 1)


def test_shortages_of_another_store_do_not_exist(order, other_store):
    with pytest.raises(Order.DoesNotExist):
        decide(order, "wait", store=other_store)


@pytest.mark.parametrize("kind", ["out_of_stock", "manual"])
def test_hold_of_a_shortage_is_not_released_by_hand(store, order, kind):
    if kind == "manual":
        decide(order, "refund")

    with pytest.raises(OrderError, match="settle the shortage with the buyer") as refusal:
        release_hold(store=store, order_id=order.pk, kind=kind, reason="never mind", actor=None, at=NOON)

    assert refusal.value.code == "hold"
    assert fresh(order).hold_kinds == [kind]


def test_accepting_with_a_reason_leaves_the_hold_of_a_shortage(store, order):
    Order.objects.filter(pk=order.pk).update(acceptance="unreviewed")

    accepted = accept_order(store=store, order_id=order.pk, release_reason="looks fine", actor=None, at=NOON)

    assert (accepted.acceptance, fresh(order).hold_kinds) == ("accepted", ["out_of_stock"])
    assert "hold_released" not in order.events.values_list("kind", flat=True)


def test_hold_by_hand_beside_a_shortage_is_released_alone(store, order):
    order.holds.create(store=store, kind="out_of_stock", reason="by hand", opened_at=NOON)

    release_hold(store=store, order_id=order.pk, kind="out_of_stock", reason="was wrong", actor=None, at=NOON)

    assert open_holds(order) == [("out_of_stock", "stock")]
    assert fresh(order).hold_kinds == ["out_of_stock"]
    assert not FulfilmentDue.objects.exists()


def test_line_to_be_refunded_that_somebody_held_before_is_not_released_by_hand(store, order, sku):
    line = order.lines.get()
    open_hold(
        store=store, order_id=order.pk, kind="manual", reason="ask first", line_id=line.pk, actor=None, at=NOON
    )  # fmt: skip
    decide(order, "refund")

    with pytest.raises(OrderError) as refused:
        release_hold(store=store, order_id=order.pk, kind="manual", reason="asked", actor=None, at=NOON)

    assert refused.value.code == "hold"
    assert open_holds(order) == [("manual", "stock")]
