"""Acts on one order through the pages: who may, when, and conflicts that lose nothing."""

import re

import pytest
from django.utils import timezone

from orders.core.models import Hold, Order
from orders.core.services import claim_order, open_hold, set_flag
from orders.core.statuses import Acceptance, OrderStatus
from orders.desk.order_acts import ORDER_ACTS
from orders.fulfilment.models import Shipment
from orders.notes.models import BuyerNote
from orders.notes.services import record_note
from tests.conftest import signed_in
from tests.desk.acting import HTMX, post, toast
from tests.factories import NOON, make_order, make_user

pytestmark = pytest.mark.django_db
NUMBER = "SF1234567890123"
SHIP = {"courier": "SF", "tracking_number": NUMBER}


def buttons(response):
    """Return the acts at the top: name to reason, in order."""
    return {act.name: act.reason for act in response.context["acts"]}


# Who, when

STATES = {
    "unpaid": {"status": OrderStatus.PENDING_PAYMENT},
    "unreviewed": {"acceptance": Acceptance.UNREVIEWED},
    "ready": {},
    "shipped": {"status": OrderStatus.SHIPPED},
    "completed": {"status": OrderStatus.COMPLETED},
    "closed": {"status": OrderStatus.CLOSED},
}
LEGAL = {
    ("manager", "unpaid"): ["mark_paid", "hold", "remark", "claim", "close"],
    ("manager", "unreviewed"): ["accept", "hold", "remark", "claim", "close"],
    ("manager", "ready"): ["ship", "hold", "remark", "claim", "close"],
    ("manager", "shipped"): ["complete", "remark", "claim", "close"],
    ("manager", "completed"): ["remark", "claim"],
    ("manager", "closed"): ["remark", "claim"],
    ("agent", "unreviewed"): ["accept", "hold", "remark", "claim"],
    ("agent", "ready"): ["hold", "remark", "claim"],
    ("warehouse", "unreviewed"): ["remark"],
    ("warehouse", "ready"): ["ship", "remark"],
    ("finance", "ready"): [],
}
FIELDS = {
    "ship": SHIP,
    "mark_paid": {"method": "alipay"},
    "hold": {"kind": "risk", "reason": "look"},
    "remark": {"text": "hello"},
    "close": {"reason": "asked for"},
    "release": {"kind": "risk", "reason": "fine"},
}


@pytest.mark.parametrize(("role", "state"), LEGAL)
def test_legal_acts_come_first_and_the_others_say_why(request, store, role, state):
    client = request.getfixturevalue(f"{role}_client")
    order = make_order(store=store, **STATES[state])

    shown = buttons(client.get(f"/orders/{order.number}/"))

    assert [name for name, reason in shown.items() if not reason] == LEGAL[role, state]
    assert list(shown)[: len(LEGAL[role, state])] == LEGAL[role, state]
    assert sorted(shown) == sorted(
        ["accept", "ship", "mark_paid", "complete", "hold", "release", "remark", "claim", "close"]
    )


@pytest.mark.parametrize(("role", "state"), LEGAL)
def test_every_act_does_what_its_button_says(request, store, role, state):
    client = request.getfixturevalue(f"{role}_client")

    for name, reason in buttons(client.get(f"/orders/{make_order(store=store, **STATES[state]).number}/")).items():
        order = make_order(store=store, **STATES[state])
        response = post(
            client,
            order,
            name,
            {**FIELDS.get(name, {}), "version": 1} | {"tracking_number": f"SF{order.pk:013}"},
            **HTMX,
        )
        order.refresh_from_db()
        if reason:
            assert response.status_code in {403, 409, 422}, name
            assert order.version == 1, name
        else:
            assert response.status_code == 200, name
            assert order.version == 2, name


def test_a_disabled_act_is_there_with_its_reason(agent_client, store):
    html = agent_client.get(f"/orders/{make_order(store=store).number}/").content.decode()

    assert re.search(r'aria-disabled="true" aria-describedby="why-ship" data-action="ship"', html)
    assert "Your role does not include “Print, ship, stock”." in html


# Each act


