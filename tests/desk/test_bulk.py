"""Acts on many orders: selection, preview, receipt, undo, retry."""

import re
from datetime import timedelta

import pytest
import time_machine

from backoffice.common.jobs import run_job
from backoffice.common.jobs.runner import claim
from backoffice.common.models import Job, JobRow
from orders.core.models import Order
from orders.core.services import set_flag
from orders.core.statuses import Acceptance, HoldKind
from orders.desk import services
from orders.desk.acts import ACTS
from orders.desk.services import DeskError, Item
from tests.factories import NOON, make_order, make_store, make_user

PATH = "/orders/bulk/"
HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/orders/?queue=all&sort=number"}


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def post(client, orders=(), *, act, query="queue=all", **data):
    return client.post(
        PATH, {"act": act, "selected": [order.pk for order in orders], "query": query, **data}, headers=HTMX
    )


def reload(orders):
    return [Order.objects.get(pk=order.pk) for order in orders]


def test_flag_by_key_changes_the_selected_and_answers_with_the_list(agent_client, store):
    orders = [make_order(store=store, number=str(number)) for number in range(3)]

    response = post(agent_client, orders[:2], act="flag:1")

    assert [order.flag for order in reload(orders)] == [1, 1, 0]
    assert response.status_code == 200
    assert re.findall(r'data-order="(\d)"', response.content.decode()) == ["0", "1", "2"]
    assert "Flag: 2 orders." in response.headers["HX-Trigger"]
    assert response.headers["HX-Trigger-After-Settle"] == "selection-done"


def test_remark_needs_a_text_and_then_is_added(agent_client, store):
    orders = [make_order(store=store) for _ in range(2)]

    asked = post(agent_client, orders, act="remark")
    refused = post(agent_client, orders, act="remark", text="")
    post(agent_client, orders, act="remark", text="请尽快, 13812345678")

    assert asked.headers["HX-Retarget"] == "#dialog-slot"
    assert (asked.status_code, refused.status_code) == (200, 422)
    assert [order.latest_remark for order in reload(orders)] == ["请尽快, 138****5678"] * 2
    assert "13812345678" not in str(Job.objects.values())


def test_accept_previews_whom_it_leaves_out(agent_client, store):
    waiting = [make_order(store=store, acceptance=Acceptance.UNREVIEWED) for _ in range(2)]
    accepted, shipped = make_order(store=store), make_order(store=store, status="shipped")
    everyone = [*waiting, accepted, shipped]

    asked = post(agent_client, everyone, act="accept")
    assert [order.acceptance for order in reload(waiting)] == [Acceptance.UNREVIEWED] * 2
    done = post(agent_client, everyone, act="accept", confirmed="1")

    html = asked.content.decode()
    assert "This applies to 2 of 4 selected orders." in html
    assert 'data-skipped="2"' in html
    assert "accepted already" in html
    assert "not awaiting shipment" in html
    assert [order.acceptance for order in reload(waiting)] == [Acceptance.ACCEPTED] * 2
    assert "Accept: 2 orders." in done.headers["HX-Trigger"]
    assert Job.objects.get().rows.count() == 2


def test_hold_release_claim_and_tags(agent_client, agent, store):
    orders = [make_order(store=store, tags=["old", "kept"]) for _ in range(2)]

    post(agent_client, orders, act="hold", kind="manual", reason="address to check")
    assert [order.hold_kinds for order in reload(orders)] == [[HoldKind.MANUAL]] * 2
    post(agent_client, orders, act="release", reason="checked")
    post(agent_client, orders, act="claim")
    post(agent_client, orders, act="tags", add_tags="VIP，急", remove_tags="old")

    found = reload(orders)
    assert [order.hold_kinds for order in found] == [[], []]
    assert [order.claimed_by for order in found] == [agent, agent]
    assert [order.tags for order in found] == [["kept", "VIP", "急"]] * 2
    post(agent_client, orders, act="unclaim")
    assert [order.claimed_by for order in reload(orders)] == [None, None]


