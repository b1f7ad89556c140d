"""Goods that come back: which parcels are here and not looked at, which are on their way, and whose a number is."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import QuerySet, prefetch_related_objects

from aftersales.refunds.models import Inspection, Refund, RefundMessage, RefundPolicy, ReturnParcel
from aftersales.refunds.queries.cases import fetch_case, number_now
from aftersales.refunds.queries.places import opened_place
from aftersales.refunds.statuses import RETURN_KINDS, MessageRole, ParcelDirection, RefundState
from backoffice.common.models import Store
from backoffice.common.statements import Prepared, fetch, literals
from orders.fulfilment.couriers import TrackingError, normalise_tracking
from orders.fulfilment.queries.stock import Page

PAGE_SIZE, CAP = 50, 1000
_FOUND, _WORDS = 20, 5
_USUAL_HOURS: int = RefundPolicy._meta.get_field("inspect_hours").default  # noqa: SLF001 -- public in Django's documentation
_KINDS = f" AND kind IN {literals(sorted(RETURN_KINDS))}"
_HERE = f" AND status = '{RefundState.AWAITING_RECEIPT.value}'{_KINDS}"
TABS: Mapping[str, str] = {  # worded as the conditions of the indexes are
    "to_inspect": f"{_HERE} AND return_signed_at IS NOT NULL AND inspected_at IS NULL",
    "expected": f"{_HERE} AND return_signed_at IS NULL AND inspected_at IS NULL",
    "inspected": f"{_HERE} AND inspected_at IS NOT NULL",
    # the platform, or silence, took them as received: the money went, and nobody has looked
    "unseen": f" AND status = '{RefundState.SUCCEEDED.value}'{_KINDS} AND return_signed_at IS NOT NULL"
    " AND inspected_at IS NULL AND finished_at > %(since)s",
}
UNSEEN_FOR = timedelta(days=30)  # how long ago such a case may have ended
_SORT = {  # those first that lie or travel longest; of those that are over the last
    "to_inspect": "return_signed_at",
    "expected": "status_since",
    "inspected": "inspected_at",
    "unseen": "finished_at",
}
_FALLING = "unseen"


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
    finished_at: datetime | None
    order_number: str
    buyer: str | None
    title: str | None
    spec: str | None
    agreed_spec: str | None
    tracking_number: str | None
    last_event: str | None


_ROWS = f"""
SELECT r.id, {", ".join(f"r.{name}" for name in ReturnRow._fields[1:12])},
    (SELECT number FROM orders_order WHERE id = r.order_id), (SELECT nick FROM orders_buyer WHERE id = r.buyer_id),
    (SELECT text FROM orders_producttitle WHERE id = r.title_id), l.spec, l.agreed_spec, p.tracking_number, p.last_event
FROM refunds_refund r LEFT JOIN orders_orderline l ON l.id = r.line_id LEFT JOIN LATERAL (
    SELECT tracking_number, last_event FROM refunds_returnparcel
    WHERE refund_id = r.id AND direction = '{ParcelDirection.BACK.value}' ORDER BY id DESC LIMIT 1) p ON true
WHERE r.id = ANY(ARRAY(
    SELECT id FROM refunds_refund WHERE store_id = %(store)s{{tab}}{{beyond}}
    ORDER BY {{key}}{{way}}, id{{way}} LIMIT %(count)s))
