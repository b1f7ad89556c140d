"""The exception queue: reasons, numbers, links that list the same orders, release."""

import re
from datetime import timedelta

import pytest
import time_machine

from orders.core.models import Hold, Order
from orders.core.services import open_hold
from orders.core.statuses import HoldKind
from orders.desk.queries import HoldGroup, hold_groups
from tests.desk.helpers import numbers
from tests.factories import NOON, make_order, make_store

PATH = "/orders/exceptions/"


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


def hold(store, kind, reason, *, rule="", at=NOON, **values):
    order = make_order(store=store, hold_kinds=[kind], **values)
    Hold.objects.create(store=store, order=order, kind=kind, reason=reason, rule=rule, opened_at=at)
    return order


def rows(html):
    return re.findall(r'<tr data-reason="([^"]*)">.*?data-count="(\d+)"', html, re.DOTALL)


def test_groups_by_kind_and_reason_the_most_urgent_first(agent_client, store):
    hold(store, "manual", "等颜色", ship_by=NOON + timedelta(hours=9))
    hold(store, "manual", "等颜色", ship_by=NOON + timedelta(hours=2), at=NOON - timedelta(days=2))
    hold(store, "manual", "改地址", ship_by=NOON + timedelta(hours=5), rule="大单")
    hold(store, "refund_open", "", ship_by=NOON + timedelta(hours=1))
    hold(store, "manual", "等颜色", status="closed")
    hold(make_store(code="else"), "manual", "别家")

    html = agent_client.get(PATH).content.decode()

    assert re.findall(r'<section class="card" data-hold="(\w+)"', html) == ["refund_open", "manual"]
    assert rows(html) == [("", "1"), ("等颜色", "2"), ("改地址", "1")]
    assert "Rule “大单”" in html
    assert "Ends when the refund is settled or withdrawn." in html
    assert "05-30 12:00" in html


def test_links_list_what_is_counted(agent_client, store):
    hold(store, "manual", "等颜色", number="1")
    hold(store, "manual", "等颜色", number="2")
    hold(store, "risk", "", number="3")

    html = agent_client.get(PATH).content.decode()
    links = [link.replace("&amp;", "&") for link in re.findall(r'<td class="grow"><a href="/orders/\?([^"]*)"', html)]

    assert [numbers(store, link) for link in links] == [["1", "2"], ["3"]]


def test_only_holds_by_hand_are_released_here(agent_client, store):
    hold(store, "manual", "等颜色")
    hold(store, "refund_open", "")

    html = agent_client.get(PATH).content.decode()

    assert html.count('data-action="release"') == 1
    assert 'name="only" value="manual"' in html


def test_release_asks_and_leads_back(agent_client, agent, store):
    order = make_order(store=store)
    open_hold(store=store, order_id=order.pk, kind=HoldKind.MANUAL, reason="等颜色", actor=agent, at=NOON)
    open_hold(store=store, order_id=order.pk, kind=HoldKind.RISK, reason="刷单", actor=agent, at=NOON)
    data = {
        "act": "release", "_all": "1", "only": "manual", "from": "exceptions",
        "query": "queue=pending_shipment&hold=manual&hold_reason=等颜色",
    }  # fmt: skip
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{PATH}"}

    asked = agent_client.post("/orders/bulk/", data, headers=headers)
    done = agent_client.post("/orders/bulk/", {**data, "reason": "好了", "confirmed": "1"}, headers=headers)

    assert asked.headers["HX-Retarget"] == "#dialog-slot"
    for field in ('name="only" value="manual"', 'name="from" value="exceptions"'):
        assert field in asked.content.decode()
    assert done.headers["HX-Redirect"] == PATH
    assert Order.objects.get().hold_kinds == ["risk"]


def test_more_than_a_thousand_are_at_least_a_thousand(agent_client, store, monkeypatch):
    monkeypatch.setattr("orders.desk.views.exception_rows.SUB_CAP", 1)
    hold(store, "manual", "等颜色")
    hold(store, "manual", "等颜色")

    assert ">1+</a>" in agent_client.get(PATH).content.decode()


def test_nothing_held_says_so(agent_client, store):
    assert "Nothing holds an order back" in agent_client.get(PATH).content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_statements_do_not_grow(agent_client, store, count, django_assert_num_queries):
    for number in range(count):
        hold(store, "manual", f"reason {number}")
        hold(store, "risk", "刷单")
    agent_client.get(PATH)

    with django_assert_num_queries(4):  # session, user, membership, groups
        agent_client.get(PATH)


def test_an_order_with_several_held_lines_is_counted_once(store):
    order = make_order(store=store, lines=3, hold_kinds=["out_of_stock"], ship_by=NOON + timedelta(hours=3))
    for turn, line in enumerate(order.lines.all()):
        Hold.objects.create(
            store=store, order=order, line=line, kind="out_of_stock", reason="缺货", rule=("乙", "甲", "")[turn],
            opened_at=NOON - timedelta(hours=turn),
        )  # fmt: skip
    hold(store, "out_of_stock", "缺货", rule="甲", ship_by=None)
    hold(store, "out_of_stock", "别的", ship_by=None, at=NOON - timedelta(days=1))

    assert hold_groups(store) == [
        HoldGroup("out_of_stock", "缺货", 2, NOON + timedelta(hours=3), NOON - timedelta(hours=2), ["乙", "甲"]),
        HoldGroup("out_of_stock", "别的", 1, None, NOON - timedelta(days=1), []),
    ]
    assert len(hold_groups(store, cap=1)) == 1


def test_groups_are_those_of_a_plain_count(store):
    for turn in range(24):
        kind, reason, rule = ("manual", "risk")[turn % 2], f"{turn * 7 % 5}", ("", "b", "a")[turn % 3]
        ship_by = NOON + timedelta(hours=turn * 5 % 9)
        hold(store, kind, reason, rule=rule, ship_by=ship_by, at=NOON - timedelta(hours=turn % 4))
    Hold.objects.filter(pk=Hold.objects.latest("pk").pk).update(released_at=NOON)

    wanted = {}
    for one in Hold.objects.filter(released_at=None).select_related("order"):
        wanted.setdefault((one.kind, one.reason), []).append(one)

    assert {(group.kind, group.reason): group for group in hold_groups(store)} == {
        key: HoldGroup(
            *key, len(holds), min(one.order.ship_by for one in holds), min(one.opened_at for one in holds),
            sorted({one.rule for one in holds} - {""}),
        )
        for key, holds in wanted.items()
    }  # fmt: skip


def test_what_people_wrote_is_escaped(agent_client, store):
    hold(store, "manual", "<b>&", rule="<i>")

    html = agent_client.get(PATH).content.decode()

    assert 'data-reason="&lt;b&gt;&amp;"' in html
    assert "<b>&" not in html
    assert "<i>" not in html


def test_who_may_not_work_orders_is_shown_the_list_instead(finance_client, store):
    hold(store, "manual", "等颜色")

    html = finance_client.get(PATH).content.decode()

    assert 'data-action="release"' not in html
    assert '<a class="btn btn-sm" href="/orders/?queue=pending_shipment&amp;hold=manual' in html
