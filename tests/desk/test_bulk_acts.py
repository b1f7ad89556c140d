"""The bulk dialog, and acts on many orders that ask, warn or cannot be undone."""

import json
import re
from datetime import timedelta

import pytest
import time_machine

from backoffice.common.jobs import run_pending_jobs
from backoffice.common.models import Job
from orders.core.models import Hold, Order
from orders.core.services import add_remark, open_hold, set_flag
from orders.core.statuses import HoldKind
from orders.desk import services
from orders.desk.acts import ACTS
from orders.desk.services import DeskError, Item
from orders.fulfilment.models import PrintRecord
from orders.fulfilment.services import record_print
from tests.factories import NOON, make_order, make_store, make_user

PATH = "/orders/bulk/"
HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/orders/?queue=all&sort=-number"}


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


def post(client, orders=(), *, act, query="queue=all", **data):
    values = {"act": act, "selected": [order.pk for order in orders], "query": query, **data}
    return client.post(PATH, values, headers=HTMX)


def batch(store, actor, orders, act, at=NOON, **values):
    items = [Item(order.pk, order.number) for order in orders]
    return services.start_batch(store=store, act=ACTS[act], items=items, values=values, actor=actor, at=at)


def held(store, actor, kind=HoldKind.MANUAL, reason="等颜色", **values):
    order = make_order(store=store, **values)
    open_hold(store=store, order_id=order.pk, kind=kind, reason=reason, actor=actor, at=NOON)
    return order


def fresh(order):
    return Order.objects.get(pk=order.pk)


# The dialog


def test_dialog_names_the_orders_and_the_ways_on(agent_client, store):
    fits = [make_order(store=store, number=number, acceptance="unreviewed") for number in "12"]
    done = make_order(store=store, number="3")

    html = post(agent_client, [*fits, done], act="accept").content.decode()

    assert "This applies to 2 of 3 selected orders." in html
    assert re.findall(r'<li data-order="(\d)"', html) == ["2", "1"]  # as the list shows them
    assert 'value="all"' in html
    assert "Do it to all 2 orders" in html
    assert "Only the ticked" in html


def test_only_the_ticked_leaves_the_others(agent_client, store):
    orders = [make_order(store=store, acceptance="unreviewed") for _ in range(3)]

    post(agent_client, orders, act="accept", confirmed="1", scope="ticked", ticked=[orders[1].pk])

    assert [fresh(order).acceptance for order in orders] == ["unreviewed", "accepted", "unreviewed"]


def test_nothing_ticked_does_nothing(agent_client, store):
    order = make_order(store=store)

    response = post(agent_client, [order], act="flag:1", confirmed="1", scope="ticked")

    assert "No order is selected." in response.headers["HX-Trigger"]
    assert fresh(order).flag == 0


def test_ticked_orders_of_another_store_are_not_touched(agent_client, store):
    order = make_order(store=make_store(code="else"))

    post(agent_client, act="flag:1", confirmed="1", scope="ticked", ticked=[order.pk])

    assert fresh(order).flag == 0


def test_all_of_more_than_a_page_asks_first(agent_client, store):
    for _ in range(51):
        make_order(store=store, lines=0)

    asked = post(agent_client, act="flag:2", _all="1")
    assert not Order.objects.filter(flag=2).exists()
    post(agent_client, act="flag:2", _all="1", confirmed="1", scope="all")

    html = asked.content.decode()
    assert "This applies to all 51 selected orders." in html
    assert "The first 50 of them" in html
    assert 'name="flag" value="2"' in html
    assert Order.objects.filter(flag=2).count() == 51


def test_a_dialog_with_fields_says_at_once_whom_it_leaves_out(agent_client, agent, store):
    orders = [held(store, agent), make_order(store=store)]

    html = post(agent_client, orders, act="release").content.decode()

    assert 'name="reason"' in html
    assert 'data-skipped="1"' in html
    assert "not held" in html
    assert "accept_too" not in html  # it is accepted already


def test_an_act_that_applies_to_none_asks_nothing(agent_client, store):
    response = post(agent_client, [make_order(store=store)], act="release")

    assert "Nothing was changed: not held." in response.headers["HX-Trigger"]


