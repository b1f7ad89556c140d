from datetime import date, timedelta

import pytest

from orders.core.models import Order
from orders.core.services import agree_wish, bump, lock_order, open_hold, set_flag
from orders.core.statuses import Acceptance, OrderStatus
from orders.fulfilment.models import MergeCandidate, MergeRefusal, Waybill
from orders.fulfilment.queries.merges import (
    MergeCursorError,
    count_merge_groups,
    merge_groups,
    separate_warning,
)
from orders.fulfilment.services import (
    MergeError,
    WaybillError,
    assign_number,
    merge_orders,
    plan_waybill,
    refuse_merge,
    unmerge_waybill,
    withdraw_refusal,
)
from tests.factories import NOON, make_order, make_recipient, make_store, make_user

pytestmark = pytest.mark.django_db


def order_to(store, name="张三", **values):
    """Make an order that waits, as the stock engine would mark it."""
    order = make_order(store=store, **values)
    recipient = make_recipient(order=order, name=name)
    MergeCandidate.objects.create(order=order, store=store, recipient_key=recipient.recipient_key)
    return order


def key_of(order):
    return order.recipient.recipient_key


def reasons(group):
    return {member.order.number: [reason.key for reason in member.reasons] for member in group.members}


def test_merge_groups_are_open_orders_to_one_recipient_the_most_urgent_first(store):
    late = [order_to(store, "李四", ship_by=NOON + timedelta(hours=n)) for n in (30, 40)]
    soon = [order_to(store, "张三", ship_by=NOON + timedelta(hours=n)) for n in (9, 2, 50)]
    order_to(store, "王五")
    order_to(make_store(), "张三")

    page = merge_groups(store)

    assert [[m.order.pk for m in group.members] for group in page.groups] == [
        [soon[1].pk, soon[0].pk, soon[2].pk], [late[0].pk, late[1].pk],
    ]  # fmt: skip
    assert [(group.ship_by, group.saved) for group in page.groups] == [
        (NOON + timedelta(hours=2), 2), (NOON + timedelta(hours=30), 1),
    ]  # fmt: skip
    assert (page.next, count_merge_groups(store)) == ("", 2)


