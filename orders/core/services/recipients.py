"""Another recipient, as the buyer wishes: sealed beside the platform's, which it wins over and never overwrites."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from backoffice.common.masking import mask_text, normalise_phone
from backoffice.common.models import Job, Store, User
from backoffice.common.sealing import SealError, seal_json, unseal_json
from orders.core.models import Order, Recipient
from orders.core.recipients import PLACE, build_changed, recipient_context
from orders.core.services.base import bump, lock_order, record_event
from orders.core.services.errors import OrderError
from orders.core.services.holds import lift_holds
from orders.core.statuses import SHIPPABLE_STATUSES, EventKind, EventSource, HoldKind

LENGTHS = {"name": 60, "mobile": 30, "street": 200, "province": 20, "city": 40, "district": 40}
_LABELS = {
    "name": pgettext_lazy("person", "Name"),
    "mobile": gettext_lazy("Mobile"),
    "street": gettext_lazy("Street"),
    "province": gettext_lazy("Province"),
    "city": gettext_lazy("City"),
    "district": gettext_lazy("District"),
}
NEW_RECIPIENT = "recipient_changed"  # the reason for which a hold ends; pages say it in words
_PHONE_DIGITS = range(7, 16)
Fields = dict[str, str]


@transaction.atomic
def change_recipient(
    *,
    store: Store,
    order_id: int,
    fields: Mapping[str, str],
    actor: User | None,
    at: datetime,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> Recipient:
    """Send the order to somebody or somewhere else; a field that is empty or missing stays as it is.

    `fields`: name, mobile, street, province (its short name, as on orders), city, district. A new province or city
    needs its street. An open hold for a problem with the address is released.

    Raises:
        OrderError: nothing is given, a value cannot be right, or nothing of the order is left to ship.
    """
    given = _clean(fields)
    order = lock_order(store=store, order_id=order_id, version=version)
    recipient = _recipient_to_change(order)
    platform, known = _opened(order, recipient)
    changed = known | given | _new_place(order, known, given)
    if changed == known:
        return recipient
    _save(order, recipient, platform, known, changed, actor=actor, at=at, source=source, job=job)
    return recipient


@transaction.atomic
def restore_recipient(
    *,
    store: Store,
    order_id: int,
    actor: User | None,
    at: datetime,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> Recipient:
    """Send the order to the recipient that the platform names, after all.

    Raises:
        OrderError: nobody changed it, or nothing of the order is left to ship.
    """
    order = lock_order(store=store, order_id=order_id, version=version)
    recipient = _recipient_to_change(order)
    if recipient.changed is None:
        raise OrderError(_("The recipient of order %(number)s is the platform's.") % {"number": order.number})
    platform, known = _opened(order, recipient)
    _save(order, recipient, platform, known, {}, actor=actor, at=at, source=source, job=job)
    return recipient


def _clean(fields: Mapping[str, str]) -> Fields:
    unknown = set(fields) - set(LENGTHS)
    given = {key: " ".join(value.split()) for key, value in fields.items() if value and value.strip()}
    if unknown or not given:
        raise OrderError(_("Give a new name, phone number or address."), "field")
    for key, value in given.items():
        if len(value) > LENGTHS[key]:
            raise OrderError(
                _("“%(field)s” takes up to %(count)s characters.") % {"field": _LABELS[key], "count": LENGTHS[key]},
                "field",
            )
    _check_person(given)
    return given


def _check_person(given: Fields) -> None:
    if any("*" in given.get(key, "") for key in ("name", "mobile")):
        raise OrderError(_("A name or number with * in it is masked: type it in full."), "field")
    if "mobile" in given and len(normalise_phone(given["mobile"])) not in _PHONE_DIGITS:
        raise OrderError(_("A phone number has 7 to 15 digits."), "field")


def _new_place(order: Order, known: Fields, given: Fields) -> Fields:
    """Return the whole place when part of it is given: what lies within another province or city is not kept."""
    if not given.keys() & set(PLACE):
        return {}
    old = {level: known.get(level, getattr(order, level)) for level in PLACE}
    place: Fields = {}
    for level in PLACE:
        is_same = all(place[above] == old[above] for above in place)
        place[level] = given.get(level, old[level] if is_same else "")
    if "street" not in given and any(old[level] and place[level] != old[level] for level in ("province", "city")):
        raise OrderError(_("A new province or city needs a new street as well."), "field")
    return place


def _recipient_to_change(order: Order) -> Recipient:
    if order.status not in SHIPPABLE_STATUSES:
        raise OrderError(
            _("Order %(number)s is “%(status)s”: its recipient cannot change any more.")
            % {"number": order.number, "status": order.get_status_display()}
        )
    recipient = Recipient.objects.select_for_update().filter(order=order).first()
    if recipient is not None and recipient.purged_at is not None:
        raise OrderError(
            _("The recipient of order %(number)s was wiped, as the store's rule asks.") % {"number": order.number}
        )
    return recipient or Recipient(order=order, store_id=order.store_id)


def _opened(order: Order, recipient: Recipient) -> tuple[Fields, Fields]:
    context = recipient_context(order.store_id, order.number)
    try:
        blobs = (recipient.sealed, recipient.changed)
        platform, changed = ({} if blob is None else dict(unseal_json(blob, context=context)) for blob in blobs)
    except SealError as error:
        sentence = _("The recipient of order %(number)s cannot be opened: its key is missing. Tell operations.")
        raise OrderError(sentence % {"number": order.number}) from error
    return platform, changed


def _save(
    order: Order, recipient: Recipient, platform: Fields, known: Fields, changed: Fields, *,
    actor: User | None, at: datetime, source: str, job: Job | None,
) -> None:  # fmt: skip
    old = _readable(order, recipient, known)
    place = "".join(getattr(order, level) for level in PLACE)
    columns = build_changed(order.store_id, order.number, platform, changed, place=place)
    context = recipient_context(order.store_id, order.number)
    blob = seal_json(changed, context=context) if changed else None
    for name, value in (columns._asdict() | {"changed": blob, "changed_at": at}).items():
        setattr(recipient, name, value)
    recipient.save()
    new = _readable(order, recipient, changed)
    fields = sorted(key for key in LENGTHS if known.get(key) != changed.get(key))
    before, after = _differing(old, new), {**_differing(new, old), "fields": fields}
    event: dict[str, Any] = {"actor": actor, "at": at, "source": source, "job": job}
    record_event(order, EventKind.RECIPIENT_CHANGED, before=before, after=after, **event)
    _release_problem(order, **event)
    bump(order, at, "hold_kinds", actor=actor)


def _readable(order: Order, recipient: Recipient, changed: Fields) -> Fields:
    """Return what events may say of the recipient: masked, with a readable place and without the street."""
    place = (changed.get(level, getattr(order, level)) for level in PLACE)
    return {"recipient": str(recipient).strip(), "place": mask_text(" ".join(filter(None, place)))}


def _differing(values: Fields, others: Fields) -> dict[str, Any]:
    return {key: value for key, value in values.items() if others[key] != value}


def _release_problem(order: Order, *, actor: User | None, at: datetime, source: str, job: Job | None) -> None:
    if not lift_holds(order, HoldKind.ADDRESS_PROBLEM, reason=NEW_RECIPIENT, actor=actor, at=at):
        return
    before, after = {"hold": HoldKind.ADDRESS_PROBLEM.value}, {"reason": NEW_RECIPIENT}
    record_event(order, EventKind.HOLD_RELEASED, actor=actor, at=at, source=source, before=before, after=after, job=job)
