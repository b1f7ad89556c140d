"""Complaints and violations: somebody owns each until its deadline, and says what came of it."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from aftersales.refunds.models import Complaint, Refund, Violation
from aftersales.refunds.models.registers import Entry
from aftersales.refunds.queries.money import is_money
from aftersales.refunds.services.base import policy_of
from aftersales.refunds.services.errors import RefundError
from aftersales.refunds.statuses import CaseState, ComplaintKind, ViolationKind
from backoffice.common.access import Right
from backoffice.common.masking import mask_text
from backoffice.common.models import Membership, Store, User
from orders.core.models import Order
from orders.core.services import bump, clean_reason, lock_order, record_event, refuse_cards
from orders.core.statuses import EventKind, EventSource

_TEXT, _OUTCOME, _NUMBER = 500, 300, 64
_MOST_POINTS, _MOST_PENALTY = Decimal("9999.9"), Decimal("9999999999.99")
_E = TypeVar("_E", bound=Entry)


class EntryConflict(RefundError):
    """Somebody else changed the entry since the form was made; `entry` is as it is now."""

    def __init__(self, entry: Entry) -> None:
        text = _("%(what)s was changed while you were working on it. Nothing was saved.")
        super().__init__(text % {"what": mask_text(str(entry))[:60]}, "version")
        self.entry = entry


@transaction.atomic
def open_complaint(
    *,
    store: Store,
    kind: str,
    text: str,
    actor: User | None,
    at: datetime,
    order_id: int | None = None,
    refund_id: int | None = None,
    number: str = "",
    owner: User | None = None,
    deadline: datetime | None = None,
) -> Complaint:
    """Write down what a buyer complains of; a complaint about a case is about its order too.

    Without a deadline it has the hours that the shop holds to. The same number again is the same complaint.

    Raises:
        Order.DoesNotExist: the store has no such order.
        Refund.DoesNotExist: the store has no such case.
        RefundError: a value is wrong.
    """
    _check_kind(kind, ComplaintKind.values)
    refund = Refund.objects.for_store(store).get(pk=refund_id) if refund_id is not None else None
    order = _locked_order(store, refund.order_id if refund else order_id)
    if (known := _known(Complaint, store, number)) is not None:
        return known
    deadline = deadline or at + timedelta(hours=policy_of(store).complaint_hours)
    values = _values(store, text, number=number, owner=owner, deadline=deadline, at=at)
    complaint = Complaint.objects.create(kind=kind, order=order, refund=refund, **values)
    _tell(complaint, {"complaint": kind, "text": complaint.text}, actor=actor, at=at, refund=refund)
    return complaint


@transaction.atomic
def open_violation(  # noqa: PLR0913 -- a violation has that many facts
    *,
    store: Store,
    kind: str,
    text: str,
    happened_on: date,
    actor: User | None,
    at: datetime,
    points: Decimal = Decimal(0),
    penalty: Decimal = Decimal(0),
    order_id: int | None = None,
    refund_id: int | None = None,
    number: str = "",
    owner: User | None = None,
    deadline: datetime | None = None,
) -> Violation:
    """Write down a rule that the platform says the shop broke; the deadline is the last moment for an appeal.

    Raises:
        Order.DoesNotExist: the store has no such order.
        Refund.DoesNotExist: the store has no such case.
        RefundError: a value is wrong.
    """
    _check_kind(kind, ViolationKind.values)
    _check_penalty(points, penalty)
    refund = Refund.objects.for_store(store).get(pk=refund_id) if refund_id is not None else None
    order = _locked_order(store, refund.order_id if refund else order_id)
    if (known := _known(Violation, store, number)) is not None:
        return known
    values = _values(store, text, number=number, owner=owner, deadline=deadline, at=at)
    found = Violation.objects.create(
        kind=kind, order=order, refund=refund, happened_on=happened_on, points=points, penalty=penalty, **values
    )
    _tell(found, {"violation": kind, "text": found.text}, actor=actor, at=at, refund=refund)
    return found


def _check_kind(kind: str, known: Any) -> None:
    if kind not in known:
        raise RefundError(_("There is no kind “%(kind)s”.") % {"kind": kind[:40]}, "field")


def _check_penalty(points: Decimal, penalty: Decimal) -> None:
    if not is_money(penalty) or not 0 <= penalty <= _MOST_PENALTY or not 0 <= points <= _MOST_POINTS:
        raise RefundError(_("Points and money of a violation are 0 or more."), "field")


def _locked_order(store: Store, order_id: int | None) -> Order | None:
    return lock_order(store=store, order_id=order_id) if order_id is not None else None


def _known(model: type[_E], store: Store, number: str) -> _E | None:
    """Return the entry that has the platform's number already."""
    entries: QuerySet[_E] = QuerySet(model)
    return entries.filter(store=store, number=number.strip()).first() if number.strip() else None


def _values(
    store: Store, text: str, *, number: str, owner: User | None, deadline: datetime | None, at: datetime
) -> dict[str, Any]:
    """Return what complaints and violations have in common, checked."""
    text = text.strip()
    if not 0 < len(text) <= _TEXT:
        raise RefundError(_("Say what it is about, in up to %(count)s characters.") % {"count": _TEXT}, "field")
    refuse_cards(text, store=store)
    if len(number.strip()) > _NUMBER:
        raise RefundError(_("The platform's number has up to %(count)s characters.") % {"count": _NUMBER}, "field")
    _check_deadline(deadline, at)
    _check_owner(store, owner)
    return {
        "store": store, "number": number.strip(), "text": mask_text(text)[:_TEXT], "owner": owner, "opened_at": at,
        "deadline": deadline,
    }  # fmt: skip


