from datetime import timedelta
from threading import Event

import pytest
from django.db import transaction

from aftersales.refunds.models import Refund, ReturnEvent, ReturnParcel
from aftersales.refunds.services import lock_case
from orders.core.services import lock_order
from orders.core.statuses import OrderStatus
from orders.fulfilment.models import Shipment, TrackingEvent
from orders.fulfilment.services.polling import poll_traces
from orders.fulfilment.services.tracking import TraceEvent
from orders.fulfilment.traces import adapters
from tests.factories import NOON, make_buyer, make_order, make_store
from tests.fulfilment.tracking_rows import HOUR, event, make_parcel, trace
from tests.parallel import in_parallel
from tests.refunds.goods import BACK, OUT, inspect, make_arrived, make_return, sent_back

pytestmark = pytest.mark.django_db


def codes(result):
    return [outcome.code for outcome in result.outcomes]


def test_the_trace_of_a_return_is_kept_and_its_case_knows_that_it_arrived():
    refund = make_arrived()

    result = trace(
        refund.store, event(BACK, 2, "快件到达 杭州转运中心"), event(BACK, 30, "已签收，签收人：李明，电话13812345678")
    )

    assert codes(result) == ["new", "new"]
    parcel = ReturnParcel.objects.get()
    texts = ["快件到达 杭州转运中心", "已签收，签收人：李*，电话138****5678"]
    assert list(parcel.trace.order_by("at").values_list("text", flat=True)) == texts
    assert (parcel.signed_at, parcel.last_event, parcel.last_event_at) == (NOON + 30 * HOUR, texts[1], NOON + 30 * HOUR)
    version = refund.version
    refund.refresh_from_db()
    assert (refund.return_signed_at, refund.version) == (NOON + 30 * HOUR, version)


def test_the_same_events_again_change_nothing():
    refund = make_arrived()
    told = [event(BACK, 2, "运输中"), event(BACK, 30, "已签收")]
    trace(refund.store, *told)

    result = trace(refund.store, *told, event(BACK, 30, "已签收"))

    assert codes(result) == ["known", "known", "known"]
    assert ReturnEvent.objects.count() == 2


@pytest.mark.parametrize(
    ("text", "is_here"),
    [
        ("您的退货已签收", True),
        ("退件签收", True),
        ("退回中", False),
        ("退件派送，待签收", False),
        ("退回，未签收", False),
    ],
)
def test_what_couriers_say_of_returns_tells_arrived_from_on_its_way(text, is_here):
    refund = make_arrived()

    trace(refund.store, event(BACK, 30, text))

    refund.refresh_from_db()
    assert (refund.return_signed_at is not None) == is_here


def test_numbers_of_nobody_stay_unknown():
    refund = make_arrived()

    result = trace(
        refund.store, event("SF1234567890188", 2, "运输中"), event(BACK, 2, "运输中"), event("", 2, "运输中")
    )

    assert codes(result) == ["unknown", "new", "refused"]


def test_a_number_of_another_store_stays_unknown():
    make_arrived()

    result = trace(make_store(), event(BACK, 2, "运输中"))

    assert (codes(result), ReturnEvent.objects.count()) == (["unknown"], 0)


def test_another_couriers_parcel_of_the_same_number_is_not_this_one():
    refund = make_arrived()

    result = trace(refund.store, event(BACK, 2, "运输中", courier="YTO"))

    assert codes(result) == ["unknown"]


def test_a_parcel_that_went_out_again_is_traced_too():
    store = make_store()
    refund = make_return(store=store, kind="exchange", status="awaiting_buyer")
    ReturnParcel.objects.create(
        refund=refund, store=store, direction="out", courier="SF", tracking_number=OUT, sent_at=NOON, source="staff"
    )

    trace(store, event(OUT, 30, "已签收"))

    refund.refresh_from_db()
    assert (ReturnParcel.objects.get().signed_at, refund.return_signed_at) == (NOON + 30 * HOUR, None)


