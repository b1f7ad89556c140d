import pytest

from tests.factories import NOON, make_order
from tests.reviews.helpers import HOUR, make_review


@pytest.fixture
def review(store):
    return make_review(store, make_order(store=store, number="A1"))


@pytest.fixture
def shop(store):
    """One review for each tab, the newest first."""
    made = {
        "good": make_review(store, make_order(store=store), at=NOON),
        "poor": make_review(
            store, make_order(store=store), stars=2, result="bad", text="质量太差", reviewed_at=NOON - 2 * HOUR
        ),
        "later": make_review(
            store, make_order(store=store), follow_up="洗后缩水", followed_up_at=NOON, reviewed_at=NOON - 3 * HOUR
        ),
        "silent": make_review(store, make_order(store=store), text="", reviewed_at=NOON - 4 * HOUR),
        "answered": make_review(store, make_order(store=store), reply="thanks", reviewed_at=NOON - 5 * HOUR),
    }
    return {name: one.pk for name, one in made.items()}
