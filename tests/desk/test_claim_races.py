"""People who claim at the same moment get different orders."""

import pytest

from orders.core.models import Order
from orders.desk.services import claim_next
from tests.factories import NOON, make_order, make_store, make_user
from tests.parallel import in_parallel

pytestmark = pytest.mark.django_db(transaction=True)


def test_four_people_who_claim_at_once_share_the_queue():
    store = make_store()
    people = [make_user(store=store) for _ in range(4)]
    for _ in range(40):
        make_order(store=store, lines=0)

    jobs = in_parallel(*(lambda who=who: claim_next(store=store, actor=who, at=NOON, count=10) for who in people))

    taken = [row.data["order"] for job in jobs for row in job.rows.filter(outcome="done")]
    assert sorted(taken) == sorted(Order.objects.values_list("pk", flat=True))
    assert [Order.objects.filter(claimed_by=who).count() for who in people] == [10] * 4
