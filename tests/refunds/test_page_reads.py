"""What the page of a case reads in one statement each is the same as the objects behind it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aftersales.refunds.models import Inspection, InspectionFile, Refund, RefundMessage, ReturnEvent, ReturnParcel
from aftersales.refunds.queries import (
    case_by_number,
    found_in,
    order_cases,
    parcels_left,
    parcels_of_case,
    refundable_among,
    refundable_of,
    thread_of,
)
from aftersales.refunds.queries.returns import find_returns, return_case
from backoffice.api.refunds.queries import whole_case
from orders.core.statuses import OrderStatus
from orders.fulfilment.models import Anomaly, Shipment, ShipmentLine, Sku
from tests.factories import NOON, make_order, make_user
from tests.refunds.cases import join, make_case, make_picture

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def test_a_case_brings_its_order_line_product_buyer_and_people_in_two_statements():
    order, li, wang = make_order(status=OrderStatus.SHIPPED), make_user("li"), make_user("wang")
    line = order.lines.get()
    made = make_case(order=order, line=line, title=line.title, number="R1", owner=li, approved_by=wang)

    with CaptureQueriesContext(connection) as queries:
        refund = case_by_number(order.store, "R1")
        found = (refund, refund.order, refund.line, refund.line.title, refund.order.buyer, refund.buyer, refund.title)
        people = [refund.owner, refund.approved_by, refund.proposed_by]

    assert found == (made, order, line, line.title, order.buyer, order.buyer, line.title)
    assert (people, str(refund.owner), refund.store) == ([li, wang, None], "li", order.store)
    assert len(queries) == 2


def test_a_case_without_people_takes_one_statement():
    refund = make_case(number="R1")

    with CaptureQueriesContext(connection) as queries:
        case_by_number(refund.store, "R1")

    assert len(queries) == 1
    with pytest.raises(Refund.DoesNotExist):
        case_by_number(refund.store, "R2")


def test_a_joined_case_is_found_by_the_number_it_had_before_in_its_store_alone(other_store):
    refund = make_case()
    before = join(refund)

    found = [
        case_by_number(refund.store, before),
        return_case(refund.store, before),
        *find_returns(refund.store, before),
    ]

    assert [one.number for one in found] == ["70001"] * 3
    assert [one.order.store for one in found[:2]] == [refund.store] * 2
    for read in (case_by_number, return_case):
        with pytest.raises(Refund.DoesNotExist):
            read(other_store, before)
    assert find_returns(other_store, before) == []


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"paid": Decimal(100), "gross_paid": Decimal(130), "refunded": Decimal(20)},
        {"paid": Decimal(30), "gross_paid": Decimal(60), "refunded": Decimal(45)},
    ],
)
@pytest.mark.parametrize("of_line", [True, False])
def test_what_may_be_given_back_is_the_same_from_the_cases_that_were_read(values, of_line):
    order = make_order(status=OrderStatus.SHIPPED, lines=3, **values)
    one, other, third = order.lines.order_by("position")
    mine = make_case(order=order, line=one if of_line else None, amount=Decimal(5))
    make_case(order=order, line=other, amount=Decimal(7))
    make_case(order=order, line=one, amount=Decimal(3), status="succeeded")
    make_case(order=order, line=third, amount=Decimal(2), status="closed")
    refund = case_by_number(order.store, mine.number)

    cases = order_cases(refund.order)

    assert len(cases) == 4
    assert refundable_among(refund, cases) == refundable_of(refund.order, refund.line, besides=refund)


def test_parcels_that_left_name_their_lines_and_troubles():
    order = make_order(status=OrderStatus.SHIPPED, lines=2)
    first, second = order.lines.order_by("position")
    known = {"store": order.store, "order": order, "courier": "SF", "source": "staff"}
    late = Shipment.objects.create(
        **known, tracking_number="SF2", shipped_at=NOON, trace_state="signed", signed_at=NOON
    )
    early = Shipment.objects.create(**known, tracking_number="SF1", shipped_at=NOON - HOUR)
    ShipmentLine.objects.create(shipment=late, line=first, quantity=1)
    ShipmentLine.objects.create(shipment=early, line=second, quantity=1)
    for kind, at in (("silent", NOON), ("lost", NOON - HOUR)):
        Anomaly.objects.create(store=order.store, shipment=early, order=order, kind=kind, opened_at=at)

    parcels = parcels_left(order)

    assert [(one.tracking_number, one.line_ids) for one in parcels] == [("SF1", [second.pk]), ("SF2", [first.pk])]
    assert [(one.trace_label, one.signed_at) for one in parcels] == [("", None), ("Signed for", NOON)]
    assert [at for _label, at in parcels[0].anomalies] == [NOON - HOUR, NOON]
    assert parcels[1].anomalies == []


def test_the_last_words_of_a_long_talk_are_shown_oldest_first():
    refund = make_case()
    RefundMessage.objects.bulk_create(
        RefundMessage(refund=refund, store=refund.store, role="buyer", at=NOON + at * HOUR, text=str(at))
        for at in range(502)
    )

    thread = [item.text for item in thread_of(refund)]
    told = [message.text for message in whole_case(refund.store, refund.number, NOON).thread]

    assert thread[1:] == told == [str(at) for at in range(2, 502)]


def test_parcels_of_a_case_have_their_scans_and_what_was_found_its_pictures():
    refund, li = make_case(), make_user("li")
    parcel = ReturnParcel.objects.create(
        refund=refund, store=refund.store, direction="back", courier="SF", tracking_number="SF1", sent_at=NOON,
        recorded_by=li, source="staff",
    )  # fmt: skip
    for at, text in ((NOON, "派送中"), (NOON + HOUR, "")):
        ReturnEvent.objects.create(
            parcel=parcel, at=at, state="signed", place="杭州", text=text, source="api", digest=text, received_at=NOON
        )
    inspection = Inspection.objects.create(
        refund=refund, store=refund.store, outcome="restock", quantity=1, note="完好", inspected_by=li, at=NOON
    )
    picture = make_picture(refund.store, stored="x")
    InspectionFile.objects.create(inspection=inspection, attachment=picture)

    (shown,), (found,) = parcels_of_case(refund), found_in(refund)

    assert (shown.tracking_number, shown.recorded_by, shown.sku, shown.signed_at) == ("SF1", "li", "", None)
    assert [tuple(scan) for scan in shown.scans] == [
        (NOON + HOUR, "杭州", "signed"), (NOON, "杭州", "派送中"),
    ]  # fmt: skip
    assert (found.outcome, found.note, found.inspected_by) == ("restock", "完好", "li")
    assert [tuple(file) for file in found.files] == [(picture.pk, "proof.png", "x")]
    assert not Sku.objects.exists()
