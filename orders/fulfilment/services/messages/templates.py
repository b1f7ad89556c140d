"""Texts to buyers, each for one purpose; checked for what never belongs into a message."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from backoffice.common.audit import write_audit
from backoffice.common.display import listed
from backoffice.common.models import Store, User
from backoffice.common.outgoing import outgoing_problem
from orders.core.models import Order
from orders.core.services import OrderError
from orders.fulfilment.couriers import courier_name
from orders.fulfilment.models import MessageTemplate, Shipment
from orders.fulfilment.statuses import MessagePurpose

NAME_LENGTH, TEXT_LENGTH = 60, 500
_VARIABLE = re.compile(r"\{([^{}]*)\}")


class MessageError(OrderError):
    """A text that cannot be kept, or a message that this buyer does not get."""


@transaction.atomic
def save_template(
    *,
    store: Store,
    name: str,
    purpose: str,
    text: str,
    is_active: bool = False,
    actor: User | None,
    at: datetime,
    template_id: int | None = None,
) -> MessageTemplate:
    """Make a text for a purpose, or change one.

    Raises:
        MessageTemplate.DoesNotExist: the store has no such text.
        MessageError: name, purpose or text will not do, or the name is taken.
    """
    rows = MessageTemplate.objects.filter(store=store)
    template = rows.get(pk=template_id) if template_id else MessageTemplate(store=store)
    template.name, template.text = " ".join(name.split()), text.strip()
    template.purpose, template.is_active = purpose, is_active
    template.updated_by, template.updated_at = actor, at
    _check(template, store)
    try:
        with transaction.atomic():
            template.save()
    except IntegrityError as error:
        raise MessageError(_("There is a text “%(name)s” already.") % {"name": template.name}, "field") from error
    data = {"purpose": purpose, "is_active": is_active}
    write_audit(store=store, actor=actor, action="message_template_saved", at=at, subject=template.name, data=data)
    return template


def _check(template: MessageTemplate, store: Store) -> None:
    if not 0 < len(template.name) <= NAME_LENGTH or not 0 < len(template.text) <= TEXT_LENGTH:
        raise MessageError(
            _("A message has a name of up to %(name)s characters and a text of up to %(text)s.")
            % {"name": NAME_LENGTH, "text": TEXT_LENGTH},
            "field",
        )
    if template.purpose not in MessagePurpose.values:
        raise MessageError(_("Choose what the message is about."), "field")
    unknown = [name for name in _VARIABLE.findall(template.text) if name not in VARIABLES]
    if unknown:
        raise MessageError(
            _("{%(name)s} is not known. A message may use %(names)s.")
            % {"name": unknown[0][:40], "names": listed(f"{{{name}}}" for name in VARIABLES)},
            "field",
        )
    if problem := text_problem(template.text, store):
        raise MessageError(problem, "field")


def text_problem(text: str, store: Store) -> str:
    """Say what must not stand in a text to buyers: cards, contacts but the shop's own, promises; empty: nothing."""
    return outgoing_problem(text, store=store)


@transaction.atomic
def delete_template(*, store: Store, template_id: int, actor: User | None, at: datetime) -> None:
    """Take a text away; the messages that were written with it stay.

    Raises:
        MessageTemplate.DoesNotExist: the store has no such text.
    """
    template = MessageTemplate.objects.get(store=store, pk=template_id)
    write_audit(store=store, actor=actor, action="message_template_deleted", at=at, subject=template.name, data={})
    template.delete()


@transaction.atomic
def switch_messages(*, store: Store, is_on: bool, actor: User | None, at: datetime) -> None:
    """Let the store write to buyers, or not; it is off until somebody decides so."""
    locked = Store.objects.select_for_update().get(pk=store.pk)
    if locked.sends_messages != is_on:
        locked.sends_messages = is_on
        locked.save(update_fields=["sends_messages"])
        write_audit(store=store, actor=actor, action="messages_switched", at=at, data={"is_on": is_on})
    store.sends_messages = is_on


# Variables


def _parcel(order: Order) -> Shipment | None:
    return order.shipments.order_by("-shipped_at", "-pk").first()


def _courier(order: Order) -> str:
    parcel = _parcel(order)
    return courier_name(parcel.courier) if parcel else ""


def _tracking(order: Order) -> str:
    parcel = _parcel(order)
    return parcel.tracking_number if parcel else ""


def _product(order: Order) -> str:
    line = order.lines.select_related("title").order_by("position", "pk").first()
    return line.title.text if line else ""


VARIABLES: Mapping[str, Callable[[Order], str]] = {
    "number": lambda order: order.number,
    "courier": _courier,
    "tracking": _tracking,
    "shop": lambda order: order.store.name,
    "product": _product,
}


def fill(text: str, order: Order) -> str:
    """Put the order's values into the places of a text."""
    return _VARIABLE.sub(lambda found: VARIABLES[found[1]](order) if found[1] in VARIABLES else found[0], text)
