"""The tabs of the review inbox: which reviews, in which order, and how many."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from aftersales.reviews.models import ReviewQuerySet
from aftersales.reviews.statuses import POOR_RESULTS, POOR_STARS, ReplyState, TaskState
from backoffice.common.models import Store
from backoffice.common.statements import fetch

COUNT_CAP = 1000


@dataclass(frozen=True, slots=True)
class Tab:
    """A list of reviews. Its key is never NULL there; `pk` decides between equal ones."""

    where: Q
    key: str = "reviewed_at"
    pk: str = "id"
    is_descending: bool = True

    def condition(self, store: Store) -> Q:
        """Return which reviews stand here; follow-ups are read from an index of theirs, by store."""
        return self.where & Q(task__store=store) if self.pk != "id" else self.where

    def of(self, reviews: ReviewQuerySet, store: Store) -> ReviewQuerySet:
        return reviews.filter(self.condition(store))

    def order(self, *, is_backwards: bool = False) -> tuple[str, str]:
        arrow = "-" if self.is_descending != is_backwards else ""
        return f"{arrow}{self.key}", f"{arrow}{self.pk}"


TABS: Mapping[str, Tab] = {
    "unread": Tab(Q(read_at__isnull=True)),
    "unreplied": Tab(Q(reply_state=ReplyState.NONE, is_default=False)),
    "poor": Tab(Q(result__in=POOR_RESULTS) | Q(stars__lte=POOR_STARS)),
    "follow_up": Tab(Q(followed_up_at__isnull=False), key="followed_up_at"),
    "tasks": Tab(Q(task__state=TaskState.OPEN), key="task__deadline", pk="task__id", is_descending=False),
    "all": Tab(Q()),
}

_COUNT = "(SELECT count(*) FROM (SELECT FROM {} LIMIT {}) AS x)"
_REVIEWS = "reviews_review WHERE store_id = %(store)s"
_PARTS = {
    "unread": f"{_REVIEWS} AND read_at IS NULL",
    "unreplied": f"{_REVIEWS} AND reply_state = '' AND NOT is_default",
    "poor": f"{_REVIEWS} AND (result IN ('neutral', 'bad') OR stars <= {POOR_STARS})",
    "follow_up": f"{_REVIEWS} AND followed_up_at IS NOT NULL",
    "tasks": "reviews_reviewtask WHERE store_id = %(store)s AND state = 'open'",
    "late": "reviews_reviewtask WHERE store_id = %(store)s AND state = 'open' AND deadline < %(now)s",
    "all": _REVIEWS,
}


def count_tabs(store: Store, names: tuple[str, ...] = tuple(TABS), now: datetime | None = None) -> dict[str, int]:
    """Count these tabs in one statement; COUNT_CAP + 1 stands for more. `late` are follow-ups overdue at `now`."""
    counts = ", ".join([_COUNT.format(_PARTS[name], COUNT_CAP + 1) for name in names])
    (found,) = fetch(f"SELECT {counts}", {"store": store.pk, "now": now})  # nosec B608 # parts of the code
    return dict(zip(names, found, strict=True))


def nav_counts(store: Store) -> dict[str, int]:
    """Return the number beside the page in the side bar."""
    return {"reviews": count_tabs(store, ("unread",))["unread"]}
