"""Acts on a case that somebody else changed, or that are not for this person: the reason, and nothing is saved."""

import re
from decimal import Decimal

import pytest

from aftersales.refunds.acts import ACTS
from aftersales.refunds.models import Refund
from aftersales.refunds.services import agree_case, assign_case, note_case
from orders.core.models import Order
from tests.conftest import signed_in
from tests.factories import make_user
from tests.refunds.cases import target
from tests.refunds.views.acting import HTMX, PATH, act, case_of

pytestmark = pytest.mark.django_db


# Conflicts


def test_a_stale_version_shows_both_values_and_saves_nothing(agent_client, store):
    refund = case_of(store)
    li = make_user("li", store=store, display_name="李雷")
    agree_case(**target(refund, actor=li, amount=Decimal(30)))

    response = act(agent_client, "agree", {"amount": "60", "in_dialog": "1"})

    html = response.content.decode()
    assert response.status_code == 409
    assert "李雷 changed case R100 at 06-01 12:00 while you were working on it. Nothing was saved." in html
    assert re.findall(r"<td data-theirs>([^<]*)</td><td data-yours>([^<]*)</td>", html) == [
        ("Succeeded", "Agree"),
        ("¥60.00", "¥60.00"),
    ]
    assert Refund.objects.get().refunded == Decimal(30)


def test_after_a_conflict_the_same_form_saves_it_all_the_same(agent_client, store):
    refund = case_of(store)
    note_case(**target(refund, remark="等图片"))

    response = act(agent_client, "remark", {"remark": "已收到图片", "in_dialog": "1"})
    version = re.search(r'name="version" value="(\d+)"', response.content.decode())[1]
    again = act(agent_client, "remark", {"remark": "已收到图片", "version": version, "in_dialog": "1"})

    assert response.status_code == 409
    assert "等图片" in response.content.decode()
    assert "已收到图片" in response.content.decode()
    assert (again.status_code, Refund.objects.get().remark) == (200, "已收到图片")


def test_an_act_without_a_form_tells_its_conflict_too(agent_client, manager, store):
    refund = case_of(store)
    assign_case(**target(refund, owner=manager, actor=manager))

    response = act(agent_client, "take")

    assert response.status_code == 409
    assert "manager" in response.content.decode()
    assert Refund.objects.get().owner == manager


def test_an_act_that_the_state_does_not_allow_is_refused_with_the_reason(agent_client, store):
    case_of(store, status="succeeded")

    response = act(agent_client, "agree", {"amount": "60"})

    assert response.status_code == 409
    assert "“Agree” is not possible now" in response.content.decode()


# Who may


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        ("agent", set(ACTS) - {"approve"}),
        ("warehouse", {"receive", "send_out", "send_back", "correct_number", "take", "assign", "remark"}),
        ("finance", set(ACTS)),
        ("manager", set(ACTS)),
        ("ops", set()),
    ],
)
def test_each_role_may_do_its_acts_alone(store, role, allowed):
    case_of(store, kind="exchange")
    client = signed_in(make_user(f"a-{role}", store=store, roles=(role,)))

    may = {name for name in ACTS if client.get(f"{PATH}R100/{name}/", headers=HTMX).status_code != 403}

    assert may == allowed


def test_a_case_of_another_store_is_not_there(outsider_client, store):
    case_of(store)

    answers = [
        outsider_client.get(f"{PATH}R100/"),
        outsider_client.get(f"{PATH}R100/agree/"),
        outsider_client.post(f"{PATH}R100/agree/", {"amount": "60"}),
        outsider_client.get(f"{PATH}order/{Order.objects.get().number}/"),
        outsider_client.post(f"{PATH}order/{Order.objects.get().number}/new/"),
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert Refund.objects.get().status == "requested"


def test_there_is_no_other_act(agent_client, store):
    case_of(store)

    assert agent_client.get(f"{PATH}R100/fly/").status_code == 404
    assert agent_client.get(f"{PATH}R404/agree/").status_code == 404
