"""The pages of the connection and the outbox, and what the order's history says."""

from datetime import timedelta

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from backoffice.common.access import Right, Role
from backoffice.common.models import AlertKind, Job
from backoffice.common.services.alerts import raise_alert
from orders.core.models import Order, OutboxMessage
from orders.core.services import add_remark, set_flag
from orders.intake.models import ImportFile, QuarantinedRow
from orders.intake.quarantine import fix_row
from orders.platforms.models import PlatformConnection
from orders.platforms.services import take_changes
from orders.platforms.top.rows import LIST_HEADER
from tests.api.client import error, make_api
from tests.conftest import signed_in
from tests.factories import NOON, make_order, make_user
from tests.platforms.stand_in import APP_KEY, SECRET, SESSION

PAGE, OUTBOX = "/settings/platform/", "/settings/platform/outbox/"
POSTED = {"gateway": "https://eco.taobao.com/router/rest", "app_key": APP_KEY, "sign_method": "md5", "sends_acts": "on"}


@pytest.fixture
def manager(store):
    return signed_in(make_user("boss", store=store, roles=(Role.MANAGER,)))


def make_messages(store, count, **values):
    for _ in range(count):
        order = make_order(store=store)
        set_flag(store=store, order_id=order.pk, flag=3, actor=None, at=NOON)
    OutboxMessage.objects.update(**values)
    return list(OutboxMessage.objects.order_by("pk"))


def test_page_connects_the_store_and_never_shows_secrets(manager, store):
    answer = manager.post(PAGE, POSTED | {"secret": SECRET, "session": SESSION})
    html = manager.get(PAGE).content.decode()

    assert (answer.status_code, answer.url) == (302, PAGE)
    connection = PlatformConnection.objects.get()
    assert (connection.sign_method, connection.pulls_orders, connection.sends_acts) == ("md5", False, True)
    assert SECRET not in html
    assert SESSION not in html


def test_form_with_a_wrong_value_says_why(manager):
    answer = manager.post(PAGE, POSTED | {"secret": SECRET, "session": SESSION, "gateway": "https://evil.example/"})

    assert answer.status_code == 422
    assert "https://eco.taobao.com/router/rest" in answer.content.decode()
    assert not PlatformConnection.objects.exists()


def test_unknown_fields_and_errors_are_warned_of(manager, connection):
    PlatformConnection.objects.update(unknown_fields=["new_thing"], last_error="The platform gave no answer.")

    html = manager.get(PAGE).content.decode()

    assert "The platform added fields that are not read here: new_thing." in html
    assert "The platform gave no answer." in html


def test_pull_now_makes_one_job(manager, connection):
    manager.post(f"{PAGE}pull/")
    manager.post(f"{PAGE}pull/")

    assert Job.objects.filter(kind="pull").count() == 1


def test_outbox_lists_one_state_and_counts_all(manager, store):
    messages = make_messages(store, 3)
    OutboxMessage.objects.filter(pk=messages[0].pk).update(
        state="failed", error_code="isv.logistics-offline-service-error:B60"
    )

    waiting = manager.get(OUTBOX).content.decode()
    failed = manager.get(f"{OUTBOX}?state=failed").content.decode()

    assert waiting.count("data-message=") == 2
    assert 'data-state="pending" data-count="2"' in waiting
    assert "Recorded here; not sent to the platform" in waiting
    assert "was used before" in failed


def test_outbox_asks_the_same_of_one_and_of_many(manager, store):
    counts = []
    for extra in (1, 4):
        make_messages(store, extra, state="sent", sent_at=NOON)
        with CaptureQueriesContext(database) as queries:
            manager.get(f"{OUTBOX}?state=sent")
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_failed_messages_are_sent_again(manager, store):
    first, *_rest = make_messages(store, 3, state="failed", attempts=8)

    manager.post(f"{OUTBOX}{first.pk}/retry/")
    one = OutboxMessage.objects.filter(state="pending").count()
    manager.post(f"{OUTBOX}retry/")

    assert one == 1
    assert set(OutboxMessage.objects.values_list("state", "attempts")) == {("pending", 0)}


def test_history_says_what_the_platform_knows(agent_client, store, agent):
    order = make_order(store=store)
    set_flag(store=store, order_id=order.pk, flag=3, actor=agent, at=NOON)
    alone = agent_client.get(f"/orders/{order.number}/").content.decode()
    PlatformConnection.objects.create(
        store=store, gateway="https://eco.taobao.com/", app_key="1", sealed=b"x", sends_since=NOON, updated_at=NOON
    )
    waits = agent_client.get(f"/orders/{order.number}/").content.decode()
    OutboxMessage.objects.update(state="sent", sent_at=NOON)
    sent = agent_client.get(f"/orders/{order.number}/").content.decode()

    assert "(recorded here; not sent to the platform)" in alone
    assert "(waits to be sent to the platform)" in waits
    assert 'data-outbox="sent">(sent to the platform)' in sent


def test_history_asks_once_for_all_its_acts(agent_client, store, agent):
    order, counts = make_order(store=store), []
    for minute in (1, 2, 3):
        for _ in range(minute):
            add_remark(store=store, order_id=order.pk, text="x", actor=agent, at=NOON + timedelta(minutes=minute))
        with CaptureQueriesContext(database) as queries:
            agent_client.get(f"/orders/{order.number}/")
        counts.append(sum("orders_outboxmessage" in query["sql"] for query in queries))

    assert counts == [1, 1, 1]


def test_api_lists_the_outbox_and_sends_again(store):
    api = make_api(store, Role.MANAGER)
    first, second = make_messages(store, 2, state="failed", error_code="older")
    listed = api.get("outbox/?state=failed").json()["results"]
    retried = api.post(f"outbox/{first.pk}/retry/", {})
    twice = api.post(f"outbox/{first.pk}/retry/", {})
    rest = api.post("outbox/retry/", {})

    assert [row["id"] for row in listed] == [second.pk, first.pk]
    assert listed[0]["error"] == "It happened before the store was connected, or while the connection was off."
    assert (retried.status_code, retried.json()["state"], rest.json()) == (200, "pending", {"count": 1})
    assert error(twice)[1] == "state"


def test_bell_tells_of_what_the_platform_did_not_take(manager, store):
    known = {"store": store, "kind": AlertKind.OUTBOX_FAILED, "right": Right.MANAGE_STORE, "at": NOON}
    raise_alert(**known, count=2, subjects=["1", "2"])
    raise_alert(**known, data={"error": "The platform does not know the app key."})

    html = manager.get("/alerts/").content.decode()

    assert "The platform did not take what 2 orders should tell it" in html
    assert "The platform does not let us in any more" in html
    assert "The platform does not know the app key." in html


def test_trade_with_an_unknown_status_is_fixed_like_a_row_of_a_file(manager, store, shop, clock, connection):
    shop.add("3552600000000100", status="ON_THE_MOON")
    clock.on(minutes=1)
    take_changes(store=store, clock=clock)
    file = ImportFile.objects.order_by("pk").first()
    row = QuarantinedRow.objects.get(file=file)

    pages = [manager.get(url).status_code for url in ("/orders/imports/", f"/orders/imports/{file.pk}/")]
    fix_row(store=store, row_id=row.pk, values={LIST_HEADER.index("订单状态"): "交易成功"}, actor=None, at=clock())

    assert pages == [200, 200]
    assert Order.objects.get(number="3552600000000100").status == "completed"
