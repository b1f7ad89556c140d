from datetime import datetime, timedelta
from typing import Any

import pytest

from backoffice.common.models import Alert, AlertKind, Store, User
from orders.core.models import OrderEvent
from orders.core.statuses import EventKind, OrderStatus
from orders.fulfilment.models import Anomaly, Shipment
from orders.fulfilment.services.anomalies import find_anomalies
from orders.fulfilment.statuses import AnomalyKind, TraceState
from orders.fulfilment.traces.rules import Limits, Parcel, find_trouble
from orders.fulfilment.views.case_words import fact_words
from tests.factories import NOON, make_order
from tests.fulfilment.tracking_rows import HOUR, event, make_parcel, trace, watch_parcels

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
LIMITS = Limits(pickup=24 * HOUR, silence=48 * HOUR, unsigned=6 * DAY, lost=10 * DAY)
MOVING: dict[str, Any] = {"state": TraceState.IN_TRANSIT, "picked_up_at": NOON + HOUR, "first_event_at": NOON + HOUR}


def kinds(parcel: Parcel, now: datetime) -> set[str]:
    return {str(kind) for kind in find_trouble(parcel, LIMITS, now)}


@pytest.mark.parametrize(("after", "found"), [(24 * HOUR - SECOND, set()), (24 * HOUR, {"not_picked_up"})])
def test_not_picked_up_from_the_24th_hour_on(after: timedelta, found: set[str]) -> None:
    assert kinds(Parcel(shipped_at=NOON), NOON + after) == found


@pytest.mark.parametrize(("after", "found"), [(48 * HOUR - SECOND, set()), (48 * HOUR, {"silent"})])
def test_silent_48_hours_after_the_last_event(after: timedelta, found: set[str]) -> None:
    parcel = Parcel(shipped_at=NOON, last_event_at=NOON + 5 * HOUR, **MOVING)

    assert kinds(parcel, NOON + 5 * HOUR + after) == found


@pytest.mark.parametrize(
    ("after", "found"),
    [
        (6 * DAY - SECOND, set()),
        (6 * DAY, {"unsigned"}),
        (10 * DAY - SECOND, {"unsigned"}),
        (10 * DAY, {"lost"}),
    ],
)
def test_unsigned_after_six_days_and_lost_after_ten(after: timedelta, found: set[str]) -> None:
    parcel = Parcel(shipped_at=NOON, last_event_at=NOON + after - HOUR, **MOVING)

    assert kinds(parcel, NOON + after) == found


@pytest.mark.parametrize(("days", "found"), [(5, {"not_picked_up"}), (6, {"unsigned"}), (10, {"lost"})])
def test_parcel_that_waits_has_one_case_at_a_time(days: int, found: set[str]) -> None:
    assert kinds(Parcel(shipped_at=NOON), NOON + days * DAY) == found


@pytest.mark.parametrize(("days", "found"), [(5, {"silent"}), (6, {"unsigned"}), (10, {"lost"})])
def test_parcel_without_news_has_one_case_at_a_time(days: int, found: set[str]) -> None:
    parcel = Parcel(shipped_at=NOON, last_event_at=NOON + 5 * HOUR, **MOVING)

    assert kinds(parcel, NOON + days * DAY) == found


@pytest.mark.parametrize(("heard", "found"), [(None, set()), (NOON + HOUR, {"unsigned"})])
def test_silence_of_a_courier_that_tells_nothing_means_nothing(heard: datetime | None, found: set[str]) -> None:
    parcel = Parcel(shipped_at=NOON, last_event_at=heard, picked_up_at=heard, is_traced=False)

    assert kinds(parcel, NOON + 7 * DAY) == found


@pytest.mark.parametrize(("before", "found"), [(timedelta(0), set()), (SECOND, {"before_payment"})])
def test_before_payment_when_the_first_scan_is_earlier(before: timedelta, found: set[str]) -> None:
    parcel = Parcel(
        shipped_at=NOON, state=TraceState.IN_TRANSIT, picked_up_at=NOON, last_event_at=NOON, paid_at=NOON,
        first_event_at=NOON - before,
    )  # fmt: skip

    assert kinds(parcel, NOON + HOUR) == found


@pytest.mark.parametrize(("place", "found"), [("广东深圳市", set()), ("浙江杭州市", {"elsewhere"}), ("", set())])
def test_signed_elsewhere_in_another_province_or_city(place: str, found: set[str]) -> None:
    parcel = Parcel(
        shipped_at=NOON, state=TraceState.SIGNED, picked_up_at=NOON, last_event_at=NOON, signed_at=NOON,
        signed_place=place, province="广东", city="深圳市",
    )  # fmt: skip

    assert kinds(parcel, NOON + 30 * DAY) == found


