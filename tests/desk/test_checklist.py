"""The four looks before an order is accepted."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.core.models import Order
from orders.core.services import add_remark, open_hold
from orders.core.statuses import Acceptance
from orders.notes.services import record_note
from orders.rules.models import AcceptanceRule
from tests.desk.acting import HTMX
from tests.factories import NOON, make_line, make_order, make_recipient

pytestmark = pytest.mark.django_db


def unreviewed(store, **values):
    return make_order(store=store, acceptance=Acceptance.UNREVIEWED, **values)


def looks(client, order):
    checks = client.get(f"/orders/{order.number}/", headers=HTMX).context["checklist"]
    return {check.key: (check.state, check.text) for check in checks}


def test_plain_order_is_in_order(agent_client, store):
    order = unreviewed(store)
    make_recipient(order=order)
    order.lines.update(price=Decimal(100))

    assert looks(agent_client, order) == {
        "wishes": ("ok", "No note."),
        "remark": ("ok", "No remark, no gift."),
        "price": ("ok", "Goods at 100 % of the list price · Free postage"),
        "recipient": ("ok", "No other open order goes there."),
    }


def test_what_deserves_a_look_is_named(agent_client, store):
    order, same = unreviewed(store, lines=0, postage=Decimal(10)), make_order(store=store)
    for each in (order, same):
        make_recipient(order=each)
    make_line(order=order, price=Decimal(400))
    make_line(order=order, position=2, price=Decimal(0), is_gift=True)
    record_note(order=order, text="要礼盒", at=NOON)
    add_remark(store=store, order_id=order.pk, text="an old friend", actor=None, at=NOON)
    make_recipient(order=make_order(store=store), street="another street")

    found = looks(agent_client, order)
    html = agent_client.get(f"/orders/{order.number}/?pane=1", headers=HTMX).content.decode()

    assert found["wishes"][0] == "problem"
    assert found["remark"] == ("look", "staff: an old friend · 1 gift")
    assert found["price"] == ("look", "Goods at 25 % of the list price · Postage ¥10.00")
    assert found["recipient"] == ("look", "1 other open order")
    assert f'href="/orders/{same.number}/">{same.number}</a>' in html
    assert html.count("data-check-state") == 4


@pytest.mark.parametrize(("field", "state"), [("amount", "problem"), ("discount", "problem"), ("province", "ok")])
def test_a_rule_that_holds_the_order_is_named(agent_client, store, field, state):
    order = unreviewed(store)
    AcceptanceRule.objects.create(
        store=store, position=1, name="large orders", action="hold", hold_kind="risk", updated_at=NOON,
        conditions=[{"field": field, "op": "at_least", "value": "1"}],
    )  # fmt: skip
    open_hold(
        store=store, order_id=order.pk, kind="risk", reason="over 1000", rule="large orders", actor=None, at=NOON,
        source="rule",
    )  # fmt: skip

    response = agent_client.get(f"/orders/{order.number}/")
    blocker = next(b for b in response.context["blockers"] if b.code == "risk")

    assert blocker.text == "held by rule “large orders” · over 1000"
    assert looks(agent_client, order)["price"][0] == state


def test_accepted_orders_have_no_checklist_and_no_statement_for_it(agent_client, store):
    waiting, done = unreviewed(store), make_order(store=store)
    for order in (waiting, done):
        make_recipient(order=order)
    Order.objects.update(opened_at=NOON)
    agent_client.get(f"/orders/{done.number}/", headers=HTMX)

    counts = []
    for order in (waiting, done):
        with CaptureQueriesContext(connection) as queries:
            agent_client.get(f"/orders/{order.number}/", headers=HTMX)
        counts.append(len(queries))

    assert looks(agent_client, done) == {}
    assert counts[0] - counts[1] == 1
