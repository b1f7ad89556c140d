"""One case, and the rows around it that acts, pages and the API read as objects."""

from dataclasses import dataclass

from django.db.models import Prefetch, QuerySet

from aftersales.refunds.models import Inspection, InspectionFile, Refund, ReturnEvent, ReturnParcel
from backoffice.common.models import Store, User
from backoffice.common.statements import Prepared
from orders.core.models import Order, OrderEvent, OrderLine
from orders.core.statuses import EventKind

CASE_KINDS = (EventKind.CASE_OPENED, EventKind.CASE_MOVED, EventKind.CASE_CHANGED, EventKind.RETURN_INSPECTED)
_SHOWN_EVENTS, _SHOWN_SCANS = 200, 300
_PEOPLE = ("owner", "proposed_by", "approved_by")
_LONGEST_KEY = 19  # digits of a bigint
_STORE, _NUMBER, _NOBODY = -1, "-2", 0  # stand for the values of a call
_CASES = Prepared(
    lambda: (
        Refund.objects.filter(store=_STORE, number=_NUMBER)
        .select_related("order", "line", "title", "buyer", "return_address")
        .defer("sealed", "return_address__sealed")
    ),
    _STORE,
    _NUMBER,
)
_USERS = Prepared(lambda: User.objects.filter(pk__in=[-1, -2, -3]).only("username", "display_name"), -1, -2, -3)
_LINES = Prepared(
    lambda: OrderLine.objects.filter(order=_STORE).select_related("title").order_by("position", "pk"), _STORE
)


def case_by_number(store: Store, number: str) -> Refund:
    """Return a case with its order, line, buyer and people; a second statement for the people where it has any.

    A case that was joined to the platform's is found by the number it had before as well.

    Raises:
        Refund.DoesNotExist: the store has no such case.
    """
    refund = fetch_case(_CASES, store, number)
    order, line = refund.order, refund.line
    refund.store = order.store = store
    if order.buyer_id == refund.buyer_id:
        order.buyer = refund.buyer
    if line is not None:
        line.order = order
        if refund.title is not None and line.title_id == refund.title_id:
            line.title = refund.title
    _set_people(refund)
    return refund


def fetch_case(cases: Prepared[Refund], store: Store, number: str) -> Refund:
    """Return the case of this number, or of the one it had before the platform's, by a query of store and number.

    Raises:
        Refund.DoesNotExist: the store has no such case.
    """
    found = cases.fetch(store.pk, number)
    if not found and (known := number_now(store, number)):
        found = cases.fetch(store.pk, known)
    if not found:
        raise Refund.DoesNotExist(number)
    return found[0]


def number_now(store: Store, made_number: str) -> str | None:
    """Return the platform's number of a case that was joined to it; None for a number that no case ever had here.

    The number made here names the order: see `new_number`.
    """
    order = made_number.split("-")[1:2]
    if not (order and order[0].isdecimal() and len(order[0]) < _LONGEST_KEY):
        return None
    cases = Refund.objects.for_store(store).filter(order=int(order[0]), made_number=made_number)
    return cases.values_list("number", flat=True).first()


def _set_people(refund: Refund) -> None:
    """Read who owns, proposed and approved: joined to the case, each would make its statement slower to plan."""
    ids = [getattr(refund, f"{name}_id") for name in _PEOPLE]
    if any(ids):
        users = {user.pk: user for user in _USERS.fetch(*(pk or _NOBODY for pk in ids))}
        for name, pk in zip(_PEOPLE, ids, strict=True):
            setattr(refund, name, users.get(pk))


def lines_of(refund: Refund) -> list[OrderLine]:
    """Return all lines of the case's order."""
    return _LINES.fetch(refund.order_id)


@dataclass(frozen=True, slots=True)
class Goods:
    """The parcels of a case, each with its scans in `scans`, newest first, and what was found in them."""

    parcels: list[ReturnParcel]
    inspections: list[Inspection]


def goods_of(refund: Refund) -> Goods:
    """Return them; four statements."""
    scans = Prefetch("trace", queryset=ReturnEvent.objects.order_by("-at", "-pk")[:_SHOWN_SCANS], to_attr="scans")
    parcels = refund.parcels.select_related("sku", "recorded_by").prefetch_related(scans).order_by("sent_at", "pk")
    files = Prefetch("files", queryset=InspectionFile.objects.select_related("attachment").order_by("pk"))
    found = refund.inspections.select_related("sku", "inspected_by").prefetch_related(files).order_by("at", "pk")
    return Goods(list(parcels), list(found))


def case_events(refund: Refund) -> list[OrderEvent]:
    """Return what happened to the case, newest first."""
    events = OrderEvent.objects.filter(
        order=refund.order_id, kind__in=CASE_KINDS, after__refund__in=refund.numbers
    ).select_related("job")
    return list(events.order_by("-at", "-pk")[:_SHOWN_EVENTS])


def cases_of_order(order: Order) -> "QuerySet[Refund]":
    return order.refunds.select_related("title", "line", "owner").order_by("-requested_at", "-pk")
