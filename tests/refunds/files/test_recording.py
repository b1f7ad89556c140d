"""The platform's word on a case: any state, the newest wins, the same twice is once, and money has its ceiling."""

from datetime import timedelta
from decimal import Decimal
from itertools import permutations

import pytest

from aftersales.refunds.files.messages import MessageRecord
from aftersales.refunds.files.recording import Report, record_case, record_cases
from aftersales.refunds.files.records import CaseRecord
from aftersales.refunds.files.waiting_tasks import adopt_cases
from aftersales.refunds.models import Refund, RefundStep, UnknownRefund
from aftersales.refunds.services import agree_case, open_case
from backoffice.common.sealing import unseal
from orders.core.models import Hold, Order, OrderEvent
from orders.core.statuses import EventKind, HoldKind, OrderStatus, RefundStatus
from tests.factories import NOON, make_order, make_title, make_user

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def record(**values):
    defaults = {
        "number": "70001", "order_number": "A1", "snapshot_at": NOON - HOUR, "status": "requested",
        "kind": "refund_only", "amount": Decimal("60.00"), "platform_status": "WAIT_SELLER_AGREE",
        "requested_at": NOON - 2 * HOUR, "reason": "质量问题", "text": "", "goods": "received",
    }  # fmt: skip
    return CaseRecord(**(defaults | values))


def take(store, one, at=NOON, **values):
    return record_case(store=store, record=one, at=at, **values)


@pytest.fixture
def order(store):
    return make_order(store=store, number="A1", lines=2, paid=Decimal(200))


def test_new_case_opens_and_holds_the_unshipped_line(store, order):
    line = order.lines.first()

    outcome = take(store, record(line_key=line.key))

    refund = Refund.objects.get()
    order.refresh_from_db()
    assert (outcome.code, refund.number, refund.source, refund.phase) == ("created", "70001", "platform", "on_sale")
    assert (refund.line, refund.title, refund.buyer) == (line, line.title, order.buyer)
    assert (refund.amount, refund.refunded, refund.reason_kind) == (Decimal("60.00"), Decimal("0.00"), "quality")
    assert (refund.requested_at, refund.status_since) == (NOON - 2 * HOUR, NOON - 2 * HOUR)
    assert refund.deadline == NOON + 46 * HOUR
    assert (order.hold_kinds, order.refund_status, order.has_open_refund) == (["refund_open"], RefundStatus.OPEN, True)
    assert Hold.objects.get(kind=HoldKind.REFUND_OPEN).line == line


@pytest.mark.parametrize("arrival", list(permutations(range(4))))
def test_newest_of_four_snapshots_wins_in_every_order(store, order, arrival):
    snapshots = [
        record(snapshot_at=NOON - 5 * HOUR),
        record(snapshot_at=NOON - 4 * HOUR, amount=Decimal("55.00"), text="改少一点"),
        record(snapshot_at=NOON - 3 * HOUR, status="refused", platform_status="SELLER_REFUSE_BUYER"),
        record(
            snapshot_at=NOON - 2 * HOUR, status="succeeded", platform_status="SUCCESS", amount=Decimal("50.00"),
            finished_at=NOON - 2 * HOUR, text="最后",
        ),
    ]  # fmt: skip

    for place in arrival:
        take(store, snapshots[place])

    refund = Refund.objects.get()
    order.refresh_from_db()
    assert (refund.status, refund.amount, refund.refunded, refund.text) == ("succeeded", 50, 50, "最后")
    assert (refund.finished_at, refund.deadline, refund.snapshot_at) == (NOON - 2 * HOUR, None, NOON - 2 * HOUR)
    assert (order.refunded, order.refund_status, order.hold_kinds) == (Decimal("50.00"), RefundStatus.SUCCEEDED, [])


