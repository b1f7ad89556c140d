"""After-sales cases over the API: money above the limit, and goods that come back or go out."""

from decimal import Decimal

import pytest

from aftersales.refunds.models import Refund, RefundPolicy
from backoffice.common.access import Role
from orders.core.statuses import OrderStatus
from tests.api.client import error, make_api
from tests.api.test_refunds import PROOF, ask
from tests.factories import make_order
from tests.refunds.cases import join
from tests.refunds.goods import BACK, OUT, make_arrived, make_return


@pytest.fixture
def api(store):
    return make_api(store, Role.AGENT)


@pytest.fixture
def order(store):
    return make_order(store=store, number="1001", status=OrderStatus.SHIPPED, lines=2)


# The second person


def test_money_above_the_limit_waits_for_another_person(store, order):
    RefundPolicy.objects.create(store=store, approval_above=Decimal(50))
    finance, manager = make_api(store, Role.FINANCE), make_api(store, Role.MANAGER)
    number = ask(finance).json()["number"]

    proposed = finance.post(f"refunds/{number}/agree/").json()
    own = finance.post(f"refunds/{number}/approve/")
    approved = manager.post(f"refunds/{number}/approve/").json()

    assert (proposed["status"], proposed["proposed"], proposed["proposed_by"]) == (
        "requested", "60.00", finance.owner.username,
    )  # fmt: skip
    assert error(own) == (422, "hold")
    assert (approved["status"], approved["refunded"], approved["approved_by"]) == (
        "succeeded", "60.00", manager.owner.username,
    )  # fmt: skip


def test_proposed_money_is_sent_back(store, order):
    RefundPolicy.objects.create(store=store, approval_above=Decimal(50))
    agent, manager = make_api(store, Role.AGENT), make_api(store, Role.MANAGER)
    number = ask(agent).json()["number"]
    agent.post(f"refunds/{number}/agree/")

    answer = manager.post(f"refunds/{number}/decline-approval/", {"reason": "too much"}).json()

    assert (answer["proposed"], answer["status"]) == (None, "requested")
    assert error(manager.post(f"refunds/{number}/approve/")) == (409, "state")


def test_agent_approves_nothing(api, order):
    number = ask(api).json()["number"]

    assert error(api.post(f"refunds/{number}/approve/")) == (403, "permission_denied")


# Goods


def test_return_goes_from_agreement_to_money(api, store, order):
    number = ask(api, kind="return_refund", line=order.lines.first().pk).json()["number"]
    path = f"refunds/{number}"

    agreed = api.post(f"{path}/agree/", {"freight_payer": "shop", "text": "请寄回"}).json()
    sent = api.post(f"{path}/send-back/", {"courier": "SF", "tracking_number": BACK}).json()
    api.post("tracking-events/", {"events": [{"number": BACK, "at": "2026-06-02T09:00:00+08:00", "state": "signed"}]})
    inspected = make_api(store, Role.WAREHOUSE).post(
        f"{path}/inspect/", {"items": [{"outcome": "restock"}], "pictures": [PROOF]}
    )
    done = api.post(f"{path}/receive/", {"amount": "50.00"}).json()

    assert (agreed["status"], agreed["freight_payer"], sent["status"]) == (
        "awaiting_return", "shop", "awaiting_receipt",
    )  # fmt: skip
    assert [(parcel["direction"], parcel["tracking_number"]) for parcel in sent["parcels"]] == [("back", BACK)]
    assert inspected.status_code == 200, inspected.content
    (found,) = inspected.json()["inspections"]
    assert (found["outcome"], found["quantity"], len(found["pictures"])) == ("restock", 1, 1)
    assert (done["status"], done["refunded"]) == ("succeeded", "50.00")
    assert [step["act"] for step in done["steps"]] == ["agree", "send_back", "receive"]
    assert [parcel["signed_at"] for parcel in done["parcels"]] != [None]


def test_exchange_is_sent_out_and_confirmed(api, store):
    case = make_arrived("A", store=store, kind="exchange")
    path = f"refunds/{case.number}"

    received = api.post(f"{path}/receive/").json()
    sent = api.post(f"{path}/send-out/", {"courier": "SF", "tracking_number": OUT}).json()
    done = api.post(f"{path}/confirm/").json()

    assert [answer["status"] for answer in (received, sent, done)] == [
        "awaiting_outbound", "awaiting_buyer", "succeeded",
    ]  # fmt: skip
    assert [parcel["direction"] for parcel in done["parcels"]] == ["back", "out"]


def test_floor_receives_an_exchange_but_lets_no_money_go(store):
    floor = make_api(store, Role.WAREHOUSE)
    exchange = make_arrived("A", store=store, kind="exchange")
    refund = make_arrived("A", store=store, back="SF2222222222222")

    received = floor.post(f"refunds/{exchange.number}/receive/")

    assert (received.status_code, received.json()["status"]) == (200, "awaiting_outbound")
    assert error(floor.post(f"refunds/{refund.number}/receive/")) == (403, "permission_denied")


def test_exchange_turns_into_a_refund(api, store):
    case = make_return("A", store=store, kind="exchange", status="requested")

    answer = api.post(f"refunds/{case.number}/turn-to-refund/", {"amount": "30.00"}).json()

    assert (answer["kind"], answer["amount"]) == ("return_refund", "30.00")


def test_mistyped_number_of_a_return_is_corrected(api, store):
    case = make_arrived("A", store=store)

    answer = api.post(f"refunds/{case.number}/correct-number/", {"courier": "SF", "tracking_number": OUT}).json()

    assert [parcel["tracking_number"] for parcel in answer["parcels"]] == [OUT]


# Cases that were joined to the platform's


def test_case_is_read_and_decided_by_the_number_it_had_before_the_platforms(api, order):
    before = join(Refund.objects.get(number=ask(api).json()["number"]))

    read = api.get(f"refunds/{before}/")
    found = api.get(f"refunds/?q={before}").json()["results"]
    agreed = api.post(f"refunds/{before}/agree/")

    assert (read.status_code, read.json()["number"]) == (200, "70001")
    assert [one["number"] for one in found] == ["70001"]
    assert (agreed.status_code, agreed.json()["number"], agreed.json()["status"]) == (200, "70001", "succeeded")
