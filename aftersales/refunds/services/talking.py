"""The negotiation of a case: who said what, with which pictures."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from aftersales.refunds.models import MessageFile, Refund, RefundMessage
from aftersales.refunds.said import said
from aftersales.refunds.services.base import lock_case
from aftersales.refunds.services.errors import RefundError
from aftersales.refunds.statuses import MessageRole
from aftersales.refunds.texts import message_context
from backoffice.common.models import Attachment, Job, Store, User
from backoffice.common.outgoing import OutgoingError, check_outgoing
from orders.core.services import is_order_number
from orders.core.statuses import EventSource
from orders.core.texts import masked_and_sealed

LONGEST, MOST_FILES, MOST_URLS = 1000, 10, 20


@transaction.atomic
def say(  # noqa: PLR0913 -- a message has that many facts
    *,
    store: Store,
    refund_id: int,
    text: str,
    actor: User | None,
    at: datetime,
    role: str = MessageRole.SHOP,
    attachments: Sequence[Attachment] = (),
    external_id: str = "",
    picture_urls: Sequence[str] = (),
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> Refund:
    """Add a line to the negotiation; one with an `external_id` that is there already changes nothing.

    A message moves nothing: the case keeps its version, so that whoever decides just now is not stopped by it.

    Raises:
        RefundError: it is empty or too long, holds what must not go to buyers, or a file is not the store's.
    """
    refund = lock_case(store=store, refund_id=refund_id, version=version)
    text = text.strip()
    if role == MessageRole.SHOP and source != EventSource.PLATFORM:
        check_words(store, text)
    if not (text or attachments or picture_urls) or len(text) > LONGEST:
        raise RefundError(_("A message has 1 to %(count)s characters, or a picture.") % {"count": LONGEST}, "field")
    if external_id and refund.messages.filter(external_id=external_id).exists():
        return refund
    add_message(
        refund, role, text, actor=actor, at=at, attachments=attachments, external_id=external_id,
        picture_urls=picture_urls,
    )  # fmt: skip
    if role == MessageRole.SHOP and refund.answered_at is None:
        refund.answered_at = at
        refund.save(update_fields=["answered_at"])
    return refund


def check_words(store: Store, text: str) -> None:
    """Refuse a text that must not go to a buyer.

    Raises:
        RefundError: it holds a bank card, a contact, or a promise that the shop must not make.
    """
    try:
        check_outgoing(text, store=store, is_known=lambda number: _is_ours(store, number))
    except OutgoingError as error:
        raise RefundError(str(error), "field") from error


def _is_ours(store: Store, number: str) -> bool:
    return is_order_number(number, store=store) or Refund.objects.for_store(store).filter(number=number).exists()


def add_message(
    refund: Refund,
    role: str,
    text: str,
    *,
    actor: User | None,
    at: datetime,
    act: str = "",
    attachments: Sequence[Attachment] = (),
    external_id: str = "",
    picture_urls: Sequence[str] = (),
) -> RefundMessage:
    """Write a line of the negotiation of a locked case: what looks like a phone number is masked, the rest sealed.

    Raises:
        RefundError: a file is not a picture of the store.
    """
    check_pictures(refund.store, attachments)
    masked, sealed = masked_and_sealed(text, context=message_context(refund.store_id, refund.number))
    message = RefundMessage.objects.create(
        refund=refund,
        store_id=refund.store_id,
        role=role,
        act=act,
        text=masked,
        sealed=sealed,
        author=actor,
        author_name=str(actor or "")[:60],
        external_id=external_id,
        picture_urls=list(picture_urls[:MOST_URLS]),
        at=at,
    )
    MessageFile.objects.bulk_create(MessageFile(message=message, attachment=file) for file in attachments)
    return message


def say_by_code(
    refund: Refund, code: str, data: Mapping[str, Any] | None = None, *, at: datetime, actor: User | None = None,
    act: str = "",
) -> RefundMessage:  # fmt: skip
    """Write what the system says; its words are made anew for each reader, those of now are kept beside the code."""
    values = dict(data or {})
    return RefundMessage.objects.create(
        refund=refund, store_id=refund.store_id, role=MessageRole.SYSTEM, act=act, code=code, data=values,
        text=said(code, values) or "", author=actor, author_name=str(actor or "")[:60], at=at,
    )  # fmt: skip


def check_pictures(store: Store, attachments: Sequence[Attachment]) -> None:
    """Refuse files that are no pictures, or are another store's.

    Raises:
        RefundError: one of them is, or there are too many.
    """
    if len(attachments) > MOST_FILES:
        raise RefundError(_("A message takes up to %(count)s pictures.") % {"count": MOST_FILES}, "field")
    for file in attachments:
        if file.store_id != store.pk or file.kind != Attachment.Kind.IMAGE:
            raise RefundError(_("“%(name)s” is not a picture of this shop.") % {"name": file.name}, "field")
