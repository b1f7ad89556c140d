"""Reviews for tests, and the rules that most of them have."""

from datetime import timedelta

from orders.rules.services import review_orders
from tests.factories import NOON
from tests.rules.making import condition

BIG = condition("amount", "at_least", "500")
SMALL = condition("amount", "at_most", "499.99")
LATER = NOON + timedelta(minutes=1)


def counts(result):
    return (result.accepted, result.held, result.left, result.unchanged)


def review(store, at=NOON, **values):
    return counts(review_orders(store=store, at=at, **values))