def test_equal_times_are_settled_by_content_in_both_orders(store, order):
    one, other = record(reason="质量问题"), record(reason="尺码不合适")
    greater = max(one, other, key=lambda each: each.digest)

    codes = [take(store, greater).code, take(store, min(one, other, key=lambda each: each.digest)).code]

    assert (codes, Refund.objects.get().reason) == (["created", "stale"], greater.reason)


def test_same_report_again_is_unchanged_and_writes_nothing(store, order):
    take(store, record())
    events, version = OrderEvent.objects.count(), Order.objects.get(pk=order.pk).version

    codes = [take(store, record(snapshot_at=NOON - HOUR + step)).code for step in (timedelta(0), HOUR)]

    assert codes == ["unchanged", "unchanged"]
    assert (OrderEvent.objects.count(), Order.objects.get(pk=order.pk).version) == (events, version)
    assert Refund.objects.get().snapshot_at == NOON


def test_platform_moves_a_case_where_no_act_leads(store, order):
    take(store, record(status="succeeded", platform_status="SUCCESS", finished_at=NOON - 2 * HOUR))

    outcome = take(store, record(snapshot_at=NOON, status="requested"))

    refund = Refund.objects.get()
    step = RefundStep.objects.get()
    assert (outcome.code, refund.status, refund.finished_at, refund.refunded) == ("updated", "requested", None, 0)
    assert (step.status, step.to_status, step.act, step.source) == ("succeeded", "requested", "", "platform")
    moved = OrderEvent.objects.get(kind=EventKind.CASE_MOVED)
    assert (moved.after["refund"], moved.after["case_status"], moved.source) == ("70001", "requested", "platform")


def test_report_from_before_an_act_of_the_shop_is_stale(store, order):
    refund = take(store, record()).refund
    agree_case(store=store, refund_id=refund.pk, actor=make_user(store=store), at=NOON)

    codes = [
        take(store, record(snapshot_at=NOON - timedelta(minutes=1), text="x"), at=NOON + HOUR).code,
        take(store, record(snapshot_at=NOON + HOUR, text="x"), at=NOON + HOUR).code,
    ]

    assert codes == ["stale", "updated"]
    assert Refund.objects.get().status == "requested"


def test_platforms_deadline_goes_before_the_shops(store, order):
    take(store, record(deadline=NOON + 3 * HOUR))
    first = Refund.objects.get()

    take(store, record(snapshot_at=NOON, text="neu"))

    refund = Refund.objects.get()
    assert (first.deadline, first.deadline_from_platform) == (NOON + 3 * HOUR, True)
    assert (refund.deadline, refund.deadline_from_platform, refund.text) == (NOON + 3 * HOUR, True, "neu")


def test_money_above_what_was_paid_is_quarantined_with_the_figures(store, order):
    take(store, record(amount=Decimal("150.00")))

    outcome = take(store, record(number="70002", line_key=order.lines.first().key, amount=Decimal("60.00")))

    assert (outcome.code, Refund.objects.count()) == ("quarantined", 1)
    assert "200.00" in outcome.reason
    assert "150.00" in outcome.reason


def test_refused_one_leaves_the_others_of_its_handful(store, order):
    make_order(store=store, number="A2")
    bad, good = record(amount=Decimal("201.00")), record(number="70002", order_number="A2")

    outcomes = record_cases(store=store, reports=[Report(bad), Report(good)], at=NOON)

    assert [outcome.code for outcome in outcomes] == ["quarantined", "created"]
    assert (Order.objects.get(number="A1").version, Order.objects.get(number="A2").has_open_refund) == (1, True)


def test_case_number_of_another_order_is_quarantined(store, order):
    make_order(store=store, number="A2")
    take(store, record())

    outcome = take(store, record(order_number="A2", snapshot_at=NOON))

    assert (outcome.code, Refund.objects.get().order) == ("quarantined", order)


def test_other_stores_cases_are_others(store, other_store, order):
    make_order(store=other_store, number="A1")

    codes = [take(shop, record()).code for shop in (store, other_store)]

    assert codes == ["created", "created"]
    assert set(Refund.objects.values_list("store", flat=True)) == {store.pk, other_store.pk}


