"""Where an order stands in the queue it was opened from: its neighbours, its position, and the way back."""

from dataclasses import dataclass
from datetime import datetime

from django.http import QueryDict
from django.urls import reverse

from backoffice.common.models import Store, User
from orders.core.models import Order, OrderQuerySet
from orders.core.queries import tab_counts
from orders.desk.chips import safe_query
from orders.desk.filters import PARAMETERS, OrderFilter, order_filter
from orders.desk.paging import encode_cursor, fetch_page, ranges_before
from orders.desk.queries import TOTAL_CAP, capped_count
from orders.desk.queues import OPEN_QUEUE

CARRIED = (*PARAMETERS, "sort")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """`carry` is the query string that links take along: opaque where a person was searched for."""

    carry: str = ""
    position: int | None = None  # from 1; None: the order is not in the queue (any more), or too deep to count
    total: int | None = None
    is_capped: bool = False
    previous: str = ""  # order numbers
    next: str = ""
    term: str = ""  # what was searched for: for the search box alone

    @property
    def is_in_queue(self) -> bool:
        return bool(self.carry)

    @property
    def list_url(self) -> str:
        path = reverse("desk:order-list")
        return f"{path}?{self.carry}" if self.carry else path


NOWHERE = Place()


def carried(data: QueryDict) -> QueryDict:
    """Return the parameters of the queue that an order's address carries."""
    kept = QueryDict(mutable=True)
    for name in CARRIED:
        if values := [value for value in data.getlist(name) if value]:
            kept.setlist(name, values)
    return kept


def find_place(order: Order, data: QueryDict, *, store: Store, user: User, now: datetime) -> Place:
    """Compute the order's place from the filter in its address, with the same keyset as the list."""
    query = carried(data)
    if not query:
        return NOWHERE
    found = order_filter(store, query, user=user, now=now, default_queue=OPEN_QUEUE)
    orders = found.qs
    if found.form.errors:
        return NOWHERE
    rows = orders.values("id", "number", found.sort.column)
    row = {"id": order.pk, found.sort.column: getattr(order, found.sort.column)}
    token = encode_cursor(row, found.sort)
    following = fetch_page(rows, sort=found.sort, after=token, size=1).rows
    preceding = fetch_page(rows, sort=found.sort, before=token, size=1).rows
    total = _total(found, orders, store)
    return Place(
        carry=carried(safe_query(found)).urlencode(),
        position=_position(order, orders, found, token),
        total=min(total, TOTAL_CAP) if found.narrowing else total,
        is_capped=bool(found.narrowing) and total > TOTAL_CAP,
        previous=preceding[0]["number"] if preceding else "",
        next=following[0]["number"] if following else "",
        term=found.match.text if found.match else "",
    )


def _total(found: OrderFilter, orders: OrderQuerySet, store: Store) -> int:
    if not found.narrowing and len(found.queues) == 1:
        return tab_counts(store)[found.queues[0].key]
    return capped_count(orders)


def _position(order: Order, orders: OrderQuerySet, found: OrderFilter, token: str) -> int | None:
    if not orders.filter(pk=order.pk).exists():
        return None
    ahead = 0
    for part in ranges_before(orders.values("id", found.sort.column), sort=found.sort, token=token):
        ahead += capped_count(part)
        if ahead > TOTAL_CAP:
            return None
    return ahead + 1
