"""The queue's page: tabs, counts, rows, links, and nobody's name in them."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.core.statuses import HoldKind, NoteState, WishKind
from orders.desk.acts import ACTS
from orders.desk.models import SavedView
from orders.fulfilment.models import Shipment
from tests.factories import NOON, make_line, make_order, make_recipient, make_store

PATH = "/orders/"
PHONE, NAME = "13812345678", "张三丰"


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


def attributes(html, name):
    return re.findall(rf'data-{name}="([^"]*)"', html)


def page(client, query="", **headers):
    return client.get(f"{PATH}{query}", headers=headers)


def html_of(client, query="", **headers):
    response = page(client, query, **headers)
    assert response.status_code == 200
    return response.content.decode()


def test_order_list_shows_the_open_queue_by_deadline(agent_client, store):
    late = make_order(store=store, number="2", ship_by=NOON + timedelta(hours=3), lines=3)
    make_order(store=store, number="1", ship_by=NOON + timedelta(hours=30))
    make_order(store=store, number="3", status="completed")
    make_order(store=make_store(code="else"), number="4")

    html = html_of(agent_client)

    assert attributes(html, "order") == ["2", "1"]
    assert attributes(html, "status") == ["pending_shipment", "pending_shipment"]
    assert attributes(html, "total") == ["2"]
    assert "3:00 left" in html
    assert "+2</button>" in html
    assert f'id="order-{late.pk}"' in html


def test_tabs_count_what_they_list(agent_client, store):
    statuses = ["pending_payment", "pending_shipment", "partially_shipped", "shipped", "completed", "closed"]
    for place, status in enumerate(statuses):
        for _ in range(place + 1):
            make_order(store=store, status=status, has_open_refund=status == "shipped")
    make_order(store=make_store(code="else"))

    html = html_of(agent_client)
    counts = dict(re.findall(r'data-queue="([a-z_]+)" data-count="(\d+)"', html))
    listed = {queue: str(len(attributes(html_of(agent_client, f"?queue={queue}"), "order"))) for queue in counts}
    totals = {queue: attributes(html_of(agent_client, f"?queue={queue}"), "total")[0] for queue in counts}

    assert counts == listed == totals
    assert counts["pending_shipment"] == "5"
    assert counts["all"] == "21"


def test_sub_queues_count_what_they_list(agent_client, agent, store):
    make_order(store=store, acceptance="unreviewed", ship_by=NOON - timedelta(hours=1))
    make_order(
        store=store, hold_kinds=[HoldKind.OUT_OF_STOCK], claimed_by=agent, claim_expires_at=NOON + timedelta(minutes=9)
    )
    make_order(
        store=store,
        note_state=NoteState.UNHANDLED,
        hold_kinds=[HoldKind.NOTE_UNHANDLED],
        ship_by=NOON + timedelta(hours=2),
    )
    make_order(store=store)

    response = agent_client.get("/orders/subqueues/?queue=pending_shipment", headers={"HX-Request": "true"})
    counts = dict(re.findall(r'data-sub="([a-z_]+)" data-count="(\d+)"', response.content.decode()))
    listed = {sub: str(len(attributes(html_of(agent_client, f"?sub={sub}"), "order"))) for sub in counts}

    assert counts == listed
    assert counts == {
        "ready": "1",
        "unreviewed": "1",
        "held": "2",
        "overdue": "1",
        "due_soon": "1",
        "today": "1",
        "tomorrow": "0",
        "note": "1",
        "out_of_stock": "1",
        "mine": "1",
    }


@pytest.mark.parametrize("order_count", [1, 3])
@pytest.mark.parametrize(
    ("query", "statements"),
    [
        ("", 7),
        ("?queue=all", 6),
        ("?queue=all&q=连衣", 7),
        ("?queue=shipped", 5),
        ("?queue=all&amount_min=1&sort=paid", 6),
    ],
)
def test_order_list_statements_do_not_grow(
    agent_client, store, order_count, query, statements, django_assert_num_queries
):
    for _ in range(order_count):
        make_order(store=store, lines=2)
    page(agent_client, query)  # the session now knows the store

    with django_assert_num_queries(statements):
        response = page(agent_client, query)

    assert len(response.context["rows"]) == (0 if "shipped" in query else order_count)


def test_sub_queue_counts_are_one_statement(agent_client, store, django_assert_num_queries):
    make_order(store=store)
    page(agent_client)

    with django_assert_num_queries(4):  # session, user, membership, counts
        agent_client.get("/orders/subqueues/")


def test_pages_follow_each_other(agent_client, store):
    for number in range(120):
        make_order(store=store, number=f"{number:03}", lines=0)

    first = page(agent_client, "?queue=all&sort=number")
    second = agent_client.get(first.context["next_url"])
    third = agent_client.get(second.context["next_url"])
    back = agent_client.get(third.context["previous_url"])

    found = [[row.number for row in one.context["rows"]] for one in (first, second, third, back)]
    assert found[0] + found[1] + found[2] == [f"{number:03}" for number in range(120)]
    assert found[3] == found[1]
    assert third.context["next_url"] == ""
    assert first.context["previous_url"] == ""


def test_a_damaged_place_shows_the_first_page_and_says_so(agent_client, store):
    make_order(store=store)

    html = html_of(agent_client, "?queue=all&after=garbage")

    assert "That place in the list is gone" in html
    assert len(attributes(html, "order")) == 1


@pytest.mark.parametrize("query", ["?paid_from=soon", "?sort=colour", "?amount_min=x", "?queue=none", "?q=%00"])
def test_bad_values_are_named_and_never_a_crash(agent_client, store, query):
    make_order(store=store)

    response = page(agent_client, query)

    assert response.status_code == 422


def test_exact_number_opens_the_order(agent_client, store):
    order = make_order(store=store)

    assert page(agent_client, f"?q={order.number}").url == f"/orders/{order.number}/"
    assert (
        page(agent_client, f"?q={order.number}", **{"HX-Request": "true"}).headers["HX-Redirect"]
        == f"/orders/{order.number}/"
    )


def test_number_of_another_store_does_not_open(agent_client, store):
    order = make_order(store=make_store(code="else"))

    html = html_of(agent_client, f"?q={order.number}")

    assert attributes(html, "order") == []
    assert agent_client.get(f"/orders/{order.number}/").status_code == 404


@pytest.mark.parametrize("term", [PHONE, "5678", NAME])
def test_a_searched_person_stands_in_the_search_box_only(agent_client, store, term):
    for number in range(60):
        make_recipient(order=make_order(store=store, number=f"A{number}"), name=NAME, mobile=PHONE)

    html = html_of(agent_client, f"?queue=all&q={term}")
    box = re.search(r'<input type="search"[^>]*>', html)[0]

    assert f'value="{term}"' in box
    assert html.replace(box, "").replace("138****5678", "").count(term) == 0
    next_html = html_of(agent_client, "?" + re.search(r'data-next="[^"?]*\?([^"]*)"', html)[1].replace("&amp;", "&"))
    assert len(attributes(next_html, "order")) == 10
    assert f'value="{term}"' in next_html


def test_htmx_gets_the_list_alone(agent_client, store):
    make_order(store=store)

    response = page(agent_client, "?queue=all", **{"HX-Request": "true"})
    html = response.content.decode()

    assert "<html" not in html
    assert html.strip().startswith('<div id="list"')
    assert "HX-Request" in response.headers["Vary"]


def test_htmx_pushes_a_sealed_address_for_a_person(agent_client, store):
    make_recipient(order=make_order(store=store), name=NAME, mobile=PHONE)

    response = page(agent_client, f"?queue=all&q={PHONE}", **{"HX-Request": "true"})

    assert PHONE not in response.headers["HX-Push-Url"]
    assert len(attributes(html_of(agent_client, response.headers["HX-Push-Url"].removeprefix(PATH)), "order")) == 1


def test_chips_name_each_filter_and_lead_to_the_list_without_it(agent_client, store):
    response = page(agent_client, "?queue=all&flag=1&flag=2&paid_from=2026-06-01&amount_min=5&claimed_by=none")

    chips = {chip.label: chip.remove_url for chip in response.context["chips"]}

    assert list(chips) == [
        "Paid from: 2026-06-01",
        "Amount from: ¥5",
        "Flag: Red",
        "Flag: Yellow",
        "Claimed by: nobody",
    ]
    assert chips["Flag: Red"] == "/orders/?queue=all&paid_from=2026-06-01&amount_min=5&flag=2&claimed_by=none"


def test_total_is_exact_with_filters(agent_client, store):
    for number in range(70):
        make_order(store=store, flag=number % 2, lines=0)

    assert attributes(html_of(agent_client, "?queue=all&flag=1"), "total") == ["35"]
    assert attributes(html_of(agent_client, "?queue=all&amount_min=1"), "total") == ["70"]


def test_sorting_head_keeps_the_filter(agent_client, store):
    make_order(store=store, flag=1)

    html = html_of(agent_client, "?queue=all&flag=1&sort=paid")

    assert 'aria-sort="ascending"' in html
    assert "flag=1&amp;sort=-paid" in html or "sort=-paid&amp;flag=1" in html


def test_row_shows_what_staff_need(agent_client, store, agent):
    order = make_order(
        store=store,
        flag=1,
        latest_remark="已电联",
        latest_remark_by="王芳",
        hold_kinds=[HoldKind.OUT_OF_STOCK],
        services=["礼盒"],
        refund_status="open",
        claimed_by=agent,
        claim_expires_at=NOON + timedelta(minutes=5),
        payment_method="alipay",
        tags=["VIP"],
    )
    make_recipient(order=order, name=NAME, mobile=PHONE)

    html = html_of(agent_client)

    for text in ("张* 138****5678", "广东 深圳市", "王芳: 已电联", "礼盒", "¥100.00", "Alipay", "VIP", "Refund open"):
        assert text in html
    assert attributes(html, "hold") == ["out_of_stock"]
    assert "Paid 06-01 11:00 + 48 h" in html
    assert NAME not in html
    assert PHONE not in html


def test_unpaid_orders_have_no_countdown(agent_client, store):
    make_order(store=store, status="completed")

    assert "data-countdown" not in html_of(agent_client, "?queue=completed")


@pytest.mark.parametrize(
    ("who", "acts"),
    [
        ("agent", ["accept", "remark", "flag", "hold", "claim", "release", "unclaim", "tags"]),
        ("warehouse", ["remark", "print", "ship"]),
        ("finance", []),
        (
            "manager",
            [
                "accept",
                "remark",
                "flag",
                "print",
                "hold",
                "claim",
                "release",
                "unclaim",
                "tags",
                "assign",
                "close_unpaid",
                "ship",
            ],
        ),
    ],
)
def test_bulk_bar_offers_what_the_role_may(request, store, who, acts):
    make_order(store=store)

    html = html_of(request.getfixturevalue(f"{who}_client"))

    assert [act for act in attributes(html, "action") if act in {*ACTS}] == acts


@pytest.mark.parametrize("who", ["ops", "outsider"])
def test_order_list_is_closed_to_others(request, store, who):
    client = request.getfixturevalue(f"{who}_client")

    assert client.get(PATH).status_code == (403 if who == "ops" else 200)


# Columns and views


def test_columns_are_kept_per_person(agent_client, agent, store):
    make_order(store=store)

    agent_client.post("/orders/columns/", {"columns": ["buyer", "flag", "nonsense"], "query": "queue=all"})

    assert agent.memberships.get().preferences == {"orders": {"columns": ["buyer", "flag"]}}
    assert [column.key for column in page(agent_client).context["columns"]] == ["due", "order", "buyer", "flag"]
    agent_client.post("/orders/columns/", {"reset": "1"})
    assert [column.key for column in page(agent_client).context["columns"]] == [
        "due", "order", "money", "recipient", "note", "flag", "claim",
    ]  # fmt: skip


def test_saving_a_view_seals_a_person(agent_client, agent, store):
    make_recipient(order=make_order(store=store, flag=1), name=NAME, mobile=PHONE)

    response = agent_client.post("/orders/views/", {"name": "Mine", "query": f"queue=all&flag=1&q={PHONE}&after=x"})

    view = SavedView.objects.get()
    assert response.status_code == 302
    assert (view.name, view.owner, view.is_shared) == ("Mine", agent, False)
    assert PHONE not in view.query
    assert "after" not in view.query
    assert len(attributes(html_of(agent_client, f"?view={view.pk}"), "order")) == 1
    assert "Mine" in agent_client.get("/orders/views/", headers={"HX-Request": "true"}).content.decode()


def test_views_are_deleted_by_their_owner_or_when_shared_by_a_manager(
    agent_client, warehouse_client, manager_client, agent, store
):
    own = SavedView.objects.create(store=store, owner=agent, name="a", query="queue=all", created_at=NOON)
    shared = SavedView.objects.create(
        store=store, owner=agent, name="b", query="queue=all", is_shared=True, created_at=NOON
    )

    assert warehouse_client.post(f"/orders/views/{shared.pk}/delete/").status_code == 404
    assert manager_client.post(f"/orders/views/{own.pk}/delete/").status_code == 404
    assert manager_client.post(f"/orders/views/{shared.pk}/delete/").status_code == 302
    assert agent_client.post(f"/orders/views/{own.pk}/delete/").status_code == 302
    assert not SavedView.objects.exists()


def test_cells_escape_what_people_wrote_and_nothing_else(agent_client, store):
    order = make_order(
        store=store,
        lines=0,
        latest_remark="<b>1</b>",
        latest_remark_by="<i>",
        tags=["<u>"],
        services=["<s>"],
        refund_status="open",
    )
    for position in (1, 2):
        make_line(order=order, position=position, title="<script>1</script>", spec='"><img src=x>', sku_code="<a>")

    html = html_of(agent_client, "?queue=all")

    for raw in ("<script>1", "<b>1", "<i>", "<u>", "<s>", "<img src=x", "<a>"):
        assert raw not in html
    assert "&lt;span" not in html
    assert '<span class="badge tone-amber">Awaiting shipment</span>' in html


def test_row_shows_wishes_papers_and_the_agreed_spec(agent_client, store):
    order = make_order(
        store=store, lines=0, wish_kinds=[WishKind.GIFT_WRAP, WishKind.ENGRAVING], printed_at=NOON, print_count=2
    )
    make_line(order=order, spec="颜色:黑", agreed_spec="颜色:白")

    html = html_of(agent_client)

    assert attributes(html, "wish") == ["gift_wrap", "engraving"]
    assert attributes(html, "printed") == ["2"]
    assert "Printed ×2" in html
    assert "颜色:白" in html
    assert "颜色:黑" not in html


@pytest.mark.parametrize(("query", "links"), [("?sub=held", 1), ("?sub=ready", 0)])
def test_held_orders_lead_to_their_reasons(agent_client, store, query, links):
    assert html_of(agent_client, query).count("/orders/exceptions/") == links


def test_filter_panel_keeps_what_it_has_no_field_for(agent_client, store):
    html = html_of(agent_client, "?queue=pending_shipment&hold=manual&hold_reason=none&hour=9")

    panel = re.search(r'<form class="menu-body filter-form".*?</form>', html, re.DOTALL)[0]
    kept = re.findall(r'<input type="hidden" name="(\w+)" value="(\w+)"', panel)
    assert kept == [("queue", "pending_shipment"), ("hour", "9"), ("hold", "manual"), ("hold_reason", "none")]


def test_rows_of_shipped_orders_tell_the_last_news_of_their_parcel(agent_client, store):
    order = make_order(store=store, status="shipped", shipped_at=NOON - timedelta(days=3))
    order.lines.update(is_gift=True)
    Shipment.objects.create(
        store=store, order=order, courier="SF", tracking_number="SF1", shipped_at=NOON - timedelta(days=3),
        source="staff", trace_state="in_transit", last_event="已到达<b>", last_event_at=NOON - timedelta(days=2),
        anomaly_kinds=["silent"],
    )  # fmt: skip

    html = agent_client.get("/orders/?queue=shipped").content.decode()

    assert "On its way · 2 d ago</span>" in html
    assert 'title="已到达&lt;b&gt;"' in html
    assert 'data-anomaly="silent">No news<' in html
    assert "data-gift>Gift<" in html


def test_rows_of_open_orders_do_not_ask_for_parcels(agent_client, store):
    make_order(store=store)

    with CaptureQueriesContext(connection) as queries:
        agent_client.get("/orders/?queue=pending_shipment")

    assert not any("fulfilment_shipment" in query["sql"] for query in queries)
