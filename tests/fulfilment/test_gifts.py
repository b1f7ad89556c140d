"""Gift rules and the lines that they give."""

from datetime import timedelta
from decimal import Decimal

import pytest

from orders.fulfilment.models import FulfilmentDue, GiftGrant, GiftRule
from orders.fulfilment.queries.gifts import gift_names, orders_that_meet
from orders.fulfilment.services.gifts import (
    GiftError,
    GiftValues,
    delete_gift_rule,
    save_gift_rule,
    switch_gift_rule,
    unsaved_gift_rule,
)
from tests.factories import NOON, make_order
from tests.fulfilment.stocking import fresh, make_order_of, make_sku, on_shelf, settle_all

pytestmark = pytest.mark.django_db
YESTERDAY = NOON - timedelta(days=1)


@pytest.fixture
def gift(store):
    return make_sku(store=store, code="GIFT", spec="blue", on_hand=3)


def make_rule(store, gift, *, is_active=True, name="Buy one, get one", **values):
    values = {"name": name, "gift_id": gift.pk, "starts_at": YESTERDAY, **values}
    rule = save_gift_rule(store=store, values=GiftValues(**values), actor=None, at=NOON)
    if is_active:
        rule = switch_gift_rule(store=store, rule_id=rule.pk, is_active=True, actor=None, at=NOON)
    return rule


def gifts_of(order):
    return [(line.sku_code, line.quantity, line.is_closed) for line in order.lines.filter(is_gift=True)]


def test_order_that_meets_a_rule_gets_an_unbilled_line(store, gift):
    rule = make_rule(store, gift, quantity=2)
    order = make_order(store=store)

    settle_all(store)

    order, line = fresh(order), order.lines.get(is_gift=True)
    assert (line.key, line.price, line.paid, line.spec, line.position) == (f"gift:{rule.pk}", 0, 0, "blue", 2)
    assert (order.line_count, order.piece_count, order.gift_count, order.gross_paid) == (2, 3, 2, Decimal(100))
    assert (on_shelf(gift), gift_names(order)) == ((3, 2), {line.pk: "Buy one, get one"})
    assert [(event.kind, event.after["rule"]) for event in order.events.all()] == [("gift_added", "Buy one, get one")]
    rule.refresh_from_db()
    assert rule.given_count == 1


def test_gift_is_given_once(store, gift):
    make_rule(store, gift)
    order = make_order(store=store)
    settle_all(store)
    FulfilmentDue.objects.create(order=order, store=store, since=NOON)

    settle_all(store)

    assert (gifts_of(order), GiftGrant.objects.count()) == ([("GIFT", 1, False)], 1)


@pytest.mark.parametrize(
    ("rule", "is_given"),
    [
        ({"min_amount": Decimal(100)}, True),
        ({"min_amount": Decimal("100.01")}, False),
        ({"min_pieces": 2}, True),
        ({"min_pieces": 3}, False),
        ({"starts_at": NOON}, False),
        ({"ends_at": NOON - timedelta(hours=1)}, False),
        ({"ends_at": NOON}, True),
        ({"product_codes": ["P-A"]}, True),
        ({"product_codes": ["A", "P-A"], "min_pieces": 2}, False),
        ({"product_codes": ["P-B", "A"], "min_pieces": 2}, True),
        ({"product_codes": ["P-C"]}, False),
        ({"is_active": False}, False),
    ],
)
def test_rule_decides_who_gets_its_gift(store, gift, rule, is_given):
    make_sku(store=store, code="A")
    make_sku(store=store, code="B")
    made = make_rule(store, gift, **rule)
    order = make_order_of(store, "A", "B")
    would_get = orders_that_meet(store=store, rule=made).order_count

    settle_all(store)

    assert bool(gifts_of(order)) is is_given
    assert bool(would_get) is (is_given or not made.is_active)


def test_missing_gift_stock_is_a_shortage(store):
    gift = make_sku(store=store, code="GIFT", on_hand=0)
    make_rule(store, gift)
    order = make_order(store=store)

    settle_all(store)

    assert fresh(order).hold_kinds == ["out_of_stock"]
    assert order.shortages.get().line.is_gift


