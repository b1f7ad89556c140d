"""Contacts with buyers: what was asked or told, and what came back. Texts are masked, and sealed as written."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.common.masking import mask_text
from backoffice.common.models import Job, Store, User
from backoffice.common.sealing import SealError, seal_json, unseal_json
from orders.core.models import ContactLog, Order
from orders.core.services.base import bump, lock_order, record_event, refuse_cards
from orders.core.services.errors import OrderError
from orders.core.statuses import ContactChannel, EventKind, EventSource
from orders.core.texts import contact_context

CONTACT_LENGTH = 1000


@transaction.atomic
def log_contact(
    *,
    store: Store,
    order_id: int,
    channel: str,
    text: str,
    answer: str = "",
    actor: User | None,
    at: datetime,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> ContactLog:
    """Write a contact down, with the buyer's answer when there is one already.

    Raises:
        OrderError: there is no such channel, or a text is missing, too long, or holds a bank card number.
    """
    if channel not in ContactChannel.values:
        raise OrderError(_("There is no channel “%(channel)s”.") % {"channel": channel}, "field")
    text, answer = _clean(text), _clean(answer, shortest=0)
    refuse_cards(text, store=store)
    order = lock_order(store=store, order_id=order_id, version=version)
    contact = ContactLog.objects.create(
        store=store, order=order, channel=channel, text=mask_text(text), answer=mask_text(answer),
        answered_at=at if answer else None, sealed=_sealed(order, {"text": text, "answer": answer}),
        author=actor, author_name=str(actor or EventSource(source).value)[:60], at=at,
    )  # fmt: skip
    after = {"channel": str(channel), "text": contact.text, "answer": contact.answer}
    record_event(order, EventKind.CONTACTED, actor=actor, at=at, source=source, after=after, job=job)
    bump(order, at, actor=actor)
    return contact


@transaction.atomic
def answer_contact(
    *,
    store: Store,
    order_id: int,
    contact_id: int,
    answer: str,
    actor: User | None,
    at: datetime,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> ContactLog:
    """Write down what the buyer answered.

    Raises:
        OrderError: the order has no such contact, it is answered already, or the answer is missing or too long.
    """
    answer = _clean(answer)
    order = lock_order(store=store, order_id=order_id, version=version)
    contact = _waiting_contact(order, contact_id)
    contact.sealed = _sealed(order, {**_opened(order, contact), "answer": answer}) or contact.sealed
    contact.answer, contact.answered_at = mask_text(answer), at
    contact.save(update_fields=["answer", "answered_at", "sealed"])
    before, after = {"text": contact.text}, {"answer": contact.answer}
    record_event(order, EventKind.ANSWERED, actor=actor, at=at, source=source, before=before, after=after, job=job)
    bump(order, at, actor=actor)
    return contact


def _clean(text: str, *, shortest: int = 1) -> str:
    text = text.strip()
    if not shortest <= len(text) <= CONTACT_LENGTH:
        raise OrderError(_("A contact has 1 to %(count)s characters.") % {"count": CONTACT_LENGTH}, "field")
    return text


def _sealed(order: Order, written: dict[str, str]) -> bytes | None:
    """Seal the texts that masking changes, as they were written; None when it changes none."""
    changed = {name: text for name, text in written.items() if mask_text(text) != text}
    return seal_json(changed, context=contact_context(order.store_id, order.number)) if changed else None


def _opened(order: Order, contact: ContactLog) -> dict[str, str]:
    if contact.sealed is None:
        return {}
    try:
        return dict(unseal_json(contact.sealed, context=contact_context(order.store_id, order.number)))
    except SealError as error:
        raise OrderError(
            _("The contact of order %(number)s cannot be opened: its key is missing. Tell operations.")
            % {"number": order.number}
        ) from error


def _waiting_contact(order: Order, contact_id: int) -> ContactLog:
    contact = order.contacts.filter(pk=contact_id).first()
    if contact is None:
        raise OrderError(_("Order %(number)s has no such contact.") % {"number": order.number}, "field")
    if contact.answered_at is not None:
        raise OrderError(
            _("The buyer's answer to “%(text)s” is written down already: log a further contact.")
            % {"text": contact.text[:60]}
        )
    return contact