def test_ship_without_script_goes_back_to_the_order(warehouse_client, warehouse, store):
    order = make_order(store=store)

    form = warehouse_client.get(f"/orders/{order.number}/ship/?version=1&queue=pending_shipment").content.decode()
    response = post(warehouse_client, order, "ship", {**SHIP, "version": "1"}, "?queue=pending_shipment")

    assert "<html" in form
    assert 'name="tracking_number"' in form
    assert (response.status_code, response.url) == (302, f"/orders/{order.number}/?queue=pending_shipment")
    parcel = Shipment.objects.get()
    assert (parcel.courier, parcel.tracking_number, parcel.shipped_by) == ("SF", NUMBER, warehouse)
    page = warehouse_client.get(response.url).content.decode()
    assert f"Order {order.number} was shipped." in page
    assert f'data-parcel="{NUMBER}"' in page


def test_ship_part_of_an_order(warehouse_client, store):
    order = make_order(store=store, lines=2)
    first, second = order.lines.order_by("position")

    response = post(
        warehouse_client, order, "ship", {**SHIP, f"line_{first.pk}": "1", f"line_{second.pk}": "0"}, **HTMX
    )

    order.refresh_from_db()
    assert (response.status_code, order.status) == (200, OrderStatus.PARTIALLY_SHIPPED)
    assert list(order.lines.order_by("position").values_list("shipped_quantity", flat=True)) == [1, 0]


def test_ship_reads_the_courier_from_the_number(warehouse_client, store):
    post(
        warehouse_client,
        make_order(store=store),
        "ship",
        {"courier": "", "tracking_number": " yt1234567890123 "},
        **HTMX,
    )

    assert list(Shipment.objects.values_list("courier", "tracking_number")) == [("YTO", "YT1234567890123")]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"tracking_number": ""}, "This field is required."),
        ({"tracking_number": "顺丰"}, "is not made of 4 to 60 letters"),
        ({"courier": "", "tracking_number": "999999"}, "The number does not tell the courier. Choose it."),
    ],
)
def test_ship_keeps_what_was_typed_when_it_will_not_do(warehouse_client, store, data, words):
    response = post(warehouse_client, make_order(store=store), "ship", {**SHIP, **data, "in_dialog": "1"}, **HTMX)

    assert (response.status_code, response.headers["HX-Retarget"]) == (422, "#act-form")
    assert words in response.content.decode()
    assert f'value="{data["tracking_number"]}"' in response.content.decode() or not data["tracking_number"]
    assert not Shipment.objects.exists()


def test_an_odd_number_is_warned_about_and_never_refused(warehouse_client, store):
    order = make_order(store=store)

    check = warehouse_client.get("/orders/tracking-check/", {"courier": "SF", "tracking_number": "YT1234567890123"})
    response = post(warehouse_client, order, "ship", {"courier": "SF", "tracking_number": "YT1234567890123"}, **HTMX)

    assert "does not look like a number of 顺丰速运" in check.content.decode()
    assert response.status_code == 200
    assert Shipment.objects.get().courier == "SF"


def test_a_second_ship_says_who_was_first(warehouse_client, store):
    order = make_order(store=store)
    post(warehouse_client, order, "ship", SHIP, **HTMX)

    response = post(warehouse_client, order, "ship", {"courier": "SF", "tracking_number": "SF1234567890124"}, **HTMX)

    assert response.status_code == 409
    assert "was already shipped by warehouse" in response.content.decode()
    assert Shipment.objects.count() == 1


def held_by_rule(store):
    order = make_order(store=store, acceptance=Acceptance.UNREVIEWED)
    open_hold(store=store, order_id=order.pk, kind="risk", reason="ask first", rule="Dear orders", actor=None, at=NOON)
    return Order.objects.get(pk=order.pk)


def test_accepting_a_held_order_asks_why_the_holds_may_go(agent_client, store):
    order = held_by_rule(store)

    page = agent_client.get(f"/orders/{order.number}/")
    asked = agent_client.get(f"/orders/{order.number}/accept/", headers=HTMX).content.decode()
    without = post(agent_client, order, "accept", {"version": order.version}, **HTMX)
    done = post(agent_client, order, "accept", {"release_reason": "called", "version": order.version}, **HTMX)
    order.refresh_from_db()

    assert next(act.dialog for act in page.context["acts"] if act.name == "accept") == "act-dialog"
    assert "<li data-hold>Risk · held by rule “Dear orders” · ask first</li>" in asked
    assert re.search(r">Release and accept</button><button [^>]*>Accept, and leave it held</button>", asked)
    assert (without.status_code, done.status_code) == (422, 200)
    assert (order.acceptance, order.hold_kinds) == (Acceptance.ACCEPTED, [])
    assert Hold.objects.get().release_reason == "called"

    agent_client.post(toast(done)["undo"])
    order.refresh_from_db()

    assert (order.acceptance, order.hold_kinds) == (Acceptance.UNREVIEWED, ["risk"])
    assert list(Hold.objects.filter(released_at=None).values_list("reason", "rule")) == [("ask first", "Dear orders")]