def test_receipt_counts_who_was_left_out_before(agent_client, agent, store):
    orders = [make_order(store=store, acceptance="unreviewed"), make_order(store=store)]

    response = post(agent_client, orders, act="accept", confirmed="1")
    html = agent_client.get(f"/orders/batches/{Job.objects.get().pk}/").content.decode()

    assert "Accept: 1 order. 1 was left out." in response.headers["HX-Trigger"]
    assert re.findall(r'data-left-out="(\d)"', html) == ["1"]
    assert "accepted already" in html


@pytest.mark.parametrize("order_count", [2, 4])
def test_dialog_statements_do_not_grow(agent_client, store, order_count, django_assert_num_queries):
    orders = [make_order(store=store, acceptance="unreviewed", lines=2) for _ in range(order_count)]
    shipped = make_order(store=store, status="shipped")
    post(agent_client, [shipped], act="accept")

    with django_assert_num_queries(7):  # session, user, membership, selection, preview, rows, their lines
        post(agent_client, [*orders, shipped], act="accept")


# Release and accept


def test_release_accepts_them_too_when_asked(agent_client, agent, store):
    order = held(store, agent, acceptance="unreviewed")

    asked = post(agent_client, [order], act="release").content.decode()
    post(agent_client, [order], act="release", confirmed="1", reason="颜色已确认", accept_too="on")

    assert "1 of them is not reviewed yet." in asked
    assert re.search(r'name="accept_too"[^>]* checked', asked)
    assert (fresh(order).acceptance, fresh(order).hold_kinds) == ("accepted", [])


def test_release_leaves_them_unreviewed_when_unticked(agent_client, agent, store):
    order = held(store, agent, acceptance="unreviewed")

    post(agent_client, [order], act="release", confirmed="1", reason="颜色已确认")

    assert (fresh(order).acceptance, fresh(order).hold_kinds) == ("unreviewed", [])


def test_release_of_one_kind_leaves_the_others(agent_client, agent, store):
    order = held(store, agent)
    open_hold(store=store, order_id=order.pk, kind=HoldKind.RISK, reason="刷单", actor=agent, at=NOON)

    post(agent_client, [order], act="release", confirmed="1", reason="好了", only="manual")

    assert fresh(order).hold_kinds == ["risk"]


def test_accept_of_held_orders_asks_for_a_reason_and_releases(agent_client, agent, store):
    order = held(store, agent, acceptance="unreviewed")

    asked = post(agent_client, [order], act="accept").content.decode()
    assert fresh(order).acceptance == "unreviewed"
    post(agent_client, [order], act="accept", confirmed="1", release_reason="颜色已确认")

    assert "1 of them is held; accepting can release that, with a reason." in asked
    assert 'name="release_reason"' in asked
    assert (fresh(order).acceptance, fresh(order).hold_kinds) == ("accepted", [])


def test_accept_without_a_reason_leaves_the_hold(agent_client, agent, store):
    order = held(store, agent, acceptance="unreviewed")

    post(agent_client, [order], act="accept", confirmed="1", release_reason="")

    assert (fresh(order).acceptance, fresh(order).hold_kinds) == ("accepted", ["manual"])


@pytest.mark.parametrize(
    ("act", "values"),
    [("accept", {"release_reason": "好了"}), ("release", {"reason": "好了", "accept_too": True, "only": ""})],
)
def test_undo_brings_holds_back_as_they_were(agent, store, act, values):
    order = held(store, agent, acceptance="unreviewed")
    line = order.lines.get()
    open_hold(
        store=store,
        order_id=order.pk,
        kind=HoldKind.OUT_OF_STOCK,
        reason="缺黑色",
        line_id=line.pk,
        actor=agent,
        at=NOON,
    )
    job = batch(store, agent, [order], act, **values)

    services.undo_batch(store=store, job=job, actor=agent, at=NOON)

    holds = Hold.objects.filter(released_at__isnull=True).order_by("kind")
    assert list(holds.values_list("kind", "reason", "line")) == [
        ("manual", "等颜色", None),
        ("out_of_stock", "缺黑色", line.pk),
    ]
    assert fresh(order).acceptance == "unreviewed"


# Closing unpaid orders


