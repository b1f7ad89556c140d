from datetime import UTC, datetime, timedelta

import pytest

from backoffice.common.models import Store
from orders.core.models import OrderEvent
from orders.core.statuses import EventKind
from orders.fulfilment.models import TrackingEvent
from orders.fulfilment.services.tracking import TraceEvent
from orders.fulfilment.statuses import TraceState
from orders.fulfilment.traces.places import is_elsewhere
from orders.fulfilment.traces.states import mask_trace, read_state
from tests.factories import NOON
from tests.fulfilment.tracking_rows import HOUR, event, make_parcel, trace


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("【深圳市】快件已揽收", "picked_up"),
        ("顺丰速运 已收取快件", "picked_up"),
        ("快递员已取件", "picked_up"),
        ("快件离开【深圳转运中心】，发往【杭州转运中心】", "in_transit"),
        ("已到达【杭州转运中心】", "in_transit"),
        ("快件到达菜鸟驿站，请凭取件码领取", "delivering"),
        ("快递员正在派件，电话：13812341234", "delivering"),
        ("正在派送途中，请准备签收", "delivering"),
        ("快件已签收，签收人：本人", "signed"),
        ("已由丰巢的快递柜代收", "signed"),
        ("您已在菜鸟驿站取件，感谢使用", "signed"),
        ("快件未签收，无法联系收件人", "problem"),
        ("疑难件：地址不详", "problem"),
        ("客户拒收，快件退回中", "returned"),
        ("退回件已签收", "returned"),
        ("商家已发货，等待揽收", ""),
        ("您的订单已打单", ""),
        ("感谢使用中通快递", ""),
        ("signed", "signed"),
        ("IN_TRANSIT", "in_transit"),
        ("Delivered", "signed"),
        ("", ""),
    ],
)
def test_read_state_knows_the_texts_of_couriers(text: str, state: str) -> None:
    assert read_state(text) == state


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("派件员 电话13812341234", "派件员 电话138****1234"),
        ("已签收，签收人：张三丰", "已签收，签收人：张*"),
        ("已签收，签收人：本人签收", "已签收，签收人：本人签收"),
        ("签收人: 菜鸟驿站", "签收人: 菜鸟驿站"),
    ],
)
def test_mask_trace_hides_numbers_and_names(text: str, shown: str) -> None:
    assert mask_trace(text) == shown


@pytest.mark.parametrize(
    ("place", "is_other"),
    [
        ("广东省深圳市", False),
        ("【深圳市】", False),
        ("深圳", False),
        ("广东 南山区", False),
        ("广东", False),
        ("", False),
        ("浙江省杭州市", True),
        ("北京市", True),
        ("广东省广州市", True),
        ("广州市", True),
        ("某某转运中心", False),
    ],
)
def test_is_elsewhere_only_where_names_say_so(place: str, *, is_other: bool) -> None:
    assert is_elsewhere(place, province="广东", city="深圳市", district="南山区") is is_other


def test_record_trace_repeats_the_newest_on_the_parcel(store: Store) -> None:
    parcel = make_parcel(store=store, number="SF1000000000001")

    result = trace(
        store,
        event("SF1000000000001", 30, "快件到达【杭州转运中心】", place="浙江杭州"),
        event("SF1000000000001", 3, "已揽收"),
        event("SF1000000000001", 40, "感谢您耐心等候"),
    )

    parcel.refresh_from_db()
    assert (result.new, result.known, result.unknown_numbers) == (3, 0, [])
    assert parcel.trace_state == TraceState.IN_TRANSIT
    assert (parcel.picked_up_at, parcel.last_event_at) == (NOON + 3 * HOUR, NOON + 40 * HOUR)
    assert (parcel.last_event, parcel.signed_at) == ("感谢您耐心等候", None)


def test_record_trace_again_changes_nothing(store: Store) -> None:
    make_parcel(store=store, number="SF1000000000001")
    events = [event("SF1000000000001", 3, "已揽收"), event("SF1000000000001", 50, "已签收")]
    trace(store, *events)

    again = trace(store, *events, *events)

    assert (again.new, again.known) == (0, 4)
    assert TrackingEvent.objects.count() == 2
    assert OrderEvent.objects.filter(kind=EventKind.PARCEL_SIGNED).count() == 1


