"""The note inbox: which notes each tab has, in which order, page by page; and their counts."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from orders.core.models import Order
from orders.notes.models import BuyerNote
from orders.notes.queries import (
    COUNT_CAP,
    TABS,
    NoteCursorError,
    count_inbox,
    cursor_of,
    inbox,
    inbox_counts,
    inbox_order_ids,
    note_by_number,
    note_handlers,
    note_inbox,
)
from orders.notes.services import assign_note, confirm_note
from tests.factories import NOON, make_store, make_user
from tests.notes.helpers import make_noted_order, target

pytestmark = pytest.mark.django_db


@pytest.fixture
def li(store):
    return make_user("li", store=store)


def numbers(page):
    return [note.order.number for note in page.rows]


def walk(store, user, **values):
    """Read forwards to the end, then backwards to the start; return what each direction showed, page by page."""
    there = [note_inbox(store, user, size=2, **values)]
    while there[-1].next:
        there.append(note_inbox(store, user, size=2, after=there[-1].next, **values))
    back = [there[-1]]
    while back[-1].previous:
        back.append(note_inbox(store, user, size=2, before=back[-1].previous, **values))
    return [numbers(page) for page in there], [numbers(page) for page in reversed(back)]


def make_notes(store, *hours, **values):
    """Make one note per hour: its order is due so many hours after noon, or never."""
    return [
        make_noted_order(store=store, ship_by=None if hour is None else NOON + timedelta(hours=hour), **values).number
        for hour in hours
    ]


def test_todo_is_by_the_orders_deadline_and_those_without_one_come_last(store, li):
    first, second, third, never, late = make_notes(store, 1, 2, 2, None, 5)
    make_notes(store, 1, status="pending_payment")
    make_notes(make_store(), 1)
    make_noted_order(store=store, status="shipped")
    confirmed = make_noted_order(store=store)
    confirm_note(**target(confirmed, outcome="agreed"))

    there, back = walk(store, li)

    assert there == back == [[first, second], [third, late], [never]]


def test_pages_backwards_pass_from_those_without_a_deadline(store, li):
    made = make_notes(store, 1, None, None, None)

    there, back = walk(store, li)

    assert there == back == [made[:2], made[2:]]


def test_mine_are_the_unhandled_ones_given_to_me(store, li):
    wang = make_user("wang", store=store)
    orders = [make_noted_order(store=store, ship_by=NOON + timedelta(hours=hour)) for hour in (4, 3, 2, 1)]
    for order, person in zip(orders, (li, li, wang, li), strict=True):
        assign_note(**target(order, assignee=person))
    confirm_note(**target(orders[3], outcome="agreed"))

    assert numbers(note_inbox(store, li, tab="mine")) == [orders[1].number, orders[0].number]


@pytest.mark.parametrize("state", ["unread", "recognised", "needs_info", "manual"])
def test_each_state_has_its_tab_oldest_first(store, li, state):
    made = [make_noted_order(store=store) for _ in range(3)]
    make_noted_order(store=store)
    BuyerNote.objects.update(state="confirmed")
    for age, order in enumerate(made):
        BuyerNote.objects.filter(order=order).update(state=state, received_at=NOON - timedelta(hours=age))

    there, back = walk(store, li, tab=state)

    assert there == back == [[made[2].number, made[1].number], [made[0].number]]


def test_handled_are_the_latest_first(store, li):
    made = [make_noted_order(store=store) for _ in range(3)]
    for hour, order in enumerate(made):
        confirm_note(**target(order, outcome="agreed", at=NOON + timedelta(hours=hour)))
    make_noted_order(store=store)

    there, back = walk(store, li, tab="handled")

    assert there == back == [[made[2].number, made[1].number], [made[0].number]]


def test_all_are_the_latest_received_first(store, li):
    made = [make_noted_order(store=store) for _ in range(3)]

    there, back = walk(store, li, tab="all")

    assert there == back == [[made[2].number, made[1].number], [made[0].number]]


def test_changed_after_printing_until_it_is_printed_again(store, li):
    changed, reprinted, shipped = (make_noted_order(store=store) for _ in range(3))
    BuyerNote.objects.update(changed_after_print=True)
    Order.objects.update(printed_at=NOON - timedelta(hours=1))
    Order.objects.filter(pk=reprinted.pk).update(printed_at=NOON + timedelta(hours=1))
    Order.objects.filter(pk=shipped.pk).update(status="shipped")

    page = note_inbox(store, li, tab="changed_after_print")

    assert numbers(page) == [changed.number]
    assert inbox_counts(store, li)["changed_after_print"] == 1


def test_a_tab_may_show_one_type_only(store, li):
    gift, _other = (make_noted_order(store=store) for _ in range(2))
    BuyerNote.objects.filter(order=gift).update(types=["gift", "urge"])

    assert numbers(note_inbox(store, li, kind="gift")) == [gift.number]


@pytest.mark.parametrize("tab", TABS)
def test_a_page_takes_as_many_statements_for_three_notes_as_for_one(store, li, tab):
    def show(count):
        for _ in range(count):
            make_noted_order(store=store)
        BuyerNote.objects.update(
            assignee=li, state="manual" if tab == "mine" else tab if tab in ("needs_info", "recognised") else "manual"
        )
        with CaptureQueriesContext(connection) as queries:
            page = note_inbox(store, li, tab=tab, size=2)
            for note in page.rows:
                [line.title.text for line in note.order.lines.all()]
                str((note.order.buyer, note.assignee, note.handled_by))
        return len(queries)

    counts = [show(2), show(2)]

    assert counts[0] <= 3
    assert counts[1] <= counts[0]


def test_the_cursor_of_a_note_finds_its_neighbours(store, li):
    made = make_notes(store, 1, 2, 3)
    cursor = cursor_of(note_by_number(store, made[1]), "todo")

    pages = note_inbox(store, li, before=cursor, size=1), note_inbox(store, li, after=cursor, size=1)

    assert [numbers(page) for page in pages] == [[made[0]], [made[2]]]


def test_a_note_is_found_by_its_orders_number_in_its_store_only(store, other_store, django_assert_num_queries):
    order = make_noted_order(store=store)
    nick = order.buyer.nick

    with django_assert_num_queries(2):
        note = note_by_number(store, order.number)
        assert (note.order.buyer.nick, note.order.store, note.assignee) == (nick, store, None)
        assert [version.number for version in note.versions.all()] == [1]

    with pytest.raises(BuyerNote.DoesNotExist):
        note_by_number(other_store, order.number)


def test_notes_are_given_to_active_members_who_work_on_orders(store, li, agent, manager, warehouse, outsider):
    make_user("gone", store=store, is_active=False)

    assert note_handlers(store) == [agent, li, manager]


@pytest.mark.parametrize("token", ["?", "bm90IGpzb24", "W10", "WyJ0b2RvIiwieCIsMV0", "WyJ0b2RvIixudWxsLC0xXQ", "é"])
def test_a_damaged_cursor_is_refused(store, li, token):
    with pytest.raises(NoteCursorError):
        note_inbox(store, li, after=token)


def test_a_cursor_of_another_tab_is_refused(store, li):
    make_notes(store, 1, 2, 3)
    page = note_inbox(store, li, size=1)

    with pytest.raises(NoteCursorError):
        note_inbox(store, li, tab="all", after=page.next)


def test_an_unknown_tab_is_a_key_error(store, li):
    with pytest.raises(KeyError):
        note_inbox(store, li, tab="nonsense")


def test_counts_are_those_of_the_tabs_in_one_statement(store, li, django_assert_num_queries):
    orders = [make_noted_order(store=store) for _ in range(5)]
    for order, state in zip(orders, ("unread", "recognised", "needs_info", "manual", "manual"), strict=True):
        BuyerNote.objects.filter(order=order).update(state=state)
    assign_note(**target(orders[1], assignee=li))
    make_noted_order()

    with django_assert_num_queries(1):
        counts = inbox_counts(store, li)

    expected = {"unread": 1, "recognised": 1, "needs_info": 1, "manual": 2}
    assert counts == {"todo": 5, "mine": 1, "changed_after_print": 0, **expected}


def test_a_condition_narrows_pages_counts_and_ids_alike(store, li, monkeypatch):
    orders = [make_noted_order(text, store=store, ship_by=NOON + timedelta(hours=hour)) for text, hour in _TEXTS]
    where = Q(text__contains="red")

    page = note_inbox(store, li, where=where)

    assert numbers(page) == [orders[2].number, orders[0].number]
    assert count_inbox(store, li, tab="todo", where=where) == 2
    assert inbox_order_ids(store, li, tab="todo", where=where, limit=9) == [orders[2].pk, orders[0].pk]
    assert inbox_order_ids(store, li, tab="all", limit=2) == [orders[2].pk, orders[1].pk]
    monkeypatch.setattr(inbox, "COUNT_CAP", 1)
    assert count_inbox(store, li, tab="all") == 2


_TEXTS = (("red box", 3), ("blue box", 2), ("red paper", 1))


def test_counts_stop_at_their_cap(store, li, monkeypatch):
    monkeypatch.setattr(inbox, "COUNT_CAP", 2)
    for _ in range(4):
        make_noted_order(store=store)

    counts = inbox_counts(store, li)

    assert (counts["todo"], counts["unread"], COUNT_CAP) == (3, 3, 1000)
