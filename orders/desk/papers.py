"""Papers of selected orders: each order is made ready by itself, then one print job sets them all as one PDF."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from backoffice.common.models import Job, JobRow, Store
from orders.core.models import Order
from orders.core.services import lock_order
from orders.core.statuses import Acceptance
from orders.desk.calls import Call, Undo, Values
from orders.fulfilment.couriers import Courier, find_courier
from orders.fulfilment.models import CourierAccount, PoolNumber, PrintRecord, Waybill, WaybillLine
from orders.fulfilment.papers.batches import AGAIN_ALL, AGAIN_NEW, LIMIT, PrintRepeatedError, create_print
from orders.fulfilment.papers.content import SORTS
from orders.fulfilment.queries.merges import separate_warning
from orders.fulfilment.services import PrintError, assign_number, plan_waybill, print_problem
from orders.fulfilment.statuses import LIVE_WAYBILLS, WaybillState

Paper = PrintRecord.Paper
PAPERS = (Paper.WAYBILL, Paper.PACKING_SLIP, Paper.PICKING_LIST)
PAPER_CHOICES = [(paper.value, paper.label) for paper in PAPERS]
SORT_CHOICES = list(SORTS.items())
AGAIN_CHOICES = [
    (AGAIN_ALL, gettext_lazy("Print them again, marked as reprints")),
    (AGAIN_NEW, gettext_lazy("Leave them out")),
]
MOST = LIMIT


class Note(NamedTuple):
    """What a person should know before the papers come out, and where it is settled."""

    key: str
    text: str
    url: str = ""
    link: str = ""


# One order


def make_ready(call: Call, values: Values) -> Undo:
    """Look once more whether an order is to be packed, and see to its parcels where waybills are printed.

    Raises:
        PrintError: it is not to be packed now, or nobody knows where it goes.
        WaybillError: its parcel cannot be planned, or gets no number.
    """
    order = lock_order(store=call.store, order_id=call.order_id)
    problem = print_problem(
        status=order.status, is_accepted=order.acceptance == Acceptance.ACCEPTED, hold_kinds=order.hold_kinds
    )
    if not problem and values.get("paper") == Paper.WAYBILL:
        problem = _address_problem(order)
    if problem:
        values = {"number": order.number, "problem": problem}
        raise PrintError(_("Order %(number)s is not printed: %(problem)s.") % values, "hold")
    return {"waybills": _numbered(call)} if values.get("paper") == Paper.WAYBILL else {}


def _address_problem(order: Order) -> str:
    recipient = getattr(order, "recipient", None)
    if recipient is not None and recipient.purged_at is not None:
        return _("the recipient was wiped")
    return _("no recipient is known") if recipient is None or recipient.sealed is None else ""


def _numbered(call: Call) -> list[int]:
    """Return the order's parcels that have not left, each with a number; one is planned where there is none."""
    live = Waybill.objects.for_store(call.store).filter(lines__order=call.order_id, state__in=LIVE_WAYBILLS)
    waybills = list(live.distinct().order_by("pk"))
    if not waybills:
        made = plan_waybill(store=call.store, order_ids=[call.order_id], actor=call.actor, at=call.at, job=call.job)
        waybills = [made]
    for waybill in waybills:
        if waybill.state == WaybillState.DRAFT:
            assign_number(store=call.store, waybill_id=waybill.pk, actor=call.actor, at=call.at, job=call.job)
    return [waybill.pk for waybill in waybills]


# The batch


def start_print(job: Job, values: Values) -> dict[str, Any]:
    """Start the print job of a batch whose orders are ready; what it is called goes into the batch's result."""
    rows = job.rows.filter(outcome=JobRow.Outcome.DONE).order_by("position").values_list("data", flat=True)
    paper = values.get("paper") or Paper.PACKING_SLIP
    is_waybill = paper == Paper.WAYBILL
    ids = [pk for data in rows for pk in (data["undo"]["waybills"] if is_waybill else [data["order"]])]
    if not ids or job.store is None or job.requested_by is None:
        return {}
    try:
        made = create_print(
            store=job.store, actor=job.requested_by, at=job.created_at, paper=paper, ids=list(dict.fromkeys(ids)),
            sort=values.get("sort") or "ship_by", again=values.get("again") or AGAIN_ALL, slot=f"papers:{job.pk}",
        )  # fmt: skip
    except PrintRepeatedError as error:  # an attempt that was interrupted had started it
        made = error.job
    except PrintError as error:
        return {"papers_problem": str(error)}
    return {"papers": made.pk}


# Beforehand


def print_notes(store: Store, order_ids: Sequence[int]) -> list[Note]:
    """Return what speaks against printing these orders as they are; a fixed number of statements."""
    found = [_apart(store, order_ids), _unaddressed(store, order_ids), *_unnumbered(store, order_ids)]
    return [note for note in found if note is not None]


def usual_paper(store: Store) -> str:
    """Return what this store prints first: waybills once it has a courier of its own."""
    has_courier = CourierAccount.objects.filter(store=store, is_active=True).exists()
    return Paper.WAYBILL if has_courier else Paper.PACKING_SLIP


def _apart(store: Store, order_ids: Sequence[int]) -> Note | None:
    text = separate_warning(store, order_ids)
    return Note("not_merged", text, reverse("fulfilment:merge-list"), _("See what can be merged")) if text else None


def _unaddressed(store: Store, order_ids: Sequence[int]) -> Note | None:
    unknown = Q(recipient__isnull=True) | Q(recipient__sealed__isnull=True)
    count = Order.objects.for_store(store).filter(unknown, pk__in=order_ids).count()
    if not count:
        return None
    text = ngettext(
        "%(count)s of them has no recipient to print on a waybill: it is left out there.",
        "%(count)s of them have no recipient to print on a waybill: they are left out there.",
        count,
    )
    return Note("no_address", text % {"count": count})


def _unnumbered(store: Store, order_ids: Sequence[int]) -> list[Note]:
    """Say where the pool of the usual courier does not hold enough numbers, or where there is none at all."""
    numbered = WaybillLine.objects.filter(order=OuterRef("pk"), waybill__state__in=LIVE_WAYBILLS).exclude(
        waybill__number=""
    )
    needed = Order.objects.for_store(store).filter(~Exists(numbered), pk__in=order_ids).count()
    accounts = list(CourierAccount.objects.filter(store=store, is_active=True).order_by("-is_default", "pk")[:2])
    if not needed:
        return []
    link = (reverse("fulfilment:courier-list"), _("Couriers and numbers"))
    if not accounts or not (accounts[0].is_default or len(accounts) == 1):
        return [Note("no_courier", _("Waybills need a courier: none is set up as the usual one."), *link)]
    return [] if accounts[0].adapter != "pool" else _left_in_pool(accounts[0], needed, link)


def courier_label(courier: Courier) -> str:
    """Return a courier's name in the person's language."""
    return courier.name if (get_language() or "").startswith("zh") else courier.english


def _left_in_pool(account: CourierAccount, needed: int, link: tuple[str, str]) -> list[Note]:
    free = PoolNumber.objects.filter(account=account, state=PoolNumber.State.FREE).order_by("pk")
    left = free.values("pk")[:needed].count()
    found = find_courier(account.courier)
    name = account.courier if found is None else courier_label(found)
    if left >= needed:
        return []
    text = ngettext(
        "%(courier)s has %(left)s number left, %(count)s waybill needs one.",
        "%(courier)s has %(left)s numbers left, %(count)s waybills need one.",
        needed,
    )
    return [Note("no_numbers", text % {"courier": name, "left": left, "count": needed}, *link)]