def test_merge_groups_page_by_page_are_each_there_once(store):
    for number in range(5):
        for _ in range(2):
            order_to(store, f"买家{number}", ship_by=NOON + timedelta(hours=number // 2))
    seen, after = [], ""

    while True:
        page = merge_groups(store, after=after, size=2)
        seen += [group.recipient_key for group in page.groups]
        after = page.next
        if not after:
            break

    assert len(seen) == len(set(seen)) == 5


@pytest.mark.parametrize("stretch", [1, 2, 3])
def test_merge_groups_are_found_along_a_queue_of_many_stretches(store, monkeypatch, stretch):
    monkeypatch.setattr("orders.fulfilment.queries.merges._STRETCH_SIZE", stretch)
    monkeypatch.setattr("orders.fulfilment.queries.merges._STRETCHES", 2)
    for number, name in enumerate(["a", "b", "c", "b", "d", "e", "c"]):
        order_to(store, name, ship_by=NOON + timedelta(hours=number))
    order_to(store, "f", ship_by=None)
    order_to(store, "f", ship_by=None)
    keys, pages, after = [], 0, ""

    while pages == 0 or after:
        page = merge_groups(store, after=after)
        keys += [[member.order.pk for member in group.members] for group in page.groups]
        after, pages = page.next, pages + 1

    first = Order.objects.earliest("pk").pk
    assert keys == [[first + 1, first + 3], [first + 2, first + 6], [first + 7, first + 8]]
    assert pages == 9 // (5 * stretch) + 1


@pytest.mark.parametrize("after", ["x", "bnVsbA", "WzEsIDJd", "WyJ4IiwgInkiXQ", "ä" * 9])
def test_merge_groups_refuse_a_cursor_that_is_not_theirs(store, after):
    with pytest.raises(MergeCursorError):
        merge_groups(store, after=after)


def test_a_card_names_what_keeps_an_order_out_and_what_speaks_against_it(store):
    plain = order_to(store, ship_by=NOON)
    held = order_to(store, acceptance=Acceptance.UNREVIEWED)
    open_hold(store=store, order_id=held.pk, kind="manual", reason="wait", actor=None, at=NOON)
    risky = order_to(store, print_count=1, presale_ship_at=NOON, appointed_date=date(2026, 6, 5), buyer=plain.buyer)
    set_flag(store=store, order_id=risky.pk, flag=1, actor=None, at=NOON)
    numbered = order_to(store)
    waybill = plan_waybill(store=store, order_ids=[numbered.pk], courier="SF", actor=None, at=NOON)
    assign_number(store=store, waybill_id=waybill.pk, number="SF1234567890123", actor=None, at=NOON)

    group = merge_groups(store).groups[0]

    assert reasons(group) == {
        plain.number: [], held.number: ["manual", "unreviewed"],
        risky.number: ["flag", "printed", "presale", "appointed"], numbered.number: ["numbered"],
    }  # fmt: skip
    assert [member.is_blocked for member in group.members] == [False, True, False, True]
    assert [reason.key for reason in group.reasons] == ["buyer"]
    assert group.saved == 1


def test_a_card_says_that_another_courier_was_agreed_for_one(store):
    orders = [order_to(store) for _ in range(2)]
    locked = lock_order(store=store, order_id=orders[0].pk)
    agree_wish(locked, kind="courier", text="顺丰", data={"courier": "SF"}, actor=None, at=NOON)
    bump(locked, NOON, "wish_kinds")

    group = merge_groups(store).groups[0]

    assert [(r.key, r.text) for r in group.reasons if r.key == "courier"] == [
        ("courier", "another courier was agreed for some: 顺丰速运")
    ]


@pytest.mark.parametrize("count", [1, 3])
def test_merge_groups_take_the_same_statements_for_one_and_three(store, count, django_assert_num_queries):
    for number in range(count):
        for _ in range(2):
            order_to(store, f"买家{number}")

    with django_assert_num_queries(4):
        assert len(merge_groups(store).groups) == count


def test_merge_orders_makes_one_parcel_and_gives_up_their_own_drafts(store):
    li = make_user("li", store=store)
    orders = [order_to(store, ship_by=NOON + timedelta(hours=n)) for n in (5, 2)]
    draft = plan_waybill(store=store, order_ids=[orders[0].pk], courier="SF", actor=li, at=NOON)

    waybill = merge_orders(store=store, order_ids=[o.pk for o in orders], courier="SF", actor=li, at=NOON)

    draft.refresh_from_db()
    assert (draft.state, waybill.order_count, waybill.ship_by) == ("void", 2, NOON + timedelta(hours=2))
    assert waybill.recipient_key == key_of(orders[0])
    assert merge_groups(store).groups == []
    assert orders[1].events.get().kind == "merged"


def test_a_merged_parcel_splits_back_and_is_suggested_again(store):
    orders = [order_to(store) for _ in range(2)]
    waybill = merge_orders(store=store, order_ids=[o.pk for o in orders], actor=None, at=NOON)

    parcels = unmerge_waybill(store=store, waybill_id=waybill.pk, actor=None, at=NOON)

    assert [parcel.order_count for parcel in parcels] == [1, 1]
    assert count_merge_groups(store) == 1


def test_merge_orders_names_the_order_that_is_held_and_changes_nothing(store):
    orders = [order_to(store) for _ in range(2)]
    open_hold(store=store, order_id=orders[1].pk, kind="manual", reason="wait", actor=None, at=NOON)

    with pytest.raises(WaybillError, match=f"{orders[1].number} is held: Held by hand"):
        merge_orders(store=store, order_ids=[o.pk for o in orders], actor=None, at=NOON)

    assert not Waybill.objects.exists()


def test_merge_orders_refuses_another_recipient_one_order_and_another_store(store):
    first, second = order_to(store, "张三"), order_to(store, "李四")

    with pytest.raises(WaybillError, match="does not go to the same recipient"):
        merge_orders(store=store, order_ids=[first.pk, second.pk], actor=None, at=NOON)
    with pytest.raises(MergeError, match="at least two"):
        merge_orders(store=store, order_ids=[first.pk, first.pk], actor=None, at=NOON)
    with pytest.raises(Order.DoesNotExist):
        merge_orders(store=make_store(), order_ids=[first.pk, second.pk], actor=None, at=NOON)


def test_refused_orders_come_back_with_a_third_one_and_by_undo(store):
    orders = [order_to(store) for _ in range(2)]
    values = {"store": store, "recipient_key": key_of(orders[0]), "order_ids": [o.pk for o in orders]}

    refusal = refuse_merge(**values, never=False, actor=None, at=NOON)
    again = refuse_merge(**values, never=False, actor=None, at=NOON)
    after_refusal = count_merge_groups(store)
    withdraw_refusal(store=store, refusal_id=refusal.pk)
    after_undo = count_merge_groups(store)
    refuse_merge(**values, never=False, actor=None, at=NOON)
    order_to(store)

    assert refusal == again
    assert (after_refusal, after_undo, count_merge_groups(store)) == (0, 1, 1)


def test_never_for_this_recipient_outlives_new_orders(store):
    orders = [order_to(store) for _ in range(2)]

    refuse_merge(
        store=store, recipient_key=key_of(orders[0]), order_ids=[o.pk for o in orders], never=True, actor=None, at=NOON
    )
    order_to(store)

    assert (count_merge_groups(store), MergeRefusal.objects.get().order_ids) == (0, [])


def test_refuse_merge_refuses_orders_of_somebody_else(store, other_store):
    first, second = order_to(store), order_to(store, "李四")

    for shop, ids in ((store, [first.pk, second.pk]), (other_store, [first.pk]), (store, [])):
        with pytest.raises(MergeError, match="do not go to one recipient"):
            refuse_merge(store=shop, recipient_key=key_of(first), order_ids=ids, never=True, actor=None, at=NOON)
    refusal = MergeRefusal.objects.create(store=store, recipient_key="k", refused_at=NOON)
    with pytest.raises(MergeRefusal.DoesNotExist):
        withdraw_refusal(store=other_store, refusal_id=refusal.pk)


def test_separate_warning_counts_the_orders_that_could_share_a_parcel(store):
    three = [order_to(store) for _ in range(3)]
    alone = order_to(store, "李四")

    said = separate_warning(store, [three[0].pk, alone.pk])
    nothing = separate_warning(store, [alone.pk])
    merge_orders(store=store, order_ids=[order.pk for order in three], actor=None, at=NOON)

    assert said == "Not merged: 3 orders to the same recipient are printed separately."
    assert (nothing, separate_warning(store, [three[0].pk])) == ("", "")


def test_orders_that_left_are_no_suggestion(store):
    order_to(store)
    order_to(store, status=OrderStatus.SHIPPED)

    assert merge_groups(store).groups == []
