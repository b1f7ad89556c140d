"""Acts on a case: dialogs, answers in place, refusals."""

import re
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from aftersales.refunds.models import Inspection, Refund, RefundMessage, ReturnParcel
from aftersales.refunds.services import agree_case
from aftersales.refunds.statuses import MOVES, OPEN_STATES, RefundKind
from orders.core.statuses import OrderStatus
from orders.fulfilment.models import StockMovement
from tests.factories import make_order, make_user
from tests.refunds.cases import make_case, target
from tests.refunds.filling import PIXEL
from tests.refunds.views.acting import HTMX, PATH, act, case_of, errors_of, picture

pytestmark = pytest.mark.django_db


# Agreeing


def test_the_dialog_of_agreeing_says_what_follows_and_what_silence_does(agent_client, store):
    case_of(store)

    html = agent_client.get(f"{PATH}R100/agree/", headers=HTMX).content.decode()

    assert 'id="act-dialog"' in html
    assert 'value="60.00"' in html
    assert re.findall(r"data-silence>([^<]*)<", html) == [
        "Until 2026-06-03 12:00. Without a decision it counts as agreed: ¥60.00 goes to the buyer."
    ]
    assert re.findall(r"data-consequence>([^<]*)<", html) == [
        "Then the case has succeeded: the money counts as given back."
    ]
    assert "Recorded here; not sent to the platform." in html


@pytest.mark.parametrize("kind", RefundKind.values)
@pytest.mark.parametrize("status", [state.value for state in OPEN_STATES])
def test_every_legal_act_has_a_dialog_that_says_the_consequence(agent_client, manager_client, store, kind, status):
    legal = [name for name, state in MOVES[RefundKind(kind)] if state == status]
    if legal:
        case_of(store, kind=kind, status=status)

    for name in legal:
        response = manager_client.get(f"{PATH}R100/{name}/", headers=HTMX)
        html = response.content.decode()

        assert response.status_code == 200
        assert len(re.findall(r"data-silence>[^<]+<", html)) == 1
        assert len(re.findall(r"data-consequence>[^<]+<", html)) == 1
        assert 'type="submit"' in html or "notice-warning" in html


def test_agreeing_answers_with_the_case_as_it_is_now(agent_client, store):
    case_of(store)

    response = act(agent_client, "agree", {"amount": "40.00", "text": "已同意退款"})

    refund = Refund.objects.get()
    assert (response.status_code, refund.status, refund.refunded) == (200, "succeeded", Decimal("40.00"))
    assert 'id="case-view" class="case-page" data-refund="R100" data-status="succeeded"' in response.content.decode()
    assert "list-changed" in response["HX-Trigger"]
    assert "Case R100 was agreed to." in response["HX-Trigger"]
    assert RefundMessage.objects.get().text == "已同意退款"


def test_acts_in_the_pane_answer_with_the_pane(agent_client, store):
    case_of(store)

    response = act(agent_client, "agree", {"amount": "60"}, query="?pane=1")

    assert 'data-pane-refund="R100"' in response.content.decode()


def test_without_script_an_act_is_a_page_and_leads_back_to_the_case(agent_client, store):
    case_of(store)

    asked = agent_client.get(f"{PATH}R100/agree/")
    done = agent_client.post(f"{PATH}R100/agree/", {"version": "1", "amount": "60"})

    assert "<html" in asked.content.decode()
    assert (done.status_code, done["Location"]) == (302, f"{PATH}R100/")


@pytest.mark.parametrize("amount", ["0", "-1", "60.01", "x", "1.234"])
def test_an_amount_that_will_not_do_is_said_beside_the_field_and_kept(agent_client, store, amount):
    case_of(store)

    response = act(agent_client, "agree", {"amount": amount, "in_dialog": "1"})

    assert response.status_code == 422
    assert f'value="{amount}"' in response.content.decode()
    assert (response["HX-Retarget"], Refund.objects.get().status) == ("#act-form", "requested")


def test_agreeing_to_a_return_takes_address_and_who_pays(agent_client, store):
    case_of(store, kind="return_refund")

    asked = agent_client.get(f"{PATH}R100/agree/", headers=HTMX).content.decode()
    act(agent_client, "agree", {"amount": "60", "freight_payer": "shop"})

    assert "The shop has no return address" in asked
    refund = Refund.objects.get()
    assert (refund.status, refund.freight_payer) == ("awaiting_return", "shop")


