from datetime import timedelta
from decimal import Decimal

import pytest

from backoffice.common.access import Role
from orders.core.models import Order
from orders.core.services import open_hold
from orders.intake.formats import PROVINCES as IMPORTED_PROVINCES
from orders.notes.models import BuyerNote
from orders.notes.services import record_note
from orders.rules.conditions import (
    FIELDS,
    PAYMENT_METHODS,
    ConditionError,
    clean_condition,
    condition_text,
    parse_condition,
)
from orders.rules.provinces import PROVINCES
from tests.factories import NOON, make_buyer, make_line, make_order, make_user
from tests.rules.making import condition, facts_of, waiting

pytestmark = pytest.mark.django_db


def fits(order, field, op, value, *, at=NOON) -> bool:
    return parse_condition(condition(field, op, value)).fits(facts_of(order, at=at))


# Each field, at its edges

ORDER_CASES = [
    # values of the order, field, op, value, whether it fits
    ({"paid": Decimal("500.00")}, "amount", "at_least", "500", True),
    ({"paid": Decimal("499.99")}, "amount", "at_least", "500", False),
    ({"paid": Decimal("500.00")}, "amount", "at_most", "500.00", True),
    ({"paid": Decimal("500.01")}, "amount", "at_most", "500.00", False),
    ({"paid": Decimal("0.00")}, "amount", "at_most", "0", True),
    ({"piece_count": 3}, "pieces", "at_least", "3", True),
    ({"piece_count": 2}, "pieces", "at_least", 3, False),
    ({"piece_count": 3}, "pieces", "at_most", 3, True),
    ({"piece_count": 4}, "pieces", "at_most", 3, False),
    ({"province": "新疆"}, "province", "any_of", ["新疆", "西藏"], True),
    ({"province": "广东"}, "province", "any_of", ["新疆", "西藏"], False),
    ({"province": "广东"}, "province", "none_of", ["新疆", "西藏"], True),
    ({"province": "西藏"}, "province", "none_of", ["新疆", "西藏"], False),
    ({"province": ""}, "province", "any_of", ["新疆"], False),
    ({"province": ""}, "province", "none_of", ["新疆"], False),  # not known fits nothing
    ({"payment_method": "alipay"}, "payment", "any_of", ["alipay", "wechat"], True),
    ({"payment_method": "cod"}, "payment", "any_of", ["alipay"], False),
    ({"payment_method": "cod"}, "payment", "none_of", ["alipay"], True),
    ({"payment_method": ""}, "payment", "none_of", ["alipay"], False),
    ({"flag": 1}, "flag", "any_of", ["1", "2"], True),
    ({"flag": 0}, "flag", "any_of", ["1", "2"], False),
    ({"flag": 0}, "flag", "any_of", ["0"], True),
    ({"flag": 0}, "flag", "none_of", ["1"], True),
    ({"flag": 1}, "flag", "none_of", ["1"], False),
    ({}, "note", "is", "no", True),
    ({}, "note", "is", "yes", False),
    ({}, "note_types", "any_of", ["gift"], False),
    ({}, "note_types", "none_of", ["gift"], True),
    ({}, "stock", "is", "enough", True),
    ({}, "stock", "is", "short", False),
    ({}, "buyer_refunds", "at_most", "0", True),
    ({}, "buyer_refunds", "at_least", "1", False),
    ({}, "discount", "below", "100", False),  # the list price is not known
    ({}, "discount", "at_least", "0", False),
]


@pytest.mark.parametrize(("values", "field", "op", "value", "expected"), ORDER_CASES)
def test_condition_fits_at_its_edges(store, values, field, op, value, expected):
    order = waiting(store, **values)

    assert fits(order, field, op, value) is expected


@pytest.mark.parametrize(
    ("field", "op", "words", "expected"),
    [
        ("title", "contains_any", ["连衣裙"], True),
        ("title", "contains_any", ["LED"], True),  # whatever its case
        ("title", "contains_any", ["衬衫", "台灯"], True),
        ("title", "contains_any", ["衬衫"], False),
        ("title", "contains_none", ["衬衫"], True),
        ("title", "contains_none", ["衬衫", "台灯"], False),
        ("code", "any_of", ["a-01"], True),
        ("code", "any_of", ["A-0"], False),  # whole codes only
        ("code", "none_of", ["A-0"], True),
        ("code", "none_of", ["A-01", "B"], False),
    ],
)
def test_product_condition_looks_at_every_line(store, field, op, words, expected):
    order = waiting(store, lines=0)
    make_line(order=order, position=1, title="真丝连衣裙")
    make_line(order=order, position=2, title="Led 台灯", sku_code="A-01")

    assert fits(order, field, op, words) is expected