def test_close_unpaid_is_for_unpaid_orders_and_can_be_undone(manager_client, manager, store):
    unpaid, paid = make_order(store=store, status="pending_payment"), make_order(store=store)

    asked = post(manager_client, [unpaid, paid], act="close_unpaid").content.decode()
    post(manager_client, [unpaid, paid], act="close_unpaid", confirmed="1", reason="买家不要了")
    closed = [fresh(order).status for order in (unpaid, paid)]
    services.undo_batch(store=store, job=Job.objects.get(), actor=manager, at=NOON)

    assert "paid already" in asked
    assert closed == ["closed", "pending_shipment"]
    assert (fresh(unpaid).status, fresh(unpaid).close_reason) == ("pending_payment", "")


@pytest.mark.parametrize("act", ["close_unpaid", "assign", "print"])
def test_agents_do_not_close_give_or_print(agent_client, store, act):
    assert post(agent_client, [make_order(store=store)], act=act).status_code == 403


# Printing


def test_print_makes_one_file_of_slips_and_opens_its_page(warehouse_client, warehouse, store):
    orders = [make_order(store=store, number=number) for number in "12"]

    response = post(warehouse_client, orders, act="print", paper="packing_slip", sort="number", confirmed="1")
    run_pending_jobs()

    job, papers = Job.objects.get(kind="bulk_act"), Job.objects.get(kind="print")
    events = json.loads(response.headers["HX-Trigger"])
    assert events["open-page"] == {"url": f"/orders/shipping/prints/{papers.pk}/"}
    assert events["toast"]["toasts"][0]["linkText"] == "Open the papers"
    assert list(PrintRecord.objects.values_list("printed_by", "job")) == [(warehouse.pk, papers.pk)] * 2
    assert [fresh(order).print_count for order in orders] == [1, 1]
    assert list(job.rows.order_by("position").values_list("subject", flat=True)) == ["2", "1"]
    assert list(papers.rows.order_by("position").values_list("subject", flat=True)) == ["1", "2"]


def test_print_leaves_out_what_is_not_packed_and_warns_of_reprints(warehouse_client, warehouse, agent, store):
    printed, fine = make_order(store=store), make_order(store=store)
    record_print(store=store, order_id=printed.pk, actor=warehouse, at=NOON)
    others = [
        held(store, agent),
        make_order(store=store, status="pending_payment"),
        make_order(store=store, acceptance="unreviewed"),
        make_order(store=store, status="shipped"),
    ]

    html = post(warehouse_client, [printed, fine, *others], act="print").content.decode()

    assert "1 of them was printed already." in html
    assert 'data-skipped="4"' in html
    for reason in ("held: Held by hand", "not paid", "not reviewed", "not awaiting shipment"):
        assert reason in html


def test_print_without_script_leads_to_the_papers(warehouse_client, store):
    order = make_order(store=store)
    form = {"act": "print", "selected": [order.pk], "query": "queue=all", "paper": "picking_list", "confirmed": "1"}

    response = warehouse_client.post(PATH, form)

    assert response.url == f"/orders/shipping/prints/{Job.objects.get(kind='print').pk}/"


def test_print_asks_which_paper_first(warehouse_client, store):
    html = post(warehouse_client, [make_order(store=store)], act="print").content.decode()

    assert 'name="paper"' in html
    assert not Job.objects.exists()


# What cannot be undone says why


def receipt(client, job):
    return client.get(f"/orders/batches/{job.pk}/").content.decode()


def test_receipt_of_a_print_says_that_paper_stays(warehouse_client, warehouse, store):
    html = receipt(warehouse_client, batch(store, warehouse, [make_order(store=store)], "print"))

    assert "Paper cannot be called back" in html
    assert 'data-action="undo"' not in html
    assert 'data-action="open-papers"' in html


@pytest.mark.parametrize(
    ("who", "minutes", "sentence"),
    [
        ("agent", 0, ""),
        ("agent", 16, "This can be undone for 15 minutes by the person who did it; that time has passed."),
        ("manager", 0, "Only agent, who did it, can undo it."),
    ],
)
def test_undo_problem_names_the_reason(request, store, agent, who, minutes, sentence):
    job = batch(store, agent, [make_order(store=store)], "flag", flag=1)

    person = request.getfixturevalue(who)
    assert services.undo_problem(job, actor=person, at=NOON + timedelta(minutes=minutes)) == sentence


