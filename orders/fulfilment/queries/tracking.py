"""Reading parcels, their troubles and what couriers make of them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from backoffice.common.clock import day_start
from backoffice.common.models import Store, User
from backoffice.common.statements import fetch
from orders.core.models import Order
from orders.fulfilment.models import EVERYWHERE, Anomaly, Shipment, TrackingEvent
from orders.fulfilment.statuses import AnomalyKind, TraceState
from orders.fulfilment.traces.histogram import SIZE, quantile

PAGE_SIZE, COUNT_CAP = 50, 1000
_CURSOR = re.compile(r"(-?\d{1,17})_(\d{1,18})")
_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class PlaceError(ValueError):
    """The cursor is damaged."""


@dataclass(frozen=True, slots=True)
class RowPage:
    """Rows in the order of their list, and the cursors of the pages beside them."""

    rows: list[Any]
    next: str = ""
    previous: str = ""


def page_by_time(
    rows: QuerySet[Any, Any], key: str, *, is_descending: bool, after: str = "", before: str = "", size: int = PAGE_SIZE
) -> RowPage:
    """Read one page in the order of a time and the id, in one statement along an index on both.

    Raises:
        PlaceError: a cursor is damaged.
    """
    is_backwards = bool(before) and not after
    bound = _opened(after or before) if after or before else None
    goes_down = is_descending != is_backwards
    arrow = "-" if goes_down else ""
    if bound is not None:
        rows = rows.filter(_beyond(key, *bound, goes_down=goes_down))
    found = list(rows.order_by(f"{arrow}{key}", f"{arrow}pk")[: size + 1])
    has_more, found = len(found) > size, found[:size]
    if is_backwards:
        found.reverse()
    has_next, has_previous = (bool(found), has_more) if is_backwards else (has_more, bool(bound and found))
    return RowPage(
        found, cursor_of(found[-1], key) if has_next else "", cursor_of(found[0], key) if has_previous else ""
    )


def cursor_of(row: Any, key: str) -> str:
    return f"{(getattr(row, key) - _EPOCH) // _MICROSECOND}_{row.pk}"


def _opened(token: str) -> tuple[datetime, int]:
    found = _CURSOR.fullmatch(token)
    if found is None or not token.isascii():
        raise PlaceError(token)
    try:
        return _EPOCH + int(found[1]) * _MICROSECOND, int(found[2])
    except OverflowError as error:
        raise PlaceError(token) from error


def _beyond(key: str, at: datetime, pk: int, *, goes_down: bool) -> Q:
    """Say what lies behind a row; the first condition is what bounds the index."""
    sign = "lt" if goes_down else "gt"
    return Q(**{f"{key}__{sign}e": at}) & (Q(**{f"{key}__{sign}": at}) | Q(**{key: at, f"pk__{sign}": pk}))


# Parcels


PARCEL_TABS: Mapping[str, Q] = {
    "moving": Q(is_watched=True),
    "trouble": ~Q(anomaly_kinds=[]),
    "signed": Q(trace_state=TraceState.SIGNED),
    "all": Q(),
}  # each along an index of its own


def parcels(store: Store) -> QuerySet[Shipment]:
    """Return the store's parcels with their orders: what the list shows, without anything of the recipient."""
    return Shipment.objects.for_store(store).select_related("order").only(
        "courier", "tracking_number", "shipped_at", "trace_state", "last_event_at", "last_event", "picked_up_at",
        "signed_at", "is_watched", "anomaly_kinds", "store_id", "order__number", "order__province", "order__city",
    )  # fmt: skip


def parcel_columns(rows: QuerySet[Shipment]) -> QuerySet[Shipment, Any]:
    """Return parcels as the plain columns that their rows show."""
    return rows.values_list(
        "pk", "courier", "tracking_number", "shipped_at", "trace_state", "last_event_at", "last_event",
        "anomaly_kinds", "order__number", "order__province", "order__city", named=True,
    )  # fmt: skip


def count_capped(rows: QuerySet[Any], cap: int = COUNT_CAP) -> int:
    """Count rows; one more than the cap stands for more. Columns of other tables among them would be joined."""
    return rows.order_by().values("pk")[: cap + 1].count()


def traces_of_order(order: Order) -> list[Shipment]:
    """Return the order's parcels, each with its events, newest first, in `events` and its anomalies in `cases`."""
    found = list(order.shipments.order_by("shipped_at", "pk"))
    ids = [parcel.pk for parcel in found]
    events: dict[int, list[TrackingEvent]] = {}
    for event in TrackingEvent.objects.filter(shipment__in=ids).order_by("-at", "-pk")[:1000]:
        events.setdefault(event.shipment_id, []).append(event)
    cases: dict[int, list[Anomaly]] = {}
    for case in Anomaly.objects.filter(shipment__in=ids).select_related("owner", "closed_by").order_by("opened_at"):
        cases.setdefault(case.shipment_id, []).append(case)
    for parcel in found:
        parcel.events, parcel.cases = events.get(parcel.pk, []), cases.get(parcel.pk, [])  # type: ignore[attr-defined]
    return found


# Anomalies


