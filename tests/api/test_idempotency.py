"""The same key acts once, whatever goes wrong between two tries."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from backoffice.api import idempotency
from backoffice.common.access import Role
from backoffice.common.models import IdempotencyKey
from orders.core.models import Remark
from orders.fulfilment.models import Shipment
from tests.api.client import Api, error, make_api
from tests.factories import make_order, make_store, make_user
from tests.parallel import in_parallel

PARCEL = {"courier": "SF", "tracking_number": "SF1234567890123"}


def test_same_key_acts_once_and_gets_the_same_answer(api, store):
    order = make_order(store=store)

    first, second = (api.post(f"orders/{order.number}/remarks/", {"text": "a"}, Idempotency_Key="k") for _ in range(2))

    assert Remark.objects.count() == 1
    assert first.json() == second.json()
    assert (first.headers.get("Idempotent-Replay"), second["Idempotent-Replay"]) == (None, "true")


def test_no_key_acts_each_time(api, store):
    order = make_order(store=store)

    for _ in range(2):
        api.post(f"orders/{order.number}/remarks/", {"text": "a"})

    assert Remark.objects.count() == 2


def test_same_key_with_another_body_or_address_is_refused(api, store):
    order, other = make_order(store=store), make_order(store=store)
    api.post(f"orders/{order.number}/remarks/", {"text": "a"}, Idempotency_Key="k")

    assert error(api.post(f"orders/{order.number}/remarks/", {"text": "b"}, Idempotency_Key="k")) == (
        422,
        "idempotency",
    )
    assert error(api.post(f"orders/{other.number}/remarks/", {"text": "a"}, Idempotency_Key="k")) == (
        422,
        "idempotency",
    )
    assert Remark.objects.count() == 1


def test_key_is_the_tokens_own(store):
    order, one, two = make_order(store=store), make_api(store), make_api(store)

    for api in (one, two):
        assert api.post(f"orders/{order.number}/remarks/", {"text": "a"}, Idempotency_Key="k").status_code == 200

    assert Remark.objects.count() == 2


def test_refusal_is_not_kept(api, store):
    order = make_order(store=store)

    refused = api.post(f"orders/{order.number}/ship/", {**PARCEL, "courier": "nobody"}, Idempotency_Key="k")
    done = api.post(f"orders/{order.number}/ship/", PARCEL, Idempotency_Key="k")

    assert error(refused) == (422, "field")
    assert done.status_code == 200
    assert Shipment.objects.count() == 1


def test_key_lives_for_24_hours(store):
    api, order, now = make_api(store), make_order(store=store), timezone.now()
    api.token.expires_at = now + timedelta(days=3)
    api.token.save(update_fields=["expires_at"])

    for hours in (0, 23.9, 24.1):
        with time_machine.travel(now + timedelta(hours=hours), tick=False):
            api.post(f"orders/{order.number}/remarks/", {"text": "a"}, Idempotency_Key="k")

    assert Remark.objects.count() == 2


def test_first_request_under_way_refuses_the_second(api, store):
    order = make_order(store=store)
    api.post(f"orders/{order.number}/remarks/", {"text": "a"}, Idempotency_Key="k")
    IdempotencyKey.objects.update(status_code=None, body=None)

    answer = api.post(f"orders/{order.number}/remarks/", {"text": "a"}, Idempotency_Key="k")

    assert error(answer) == (409, "in_progress")


def test_abandoned_first_request_is_given_up(api, store):
    order = make_order(store=store)
    api.post(f"orders/{order.number}/remarks/", {"text": "a"}, Idempotency_Key="k")
    IdempotencyKey.objects.update(status_code=None, created_at=timezone.now() - timedelta(minutes=3))

    assert api.post(f"orders/{order.number}/remarks/", {"text": "a"}, Idempotency_Key="k").status_code == 200


def test_act_and_answer_are_one_transaction(api, store, monkeypatch):
    order = make_order(store=store)
    monkeypatch.setattr(idempotency, "JSONEncoder", None)
    monkeypatch.setattr(idempotency.json, "dumps", lambda *_, **options: 1 / 0 if "cls" in options else "")

    with pytest.raises(ZeroDivisionError):
        api.post(f"orders/{order.number}/remarks/", {"text": "a"}, Idempotency_Key="k")

    assert not Remark.objects.exists()
    assert not IdempotencyKey.objects.exists()


@pytest.mark.parametrize("key", ["x" * 121, "schlüssel", "tab\there"])
def test_bad_key_is_refused(api, store, key):
    order = make_order(store=store)

    assert error(api.post(f"orders/{order.number}/remarks/", {"text": "a"}, Idempotency_Key=key)) == (422, "invalid")
    assert not Remark.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_at_once_act_once():
    store = make_store(code="race")
    api, order = Api(make_user(store=store, roles=(Role.ADMIN,)), store), make_order(store=store)

    def send():
        return api.post(f"orders/{order.number}/remarks/", {"text": "a"}, Idempotency_Key="k").status_code

    codes = in_parallel(*[send] * 6)

    assert set(codes) <= {200, 409}
    assert 200 in codes
    assert Remark.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_twenty_ships_at_once_ship_once():
    store = make_store(code="race")
    api, order = Api(make_user(store=store, roles=(Role.ADMIN,)), store), make_order(store=store)

    def send():
        return api.post(f"orders/{order.number}/ship/", PARCEL).status_code

    codes = in_parallel(*[send] * 10)

    assert sorted(codes) == [200] + [409] * 9
    assert Shipment.objects.count() == 1
