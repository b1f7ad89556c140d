"""Orders come in by increment, and end as they are on the platform."""

from datetime import timedelta
from decimal import Decimal

import pytest

from backoffice.common.models import Job
from backoffice.common.sealing import unseal_json
from orders.core.models import Order
from orders.core.recipients import recipient_context
from orders.core.services import add_remark, set_flag
from orders.intake.formats import status_of
from orders.intake.models import QuarantinedRow
from orders.platforms.models import PlatformConnection
from orders.platforms.services import merging, send_due, take_changes, taking
from orders.platforms.tasks import create_due_pulls
from orders.platforms.top.rows import STATUS_TEXTS
from tests.factories import NOON
from tests.platforms.stand_in import BAN, BROKEN, INCREMENTS, LOST_ANSWER, READ

TID = "3552600000000001"
pytestmark = pytest.mark.usefixtures("connection")


def numbers(count, start=0):
    return [str(3552600000000000 + 100 * (start + place)) for place in range(1, count + 1)]


def theirs(shop):
    """Return what the platform knows of its trades."""
    return {
        tid: {
            "status": status_of(trade["status"]).status, "paid": Decimal(trade["payment"]),
            "flag": trade["seller_flag"], "total": Decimal(trade["total_fee"]),
            "note": bool(trade.get("buyer_message")),
            "lines": [
                (str(order["oid"]), STATUS_TEXTS[order["status"]], order["num"], order["title"])
                for order in shop.orders(tid)
            ],
            "parcels": sorted({order["invoice_no"] for order in shop.orders(tid) if order.get("invoice_no")}),
        }
        for tid, trade in shop.trades.items()
    }  # fmt: skip


def ours(store):
    return {
        order.number: {
            "status": order.status, "paid": order.paid, "flag": order.flag, "total": order.total,
            "note": order.note_state != "",
            "lines": [
                (line.key, line.platform_status, line.quantity, line.title.text)
                for line in order.lines.select_related("title").order_by("position")
            ],
            "parcels": sorted(order.shipments.values_list("tracking_number", flat=True)),
        }
        for order in Order.objects.for_store(store)
    }  # fmt: skip


def pull(store, clock):
    return take_changes(store=store, clock=clock)


def test_new_orders_come_in_as_they_are(store, shop, clock):
    shop.add(TID, lines=2, buyer_message="请周末送货", seller_memo="老客户", seller_flag=2)
    clock.on(minutes=1)

    taken = pull(store, clock)

    order = Order.objects.get(number=TID)
    assert ours(store) == theirs(shop)
    assert (taken.windows, taken.changed, taken.read, taken.trouble) == (1, 1, 1, "")
    assert (order.province, order.city, order.district) == ("浙江", "杭州市", "西湖区")
    assert (order.latest_remark, order.payable, order.postage) == ("老客户", Decimal("180.00"), Decimal("8.00"))
    assert PlatformConnection.objects.get().pulled_until == clock()


def test_receiver_is_sealed_as_the_platform_masks_it(store, shop, clock, caplog):
    shop.add(TID)

    pull(store, clock)

    recipient = Order.objects.get(number=TID).recipient
    clear = unseal_json(recipient.sealed, context=recipient_context(store.pk, TID))
    assert (clear["name"], clear["mobile"], clear["oaid"]) == ("张*", "*******1234", f"oaid-{TID}")
    assert (recipient.recipient_key, recipient.phone_index) == ("", None)
    assert "oaid-" not in caplog.text


def test_same_masked_receiver_makes_no_two_orders_one_buyers(store, shop, clock):
    for tid in numbers(2):
        shop.add(tid)

    pull(store, clock)

    assert {order.recipient.recipient_key for order in Order.objects.for_store(store)} == {""}


def test_repeats_change_nothing_and_are_not_read_again(store, shop, clock):
    for tid in numbers(3):
        shop.add(tid)
    clock.on(seconds=5)
    pull(store, clock)
    clock.on(minutes=2)
    pull(store, clock)
    versions = dict(Order.objects.values_list("number", "version"))
    clock.on(minutes=1)
    reads = shop.calls[READ]

    taken = pull(store, clock)

    assert (taken.changed, taken.read, shop.calls[READ] - reads) == (3, 0, 0)
    assert dict(Order.objects.values_list("number", "version")) == versions


def test_three_days_without_a_pull_are_caught_up_window_by_window(store, shop, clock):
    pull(store, clock)
    for day in range(3):
        for tid in numbers(60, start=100 * day):
            shop.add(tid, lines=1 + day)
        clock.on(days=1)

    taken = pull(store, clock)

    assert (taken.windows, taken.changed) == (4, 180)
    assert ours(store) == theirs(shop)


def test_failed_window_is_read_again_and_the_mark_waits(store, shop, clock):
    for tid in numbers(10):
        shop.add(tid)
    clock.on(minutes=1)
    shop.faults = [(READ, "")] * 4 + [(READ, BROKEN)]

    broken = pull(store, clock)
    mark = PlatformConnection.objects.get().pulled_until
    clock.on(minutes=1)
    again = pull(store, clock)

    assert (broken.trouble != "", broken.read, mark) == (True, 4, NOON - timedelta(hours=1))
    assert ours(store) == theirs(shop)
    assert again.read == 6
    assert PlatformConnection.objects.get().last_error == ""


def test_rate_limit_stops_the_pull_until_it_is_over(store, shop, clock):
    shop.add(TID)
    shop.faults = [(READ, BAN)]

    pull(store, clock)
    calls = sum(shop.calls.values())
    pull(store, clock)

    assert sum(shop.calls.values()) == calls
    assert (create_due_pulls(clock()), Job.objects.count()) == (0, 0)
    clock.on(seconds=91)
    pull(store, clock)
    assert ours(store) == theirs(shop)


