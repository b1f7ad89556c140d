"""One case with what its page shows of it: the thread, the parcels that came and went, what happened to it."""

from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _

from aftersales.refunds.models import (
    Complaint,
    Inspection,
    InspectionFile,
    MessageFile,
    Refund,
    RefundMessage,
    RefundStep,
    ReturnEvent,
    ReturnParcel,
)
from aftersales.refunds.statuses import MessageRole
from backoffice.common.models import Attachment, Store
from orders.core.models import Order, OrderEvent
from orders.core.statuses import EventKind, EventSource

CASE_KINDS = (EventKind.CASE_OPENED, EventKind.CASE_MOVED, EventKind.CASE_CHANGED, EventKind.RETURN_INSPECTED)
_SHOWN_EVENTS, _SHOWN_MESSAGES, _SHOWN_SCANS = 200, 500, 300
_PEOPLE = ("owner", "proposed_by", "approved_by")


def case_by_number(store: Store, number: str) -> Refund:
    """Return a case with its order, line, buyer and people.

    Raises:
        Refund.DoesNotExist: the store has no such case.
    """
    related = ("order__buyer", "line__title", "title", "buyer", "return_address", *_PEOPLE)
    refund = Refund.objects.for_store(store).select_related(*related).get(number=number)
    refund.store = refund.order.store = store
    return refund


@dataclass(frozen=True, slots=True)
class ThreadItem:
    """One line of the negotiation, or one move between them."""

    at: datetime
    role: str  # of MessageRole; empty: a move of the case
    who: str
    text: str
    act: str = ""
    files: list[Attachment] = field(default_factory=list)
    picture_urls: list[str] = field(default_factory=list)


def thread_of(refund: Refund) -> list[ThreadItem]:
    """Return what was said and done, oldest first, the buyer's wish at the head; three statements."""
    files = Prefetch("files", queryset=MessageFile.objects.select_related("attachment").order_by("pk"))
    messages = refund.messages.select_related("author").prefetch_related(files).order_by("at", "pk")
    steps = refund.steps.select_related("actor").order_by("left_at", "pk")
    items = [*map(_message, messages[:_SHOWN_MESSAGES]), *map(_step, steps)]
    return [_wish(refund), *sorted(items, key=lambda item: item.at)]


def _wish(refund: Refund) -> ThreadItem:
    who = refund.buyer.nick if refund.buyer else ""
    return ThreadItem(refund.requested_at, MessageRole.BUYER, who, refund.text)


def _message(message: RefundMessage) -> ThreadItem:
    return ThreadItem(
        at=message.at, role=message.role, who=message.author_name, text=message.text,
        act=str(message.get_act_display()) if message.act else "",
        files=[file.attachment for file in message.files.all()],
        picture_urls=[url for url in message.picture_urls if str(url).startswith(("https://", "http://"))],
    )  # fmt: skip


def _step(step: RefundStep) -> ThreadItem:
    who = str(step.actor) if step.actor else str(EventSource(step.source).label)
    act = str(step.get_act_display()) if step.act else _("as the platform reports")
    return ThreadItem(step.left_at, "", who, f"{step.get_status_display()} → {step.get_to_status_display()}", act)


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
    events = refund.order.events.filter(kind__in=CASE_KINDS, after__refund=refund.number).select_related("job")
    return list(events.order_by("-at", "-pk")[:_SHOWN_EVENTS])


def other_cases(refund: Refund) -> list[Refund]:
    """Return the further cases of the same order."""
    cases = refund.order.refunds.exclude(pk=refund.pk).select_related("title").order_by("-requested_at", "-pk")
    return list(cases[:20])


def cases_of_order(order: Order) -> "QuerySet[Refund]":
    return order.refunds.select_related("title", "line", "owner").order_by("-requested_at", "-pk")


def complaints_of(refund: Refund) -> list[Complaint]:
    found = Complaint.objects.filter(store=refund.store_id, refund=refund).select_related("owner", "closed_by")
    return list(found.order_by("opened_at", "pk"))