def test_case_waits_sealed_for_its_order_and_is_taken_when_it_arrives(store):
    secret = "请打 13812345678"
    said = [MessageRecord(external_id="9", role="buyer", at=NOON, text=secret)]
    codes = [
        take(store, record(text=secret), messages=said).code,
        take(store, record(text=secret)).code,
        take(store, record(text=secret, snapshot_at=NOON, amount=Decimal("40.00"))).code,
        take(store, record(snapshot_at=NOON - 3 * HOUR, amount=Decimal("1.00"))).code,
    ]
    kept = UnknownRefund.objects.get()
    sealed = bytes(kept.sealed)
    make_order(store=store, number="A1")

    adopted = adopt_cases(NOON + HOUR)

    refund = Refund.objects.get()
    assert codes == ["created", "unchanged", "updated", "stale"]
    assert (kept.order_number, secret.encode() in sealed, b"13812345678" in sealed) == ("A1", False, False)
    assert (adopted, UnknownRefund.objects.count(), refund.amount) == (1, 0, Decimal("40.00"))
    assert (refund.messages.get().text, "13812345678" in refund.text) == ("请打 138****5678", False)
    assert Order.objects.get(number="A1").has_open_refund


def test_waiting_case_that_cannot_be_taken_says_why_and_is_tried_again_later(store):
    take(store, record(amount=Decimal("500.00")))
    order = make_order(store=store, number="A1")

    counts = [adopt_cases(NOON), adopt_cases(NOON + timedelta(minutes=1))]
    problem = UnknownRefund.objects.get().problem
    Order.objects.filter(pk=order.pk).update(gross_paid=500, paid=500)
    counts.append(adopt_cases(NOON + 2 * HOUR))

    assert counts == [0, 0, 1]
    assert "100.00" in problem
    assert Refund.objects.get().amount == Decimal("500.00")


def test_only_cases_whose_orders_arrived_are_looked_at(store, django_assert_num_queries):
    for number in ("70001", "70002"):
        take(store, record(number=number, order_number=f"A{number}"))
    long_after = NOON + timedelta(days=1)
    make_order(store=store, number="A70002")

    marked = list(UnknownRefund.objects.filter(has_arrived=True).values_list("number", flat=True))
    adopted = adopt_cases(long_after)

    assert (marked, adopted, Refund.objects.get().number) == (["70002"], 1, "70002")
    with django_assert_num_queries(1):
        assert adopt_cases(long_after) == 0


def test_case_that_missed_its_order_by_a_moment_is_found(store):
    take(store, record())
    make_order(store=store, number="A1")
    UnknownRefund.objects.update(has_arrived=False)

    assert adopt_cases(NOON + timedelta(minutes=5)) == 1


def test_row_of_a_waiting_case_takes_what_waited_first(store):
    take(store, record(snapshot_at=NOON, amount=Decimal("40.00")))
    make_order(store=store, number="A1")

    outcome = take(store, record(snapshot_at=NOON - HOUR))

    assert (outcome.code, Refund.objects.get().amount) == ("stale", Decimal("40.00"))


def test_texts_are_masked_and_sealed(store, order):
    take(store, record(text="电话 13812345678"))

    refund = Refund.objects.get()
    assert refund.text == "电话 138****5678"
    assert unseal(refund.sealed, context=f"refund:{store.pk}:70001").decode() == "电话 13812345678"