def test_trades_that_move_between_pages_are_not_missed(store, shop, clock):
    for tid in numbers(160):
        shop.add(tid)
        clock.on(seconds=1)
    clock.on(minutes=1)
    moved = iter(numbers(160)[::7])

    def move(shop):
        shop.now += timedelta(seconds=2)
        for _ in range(3):
            shop.change(next(moved), status="TRADE_FINISHED", end_time=None, lines={"status": "TRADE_FINISHED"})

    shop.on_page = move
    pull(store, clock)
    shop.on_page = None
    clock.on(minutes=1)
    pull(store, clock)

    assert len(shop.trades) == 160
    assert ours(store) == theirs(shop)


def test_changes_that_show_late_are_caught_by_the_overlap(store, shop, clock):
    shop.add(TID)
    pull(store, clock)
    clock.on(minutes=1)
    shop.change(TID, shown_after=timedelta(minutes=3), status="TRADE_CLOSED", lines={"status": "TRADE_CLOSED"})
    for _ in range(4):
        clock.on(minutes=1)
        pull(store, clock)

    assert ours(store) == theirs(shop)


def test_older_state_that_arrives_last_changes_nothing(store, shop, clock, monkeypatch):
    """Two workers read the same trade; the one that read first writes last."""
    shop.add(TID, status="WAIT_BUYER_PAY")
    late = []
    with monkeypatch.context() as patch:
        patch.setattr(taking, "merge_trade", lambda **values: late.append(values) or merging.Counter())
        pull(store, clock)
    shop.change(TID, status="WAIT_SELLER_SEND_GOODS", pay_time="2026-06-01 12:00:00",
                lines={"status": "WAIT_SELLER_SEND_GOODS"})  # fmt: skip
    clock.on(seconds=1)  # the same second on the platform
    PlatformConnection.objects.update(pulled_until=NOON - timedelta(hours=1))
    pull(store, clock)

    merging.merge_trade(**late[0])

    assert ours(store) == theirs(shop)


@pytest.mark.parametrize("pick", ["list", "single"])
def test_lists_may_be_absent_or_a_single_object(store, shop, clock, pick):
    shop.pick = pick
    pull(store, clock)
    shop.add(TID)
    del shop.trades[TID]["tid_str"]
    clock.on(minutes=1)

    pull(store, clock)

    assert ours(store) == theirs(shop)


def test_unknown_status_waits_in_quarantine_once(store, shop, clock):
    shop.add(TID, status="TRADE_ON_THE_MOON", lines=1)
    other = str(int(TID) + 100)
    shop.add(other)

    for _ in range(3):
        pull(store, clock)
        clock.on(minutes=1)

    rows = QuarantinedRow.objects.for_store(store).open()
    assert [row.column for row in rows.order_by("pk")] == ["订单状态", "订单状态"]
    assert set(ours(store)) == {other}


def test_fields_that_the_platform_added_are_remembered(store, shop, clock):
    shop.add(TID)
    shop.change(TID, lines={"new": "value"})

    pull(store, clock)

    assert PlatformConnection.objects.get().unknown_fields == ["orders.new"]


def test_what_staff_decided_since_is_kept(store, shop, clock, agent):
    shop.add(TID, seller_flag=1)
    pull(store, clock)
    clock.on(seconds=30)
    order = Order.objects.get(number=TID)
    set_flag(store=store, order_id=order.pk, flag=3, actor=agent, at=clock())
    add_remark(store=store, order_id=order.pk, text="改为发顺丰", actor=agent, at=clock())
    clock.on(seconds=30)
    shop.change(TID, status="TRADE_CLOSED", lines={"status": "TRADE_CLOSED"})
    pull(store, clock)
    order.refresh_from_db()

    assert (order.flag, order.status) == (3, "closed")


def test_our_own_memo_does_not_come_back_as_a_remark(store, shop, clock, agent):
    shop.add(TID, seller_memo="老客户")
    pull(store, clock)
    order = Order.objects.get(number=TID)
    clock.on(minutes=1)
    add_remark(store=store, order_id=order.pk, text="改为发顺丰", actor=agent, at=clock())
    send_due(store=store, clock=clock)
    clock.on(minutes=1)
    pull(store, clock)

    assert shop.trades[TID]["seller_memo"] == "改为发顺丰\n老客户"
    assert sorted(order.remarks.values_list("text", flat=True)) == sorted(["改为发顺丰", "老客户"])


def test_lost_answer_to_the_increments_loses_nothing(store, shop, clock):
    shop.add(TID)
    shop.faults = [(INCREMENTS, LOST_ANSWER)]
    pull(store, clock)
    clock.on(minutes=1)

    pull(store, clock)

    assert ours(store) == theirs(shop)


def test_ticker_asks_each_minute_and_never_twice_at_once(store, shop, clock):
    first, second = create_due_pulls(clock()), create_due_pulls(clock())

    assert (first, second, Job.objects.filter(kind="pull").count()) == (1, 0, 1)


def test_pulls_that_find_nothing_share_one_job(store, shop, clock):
    for minute in range(4):
        if minute == 2:
            shop.add(TID)
        clock.on(minutes=1)
        create_due_pulls(clock())
        job = Job.objects.latest("pk")
        taken = take_changes(store=store, clock=clock, job=job)
        Job.objects.filter(pk=job.pk).update(state="done", result=taken.as_dict())

    assert [job.result["read"] for job in Job.objects.order_by("pk")] == [1, 0]


def test_connection_that_is_off_takes_nothing(store, shop, clock):
    PlatformConnection.objects.update(is_active=False)

    pull(store, clock)

    assert (create_due_pulls(clock()), sum(shop.calls.values())) == (0, 0)
