"""One case and what belongs to it, by statements that are compiled once: compiling them took longer than reading."""

from backoffice.common.models import Store
from backoffice.common.statements import Prepared
from orders.core.models import ContactLog
from orders.fulfilment.models import Anomaly, CourierContact, Shortage, TrackingEvent
from orders.fulfilment.queries.tracking import anomalies

_EVENTS, _CONTACTS, _ANSWERS = 100, 50, 5  # shown at most
_STORE, _ONE = -1, -2  # stand for a store and a thing of it

_CASE = Prepared(lambda: anomalies(Store(pk=_STORE)).filter(pk=_ONE), _STORE, _ONE)
_TRACE = Prepared(lambda: TrackingEvent.objects.filter(shipment=_ONE).order_by("-at", "-pk")[:_EVENTS], _ONE)
_ASKED = Prepared(
    lambda: CourierContact.objects.filter(anomaly__shipment=_ONE).select_related("author").order_by("-pk")[:_CONTACTS],
    _ONE,
)
_SHOWN = (
    "store", "quantity", "solution", "answer", "expected_on", "decided_at", "closed_at", "outcome", "order__number",
    "order__ship_by", "order__version", "order__note__text", "line__quantity", "line__spec", "line__agreed_spec",
    "line__title__text", "sku__code", "sku__on_hand", "sku__reserved", "sku__product__supplier",
    "decided_by__username", "decided_by__display_name",
)  # fmt: skip
_SHORTAGE = Prepared(
    lambda: (
        Shortage.objects.filter(store=_STORE, pk=_ONE)
        .select_related("order__note", "line__title", "sku__product", "decided_by")
        .only(*_SHOWN)
    ),
    _STORE,
    _ONE,
)
_TALKS = Prepared(
    lambda: ContactLog.objects.filter(order=_ONE).select_related("author").order_by("-pk")[:_ANSWERS], _ONE
)


def find_case(store: Store, pk: int) -> Anomaly | None:
    """Return a case with its parcel, order and people."""
    return next(iter(_CASE.fetch(store.pk, pk)), None)


def newest_events(shipment_id: int) -> list[TrackingEvent]:
    """Return what was heard of a parcel, newest first."""
    return _TRACE.fetch(shipment_id)


def courier_contacts(case: Anomaly) -> list[CourierContact]:
    """Return what was asked of the courier about the case's parcel, also in a case that this one took the place of."""
    return _ASKED.fetch(case.shipment_id)


def find_shortage(store: Store, pk: int) -> Shortage | None:
    """Return a shortage with what its page shows."""
    return next(iter(_SHORTAGE.fetch(store.pk, pk)), None)


def newest_contacts(order_id: int) -> list[ContactLog]:
    """Return what was last asked of the buyer of an order, newest first."""
    return _TALKS.fetch(order_id)