ORDER BY r.{{key}}{{way}}, r.id{{way}}
"""  # noqa: S608 -- names of the code


def return_table(store: Store, *, tab: str, now: datetime, after: str, before: str) -> Page:
    """Return one page of a tab, of ReturnRow: one statement. A place that cannot be read is the start."""
    forward, backward = _opened(after), _opened(before)
    place, is_falling = backward or forward, (tab == _FALLING) != (backward is not None)
    values: dict[str, Any] = {"store": store.pk, "since": now - UNSEEN_FOR, "count": PAGE_SIZE + 1}
    values["moment"], values["pk"] = place or (None, None)
    beyond = f" AND ({_SORT[tab]}, id) {'<' if is_falling else '>'} (%(moment)s, %(pk)s)" if place else ""
    text = _ROWS.format(tab=TABS[tab], beyond=beyond, key=_SORT[tab], way=" DESC" if is_falling else "")
    found = [ReturnRow._make(row) for row in fetch(text, values)]
    shown, has_more = found[:PAGE_SIZE], len(found) > PAGE_SIZE
    if backward:
        shown.reverse()
    has_next, has_previous = (True, has_more) if backward else (has_more, forward is not None)
    return Page(
        shown,
        _packed(shown[-1], tab) if shown and has_next else "",
        _packed(shown[0], tab) if shown and has_previous else "",
    )


def _packed(row: ReturnRow, tab: str) -> str:
    return f"{getattr(row, _SORT[tab]).isoformat()}~{row.pk}"


def _opened(text: str) -> tuple[datetime | None, int] | None:
    place = opened_place(text)
    return place if place is not None and place[0] is not None else None


_COUNTED = f"""
SELECT count(*) FILTER (WHERE c.is_signed AND NOT c.is_inspected), count(*) FILTER (WHERE NOT c.is_signed
    AND NOT c.is_inspected), count(*) FILTER (WHERE c.is_inspected),
    (SELECT count(*) FROM (SELECT FROM refunds_refund WHERE store_id = %(store)s{TABS["unseen"]} LIMIT {CAP + 1}) AS s)
FROM (
    SELECT return_signed_at IS NOT NULL AS is_signed, inspected_at IS NOT NULL AS is_inspected
    FROM refunds_refund WHERE store_id = %(store)s{_HERE} LIMIT 20000
) AS c
"""  # noqa: S608 -- conditions of the code; a shop with more open cases at one step is told “1,000+” all the same


def return_counts(store: Store, *, now: datetime) -> dict[str, int]:
    """Count the cases of each tab: one statement along the indexes of open cases and of those nobody looked at."""
    (row,) = fetch(_COUNTED, {"store": store.pk, "since": now - UNSEEN_FOR})
    return dict(zip(TABS, row, strict=True))


def inspect_hours_of(store: Store) -> int:
    """Return how long goods may lie before somebody looks at them; a shop that said nothing has the usual time."""
    rows = fetch("SELECT inspect_hours FROM refunds_refundpolicy WHERE store_id = %s", [store.pk])
    return int(rows[0][0]) if rows else _USUAL_HOURS


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
        or _joined(store, text)
    )


def _joined(store: Store, text: str) -> list[Refund]:
    known = number_now(store, text)
    return _cases(store, number=known) if known else []


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


# Rarely is anything else asked for so many columns of so many tables: compiled once, not for each page
_CASE = Prepared(
    lambda: Refund.objects.filter(store=-1, number="?").select_related("order__recipient", "line", "title", "buyer"),
    -1, "?",
)  # fmt: skip
_PARCELS = Prepared(
    lambda: (
        ReturnParcel.objects.filter(refund=-1, direction=ParcelDirection.BACK)
        .select_related("recorded_by")
        .order_by("-pk")
    ),
    -1,
)
_SAID = Prepared(
    lambda: RefundMessage.objects.filter(refund=-1, role=MessageRole.BUYER).order_by("-at", "-pk")[:_WORDS], -1
)
_FOUND_OUT = Prepared(
    lambda: Inspection.objects.filter(refund=-1).select_related("inspected_by", "sku").order_by("pk"), -1
)


def return_case(store: Store, number: str) -> Refund:
    """Return a case with what its page shows, by its number or by the one it had before the platform's.

    Raises:
        Refund.DoesNotExist: the store has no such case.
    """
    refund = fetch_case(_CASE, store, number)
    refund.order.store = refund.store = store
    return refund


def back_parcels(refund: Refund) -> list[ReturnParcel]:
    """Return the parcels that came back for a case, the newest first, each with its trace: two statements."""
    parcels = _PARCELS.fetch(refund.pk)
    prefetch_related_objects(parcels, "trace")
    return parcels


def buyer_words(refund: Refund) -> list[RefundMessage]:
    """Return the buyer's last messages, oldest first, with their pictures."""
    said = _SAID.fetch(refund.pk)[::-1]
    prefetch_related_objects(said, "files__attachment")
    return said


def inspections_of(refund: Refund) -> list[Inspection]:
    """Return what was found, with pictures."""
    found = _FOUND_OUT.fetch(refund.pk)
    prefetch_related_objects(found, "files__attachment")
    return found