def test_returned_is_trouble_and_nothing_else_is_waited_for() -> None:
    parcel = Parcel(shipped_at=NOON, state=TraceState.RETURNED, last_event_at=NOON)

    assert kinds(parcel, NOON + 30 * DAY) == {"returned"}


def test_received_order_ends_what_was_waited_for_but_a_known_loss() -> None:
    parcel = Parcel(shipped_at=NOON, is_received=True)
    lost = Parcel(shipped_at=NOON, is_received=True, open_kinds=("lost",))

    assert kinds(parcel, NOON + 30 * DAY) == set()
    assert kinds(lost, NOON + 30 * DAY) == {"lost"}


def look(store: Store, hours: float) -> dict[str, int]:
    return find_anomalies(store=store, at=NOON + hours * HOUR).as_dict()


@pytest.fixture
def parcel(store: Store) -> Shipment:
    watch_parcels(store)
    return make_parcel(store=store, number="SF1000000000001")


def test_find_anomalies_opens_tells_and_writes_once(store: Store, parcel: Shipment) -> None:
    first = look(store, 24)
    again = look(store, 25)

    parcel.refresh_from_db()
    anomaly = Anomaly.objects.get()
    written = OrderEvent.objects.get(order=parcel.order, kind=EventKind.PARCEL_ANOMALY)
    alert = Alert.objects.get(kind=AlertKind.ANOMALY)
    assert (first["opened"], again["opened"]) == (1, 0)
    assert (anomaly.kind, anomaly.opened_at, anomaly.order_id) == ("not_picked_up", NOON + 24 * HOUR, parcel.order_id)
    assert parcel.anomaly_kinds == [AnomalyKind.NOT_PICKED_UP]
    assert written.after == {"anomaly": "not_picked_up", "tracking_number": "SF1000000000001"}
    assert (alert.count, alert.subjects) == (1, [parcel.order.number])


def test_find_anomalies_closes_what_the_parcel_resolves_with_the_fact(store: Store, parcel: Shipment) -> None:
    look(store, 24)
    trace(store, event("SF1000000000001", 25, "已揽收"))

    report = look(store, 26)

    parcel.refresh_from_db()
    anomaly = Anomaly.objects.get()
    assert (report["closed"], parcel.anomaly_kinds) == (1, [])
    assert (anomaly.closed_at, anomaly.closed_by) == (NOON + 26 * HOUR, None)
    assert anomaly.detail["fact"] == {"state": "picked_up", "at": (NOON + 25 * HOUR).isoformat()}


def test_find_anomalies_opens_again_what_had_gone_by_itself(store: Store, parcel: Shipment) -> None:
    trace(store, event("SF1000000000001", 1, "已揽收"))
    look(store, 49)
    trace(store, event("SF1000000000001", 50, "运输中"))
    look(store, 51)

    report = look(store, 98)

    anomaly = Anomaly.objects.get()
    assert report["opened"] == 1
    assert (anomaly.kind, anomaly.closed_at, anomaly.opened_at) == ("silent", None, NOON + 98 * HOUR)


def test_find_anomalies_leaves_what_a_person_settled(store: Store, parcel: Shipment, agent: User) -> None:
    look(store, 24)
    Anomaly.objects.update(closed_at=NOON + 25 * HOUR, closed_by=agent, outcome="asked")

    report = look(store, 30)

    assert report["opened"] == 0
    assert Anomaly.objects.get().outcome == "asked"


def test_find_anomalies_stops_watching_what_was_signed(store: Store, parcel: Shipment) -> None:
    trace(store, event("SF1000000000001", 1, "已揽收"), event("SF1000000000001", 20, "已签收", place="浙江杭州市"))

    report = look(store, 21)

    parcel.refresh_from_db()
    assert (report["ended"], parcel.is_watched) == (1, False)
    assert parcel.anomaly_kinds == [AnomalyKind.SIGNED_ELSEWHERE]


def test_find_anomalies_looks_again_at_news_of_a_signed_parcel(store: Store, parcel: Shipment) -> None:
    trace(store, event("SF1000000000001", 20, "已签收"))
    look(store, 21)

    trace(store, event("SF1000000000001", 30, "客户拒收，退回"))
    report = look(store, 31)

    assert (report["opened"], Anomaly.objects.get().kind) == (1, "returned")


