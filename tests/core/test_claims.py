from datetime import timedelta

import pytest

from orders.core.models import Order, OrderEvent
from orders.core.services import CLAIM_LEASE, OrderError, claim_order, release_claim, set_flag
from tests.factories import NOON, make_order, make_user

pytestmark = pytest.mark.django_db


def target(order, actor, minutes=0, **values):
    return {
        "store": order.store,
        "order_id": order.pk,
        "actor": actor,
        "at": NOON + timedelta(minutes=minutes),
        **values,
    }


@pytest.fixture
def people():
    return make_user("li"), make_user("wang")


def test_claim_is_a_lease_of_twenty_minutes(people):
    order = make_order()

    claim_order(**target(order, people[0]))

    order.refresh_from_db()
    assert (order.claimed_by, order.claim_expires_at) == (people[0], NOON + timedelta(minutes=20))
    assert (OrderEvent.objects.get().after, CLAIM_LEASE.total_seconds()) == ({"claimed_by": "li"}, 1200)


def test_a_live_claim_is_refused_to_others_and_free_when_it_ends(people):
    order = make_order()
    claim_order(**target(order, people[0]))

    with pytest.raises(OrderError, match=r"li works on order .* until 12:20") as refusal:
        claim_order(**target(order, people[1], minutes=19))
    claim_order(**target(order, people[1], minutes=20))

    assert refusal.value.code == "claim"
    assert Order.objects.get().claimed_by == people[1]


def test_take_over_is_recorded(people):
    order = make_order()
    claim_order(**target(order, people[0]))

    claim_order(**target(order, people[1], take_over=True))

    event = OrderEvent.objects.order_by("pk").last()
    assert (event.before, event.after) == ({"claimed_by": "li"}, {"claimed_by": "wang"})


def test_the_holders_acts_renew_and_a_colleagues_do_not(people):
    order = make_order()
    claim_order(**target(order, people[0]))

    set_flag(**target(order, people[0], minutes=10, flag=1))
    renewed = Order.objects.get().claim_expires_at
    set_flag(**target(order, people[1], minutes=15, flag=2))
    claim_order(**target(order, people[0], minutes=16))

    assert renewed == NOON + timedelta(minutes=30)
    assert Order.objects.get().claim_expires_at == NOON + timedelta(minutes=36)
    assert OrderEvent.objects.filter(kind="claimed").count() == 1


def test_release_gives_the_claim_back(people):
    order = make_order()
    claim_order(**target(order, people[0]))

    with pytest.raises(OrderError, match="li works on"):
        release_claim(**target(order, people[1]))
    release_claim(**target(order, people[0]))
    release_claim(**target(order, people[0]))

    order.refresh_from_db()
    assert (order.claimed_by, order.claim_expires_at, order.version) == (None, None, 3)
