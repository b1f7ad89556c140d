"""Greetings: to buyers who agreed, chosen by what or when they bought; written by a job, each once."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.common.clock import day_start
from backoffice.common.jobs import JobRun, create_job
from backoffice.common.models import Job, Store, User
from orders.core.models import Order, OrderLine
from orders.core.services import OrderError
from orders.fulfilment.models import BuyerConsent, MessageTemplate
from orders.fulfilment.services.messages.recording import record_message
from orders.fulfilment.services.messages.templates import MessageError
from orders.fulfilment.statuses import MessagePurpose

KIND = "greetings"
GREETED_AT_MOST = 1000


@dataclass(frozen=True, slots=True)
class Segment:
    """Whom to greet: who bought a product, or whose last order was placed on these days; both narrow."""

    code: str = ""
    first: date | None = None
    last: date | None = None

    @property
    def is_empty(self) -> bool:
        return not (self.code or self.first or self.last)


def greeted_orders(store: Store, segment: Segment) -> QuerySet[Order, int]:
    """Return the newest order of each consenting buyer of the segment, at most a thousand: read from the consents."""
    consents = BuyerConsent.objects.filter(buyer__store=store, is_given=True)
    newest = Order.objects.filter(buyer=OuterRef("buyer"), paid_at__isnull=False).order_by("-placed_at", "-pk")
    orders = Order.objects.for_store(store).filter(pk__in=consents.values_list(Subquery(newest.values("pk")[:1])))
    if segment.first:
        orders = orders.filter(placed_at__gte=day_start(segment.first))
    if segment.last:
        orders = orders.filter(placed_at__lt=day_start(segment.last + timedelta(days=1)))
    if segment.code:
        bought = OrderLine.objects.filter(order__buyer=OuterRef("buyer"), store=store, sku_code=segment.code)
        orders = orders.filter(Exists(bought))
    return orders.order_by("pk").values_list("pk", flat=True)[:GREETED_AT_MOST]


def count_segment(store: Store, segment: Segment) -> int:
    return len(greeted_orders(store, segment))


@transaction.atomic
def create_greetings(*, store: Store, template_id: int, segment: Segment, actor: User, at: datetime) -> Job:
    """Write the job that greets; the segment is read now, so that what was counted is what is written.

    Raises:
        MessageTemplate.DoesNotExist: the store has no such text.
        MessageError: messages or the text are off, the text is no greeting, or nobody is in the segment.
    """
    template = MessageTemplate.objects.get(store=store, pk=template_id)
    if not store.sends_messages:
        raise MessageError(_("The store writes no messages to buyers. A manager may switch them on in the settings."))
    if template.purpose != MessagePurpose.GREETING or not template.is_active:
        raise MessageError(_("Choose a greeting that is on."), "field")
    if segment.is_empty:
        raise MessageError(_("Say what or when these buyers bought."), "field")
    ids = list(greeted_orders(store, segment))
    if not ids:
        raise MessageError(_("Nobody who agreed to greetings is in this segment."), "field")
    params = {"template": template.pk, "ids": ids}
    return create_job(store=store, kind=KIND, params=params, actor=actor, at=at)


def run_greetings(run: JobRun) -> dict[str, Any]:
    """Greet each buyer of the job once; who was greeted already, or withdrew the consent, is left out."""
    job, done, left_out = run.job, 0, 0
    if job.store is None:
        return {"messages": 0}
    for place, order_id in enumerate(job.params["ids"], start=1):
        try:
            record_message(
                store=job.store, order_id=order_id, template_id=job.params["template"], actor=job.requested_by,
                at=timezone.now(), job=job,
            )  # fmt: skip
            done += 1
        except (OrderError, Order.DoesNotExist, MessageTemplate.DoesNotExist):
            left_out += 1
        run.progress(place)
    return {"messages": done, "left_out": left_out}
