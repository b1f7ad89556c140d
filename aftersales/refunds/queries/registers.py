"""Complaints and violations: the open ones by deadline, the settled ones newest first, each along its index."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple, TypeVar

from django.db.models import F, Q, QuerySet

from aftersales.refunds.models import Violation
from aftersales.refunds.models.registers import Entry
from aftersales.refunds.queries.places import opened_place
from backoffice.common.models import Store, User
from backoffice.common.statements import fetch

PAGE_SIZE, COUNT_CAP = 50, 1000
REGISTER_TABS = ("open", "overdue", "mine", "settled")
_E = TypeVar("_E", bound=Entry)


def _conditions(user: User, now: datetime) -> Mapping[str, Q]:
    is_open = Q(closed_at__isnull=True)
    return {
        "open": is_open,
        "overdue": is_open & Q(deadline__lt=now),
        "mine": is_open & Q(owner=user),
        "settled": Q(closed_at__isnull=False),
    }


def entries(model: type[_E], store: Store, user: User, now: datetime, *, tab: str) -> "QuerySet[_E]":
    """Return the entries of a tab, with order, case and people, in the order of the tab.

    Raises:
        KeyError: there is no such tab.
    """
    rows: QuerySet[_E] = QuerySet(model)
    found = rows.filter(_conditions(user, now)[tab], store=store)
    found = found.select_related("order", "refund", "owner", "closed_by")
    if tab == "settled":
        return found.order_by("-closed_at", "-pk")
    return found.order_by(F("deadline").asc(nulls_last=True), "pk")


class EntryRow(NamedTuple):
    """What a register shows of an entry."""

    pk: int
    kind: str
    number: str
    text: str
    state: str
    deadline: datetime | None
    closed_at: datetime | None
    outcome: str
    order: str | None  # the number
    refund: str | None  # the number
    owner: str | None
    points: Decimal | None  # of violations
    penalty: Decimal | None


_ROWS = """
SELECT e.id, e.kind, e.number, e.text, e.state, e.deadline, e.closed_at, e.outcome,
    (SELECT number FROM orders_order WHERE id = e.order_id), (SELECT number FROM refunds_refund WHERE id = e.refund_id),
    (SELECT coalesce(nullif(display_name, ''), username) FROM common_user WHERE id = e.owner_id), {more}
FROM {table} e WHERE e.store_id = %(store)s AND {tab}{beyond} ORDER BY {order} LIMIT %(count)s
"""
_OPEN = "e.closed_at IS NULL"
_WORDED: Mapping[str, str] = {  # as the conditions above
    "open": _OPEN,
    "overdue": f"{_OPEN} AND e.deadline < %(now)s",
    "mine": f"{_OPEN} AND e.owner_id = %(user)s",
    "settled": "e.closed_at IS NOT NULL",
}
_BEYOND = {
    "settled": " AND (e.closed_at, e.id) < (%(moment)s, %(pk)s)",
    "": " AND ((e.deadline, e.id) > (%(moment)s, %(pk)s) OR e.deadline IS NULL)",
    "none": " AND e.deadline IS NULL AND e.id > %(pk)s",  # those without a deadline come last
}


def page_of_entries(
    model: type[Entry], store: Store, user: User, now: datetime, *, tab: str, after: str
) -> tuple[list[EntryRow], str]:
    """Read one page behind a place, and the place of the next one; a place that cannot be read is the start.

    Raises:
        KeyError: there is no such tab.
    """
    place = _opened(after, tab)
    values: dict[str, Any] = {"store": store.pk, "user": user.pk, "now": now, "count": PAGE_SIZE + 1}
    values["moment"], values["pk"] = place or (None, None)
    found = [EntryRow._make(row) for row in fetch(_statement(model, tab, _way(tab, place)), values)]
    shown = found[:PAGE_SIZE]
    return shown, _packed(shown[-1]) if len(found) > PAGE_SIZE else ""


def _opened(after: str, tab: str) -> tuple[datetime | None, int] | None:
    """Return a place of the tab; each settled entry has a moment, so one without is a place of another tab."""
    place = opened_place(after)
    return None if tab == "settled" and place is not None and place[0] is None else place


def _way(tab: str, place: tuple[datetime | None, int] | None) -> str | None:
    """Return which condition leads on from a place; None from the start."""
    if place is None:
        return None
    if tab == "settled":
        return "settled"
    return "none" if place[0] is None else ""


@cache
def _statement(model: type[Entry], tab: str, way: str | None) -> str:
    return _ROWS.format(
        more="e.points, e.penalty" if model is Violation else "NULL, NULL",
        table=model._meta.db_table,  # noqa: SLF001 -- public in Django's documentation
        tab=_WORDED[tab],
        beyond="" if way is None else _BEYOND[way],
        order="e.closed_at DESC, e.id DESC" if tab == "settled" else "e.deadline, e.id",
    )


def _packed(entry: EntryRow) -> str:
    value = entry.closed_at or entry.deadline
    return f"{value.isoformat() if value else ''}~{entry.pk}"


_COUNT = "(SELECT count(*) FROM (SELECT FROM {table} e WHERE e.store_id = %(store)s AND {tab} LIMIT %(most)s) AS x)"
_COUNTED = ("open", "overdue", "mine")


def count_entries(model: type[Entry], store: Store, user: User, now: datetime) -> dict[str, int]:
    """Count the tabs of open entries in one statement; COUNT_CAP + 1 stands for more."""
    table = model._meta.db_table  # noqa: SLF001 -- public in Django's documentation
    counts = ", ".join(_COUNT.format(table=table, tab=_WORDED[tab]) for tab in _COUNTED)
    values = {"store": store.pk, "user": user.pk, "now": now, "most": COUNT_CAP + 1}
    return dict(zip(_COUNTED, fetch(f"SELECT {counts}", values)[0], strict=True))
