"""The queue of cases as a page: tabs, rows, filters, paging, giving and taking, and how often it asks the database."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aftersales.refunds.models import Refund, ReturnParcel
from aftersales.refunds.queries import TABS, Wanted, find_cases, finding
from aftersales.refunds.queries.queue import case_page
from aftersales.refunds.statuses import RefundState
from orders.core.statuses import OrderStatus
from tests.factories import NOON, make_buyer, make_order, make_recipient, make_title
from tests.refunds.cases import join, make_case

PATH = "/aftersales/refunds/"
HTMX = {"HX-Request": "true"}
pytestmark = pytest.mark.django_db


def case_of(store, *, nick="", **values):
    buyer = make_buyer(store=store, nick=nick) if nick else None
    order = make_order(store=store, status=OrderStatus.SHIPPED, **({"buyer": buyer} if buyer else {}))
    return make_case(order=order, line=order.lines.first(), **values)


def shown(response):
    """Return the numbers of the cases in the list."""
    return re.findall(r'data-row data-refund="([^"]*)"', response.content.decode())


def tab_counts(html):
    return {key: int(count) for key, count in re.findall(r'data-queue="(\w+)" data-count="(\d+)"', html)}


def test_row_says_time_left_kind_reason_money_state_and_whose(agent_client, agent, store):
    case_of(store, nick="小雨点", number="R100", owner=agent, remark="等图片", deadline=NOON + timedelta(hours=3))

    html = agent_client.get(PATH).content.decode()

    assert 'data-row data-refund="R100" data-status="requested"' in html
    assert 'class="due due-soon"' in html
    assert "<strong>Refund only</strong>" in html
    assert "小雨点" in html
    assert ">Quality</div>" in html
    assert "等图片" in html
    assert "¥60.00" in html
    assert 'data-owner="agent"' in html
    assert 'data-pane-url="/aftersales/refunds/R100/?pane=1"' in html


PUT_INTO = {
    "due_soon": {"deadline": NOON + timedelta(hours=1)},
    "to_inspect": {"kind": "exchange", "status": "awaiting_receipt", "return_signed_at": NOON},
    "awaiting_receipt": {"kind": "exchange", "status": "awaiting_receipt"},
    "awaiting_return": {"kind": "exchange", "status": "awaiting_return"},
    "awaiting_outbound": {"kind": "exchange", "status": "awaiting_outbound"},
    "awaiting_buyer": {"kind": "exchange", "status": "awaiting_buyer"},
    "refused": {"status": "refused"},
    "succeeded": {"status": "succeeded"},
    "closed": {"status": "closed"},
}


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_lists_and_counts_its_cases(agent_client, agent, store, tab):
    values = dict(PUT_INTO.get(tab, {}))
    if tab == "mine":
        values["owner"] = agent
    if tab == "to_approve":
        values |= {"proposed": Decimal(60), "proposed_by": agent, "proposed_at": NOON}
    case_of(store, number="R1", **values)

    response = agent_client.get(PATH, {"queue": tab})
    counts = tab_counts(response.content.decode())
    counts |= tab_counts(agent_client.get(f"{PATH}subtabs/", {"queue": tab}, headers=HTMX).content.decode())

    assert shown(response) == ["R1"]
    assert counts[tab] == 1


def test_what_is_urgent_is_counted_by_a_request_of_its_own(agent_client, agent, store):
    case_of(store, number="R1", deadline=NOON + timedelta(hours=1), owner=agent)
    case_of(store, number="R2", deadline=NOON + timedelta(days=5))

    page = agent_client.get(PATH, {"queue": "mine", "kind": "refund_only"}).content.decode()
    url = re.search(r'class="subqueues" hx-get="([^"]*)"', page)[1].replace("&amp;", "&")
    html = agent_client.get(url, headers=HTMX).content.decode()

    assert tab_counts(page).keys() == {"open", *(state.value for state in RefundState), "all"}
    assert tab_counts(html) == {"due_soon": 1, "to_approve": 0, "to_inspect": 0, "mine": 1}
    assert 'href="/aftersales/refunds/?queue=mine&amp;kind=refund_only"' in html
    assert re.findall(r'aria-current="true" data-queue="(\w+)"', html) == ["mine"]


@pytest.mark.parametrize("limit", ["_MOST_BUYERS", "_OFTEN"])
def test_a_part_that_very_many_nicks_have_is_seen_at_each_case(agent_client, store, monkeypatch, limit):
    monkeypatch.setattr(finding, limit, 1)
    for at, nick in enumerate(("tb_one", "tb_two", "else")):
        case_of(store, nick=nick, number=f"R{at}")

    response = agent_client.get(PATH, {"queue": "all", "buyer": "tb_"})

    assert sorted(shown(response)) == ["R0", "R1"]


def test_one_character_is_a_part_of_nicks_or_a_whole_one(agent_client, store):
    for at, nick in enumerate(("王小姐", "小王", "else", "e")):
        case_of(store, nick=nick, number=f"R{at}")

    part, whole = (agent_client.get(PATH, {"queue": "all", "buyer": text}) for text in ("王", "e"))

    assert (sorted(shown(part)), shown(whole)) == (["R0", "R1"], ["R3"])


def test_open_cases_are_paged_by_urgency_and_those_without_deadline_come_last(agent_client, store, monkeypatch):
    monkeypatch.setitem(case_page.__kwdefaults__, "size", 2)
    for number, hours in (("R1", 9), ("R2", 1), ("R3", 5)):
        case_of(store, number=number, deadline=NOON + timedelta(hours=hours))
    for number in ("R4", "R5"):
        case_of(store, number=number, deadline=None)

    page = agent_client.get(PATH, headers=HTMX)
    pages = [shown(page)]
    while url := re.search(r'data-next="([^"]*)"', page.content.decode()):
        page = agent_client.get(url[1].replace("&amp;", "&"), headers=HTMX)
        pages.append(shown(page))
    back = re.search(r'data-previous="([^"]*)"', page.content.decode())

    assert pages == [["R2", "R3"], ["R1", "R4"], ["R5"]]
    assert shown(agent_client.get(back[1].replace("&amp;", "&"))) == ["R1", "R4"]


@pytest.mark.parametrize("cursor", ["nonsense", "requested.1.2", "open.999999999999999999.1", "all.none.1"])
def test_a_damaged_cursor_shows_the_first_page(agent_client, store, cursor):
    case_of(store, number="R1")

    response = agent_client.get(PATH, {"queue": "all" if cursor.startswith("all") else "open", "after": cursor})

    assert shown(response) == ["R1"]
    assert "That place in the list is gone" in response.content.decode()


@pytest.mark.parametrize(
    "query",
    [
        {"kind": "exchange"},
        {"reason_kind": "size"},
        {"product": "羊毛"},
        {"buyer": "tb_one"},
        {"buyer": "tb_"},
        {"amount_max": "0"},
        {"requested_to": "2026-05-30"},
        {"sku": "SKU-9"},
        {"owner": "agent"},
        {"q": "SF123"},
    ],
)
def test_filters_narrow_the_list(agent_client, agent, store, query):
    wanted = case_of(
        store, nick="tb_one", number="R1", kind="exchange", reason_kind="size", owner=agent,
        title=make_title(store=store, text="羊毛大衣"), sku_code="SKU-9", requested_at=NOON - timedelta(days=3),
    )  # fmt: skip
    wanted.order.number = "3552-9"
    wanted.order.save(update_fields=["number"])
    ReturnParcel.objects.create(
        refund=wanted, store=store, direction="back", tracking_number="SF123", sent_at=NOON, source="staff"
    )
    case_of(store, nick="other", number="R2")

    response = agent_client.get(PATH, {"queue": "all", **query})

    assert shown(response) == ["R1"]


def test_the_same_recipient_is_found_by_an_order_and_named_by_nobody(agent_client, store):
    cases = [case_of(store, number=f"R{at}") for at in range(3)]
    for refund in cases[:2]:
        make_recipient(order=refund.order)
    make_recipient(order=cases[2].order, name="李四", mobile="13900001111")

    response = agent_client.get(PATH, {"queue": "all", "recipient": cases[0].order.number})

    assert sorted(shown(response)) == ["R0", "R1"]


def test_a_filter_that_cannot_be_read_is_said_and_lists_nothing(agent_client, store):
    case_of(store)

    response = agent_client.get(PATH, {"kind": "gift", "owner": "nobody-here", "title": "5"})

    assert response.status_code == 422
    assert shown(response) == []
    assert re.findall(r'data-error="(\w+)"', response.content.decode()) == ["kind", "title", "owner"]


def test_an_order_with_one_case_leads_to_it_and_with_two_lists_them(agent_client, store):
    first, second = (case_of(store, number=f"R{at}") for at in (1, 2))
    make_case(order=second.order, number="R3", status="closed")

    one = agent_client.get(PATH, {"q": first.order.number})
    two = agent_client.get(PATH, {"q": second.order.number, "queue": "all"})

    assert one["Location"] == f"{PATH}R1/"
    assert sorted(shown(two)) == ["R2", "R3"]


def test_the_queue_of_orders_leads_to_the_case(agent_client, store):
    refund = case_of(store, number="R1")

    html = agent_client.get("/orders/?queue=aftersales").content.decode()
    link = re.search(r'data-case href="([^"]*)"', html)[1]

    assert link == f"{PATH}?q={refund.order.number}"
    assert agent_client.get(link)["Location"] == f"{PATH}R1/"


def test_the_number_of_a_case_leads_to_it(agent_client, store):
    case_of(store, number="R100")

    plain = agent_client.get(PATH, {"q": "R100"})
    partial = agent_client.get(PATH, {"q": "R100"}, headers=HTMX)

    assert (plain.status_code, plain["Location"]) == (302, f"{PATH}R100/")
    assert (partial.status_code, partial["HX-Redirect"]) == (204, f"{PATH}R100/")


def test_the_number_a_case_had_before_the_platforms_leads_to_it(agent_client, store):
    before = join(case_of(store))

    whole = agent_client.get(PATH, {"q": before})
    narrowed = find_cases(store, Wanted(q=before))

    assert (whole.status_code, whole["Location"]) == (302, f"{PATH}70001/")
    assert Refund.objects.get(narrowed).number == "70001"


def test_cases_of_another_store_are_not_listed(outsider_client, store):
    case_of(store, number="R1")

    response = outsider_client.get(PATH, {"queue": "all"})

    assert shown(response) == []
    assert "No cases here" in response.content.decode()


@pytest.mark.parametrize("tab", ["open", "all", "due_soon"])
def test_the_list_takes_the_same_few_statements_for_one_row_and_three(agent_client, store, tab):
    counts = []
    for _ in (1, 3):
        case_of(store, deadline=NOON + timedelta(hours=1))
        agent_client.get(PATH, {"queue": tab})
        with CaptureQueriesContext(connection) as queries:
            agent_client.get(PATH, {"queue": tab}, headers=HTMX)
        counts.append(len(queries))
        case_of(store, deadline=NOON + timedelta(hours=2))

    assert counts[0] == counts[1]
    assert counts[0] <= 8


# Giving and taking


def test_selected_cases_are_taken_and_given_back(agent_client, agent, store):
    selected = [case_of(store, number=f"R{at}").pk for at in range(2)]

    taken = agent_client.post(
        f"{PATH}bulk/", {"act": "take", "selected": selected, "query": "queue=open"}, headers=HTMX
    )
    owners = set(Refund.objects.values_list("owner", flat=True))
    agent_client.post(f"{PATH}bulk/", {"act": "give_back", "_all": "1", "query": "queue=mine"})

    assert taken.status_code == 200
    assert "2 cases are yours." in taken["HX-Trigger"]
    assert owners == {agent.pk}
    assert set(Refund.objects.values_list("owner", flat=True)) == {None}


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"act": "take"}, "No case is selected."),
        ({"act": "fly", "selected": ["1"]}, "Choose what to do with the selected cases."),
        ({"act": "take", "_all": "1", "query": "kind=gift"}, "The filter could not be read, so nothing was changed."),
    ],
)
def test_a_selection_that_is_none_changes_nothing(agent_client, store, data, sentence):
    response = agent_client.post(f"{PATH}bulk/", data, headers=HTMX)

    assert sentence in response["HX-Trigger"]


def test_taking_the_next_cases_shows_mine(agent_client, agent, store):
    case_of(store, number="R1")
    case_of(store, number="R2", status="refused")

    first = agent_client.post(f"{PATH}take-next/", headers=HTMX)
    second = agent_client.post(f"{PATH}take-next/", headers=HTMX)

    assert shown(first) == ["R1"]
    assert first["HX-Push-Url"] == f"{PATH}?queue=mine"
    assert Refund.objects.get(owner=agent).number == "R1"
    assert "No case is left" in second["HX-Trigger"]


def test_who_has_no_part_in_orders_sees_nothing(ops_client, store):
    assert ops_client.get(PATH).status_code == 403
    assert ops_client.post(f"{PATH}bulk/").status_code == 403
    assert ops_client.post(f"{PATH}take-next/").status_code == 403


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
@pytest.mark.parametrize("end", ["requested_from", "requested_to"])
def test_a_day_at_the_end_of_the_calendar_lists_nothing(agent_client, store, day, end):
    case_of(store, number="R1")

    response = agent_client.get(PATH, {"queue": "all", end: day})

    assert (response.status_code, shown(response)) == (422, [])