def test_held_order_is_accepted_and_stays_held(agent_client, store):
    order = held_by_rule(store)

    done = post(agent_client, order, "accept", {"keep_held": "1", "version": order.version}, **HTMX)
    order.refresh_from_db()

    assert done.status_code == 200
    assert (order.acceptance, order.hold_kinds) == (Acceptance.ACCEPTED, ["risk"])


def test_hold_and_release_through_the_blocker(agent_client, store):
    order = make_order(store=store)

    held = post(agent_client, order, "hold", {"kind": "address_problem", "reason": "no street", "version": 1}, **HTMX)
    blocker = next(b for b in held.context["blockers"] if b.code == "address_problem")
    released = post(
        agent_client, order, "release", {"kind": "address_problem", "reason": "found", "version": 2}, **HTMX
    )

    assert [act.name for act in blocker.acts] == ["change_recipient", "release"]
    assert "kind=address_problem" in blocker.acts[1].url
    assert released.context["blockers"] == []
    assert Hold.objects.get().release_reason == "found"


def test_hold_needs_a_reason(agent_client, store):
    response = post(agent_client, make_order(store=store), "hold", {"kind": "risk", "reason": ""}, **HTMX)

    assert (response.status_code, response.headers["HX-Retarget"]) == (422, "#dialog-slot")
    assert not Hold.objects.exists()


def test_note_is_confirmed_declined_or_overridden(agent_client, manager_client, store):
    orders = [make_order(store=store) for _ in range(3)]
    for order in orders:
        record_note(order=order, text="要礼盒", at=NOON)

    post(agent_client, orders[0], "confirm_note", {"outcome": "in the parcel"})
    post(agent_client, orders[1], "decline_note", {"outcome": "none left"})
    refused = post(agent_client, orders[2], "override_note", {"reason": "in a hurry"})
    post(manager_client, orders[2], "override_note", {"reason": "in a hurry"})

    assert refused.status_code == 403
    assert list(BuyerNote.objects.order_by("pk").values_list("state", flat=True)) == ["confirmed", "declined", "unread"]
    assert [Order.objects.get(pk=order.pk).hold_kinds for order in orders] == [[], [], []]
    page = agent_client.get(f"/orders/{orders[2].number}/")
    assert [blocker.code for blocker in page.context["blockers"]] == ["note_open"]


def test_mark_paid_close_and_complete(manager_client, store):
    unpaid, open_one = make_order(store=store, status=OrderStatus.PENDING_PAYMENT), make_order(store=store)
    shipped = make_order(store=store, status=OrderStatus.SHIPPED)

    post(manager_client, unpaid, "mark_paid", {"method": "bank_card"})
    post(manager_client, open_one, "close", {"reason": "asked for"})
    post(manager_client, shipped, "complete")

    statuses = [Order.objects.get(pk=order.pk).status for order in (unpaid, open_one, shipped)]
    assert statuses == [OrderStatus.PENDING_SHIPMENT, OrderStatus.CLOSED, OrderStatus.COMPLETED]


def test_tags_are_shown_as_they_are_and_replaced(agent_client, store):
    order = make_order(store=store, tags=["老客户"])

    form = agent_client.get(f"/orders/{order.number}/tags/", headers=HTMX).content.decode()
    post(agent_client, order, "tags", {"tags": "加急，礼盒"}, **HTMX)

    assert 'value="老客户"' in form
    assert Order.objects.get().tags == ["加急", "礼盒"]


def test_claim_is_refused_while_a_colleague_holds_it_and_taken_over_by_a_manager(
    agent_client, manager_client, manager, store
):
    order, colleague = make_order(store=store), make_user("wang", store=store)
    claim_order(store=store, order_id=order.pk, actor=colleague, at=timezone.now())

    refused = post(agent_client, order, "claim", **HTMX)
    not_mine = post(agent_client, order, "take_over", **HTMX)
    taken = post(manager_client, order, "take_over", **HTMX)

    assert (refused.status_code, not_mine.status_code, taken.status_code) == (409, 403, 200)
    assert "wang works on order" in toast(refused)["text"]
    assert Order.objects.get().claimed_by == manager
    assert "unclaim" in buttons(taken)


