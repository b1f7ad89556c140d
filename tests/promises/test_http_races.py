"""Many people press the same button at once, through pages and API: one of them wins, the others are told."""

from decimal import Decimal

import pytest
from django.conf import settings
from redis import Redis

from backoffice.common.access import Role
from backoffice.common.models import AuditEntry
from orders.core.models import Order, OrderEvent
from orders.core.services import set_refund_facts
from orders.core.statuses import OrderStatus
from orders.fulfilment.models import Shipment
from tests.api.client import Api
from tests.conftest import signed_in
from tests.factories import NOON, make_order, make_recipient, make_store, make_user
from tests.parallel import in_parallel

pytestmark = pytest.mark.django_db(transaction=True)


def ship(client, order, number):
    values = {"courier": "SF", "tracking_number": f"SF{number:013}", "version": order.version}
    return lambda: client.post(f"/orders/{order.number}/ship/", values)


def test_twenty_parallel_ships_from_pages_make_one_parcel():
    store = make_store()
    order = make_order(store=store)
    people = [signed_in(make_user(store=store, roles=(Role.WAREHOUSE,))) for _ in range(20)]

    answers = in_parallel(*(ship(client, order, number) for number, client in enumerate(people)))

    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [302, *[409] * 19]
    assert Shipment.objects.count() == OrderEvent.objects.filter(kind="shipped").count() == 1
    assert Order.objects.get().status == OrderStatus.SHIPPED


def test_twenty_parallel_ships_over_the_api_make_one_parcel():
    store = make_store()
    order = make_order(store=store)
    api = Api(make_user(store=store, roles=(Role.WAREHOUSE,)), store)

    answers = in_parallel(
        *(
            lambda number=number: api.post(
                f"orders/{order.number}/ship/", {"courier": "SF", "tracking_number": f"SF{number:013}"}
            )
            for number in range(20)
        )
    )

    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 19]
    assert all(answer.json()["detail"] for answer in answers if answer.status_code == 409)
    assert Shipment.objects.count() == 1


@pytest.mark.slow
def test_hundred_rounds_of_ship_against_full_refund_end_in_a_legal_state():
    store = make_store()
    client = signed_in(make_user(store=store, roles=(Role.WAREHOUSE,)))
    seen = set()
    for number in range(100):
        order = make_order(store=store)

        def refund(order=order):
            return set_refund_facts(
                store=store, order_id=order.pk, status="succeeded", refunded=Decimal(100), actor=None, at=NOON
            )

        shipped, refunded = in_parallel(ship(client, order, number), refund)

        order.refresh_from_db()
        parcels = order.shipments.count()
        assert not isinstance(refunded, Exception)
        assert (shipped.status_code, order.status, parcels) in {
            (302, OrderStatus.SHIPPED, 1),
            (409, OrderStatus.PENDING_SHIPMENT, 0),
            (422, OrderStatus.PENDING_SHIPMENT, 0),
        }
        assert order.refunded == Decimal(100)
        seen.add(parcels)
    assert seen <= {0, 1}


def test_second_of_two_savers_gets_409_and_both_values():
    store = make_store()
    order = make_order(store=store)
    li, wang = (signed_in(make_user(name, store=store, roles=(Role.AGENT,))) for name in ("li", "wang"))
    li.post(f"/orders/{order.number}/remark/", {"text": "call before noon", "version": order.version})

    answer = wang.post(f"/orders/{order.number}/remark/", {"text": "send as a gift", "version": order.version})

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "call before noon" in page
    assert "send as a gift" in page
    assert list(order.remarks.values_list("text", flat=True)) == ["call before noon"]


def test_reveal_quota_is_exact_and_does_not_live_in_the_broker():
    store = make_store(reveal_quota=10)
    person = make_user("li", store=store, roles=(Role.AGENT,))
    order = make_order(store=store)
    make_recipient(order=order)
    client = signed_in(person)

    def reveal():
        return client.post(f"/orders/{order.number}/reveal/", {"reason": "parcel came back"})

    answers = in_parallel(*([reveal] * 40))
    with Redis.from_url(settings.REDIS_URL) as broker:
        broker.flushdb()
    later = reveal()

    shown = [answer for answer in answers if "13812341234" in answer.content.decode()]
    assert (len(shown), later.status_code) == (10, 422)
    assert {answer.status_code for answer in answers} == {200, 422}
    assert AuditEntry.objects.filter(action="recipient_revealed").count() == 10