def anomalies(store: Store) -> QuerySet[Anomaly]:
    """Return the store's cases with parcel, order and people."""
    return Anomaly.objects.filter(store=store).select_related("shipment", "order", "owner", "closed_by").only(
        "kind", "opened_at", "detail", "courier_asked_at", "buyer_informed_at", "closed_at", "outcome", "version",
        "store_id", "shipment__courier", "shipment__tracking_number", "shipment__shipped_at",
        "shipment__last_event", "shipment__last_event_at", "shipment__trace_state", "order__number",
        "order__province", "order__city", "owner__username", "owner__display_name", "closed_by__username",
        "closed_by__display_name",
    )  # fmt: skip


def case_columns(rows: QuerySet[Anomaly], *, are_closed: bool) -> QuerySet[Anomaly, Any]:
    """Return cases as the plain columns that their rows show; who closed them only where they are closed."""
    names = _CASE_COLUMNS + (("closed_by__username", "closed_by__display_name") if are_closed else ())
    return rows.values_list(*names, named=True)


_CASE_COLUMNS = (
    "pk", "kind", "opened_at", "detail", "courier_asked_at", "buyer_informed_at", "closed_at", "outcome",
    "shipment__courier", "shipment__tracking_number", "shipment__last_event", "order__number",
    "owner__username", "owner__display_name",
)  # fmt: skip


OWNERS: Mapping[str, Callable[[User], Q]] = {
    "mine": lambda user: Q(owner=user),
    "none": lambda _user: Q(owner__isnull=True),
}
_COUNTED = """
SELECT kind, count(*), count(*) FILTER (WHERE owner_id = %(user)s), count(*) FILTER (WHERE owner_id IS NULL)
FROM (SELECT kind, owner_id FROM fulfilment_anomaly WHERE store_id = %(store)s AND closed_at IS NULL LIMIT 20000) AS x
GROUP BY kind
"""


@dataclass(frozen=True, slots=True)
class CaseCounts:
    """How many open cases there are, by kind and by who has them."""

    by_kind: dict[str, int]
    mine: int
    nobodys: int

    @property
    def all(self) -> int:
        return sum(self.by_kind.values())


def count_anomalies(store: Store, user: User) -> CaseCounts:
    rows = fetch(_COUNTED, {"store": store.pk, "user": user.pk})
    by_kind = dict.fromkeys(AnomalyKind.values, 0) | {kind: count for kind, count, _mine, _none in rows}
    return CaseCounts(by_kind, sum(row[2] for row in rows), sum(row[3] for row in rows))


class Colleague(NamedTuple):
    """Somebody who may have a case."""

    pk: int
    name: str


_COLLEAGUES = """
SELECT u.id, coalesce(nullif(u.display_name, ''), u.username)
FROM common_membership m JOIN common_user u ON u.id = m.user_id
WHERE m.store_id = %s AND m.is_active AND u.is_active ORDER BY u.username
"""


def colleagues_of(store: Store) -> list[Colleague]:
    """Return who works in the store, by their names for signing in."""
    return [Colleague(*row) for row in fetch(_COLLEAGUES, [store.pk])]


# Couriers


@dataclass(frozen=True, slots=True)
class CourierFigures:
    """What became of the parcels of a courier, or of a province, in a period."""

    key: str
    parcels: int
    picked_up: int
    signed: int
    troubled: int
    pickup_median: float | None
    sign_median: float | None
    sign_p90: float | None

    @property
    def trouble_rate(self) -> float:
        return self.troubled / self.parcels if self.parcels else 0.0


# each bucket is added up as a column: no row is taken apart
_SUMS = ", ".join(f"sum({name}[{place}])" for name in ("pickup_hours", "sign_hours") for place in range(1, SIZE + 1))
_COMPARED = f"""
SELECT {{key}}, sum(parcels), sum(picked_up), sum(signed), sum(troubled), {_SUMS}
FROM fulfilment_courierday WHERE store_id = %(store)s AND day BETWEEN %(first)s AND %(last)s AND {{where}}
GROUP BY 1 ORDER BY 2 DESC, 1
"""  # noqa: S608 -- columns of the table


def compare_couriers(store: Store, first: date, last: date, *, courier: str | None = None) -> list[CourierFigures]:
    """Return the figures of each courier over these days, the busiest first; of one courier, by province."""
    everywhere = "province = %(everywhere)s"
    key, where = "courier", everywhere
    if courier is not None:
        key, where = "province", f"courier = %(courier)s AND NOT {everywhere}"
    values = {"store": store.pk, "first": first, "last": last, "everywhere": EVERYWHERE, "courier": courier}
    return [_figures(*row) for row in fetch(_COMPARED.format(key=key, where=where), values)]


def _figures(key: str, parcels: int, picked_up: int, signed: int, troubled: int, *counts: int) -> CourierFigures:
    pickup, sign = counts[:SIZE], counts[SIZE:]
    return CourierFigures(
        key, int(parcels), int(picked_up), int(signed), int(troubled), quantile(pickup, 0.5), quantile(sign, 0.5),
        quantile(sign, 0.9),
    )  # fmt: skip


def shipped_between(first: date | None, last: date | None) -> Q:
    """Return the condition of having left on these days, both included."""
    where = Q()
    if first is not None:
        where &= Q(shipped_at__gte=day_start(first))
    if last is not None:
        where &= Q(shipped_at__lt=day_start(last + timedelta(days=1)))
    return where
