"""What several tests of the desk need."""

from datetime import datetime

from django.http import QueryDict

from backoffice.common.models import Store, User
from orders.desk.filters import OrderFilter, order_filter
from tests.factories import NOON


def numbers(store: Store, query: str, *, user: User | None = None, now: datetime = NOON) -> list[str]:
    """Return the numbers of the orders that a query string finds, sorted."""
    found = order_filter(store, QueryDict(query), user=user, now=now)
    orders = found.qs
    assert not found.form.errors, found.form.errors
    return sorted(orders.values_list("number", flat=True))


def broken(store: Store, query: str) -> OrderFilter:
    found = order_filter(store, QueryDict(query), user=None, now=NOON)
    assert found.qs.count() == 0
    return found
