"""The queue of what is out of stock: who must ship first, the ready question, the answer, the three ways out."""

from datetime import timedelta

import pytest
import time_machine

from backoffice.common.access import Role
from orders.core.models import ContactLog, Order
from orders.core.services import set_flag
from orders.fulfilment.models import Shortage
from tests.conftest import signed_in
from tests.factories import NOON, make_user
from tests.fulfilment.stocking import fresh, make_order_of, make_sku, settle_all


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def client(store):
    return signed_in(make_user("agent", store=store, roles=(Role.AGENT,)))


@pytest.fixture
def product(store):
    return make_sku(store=store, code="RED", on_hand=0, spec="红色").product


def short(store, **values):
    order = make_order_of(store, "RED", **values)
    settle_all(store)
    return Shortage.objects.get(order=order)


def test_queue_begins_with_what_must_ship_first(client, store, product):
    late = short(store, ship_by=NOON + timedelta(hours=30))
    soon = short(store, ship_by=NOON + timedelta(hours=2))
    never = short(store, ship_by=None)

    page = client.get("/orders/shortages/")

    assert [row.shown.pk for row in page.context["rows"]] == [soon.pk, late.pk, never.pk]
    assert {tab.key: tab.count for tab in page.context["tabs"]} == {
        "undecided": 3, "waiting": 0, "decided": 0, "closed": None,
    }  # fmt: skip


def test_queue_follows_the_deadlines_of_its_orders(client, store, product):
    first = short(store, ship_by=NOON + timedelta(hours=2))
    second = short(store, ship_by=NOON + timedelta(hours=5))
    Order.objects.filter(pk=first.order_id).update(ship_by=NOON + timedelta(hours=9))

    page = client.get("/orders/shortages/")

    assert [row.shown.pk for row in page.context["rows"]] == [second.pk, first.pk]
    first.refresh_from_db()
    assert first.due_at == NOON + timedelta(hours=9)


def test_queue_takes_as_many_statements_for_three_as_for_one(client, store, product, django_assert_num_queries):
    short(store)
    client.get("/orders/shortages/")
    with django_assert_num_queries(5) as one:
        client.get("/orders/shortages/")
    short(store)
    short(store)

    with django_assert_num_queries(len(one)):
        client.get("/orders/shortages/")


def test_queue_is_narrowed_to_an_order(client, store, product):
    wanted = short(store)
    short(store)

    page = client.get(f"/orders/shortages/?number={wanted.order.number}")

    assert [row.shown.pk for row in page.context["rows"]] == [wanted.pk]


def test_case_offers_free_skus_of_the_same_product_only(client, store, product):
    make_sku(store=store, code="BLUE", on_hand=4, product=product, spec="蓝色")
    make_sku(store=store, code="GONE", on_hand=0, product=product)
    make_sku(store=store, code="OTHER", on_hand=9)
    shortage = short(store)

    page = client.get(f"/orders/shortages/{shortage.pk}/")

    choices = page.context["forms"]["exchange"].fields["sku_code"].choices
    assert [code for code, _label in choices] == ["", "BLUE"]
    assert "蓝色" in page.context["question"]


def test_question_is_written_down(client, store, product):
    shortage = short(store)

    client.post(f"/orders/shortages/{shortage.pk}/ask/", {"channel": "chat", "text": "换蓝色可以吗"})

    assert ContactLog.objects.get(order=shortage.order).text == "换蓝色可以吗"


def test_exchange_ships_the_other_sku(client, store, product):
    make_sku(store=store, code="BLUE", on_hand=4, product=product, spec="蓝色")
    shortage = short(store)

    client.post(f"/orders/shortages/{shortage.pk}/exchange/", {"sku_code": "BLUE", "answer": "可以"})

    shortage.refresh_from_db()
    line = shortage.order.lines.get()
    assert (shortage.outcome, shortage.answer, line.agreed_sku_code) == ("exchanged", "可以", "BLUE")


@pytest.mark.parametrize(
    ("act", "values", "tab"),
    [
        ("wait", {"expected_on": "2026-06-05", "answer": "等到货"}, "waiting"),
        ("refund", {"answer": "退吧"}, "decided"),
    ],
)
def test_way_out_moves_the_shortage_to_its_tab(client, store, product, act, values, tab):
    shortage = short(store)

    client.post(f"/orders/shortages/{shortage.pk}/{act}/", values)

    rows = client.get(f"/orders/shortages/?tab={tab}").context["rows"]
    assert [row.shown.pk for row in rows] == [shortage.pk]


def test_htmx_answers_with_the_case_and_reloads_the_list(client, store, product):
    shortage = short(store)

    answer = client.post(f"/orders/shortages/{shortage.pk}/wait/", {"answer": "等到货"}, headers={"HX-Request": "true"})

    assert "<dialog" in answer.text
    assert "list-changed" in answer["HX-Trigger"]


@pytest.mark.parametrize(
    ("act", "values"),
    [
        ("wait", {}),
        ("exchange", {"answer": "好"}),
        ("wait", {"answer": "等到货", "expected_on": "2020-01-01"}),
        ("ask", {}),
    ],
)
def test_bad_values_are_asked_for_again(client, store, product, act, values):
    shortage = short(store)

    answer = client.post(f"/orders/shortages/{shortage.pk}/{act}/", values)

    assert answer.status_code == 422
    assert Shortage.objects.get().decided_at is None


def test_conflict_shows_both_values(client, store, product):
    shortage = short(store)
    seen = fresh(shortage.order).version
    set_flag(store=store, order_id=shortage.order_id, flag=1, actor=make_user("x", store=store), at=NOON)

    answer = client.post(f"/orders/shortages/{shortage.pk}/wait/", {"answer": "等到货", "version": seen})

    assert answer.status_code == 409
    assert answer.context["conflict_rows"] == [{"label": "Wait for stock", "theirs": "—", "yours": "等到货"}]


def test_bulk_lets_several_wait(client, store, product):
    first, second = short(store), short(store)

    client.post(
        "/orders/shortages/bulk/",
        {"selected": [first.pk, second.pk], "expected_on": "2026-06-05", "answer": "都愿意等", "act": "wait"},
    )

    assert set(Shortage.objects.values_list("solution", "answer")) == {("wait", "都愿意等")}


def test_bulk_of_all_takes_the_tab(client, store, product):
    short(store)
    short(store)

    client.post("/orders/shortages/bulk/", {"_all": "1", "query": "tab=undecided", "answer": "等到货"})

    assert Shortage.objects.filter(solution="wait").count() == 2


def test_stranger_sees_nothing(client, store, product, other_store):
    shortage = short(store)
    stranger = signed_in(make_user("stranger", store=other_store, roles=(Role.AGENT,)))

    assert stranger.get(f"/orders/shortages/{shortage.pk}/").status_code == 404
    assert stranger.get("/orders/shortages/").context["rows"] == []


def test_orders_that_are_out_of_stock_lead_here(client, store, product):
    short(store)

    listed = client.get("/orders/?queue=pending_shipment&sub=out_of_stock").text
    by_reason = client.get("/orders/exceptions/").text

    assert 'href="/orders/shortages/" data-action="shortages"' in listed
    assert 'href="/orders/shortages/"' in by_reason
