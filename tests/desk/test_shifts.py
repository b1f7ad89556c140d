"""A shift: what was handled, what is open, what was not as usual, words for the next one; and who sees whose."""

from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.core.models import Order
from orders.core.services import accept_order, add_remark, claim_order, extend_promise, open_hold, release_hold
from orders.core.statuses import EventKind, HoldKind
from orders.desk.acts import ACTS
from orders.desk.models import ShiftNote
from orders.desk.services import DeskError, Item, start_batch
from orders.desk.shift_text import shift_text
from orders.desk.shifts import NOTE_LENGTH, drill, people_of_day, save_shift_note, shift_of
from orders.fulfilment.services import record_print
from orders.notes.services import assign_note, override_note, record_note
from tests.factories import NOON, make_order, make_user

PATH = "/orders/shift/"
DAY = date(2026, 6, 1)


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def wang(store):
    return make_user("wang", store=store, display_name="Wang Fang")


def call(order, actor, at=NOON):
    return {"store": order.store, "order_id": order.pk, "actor": actor, "at": at}


def numbers(rows):
    return [row.order.number for row in rows]


def test_handled_counts_the_day_of_one_person(store, agent, wang):
    order = make_order(store=store)
    for hours, who in ((1, agent), (2, agent), (3, wang), (12, agent), (13, agent)):  # midnight was 12 hours ago
        add_remark(**call(order, who, NOON - timedelta(hours=hours)), text="x")
    accept_order(**call(make_order(store=store, acceptance="unreviewed"), agent))

    shift = shift_of(store, agent, DAY)

    assert [(row.kind, row.label, row.count) for row in shift.handled] == [
        ("remarked", "Remark added", 3), ("accepted", "Accepted", 1),
    ]  # fmt: skip
    assert (shift.first_at, shift.last_at, shift.act_count) == (NOON - timedelta(hours=12), NOON, 4)
    assert shift_of(store, agent, DAY - timedelta(days=1)).act_count == 1


def test_pending_is_what_the_person_leaves_open(store, agent, wang, manager):
    claimed, over, old, held, line_over, noted = (make_order(store=store) for _ in range(6))
    claim_order(**call(claimed, agent))
    claim_order(**call(over, agent, NOON - timedelta(hours=2)))
    claim_order(**call(old, agent, NOON - timedelta(hours=20)))
    open_hold(**call(held, agent), kind=HoldKind.MANUAL, reason="colour")
    open_hold(**call(line_over, agent), kind=HoldKind.MANUAL, reason="colour")
    release_hold(**call(line_over, wang), kind=HoldKind.MANUAL, reason="fine")
    open_hold(**call(make_order(store=store), wang), kind=HoldKind.MANUAL, reason="hers")
    record_note(order=noted, text="gift box", at=NOON)
    assign_note(**call(noted, manager), assignee=agent)

    shift = shift_of(store, agent, DAY)

    assert [order.number for order in shift.claims] == [claimed.number, over.number]
    assert (numbers(shift.holds), numbers(shift.notes)) == ([held.number], [noted.number])


def test_exceptions_are_overrides_extensions_take_overs_and_reprints(store, manager, agent):
    taken, free, extended, printed, overridden = (make_order(store=store) for _ in range(5))
    claim_order(**call(taken, agent))
    claim_order(**call(taken, manager), take_over=True)
    claim_order(**call(free, manager))
    extend_promise(
        **call(extended, manager), until=NOON + timedelta(days=5), agreement="fine with me", image=None
    )  # fmt: skip
    record_print(**call(printed, manager))
    record_print(**call(printed, manager))
    record_note(order=overridden, text="gift box", at=NOON)
    override_note(**call(overridden, manager), reason="no time")
    refused = make_order(store=store, flag=2, status="completed")
    start_batch(
        store=store, act=ACTS["accept"], items=[Item(refused.pk, refused.number)], values={}, actor=manager, at=NOON
    )

    shift = shift_of(store, manager, DAY)

    assert {(event.kind, event.order.number) for event in shift.exceptions} == {
        (EventKind.CLAIMED, taken.number), (EventKind.EXTENDED, extended.number),
        (EventKind.PRINTED, printed.number), (EventKind.NOTE_OVERRIDDEN, overridden.number),
    }  # fmt: skip
    assert len(shift.exceptions) == 4
    assert [(row.subject, "only orders that await" in row.reason) for row in shift.refused] == [(refused.number, True)]
    assert not shift_of(store, agent, DAY).exceptions


def test_another_stores_acts_are_not_in_the_shift(store, other_store, agent):
    agent.memberships.create(store=other_store, roles=["agent"])
    order = make_order(store=other_store)
    for service, more in ((add_remark, {"text": "x"}), (claim_order, {})):
        service(**call(order, agent), **more)
    open_hold(**call(order, agent), kind=HoldKind.MANUAL, reason="there")

    shift = shift_of(store, agent, DAY)

    assert (shift.handled, shift.claims, shift.holds, shift.exceptions) == ([], [], [], [])