def test_messages_come_once_and_the_shops_first_is_its_answer(store, order):
    said = [
        MessageRecord(
            external_id="2", role="shop", at=NOON - HOUR, text="寄到 文三路90号 13812345678", is_address=True
        ),
        MessageRecord(external_id="1", role="buyer", at=NOON - 2 * HOUR, text="不合适", picture_urls=("https://a/b",)),
        MessageRecord(external_id="3", role="platform", at=NOON, text="请举证"),
    ]

    codes = [take(store, record(), messages=said[:2]).code, take(store, record(), messages=said).code]

    refund = Refund.objects.get()
    thread = list(refund.messages.order_by("at").values_list("role", "text", "picture_urls"))
    assert codes == ["created", "updated"]
    assert [role for role, _text, _urls in thread] == ["buyer", "shop", "platform"]
    assert thread[0][2] == ["https://a/b"]
    assert "文三路" not in thread[1][1]
    assert refund.answered_at == NOON - HOUR


def test_return_parcel_is_added_once(store, order):
    sent = {"status": "awaiting_receipt", "kind": "return_refund"}
    parcel = {"return_number": "SF1234567890123", "return_courier": "SF"}

    codes = [
        take(store, record(**sent, **parcel)).code,
        take(store, record(**sent, **parcel, snapshot_at=NOON, text="neu")).code,
    ]

    parcel = Refund.objects.get().parcels.get()
    assert codes == ["created", "updated"]
    assert (parcel.tracking_number, parcel.courier, parcel.direction) == ("SF1234567890123", "SF", "back")


def test_platforms_case_takes_over_the_one_opened_here_by_its_number(store, order):
    refund = open_case(
        store=store, order_id=order.pk, kind="refund_only", amount=Decimal(60), reason="质量问题", number="70001",
        actor=None, at=NOON - HOUR,
    )  # fmt: skip

    outcome = take(store, record(snapshot_at=NOON, status="closed", platform_status="CLOSED"))

    refund.refresh_from_db()
    assert (outcome.code, refund.status, refund.source) == ("updated", "closed", "platform")


def test_second_open_case_about_the_same_goods_waits_for_the_first_to_end(store, order):
    key = order.lines.first().key
    take(store, record(line_key=key, amount=Decimal("20.00")))
    later = record(number="70002", line_key=key, amount=Decimal("20.00"))
    ended = record(snapshot_at=NOON, status="closed", platform_status="CLOSED", amount=Decimal("20.00"))

    codes = [take(store, one).code for one in (later, ended, later)]

    assert codes == ["quarantined", "updated", "created"]


def test_kinds_without_money_hold_none(store, order):
    take(store, record(kind="exchange", status="awaiting_outbound", platform_status="WAIT_SELLER_CONSIGN_GOODS"))

    refund = Refund.objects.get()
    assert (refund.kind, refund.amount, refund.refunded) == ("exchange", 0, 0)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"line_key": "L2"}, 1), ({"product_id": "P1"}, 0), ({"sku_code": "S2"}, 1), ({"title": "羊毛围巾"}, 1),
        ({"title": "没有"}, None), ({}, None), ({"amount": Decimal("33.00")}, 1),
    ],
)  # fmt: skip
def test_line_is_found_by_what_the_report_names(store, order, wanted, found):
    lines = list(order.lines.order_by("position"))
    for line, number in zip(lines, "12", strict=True):
        line.key, line.product_id, line.sku_code, line.paid = f"L{number}", f"P{number}", f"S{number}", Decimal(100)
    lines[1].title, lines[1].paid = make_title(store=store, text="羊毛围巾"), Decimal("33.00")
    for line in lines:
        line.save()

    take(store, record(**wanted))

    assert Refund.objects.get().line == (None if found is None else lines[found])


def test_case_never_hangs_on_a_provisional_line(store):
    order = make_order(store=store, number="A1")
    order.lines.update(is_provisional=True)

    take(store, record())

    refund = Refund.objects.get()
    assert (refund.line, refund.title) == (None, order.lines.get().title)


def test_order_refunded_in_full_before_shipping_closes(store, order):
    take(store, record(status="succeeded", platform_status="SUCCESS", amount=Decimal("200.00"), finished_at=NOON))

    assert Order.objects.get(pk=order.pk).status == OrderStatus.CLOSED