def test_claim_leaves_a_colleagues_orders(agent_client, agent, store):
    colleague = make_user("wang", store=store)
    theirs = make_order(store=store, claimed_by=colleague, claim_expires_at=NOON + timedelta(minutes=5))
    free = make_order(store=store)

    post(agent_client, [theirs, free], act="claim", confirmed="1")

    assert [order.claimed_by for order in reload([theirs, free])] == [colleague, agent]


def test_all_of_the_filter_is_the_filter_as_it_was_shown(agent_client, store):
    red = [make_order(store=store, province="广东") for _ in range(60)]
    other = make_order(store=store, province="浙江")

    post(agent_client, act="flag:2", query="queue=all&province=广东", _all="1", confirmed="1")

    assert {order.flag for order in reload(red)} == {2}
    assert reload([other])[0].flag == 0


@pytest.mark.parametrize("query", ["queue=all&amount_min=x", "queue=nowhere"])
def test_an_unreadable_filter_changes_nothing(agent_client, store, query):
    order = make_order(store=store)

    response = post(agent_client, act="flag:2", query=query, _all="1")

    assert "could not be read" in response.headers["HX-Trigger"]
    assert reload([order])[0].flag == 0


def test_other_stores_orders_are_not_touched(agent_client, store):
    order = make_order(store=make_store(code="else"))

    response = post(agent_client, [order], act="flag:2")

    assert "No order is selected." in response.headers["HX-Trigger"]
    assert reload([order])[0].flag == 0


@pytest.mark.parametrize(
    ("who", "act", "status"),
    [
        ("warehouse", "flag:1", 403),
        ("warehouse", "remark", 200),
        ("finance", "remark", 403),
        ("agent", "ship", 200),
        ("agent", "explode", 200),
    ],
)
def test_acts_need_their_right(request, store, who, act, status):
    order = make_order(store=store)

    response = post(request.getfixturevalue(f"{who}_client"), [order], act=act, text="x")

    assert response.status_code == status
    assert not Job.objects.exclude(params__act="remark").exists()
    assert reload([order])[0].status == "pending_shipment"


def test_without_script_the_answer_leads_back_to_the_list(agent_client, store):
    order = make_order(store=store)
    data = {"act": "flag:3", "selected": [order.pk], "query": "queue=all&flag=0"}

    response = agent_client.post(PATH, data)

    assert response.url == "/orders/?queue=all&flag=0"
    assert "<html" in agent_client.post(PATH, {**data, "act": "remark"}).content.decode()


# The receipt


def batch(store, actor, orders, act="flag", **values):
    items = [Item(order.pk, order.number) for order in orders]
    return services.start_batch(store=store, act=ACTS[act], items=items, values=values, actor=actor, at=NOON)


def test_receipt_names_each_row(agent_client, agent, store):
    orders = [make_order(store=store, number="1"), make_order(store=store, number="2", status="shipped")]
    job = batch(store, agent, orders, act="accept")

    html = agent_client.get(f"/orders/batches/{job.pk}/").content.decode()
    sheet = agent_client.get(f"/orders/batches/{job.pk}/csv/").content.decode("utf-8-sig").splitlines()

    assert re.findall(r'data-outcome="(\w+)"', html) == ["skipped", "skipped"]
    assert 'data-refused="2"' in html
    assert [line.split(",")[0] for line in sheet] == ["Order number", "1", "2"]


def test_receipt_is_the_stores_own(outsider_client, agent, store):
    job = batch(store, agent, [make_order(store=store)], flag=1)

    for path in ("", "csv/"):
        assert outsider_client.get(f"/orders/batches/{job.pk}/{path}").status_code == 404
    for path in ("undo/", "retry/"):
        assert outsider_client.post(f"/orders/batches/{job.pk}/{path}").status_code == 404