@pytest.mark.parametrize(
    ("types", "op", "value", "expected"),
    [
        (["gift", "invoice"], "any_of", ["invoice"], True),
        (["gift"], "any_of", ["invoice"], False),
        (["gift"], "none_of", ["invoice"], True),
        (["gift", "invoice"], "none_of", ["invoice"], False),
    ],
)
def test_note_condition_sees_its_types(store, types, op, value, expected):
    order = waiting(store)
    record_note(order=order, text="开发票", at=NOON)
    BuyerNote.objects.filter(order=order).update(types=types, recognised_at=NOON)

    assert fits(order, "note", "is", "yes")
    assert fits(order, "note_types", op, value) is expected


def test_stock_is_short_while_its_hold_is_open(store, agent):
    order = waiting(store)
    open_hold(store=store, order_id=order.pk, kind="out_of_stock", reason="缺货", actor=agent, at=NOON)

    assert fits(order, "stock", "is", "short")
    assert not fits(order, "stock", "is", "enough")


@pytest.mark.parametrize(
    ("days", "values", "expected"),
    [
        (1, {"refund_status": "succeeded"}, 1),
        (180, {"refund_status": "open"}, 1),
        (181, {"refund_status": "succeeded"}, 0),
        (1, {"refunded": Decimal(5)}, 1),
        (1, {"refund_status": "closed"}, 0),
        (1, {}, 0),
    ],
)
def test_buyer_refunds_count_other_orders_of_half_a_year(store, days, values, expected):
    buyer = make_buyer(store=store)
    make_order(store=store, buyer=buyer, placed_at=NOON - timedelta(days=days), **values)
    make_order(store=store, refund_status="succeeded")
    order = waiting(store, buyer=buyer, refund_status="succeeded", refunded=Decimal(1))

    assert facts_of(order).buyer_refunds == expected


def test_unknown_buyer_fits_no_number_of_refunds(store):
    order = waiting(store)
    Order.objects.filter(pk=order.pk).update(buyer=None)

    assert not fits(order, "buyer_refunds", "at_most", 0)
    assert not fits(order, "buyer_refunds", "at_least", 0)


@pytest.mark.parametrize(
    ("bounds", "clock", "expected"),
    [
        (["09:00", "18:00"], "08:59", False),
        (["09:00", "18:00"], "09:00", True),
        (["09:00", "18:00"], "17:59", True),
        (["09:00", "18:00"], "18:00", False),
        (["22:00", "08:00"], "21:59", False),  # past midnight
        (["22:00", "08:00"], "22:00", True),
        (["22:00", "08:00"], "00:00", True),
        (["22:00", "08:00"], "07:59", True),
        (["22:00", "08:00"], "08:00", False),
    ],
)
def test_time_of_day_is_half_open_and_may_wrap(store, bounds, clock, expected):
    hour, minute = map(int, clock.split(":"))
    at = NOON + timedelta(hours=hour - 12, minutes=minute)

    assert fits(waiting(store), "time_of_day", "between", bounds, at=at) is expected


@pytest.mark.parametrize(
    ("minutes", "role", "expected"),
    [(1, Role.AGENT, 1), (16, Role.AGENT, 0), (1, Role.FINANCE, 0), (None, Role.AGENT, 0)],
)
def test_staff_at_work_are_those_who_may_work_and_were_seen(store, other_store, minutes, role, expected):
    seen_at = None if minutes is None else NOON - timedelta(minutes=minutes)
    for shop in (store, other_store):
        member = make_user(store=shop, roles=(role,)).memberships.get()
        member.seen_at = seen_at
        member.save(update_fields=["seen_at"])
    order = waiting(store)

    assert facts_of(order).staff == expected
    assert fits(order, "staff_at_work", "at_least", expected)
    assert fits(order, "staff_at_work", "at_most", expected)
    assert not fits(order, "staff_at_work", "at_least", expected + 1)