def test_acts_without_questions_are_posted_only(agent_client, store):
    assert agent_client.get(f"/orders/{make_order(store=store).number}/accept/").status_code == 405


@pytest.mark.parametrize("status", ["pending_payment", "completed"])
@pytest.mark.parametrize("key", ORDER_ACTS)
def test_any_act_at_any_time_is_answered(admin_client, store, key, status):
    order = make_order(store=store, status=status)

    asked = admin_client.get(f"/orders/{order.number}/{key}/?item=1", headers=HTMX)
    done = post(admin_client, order, key, {"item": "1"}, **HTMX)

    assert asked.status_code == (200 if ORDER_ACTS[key].needs_form else 405)
    assert done.status_code in {200, 409, 422}
    assert done.status_code == 200 or Order.objects.get().version == 1


# Two people on one order


def test_conflict_shows_both_values_and_keeps_what_was_typed(agent_client, store):
    order, colleague = make_order(store=store), make_user("wang", store=store)
    agent_client.get(f"/orders/{order.number}/remark/?version=1", headers=HTMX)
    post(signed_in(colleague), order, "remark", {"text": "their words", "version": "1"})

    response = post(agent_client, order, "remark", {"text": "my words", "version": "1", "in_dialog": "1"}, **HTMX)
    html = response.content.decode()

    assert (response.status_code, response.headers["HX-Retarget"]) == (409, "#act-form")
    assert re.search(r"<td data-theirs>wang: their words</td><td data-yours>my words</td>", html)
    assert ">my words</textarea>" in html.replace("\n", "").replace("&#10;", "")
    assert "wang changed order" in html
    assert 'name="version" value="2"' in html
    assert Order.objects.get().latest_remark == "their words"

    again = post(agent_client, order, "remark", {"text": "my words", "version": "2", "in_dialog": "1"}, **HTMX)
    assert again.status_code == 200
    assert list(order.remarks.order_by("pk").values_list("text", flat=True)) == ["their words", "my words"]


def test_conflict_without_script_is_a_page(agent_client, store):
    order = make_order(store=store)
    set_flag(store=store, order_id=order.pk, flag=1, actor=make_user("wang"), at=NOON)

    response = post(agent_client, order, "flag", {"flag": "3", "version": "1"})
    html = response.content.decode()

    assert response.status_code == 409
    assert "<html" in html
    assert "<td data-theirs>Red</td><td data-yours>Green</td>" in html
    assert Order.objects.get().flag == 1
    assert re.search(r'name="flag".*?<option value="3" selected>', html, re.DOTALL)


def test_conflict_of_an_act_that_is_no_longer_possible_offers_no_second_try(agent_client, store):
    order, colleague = make_order(store=store, acceptance=Acceptance.UNREVIEWED), make_user("wang", store=store)
    post(signed_in(colleague), order, "accept", {"version": "1"})

    response = post(agent_client, order, "accept", {"version": "1"}, **HTMX)
    html = response.content.decode()

    assert (response.status_code, response.headers["HX-Retarget"]) == (409, "#dialog-slot")
    assert "It is accepted already." in html
    assert "all the same" not in html
    assert "Keep what is saved now" in html


@pytest.mark.parametrize("version", ["", "x", "99999999999", "٣"])
def test_a_version_that_is_none_is_not_checked(agent_client, store, version):
    response = post(agent_client, make_order(store=store), "flag", {"flag": "2", "version": version}, **HTMX)

    assert response.status_code == 200


@pytest.mark.parametrize("act", ["mark_paid", "remark", "close"])
def test_page_of_an_act_is_an_ordinary_form(manager_client, store, act):
    order = make_order(store=store, status=OrderStatus.PENDING_PAYMENT)

    page = manager_client.get(f"/orders/{order.number}/{act}/").content.decode()
    in_dialog = manager_client.get(f"/orders/{order.number}/{act}/", headers=HTMX).content.decode()

    form, dialog_form = (re.search(r'<form id="act-form"[^>]*>', text)[0] for text in (page, in_dialog))
    assert "hx-" not in form  # the part of a page that htmx would put its answer into is not on this one
    assert 'hx-target="#order-view"' in dialog_form
    assert 'id="order-view"' not in page
