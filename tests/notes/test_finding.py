"""What narrows the inbox finds the same notes however it is read: along a short tab, by indexes, by product."""

import pytest

from orders.core.models import Order
from orders.notes.models import BuyerNote
from orders.notes.queries import TABS, Wanted, find_notes, finding, inbox_order_ids, inbox_rows
from orders.notes.services import confirm_note
from tests.factories import NOON, make_line, make_user
from tests.notes.helpers import make_sold_order, target

pytestmark = pytest.mark.django_db
TODAY = NOON.date()


@pytest.fixture
def li(store):
    return make_user("li", store=store)


@pytest.fixture(params=["todo", "handled", "all"])
def tab(request):
    return request.param


def orders_of(store, li, tab, **wanted):
    found = find_notes(store, Wanted(**wanted), tab=tab)
    shown = [row["order_id"] for row in inbox_rows(store, li, tab=tab, where=found.where).rows]
    assert shown == inbox_order_ids(store, li, tab=tab, where=found.where, limit=50)
    assert found.count in {None, len(shown), finding.MANY + 1}
    return set(shown)


def settle(tab, *orders):
    """Bring the notes of these orders into the tab."""
    if tab == "handled":
        for order in orders:
            confirm_note(**target(order, outcome="agreed"))
    return {order.pk for order in orders}


@pytest.mark.parametrize("many", [1000, 1])
@pytest.mark.parametrize(
    "wanted",
    [
        {"text": "礼盒"},
        {"text": "要礼盒"},
        {"text": "xL"},
        {"text": "盒"},
        {"text": "礼盒", "kind": "gift_wrap"},
        {"text": "礼盒", "product": "衬衫"},
        {"kind": "gift_wrap"},
        {"kind": "gift_wrap", "received_from": TODAY, "received_to": TODAY},
        {"kind": "gift_wrap", "product": "衬衫"},
        {"product": "衬衫"},
        {"product": "衬"},
        {"received_from": TODAY},
    ],
)
def test_notes_are_found_alike_few_or_many(store, other_store, li, tab, wanted, many, monkeypatch):
    fits = [make_sold_order("要礼盒 XL", store=store, title="棉衬衫") for _ in range(3)]
    late = make_sold_order("发顺丰", store=store, title="连衣裙")
    stranger = make_sold_order("要礼盒 XL", store=other_store, title="棉衬衫")
    expected = settle(tab, *fits)
    settle(tab, late, stranger)
    for order in (*fits, stranger):
        BuyerNote.objects.filter(order=order).update(types=["gift_wrap", "urge"])
    BuyerNote.objects.filter(order=late).update(received_at=NOON.replace(month=5))
    monkeypatch.setattr(finding, "MANY", many)

    assert orders_of(store, li, tab, **wanted) == expected


def test_what_nobody_wrote_or_sold_is_nowhere(store, li, tab, django_assert_num_queries):
    settle(tab, make_sold_order("要礼盒", store=store))

    assert orders_of(store, li, tab, text="没有这样的") == set()
    assert orders_of(store, li, tab, kind="engraving") == set()
    with django_assert_num_queries(1):
        assert find_notes(store, Wanted(product="没有"), tab=tab).count == 0
    assert orders_of(store, li, tab, product="没有") == set()


def test_an_order_with_several_lines_of_a_product_is_counted_once(store, li, tab):
    order = make_sold_order("要礼盒", store=store, title="棉衬衫", spec="尺码:L")
    make_line(order=order, title="棉衬衫", spec="尺码:M", key="2")
    make_line(order=order, title="麻衬衫", key="3")
    settle(tab, order)

    assert find_notes(store, Wanted(product="衬衫"), tab=tab).count == 1
    assert orders_of(store, li, tab, product="衬衫") == {order.pk}


def test_a_product_is_looked_for_further_where_its_latest_lines_have_few_notes(store, li, monkeypatch):
    order = make_sold_order("要礼盒", store=store, title="棉衬衫")
    for _ in range(3):
        make_sold_order("刻字", store=store, title="棉衬衫")
    monkeypatch.setattr(finding, "_LATEST", 1)

    found = find_notes(store, Wanted(product="棉衬"), tab="all")

    assert found.count == 4
    assert order.pk in orders_of(store, li, "all", product="棉衬")


def test_a_product_in_the_work_tabs_is_that_of_their_notes(store, li):
    order, other = make_sold_order("要礼盒", store=store, title="棉衬衫"), make_sold_order("刻字", store=store)
    BuyerNote.objects.update(state="manual", assignee=li, changed_after_print=True)
    Order.objects.update(printed_at=NOON.replace(month=5))

    for name in ("todo", "mine", "manual", "changed_after_print"):
        assert orders_of(store, li, name, product="衬衫") == {order.pk}, name
    assert orders_of(store, li, "todo") == {order.pk, other.pk}


@pytest.mark.parametrize("tab", TABS)
@pytest.mark.parametrize("wanted", [{"text": "礼盒"}, {"kind": "gift"}, {"product": "衬衫"}, {"received_to": TODAY}])
def test_finding_takes_at_most_one_statement(store, tab, wanted, django_assert_max_num_queries):
    make_sold_order("要礼盒", store=store, title="棉衬衫")

    with django_assert_max_num_queries(1):
        find_notes(store, Wanted(**wanted), tab=tab)


def test_what_has_many_notes_is_remembered_for_a_while(store, monkeypatch, django_assert_num_queries):
    for _ in range(2):
        make_sold_order("要礼盒", store=store)
    clock = [1000.0]
    monkeypatch.setattr(finding, "MANY", 1)
    monkeypatch.setattr(finding.time, "monotonic", lambda: clock[0])
    wanted = Wanted(text="礼盒")

    first = find_notes(store, wanted, tab="all")
    with django_assert_num_queries(0):
        again = find_notes(store, wanted, tab="all")
    clock[0] += 601
    with django_assert_num_queries(1):
        later = find_notes(store, wanted, tab="all")

    assert [first.count, again.count, later.count] == [2, 2, 2]


@pytest.mark.parametrize(("tab", "believed"), [("unread", True), ("mine", False)])
def test_many_notes_of_a_work_tab_are_believed_for_a_minute(store, tab, believed, monkeypatch):
    clock = [1000.0]
    monkeypatch.setattr(finding.time, "monotonic", lambda: clock[0])
    wanted = Wanted(kind="gift")

    finding.remember_many(store, wanted, tab=tab)
    at_once = find_notes(store, wanted, tab=tab).count
    clock[0] += 61
    later = find_notes(store, wanted, tab=tab).count

    assert (at_once == finding.MANY + 1, later) == (believed, None)


def test_few_notes_are_looked_for_each_time(store):
    make_sold_order("要礼盒", store=store)
    before = find_notes(store, Wanted(text="礼盒"), tab="all").count
    make_sold_order("要礼盒", store=store)

    assert (before, find_notes(store, Wanted(text="礼盒"), tab="all").count) == (1, 2)