def test_drill_pages_forth_and_back_without_losing_one(store, agent, monkeypatch):
    monkeypatch.setattr("orders.desk.shifts.PAGE", 2)
    order = make_order(store=store)
    for minute in (1, 1, 1, 2, 3):
        add_remark(**call(order, agent, NOON - timedelta(minutes=minute)), text="x")

    first, after, none = drill(store, agent, DAY, EventKind.REMARKED)
    second, after2, before2 = drill(store, agent, DAY, EventKind.REMARKED, after=after)
    third, end, _before = drill(store, agent, DAY, EventKind.REMARKED, after=after2)
    back, _after, start = drill(store, agent, DAY, EventKind.REMARKED, before=before2)

    assert [len(page) for page in (first, second, third)] == [2, 2, 1]
    assert len({event.pk for event in (*first, *second, *third)}) == 5
    assert (none, end, start) == ("", "", "")
    assert back == first


@pytest.mark.parametrize("cursor", ["x", "\x00_1", "2026-06-01_1", "9999999999999999_1", f"1_{'9' * 30}", "٣_1"])
def test_cursor_that_is_none_gives_the_first_page(agent_client, store, agent, cursor):
    add_remark(**call(make_order(store=store), agent), text="x")

    response = agent_client.get(PATH, {"kind": "remarked", "after": cursor})

    assert response.status_code == 200


# The page


def test_page_shows_my_shift_of_today(agent_client, store, agent):
    order = make_order(store=store, number="A1")
    add_remark(**call(order, agent), text="called 13812341234")

    html = agent_client.get(PATH, {"kind": "remarked"}).content.decode()

    assert 'data-metric="handled" data-value="1"' in html
    assert 'data-kind="remarked" data-value="1"' in html
    assert "called 138****1234" in html
    assert "13812341234" not in html
    assert 'class="shift-people"' not in html


def test_page_takes_the_same_statements_for_any_number(manager_client, store, manager):
    def shown():
        with CaptureQueriesContext(connection) as statements:
            manager_client.get(PATH, {"kind": "remarked"})
        return len(statements)

    orders = [make_order(store=store) for _ in range(4)]
    work(orders[0], manager)
    shown()
    few = shown()
    for order in orders[1:]:
        work(order, manager)
        add_remark(**call(order, make_user(store=store)), text="x")

    assert shown() == few


def test_lists_come_after_the_page_or_with_it(agent_client, store, agent):
    order = make_order(store=store, number="3552001")
    work(order, agent)
    row = 'data-order="3552001"'

    page = agent_client.get(PATH).content.decode()
    part = agent_client.get(PATH, {"part": "open"}, headers={"HX-Request": "true"}).content.decode()
    whole = agent_client.get(PATH, {"part": "open"}).content.decode()

    assert 'hx-get="/orders/shift/?person=agent&amp;day=2026-06-01&amp;part=open"' in page
    assert row not in page
    assert (part.count(row), whole.count(row)) == (3, 3)  # a claim, a note, a hold
    assert part.count('data-exception="note_overridden"') == whole.count('data-exception="note_overridden"') == 1
    assert ("<html" in part, "<html" in whole) == (False, True)
    assert 'id="shift-copy" hx-swap-oob="true"' in part
    assert "- 3552001: gift box" in part


def test_lists_take_the_same_statements_for_any_number(manager_client, store, manager):
    def shown():
        with CaptureQueriesContext(connection) as statements:
            manager_client.get(PATH, {"part": "open"}, headers={"HX-Request": "true"})
        return len(statements)

    orders = [make_order(store=store) for _ in range(4)]
    work(orders[0], manager)
    shown()
    few = shown()
    for order in orders[1:]:
        work(order, manager)

    assert shown() == few


def test_lists_escape_what_people_write(agent_client, store, agent):
    order = make_order(store=store)
    record_note(order=order, text="<b>gift</b> " + "x" * 90, at=NOON)
    assign_note(**call(order, agent), assignee=agent)
    open_hold(**call(order, agent), kind=HoldKind.MANUAL, reason="<i>why</i>")

    html = agent_client.get(PATH, {"part": "open"}).content.decode()

    assert "&lt;b&gt;gift&lt;/b&gt; " + "x" * 67 + "…" in html
    assert ": &lt;i&gt;why&lt;/i&gt;" in html
    assert "<b>gift" not in html
    assert "<i>why" not in html


def work(order, actor):
    record_note(order=order, text="gift box", at=NOON)
    assign_note(**call(order, actor), assignee=actor)
    override_note(**call(order, actor), reason="no time")
    claim_order(**call(order, actor))
    open_hold(**call(order, actor), kind=HoldKind.MANUAL, reason="colour")
    add_remark(**call(order, actor), text="x")


