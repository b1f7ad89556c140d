"""A bulk act that is sent twice happens once, and again when the person wants it again."""

import re

import pytest
import time_machine
from django.test import Client

from backoffice.common.models import Job, JobRow
from orders.core.models import Order, Remark
from orders.desk import once
from orders.desk.services import claim_next
from tests.factories import NOON, make_order, make_store, make_user
from tests.parallel import in_parallel

PATH = "/orders/bulk/"
HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/orders/?queue=all"}
TOKEN = re.compile(r'name="once" value="([\w-]{22})"')


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


def tokens(client, url="/orders/?queue=all"):
    return TOKEN.findall(client.get(url).content.decode())


def remark(client, order, token, text="x", **headers):
    data = {"act": "remark", "text": text, "selected": [order.pk], "query": "queue=all", "once": token}
    return client.post(PATH, data, headers=headers)


def test_every_form_of_every_page_has_a_token_of_its_own(agent_client, store):
    make_order(store=store)

    first, second = tokens(agent_client), tokens(agent_client)

    assert len(first) == len(second) == 2  # the bulk bar, the buttons of the rows
    assert len({*first, *second}) == 4


def test_the_same_form_twice_is_one_remark_and_one_receipt(agent_client, store):
    order = make_order(store=store)
    token = tokens(agent_client)[0]

    remark(agent_client, order, token, **HTMX)
    repeat = remark(agent_client, order, token, **HTMX)

    job = Job.objects.get()
    assert Remark.objects.count() == 1
    assert "was done at 12:00 already" in repeat.headers["HX-Trigger"]
    assert f"/orders/batches/{job.pk}/" in repeat.headers["HX-Trigger"]
    assert TOKEN.findall(repeat.content.decode()) != [token]


def test_without_script_a_reload_of_the_post_is_one_act(agent_client, store):
    order = make_order(store=store)
    token = tokens(agent_client)[0]

    answers = [remark(agent_client, order, token) for _ in range(3)]

    assert {answer.url for answer in answers} == {"/orders/?queue=all"}
    assert Remark.objects.count() == Job.objects.count() == 1


def test_the_answered_list_can_do_the_same_again(agent_client, store):
    order = make_order(store=store)
    first = remark(agent_client, order, tokens(agent_client)[0], **HTMX)

    remark(agent_client, order, TOKEN.findall(first.content.decode())[0], **HTMX)

    assert Remark.objects.count() == 2


@pytest.mark.parametrize("token", ["", "short", "x" * 200])
def test_a_form_without_a_token_still_acts(agent_client, store, token):
    order = make_order(store=store)

    for _ in range(2):
        remark(agent_client, order, token, **HTMX)

    assert Remark.objects.count() == 2
    assert list(Job.objects.values_list("slot", flat=True)) == [None, None]


def test_another_act_from_an_old_page_is_another_act(agent_client, store):
    order = make_order(store=store)
    token = tokens(agent_client)[0]

    for text in ("a", "b"):
        remark(agent_client, order, token, text=text)

    assert Remark.objects.count() == 2


def test_a_colleague_with_the_same_token_acts_for_themselves(agent_client, manager_client, store):
    order = make_order(store=store)
    token = once.new_token()

    for client in (agent_client, manager_client):
        remark(client, order, token)

    assert Remark.objects.count() == 2


def test_claiming_the_next_twice_claims_once(agent_client, store):
    for _ in range(25):
        make_order(store=store, lines=0)

    for _ in range(2):
        agent_client.post("/orders/claim-next/", {"once": "a" * 22}, headers=HTMX)

    assert Order.objects.filter(claimed_by__isnull=False).count() == 20


def test_shipping_a_table_twice_leads_to_the_same_receipt(warehouse_client, store):
    make_order(store=store, number="1")
    table = "1\tSF\tSF1234567890123"
    preview = warehouse_client.post("/orders/ship/", {"text": table}).content.decode()
    data = {"text": table, "commit": "1", "once": TOKEN.findall(preview)[0]}

    answers = [warehouse_client.post("/orders/ship/", data) for _ in range(2)]

    assert {answer.url for answer in answers} == {f"/orders/batches/{Job.objects.get().pk}/"}


def test_retrying_twice_is_one_more_batch(agent_client, store):
    order = make_order(store=store, acceptance="unreviewed")
    remark(agent_client, order, "")
    job = Job.objects.get()
    JobRow.objects.filter(job=job).update(outcome=JobRow.Outcome.SKIPPED)
    token = tokens(agent_client, f"/orders/batches/{job.pk}/")[0]

    answers = [agent_client.post(f"/orders/batches/{job.pk}/retry/", {"once": token}) for _ in range(2)]

    assert {answer.url for answer in answers} == {f"/orders/batches/{job.pk + 1}/"}
    assert Job.objects.filter(retry_of=job).count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("headers", [HTMX, {}])
def test_three_posts_at_once_are_one_batch(headers):
    store = make_store()
    person = make_user("li", store=store)
    orders = [make_order(store=store) for _ in range(3)]
    token = once.new_token()
    clients = [Client() for _ in range(3)]
    for client in clients:
        client.force_login(person)
    data = {"act": "remark", "text": "x", "selected": [order.pk for order in orders], "query": "", "once": token}

    answers = in_parallel(*(lambda one=one: one.post(PATH, data, headers=headers) for one in clients))

    assert {answer.status_code for answer in answers} == {200 if headers else 302}
    assert Job.objects.count() == 1
    assert Remark.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_three_who_claim_the_last_orders_with_one_form_get_one_receipt():
    store = make_store()
    person = make_user(store=store)
    for _ in range(3):
        make_order(store=store, lines=0)

    def claim():
        return claim_next(store=store, actor=person, at=NOON, slot="once:1")

    outcomes = in_parallel(claim, claim, claim)

    kinds = sorted(type(outcome).__name__ for outcome in outcomes)
    assert kinds == ["BatchRepeatedError", "BatchRepeatedError", "Job"]
    assert Order.objects.filter(claimed_by=person).count() == 3