def test_find_anomalies_follows_the_settings_of_the_store(store: Store, parcel: Shipment) -> None:
    store.pickup_hours = 12
    store.save()

    assert look(store, 12)["opened"] == 1


def test_find_anomalies_leaves_other_stores_and_old_parcels(store: Store, other_store: Store) -> None:
    watch_parcels(store)
    make_parcel(store=store, number="SF1000000000001", is_watched=False)
    make_parcel(store=other_store, number="SF1000000000002")

    assert look(store, 500) == {"watched": 0, "opened": 0, "closed": 0, "ended": 0}


def test_find_anomalies_of_a_received_order_closes_and_ends(store: Store) -> None:
    watch_parcels(store)
    order = make_order(store=store, status=OrderStatus.SHIPPED, shipped_at=NOON)
    make_parcel(store=store, number="SF1000000000001", order=order)
    look(store, 24)
    order.status = OrderStatus.COMPLETED
    order.save()

    report = look(store, 30)

    assert (report["closed"], report["ended"]) == (1, 1)
    assert Anomaly.objects.get().detail["fact"] == {"state": "received"}


def test_find_anomalies_hands_the_case_on_when_a_parcel_is_late_for_longer(
    store: Store, parcel: Shipment, agent: User
) -> None:
    look(store, 24)
    Anomaly.objects.update(owner=agent, courier_asked_at=NOON + 25 * HOUR)

    report = look(store, 6 * 24)

    parcel.refresh_from_db()
    old, new = Anomaly.objects.order_by("pk")
    assert (report["opened"], report["closed"], parcel.anomaly_kinds) == (1, 1, ["unsigned"])
    assert (old.closed_at, old.detail["fact"]) == (NOON + 6 * DAY, {"state": "replaced", "by": "unsigned"})
    assert fact_words(old) == "Ended by itself: it goes on as “Not signed for”"
    assert (new.kind, new.closed_at, new.owner, new.courier_asked_at) == ("unsigned", None, agent, NOON + 25 * HOUR)


@pytest.mark.parametrize(("days", "kinds_left"), [(11, ["unsigned"]), (24, ["lost"])])
def test_find_anomalies_lost_takes_the_place_of_unsigned(store: Store, days: int, kinds_left: list[str]) -> None:
    watch_parcels(store)
    parcel = make_parcel(store=store, number="SF1000000000001", shipped_at=NOON + 4 * DAY)
    look(store, 11 * 24)

    look(store, days * 24)

    parcel.refresh_from_db()
    assert parcel.anomaly_kinds == kinds_left
    assert list(Anomaly.objects.filter(closed_at=None).values_list("kind", flat=True)) == kinds_left


@pytest.mark.parametrize(
    ("courier", "shipped_days", "found"),
    [
        ("SF", 0, ["not_picked_up"]),
        ("SF", -12, []),  # left long before the first parcel of which a trace is known
        ("ZTO", 0, []),  # no trace was ever told
        ("", 0, []),
    ],
)
def test_find_anomalies_leaves_parcels_of_couriers_that_tell_nothing(
    store: Store, courier: str, shipped_days: int, found: list[str]
) -> None:
    watch_parcels(store)
    parcel = make_parcel(store=store, number="SF1000000000001", courier=courier, shipped_at=NOON + shipped_days * DAY)

    look(store, 25)

    parcel.refresh_from_db()
    assert parcel.anomaly_kinds == found


@pytest.mark.parametrize(("days", "opened"), [(29, 1), (31, 0)])
def test_find_anomalies_forgets_a_courier_that_fell_silent(store: Store, days: int, opened: int) -> None:
    watch_parcels(store)  # its last event is of a day before noon
    make_parcel(store=store, number="SF1000000000001", shipped_at=NOON + (days - 3) * DAY)

    assert look(store, days * 24 - 1)["opened"] == opened


def test_find_anomalies_opens_many_in_a_fixed_number_of_statements(
    store: Store, django_assert_num_queries: Any
) -> None:
    watch_parcels(store)
    order = make_order(store=store, status=OrderStatus.SHIPPED, shipped_at=NOON)
    for number in range(30):
        make_parcel(store=store, number=f"SF2{number:012}", order=order)

    with django_assert_num_queries(13):
        report = look(store, 24)

    assert (report["opened"], Anomaly.objects.count()) == (30, 30)
    assert OrderEvent.objects.filter(kind=EventKind.PARCEL_ANOMALY).count() == 30
