"""The orders panel of the home page."""

import re
from datetime import timedelta

import pytest
import time_machine

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

    with django_assert_num_queries(8):  # session, user, membership, tabs, sub-queues, notes, shipped, pace
        agent_client.get(PATH)
