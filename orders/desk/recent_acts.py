"""A person's acts of the last minutes, and taking one of them back while nothing else happened to its order."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.common.access import RIGHT_LABELS, Right
from backoffice.common.models import Job, Store, User
from orders.core.models import Hold, Order, OrderEvent
from orders.core.services import (
    OrderError,
    lock_order,
    open_hold,
    release_claim,
    release_hold,
    set_flag,
    set_tags,
    unaccept_order,
    withdraw_remark,
)
from orders.core.statuses import EventKind, EventSource
from orders.desk.acts import ACTS
from orders.desk.stored_words import HELD_AGAIN, UNDONE
from orders.desk.undoing import KIND as BATCH
from orders.desk.undoing import UNDO_TIME, undo_problem

SHOWN = 50
_MINUTES = int(UNDO_TIME / timedelta(minutes=1))


@dataclass(slots=True)
class RecentAct:
    """One act on one order, which may stand as several events.

    `problem` says why it cannot be taken back; empty: it can.
    """

    order: Order
    events: list[OrderEvent]  # the newest first
    problem: str = ""

    @property
    def pk(self) -> int:
        return self.events[0].pk

    @property
    def at(self) -> datetime:
        return self.events[0].at


@dataclass(frozen=True, slots=True)
class RecentBatch:
    """A batch of the person: its receipt holds the rest."""

    job: Job
    label: str
    problem: str


@dataclass(slots=True)
class Recent:
    acts: list[RecentAct] = field(default_factory=list)
    batches: list[RecentBatch] = field(default_factory=list)


def recent_acts(store: Store, user: User, rights: Collection[str], now: datetime) -> Recent:
    """Return what the person did within the last minutes, the newest first. Three statements."""
    events = OrderEvent.objects.filter(store=store, actor=user, job__isnull=True, at__gt=now - UNDO_TIME, at__lte=now)
    acts = _by_version(events.select_related("order").order_by("-at", "-pk")[:SHOWN])
    last = _last_events({act.order.pk for act in acts})
    for act in acts:
        act.problem = _problem(act.order, act.events, last.get(act.order.pk), user, rights)
    return Recent(acts, _batches(store, user, now))


def _by_version(events: Iterable[OrderEvent]) -> list[RecentAct]:
    """Gather the events that one act wrote: accepting with a reason releases holds as well."""
    acts: dict[tuple[int, int], RecentAct] = {}
    for event in events:
        key = (event.order_id, event.order_version or -event.pk)
        if key in acts:
            acts[key].events.append(event)
        else:
            acts[key] = RecentAct(event.order, [event])
    return list(acts.values())


def _last_events(order_ids: Collection[int]) -> dict[int, OrderEvent]:
    if not order_ids:
        return {}
    events = OrderEvent.objects.filter(order__in=order_ids).order_by("order", "-at", "-pk").distinct("order")
    return {event.order_id: event for event in events}


def _batches(store: Store, user: User, now: datetime) -> list[RecentBatch]:
    jobs = Job.objects.for_store(store).filter(kind=BATCH, requested_by=user, created_at__gt=now - UNDO_TIME)
    return [
        RecentBatch(job, _batch_label(job), undo_problem(job, actor=user, at=now))
        for job in jobs.select_related("requested_by").order_by("-pk")[:SHOWN]
    ]


def _batch_label(job: Job) -> str:
    act = ACTS.get(job.params.get("act", ""))
    return str(act.label) if act else job.params.get("act", "")


# What can be taken back, and how

Undo = Callable[[OrderEvent, dict[str, Any]], object]


def _unaccept(_event: OrderEvent, call: dict[str, Any]) -> object:
    return unaccept_order(**call)


def _unflag(event: OrderEvent, call: dict[str, Any]) -> object:
    return set_flag(**call, flag=event.before["flag"])


def _untag(event: OrderEvent, call: dict[str, Any]) -> object:
    return set_tags(**call, tags=event.before["tags"])


def _unhold(event: OrderEvent, call: dict[str, Any]) -> object:
    kind, line_id = event.after["hold"], event.after.get("line")
    held = Hold.objects.filter(order=event.order_id, kind=kind, released_at__isnull=True)
    if line_id is None and held.filter(line__isnull=False).exists():
        raise OrderError(
            _("A line of the order is held for the same: release the one that is over on the order's page.")
        )
    return release_hold(**call, kind=kind, line_id=line_id, reason=UNDONE)


def _hold_again(event: OrderEvent, call: dict[str, Any]) -> object:
    released = Hold.objects.filter(
        order=event.order_id, kind=event.before["hold"], released_at=event.at, released_by=event.actor_id
    )
    holds = list(released.order_by("pk"))
    if not holds:
        raise OrderError(_("The hold is not known any more; hold the order again on its page."))
    for hold in holds:
        reason = hold.reason or HELD_AGAIN
        open_hold(**call, kind=hold.kind, reason=reason, line_id=hold.line_id, rule=hold.rule)
    return holds


def _unclaim(_event: OrderEvent, call: dict[str, Any]) -> object:
    return release_claim(**call)


def _unremark(event: OrderEvent, call: dict[str, Any]) -> object:
    written = event.order.remarks.filter(author=event.actor_id, at=event.at).order_by("-pk").first()
    if written is None:
        raise OrderError(_("The remark is not known any more."))
    return withdraw_remark(**call, remark_id=written.pk)


_UNDO: dict[str, Undo] = {
    EventKind.ACCEPTED: _unaccept,
    EventKind.FLAG_CHANGED: _unflag,
    EventKind.TAGGED: _untag,
    EventKind.HELD: _unhold,
    EventKind.HOLD_RELEASED: _hold_again,
    EventKind.CLAIMED: _unclaim,
    EventKind.REMARKED: _unremark,
}
_FINAL: dict[str, Any] = {
    EventKind.SHIPPED: ACTS["ship"].final,
    EventKind.PRINTED: ACTS["print"].final,
    EventKind.REMARK_WITHDRAWN: gettext_lazy("Write the remark again on the order's page."),
    EventKind.CLAIM_RELEASED: gettext_lazy("Claim the order again on its page."),
    EventKind.UNACCEPTED: gettext_lazy("Accept the order again on its page."),
}


def right_of(kinds: Collection[str]) -> Right:
    """Return the right that taking these acts back needs."""
    return Right.REMARK if set(kinds) == {EventKind.REMARKED} else Right.WORK_ORDERS


def _problem(
    order: Order, events: Sequence[OrderEvent], last: OrderEvent | None, user: User, rights: Collection[str]
) -> str:
    """Return why an act cannot be taken back, or cannot any more."""
    for event in events:
        if event.kind not in _UNDO:
            return str(_FINAL.get(event.kind) or _("What corrects this is on the order's page."))
    if order.version != events[0].order_version:
        return _changed(order, events[0], last, user)
    right = right_of([event.kind for event in events])
    if right not in rights:
        return _("Your role does not include “%(right)s”.") % {"right": RIGHT_LABELS[right]}
    return _taken_over(events)


def _taken_over(events: Sequence[OrderEvent]) -> str:
    holder = next((event.before.get("claimed_by") for event in events if event.kind == EventKind.CLAIMED), "")
    return _("It was %(who)s's before: give it to them in the queue.") % {"who": holder} if holder else ""


def _changed(order: Order, event: OrderEvent, last: OrderEvent | None, user: User) -> str:
    """Say what happened to the order since."""
    if order.printed_at and order.printed_at >= event.at:
        time = f"{timezone.localtime(order.printed_at):%H:%M}"
        return _("Printed at %(time)s since: hold the order, and tell the warehouse.") % {"time": time}
    if order.shipped_at and order.shipped_at >= event.at:
        return _("Shipped at %(time)s since.") % {"time": f"{timezone.localtime(order.shipped_at):%H:%M}"}
    if last is None or last.pk <= event.pk or not last.actor_name:
        return _("The order changed since.")
    if last.actor_id == user.pk:
        return _("You changed the order since.")
    values = {"who": last.actor_name, "time": f"{timezone.localtime(last.at):%H:%M}"}
    return _("%(who)s changed the order at %(time)s since.") % values


@transaction.atomic
def undo_act(
    *,
    store: Store,
    event_id: int,
    actor: User,
    rights: Collection[str],
    at: datetime,
    source: str = EventSource.STAFF,
) -> Order:
    """Take one act back through the services that did it, while its order is at the version that the act made.

    Raises:
        OrderEvent.DoesNotExist: the store has no such event.
        OrderError: it is somebody else's, too old, of a batch, final, or the order changed since.
    """
    event = OrderEvent.objects.select_related("job").get(store=store, pk=event_id)
    _check_own(event, actor, at)
    order = lock_order(store=store, order_id=event.order_id)
    made = (
        order.events.filter(order_version=event.order_version)
        if event.order_version
        else order.events.filter(pk=event.pk)
    )
    events = list(made.select_related("order").order_by("-pk"))
    if problem := _problem(order, events, _last_events([order.pk]).get(order.pk), actor, rights):
        raise OrderError(problem)
    call = {"store": store, "order_id": order.pk, "actor": actor, "at": at, "source": source}
    for one in events:
        _UNDO[one.kind](one, call)
    return order


def _check_own(event: OrderEvent, actor: User, at: datetime) -> None:
    if event.actor_id != actor.pk:
        raise OrderError(_("Only %(who)s, who did it, can undo it.") % {"who": event.actor_name or _("the system")})
    if event.job_id is not None:
        raise OrderError(_("This was part of a batch: its receipt takes it back."))
    if at - event.at > UNDO_TIME:
        raise OrderError(_("An act can be undone for %(count)s minutes; that time has passed.") % {"count": _MINUTES})
