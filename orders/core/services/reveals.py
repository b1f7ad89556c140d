"""Showing one recipient in clear: one order, one reason, one audit row, an exact quota per person and day."""

from collections import Counter
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.common.audit import lock_chain, write_audit
from backoffice.common.clock import business_day, day_start
from backoffice.common.models import AuditEntry, Store, User
from backoffice.common.sealing import SealError, unseal_json
from orders.core.models import Order, Recipient
from orders.core.recipients import PLACE, recipient_context, replaced_keys, with_changes
from orders.core.services.base import clean_reason
from orders.core.services.errors import OrderError, RevealError
from orders.core.texts import contact_context, wish_context

REVEAL = "recipient_revealed"


@transaction.atomic
def reveal_recipient(*, store: Store, order_id: int, reason: str, actor: User, at: datetime) -> dict[str, str]:
    """Return the recipient's fields in clear.

    Where staff changed them, the platform's own stand beside them as `platform_name` and so on. Texts of contacts and
    wishes whose numbers are masked stand among them as they were written: `contact_1`, `contact_1_answer`,
    `wish_engraving`, `wish_engraving_2`.

    Raises:
        Order.DoesNotExist: the store has no such order.
        RevealError: no reason, the day's quota is used up, or there is nothing left to show.
    """
    try:
        reason = clean_reason(reason, longest=200)
    except OrderError as error:
        raise RevealError(str(error), error.code) from error
    order = Order.objects.for_store(store).get(pk=order_id)
    recipient = _recipient_of(order)
    lock_chain(store)  # from here on one reveal of the store at a time: the count below is exact
    if used_reveals(store, actor, at) >= store.reveal_quota:
        raise RevealError(
            _("You have revealed %(count)s recipients today, which is the limit. A manager can help.")
            % {"count": store.reveal_quota}, "quota",
        )  # fmt: skip
    fields = _open(order, recipient)
    data = {"reason": reason, "fields": sorted(fields)}
    write_audit(store=store, actor=actor, action=REVEAL, at=at, subject=order.number, data=data)
    return fields


def used_reveals(store: Store, actor: User, at: datetime) -> int:
    """Count the person's reveals of this business day in this store."""
    day = day_start(business_day(at))
    newest = AuditEntry.objects.filter(store=store, actor=actor, action=REVEAL).order_by("-sequence")
    return sum(moment >= day for moment in newest.values_list("at", flat=True)[: store.reveal_quota])


def _recipient_of(order: Order) -> Recipient:
    recipient = Recipient.objects.filter(order=order).first()
    if recipient is None:
        raise _unknown(order)
    if recipient.sealed is None:
        raise RevealError(
            _("The recipient of order %(number)s was wiped, as the store's rule asks.") % {"number": order.number}
        )
    return recipient


def _open(order: Order, recipient: Recipient) -> dict[str, str]:
    context = recipient_context(order.store_id, order.number)
    try:
        platform = unseal_json(recipient.sealed or b"", context=context)
        changed = {} if recipient.changed is None else unseal_json(recipient.changed, context=context)
        texts = _contact_texts(order) | _wish_texts(order)
    except SealError as error:
        sentence = _("The recipient of order %(number)s cannot be opened: its key is missing. Tell operations.")
        raise RevealError(sentence % {"number": order.number}) from error
    if not (platform or changed):
        raise _unknown(order)
    return with_changes(platform, changed) | _replaced(order, platform, changed) | texts


def _unknown(order: Order) -> RevealError:
    return RevealError(_("No file so far named the recipient of order %(number)s.") % {"number": order.number})


def _replaced(order: Order, platform: dict[str, str], changed: dict[str, str]) -> dict[str, str]:
    """Return the platform's values that count no more."""
    gone = replaced_keys(changed)
    values = {f"platform_{key}": value for key, value in platform.items() if key in gone}
    place = " ".join(filter(None, (getattr(order, level) for level in PLACE)))
    return values | {"platform_place": place} if "province" in changed else values


def _contact_texts(order: Order) -> dict[str, str]:
    """Return the contacts as they were written where that was masked, by their place among the order's contacts."""
    context = contact_context(order.store_id, order.number)
    texts: dict[str, str] = {}
    rows = order.contacts.order_by("pk").values_list("sealed", flat=True)
    for place, sealed in enumerate(rows, start=1):
        written = {} if sealed is None else unseal_json(sealed, context=context)
        keys = {"text": f"contact_{place}", "answer": f"contact_{place}_answer"}
        texts |= {keys[name]: text for name, text in written.items()}
    return texts


def _wish_texts(order: Order) -> dict[str, str]:
    """Return the wishes as they were written where that was masked, by kind; further ones of a kind are numbered."""
    context = wish_context(order.store_id, order.number)
    texts: dict[str, str] = {}
    seen: Counter[str] = Counter()
    rows = order.wishes.filter(sealed__isnull=False).order_by("pk").values_list("kind", "sealed")
    for kind, sealed in rows:
        seen[kind] += 1
        key = f"wish_{kind}" if seen[kind] == 1 else f"wish_{kind}_{seen[kind]}"
        texts[key] = str(unseal_json(sealed or b"", context=context)["text"])
    return texts
