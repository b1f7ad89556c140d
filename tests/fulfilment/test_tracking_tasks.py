from datetime import timedelta

import pytest
from django.test import override_settings
from django.utils import timezone

from backoffice.common.jobs import run_pending_jobs
from backoffice.common.models import Job, Store
from backoffice.common.models.jobs import JobState
from orders.fulfilment.models import Anomaly, TrackingEvent
from orders.fulfilment.services import ship_order
from orders.fulfilment.services.polling import poll_traces
from orders.fulfilment.traces.demo import ELSEWHERE, tell
from orders.fulfilment.tracking_tasks import create_due_anomalies, create_due_traces
from tests.factories import NOON, make_order
from tests.fulfilment.tracking_rows import HOUR, make_parcel, watch_parcels

MINUTE = timedelta(minutes=1)


def test_create_due_anomalies_every_five_minutes(store: Store) -> None:
    watch_parcels(store)
    make_parcel(store=store, number="SF1000000000001")

    assert create_due_anomalies(NOON) == 1
    assert create_due_anomalies(NOON + MINUTE) == 0  # one is at it

    Job.objects.update(state=JobState.DONE)
    assert create_due_anomalies(NOON + 5 * MINUTE - timedelta(seconds=1)) == 0
    assert create_due_anomalies(NOON + 5 * MINUTE) == 1


def test_create_due_anomalies_where_nothing_is_watched(store: Store) -> None:
    make_parcel(store=store, number="SF1000000000001")

    assert create_due_anomalies(NOON) == 0


def test_anomalies_job_opens_cases(store: Store) -> None:
    watch_parcels(store, is_traced=False)
    now = timezone.now()
    make_parcel(store=store, number="SF1000000000001", shipped_at=now - 25 * HOUR)
    make_parcel(store=store, number="SF1000000000002", shipped_at=now - 25 * HOUR, is_watched=False, last_event_at=now)
    create_due_anomalies(timezone.now() - MINUTE)

    run_pending_jobs()

    job = Job.objects.get()
    assert (job.state, job.result["opened"]) == (JobState.DONE, 1)
    assert Anomaly.objects.get().kind == "not_picked_up"


def test_no_traces_are_invented_outside_the_demo(store: Store) -> None:
    watch_parcels(store)
    make_parcel(store=store, number="SF1000000000001")

    assert create_due_traces(NOON) == 0
    assert poll_traces(store=store, at=NOON + 100 * HOUR) == {"parcels": 0, "new": 0}


@pytest.mark.parametrize("times", [1, 2])
@override_settings(APP_ENV="demo")
def test_demo_traces_say_so_and_are_the_same_each_time(store: Store, times: int) -> None:
    watch_parcels(store)
    parcel = make_parcel(store=store, number="SF1000000000001", pk=24)

    for _ in range(times):
        poll_traces(store=store, at=NOON + 100 * HOUR)

    parcel.refresh_from_db()
    events = list(TrackingEvent.objects.all())
    assert (len(events), {event.source for event in events}, parcel.trace_state) == (5, {"demo"}, "signed")
    assert all(event.text.startswith("演示：") for event in events)


def test_demo_parcels_arrive_in_one_to_four_days_but_for_a_few_in_a_hundred() -> None:
    told = {key: list(tell(key, NOON, "浙江杭州市", f"SF{key:013}", NOON + 1000 * HOUR)) for key in range(800)}

    signed = [events[-1].at for events in told.values() if events and events[-1].state == "signed"]
    strange = [events for events in told.values() if not events or events[-1].state != "signed" or events[0].at < NOON]
    assert 5 <= len(strange) <= 16
    assert min(signed) >= NOON + 24 * HOUR
    assert sorted(signed)[-8] <= NOON + 96 * HOUR
    assert {event.place for event in told[ELSEWHERE]} == {"", "浙江杭州市", "广东省深圳市"}


@pytest.mark.parametrize(("is_watching", "is_watched"), [(True, True), (False, False)])
def test_shipped_parcel_is_watched_once_the_store_watches(store: Store, *, is_watching: bool, is_watched: bool) -> None:
    if is_watching:
        watch_parcels(store)
    order = make_order(store=store)

    parcel = ship_order(
        store=store, order_id=order.pk, courier="SF", tracking_number="SF1000000000001", actor=None, at=NOON
    )

    assert parcel.is_watched is is_watched