# The second person


def proposed(store, agent):
    order = make_order(store=store, status=OrderStatus.SHIPPED, paid=Decimal(900), gross_paid=Decimal(900))
    refund = make_case(order=order, number="R100", amount=Decimal(800))
    return agree_case(**target(refund, actor=agent))


def test_money_above_the_limit_waits_for_a_second_person(agent_client, agent, store):
    order = make_order(store=store, status=OrderStatus.SHIPPED, paid=Decimal(900), gross_paid=Decimal(900))
    make_case(order=order, number="R100", amount=Decimal(800))

    response = act(agent_client, "agree", {"amount": "800"})

    html = response.content.decode()
    assert "for case R100 waits for a second person now." in response["HX-Trigger"]
    assert "data-proposed" in html
    assert Refund.objects.get().status == "requested"


def test_finance_approves_what_an_agent_proposed(finance_client, agent, store):
    proposed(store, agent)

    page = finance_client.get(f"{PATH}R100/").content.decode()
    response = act(finance_client, "approve", {"version": "2"})

    assert 'data-action="approve"' in page
    refund = Refund.objects.get()
    assert (response.status_code, refund.status, refund.refunded) == (200, "succeeded", Decimal(800))


def test_who_proposed_it_may_not_approve_it(agent, manager_client, manager, store):
    proposed(store, manager)

    page = manager_client.get(f"{PATH}R100/").content.decode()
    response = act(manager_client, "approve", {"version": "2"})

    assert "You proposed it yourself: a second person must approve it." in page
    assert response.status_code == 422
    assert Refund.objects.get().status == "requested"


def test_a_proposal_is_sent_back_with_a_reason(finance_client, agent, store):
    proposed(store, agent)

    empty = act(finance_client, "decline", {"version": "2", "reason": ""})
    done = act(finance_client, "decline", {"version": "2", "reason": "证据不足"})

    assert (empty.status_code, done.status_code) == (422, 200)
    assert Refund.objects.get().proposed is None


# Refusing


def test_a_refusal_needs_reason_words_and_a_picture(agent_client, store):
    case_of(store)

    response = act(agent_client, "refuse", {"text": "x", "in_dialog": "1"})

    assert response.status_code == 422
    assert len(errors_of(response)) == 3
    assert Refund.objects.get().status == "requested"


def test_a_refusal_keeps_its_proof_in_the_thread(agent_client, store):
    case_of(store)

    response = act(agent_client, "refuse", {"reason": "已签收", "text": "快递确认已签收，请核实。", "proof": picture()})

    message = RefundMessage.objects.get()
    file = message.files.get().attachment
    assert (Refund.objects.get().status, file.kind, file.store) == ("refused", "image", store)
    assert f'src="{reverse("common:attachment", args=[file.pk])}"' in response.content.decode()


@pytest.mark.parametrize(
    ("data", "proof", "sentence"),
    [
        ({"text": "a" * 201}, PIXEL, "at most 200 characters"),
        ({"text": "请加微信"}, PIXEL, "微信"),
        ({"text": "请核实"}, b"no picture", "neither a picture"),
    ],
)
def test_a_refusal_that_will_not_do_is_said_and_nothing_is_saved(agent_client, store, data, proof, sentence):
    case_of(store)
    upload = SimpleUploadedFile("proof.png", proof)

    response = act(agent_client, "refuse", {"reason": "已签收", **data, "proof": upload, "in_dialog": "1"})

    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert (Refund.objects.get().status, RefundMessage.objects.count()) == ("requested", 0)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"cannot_refuse": True}, "The platform does not let case R100 be refused"),
        ({"is_web_only": True}, "on its own page only"),
        ({"intervention": 3}, "The platform decides case R100 now"),
    ],
)
def test_what_the_platform_does_not_allow_is_folded_away_and_says_why(agent_client, store, values, sentence):
    case_of(store, **values)

    page = agent_client.get(f"{PATH}R100/").content.decode()
    response = act(agent_client, "refuse", {"reason": "已签收", "text": "请核实", "proof": picture()})

    assert sentence in page
    assert 'data-impossible="refuse"' in page
    assert 'data-action="refuse"' not in page
    assert response.status_code == 422
    assert sentence in response.content.decode()