@pytest.mark.parametrize(
    ("act", "values", "column"),
    [
        ("flag", {"flag": 3}, "flag"),
        ("accept", {}, "acceptance"),
        ("hold", {"kind": "manual", "reason": "why"}, "hold_kinds"),
        ("claim", {}, "claimed_by_id"),
        ("tags", {"add_tags": ["x"], "remove_tags": []}, "tags"),
    ],
)
def test_undo_brings_the_orders_back(agent_client, agent, store, act, values, column):
    orders = [make_order(store=store, acceptance=Acceptance.UNREVIEWED) for _ in range(2)]
    before = [getattr(order, column) for order in reload(orders)]
    job = batch(store, agent, orders, act=act, **values)
    assert [getattr(order, column) for order in reload(orders)] != before

    response = agent_client.post(f"/orders/batches/{job.pk}/undo/", headers={"HX-Request": "true"})

    assert [getattr(order, column) for order in reload(orders)] == before
    assert (response.status_code, "list-changed" in response.headers["HX-Trigger"]) == (204, True)
    with pytest.raises(DeskError):
        services.undo_batch(store=store, job=job, actor=agent, at=NOON)


def test_undo_ends_after_fifteen_minutes_and_is_for_who_did_it(agent, store):
    order = make_order(store=store)
    job = batch(store, agent, [order], flag=1)

    for actor, at in ((agent, NOON + timedelta(minutes=16)), (make_user(store=store), NOON)):
        with pytest.raises(DeskError):
            services.undo_batch(store=store, job=job, actor=actor, at=at)

    assert reload([order])[0].flag == 1


def test_retry_takes_those_that_were_left_out(agent_client, agent, store):
    order = make_order(store=store, acceptance=Acceptance.UNREVIEWED, status="pending_payment")
    job = batch(store, agent, [order, make_order(store=store, acceptance=Acceptance.UNREVIEWED)], act="accept")
    Order.objects.filter(pk=order.pk).update(status="pending_shipment")

    agent_client.post(f"/orders/batches/{job.pk}/retry/")

    again = Job.objects.get(retry_of=job)
    assert [(row.subject, row.outcome) for row in again.rows.all()] == [(order.number, "done")]


def test_many_orders_are_the_workers_and_each_is_done_once(
    agent, store, monkeypatch, enqueued, django_capture_on_commit_callbacks
):
    monkeypatch.setattr(services, "INLINE_LIMIT", 2)
    orders = [make_order(store=store, lines=0) for _ in range(4)]
    with django_capture_on_commit_callbacks(execute=True):
        job = batch(store, agent, orders, flag=1)
    assert job.state == "queued"
    set_flag(store=store, order_id=orders[0].pk, flag=1, actor=agent, at=NOON)
    JobRow.objects.create(
        job=job, position=1, subject=orders[0].number, outcome="done", data={"order": orders[0].pk, "undo": {"flag": 0}}
    )

    run_job(claim(job.pk, now=NOON))

    job.refresh_from_db()
    assert (job.state, job.rows_done, job.result) == ("done", 4, {"done": 4, "refused": 0})
    assert [order.flag for order in reload(orders)] == [1] * 4
    assert [order.version for order in reload(orders)] == [2] * 4
    assert enqueued == [("common.run_pending_jobs", {})]


def test_too_many_are_refused(agent, store, monkeypatch):
    monkeypatch.setattr(services, "SELECTION_LIMIT", 1)

    with pytest.raises(DeskError, match="more than 1 orders"):
        batch(store, agent, [make_order(store=store), make_order(store=store)], flag=1)


def test_a_row_button_acts_on_its_row_alone(agent_client, store):
    orders = [make_order(store=store, acceptance=Acceptance.UNREVIEWED) for _ in range(2)]

    agent_client.post(PATH, {"one": f"accept:{orders[0].pk}", "query": "queue=all"}, headers=HTMX)
    asked = agent_client.post(PATH, {"one": f"remark:{orders[1].pk}", "query": "queue=all"}, headers=HTMX)

    assert [order.acceptance for order in reload(orders)] == [Acceptance.ACCEPTED, Acceptance.UNREVIEWED]
    assert f'name="selected" value="{orders[1].pk}"' in asked.content.decode()
