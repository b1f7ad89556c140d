"""The queue of shortages, those first that must ship first."""

from datetime import date, datetime
from typing import Any, NamedTuple

from django.db.models import QuerySet

from backoffice.common.models import Store
from orders.fulfilment.models import Shortage
from orders.fulfilment.queries.stock import PAGE_SIZE, TABS, Page, keyset_page


def shortages(store: Store) -> QuerySet[Shortage]:
    """Return the store's shortages with what their rows show."""
    return Shortage.objects.filter(store=store).select_related(
        "order__buyer", "order__note", "line__title", "sku__product", "decided_by"
    )


def shortage_queue(store: Store, *, tab: str, number: str = "", after: str = "", before: str = "") -> Page:
    """Return one page of a tab: open ones by when they must ship, closed ones from the newest."""
    return _page(shortages(store), tab, number, after, before)


class ShortageRow(NamedTuple):
    """What the queue shows of a shortage."""

    pk: int
    due_at: datetime
    quantity: int
    solution: str
    answer: str
    expected_on: date | None
    decided_at: datetime | None
    closed_at: datetime | None
    outcome: str
    number: str
    ship_by: datetime | None
    note: str | None
    title: str
    spec: str
    agreed_spec: str
    code: str
    on_hand: int
    reserved: int


_SHOWN = (
    *ShortageRow._fields[:9], "order__number", "order__ship_by", "order__note__text", "line__title__text",
    "line__spec", "line__agreed_spec", "sku__code", "sku__on_hand", "sku__reserved",
)  # fmt: skip


def shortage_table(store: Store, *, tab: str, number: str, after: str, before: str) -> Page:
    """Return one page as `shortage_queue` does, of ShortageRow."""
    rows = Shortage.objects.filter(store=store).values_list(*_SHOWN, named=True)
    page = _page(rows, tab, number, after, before)
    return page._replace(rows=[ShortageRow._make(row) for row in page.rows])


def _page(rows: QuerySet[Shortage, Any], tab: str, number: str, after: str, before: str) -> Page:
    rows = rows.filter(TABS[tab])
    if number:
        rows = rows.filter(order__number=number)
    sort = ("-closed_at", "-pk") if tab == "closed" else ("due_at", "pk")
    return keyset_page(rows, sort, after=after, before=before, size=PAGE_SIZE)
