"""What notes ask for, by type and by product, with the notes behind each number."""

from datetime import timedelta

import pytest

from orders.notes.models import BuyerNote
from orders.notes.queries import topics
from orders.notes.queries.topics import Quote, WishTopic, count_asking, is_sold
from orders.notes.services import recognise_notes
from tests.factories import NOON, make_line, make_order, make_store
from tests.notes.helpers import SILK, make_noted_order, make_sold_order

pytestmark = pytest.mark.django_db
SINCE, UNTIL = NOON - timedelta(days=1), NOON + timedelta(days=1)


def test_topics_count_types_and_wishes_with_their_notes(store):
    white = [make_sold_order("换成白色", store=store, sold=["颜色分类:白色;尺码:L"]) for _ in range(2)]
    purple = make_sold_order("换成紫色", store=store)
    odd = make_sold_order("阿巴阿巴", store=store)
    recognise_notes(store=store, at=NOON)
    make_noted_order("刻字", store=store)

    found = topics(store, SINCE, UNTIL)

    assert (found.total, found.unread) == (5, 1)
    assert [(topic.kind, topic.count) for topic in found.types] == [("colour_size", 3), ("", 1)]
    assert found.types[0].quotes[0] == Quote(purple.number, "换成紫色")
    assert found.types[1].quotes == [Quote(odd.number, "阿巴阿巴")]
    quotes = [Quote(order.number, "换成白色") for order in reversed(white)]
    assert found.wishes == [
        WishTopic(SILK, "colour_size", "colour", "白色", 2, is_sold=True, quotes=quotes),
        WishTopic(SILK, "colour_size", "colour", "紫色", 1, is_sold=False, quotes=[Quote(purple.number, "换成紫色")]),
    ]


def test_what_one_buyer_dictates_is_no_wish_of_many(store):
    make_sold_order("刻字:平安喜乐", store=store)
    recognise_notes(store=store, at=NOON)

    found = topics(store, SINCE, UNTIL)

    assert ([topic.kind for topic in found.types], found.wishes) == (["engraving"], [])


def test_a_wish_counts_once_for_each_product_of_its_order(store):
    order = make_sold_order("发顺丰", store=store)
    make_line(order=order, position=2, title=SILK)
    make_line(order=order, position=3, title="围巾")
    recognise_notes(store=store, at=NOON)

    wishes = topics(store, SINCE, UNTIL).wishes

    assert sorted((wish.product, wish.wanted, wish.count, wish.is_sold) for wish in wishes) == [
        (title, "顺丰", 1, None) for title in sorted([SILK, "围巾"])
    ]


def test_topics_keep_to_the_store_and_the_time(store):
    make_sold_order("换成白色", store=make_store())
    make_sold_order("换成白色", store=store)
    recognise_notes(store=store, at=NOON)
    BuyerNote.objects.filter(store=store).update(received_at=UNTIL)

    found = topics(store, SINCE, UNTIL)

    assert (found.total, found.unread, found.types, found.wishes) == (0, 0, [], [])


def test_topics_show_three_of_the_notes_behind_a_number(store):
    for _ in range(5):
        make_sold_order("发顺丰", store=store)
    recognise_notes(store=store, at=NOON)

    found = topics(store, SINCE, UNTIL)

    assert [(topic.count, len(topic.quotes)) for topic in (*found.types, *found.wishes)] == [(5, 3), (5, 3)]


def test_topics_take_three_statements(store, django_assert_num_queries):
    for text in ("换成白色", "换成紫色", "发顺丰", "刻字"):
        make_sold_order(text, store=store)
    recognise_notes(store=store, at=NOON)

    with django_assert_num_queries(3):
        topics(store, SINCE, UNTIL)


@pytest.mark.parametrize(
    ("product", "kind", "wanted", "count"),
    [
        (SILK, "colour_size", "白色", 2),
        (SILK, "colour_size", "", 3),
        (SILK, "colour_size", "绿色", 0),
        (SILK, "gift", "", 0),
        ("围巾", "colour_size", "白色", 0),
    ],
)
def test_notes_behind_a_question_are_counted(store, product, kind, wanted, count):
    for text in ("换成白色", "换成白色", "换成紫色"):
        make_sold_order(text, store=store)
    make_sold_order("换成白色", store=make_store())
    recognise_notes(store=store, at=NOON)

    found = count_asking(store, product=product, kind=kind, wanted=wanted, since=SINCE, until=UNTIL)

    assert found == count


@pytest.mark.parametrize(("wanted", "expected"), [("白色", True), ("L", True), ("白", True), ("紫色", False)])
def test_a_product_is_sold_in_what_its_lines_say(store, wanted, expected):
    make_line(order=make_order(store=store, lines=0), title=SILK, spec="颜色分类:白色;尺码:L")

    assert is_sold(store, SILK, wanted) is expected
    assert is_sold(make_store(), SILK, wanted) is False
