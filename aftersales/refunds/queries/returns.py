"""Goods that come back: which parcels are here and not looked at, which are on their way, and whose a number is."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import OuterRef, Q, QuerySet, Subquery

from aftersales.refunds.models import Refund, ReturnParcel
from aftersales.refunds.statuses import RETURN_KINDS, ParcelDirection, RefundState
from backoffice.common.models import Store
from backoffice.common.statements import fetch
from orders.fulfilment.couriers import TrackingError, normalise_tracking
from orders.fulfilment.queries.stock import Page, keyset_page

PAGE_SIZE, CAP = 50, 1000
_FOUND = 20
_DUE = Q(status=RefundState.AWAITING_RECEIPT, inspected_at__isnull=True)
TABS: Mapping[str, Q] = {
    "to_inspect": _DUE & Q(return_signed_at__isnull=False),
    "expected": _DUE & Q(return_signed_at__isnull=True),
    "inspected": Q(status=RefundState.AWAITING_RECEIPT, inspected_at__isnull=False),
    # the platform, or silence, took them as received: the money went, and nobody has looked
    "unseen": Q(status=RefundState.SUCCEEDED, return_signed_at__isnull=False, inspected_at__isnull=True),
}
UNSEEN_FOR = timedelta(days=30)  # how long ago such a case may have ended
_SORT = {  # those first that lie or travel longest; of those that are over the last
    "to_inspect": ("return_signed_at", "pk"),
    "expected": ("status_since", "pk"),
    "inspected": ("inspected_at", "pk"),
    "unseen": ("-finished_at", "-pk"),
}


class ReturnRow(NamedTuple):
    """What the lists show of a case whose goods come back."""

    pk: int
    number: str
    kind: str
    reason: str
    text: str
    quantity: int
    sku_code: str
    status_since: datetime
    return_signed_at: datetime | None
    inspected_at: datetime | None
    deadline: datetime | None
    order_number: str
    buyer: str | None
    title: str | None
    spec: str | None
    agreed_spec: str | None
    tracking_number: str | None
    last_event: str | None


_COLUMNS = (
    *ReturnRow._fields[:11], "order__number", "buyer__nick", "title__text", "line__spec", "line__agreed_spec",
    "back_number", "back_event",
)  # fmt: skip


def return_table(store: Store, *, tab: str, now: datetime, after: str, before: str) -> Page:
    """Return one page of a tab, of ReturnRow: one statement."""
    newest = ReturnParcel.objects.filter(refund=OuterRef("pk"), direction=ParcelDirection.BACK).order_by("-pk")
    rows = Refund.objects.for_store(store).filter(TABS[tab], kind__in=RETURN_KINDS)
    if tab == "unseen":
        rows = rows.filter(finished_at__gt=now - UNSEEN_FOR)
    rows = rows.annotate(
        back_number=Subquery(newest.values("tracking_number")[:1]), back_event=Subquery(newest.values("last_event")[:1])
    )
    page = keyset_page(rows.values_list(*_COLUMNS, named=True), _SORT[tab], after=after, before=before, size=PAGE_SIZE)
    return page._replace(rows=[ReturnRow._make(row) for row in page.rows])


_COUNTED = """
SELECT count(*) FILTER (WHERE c.is_signed AND NOT c.is_inspected), count(*) FILTER (WHERE NOT c.is_signed
    AND NOT c.is_inspected), count(*) FILTER (WHERE c.is_inspected),
    (SELECT count(*) FROM (
        SELECT FROM refunds_refund u
        WHERE u.store_id = %(store)s AND u.finished_at > %(since)s AND u.status = 'succeeded'
            AND u.kind = ANY(%(kinds)s) AND u.return_signed_at IS NOT NULL AND u.inspected_at IS NULL
        LIMIT %(cap)s) AS s)
FROM (
    SELECT r.return_signed_at IS NOT NULL AS is_signed, r.inspected_at IS NOT NULL AS is_inspected
    FROM refunds_refund r
    WHERE r.store_id = %(store)s AND r.status = 'awaiting_receipt' AND r.kind = ANY(%(kinds)s) LIMIT %(most)s
) AS c
"""
_MOST = 20_000  # open cases at one step; a shop with more is told “1,000+” all the same


def return_counts(store: Store, *, now: datetime) -> dict[str, int]:
    """Count the cases of each tab: one statement along the indexes of open cases, and of those that ended lately."""
    values: dict[str, Any] = {
        "store": store.pk, "kinds": sorted(RETURN_KINDS), "most": _MOST, "since": now - UNSEEN_FOR, "cap": CAP + 1,
    }  # fmt: skip
    (row,) = fetch(_COUNTED, values)
    return dict(zip(TABS, row, strict=True))


def find_returns(store: Store, text: str) -> list[Refund]:
    """Return the cases that a scanned or typed number is of: of a return parcel, of the case, of an order.

    Those come first whose goods are to be inspected; an order's cases without goods that come back are left out.
    """
    text = text.strip()
    if not text or "\0" in text:
        return []
    return (
        _cases(store, pk__in=_parcels(store, text).values("refund"))
        or _cases(store, number=text)
        or _cases(store, order__store=store, order__number=text, kind__in=RETURN_KINDS)
    )


def _parcels(store: Store, text: str) -> QuerySet[ReturnParcel]:
    try:
        number = normalise_tracking(text)
    except TrackingError:
        return ReturnParcel.objects.none()
    return ReturnParcel.objects.filter(store=store, tracking_number=number, direction=ParcelDirection.BACK)


def _cases(store: Store, **values: Any) -> list[Refund]:
    rows = Refund.objects.for_store(store).filter(**values).select_related("title", "buyer", "line")
    found = list(rows.order_by("-pk")[:_FOUND])
    return sorted(found, key=lambda one: (not is_due(one), not one.is_open))


def is_due(refund: Refund) -> bool:
    """Tell whether the case waits for its goods to be inspected, here or on their way."""
    return refund.status == RefundState.AWAITING_RECEIPT and refund.inspected_at is None


def return_case(store: Store, number: str) -> Refund:
    """Return a case with what its page shows, its parcels as `back` with their traces.

    Raises:
        Refund.DoesNotExist: the store has no such case.
    """
    related = ("order__recipient", "order__buyer", "line__title", "title", "buyer", "owner", "return_address")
    refund = Refund.objects.for_store(store).select_related(*related).get(number=number)
    refund.order.store = refund.store = store
    return refund


def back_parcels(refund: Refund) -> list[ReturnParcel]:
    """Return the parcels that came back for a case, the newest first, each with its trace: two statements."""
    parcels = refund.parcels.filter(direction=ParcelDirection.BACK).select_related("recorded_by")
    return list(parcels.prefetch_related("trace").order_by("-pk"))
