"""Orders over the API: what an answer holds, every act, and every kind of refusal."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from backoffice.common.access import Role
from backoffice.common.models import AuditEntry
from orders.core.models import Order, Remark
from orders.core.services import claim_order, open_hold
from orders.core.statuses import Acceptance, HoldKind, OrderStatus
from orders.fulfilment.models import InvoiceRequest, LineStock, Product, Shipment, Sku, Waybill
from orders.notes.services import record_note
from tests.api.client import error, make_api
from tests.factories import NOON, make_order, make_recipient

PARCEL = {"courier": "SF", "tracking_number": "SF1234567890123"}
PAID = OrderStatus.PENDING_SHIPMENT
ACTS = {
    # act: (status before, body, what the answer must then show)
    "ship": (PAID, PARCEL, {"status": "shipped"}),
    "remarks": (PAID, {"text": "call first"}, {}),
    "unaccept": (PAID, {}, {"acceptance": "unreviewed"}),
    "hold": (PAID, {"kind": "manual", "reason": "wait for stock"}, {}),
    "claim": (PAID, {}, {}),
    "take-over": (PAID, {}, {}),
    "unclaim": (PAID, {}, {"claimed_by": None}),
    "mark-paid": (OrderStatus.PENDING_PAYMENT, {"method": "alipay"}, {"status": "pending_shipment"}),
    "close": (OrderStatus.PENDING_PAYMENT, {"reason": "buyer asked"}, {"status": "closed"}),
    "complete": (OrderStatus.SHIPPED, {}, {"status": "completed"}),
}
ROLE_OF = {"ship": Role.WAREHOUSE, "remarks": Role.WAREHOUSE, "take-over": Role.MANAGER, "mark-paid": Role.MANAGER,
           "close": Role.MANAGER, "complete": Role.MANAGER}  # fmt: skip


def of_status(store, status):
    more = {"shipped_at": NOON} if status == OrderStatus.SHIPPED else {}
    return make_order(store=store, status=status, **more)


def test_order_answer_holds_what_the_contract_names(api, store):
    order = make_order(store=store)
    make_recipient(order=order)

    answer = api.get(f"orders/{order.number}/").json()

    for name in ("number", "status", "acceptance", "holds", "ship_by", "money", "buyer", "recipient", "lines",
               "shipments",
                 "notes", "remarks", "flag", "refunds", "events", "version"):  # fmt: skip
        assert name in answer
    assert answer["money"]["paid"] == "100.00"
    assert answer["recipient"]["name"] == "张*"
    assert answer["recipient"]["phone"] == "138****1234"


def test_order_answer_never_holds_clear_text(api, store):
    order = make_order(store=store)
    make_recipient(order=order)
    api.post(f"orders/{order.number}/remarks/", {"text": "13812341234 wants it early"})

    texts = [api.get("orders/").content.decode(), api.get(f"orders/{order.number}/").content.decode()]

    for text in texts:
        for clear in ("张三", "13812341234", "科技园路"):
            assert clear not in text
            assert json.dumps(clear)[1:-1] not in text


def test_order_answer_names_stock_parcels_invoice_and_what_the_platform_knows(api, store):
    order = make_order(store=store)
    line = order.lines.get()
    product = Product.objects.create(store=store, code="P1", title="x")
    sku = Sku.objects.create(store=store, product=product, code="K-1", on_hand=5, reserved=1, counted_at=NOON)
    LineStock.objects.create(line=line, store=store, order=order, sku=sku, reserved=1)
    waybill = Waybill.objects.create(store=store, courier="SF", number="SF1", state="numbered", created_at=NOON)
    waybill.lines.create(order=order, line=line, quantity=1)
    InvoiceRequest.objects.create(
        store=store, order=order, title="x", amount=1, due_at=NOON, requested_at=NOON, source="staff"
    )
    api.post(f"orders/{order.number}/remarks/", {"text": "call first"})

    answer = api.get(f"orders/{order.number}/").json()

    assert answer["lines"][0]["stock"] == {"sku": "K-1", "on_hand": 5, "free": 4, "reserved": 1, "short": 0}
    assert [one["number"] for one in answer["waybills"]] == ["SF1"]
    assert answer["waybills"][0]["lines"] == [{"line": line.pk, "quantity": 1}]
    assert (answer["invoice"]["state"], answer["invoice"]["amount"]) == ("pending", "1.00")
    assert [event["outbox"] for event in answer["events"]] == ["pending"]


@pytest.mark.parametrize("count", [1, 3])
def test_order_list_asks_as_often_for_many_orders(api, store, count, django_assert_num_queries):
    for _ in range(count):
        make_recipient(order=make_order(store=store, lines=2))
    api.get("orders/")

    with django_assert_num_queries(16):  # one a table that an answer holds
        assert len(api.get("orders/").json()["results"]) == count


def test_order_list_filters_like_the_page(api, store):
    wanted = make_order(store=store, flag=3)
    make_order(store=store, flag=1)

    assert [row["number"] for row in api.get("orders/?flag=3").json()["results"]] == [wanted.number]
    assert [row["number"] for row in api.get(f"orders/?q={wanted.number}").json()["results"]] == [wanted.number]
    assert error(api.get("orders/?flag=9")) == (422, "invalid")
    assert error(api.get("orders/?sort=colour")) == (422, "invalid")
    assert error(api.get("orders/?after=xx")) == (422, "cursor")


def test_order_list_pages_run_both_ways(api, store):
    for minute in range(60):
        make_order(store=store, placed_at=NOON - timedelta(minutes=minute))

    first = api.get("orders/").json()
    second = api.client.get(first["next"], headers={"Authorization": f"Bearer {api.clear}"}).json()
    back = api.client.get(second["previous"], headers={"Authorization": f"Bearer {api.clear}"}).json()

    assert (first["previous"], second["next"]) == (None, None)
    assert (len(first["results"]), len(second["results"])) == (50, 10)
    assert back["results"] == first["results"]


@pytest.mark.parametrize("act", ACTS)
def test_act_is_done_and_says_so(store, act):
    status, body, shown = ACTS[act]
    order, api = of_status(store, status), make_api(store, ROLE_OF.get(act, Role.AGENT))

    response = api.post(f"orders/{order.number}/{act}/", body)

    assert response.status_code == 200, response.content
    answer = response.json()
    assert {name: answer[name] for name in shown} == shown
    if act != "unclaim":  # nobody held it: nothing to change
        assert answer["version"] == order.version + 1
        assert answer["events"][-1]["source"] == "api"


def test_accept_and_release_are_done(store):
    api, order = make_api(store, Role.AGENT), make_order(store=store, acceptance=Acceptance.UNREVIEWED)
    open_hold(store=store, order_id=order.pk, kind=HoldKind.MANUAL, reason="wait", actor=api.owner, at=NOON)

    accepted = api.post(f"orders/{order.number}/accept/").json()
    released = api.post(f"orders/{order.number}/release/", {"kind": "manual", "reason": "came in"}).json()

    assert accepted["acceptance"] == "accepted"
    assert [hold["kind"] for hold in accepted["holds"]] == ["manual"]
    assert released["holds"] == []


@pytest.mark.parametrize(
    ("act", "body", "state"),
    [("confirm", {"outcome": "red it is"}, "confirmed"), ("decline", {"outcome": "no red left"}, "declined")],
)
def test_note_is_settled(store, act, body, state):
    api, order = make_api(store, Role.AGENT), make_order(store=store)
    record_note(order=order, text="in red please", at=NOON)

    answer = api.post(f"orders/{order.number}/note/{act}/", body).json()

    assert [note["state"] for note in answer["notes"]] == [state]


def test_note_gate_is_overridden_by_a_manager_only(store):
    order = make_order(store=store)
    record_note(order=order, text="in red please", at=NOON)

    refused = make_api(store, Role.AGENT).post(f"orders/{order.number}/note/override/", {"reason": "late"})
    done = make_api(store, Role.MANAGER).post(f"orders/{order.number}/note/override/", {"reason": "late"})

    assert error(refused) == (403, "permission_denied")
    assert (done.status_code, done.json()["holds"]) == (200, [])


def test_hold_of_one_line_names_the_line(api, store):
    order = make_order(store=store, lines=2)
    line = order.lines.order_by("pk").last()

    answer = api.post(f"orders/{order.number}/hold/", {"kind": "manual", "reason": "torn", "line": line.pk}).json()

    assert [hold["line"] for hold in answer["holds"]] == [line.pk]


def test_ship_takes_some_pieces_and_a_full_courier_name(store):
    api, order = make_api(store, Role.WAREHOUSE), make_order(store=store, lines=2)
    line = order.lines.order_by("pk").first()

    body = {**PARCEL, "courier": "顺丰速运", "lines": [{"line": line.pk, "quantity": 1}]}
    answer = api.post(f"orders/{order.number}/ship/", body).json()

    assert answer["shipments"][0]["courier"] == "SF"
    assert answer["shipments"][0]["lines"] == [{"line": line.pk, "quantity": 1}]
    assert answer["status"] == "partially_shipped"


def test_ship_of_a_held_order_is_a_gate(store):
    api, order = make_api(store, Role.WAREHOUSE), make_order(store=store)
    open_hold(store=store, order_id=order.pk, kind=HoldKind.MANUAL, reason="wait", actor=api.owner, at=NOON)

    response = api.post(f"orders/{order.number}/ship/", PARCEL)

    assert error(response) == (422, "hold")
    assert not Shipment.objects.exists()


def test_ship_twice_is_a_state(store):
    api, order = make_api(store, Role.WAREHOUSE), make_order(store=store)
    api.post(f"orders/{order.number}/ship/", PARCEL)

    assert error(api.post(f"orders/{order.number}/ship/", PARCEL)) == (409, "state")
    assert Shipment.objects.count() == 1


def test_flag_and_tags_are_put(api, store):
    order = make_order(store=store)

    assert api.put(f"orders/{order.number}/flag/", {"flag": 4}).json()["flag"] == 4
    assert api.put(f"orders/{order.number}/tags/", {"tags": ["VIP"]}).json()["tags"] == ["VIP"]
    assert error(api.put(f"orders/{order.number}/flag/", {"flag": 6})) == (422, "invalid")
    assert error(api.post(f"orders/{order.number}/flag/", {"flag": 1})) == (405, "method_not_allowed")


@pytest.mark.parametrize("act", ["remarks", "flag"])
def test_stale_version_is_refused_with_the_order_as_it_is(api, store, act):
    order = make_order(store=store)
    api.put(f"orders/{order.number}/flag/", {"flag": 2, "version": order.version})
    body = {"text": "mine", "flag": 5, "version": order.version}

    send = api.put if act == "flag" else api.post
    response = send(f"orders/{order.number}/{act}/", body)

    assert error(response) == (409, "version")
    current = response.json()["current"]
    assert (current["number"], current["flag"], current["version"]) == (order.number, 2, order.version + 1)
    assert not Remark.objects.exists()


def test_take_over_is_the_managers(store, agent):
    order = make_order(store=store)
    claim_order(store=store, order_id=order.pk, actor=agent, at=timezone.now())
    colleague, boss = make_api(store, Role.AGENT), make_api(store, Role.MANAGER)

    assert error(colleague.post(f"orders/{order.number}/claim/", {"take_over": True})) == (409, "claim")
    assert error(colleague.post(f"orders/{order.number}/take-over/")) == (403, "permission_denied")
    assert boss.post(f"orders/{order.number}/take-over/").json()["claimed_by"] == boss.owner.username


def test_another_stores_order_is_not_there(api, other_store):
    order = make_order(store=other_store)
    before = Order.objects.values().get()

    answers = [api.get(f"orders/{order.number}/"), api.put(f"orders/{order.number}/flag/", {"flag": 2})]
    answers += [api.post(f"orders/{order.number}/{act}/", body) for act, (_, body, _) in ACTS.items()]
    answers.append(api.post(f"orders/{order.number}/reveal/", {"reason": "call the buyer"}))

    assert {error(answer) for answer in answers} == {(404, "not_found")}
    assert Order.objects.values().get() == before
    assert api.get("orders/").json()["results"] == []


def test_reveal_is_audited_counted_and_never_kept(store):
    api, order = make_api(store, Role.AGENT), make_order(store=store)
    make_recipient(order=order)

    first = api.post(f"orders/{order.number}/reveal/", {"reason": "call the buyer"}, Idempotency_Key="r1")
    second = api.post(f"orders/{order.number}/reveal/", {"reason": "call the buyer"}, Idempotency_Key="r1")

    assert first.json()["recipient"]["mobile"] == "13812341234"
    assert first["Cache-Control"] == "no-store"
    assert error(second) == (409, "idempotency")
    assert AuditEntry.objects.filter(action__startswith="recipient_reveal").count() == 1


def test_reveal_beyond_the_quota_is_a_gate(store):
    store.reveal_quota = 1
    store.save(update_fields=["reveal_quota"])
    api, order = make_api(store, Role.AGENT), make_order(store=store)
    make_recipient(order=order)

    answers = [api.post(f"orders/{order.number}/reveal/", {"reason": "call the buyer"}) for _ in range(2)]

    assert answers[0].status_code == 200
    assert error(answers[1]) == (422, "quota")


def test_refusals_speak_the_owners_language(store):
    api = make_api(store, Role.AGENT)
    api.owner.language = "zh-hans"
    api.owner.save(update_fields=["language"])

    detail = api.put(f"orders/{make_order(store=store).number}/flag/").json()["detail"]

    assert detail == "flag: 该字段是必填项。"


def test_order_names_the_rules_that_accepted_and_held_it(api, store):
    order = make_order(store=store, acceptance=Acceptance.ACCEPTED, acceptance_rule="Small amounts")
    open_hold(
        store=store, order_id=order.pk, kind="risk", reason="look", actor=None, at=NOON, rule="Large", source="rule"
    )

    answer = api.get(f"orders/{order.number}/").json()

    assert (answer["acceptance_rule"], [hold["rule"] for hold in answer["holds"]]) == ("Small amounts", ["Large"])