def test_gift_is_withdrawn_when_the_order_no_longer_meets_the_rule(store, gift):
    rule = make_rule(store, gift, min_amount=Decimal(80))
    order = make_order(store=store)
    settle_all(store)

    order.refunded = Decimal(30)
    order.save(update_fields=["refunded"])
    order.lines.filter(is_gift=False).update(refund_status="succeeded", paid=100, refunded=30)
    settle_all(store)

    order = fresh(order)
    rule.refresh_from_db()
    assert (gifts_of(order), on_shelf(gift), rule.given_count) == ([("GIFT", 1, True)], (3, 0), 0)
    assert (order.line_count, order.piece_count, order.gift_count) == (1, 1, 0)
    assert [event.kind for event in order.events.order_by("pk")] == ["gift_added", "gift_withdrawn"]


def test_gift_comes_back_when_the_order_meets_the_rule_again(store, gift):
    make_rule(store, gift, min_pieces=2)
    order = make_order_of(store, "A", quantity=2)
    settle_all(store)
    order.lines.filter(is_gift=False).update(is_closed=True)
    settle_all(store)
    assert gifts_of(order) == [("GIFT", 1, True)]

    order.lines.filter(is_gift=False).update(is_closed=False)
    settle_all(store)

    assert (gifts_of(order), on_shelf(gift), fresh(order).gift_count) == ([("GIFT", 1, False)], (3, 1), 1)


def test_switching_a_rule_off_takes_nothing_back(store, gift):
    rule = make_rule(store, gift)
    order = make_order(store=store)
    settle_all(store)

    switch_gift_rule(store=store, rule_id=rule.pk, is_active=False, actor=None, at=NOON)
    FulfilmentDue.objects.create(order=order, store=store, since=NOON)
    settle_all(store)

    assert gifts_of(order) == [("GIFT", 1, False)]


def test_limit_ends_the_giving(store, gift):
    rule = make_rule(store, gift, limit=1)
    orders = [make_order(store=store) for _ in range(3)]

    settle_all(store)

    rule.refresh_from_db()
    assert ([len(gifts_of(order)) for order in orders], rule.given_count) == ([1, 0, 0], 1)


def test_switching_a_rule_on_looks_at_open_orders(store, gift):
    order = make_order(store=store)
    settle_all(store)

    make_rule(store, gift)
    settle_all(store)

    assert gifts_of(order) == [("GIFT", 1, False)]


def test_rule_that_gave_is_not_deleted(store, gift):
    rule, other = make_rule(store, gift), make_rule(store, gift, name="Another", is_active=False)
    make_order(store=store)
    settle_all(store)

    with pytest.raises(GiftError, match="has given gifts already"):
        delete_gift_rule(store=store, rule_id=rule.pk)
    delete_gift_rule(store=store, rule_id=other.pk)

    assert list(GiftRule.objects.all()) == [rule]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"name": " "}, "Name the rule, in up to 60 characters."),
        ({"name": "Taken"}, "There is a gift rule “Taken” already."),
        ({"gift_id": 0}, "Choose the gift among the skus of this store."),
        ({"ends_at": YESTERDAY}, "The rule ends before it begins."),
        ({"quantity": 0}, "Pieces are 1 to 1000."),
        ({"min_amount": Decimal(-1)}, "An amount is 0 or more."),
        ({"limit": 0}, "The limit cannot be below the 1 orders that have the gift."),
    ],
)
def test_rule_that_will_not_do_is_refused(store, gift, values, sentence):
    make_rule(store, gift, name="Taken")

    with pytest.raises(GiftError) as refusal:
        make_rule(store, gift, **values)

    assert str(refusal.value) == sentence


def test_rules_and_gifts_of_another_store_are_unknown(store, other_store, gift):
    rule = make_rule(store, gift)

    with pytest.raises(GiftRule.DoesNotExist):
        switch_gift_rule(store=other_store, rule_id=rule.pk, is_active=False, actor=None, at=NOON)
    with pytest.raises(GiftError, match="among the skus of this store"):
        make_rule(other_store, gift)


def test_unsaved_rule_is_tried_without_being_kept(store, gift):
    make_order(store=store)
    values = GiftValues(name="Try", gift_id=gift.pk, starts_at=YESTERDAY)

    meeting = orders_that_meet(store=store, rule=unsaved_gift_rule(store=store, values=values, at=NOON))

    assert (meeting.order_count, len(meeting.orders), GiftRule.objects.count()) == (1, 1, 0)
