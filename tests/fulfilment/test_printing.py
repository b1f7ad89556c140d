"""Printing of packing slips: the record, the count, and what is not printed."""

import pytest

from orders.core.models import OrderEvent
from orders.core.services import VersionConflict
from orders.core.statuses import EventKind
from orders.fulfilment.models import PrintRecord
from orders.fulfilment.services import PrintError, record_print
from orders.notes.models import BuyerNote
from tests.factories import NOON, make_order, make_store

pytestmark = pytest.mark.django_db


def test_record_print_counts_and_tells_the_history(store, warehouse):
    order = make_order(store=store)

    record = record_print(store=store, order_id=order.pk, actor=warehouse, at=NOON)
    record_print(store=store, order_id=order.pk, actor=warehouse, at=NOON)

    order.refresh_from_db()
    assert (record.paper, record.printed_by, record.printed_at) == ("packing_slip", warehouse, NOON)
    assert (order.print_count, order.printed_at, order.version) == (2, NOON, 3)
    events = OrderEvent.objects.filter(kind=EventKind.PRINTED).order_by("pk")
    assert [(event.before, event.after) for event in events] == [
        ({"print_count": 0}, {"print_count": 1}),
        ({"print_count": 1}, {"print_count": 2}),
    ]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"status": "pending_payment"}, "is not printed: not paid."),
        ({"status": "shipped"}, "is not printed: not awaiting shipment."),
        ({"hold_kinds": ["refund_open"]}, "is not printed: held: Refund open."),
        ({"acceptance": "unreviewed"}, "is not printed: not reviewed."),
    ],
)
def test_what_is_not_packed_is_not_printed(store, warehouse, values, sentence):
    order = make_order(store=store, **values)

    with pytest.raises(PrintError, match=sentence) as error:
        record_print(store=store, order_id=order.pk, actor=warehouse, at=NOON)

    assert error.value.code == "hold"
    assert not PrintRecord.objects.exists()


def test_new_paper_says_what_the_note_says_now(store, warehouse):
    order = make_order(store=store)
    note = BuyerNote.objects.create(
        store=store, order=order, text="要礼盒", received_at=NOON, changed_after_print=True, state="confirmed"
    )

    record_print(store=store, order_id=order.pk, actor=warehouse, at=NOON)

    note.refresh_from_db()
    assert note.changed_after_print is False


def test_record_print_checks_version_and_store(store, warehouse):
    order = make_order(store=store)

    with pytest.raises(VersionConflict):
        record_print(store=store, order_id=order.pk, actor=warehouse, at=NOON, version=7)
    with pytest.raises(type(order).DoesNotExist):
        record_print(store=make_store(), order_id=order.pk, actor=warehouse, at=NOON)
