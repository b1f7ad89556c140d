"""Codes that are stored, and what pages say for them."""

import pytest
import time_machine
from django.utils import translation

from orders.core.models import Hold, OrderEvent
from orders.core.services import accept_order, open_hold
from orders.core.statuses import Acceptance, EventKind, EventSource
from orders.desk.history import history_days
from orders.desk.recent_acts import undo_act
from orders.desk.stored_words import reason_words, rule_words
from orders.notes.queries.words import note_words
from tests.factories import NOON, make_order

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


def told(order):
    events = OrderEvent.objects.filter(order=order).select_related("job").order_by("-at", "-pk")
    (day,) = history_days(events, lines=order.lines.all(), legend={}, now=NOON)
    return {entry.kind: [tuple(change) for change in entry.changes] for entry in day.entries}


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("import", "by an import"),
        ("note", "by a buyer note"),
        ("refund", "by a refund"),
        ("appointed date", "by an appointed date"),
        ("payment", "on payment"),
        ("大额订单", "Rule “大额订单”"),
    ],
)
def test_rules_of_the_system_have_words_and_rules_of_the_store_names(rule, words):
    assert rule_words(rule) == words


def test_reasons_and_wiped_notes_have_words():
    assert [reason_words(code) for code in ("undone", "held_again", "recipient_changed", "颜色不对")] == [
        "Undone", "Held again", "Recipient changed", "颜色不对",
    ]  # fmt: skip
    assert [note_words(text) for text in ("[wiped]", "周六送")] == ["(wiped with the recipient's data)", "周六送"]


def test_history_names_the_rule_that_held_or_accepted(store):
    order = make_order(store=store, acceptance=Acceptance.UNREVIEWED)
    call = {"store": store, "order_id": order.pk, "actor": None, "at": NOON, "source": EventSource.RULE}
    open_hold(**call, kind="risk", reason="", rule="大额订单")
    accept_order(**call, rule="小额订单")

    found = told(order)

    assert found[EventKind.HELD] == [("", "", "Risk"), ("", "", "Rule “大额订单”")]
    assert ("", "", "Rule “小额订单”") in found[EventKind.ACCEPTED]


def test_history_does_not_show_the_id_of_a_line_that_was_replaced(store):
    order = make_order(store=store)
    after = {"line": 987654, "spec": "red"}
    OrderEvent.objects.create(
        store=store, order=order, kind=EventKind.SPEC_AGREED, source="staff", at=NOON, before={}, after=after
    )

    assert told(order)[EventKind.SPEC_AGREED] == [("", "", "red")]


def test_an_undone_hold_keeps_a_code_for_every_language(store, agent):
    order = make_order(store=store)
    open_hold(store=store, order_id=order.pk, kind="risk", reason="刷单", actor=agent, at=NOON)
    event = OrderEvent.objects.get(kind=EventKind.HELD)

    with translation.override("zh-hans"):
        undo_act(store=store, event_id=event.pk, actor=agent, rights={"work_orders"}, at=NOON)

    assert Hold.objects.get().release_reason == "undone"
    assert told(order)[EventKind.HOLD_RELEASED] == [("", "Risk", ""), ("Reason", "", "Undone")]


def test_exceptions_word_what_is_stored(agent_client, store):
    order = make_order(store=store, hold_kinds=["risk"])
    Hold.objects.create(store=store, order=order, kind="risk", reason="held_again", rule="import", opened_at=NOON)

    html = agent_client.get("/orders/exceptions/").content.decode()

    assert ">Held again</a>" in html
    assert "by an import" in html
    assert 'data-reason="held_again"' in html