def test_one_box_of_two_cases_arrives_for_both():
    store = make_store()
    buyer = make_buyer(store=store)
    cases = [
        sent_back(make_return(order=make_order(store=store, buyer=buyer, status=OrderStatus.SHIPPED))) for _ in range(2)
    ]

    result = trace(store, event(BACK, 30, "已签收"))

    assert codes(result) == ["new"]
    arrived = Refund.objects.filter(pk__in=[one.pk for one in cases], return_signed_at=NOON + 30 * HOUR)
    assert arrived.count() == 2


def test_a_parcel_that_was_not_accepted_comes_back_under_its_own_number():
    store = make_store()
    refund = make_return(store=store)
    make_parcel(store=store, number=BACK, order=refund.order)
    refund = sent_back(refund, BACK, sent_at=NOON + 10 * HOUR, at=NOON + 10 * HOUR)

    result = trace(store, event(BACK, 5, "已签收"), event(BACK, 40, "退件已签收"))

    assert codes(result) == ["new", "new"]
    refund.refresh_from_db()
    assert (refund.return_signed_at, ReturnEvent.objects.count()) == (NOON + 40 * HOUR, 1)
    assert (Shipment.objects.get().signed_at, TrackingEvent.objects.count()) == (NOON + 5 * HOUR, 2)


def test_the_newest_return_is_the_one_that_is_waited_for():
    refund = make_arrived()
    Refund.objects.update(status="awaiting_return")
    sent_back(refund, "SF1234567890199", at=NOON + timedelta(days=1))

    trace(refund.store, event(BACK, 30, "已签收"))

    refund.refresh_from_db()
    assert refund.return_signed_at is None


def test_goods_that_were_inspected_keep_the_time_they_were_found():
    refund = inspect(make_arrived())

    trace(refund.store, event(BACK, 30, "已签收"))

    refund.refresh_from_db()
    assert refund.return_signed_at == NOON


class _Adapter:
    """Knows one event of every parcel."""

    name = "test"

    def __init__(self):
        self.asked = []

    def is_active(self):
        return True

    def fetch(self, parcels, now):
        self.asked += [parcel.number for parcel in parcels]
        for parcel in parcels:
            yield TraceEvent(parcel.number, now, text="已签收")


def test_adapters_are_asked_about_parcels_of_cases_until_they_are_signed_for(monkeypatch):
    store = make_store()
    make_arrived(store=store)
    inspect(make_arrived(store=store, back="SF1234567890102"))
    make_arrived(store=make_store(), back="SF1234567890103")
    Refund.objects.filter(pk=make_arrived(store=store, back="SF1234567890104").pk).update(
        status="closed", finished_at=NOON
    )
    adapter = _Adapter()
    monkeypatch.setattr(adapters, "ADAPTERS", (adapter,))

    results = [poll_traces(store=store, at=NOON + n * HOUR) for n in (1, 2)]

    assert results == [{"parcels": 2, "new": 2}, {"parcels": 0, "new": 0}]
    assert adapter.asked == [BACK, "SF1234567890102"]
    assert Refund.objects.filter(return_signed_at=NOON + HOUR).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_trace_waits_for_who_works_on_the_case_and_never_for_each_other():
    refund = make_arrived()
    is_locked, is_told = Event(), Event()

    @transaction.atomic
    def work():
        lock_case(store=refund.store, refund_id=refund.pk)
        is_locked.set()
        assert not is_told.wait(0.3)
        ReturnParcel.objects.filter(refund=refund).update(quantity=1)

    def tell():
        is_locked.wait(5)
        result = trace(refund.store, event(BACK, 30, "已签收"))
        is_told.set()
        return codes(result)

    results = in_parallel(work, tell)

    assert results == [None, ["new"]]


@pytest.mark.django_db(transaction=True)
def test_a_trace_does_not_wait_for_the_order():
    refund = make_arrived()
    is_locked, is_told = Event(), Event()

    @transaction.atomic
    def work():
        lock_order(store=refund.store, order_id=refund.order_id)
        is_locked.set()
        assert is_told.wait(5)

    def tell():
        is_locked.wait(5)
        trace(refund.store, event(BACK, 30, "已签收"))
        is_told.set()

    assert in_parallel(work, tell) == [None, None]