def test_record_trace_out_of_order_ends_the_same(store: Store) -> None:
    parcel = make_parcel(store=store, number="SF1000000000001")
    trace(store, event("SF1000000000001", 50, "已签收"))

    trace(store, event("SF1000000000001", 3, "已揽收"), event("SF1000000000001", 20, "运输中"))

    parcel.refresh_from_db()
    assert (parcel.trace_state, parcel.last_event) == (TraceState.SIGNED, "已签收")
    assert (parcel.picked_up_at, parcel.signed_at) == (NOON + 3 * HOUR, NOON + 50 * HOUR)


def test_record_trace_reads_a_time_without_a_zone_as_the_shops(store: Store) -> None:
    make_parcel(store=store, number="SF1000000000001")
    naive = datetime(2026, 6, 1, 15, 0)  # noqa: DTZ001 -- that is the point

    trace(store, TraceEvent("SF1000000000001", naive, text="已揽收"))

    assert TrackingEvent.objects.get().at == datetime(2026, 6, 1, 7, 0, tzinfo=UTC)


def test_record_trace_reports_numbers_of_nobody_and_of_another_store(store: Store, other_store: Store) -> None:
    make_parcel(store=other_store, number="SF1000000000001")

    result = trace(store, event("SF1000000000001", 3, "已揽收"), event("YT1000000000001", 3, "已揽收"))

    assert result.unknown_numbers == ["SF1000000000001", "YT1000000000001"]
    assert not TrackingEvent.objects.exists()


def test_record_trace_refuses_what_cannot_be_kept(store: Store) -> None:
    make_parcel(store=store, number="SF1000000000001")

    result = trace(
        store,
        event("运单", 3, "已揽收"),
        event("SF1000000000001", 3, "已揽收", courier="飞鸽"),
        event("SF1000000000001", 400, "已揽收"),
        event("SF1000000000001", 3),
    )

    assert [outcome.code for outcome in result.outcomes] == ["refused"] * 4
    assert all(outcome.reason for outcome in result.outcomes)


def test_record_trace_of_another_couriers_number_is_unknown(store: Store) -> None:
    make_parcel(store=store, number="SF1000000000001", courier="SF")

    result = trace(store, event("SF1000000000001", 3, "已揽收", courier="圆通"))

    assert result.unknown_numbers == ["SF1000000000001"]


def test_record_trace_masks_numbers(store: Store) -> None:
    parcel = make_parcel(store=store, number="SF1000000000001")

    trace(store, event("SF1000000000001", 3, "派件员电话13812341234"))

    parcel.refresh_from_db()
    assert parcel.last_event == "派件员电话138****1234"
    assert TrackingEvent.objects.get().text == "派件员电话138****1234"


def test_record_trace_serves_every_order_of_a_merged_parcel(store: Store) -> None:
    make_parcel(store=store, number="SF1000000000001")
    make_parcel(store=store, number="SF1000000000001")

    result = trace(store, event("SF1000000000001", 50, "已签收"))

    assert (result.new, TrackingEvent.objects.count()) == (1, 2)
    assert OrderEvent.objects.filter(kind=EventKind.PARCEL_SIGNED).count() == 2


def test_first_trace_starts_the_watch_ten_days_back(store: Store) -> None:
    old = make_parcel(store=store, number="SF1000000000001", shipped_at=NOON - timedelta(days=11), is_watched=False)
    young = make_parcel(store=store, number="SF1000000000002", shipped_at=NOON - timedelta(days=10), is_watched=False)

    trace(store, event("SF1000000000001", -1, "运输中"), at=NOON)

    for parcel in (old, young):
        parcel.refresh_from_db()
    store.refresh_from_db()
    assert store.parcels_watched_since == NOON - timedelta(days=10)
    assert (old.is_watched, young.is_watched) == (False, True)


def test_signed_event_names_the_parcel(store: Store) -> None:
    parcel = make_parcel(store=store, number="SF1000000000001")

    trace(store, event("SF1000000000001", 50, "已签收"))

    signed = OrderEvent.objects.get(order=parcel.order, kind=EventKind.PARCEL_SIGNED)
    assert signed.after["tracking_number"] == "SF1000000000001"
    assert signed.order_version == parcel.order.version