# What the buyer does


def test_the_buyer_asks_again_and_withdraws(agent_client, store):
    case_of(store, status="refused")

    again = act(agent_client, "apply_again")
    first = Refund.objects.get().status
    act(agent_client, "withdraw", {"version": "2", "reason": "买家不退了"})

    assert (again.status_code, first, Refund.objects.get().status) == (200, "requested", "closed")


def test_a_case_that_turns_into_a_refund_asks_for_money(agent_client, store):
    case_of(store, kind="reship")

    asked = agent_client.get(f"{PATH}R100/turn_to_refund/", headers=HTMX).content.decode()
    act(agent_client, "turn_to_refund", {"amount": "50"})

    refund = Refund.objects.get()
    assert "At most ¥100.00." in asked
    assert (refund.kind, refund.amount) == ("refund_only", Decimal(50))


# Goods


def test_goods_come_back_are_taken_in_and_go_out_again(agent_client, warehouse_client, store):
    case_of(store, kind="exchange", status="awaiting_return")

    act(agent_client, "send_back", {"courier": "SF", "tracking_number": "SF1234567890123"})
    received = act(warehouse_client, "receive", {"version": "2"})
    unknown = act(warehouse_client, "send_out", {"version": "3", "tracking_number": "SF9", "quantity": "1", "sku": "?"})
    sent = act(
        warehouse_client, "send_out",
        {"version": "3", "courier": "SF", "tracking_number": "SF1234567890124", "quantity": "1", "sku": ""},
    )  # fmt: skip
    act(agent_client, "confirm", {"version": "4"})

    assert received.status_code == 200
    assert "The shop has no product with the code" in unknown.content.decode()
    assert (sent.status_code, Refund.objects.get().status) == (200, "succeeded")
    assert list(ReturnParcel.objects.order_by("pk").values_list("direction", "tracking_number")) == [
        ("back", "SF1234567890123"),
        ("out", "SF1234567890124"),
    ]
    assert Inspection.objects.count() == StockMovement.objects.count() == 0


def test_receiving_goods_for_money_is_no_act_of_the_warehouse(warehouse_client, agent_client, store):
    case_of(store, kind="return_refund", status="awaiting_receipt")

    page = warehouse_client.get(f"{PATH}R100/").content.decode()
    response = act(warehouse_client, "receive", {"amount": "60"})
    done = act(agent_client, "receive", {"amount": "60"})

    assert 'data-impossible="receive"' in page
    assert response.status_code == 403
    assert (done.status_code, Refund.objects.get().status) == (200, "succeeded")


# Talking, remarks, people


def test_a_message_stands_in_the_thread_with_its_pictures(agent_client, store):
    case_of(store)

    response = act(
        agent_client,
        "say",
        {"role": "shop", "text": "请发照片 13812345678", "pictures": [picture("a.png"), picture("b.png")]},
    )
    empty = act(agent_client, "say", {"role": "shop", "text": " "})

    assert response.status_code == 422
    assert empty.status_code == 422
    assert (
        act(
            agent_client, "say", {"role": "buyer", "text": "打 13812345678", "pictures": [picture("a.png")]}
        ).status_code
        == 200
    )
    message = RefundMessage.objects.get()
    assert (message.role, message.text, message.files.count()) == ("buyer", "打 138****5678", 1)


def test_remark_owner_and_freight_are_saved(agent_client, agent, store):
    li = make_user("li", store=store, roles=("warehouse",))
    case_of(store)

    act(agent_client, "remark", {"remark": "等 13812345678 回电"})
    act(agent_client, "take", {"version": "2"})
    mine = Refund.objects.get().owner
    act(agent_client, "assign", {"version": "3", "owner": str(li.pk)})
    act(agent_client, "freight", {"version": "4", "freight_payer": "insurance"})

    refund = Refund.objects.get()
    assert (mine, refund.owner, refund.remark) == (agent, li, "等 138****5678 回电")
    assert refund.freight_payer == "insurance"


def test_taking_a_case_is_no_question(agent_client, store):
    case_of(store)

    assert agent_client.get(f"{PATH}R100/take/").status_code == 405
