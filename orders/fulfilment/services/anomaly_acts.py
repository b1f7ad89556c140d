"""What people do about a parcel in trouble: take it, ask the courier, tell the buyer, settle it."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.common.masking import mask_text
from backoffice.common.models import Job, Membership, Store, User
from orders.core.services import OrderError, bump, lock_order, log_contact, record_event
from orders.core.statuses import EventKind, EventSource
from orders.fulfilment.models import Anomaly, CourierContact
from orders.fulfilment.services.anomalies import refresh_kinds

OUTCOME_LENGTH, CONTACT_LENGTH = 200, 500


class AnomalyError(OrderError):
    """An act on an anomaly that is refused."""


class AnomalyConflict(AnomalyError):
    """Somebody else changed the anomaly since the form was made; `anomaly` is how it is now."""

    def __init__(self, anomaly: Anomaly) -> None:
        sentence = _("Somebody changed this case while you were working on it. Nothing was saved.")
        super().__init__(sentence, "version")
        self.anomaly = anomaly


@transaction.atomic
def own_anomaly(
    *,
    store: Store,
    anomaly_id: int,
    owner: User | None,
    actor: User,
    at: datetime,
    version: int | None = None,
    may_give: bool = False,
) -> Anomaly:
    """Take a case, give it to a colleague, or give it back (`owner` None).

    `may_give` says that the person may decide over colleagues' cases.

    Raises:
        Anomaly.DoesNotExist: the store has no such case.
        AnomalyError: it is settled, a colleague has it, or the new owner is no member of the store.
        AnomalyConflict: it changed since the caller saw it.
    """
    anomaly = _lock(store, anomaly_id, version)
    _check_open(anomaly)
    is_anothers = anomaly.owner is not None and anomaly.owner != actor
    if is_anothers and not may_give:
        raise AnomalyError(_("%(who)s has this case already.") % {"who": anomaly.owner})
    if owner is not None and owner != actor:
        _check_gift(store, owner, may_give=may_give)
    return _save(anomaly, owner=owner)


def _check_gift(store: Store, owner: User, *, may_give: bool) -> None:
    if not may_give:
        raise AnomalyError(_("Only a manager of the store gives cases to colleagues."), "field")
    if not Membership.objects.active().filter(store=store, user=owner).exists():
        raise AnomalyError(_("%(who)s does not work in this store.") % {"who": owner}, "field")


@transaction.atomic
def contact_courier(
    *, store: Store, anomaly_id: int, text: str, actor: User, at: datetime, version: int | None = None
) -> CourierContact:
    """Write down what was asked of the courier, or what it said.

    Raises:
        Anomaly.DoesNotExist: the store has no such case.
        AnomalyError: it is settled, or the text is missing or too long.
        AnomalyConflict: it changed since the caller saw it.
    """
    text = _clean(text, CONTACT_LENGTH)
    anomaly = _lock(store, anomaly_id, version)
    _check_open(anomaly)
    _save(anomaly, courier_asked_at=at, owner=anomaly.owner or actor)
    return CourierContact.objects.create(anomaly=anomaly, text=text, author=actor, at=at)


@transaction.atomic
def inform_buyer(
    *,
    store: Store,
    anomaly_id: int,
    channel: str,
    text: str,
    actor: User,
    at: datetime,
    version: int | None = None,
    source: str = EventSource.STAFF,
) -> Anomaly:
    """Write down that the buyer was told, and what: a contact of the order like any other.

    Raises:
        Anomaly.DoesNotExist: the store has no such case.
        AnomalyError: it is settled.
        OrderError: there is no such channel, or the text is missing or too long.
        AnomalyConflict: it changed since the caller saw it.
    """
    order_id = _order_id(store, anomaly_id)
    log_contact(store=store, order_id=order_id, channel=channel, text=text, actor=actor, at=at, source=source)
    anomaly = _lock(store, anomaly_id, version)
    _check_open(anomaly)
    return _save(anomaly, buyer_informed_at=at, owner=anomaly.owner or actor)


@transaction.atomic
def settle_anomaly(
    *,
    store: Store,
    anomaly_id: int,
    outcome: str,
    actor: User,
    at: datetime,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> Anomaly:
    """Close a case with what came of it; the rules do not open it again.

    Raises:
        Anomaly.DoesNotExist: the store has no such case.
        AnomalyError: it is settled already, or the outcome is missing or too long.
        AnomalyConflict: it changed since the caller saw it.
    """
    outcome = _clean(outcome, OUTCOME_LENGTH)
    order = lock_order(store=store, order_id=_order_id(store, anomaly_id))
    anomaly = _lock(store, anomaly_id, version)
    _check_open(anomaly)
    _save(anomaly, closed_at=at, closed_by=actor, outcome=outcome)
    refresh_kinds(anomaly.shipment_id)
    after = {"anomaly": anomaly.kind, "tracking_number": anomaly.shipment.tracking_number, "outcome": outcome}
    record_event(order, EventKind.ANOMALY_SETTLED, actor=actor, at=at, source=source, after=after, job=job)
    bump(order, at, actor=actor)
    return anomaly


@transaction.atomic
def reopen_anomaly(
    *,
    store: Store,
    anomaly_id: int,
    actor: User,
    at: datetime,
    version: int | None = None,
    source: str = EventSource.STAFF,
) -> Anomaly:
    """Open a case again that a person settled.

    Raises:
        Anomaly.DoesNotExist: the store has no such case.
        AnomalyError: it is open, or the parcel itself resolved it.
        AnomalyConflict: it changed since the caller saw it.
    """
    order = lock_order(store=store, order_id=_order_id(store, anomaly_id))
    anomaly = _lock(store, anomaly_id, version)
    if anomaly.closed_at is None:
        raise AnomalyError(_("This case is open."))
    if anomaly.closed_by is None:
        raise AnomalyError(_("The parcel moved on by itself: the rules open the case again when it is due."))
    before = {"outcome": anomaly.outcome}
    _save(anomaly, closed_at=None, closed_by=None, outcome="", owner=actor)
    refresh_kinds(anomaly.shipment_id)
    after = {"anomaly": anomaly.kind, "tracking_number": anomaly.shipment.tracking_number}
    record_event(order, EventKind.PARCEL_ANOMALY, actor=actor, at=at, source=source, before=before, after=after)
    bump(order, at, actor=actor)
    return anomaly


def _order_id(store: Store, anomaly_id: int) -> int:
    return int(Anomaly.objects.values_list("order", flat=True).get(store=store, pk=anomaly_id))


def _lock(store: Store, anomaly_id: int, version: int | None) -> Anomaly:
    """Lock a case; who also needs its order locks that one first."""
    anomalies = Anomaly.objects.filter(store=store).select_for_update(no_key=True, of=("self",))
    anomaly = anomalies.select_related("shipment", "owner", "closed_by").get(pk=anomaly_id)
    if version is not None and anomaly.version != version:
        raise AnomalyConflict(anomaly)
    return anomaly


def _check_open(anomaly: Anomaly) -> None:
    if anomaly.closed_at is not None:
        who = anomaly.closed_by or _("the parcel itself")
        time = f"{timezone.localtime(anomaly.closed_at):%m-%d %H:%M}"
        raise AnomalyError(_("This case was closed by %(who)s at %(time)s.") % {"who": who, "time": time})


def _clean(text: str, longest: int) -> str:
    text = text.strip()
    if not 0 < len(text) <= longest:
        raise AnomalyError(_("Write 1 to %(count)s characters.") % {"count": longest}, "field")
    return mask_text(text)[:longest]


def _save(anomaly: Anomaly, **values: Any) -> Anomaly:
    for name, value in values.items():
        setattr(anomaly, name, value)
    anomaly.version += 1
    anomaly.save(update_fields=[*values, "version"])
    return anomaly
