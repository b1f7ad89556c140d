"""Complaints and violations: the open ones by deadline, the settled ones newest first, each along its index."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Count, F, Q, QuerySet

from aftersales.refunds.models.registers import Entry
from backoffice.common.models import Store, User

PAGE_SIZE = 50
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


def page_of_entries(rows: "QuerySet[_E]", offset_key: str, *, tab: str) -> tuple[list[_E], str]:
    """Read one page behind a place, and the place of the next one; a place that cannot be read is the start."""
    key = "closed_at" if tab == "settled" else "deadline"
    place = _opened(offset_key)
    if place is not None:
        rows = rows.filter(_beyond(key, *place, is_descending=tab == "settled"))
    found = list(rows[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    return shown, _packed(shown[-1], key) if len(found) > PAGE_SIZE else ""


def _packed(entry: Entry, key: str) -> str:
    value = getattr(entry, key)
    return f"{value.isoformat() if value else ''}~{entry.pk}"


def _opened(text: str) -> tuple[datetime | None, int] | None:
    moment, _mark, pk = text.partition("~")
    if not (pk.isascii() and pk.isdecimal() and len(pk) < 19):  # noqa: PLR2004 -- bigint
        return None
    try:
        value = datetime.fromisoformat(moment) if moment else None
    except ValueError:
        return None
    return None if value is not None and value.tzinfo is None else (value, int(pk))


def _beyond(key: str, value: datetime | None, pk: int, *, is_descending: bool) -> Q:
    sign = "lt" if is_descending else "gt"
    if value is None:
        return Q(**{f"{key}__isnull": True, f"pk__{sign}": pk})
    further = Q(**{f"{key}__{sign}": value}) | Q(**{key: value, f"pk__{sign}": pk})
    return further if is_descending else further | Q(**{f"{key}__isnull": True})


def count_entries(model: type[Entry], store: Store, user: User, now: datetime) -> dict[str, int]:
    """Count the tabs of open entries in one statement."""
    conditions = _conditions(user, now)
    rows: QuerySet[Any] = QuerySet(model).filter(store=store, closed_at__isnull=True)
    return rows.aggregate(**{tab: Count("pk", filter=conditions[tab]) for tab in REGISTER_TABS if tab != "settled"})