def _check_deadline(deadline: datetime | None, at: datetime, kept: datetime | None = None) -> None:
    """Refuse one that has passed; an overdue entry may keep its own, to the minute that forms show of it."""
    if deadline is None or deadline > at or (kept is not None and _to_minute(deadline) == _to_minute(kept)):
        return
    raise RefundError(_("The deadline has passed already."), "field")


def _to_minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def _check_owner(store: Store, owner: User | None) -> None:
    if owner is None:
        return
    member = Membership.objects.active().filter(store=store, user=owner).first()
    if member is None or Right.WORK_REFUNDS not in member.rights:
        text = _("%(who)s does not handle after-sales in %(store)s: choose a member who may.")
        raise RefundError(text % {"who": owner, "store": store}, "field")


# Owning and settling


def own_complaint(**call: Any) -> Complaint:
    """Say who handles a complaint and until when: `store, entry_id, owner, deadline, actor, at, version`.

    Raises:
        Complaint.DoesNotExist: the store has no such complaint.
        RefundError: it is settled, changed meanwhile, or the person does not handle after-sales here.
    """
    return _own(Complaint, **call)


def own_violation(**call: Any) -> Violation:
    """As `own_complaint`."""
    return _own(Violation, **call)


def settle_complaint(**call: Any) -> Complaint:
    """Say what came of a complaint: `store, entry_id, state, outcome, actor, at, version`.

    Raises:
        Complaint.DoesNotExist: the store has no such complaint.
        RefundError: it is settled already, changed meanwhile, or the outcome is missing.
    """
    return _settle(Complaint, "complaint", **call)


def settle_violation(**call: Any) -> Violation:
    """As `settle_complaint`."""
    return _settle(Violation, "violation", **call)


@transaction.atomic
def _own(
    model: type[_E],
    *,
    store: Store,
    entry_id: int,
    owner: User | None,
    deadline: datetime | None,
    actor: User | None,
    at: datetime,
    version: int | None = None,
) -> _E:
    _check_owner(store, owner)
    entry = _lock(model, store, entry_id, version)
    _check_deadline(deadline, at, kept=entry.deadline)
    before = {"assignee": str(entry.owner or "")}
    _save(entry, owner=owner, deadline=deadline)
    if before["assignee"] != str(owner or ""):
        _tell(entry, {"assignee": str(owner or "")}, actor=actor, at=at, refund=entry.refund, before=before)
    return entry


@transaction.atomic
def _settle(
    model: type[_E],
    name: str,
    *,
    store: Store,
    entry_id: int,
    state: str,
    outcome: str,
    actor: User | None,
    at: datetime,
    version: int | None = None,
) -> _E:
    outcome = clean_reason(outcome, longest=_OUTCOME)
    if state not in CaseState.values or state == CaseState.OPEN:
        raise RefundError(_("Say what came of it."), "field")
    refuse_cards(outcome, store=store)
    entry = _lock(model, store, entry_id, version)
    _save(entry, state=state, outcome=outcome, closed_by=actor, closed_at=max(at, entry.opened_at))
    kind = str(getattr(entry, "kind", ""))
    _tell(entry, {name: kind, "outcome": outcome}, actor=actor, at=at, refund=entry.refund)
    return entry


def _lock(model: type[_E], store: Store, pk: int, version: int | None) -> _E:
    """Lock an open entry and, before it, its order.

    Raises:
        EntryConflict: it is not at the version the caller saw.
        RefundError: it is settled.
    """
    rows: QuerySet[_E] = QuerySet(model)
    entries = rows.filter(store=store)
    _locked_order(store, entries.only("order_id").get(pk=pk).order_id)
    entry = entries.select_for_update(of=("self",)).select_related("order", "refund", "owner").get(pk=pk)
    if version is not None and entry.version != version:
        raise EntryConflict(entry)
    if entry.state != CaseState.OPEN:
        raise RefundError(_("It is settled already: %(outcome)s") % {"outcome": entry.outcome})
    return entry


def _save(entry: Entry, **columns: Any) -> None:
    for name, value in columns.items():
        setattr(entry, name, value)
    entry.version += 1
    entry.save(update_fields=[*columns, "version"])


def _tell(
    entry: Entry,
    after: Mapping[str, Any],
    *,
    actor: User | None,
    at: datetime,
    refund: Refund | None,
    before: Mapping[str, Any] | None = None,
) -> None:
    """Write it into the order's history, when it is about one."""
    if entry.order is None:
        return
    facts = {**({"refund": refund.number} if refund else {}), **after}
    record_event(
        entry.order, EventKind.COMPLAINED, actor=actor, at=at, source=EventSource.STAFF, before=before, after=facts
    )
    bump(entry.order, at, actor=actor)


OWN: Mapping[type[Entry], Callable[..., Entry]] = {Complaint: own_complaint, Violation: own_violation}
SETTLE: Mapping[type[Entry], Callable[..., Entry]] = {Complaint: settle_complaint, Violation: settle_violation}
