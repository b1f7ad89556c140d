"""What every act on an after-sales case does: lock order and case, decide, move by the table, tell the order."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from aftersales.refunds.models import Refund, RefundPolicy, RefundStep
from aftersales.refunds.services.errors import CaseConflict, RefundError, database_rules
from aftersales.refunds.services.following import close_if_given_back, follow_order, gives
from aftersales.refunds.services.telling import tell_answer
from aftersales.refunds.statuses import MOVES, RETURN_KINDS, Act, Move, RefundKind, RefundState
from backoffice.common.models import Job, Store, User
from backoffice.common.statements import Prepared
from orders.core.services import bump, lock_order, record_event
from orders.core.statuses import EventKind, EventSource

NO_PROPOSAL: Mapping[str, Any] = {"proposed": None, "proposed_by": None, "proposed_at": None}
_STORE = -1  # stands for the store of a call
_POLICIES = Prepared(lambda: RefundPolicy.objects.filter(store=_STORE), _STORE)
_MOVED = ("status", "kind", "status_since", "deadline", "deadline_from_platform", "finished_at")


def lock_case(*, store: Store, refund_id: int, version: int | None = None) -> Refund:
    """Lock a case of the store and, before it, its order: `refund.order` is the locked one.

    Raises:
        Refund.DoesNotExist: the store has no such case.
        CaseConflict: the case is not at the version the caller saw.
        OrderError: somebody holds the lock for longer than `lock_timeout`.
    """
    found = Refund.objects.for_store(store).only("order_id").get(pk=refund_id)
    order = lock_order(store=store, order_id=found.order_id)
    refund = Refund.objects.locked().get(pk=refund_id)
    refund.order, refund.store = order, store
    if version is not None and refund.version != version:
        raise CaseConflict(refund, version, _changes_since(refund, version))
    return refund


def _changes_since(refund: Refund, version: int) -> list[Any]:
    events = refund.order.events.filter(after__refund__in=refund.numbers, after__version__gt=version)
    return list(events.order_by("pk"))


def policy_of(store: Store) -> RefundPolicy:
    """Return what the shop holds to: its own row, or the defaults, unsaved."""
    return next(iter(_POLICIES.fetch(store.pk)), None) or RefundPolicy(store=store)


def deadline_of(refund: Refund, policy: RefundPolicy) -> datetime | None:
    """Return when the state's time is over; None when the case is."""
    time = _time_of(refund, policy)
    return refund.status_since + time if time is not None else None


def _time_of(refund: Refund, policy: RefundPolicy) -> timedelta | None:
    is_return = refund.kind in RETURN_KINDS
    times = {
        RefundState.REQUESTED: timedelta(hours=policy.decide_return_hours if is_return else policy.decide_hours),
        RefundState.REFUSED: timedelta(days=policy.refused_days),
        RefundState.AWAITING_RETURN: timedelta(days=policy.return_days),
        RefundState.AWAITING_RECEIPT: timedelta(days=policy.receive_days),
        RefundState.AWAITING_OUTBOUND: timedelta(hours=policy.send_hours),
        RefundState.AWAITING_BUYER: timedelta(days=policy.confirm_days),
    }
    return times.get(RefundState(refund.status))


def check_act(refund: Refund, act: str) -> Move:
    """Return where the act leads from here.

    Raises:
        RefundError: the case's kind and state do not allow it.
    """
    move = MOVES[RefundKind(refund.kind)].get((Act(act), RefundState(refund.status)))
    if move is None:
        raise RefundError(
            _("Case %(number)s (%(kind)s) is “%(status)s”: “%(act)s” is not possible now.")
            % {
                "number": refund.number,
                "kind": refund.get_kind_display(),
                "status": refund.get_status_display(),
                "act": Act(act).label,
            }
        )
    return move


def go(
    refund: Refund,
    act: str,
    *,
    actor: User | None,
    at: datetime,
    source: str = EventSource.STAFF,
    job: Job | None = None,
    status: str | None = None,
    kind: str | None = None,
    note: str = "",
    facts: Mapping[str, Any] | None = None,
    **columns: Any,
) -> Refund:
    """Move a locked case where its table leads, or, without an act, to what the platform reports.

    `columns` are saved with it; `note` is why, `facts` are told with it in the history. The step, the history and the
    order's refund facts are written in the same transaction; a proposal that waits for a second person ends.

    Raises:
        RefundError: the table does not have the move, or the database refuses the money.
    """
    move = (
        check_act(refund, act) if act else Move(RefundState(status or refund.status), RefundKind(kind or refund.kind))
    )
    before, entered_at, gave = _facts(refund), refund.status_since, gives(refund)
    _enter(refund, move, at)
    moved = {name: getattr(refund, name) for name in _MOVED}
    save_case(refund, at, **{**moved, **(NO_PROPOSAL if act or before != _facts(refund) else {}), **columns})
    if before["case_status"] != move.status:
        _write_step(refund, act, before["case_status"], entered_at, actor=actor, at=at, source=source)
    after = {"refund": refund.number, "act": str(act), "version": refund.version, **_facts(refund)}
    after |= ({"reason": note} if note else {}) | dict(facts or {})
    event = record_event(
        refund.order, EventKind.CASE_MOVED, actor=actor, at=at, source=source, before=before, after=after, job=job
    )
    tell_answer(refund, act, event)
    follow_order(refund, gave=gave, actor=actor, at=at, source=source, job=job)
    close_if_given_back(refund, actor=actor, at=at, job=job)
    return refund


def first_answer(refund: Refund, actor: User | None, at: datetime) -> datetime | None:
    """Return when the shop first answered: now, unless it did before or nobody acts."""
    return refund.answered_at or (at if actor is not None else None)


def _facts(refund: Refund) -> dict[str, str]:
    return {"case_status": str(refund.status), "kind": str(refund.kind)}


def _enter(refund: Refund, move: Move, at: datetime) -> None:
    """Set state, kind and clock. A state that stays keeps its clock, unless the kind gives it another time."""
    is_same = (refund.status, refund.kind) == (move.status, move.kind)
    if refund.status != move.status:
        refund.status, refund.status_since = move.status, max(at, refund.status_since)
    refund.kind = move.kind
    refund.finished_at = None if refund.is_open else refund.finished_at or refund.status_since
    if not is_same:
        refund.deadline, refund.deadline_from_platform = deadline_of(refund, policy_of(refund.store)), False


def _write_step(
    refund: Refund, act: str, left: str, entered_at: datetime, *, actor: User | None, at: datetime, source: str
) -> None:
    RefundStep.objects.create(
        refund=refund,
        store_id=refund.store_id,
        status=left,
        to_status=refund.status,
        act=act,
        entered_at=entered_at,
        left_at=max(at, entered_at),
        actor=actor,
        source=source,
    )


def save_case(refund: Refund, at: datetime, **columns: Any) -> None:
    """Save these columns of a locked case with its next version.

    Raises:
        RefundError: the database refuses the money.
    """
    for name, value in columns.items():
        setattr(refund, name, value)
    refund.version += 1
    refund.updated_at = at
    with database_rules(refund):
        refund.save(update_fields={*columns, "version", "updated_at"})


def record_change(
    refund: Refund,
    *,
    actor: User | None,
    at: datetime,
    source: str = EventSource.STAFF,
    job: Job | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Write what changed about a saved case, beside its moves, into the order's history."""
    facts = {"refund": refund.number, "version": refund.version, **(after or {})}
    record_event(
        refund.order, EventKind.CASE_CHANGED, actor=actor, at=at, source=source, before=before, after=facts, job=job
    )
    bump(refund.order, at, actor=actor)
