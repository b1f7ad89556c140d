"""The queue of shortages, those first that must ship first."""

from datetime import UTC, datetime

from django.db.models import QuerySet, Value
from django.db.models.functions import Coalesce

from backoffice.common.models import Store
from orders.fulfilment.models import Shortage
from orders.fulfilment.queries.stock import PAGE_SIZE, TABS, Page, keyset_page

_NEVER = datetime(9999, 1, 1, tzinfo=UTC)  # orders without a promise stand last


def shortages(store: Store) -> QuerySet[Shortage]:
    """Return the store's shortages with what their rows show."""
    return Shortage.objects.filter(store=store).select_related(
        "order__buyer", "order__note", "line__title", "sku__product", "decided_by"
    )


def shortage_queue(store: Store, *, tab: str, number: str = "", after: str = "", before: str = "") -> Page:
    """Return one page of a tab: open ones by when they must ship, closed ones from the newest.

    Few are open at a time, so that they are put in order as they are read; what their rows show is read for the page.
    """
    rows = shortages(store).filter(TABS[tab])
    if number:
        rows = rows.filter(order__number=number)
    if tab == "closed":
        return keyset_page(rows, ("-closed_at", "-pk"), after=after, before=before, size=PAGE_SIZE)
    due = rows.select_related(None).annotate(due_at=Coalesce("order__ship_by", Value(_NEVER)))
    page = keyset_page(due, ("due_at", "pk"), after=after, before=before, size=PAGE_SIZE)
    full = shortages(store).in_bulk([row.pk for row in page.rows])
    return page._replace(rows=[full[row.pk] for row in page.rows if row.pk in full])