def test_remark_can_be_taken_back(agent, store):
    order = make_order(store=store)
    add_remark(store=store, order_id=order.pk, text="已电联", actor=agent, at=NOON - timedelta(hours=1))
    job = batch(store, agent, [order], "remark", text="x")

    services.undo_batch(store=store, job=job, actor=agent, at=NOON)

    assert fresh(order).latest_remark == "已电联"
    with pytest.raises(DeskError, match="This batch was undone"):
        services.undo_batch(store=store, job=job, actor=agent, at=NOON)


def test_undo_leaves_what_a_colleague_changed_since(agent_client, agent, store):
    wang, orders = make_user("wang", store=store), [make_order(store=store) for _ in range(2)]
    job = batch(store, agent, orders, "flag", flag=1)
    set_flag(store=store, order_id=orders[0].pk, flag=4, actor=wang, at=NOON)

    result = services.undo_batch(store=store, job=job, actor=agent, at=NOON)

    assert [fresh(order).flag for order in orders] == [4, 0]
    assert list(result.refused.values()) == [f"wang changed order {orders[0].number} since: it stays as it is."]
    assert "Not undone:" in receipt(agent_client, job)


def test_undo_of_accepting_stops_at_printed_orders(agent, warehouse, store):
    order = make_order(store=store, acceptance="unreviewed")
    job = batch(store, agent, [order], "accept")
    record_print(store=store, order_id=order.pk, actor=warehouse, at=NOON)

    result = services.undo_batch(store=store, job=job, actor=agent, at=NOON)

    assert fresh(order).acceptance == "accepted"
    assert "was printed at 12:00 already" in result.refused[order.pk]


def test_receipt_shows_one_outcome(agent_client, agent, store):
    orders = [make_order(store=store, acceptance="unreviewed"), make_order(store=store)]
    job = batch(store, agent, orders, "accept")

    html = agent_client.get(f"/orders/batches/{job.pk}/?outcome=skipped").content.decode()

    assert re.findall(r'data-outcome="(\w+)"', html) == ["skipped"]
    assert re.findall(r'data-result="(\w+)" data-count="(\d)"', html) == [("all", "2"), ("done", "1"), ("skipped", "1")]


# All of a list: what the question was about


def ask_for_all(client, query="queue=all"):
    html = post(client, act="flag:2", _all="1", query=query).content.decode()
    return re.search(r'name="previewed" value="([^"]+)"', html).group(1)


def test_all_means_the_orders_that_the_question_was_about(agent_client, store):
    orders = [make_order(store=store, lines=0) for _ in range(53)]
    previewed = ask_for_all(agent_client, "queue=all&flag=0")
    came = [make_order(store=store, lines=0) for _ in range(3)]
    Order.objects.filter(pk__in=[order.pk for order in orders[:2]]).update(flag=1)

    answer = post(
        agent_client, act="flag:2", _all="1", query="queue=all&flag=0", confirmed="1", scope="all", previewed=previewed
    )

    assert [fresh(order).flag for order in orders] == [1, 1] + [2] * 51
    assert [fresh(order).flag for order in came] == [0] * 3
    toast = answer.headers["HX-Trigger"]
    assert "Flag: 51 orders. 2 were left out. 3 orders came into the list since you were asked" in toast
    assert Job.objects.get().params["left_out"] == {"not in the list any more": 2}


def test_the_answer_says_nothing_when_all_is_as_it_was(agent_client, store):
    for _ in range(51):
        make_order(store=store, lines=0)
    previewed = ask_for_all(agent_client)

    answer = post(agent_client, act="flag:2", _all="1", confirmed="1", scope="all", previewed=previewed)

    assert json.loads(answer.headers["HX-Trigger"])["toast"]["toasts"][0]["text"] == "Flag: 51 orders."


def test_a_question_that_was_changed_on_its_way_is_not_answered(agent_client, store):
    order = make_order(store=store)

    answer = post(agent_client, act="flag:2", _all="1", confirmed="1", previewed="e30:x:y")

    assert "The question is too old to be answered." in answer.headers["HX-Trigger"]
    assert fresh(order).flag == 0
