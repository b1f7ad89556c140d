"""Writing to one buyer: what would be sent, whether it may be, and the record of it."""

from collections.abc import Callable, Mapping
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.common.masking import mask_text
from backoffice.common.models import Job, Store, User
from orders.core.models import Order
from orders.core.services import bump, lock_order, record_event
from orders.core.statuses import EventKind, EventSource
from orders.fulfilment.models import Anomaly, BuyerConsent, LocalService, Message, MessageTemplate, Shortage
from orders.fulfilment.services.messages.senders import SendError, sender_of
from orders.fulfilment.services.messages.templates import MessageError, fill, text_problem
from orders.fulfilment.statuses import MessagePurpose

SHOWN_LENGTH = 600


def prepare_message(order: Order, template: MessageTemplate) -> str:
    """Return the text as the buyer of this order would get it; the order needs its store."""
    return fill(template.text, order)[:SHOWN_LENGTH]


def permits(order: Order, purpose: str) -> bool:
    """Tell whether the order is in the state that a purpose is about."""
    return _PERMITTED[MessagePurpose(purpose)](order)


_PERMITTED: Mapping[MessagePurpose, Callable[[Order], bool]] = {
    MessagePurpose.SHIPPED: lambda order: order.shipped_at is not None,
    MessagePurpose.ANOMALY: lambda order: Anomaly.objects.filter(order=order, closed_at__isnull=True).exists(),
    MessagePurpose.SHORTAGE: lambda order: Shortage.objects.filter(order=order, closed_at__isnull=True).exists(),
    MessagePurpose.SERVICE: lambda order: LocalService.objects.filter(
        store=order.store_id, name__in=order.tags
    ).exists(),
    MessagePurpose.GREETING: lambda order: BuyerConsent.objects.filter(buyer=order.buyer_id, is_given=True).exists(),
}


def fitting_templates(order: Order) -> list[MessageTemplate]:
    """Return the texts that are on and whose purpose the order permits."""
    templates = MessageTemplate.objects.filter(store=order.store_id, is_active=True).order_by("purpose", "name")
    permitted = {purpose for purpose in MessagePurpose.values if permits(order, purpose)}
    return [template for template in templates[:100] if template.purpose in permitted]


@transaction.atomic
def record_message(
    *,
    store: Store,
    order_id: int,
    template_id: int,
    is_again: bool = False,
    actor: User | None,
    at: datetime,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> Message:
    """Write to the buyer of an order, once for each purpose unless `is_again` says that a second one is meant.

    Without a sending service it is recorded here and not sent; with one it is sent after the transaction.

    Raises:
        Order.DoesNotExist, MessageTemplate.DoesNotExist: the store has no such order or text.
        MessageError: the store writes no messages, the text is off, its purpose does not fit the order or its buyer,
            or the buyer was written to already.
        VersionConflict: the order changed since the caller saw it.
    """
    order = lock_order(store=store, order_id=order_id, version=version)
    template = MessageTemplate.objects.get(store=store, pk=template_id)
    _refuse(order, template, is_again=is_again)
    text = prepare_message(order, template)
    message = Message.objects.create(
        store=store, order=order, template=template, purpose=template.purpose, text=mask_text(text)[:SHOWN_LENGTH],
        state=Message.State.RECORDED, author=actor, at=at,
    )  # fmt: skip
    after = {"purpose": str(template.purpose), "text": message.text}
    record_event(order, EventKind.MESSAGED, actor=actor, at=at, source=source, after=after, job=job)
    bump(order, at, actor=actor)
    if sender_of(store) is not None:
        transaction.on_commit(lambda: _send(message, text))
    return message


def _refuse(order: Order, template: MessageTemplate, *, is_again: bool) -> None:
    problem, code = _problem(order, template), "hold"
    if not problem and not is_again:
        problem, code = _repeats(order, template), "repeated"
    if problem:
        raise MessageError(problem, code)


def _problem(order: Order, template: MessageTemplate) -> str:
    purpose = template.get_purpose_display()
    if not order.store.sends_messages:
        return _("The store writes no messages to buyers. A manager may switch them on in the settings.")
    if not template.is_active:
        return _("The text “%(name)s” is off.") % {"name": template.name}
    if template.purpose == MessagePurpose.GREETING and not permits(order, template.purpose):
        return _("This buyer has not agreed to greetings.")
    if not permits(order, template.purpose):
        return _("“%(purpose)s” is not true of order %(number)s now.") % {"purpose": purpose, "number": order.number}
    return text_problem(template.text, order.store)


def _repeats(order: Order, template: MessageTemplate) -> str:
    """Say when the buyer was told of this before; a greeting for another day is another message."""
    told = order.messages.filter(purpose=template.purpose).order_by("-pk")
    earlier = (told.filter(template=template) if template.purpose == MessagePurpose.GREETING else told).first()
    if earlier is None:
        return ""
    return _("The buyer of order %(number)s was written to about this on %(time)s already. Confirm to write again.") % {
        "number": order.number, "time": f"{timezone.localtime(earlier.at):%m-%d %H:%M}",
    }  # fmt: skip


def _send(message: Message, text: str) -> None:
    """Hand a recorded message to the sending service; what it says stands with the message."""
    sender = sender_of(message.store)
    if sender is None:
        return
    try:
        sender.send(message.order, text)
    except SendError as error:
        message.state, message.error = Message.State.FAILED, mask_text(str(error))[:200]
    else:
        message.state = Message.State.SENT
    message.save(update_fields=["state", "error"])