def test_manager_chooses_person_and_day(manager_client, store, wang):
    add_remark(**call(make_order(store=store), wang, NOON - timedelta(days=1)), text="x")

    html = manager_client.get(PATH, {"person": "wang", "day": "2026-05-31"}).content.decode()

    assert 'data-person="wang" data-value="1" aria-current="true"' in html
    assert 'data-metric="handled" data-value="1"' in html
    assert "Shift of Wang Fang" in html
    assert 'id="recent"' not in html


def test_colleagues_shift_is_the_managers_alone(agent_client, store, wang, outsider, manager_client):
    assert agent_client.get(PATH, {"person": "wang"}).status_code == 403
    assert agent_client.get(PATH, {"person": "agent"}).status_code == 200
    for name in ("outsider", "nobody", "\x00", "x" * 999):
        assert manager_client.get(PATH, {"person": name}).status_code == 404


@pytest.mark.parametrize("day", ["x", "\x00", "2026-06-02", "0001-01-01", "9" * 400, "2026-13-01"])
def test_day_that_is_none_is_said_and_today_is_shown(agent_client, day):
    response = agent_client.get(PATH, {"day": day})

    assert response.status_code == 200
    assert "notice-warning" in response.content.decode()


@pytest.mark.parametrize("who", ["finance", "ops"])
def test_page_is_closed_to_others(request, who):
    assert request.getfixturevalue(f"{who}_client").get(PATH).status_code == 403


def test_people_of_the_day_are_who_works_or_did_something(store, other_store, agent, wang, finance):
    gone = make_user("gone", store=store, is_active=False)
    make_user("left", store=store, is_active=False)
    for who in (wang, wang, gone):
        add_remark(**call(make_order(store=store), who), text="x")
    save_shift_note(store=store, actor=agent, day=DAY, text="hello", at=NOON)

    people = people_of_day(store, DAY)

    assert [(one.user.username, one.act_count, one.has_note) for one in people] == [
        ("wang", 2, False), ("gone", 1, False), ("agent", 0, True),
    ]  # fmt: skip


def test_text_tells_the_whole_shift(store, agent):
    claimed = make_order(store=store, number="A1")
    claim_order(**call(claimed, agent))
    open_hold(**call(make_order(store=store, number="A2"), agent), kind=HoldKind.MANUAL, reason="colour")
    save_shift_note(store=store, actor=agent, day=DAY, text="two parcels wait", at=NOON)

    assert shift_text(store, shift_of(store, agent, DAY)).splitlines() == [
        "Demo · agent · 2026-06-01 · 12:00–12:00",
        "",
        "Handled:",
        "- Claimed 1",
        "- Held 1",
        "",
        "Claimed and not shipped:",
        "- A1, ship by 06-03 11:00",
        "",
        "Notes to handle: none",
        "",
        "Held by me, still open:",
        "- A2: Held by hand colour",
        "",
        "Exceptions: none",
        "",
        "For the next shift:",
        "two parcels wait",
    ]


# The note


def test_note_is_kept_masked_and_replaced(agent_client, store, agent, manager_client):
    for text in ("first", "call 13812341234\r\nat nine"):
        response = agent_client.post("/orders/shift/note/", {"text": text, "day": "2026-06-01"})

    note = ShiftNote.objects.get()
    assert response.status_code == 302
    assert (note.text, note.user, note.day, note.updated_at) == ("call 138****1234\nat nine", agent, DAY, NOON)
    assert "call 138****1234<br>at nine" in manager_client.get(PATH, {"person": "agent"}).content.decode()


def test_empty_note_goes_away(agent_client, store, agent):
    save_shift_note(store=store, actor=agent, day=DAY, text="x", at=NOON)

    agent_client.post("/orders/shift/note/", {"text": "  "})

    assert not ShiftNote.objects.exists()


def test_too_long_a_note_is_shown_again(agent_client, store):
    text = "long " * 250

    response = agent_client.post("/orders/shift/note/", {"text": text})

    assert response.status_code == 422
    assert "The note has 1249 characters; there is room for 1000." in response.content.decode()
    assert text.strip() in response.content.decode()
    assert not ShiftNote.objects.exists()


@pytest.mark.parametrize(("days", "is_kept"), [(0, True), (1, True), (2, False)])
def test_note_is_written_on_its_day_or_the_day_after(store, agent, days, is_kept):
    day = DAY - timedelta(days=days)

    if is_kept:
        assert save_shift_note(store=store, actor=agent, day=day, text="x" * NOTE_LENGTH, at=NOON).day == day
    else:
        with pytest.raises(DeskError, match="on its day or the day after"):
            save_shift_note(store=store, actor=agent, day=day, text="x", at=NOON)


@pytest.mark.parametrize("data", [{"text": "\x00"}, {"day": "\x00", "text": "x"}, {"day": "2026-06-02", "text": "x"}])
def test_note_of_garbage_is_no_note(agent_client, store, data):
    response = agent_client.post("/orders/shift/note/", data)

    assert response.status_code in {302, 422}
    assert not ShiftNote.objects.exists()
    assert not Order.objects.exists()
