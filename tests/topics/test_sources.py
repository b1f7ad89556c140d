"""The three sources of texts offer what aftersales.topics.sources asks for."""

import pytest

from aftersales.topics.sources import source_names, source_of
from orders.notes.models import BuyerNote
from orders.notes.services import record_note
from tests.factories import NOON, make_order, make_store
from tests.refunds.cases import make_case
from tests.reviews.helpers import make_review

pytestmark = pytest.mark.django_db


def make_text(name, store, number):
    order = make_order(store=store, status="shipped")
    if name == "note":
        record_note(order=order, text=f"text {number}", at=NOON)
        return BuyerNote.objects.get(order=order).pk, f"/orders/{order.number}/"
    if name == "refund":
        case = make_case(order=order, text=f"text {number}")
        return case.pk, f"/aftersales/refunds/{case.number}/"
    review = make_review(store, order, text=f"text {number}")
    return review.pk, f"/aftersales/reviews/{review.pk}/"


@pytest.mark.parametrize("name", ["note", "refund", "review"])
def test_a_source_lists_reads_counts_and_leads(name):
    store, source = make_store(), source_of(name)
    made = [make_text(name, store, number) for number in range(3)]
    ids = [pk for pk, _url in made]
    elsewhere, _url = make_text(name, make_store(), 9)

    assert source.ids_after(store, 0, 2) == ids[:2]
    assert source.ids_after(store, ids[1], 2) == ids[2:]
    assert source.newest_ids(store, 2) == [ids[2], ids[1]]
    assert source.count_texts(store) == 3
    texts = list(source.texts_for_topics(store, [*ids, elsewhere]))
    assert [text.id for text in texts] == ids
    assert all("text" in text.text and text.order_id for text in texts)
    assert source.addresses(store, [*ids, elsewhere]) == dict(made)


def test_every_source_is_one_of_the_statuses():
    assert source_names() == ["note", "refund", "review"]
