import json
from datetime import timedelta

import pytest
import time_machine

from backoffice.common.access import Right
from backoffice.common.models import AlertKind, Membership
from backoffice.common.services.alerts import raise_alert, save_alert_settings
from tests.conftest import signed_in
from tests.factories import NOON, make_user

HX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


def tell(store, kind=AlertKind.NEW_ORDERS, count=1, **values):
    return raise_alert(store=store, kind=kind, right=Right.VIEW_ORDERS, at=NOON, count=count, **values)


def asked(client, query=""):
    response = client.get(f"/alerts/new/{query}", headers=HX)
    return response, json.loads(response.headers["HX-Trigger"])


def test_first_answer_gives_the_badge_and_rings_nothing(agent_client, store):
    alert = tell(store, count=3)

    response, events = asked(agent_client)

    assert "1 unread alert" in response.content.decode()
    assert events == {
        "alerts": {
            "count": "1",
            "newest": alert.pk,
            "sound": False,
            "toasts": [],
            "orders": {"count": 0, "text": "0 new orders"},
        }
    }


def test_later_answer_brings_what_came_since(agent_client, store):
    known = tell(store, subjects=["A1"])
    tell(store, count=3)
    newest = tell(store, AlertKind.OVERDUE, subjects=["A2"])

    _response, events = asked(agent_client, f"?since={known.pk}&waiting=2")

    assert events["counts-changed"] is True
    assert events["alerts"]["newest"] == newest.pk
    assert events["alerts"]["orders"] == {"count": 5, "text": "5 new orders"}
    assert events["alerts"]["toasts"] == [
        {"text": "3 new orders", "level": "info", "link": "/orders/?queue=pending_shipment&sort=-paid_at"},
        {"text": "1 order became overdue", "level": "warning", "link": "/orders/A2/"},
    ]


def test_answer_without_news_says_nothing(agent_client, store):
    alert = tell(store)

    _response, events = asked(agent_client, f"?since={alert.pk + 5}")

    assert events["alerts"]["toasts"] == []
    assert events["alerts"]["newest"] == alert.pk + 5
    assert "counts-changed" not in events


@pytest.mark.parametrize("query", ["?since=x", "?since=9999999999999999999", "?since=&waiting=-1", "?since=１"])
def test_answer_to_garbage_is_a_first_answer(agent_client, store, query):
    tell(store)

    response, events = asked(agent_client, query)

    assert response.status_code == 200
    assert events["alerts"]["toasts"] == []


def test_muted_kind_neither_counts_nor_pops_up(agent_client, agent, store):
    save_alert_settings(membership=agent.memberships.get(), muted=["new_orders"], sound=True)
    tell(store)

    response, events = asked(agent_client, "?since=0")

    assert response.content.decode().strip() == ""
    assert (events["alerts"]["count"], events["alerts"]["toasts"], events["alerts"]["sound"]) == ("", [], True)


def test_badge_ends_at_99(agent_client, store):
    for _ in range(101):
        tell(store)

    _response, events = asked(agent_client)

    assert events["alerts"]["count"] == "99+"


def test_poll_asks_one_statement_of_its_own_and_notes_who_is_at_work(
    agent_client, agent, store, django_assert_num_queries
):
    asked(agent_client)
    tell(store)

    with django_assert_num_queries(4):  # session, person, memberships; the alerts
        asked(agent_client)

    assert Membership.objects.get(user=agent).seen_at == NOON


def test_page_that_nobody_touches_is_nobody_at_work(agent_client, agent, store):
    asked(agent_client, "?away=1")

    assert Membership.objects.get(user=agent).seen_at is None


def test_page_lists_by_day_and_counts_as_looked_at(agent_client, agent, store):
    raise_alert(
        store=store, kind=AlertKind.NEW_ORDERS, right=Right.VIEW_ORDERS, at=NOON - timedelta(days=1), subjects=["A1"]
    )
    raise_alert(store=store, kind=AlertKind.NEW_ORDERS, right=Right.VIEW_ORDERS, at=NOON - timedelta(days=200), count=2)
    newest = tell(store, AlertKind.OVERDUE, count=6, subjects=["A1", "A2", "A3", "A4", "A5"])

    first, second = agent_client.get("/alerts/"), agent_client.get("/alerts/")

    assert [day for day, _lines in first.context["days"]] == ["Today", "2025-11-13", "Yesterday"]
    assert [line.is_new for _day, lines in first.context["days"] for line in lines] == [True] * 3
    assert [line.is_new for _day, lines in second.context["days"] for line in lines] == [False] * 3
    assert 'href="/orders/A5/"' in first.content.decode()
    assert Membership.objects.get(user=agent).alerts_seen == newest.pk


def test_drawer_is_the_list_alone_and_refreshes_the_badge(agent_client, store):
    for _ in range(31):
        tell(store)

    response = agent_client.get("/alerts/", headers=HX)

    html = response.content.decode()
    assert response.headers["HX-Trigger"] == "alerts-changed"
    assert "<html" not in html
    assert html.count("data-alert=") == 30
    assert 'href="/alerts/?after=' in html


@pytest.mark.parametrize("count", [1, 3])
def test_page_asks_the_same_statements_for_one_and_three(agent_client, store, count, django_assert_num_queries):
    agent_client.get("/alerts/")
    for number in range(count):
        tell(store, subjects=[f"A{number}"])

    with django_assert_num_queries(5):  # session, person, memberships; the alerts; what was looked at
        response = agent_client.get("/alerts/")

    assert len(response.context["page"].rows) == count


def test_empty_page_says_what_would_be_here(agent_client, store):
    assert "will be told here" in agent_client.get("/alerts/").content.decode()


def test_settings_are_saved_with_each_tick(agent_client, agent, store):
    response = agent_client.post("/alerts/settings/", {"told": ["new_orders", "held"], "sound": "1"}, headers=HX)

    kept = Membership.objects.get(user=agent).preferences["alerts"]
    muted = ["due_soon", "overdue", "note_changed", "job_failed", "out_of_stock", "anomaly", "refund_new", "refund_due",
             "low_review"]  # fmt: skip
    assert kept == {"muted": muted, "sound": True}
    assert response.headers["HX-Trigger"] == "alerts-changed"
    assert [code for code, _label, told in response.context["kinds"] if told] == ["new_orders", "held"]


def test_settings_without_script_lead_back_to_the_page(agent_client, store):
    response = agent_client.post("/alerts/settings/", {"told": ["new_orders"]})

    assert (response.status_code, response.url) == (302, "/alerts/")


def test_settings_offer_what_the_person_may_see(ops_client, warehouse_client, store):
    def offered(client):
        return [code for code, _label, _told in client.get("/alerts/").context["kinds"]]

    assert offered(ops_client) == ["job_failed"]
    assert offered(warehouse_client) == [
        "new_orders", "due_soon", "overdue", "note_changed", "job_failed", "out_of_stock", "low_stock"
    ]  # fmt: skip


def test_page_of_a_person_of_another_store_shows_nothing(outsider_client, store):
    tell(store, subjects=["A1"])

    assert "A1" not in outsider_client.get("/alerts/").content.decode()


def test_person_without_a_store_has_no_bell(db):
    assert "data-bell" not in signed_in(make_user()).get("/account/").content.decode()


def test_page_has_the_bell_and_asks_soon_after(agent_client, store):
    html = agent_client.get("/alerts/").content.decode()

    assert 'href="/alerts/"' in html
    assert 'hx-get="/alerts/new/"' in html
