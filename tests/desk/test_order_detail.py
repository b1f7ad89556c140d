"""The order page: what it shows, to whom, at which cost, and where it stands in its queue."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backoffice.common.models import AuditEntry
from orders.core.models import Order, OrderDiscount
from orders.core.services import (
    add_remark,
    agree_wish,
    change_recipient,
    lock_order,
    log_contact,
    open_hold,
    set_refund_facts,
)
from orders.core.statuses import Acceptance, OrderStatus
from orders.fulfilment.services import ship_order
from orders.notes.services import record_note
from tests.conftest import signed_in
from tests.factories import NOON, make_buyer, make_line, make_order, make_recipient, make_user

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
SECRETS = ("张三丰", "13812341234", "科技园路 1 号")


def make_full_order(store, lines=1, **values):
    """Make an order with everything a page shows: parcel, hold, note, remark, discount, recipient, history."""
    order = make_order(store=store, lines=lines, **values)
    make_recipient(order=order, name="张三丰")
    order.lines.update(price=Decimal(120))
    OrderDiscount.objects.create(order=order, name="店铺券", amount=Decimal(5))
    record_note(order=order, text="周六送 13812341234", at=NOON)
    act = {"store": store, "order_id": order.pk, "actor": None, "at": NOON}
    add_remark(**act, text="已电联 13812341234")
    open_hold(**act, kind="risk", reason="look twice", line_id=order.lines.first().pk)
    return order


def get(client, order, query="", **headers):
    return client.get(f"/orders/{order.number}/{query}", headers=headers)


def test_page_shows_the_whole_order(agent_client, store):
    order = make_full_order(store, lines=2)

    response = get(agent_client, order)
    html = response.content.decode()

    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"
    for text in (
        "张* ",
        "138****1234",
        "广东",
        "真丝连衣裙",
        "店铺券",
        "已电联 138****1234",
        "周六送 138****1234",
        "look twice",
    ):
        assert text.strip() in html, text
    assert re.findall(r'data-blocker="(\w+)"', html) == ["note_unhandled", "risk"]
    assert f'data-order="{order.number}" data-status="pending_shipment"' in html


@pytest.mark.parametrize("query", ["", "?pane=1", "?queue=pending_shipment", "?pane=1&queue=pending_shipment"])
def test_what_names_a_person_is_nowhere_in_clear(agent_client, store, query):
    order = make_full_order(store)

    for headers in ({}, HTMX):
        html = agent_client.get(f"/orders/{order.number}/{query}", headers=headers).content.decode()
        assert not [secret for secret in SECRETS if secret in html]


@pytest.mark.parametrize("query", ["", "?queue=pending_shipment&sort=ship_by", "?pane=1&queue=all&province=广东"])
def test_query_count_does_not_grow_with_the_order(agent_client, store, query):
    small, large = make_full_order(store), make_full_order(store, lines=3)
    for order in (small, large):
        ship = {"store": store, "actor": None, "at": NOON, "courier": "SF"}
        Order.objects.filter(pk=order.pk).update(opened_at=NOON)
        loose = make_line(order=order, position=9)
        order.holds.update(released_at=NOON)
        ship_order(**ship, order_id=order.pk, tracking_number=f"SF{order.pk:013}", lines={loose.pk: 1})
    add_remark(store=store, order_id=large.pk, text="more", actor=None, at=NOON)
    for hours in (-2, -1, 90, 91):  # neighbours on both sides
        make_order(store=store, ship_by=small.ship_by + timedelta(hours=hours), placed_at=NOON + timedelta(hours=hours))
    get(agent_client, small, query, **HTMX)

    counts = []
    for order in (small, large):
        with CaptureQueriesContext(connection) as queries:
            assert get(agent_client, order, query, **HTMX).status_code == 200
        counts.append(len(queries))

    assert counts[0] == counts[1]
    assert counts[0] <= (16 if not query else 21)


def test_another_store_s_order_and_an_unknown_one_are_not_there(outsider_client, agent_client, store):
    order = make_order(store=store)

    for path in ("", "reveal/", "recipient/", "hold/", "undo/"):
        assert outsider_client.get(f"/orders/{order.number}/{path}").status_code in {404, 405}
    assert get(outsider_client, order).status_code == 404
    assert agent_client.get("/orders/nosuch1/").status_code == 404
    assert agent_client.get(f"/orders/{order.number}/nosuchact/").status_code == 404


def test_ops_may_not_open_orders(ops_client, store):
    assert get(ops_client, make_order(store=store)).status_code == 403


def test_opening_marks_an_order_as_seen_once(agent_client, store):
    order = make_order(store=store)

    get(agent_client, order)
    first = Order.objects.get().opened_at
    get(agent_client, order)

    assert first is not None
    assert (Order.objects.get().opened_at, Order.objects.get().version) == (first, 1)


def test_money_table_sums_exactly(agent_client, store):
    order = make_order(
        store=store, lines=0, total=Decimal("118.00"), payable=Decimal("108.00"), postage=Decimal("10.00"),
        coupon_amount=Decimal("3.50"), paid=Decimal("114.50"),
    )  # fmt: skip
    make_line(order=order, price=Decimal("60.00"), quantity=2)
    OrderDiscount.objects.create(order=order, name="店铺券", amount=Decimal(12))

    html = get(agent_client, order).content.decode()
    rows = re.findall(r'data-money="(\w+)".*?<th scope="row">(.*?)</th><td class="num" data-value="(.*?)">', html)

    assert [(label, amount) for _kind, label, amount in rows] == [
        ("List price", "120.00"), ("店铺券", "-12.00"), ("Goods", "108.00"), ("Postage", "10.00"), ("Coupons", "-3.50"),
        ("Paid", "114.50"), ("Kept", "114.50"),
    ]  # fmt: skip
    running = Decimal(0)
    for kind, label, amount in rows:
        if kind == "item":
            running += Decimal(amount)
        else:
            assert running == Decimal(amount), label


def test_promise_is_explained(agent_client, store):
    order = make_order(store=store, paid_at=NOON, placed_at=NOON)

    assert "Paid 06-01 12:00 + 48 h" in get(agent_client, order).content.decode()


def test_buyer_in_numbers_covers_twelve_months_of_this_store(agent_client, store, other_store):
    now = timezone.now()
    buyer = make_buyer(store=store, nick="tb88")
    order = make_order(store=store, buyer=buyer, placed_at=now)
    make_order(
        store=store, buyer=buyer, placed_at=now - timedelta(days=30), refunded=Decimal(40), refund_status="succeeded"
    )
    make_order(store=store, buyer=buyer, placed_at=now - timedelta(days=400))
    make_order(store=other_store, buyer=make_buyer(store=other_store, nick="tb88"), placed_at=now)

    numbers = get(agent_client, order).context["buyer_numbers"]

    assert (numbers.orders, numbers.paid, numbers.refunds, numbers.refunded) == (2, Decimal(200), 1, Decimal(40))


def test_history_names_before_and_after(agent_client, agent, store):
    order = make_order(store=store)
    agent_client.post(f"/orders/{order.number}/flag/", {"flag": "1", "version": "1"})
    agent_client.post(f"/orders/{order.number}/flag/", {"flag": "4", "version": "2"})

    response = get(agent_client, order)
    day = response.context["days"][0]

    assert day.label == "Today"
    assert [(entry.who, entry.what, [tuple(change) for change in entry.changes]) for entry in day.entries] == [
        ("agent", "Flag changed", [("", "Red", "Blue")]),
        ("agent", "Flag changed", [("", "Grey", "Red")]),
    ]


def test_blockers_name_what_stops_an_order(manager_client, store):
    unpaid = make_order(store=store, status=OrderStatus.PENDING_PAYMENT)
    unreviewed = make_order(store=store, acceptance=Acceptance.UNREVIEWED)
    refunding = make_order(store=store)
    set_refund_facts(store=store, order_id=refunding.pk, status="open", refunded=Decimal(0), actor=None, at=NOON)

    def acts(order):
        return [(b.code, [act.name for act in b.acts]) for b in get(manager_client, order).context["blockers"]]

    assert acts(unpaid) == [("unpaid", ["mark_paid"])]
    assert acts(unreviewed) == [("unreviewed", ["accept"])]
    assert acts(refunding) == [("refund_open", [])]


# The queue it was opened from


@pytest.fixture
def queue(store):
    """Five open orders, the most urgent first; the third is held."""
    orders = [make_order(store=store, number=f"Q{i}", ship_by=NOON + timedelta(hours=i)) for i in range(5)]
    open_hold(store=store, order_id=orders[2].pk, kind="risk", reason="look", actor=None, at=NOON)
    return orders


def test_neighbours_follow_the_filter_and_its_order(agent_client, queue):
    place = get(agent_client, queue[1], "?queue=pending_shipment&sub=ready").context["place"]
    backwards = get(agent_client, queue[1], "?queue=pending_shipment&sort=-ship_by").context["place"]
    alone = get(agent_client, queue[1]).context["place"]

    assert (place.previous, place.next, place.position, place.total) == ("Q0", "Q3", 2, 4)
    assert (backwards.previous, backwards.next, backwards.position, backwards.total) == ("Q2", "Q0", 4, 5)
    assert (alone.previous, alone.next, alone.total) == ("", "", None)


def test_links_to_neighbours_keep_the_queue(agent_client, queue):
    html = get(agent_client, queue[1], "?queue=pending_shipment&sub=ready").content.decode()

    assert 'href="/orders/Q3/?queue=pending_shipment&amp;sub=ready" rel="next" data-key="j"' in html
    assert 'href="/orders/Q0/?queue=pending_shipment&amp;sub=ready" rel="prev" data-key="k"' in html
    assert "<span data-position>2</span> / <span data-place-total>4</span>" in html


def test_an_order_that_left_its_queue_still_leads_on(agent_client, queue):
    place = get(agent_client, queue[2], "?queue=pending_shipment&sub=ready").context["place"]

    assert (place.position, place.previous, place.next, place.total) == (None, "Q1", "Q3", 4)


def test_a_searched_person_is_sealed_in_links(agent_client, store):
    order = make_order(store=store)
    make_recipient(order=order)

    html = get(agent_client, order, "?queue=all&q=13812341234").content.decode()

    assert "q=~" in html.replace("%7E", "~")
    assert "13812341234" not in html.replace('value="13812341234"', "")


def test_a_filter_that_cannot_be_read_leaves_the_page_alone(agent_client, store):
    response = get(agent_client, make_order(store=store), "?paid_from=nonsense&sort=bogus")

    assert (response.status_code, response.context["place"].total) == (200, None)


def test_htmx_gets_the_part_or_the_pane(agent_client, store):
    order = make_order(store=store)

    whole, part = get(agent_client, order), get(agent_client, order, **HTMX)
    pane, pane_without_script = get(agent_client, order, "?pane=1", **HTMX), get(agent_client, order, "?pane=1")

    assert "<html" in whole.content.decode()
    assert part.content.decode().lstrip().startswith('<div id="order-view"')
    assert pane.content.decode().lstrip().startswith('<header class="pane-head"')
    assert "<html" in pane_without_script.content.decode()
    assert "HX-Request" in part.headers["Vary"]


# The recipient in clear


def reveal(client, order, reason="the courier asks", **headers):
    return client.post(f"/orders/{order.number}/reveal/", {"reason": reason}, headers=headers)


def test_reveal_shows_the_recipient_for_a_reason(agent_client, agent, store):
    order = make_order(store=store)
    make_recipient(order=order)

    response = reveal(agent_client, order, **HTMX)
    html = response.content.decode()

    assert 'id="recipient"' in html
    assert "13812341234" in html
    assert 'hx-trigger="load delay:60s"' in html
    entry = AuditEntry.objects.get(action="recipient_revealed")
    assert (entry.actor, entry.subject, entry.data["reason"]) == (agent, order.number, "the courier asks")
    masked = agent_client.get(f"/orders/{order.number}/recipient/", headers=HTMX).content.decode()
    assert "13812341234" not in masked
    assert "138****1234" in masked


def test_reveal_names_every_value(agent_client, agent, store):
    order = make_order(store=store)
    make_recipient(order=order)
    target = {"store": store, "order_id": order.pk, "actor": agent, "at": NOON}
    change_recipient(**target, fields={"name": "李四", "street": "文三路 8 号"} | PLACE)
    log_contact(**target, channel="chat", text="13912345678?", answer="13712345678")
    with transaction.atomic():
        locked = lock_order(store=store, order_id=order.pk)
        for number in ("13912345678", "13712345678"):
            agree_wish(locked, kind="gift_wrap", text=number, actor=agent, at=NOON)

    html = reveal(agent_client, order, **HTMX).content.decode()

    assert re.findall(r"<dt>(.*?)</dt>", html) == [
        "Mobile", "Name", "Street", "Changed address", "Name (platform)", "Street (platform)", "Place (platform)",
        "Contact 1", "Answer to contact 1", "Wish: Gift wrap", "Wish: Gift wrap 2",
    ]  # fmt: skip


PLACE = {"province": "浙江", "city": "杭州市", "district": "西湖区"}


def test_reveal_without_script_goes_back_by_itself(agent_client, store):
    order = make_order(store=store)
    make_recipient(order=order)

    response = reveal(agent_client, order)

    assert "13812341234" in response.content.decode()
    assert response.headers["Refresh"] == f"60; url=/orders/{order.number}/"
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.parametrize("reason", ["", "x"])
def test_reveal_needs_a_reason(agent_client, store, reason):
    order = make_order(store=store)
    make_recipient(order=order)

    response = reveal(agent_client, order, reason)

    assert response.status_code == 422
    assert "13812341234" not in response.content.decode()
    assert not AuditEntry.objects.exists()


def test_reveal_stops_at_the_quota(agent_client, store):
    store.reveal_quota = 1
    store.save()
    order = make_order(store=store)
    make_recipient(order=order)

    reveal(agent_client, order)
    asked = agent_client.get(f"/orders/{order.number}/reveal/", headers=HTMX)
    refused = reveal(agent_client, order, **HTMX)

    assert "You have used 1 of your 1 reveals today." in asked.content.decode()
    assert refused.status_code == 422
    assert "which is the limit" in refused.content.decode()
    assert "13812341234" not in refused.content.decode()


def test_reveal_is_not_for_everybody(finance_client, store):
    order = make_order(store=store)
    make_recipient(order=order)

    assert reveal(finance_client, order).status_code == 403
    assert "Your role sees recipients masked only." in get(finance_client, order).content.decode()


def test_flags_show_the_legend_of_the_store(store):
    store.flag_legend = {"1": "加急"}
    store.save()
    order = make_order(store=store)

    assert "加急" in get(signed_in(make_user(store=store)), order).content.decode()