@pytest.mark.parametrize(
    ("price", "op", "percent", "expected"),
    [
        (Decimal(200), "below", 50, False),  # 100 of 200 is 50 %
        (Decimal("200.01"), "below", 50, True),
        (Decimal(200), "at_least", 50, True),
        (Decimal("200.01"), "at_least", 50, False),
        (None, "below", 100, False),
    ],
)
def test_discount_compares_goods_with_their_list_price(store, price, op, percent, expected):
    order = waiting(store, lines=0, paid=Decimal(110), postage=Decimal(10))
    make_line(order=order, price=price)

    assert fits(order, "discount", op, percent) is expected


# Garbage

GARBAGE = [
    None,
    "amount",
    [],
    {},
    {"field": "nothing", "op": "at_least", "value": 1},
    {"field": ["amount"], "op": "at_least", "value": 1},
    {"field": "amount", "op": "any_of", "value": "1"},
    {"field": "amount", "op": ["at_least"], "value": "1"},
    {"field": "amount", "op": "at_least"},
    *[
        {"field": "amount", "op": "at_least", "value": value}
        for value in ("", "x", "-1", "NaN", "Infinity", "1.005", "1e99", "99999999", None, [], {}, "1" * 400)
    ],
    *[
        {"field": "pieces", "op": "at_least", "value": value}
        for value in ("", "1.5", "-1", "10000", "9" * 5000, "²", "١", None, [1], True)
    ],
    *[
        {"field": "title", "op": "contains_any", "value": value}
        for value in ("", [], [""], [1], "x", ["x" * 61], ["x"] * 31)
    ],
    *[{"field": "province", "op": "any_of", "value": value} for value in ([], ["Mars"], "广东", None, [["广东"]])],
    *[{"field": "stock", "op": "is", "value": value} for value in ("", "many", None, [], {})],
    *[
        {"field": "time_of_day", "op": "between", "value": value}
        for value in (["09:00"], ["09:00", "09:00"], ["24:00", "01:00"], ["9", "10"], ["", ""], "09:00", ["a:b", "c:d"])
    ],
    *[{"field": "discount", "op": "below", "value": value} for value in ("101", "-1", "50%")],
]  # fmt: skip


@pytest.mark.parametrize("stored", GARBAGE, ids=lambda stored: str(stored)[:60])
def test_garbage_is_refused_with_a_sentence(stored):
    with pytest.raises(ConditionError) as refusal:
        clean_condition(stored)

    assert str(refusal.value).endswith(".")
    assert condition_text(stored) == str(refusal.value)


@pytest.mark.parametrize(
    ("stored", "kept", "text"),
    [
        (condition("amount", "at_least", " 500 "), "500.00", "Paid amount at least ¥500.00"),
        (condition("pieces", "at_most", "03"), 3, "Pieces at most 3"),
        (condition("title", "contains_any", ["裙 ", "", "裙"]), ["裙"], "Product title contains one of 裙"),
        (condition("note", "is", "no"), "no", "Buyer note is not there"),
        (condition("note_types", "any_of", ["gift"]), ["gift"], "Type of the note one of Gift"),
        (
            condition("time_of_day", "between", ["9:05", "18:00:00"]),
            ["09:05", "18:00"],
            "Time of day between 09:05 and 18:00",
        ),
        (condition("discount", "below", "30"), 30, "Paid share of the list price below 30 %"),
        (condition("flag", "none_of", ["1"]), ["1"], "Flag none of Red"),
    ],
)  # fmt: skip
def test_condition_is_kept_clean_and_says_itself(stored, kept, text):
    cleaned = clean_condition({**stored, "more": "left out"})

    assert cleaned == {**stored, "value": kept}
    assert clean_condition(cleaned) == cleaned
    assert condition_text(cleaned) == text


def test_lists_of_the_registry_are_those_of_the_orders():
    from orders.desk.queues import PAYMENT_METHODS as SHOWN_METHODS

    assert set(PROVINCES) == set(IMPORTED_PROVINCES)
    assert set(PAYMENT_METHODS) == set(SHOWN_METHODS)
    assert len(FIELDS) == 14
