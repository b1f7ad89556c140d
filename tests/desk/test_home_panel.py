"""The orders panel of the home page."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from orders.fulfilment.models import Anomaly, InvoiceRequest, Shipment, Waybill
from tests.factories import NOON, make_order

PATH = "/orders/home/"


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


def test_tiles_carry_their_numbers(agent_client, agent, store):
    make_order(store=store, ship_by=NOON - timedelta(hours=1))
    make_order(store=store, claimed_by=agent, claim_expires_at=NOON + timedelta(minutes=9))

    html = agent_client.get(PATH).content.decode()
    tiles = dict(re.findall(r'data-metric="(\w+)" data-value="(\d+)"', html))

    assert tiles["overdue"] == "1"
    assert tiles["mine"] == "1"
    assert tiles["today"] == "0"
    assert "Within 4 h" in html


def test_pace_says_how_many_will_miss_their_time(agent_client, store):
    for _ in range(2):
        make_order(store=store, ship_by=NOON + timedelta(hours=2))

    html = " ".join(agent_client.get(PATH).content.decode().split())

    assert 'data-metric="will_miss" data-value="2"' in html
    assert (
        "At the last hour&#x27;s pace (0 shipped), 2 of 2 orders will miss their time, the first at 14:00."
        in html.replace("&#39;", "&#x27;").replace("hour's", "hour&#x27;s")
    )
    assert 'href="/orders/?queue=pending_shipment&amp;sort=ship_by"' in html


def test_exceptions_are_linked_when_something_is_held(agent_client, store):
    make_order(store=store, hold_kinds=["risk"])

    assert "/orders/exceptions/" in agent_client.get(PATH).content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_statements_do_not_grow(agent_client, store, count, django_assert_num_queries):
    for _ in range(count):
        make_order(store=store)
    agent_client.get(PATH)

    with django_assert_num_queries(9):  # session, user, membership, tabs, sub-queues, notes, floor, shipped, pace
        agent_client.get(PATH)


def test_floor_is_counted_by_role(warehouse_client, agent_client, store):
    order = make_order(store=store)
    for state, number in (("numbered", "SF1"), ("printed", "SF2"), ("printed", "SF3"), ("draft", "")):
        Waybill.objects.create(store=store, state=state, number=number, created_at=NOON)
    values = {"store": store, "order": order}
    parcel = Shipment.objects.create(**values, tracking_number="SF9", shipped_at=NOON, source="staff")
    Anomaly.objects.create(**values, shipment=parcel, kind="silent", opened_at=NOON)
    InvoiceRequest.objects.create(
        **values, title="x", amount=1, due_at=NOON - timedelta(hours=1), requested_at=NOON, source="staff"
    )

    def shown(client):
        found = re.findall(
            r'href="([^"]+)" data-sub="(\w+)" data-metric="\w+" data-value="(\d+)"', client.get(PATH).content.decode()
        )
        return {key: (url, int(count)) for url, key, count in found}

    floor, desk = shown(warehouse_client), shown(agent_client)
    assert floor["to_print"] == ("/orders/shipping/?tab=print", 1)
    assert floor["to_scan"] == ("/orders/shipping/?tab=scan", 2)
    assert desk["troubled"] == ("/orders/shipping/anomalies/", 1)
    assert desk["invoices_due"] == ("/orders/invoices/", 1)
    assert "to_scan" not in desk


def test_side_bar_counts_what_is_to_scan_for_the_warehouse(warehouse_client, agent_client, store):
    Waybill.objects.create(store=store, state="printed", number="SF2", created_at=NOON)
    path = reverse("desk:nav-counts")

    assert 'id="nav-count-shipping" hx-swap-oob="true">1<' in warehouse_client.get(path).content.decode()
    assert "nav-count-shipping" not in agent_client.get(path).content.decode()
