"""One case as a page and in the pane, the cases of an order, opening one, and what the home page says."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from aftersales.refunds.models import Refund
from aftersales.refunds.services import say
from aftersales.refunds.services.goods import send_back
from orders.core.models import Order, OrderEvent
from orders.core.statuses import OrderStatus
from orders.notes.services import confirm_note, record_note
from tests.factories import NOON, make_buyer, make_order, make_recipient
from tests.refunds.cases import make_case, make_picture, target

PATH = "/aftersales/refunds/"
HTMX = {"HX-Request": "true"}
pytestmark = pytest.mark.django_db


def case_of(store, **values):
    order = values.pop("order", None) or make_order(store=store, status=OrderStatus.SHIPPED, number="3552001")
    line = order.lines.first()
    return make_case(order=order, line=line, title=line.title, **{"number": "R100", **values})


def page_of(client, **headers):
    return client.get(f"{PATH}R100/", headers=headers).content.decode()


def part_of(client, part, **headers):
    return client.get(f"{PATH}R100/part/{part}/", headers=headers or HTMX).content.decode()


def test_the_page_has_facts_thread_and_decision(agent_client, agent, store):
    refund = case_of(store, text="袖口开线")
    record_note(order=refund.order, text="要黑色", at=NOON - timedelta(days=2))
    confirm_note(store=store, order_id=refund.order_id, outcome="已电联", actor=agent, at=NOON - timedelta(days=1))
    picture = make_picture(store, stored="x")
    say(**target(refund, text="请发照片", actor=agent, attachments=[picture]))

    html = page_of(agent_client)

    assert html.index('class="case-facts') < html.index('class="case-talk') < html.index('class="case-side')
    assert re.findall(r'data-message="(\w+)"', html) == ["buyer", "shop"]
    assert "袖口开线" in html
    assert f'src="{reverse("common:attachment", args=[picture.pk])}"' in html
    assert f'hx-get="{PATH}R100/part/note/"' in html
    assert 'data-finding="quality"' in html
    assert "Within 15 days after signing the shop answers for “Quality”." in html
    assert "By the rule: Shop." in html
    assert re.findall(r"data-silence>.*?</svg>([^<]*)<", html, re.DOTALL) == [
        "Until 2026-06-03 12:00. Without a decision it counts as agreed: ¥60.00 goes to the buyer."
    ]
    assert "not sent to the platform" in html


def test_note_buyer_and_goods_come_by_requests_of_their_own(agent_client, agent, store):
    refund = case_of(store, text="袖口开线")
    record_note(order=refund.order, text="要黑色", at=NOON - timedelta(days=2))
    confirm_note(store=store, order_id=refund.order_id, outcome="已电联", actor=agent, at=NOON - timedelta(days=1))

    note, buyer = part_of(agent_client, "note"), part_of(agent_client, "buyer")
    page = agent_client.get(f"{PATH}R100/part/note/").content.decode()

    assert re.search(r"data-confirmed-by>agent · ", note)
    assert "已电联" in note
    assert 'data-reason="quality" class="is-own"' in buyer
    assert 'data-buyer-kind="refund_only"' in buyer
    assert ("<html" in note, "<html" in page) == (False, True)
    assert f'href="{PATH}R100/"' in page
    assert agent_client.get(f"{PATH}R100/part/x/").status_code == 404
    assert agent_client.get(f"{PATH}R404/part/note/").status_code == 404


def test_an_order_without_a_note_says_so_at_once(agent_client, store):
    case_of(store)

    html = page_of(agent_client)

    assert "The buyer left no note with the order." in html
    assert "The buyer left no note with the order." in part_of(agent_client, "note")
    assert "part/note/" not in html


def test_signals_are_sentences_that_lead_to_the_list_they_count(agent_client, store):
    buyer = make_buyer(store=store, nick="tb_one")
    for at in range(3):
        order = make_order(store=store, buyer=buyer, status=OrderStatus.SHIPPED)
        make_case(order=order, number=f"R{at}", reason_kind="size")
    case_of(store, order=make_order(store=store, buyer=buyer, status=OrderStatus.SHIPPED), reason_kind="late")

    html = part_of(agent_client, "signals")
    link = re.search(r'data-signal="refund_only"><a href="([^"]*)">([^<]*)<', html)
    listed = agent_client.get(link[1].replace("&amp;", "&")).content.decode()

    assert link[2] == "4 refunds without a return in 90 days, 0 of them after signing"
    assert listed.count("data-row data-refund") == 4


def test_the_pane_shows_the_decision_first(agent_client, store):
    case_of(store)

    html = agent_client.get(f"{PATH}R100/?pane=1", headers=HTMX).content.decode()

    assert 'data-pane-refund="R100"' in html
    assert "<html" not in html
    assert html.index("decide-title") < html.index("thread-title") < html.index("order-title")
    assert 'hx-get="/aftersales/refunds/R100/agree/?pane=1"' in html


def test_a_reader_sees_the_case_without_acts(store, warehouse_client):
    case_of(store)

    html = page_of(warehouse_client)

    assert re.findall(r'data-impossible="(\w+)"', html) == ["agree", "refuse", "withdraw"]
    assert html.count("Your role does not include “Refunds: reply, refuse, agree to the limit”.") == 3
    shown = html[html.index('id="case-view"') :].split("</main>")[0]
    assert re.findall(r'data-action="(\w+)"', shown) == ["take", "assign", "remark"]


def test_moves_stand_between_the_messages_and_in_the_history(agent_client, store):
    case_of(store, status="refused")
    agent_client.post(f"{PATH}R100/apply_again/", {"version": "1"})

    html, history = page_of(agent_client), part_of(agent_client, "history")

    assert "<strong>Buyer asks again</strong>" in html
    assert "Refused by the shop → To decide" in html
    assert "State: <del>Refused by the shop</del> → <ins>To decide</ins>" in history
    assert "Case: <ins>R100</ins>" not in history  # the page is about nothing else


def test_the_history_names_a_parcel_by_courier_and_number(agent_client, store):
    refund = case_of(store, kind="exchange", status="awaiting_return")
    send_back(**target(refund, courier="SF", tracking_number="SF1234567890123"))
    OrderEvent.objects.create(
        store=store, order=refund.order, kind="case_moved", source="staff", at=NOON, order_version=1,
        after={"refund": "R100", "act": "send_out", "reason": "顺丰速运 SF9"},
    )  # fmt: skip

    history = part_of(agent_client, "history")

    assert "Courier: <ins>顺丰速运</ins>" in history
    assert "Tracking number: <ins>SF1234567890123</ins>" in history
    assert "Courier: <ins>顺丰速运 SF9</ins>" in history  # as it was written before
    assert "Reason" not in history


def test_the_page_takes_the_same_statements_whatever_it_shows(agent_client, agent, store):
    refund = case_of(store)
    counts = []
    for at in range(2):
        say(**target(refund, text=f"请发照片 {at}", actor=agent, attachments=[make_picture(store)]))
        page_of(agent_client)
        with CaptureQueriesContext(connection) as queries:
            page_of(agent_client)
        counts.append(len(queries))

    assert counts[0] == counts[1]
    assert counts[0] <= 12


# On the order's page


def test_the_order_names_its_cases_and_offers_to_open_one(agent_client, warehouse_client, store):
    case_of(store)

    part = agent_client.get(f"{PATH}order/3552001/", headers=HTMX).content.decode()
    page = warehouse_client.get(f"{PATH}order/3552001/").content.decode()

    assert 'data-refund="R100" data-status="requested"' in part
    assert f'href="{PATH}R100/"' in part
    assert 'data-action="open_case"' in part
    assert 'data-action="open_case"' not in page
    assert "<html" in page


def opened(client, **data):
    values = {"kind": "refund_only", "reason": "quality", "amount": "60", "text": "开线", **data}
    return client.post(f"{PATH}order/3552001/new/", values, headers=HTMX)


def test_a_case_is_opened_from_the_order(agent_client, store):
    order = make_order(store=store, status=OrderStatus.SHIPPED, number="3552001")
    line = order.lines.get()

    asked = agent_client.get(f"{PATH}order/3552001/new/", headers=HTMX).content.decode()
    response = opened(agent_client, line=str(line.pk), number="TB-9")

    refund = Refund.objects.get()
    assert 'id="act-dialog"' in asked
    assert (response.status_code, response["HX-Redirect"]) == (204, f"{PATH}TB-9/")
    assert (refund.line, refund.amount, refund.reason_kind, refund.text) == (line, Decimal(60), "quality", "开线")
    assert Order.objects.get().has_open_refund


def test_without_an_amount_all_that_is_left_is_asked_for(agent_client, store):
    make_order(store=store, status=OrderStatus.SHIPPED, number="3552001")

    opened(agent_client, amount="")

    assert Refund.objects.get().amount == Decimal(100)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"amount": "100.01"}, "at most 0.00 can be refunded"),
        ({"kind": "exchange", "amount": "5"}, "ends without money"),
        ({"number": "无"}, "A case number has letters, digits, - and _"),
        ({"kind": "gift"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_opened_is_said_and_kept(agent_client, store, data, sentence):
    make_order(store=store, status=OrderStatus.SHIPPED, number="3552001", paid=Decimal(100))
    sentence = "at most 100.00 can be refunded" if "at most" in sentence else sentence

    response = opened(agent_client, in_dialog="1", **data)

    html = response.content.decode()
    assert response.status_code == 422
    assert sentence in html
    assert "开线" in html
    assert not Refund.objects.exists()


def test_the_warehouse_opens_no_cases(warehouse_client, store):
    make_order(store=store, status=OrderStatus.SHIPPED, number="3552001")

    assert opened(warehouse_client).status_code == 403


# Home and side bar


def test_home_and_side_bar_count_what_waits(agent_client, agent, store):
    case_of(store, deadline=NOON - timedelta(hours=1), owner=agent)
    order = make_order(store=store, status=OrderStatus.SHIPPED)
    make_recipient(order=order)
    make_case(order=order, number="R2", kind="exchange", status="awaiting_return")

    home = agent_client.get(f"{PATH}home/").content.decode()
    page = agent_client.get("/").content.decode()
    counts = agent_client.get("/orders/counts/").content.decode()

    assert dict(re.findall(r'data-metric="(\w+)" data-value="(\d+)"', home)) == {
        "overdue": "1", "due_soon": "1", "requested": "1", "to_inspect": "0", "to_approve": "0", "mine": "1",
    }  # fmt: skip
    assert f'hx-get="{PATH}home/"' in page
    assert re.search(r"aftersales[^<]*>\s*1<", counts)
