"""Memo, flag and closing leave once each, as they are when they leave."""

import pytest

from orders.core.models import OutboxMessage
from orders.core.services import close_order, reopen_unpaid, withdraw_remark
from orders.platforms.services import sending as sending_module
from orders.platforms.services.deliveries import close_reason
from tests.platforms.acting import TID, flag, make_known, remark, send, send_all, states
from tests.platforms.stand_in import (
    BAN,
    BROKEN,
    GARBAGE,
    LOST_ANSWER,
    LOST_REQUEST,
    MEMO,
    OVERLOADED,
    READ,
)


@pytest.mark.parametrize("fault", [LOST_ANSWER, LOST_REQUEST, BROKEN, GARBAGE, OVERLOADED, BAN])
def test_memo_and_flag_leave_once_through_every_fault(store, shop, clock, order, fault):
    remark(order, clock)
    flag(order, clock)
    shop.faults = [(MEMO, fault), (READ, fault), (MEMO, fault)]

    send_all(store, clock)

    assert shop.carried_out("memo") == [(TID, "改为发顺丰", 3)]
    assert states() == [("memo", "kept", "replaced"), ("flag", "sent", "")]


def test_what_is_written_there_meanwhile_stays_in_the_memo(store, shop, clock, order):
    remark(order, clock, "改为发顺丰")
    shop.change(TID, seller_memo="买家是老客户")

    send(store, clock)

    assert shop.trades[TID]["seller_memo"] == "改为发顺丰\n买家是老客户"


def test_remark_taken_back_leaves_the_memo(store, shop, clock, order, agent):
    kept = remark(order, clock, "一", agent)
    clock.on(seconds=30)
    gone = remark(order, clock, "二", agent)
    send(store, clock)
    before = shop.trades[TID]["seller_memo"]
    withdraw_remark(store=store, order_id=order.pk, remark_id=gone.pk, actor=agent, at=clock())
    send(store, clock)
    middle = shop.trades[TID]["seller_memo"]
    withdraw_remark(store=store, order_id=order.pk, remark_id=kept.pk, actor=agent, at=clock())
    send(store, clock)

    assert (before, middle, shop.trades[TID]["seller_memo"]) == ("二\n一", "一", None)


def test_memo_keeps_the_flag_that_was_chosen_there(store, shop, clock, order):
    shop.change(TID, seller_flag=4)
    remark(order, clock)

    send(store, clock)

    assert shop.carried_out("memo") == [(TID, "改为发顺丰", 4)]


def test_flag_that_was_sent_before_does_not_undo_a_newer_one_there(store, shop, clock, order):
    flag(order, clock, 3)
    send(store, clock)
    shop.change(TID, seller_flag=5)
    remark(order, clock)

    send(store, clock)

    assert shop.carried_out("memo")[-1] == (TID, "改为发顺丰", 5)


def test_long_memos_are_cut_at_a_character_and_keep_the_newest(store, shop, clock, order):
    for place in range(9):
        clock.on(seconds=1)
        remark(order, clock, f"{place}{'长' * 60}")

    send(store, clock)

    memo = shop.trades[TID]["seller_memo"]
    assert memo.startswith("8长")
    assert 997 <= len(memo.encode()) <= 1000


def test_phone_in_a_remark_reaches_the_platform_and_not_our_tables(store, shop, clock, order):
    remark(order, clock, "先打 13812341234")

    send(store, clock)

    assert shop.trades[TID]["seller_memo"] == "先打 13812341234"
    assert "13812341234" not in str(OutboxMessage.objects.get().payload)


def test_closing_waits_until_it_cannot_be_undone(store, shop, clock, connection, agent):
    order = make_known(store, shop, clock, TID, status="WAIT_BUYER_PAY")
    close_order(store=store, order_id=order.pk, reason="缺货了", actor=agent, at=clock())

    early = send(store, clock)
    clock.on(minutes=16)
    send(store, clock)

    assert early == {}
    assert (shop.carried_out("close"), shop.trades[TID]["status"]) == ([(TID, "缺货")], "TRADE_CLOSED_BY_TAOBAO")


def test_closing_that_was_undone_is_never_sent(store, shop, clock, connection, agent):
    order = make_known(store, shop, clock, TID, status="WAIT_BUYER_PAY")
    close_order(store=store, order_id=order.pk, reason="缺货了", actor=agent, at=clock())
    reopen_unpaid(store=store, order_id=order.pk, actor=agent, at=clock())
    clock.on(minutes=16)

    send(store, clock)

    assert (shop.carried_out("close"), states()) == ([], [("close", "kept", "reopened")])


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("缺货，补不到", "缺货"),
        ("超时未付款", "未及时付款"),
        ("买家拍错了颜色", "买家拍错了"),
        ("买家地址写错", "买家信息填写错误，重新拍"),
        ("buyer changed her mind", "买家不想买了"),
    ],
)
def test_reason_becomes_one_of_the_platforms(ours, theirs):
    assert close_reason(ours) == theirs


def test_newer_state_waits_for_the_older_on_its_way(store, shop, clock, order):
    remark(order, clock, "一")
    claim = sending_module.claim_next(store=store, now=clock())
    remark(order, clock, "二")

    assert claim.message.kind == "memo"
    assert sending_module.claim_next(store=store, now=clock()) is None
