"""A case decided at the desk by keys and dialogs: a refusal with its proof, a second person, two people at once."""

from decimal import Decimal

import pytest

from aftersales.refunds.models import Refund, RefundMessage
from aftersales.refunds.services import note_case
from orders.core.statuses import OrderStatus
from tests.factories import NOON, make_order
from tests.refunds.cases import make_case, target
from tests.refunds.filling import PIXEL

QUEUE = "/aftersales/refunds/"
PROOF = {"name": "proof.png", "mimeType": "image/png", "buffer": PIXEL}


def case_of(store, *, money=60, **values):
    paid = Decimal(max(money, 100))
    order = make_order(store=store, status=OrderStatus.SHIPPED, paid=paid, gross_paid=paid)
    return make_case(order=order, line=order.lines.first(), amount=Decimal(money), **values)


def state(number):
    return Refund.objects.get(number=number).status


@pytest.mark.parametrize("viewport", [{"width": 1440, "height": 900}, {"width": 390, "height": 844}])
def test_an_agent_refuses_with_a_proof_and_the_thread_shows_it(browse, store, agent, viewport):
    case_of(store, number="R1")
    person = browse(agent, viewport=viewport)
    page = person.page

    person.open(f"{QUEUE}R1/")
    page.click("[data-action=refuse]")
    person.settle()
    page.fill("#id_reason", "已签收")
    page.fill("#id_text", "快递确认已签收，请核实。")
    page.click("#act-form [type=submit]")  # without the proof the browser itself asks for it
    is_asked = page.locator("#id_proof:invalid").count()
    page.set_input_files("#id_proof", PROOF)
    page.click("#act-form [type=submit]")
    person.settle()

    assert is_asked == 1
    assert page.get_attribute("#case-view", "data-status") == "refused"
    assert person.values(".message.is-shop img", "alt") == ["proof.png"]
    assert not page.locator("dialog[open]").count()
    assert RefundMessage.objects.get().files.count() == 1


def test_the_pane_decides_by_keys_and_the_list_follows(browse, store, agent):
    case_of(store, number="R1", deadline=NOON)
    case_of(store, number="R2")
    person = browse(agent)

    person.open(QUEUE)
    person.press("j", "Enter")
    person.page.wait_for_selector("[data-pane-refund=R1]")
    person.press("a")
    person.page.wait_for_selector("#act-dialog[open]")
    person.press("Enter")
    person.page.wait_for_selector("[data-pane-refund=R2]")  # the case left the list: the next one is due
    person.settle()

    assert state("R1") == "succeeded"
    assert person.values("[data-row]", "data-refund") == ["R2"]
    assert person.toasts() == ["Case R1 was agreed to."]


def test_a_second_person_lets_much_money_go(browse, store, agent, finance):
    case_of(store, number="R1", money=800)
    one, other = browse(agent), browse(finance)

    one.open(f"{QUEUE}R1/")
    one.press("a")
    one.page.wait_for_selector("#act-dialog[open]")
    one.page.click("#act-form [type=submit]")
    one.settle()
    waiting = state("R1")
    other.open(f"{QUEUE}?queue=to_approve")
    listed = other.values("[data-row]", "data-refund")
    other.open(f"{QUEUE}R1/")
    other.press("p")
    other.page.wait_for_selector("#act-dialog[open]")
    other.page.click("#act-form [type=submit]")
    other.settle()

    assert (waiting, listed) == ("requested", ["R1"])
    assert one.page.locator("[data-proposed]").count() == 1
    assert state("R1") == "succeeded"


def test_who_comes_second_sees_both_values_and_keeps_what_was_typed(browse, store, agent, manager):
    refund = case_of(store, number="R1")
    person = browse(agent)

    person.open(f"{QUEUE}R1/")
    person.press("m")
    person.page.wait_for_selector("#act-dialog[open]")
    person.page.fill("#id_remark", "已收到图片")
    note_case(**target(refund, remark="等图片", actor=manager))
    person.page.click("#act-form [type=submit]")
    person.page.wait_for_selector("[data-conflict]")
    seen = person.texts("[data-theirs]") + person.texts("[data-yours]") + [person.page.input_value("#id_remark")]
    person.page.click("#act-form [type=submit]")
    person.settle()
    person.forgive("409")

    assert seen == ["等图片", "已收到图片", "已收到图片"]
    assert Refund.objects.get().remark == "已收到图片"
