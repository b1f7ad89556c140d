from datetime import timedelta
from decimal import Decimal

import pytest

from aftersales.refunds.models import Refund, ReturnParcel
from aftersales.refunds.services import CaseConflict, RefundError
from aftersales.refunds.services.goods import correct_return_number, parcels, send_back
from orders.core.models import OrderEvent
from orders.core.statuses import OrderStatus
from tests.factories import NOON, make_buyer, make_order, make_store, make_user
from tests.fulfilment.tracking_rows import make_parcel
from tests.parallel import in_parallel
from tests.refunds.cases import record_of, target
from tests.refunds.goods import BACK, OUT, inspect, make_arrived, make_return, sent_back

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_sending_back_is_recorded_with_its_parcel():
    refund, agent = make_return("A", quantity=2), make_user("li")

    refund = send_back(
        **target(refund, courier="顺丰", tracking_number=" sf 1234567890123 ", actor=agent, sent_at=NOON - DAY)
    )

    refund.refresh_from_db()
    assert (refund.status, refund.goods, refund.deadline) == ("awaiting_receipt", "returned", NOON + 10 * DAY)
    parcel = ReturnParcel.objects.get()
    assert (parcel.refund, parcel.direction, parcel.courier, parcel.tracking_number) == (refund, "back", "SF", BACK)
    assert (parcel.sent_at, parcel.quantity, parcel.recorded_by, parcel.source) == (NOON - DAY, 2, agent, "staff")
    event = OrderEvent.objects.get(kind="case_moved")
    assert (event.after["act"], event.after["courier"], event.after["tracking_number"]) == ("send_back", "SF", BACK)
    assert "reason" not in event.after


@pytest.mark.parametrize(("number", "courier"), [(BACK, "SF"), ("123456", "")])
def test_without_a_courier_the_number_tells_it_or_nobody_does(number, courier):
    sent_back(make_return(), number, courier="")

    assert ReturnParcel.objects.get().courier == courier


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"courier": "喜鹊快递"}, "“喜鹊快递” is not in the list of couriers"),
        ({"tracking_number": ""}, "The tracking number is empty"),
        ({"tracking_number": "快递已寄出"}, "is not made of"),
        ({"tracking_number": "1" * 61}, "is not made of"),
        ({"sent_at": NOON + 2 * DAY}, "is still to come"),
    ],
)
def test_garbage_is_refused(values, words):
    refund = make_return()
    before = record_of(refund)

    with pytest.raises(RefundError, match=words) as refusal:
        sent_back(refund, **values)

    assert refusal.value.code == "field"
    assert record_of(refund) == before
    assert ReturnParcel.objects.count() == 0


@pytest.mark.parametrize("status", ["requested", "refused", "awaiting_receipt", "succeeded", "closed"])
def test_goods_that_are_not_waited_for_are_refused(status):
    refund = make_return(status=status)

    with pytest.raises(RefundError, match="is not possible now"):
        sent_back(refund)

    assert ReturnParcel.objects.count() == 0


def test_a_case_of_another_store_is_not_there():
    refund = make_return()

    with pytest.raises(Refund.DoesNotExist):
        sent_back(refund, store=make_store())


def test_a_form_of_yesterday_is_a_conflict():
    refund = make_return()

    with pytest.raises(CaseConflict):
        sent_back(refund, version=refund.version + 1)


def test_the_number_of_another_buyers_return_is_refused():
    store = make_store()
    first = make_arrived(store=store)

    with pytest.raises(RefundError, match=f"{BACK} already belongs to case {first.number}"):
        sent_back(make_return(store=store))


def test_one_box_holds_goods_of_several_cases_of_a_buyer_and_they_share_its_trace():
    store = make_store()
    buyer = make_buyer(store=store)
    orders = [make_order(store=store, buyer=buyer, status=OrderStatus.SHIPPED) for _ in range(2)]
    sent_back(make_return(order=orders[0]))
    ReturnParcel.objects.update(signed_at=NOON, last_event="已签收", last_event_at=NOON)

    second = sent_back(make_return(order=orders[1]))

    parcel = ReturnParcel.objects.get(refund=second)
    assert (parcel.signed_at, parcel.last_event, second.return_signed_at) == (NOON, "已签收", NOON)


def test_a_number_that_left_with_another_order_is_refused_and_the_orders_own_is_not():
    store = make_store()
    refund = make_return(store=store)
    other = make_parcel(store=store, number=OUT)
    make_parcel(store=store, number=BACK, order=refund.order)

    with pytest.raises(RefundError, match=f"{OUT} left the shop with order {other.order.number}"):
        sent_back(refund, OUT)
    refund = sent_back(refund, BACK)  # not accepted by the buyer, it travels back under its own number

    assert refund.status == "awaiting_receipt"


def test_the_same_number_of_another_store_means_nothing():
    make_arrived()

    refund = make_arrived()

    assert refund.status == "awaiting_receipt"


def test_goods_that_are_here_stay_inspected_when_the_case_goes_round_again():
    refund = make_arrived()
    inspect(refund)
    Refund.objects.filter(pk=refund.pk).update(status="awaiting_return")

    refund = sent_back(refund)

    assert (refund.status, refund.inspected_at) == ("awaiting_receipt", NOON)
    assert ReturnParcel.objects.count() == 1


def test_a_mistyped_number_is_corrected():
    refund = make_arrived()
    ReturnParcel.objects.update(signed_at=NOON, last_event="已签收", last_event_at=NOON)
    Refund.objects.update(return_signed_at=NOON)

    refund = correct_return_number(**target(refund, courier="yto", tracking_number="YT1234567890123"))

    parcel = ReturnParcel.objects.get()
    assert (parcel.courier, parcel.tracking_number) == ("YTO", "YT1234567890123")
    assert (parcel.signed_at, parcel.last_event, refund.return_signed_at) == (None, "", None)
    event = OrderEvent.objects.get(kind="case_changed")
    assert (event.before["tracking_number"], event.after["tracking_number"]) == (BACK, "YT1234567890123")


def test_the_same_number_again_corrects_nothing():
    refund = make_arrived()
    before = record_of(refund)

    correct_return_number(**target(refund, courier="SF", tracking_number=BACK))

    assert record_of(refund) == before


@pytest.mark.parametrize("state", ["awaiting_return", "inspected", "received"])
def test_no_number_is_corrected_where_none_is_on_its_way(state):
    refund = make_return() if state == "awaiting_return" else make_arrived()
    if state == "inspected":
        inspect(refund)
    if state == "received":
        Refund.objects.update(status="succeeded", refunded=Decimal(60), finished_at=NOON)

    with pytest.raises(RefundError, match="no number to correct"):
        correct_return_number(**target(refund, courier="SF", tracking_number="SF1234567890199"))


def test_a_parcel_that_fails_half_way_leaves_nothing(monkeypatch):
    refund = make_return()
    before = record_of(refund)

    def fail(*_args, **_values):
        raise ConnectionError("the process was killed")

    monkeypatch.setattr(parcels, "go", fail)
    with pytest.raises(ConnectionError):
        sent_back(refund)

    assert (record_of(refund), ReturnParcel.objects.count()) == (before, 0)


@pytest.mark.django_db(transaction=True)
def test_one_number_for_two_buyers_at_once_goes_to_one():
    store = make_store()
    cases = [make_return(store=store) for _ in range(4)]

    results = in_parallel(*(lambda one=one: sent_back(one) for one in cases))

    refusals = [one for one in results if isinstance(one, Exception)]
    assert (len(refusals), {type(one) for one in refusals}) == (3, {RefundError})
    assert ReturnParcel.objects.count() == 1
