"""Who has how much to do: the people of a shop with what they hold, what waits for them and what they did today."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Max, Min, Q
from django.utils.translation import gettext as _

from backoffice.common.access import Right
from backoffice.common.clock import business_day, day_bounds
from backoffice.common.models import Job, Membership, Store, User
from backoffice.common.queries import people_at_work
from orders.core.models import Order, OrderEvent, OrderQuerySet
from orders.core.statuses import OPEN_STATUSES, SHIPPABLE_STATUSES, EventKind
from orders.desk.acts import ACTS
from orders.desk.once import refuse_repeat
from orders.desk.services import SELECTION_LIMIT, DeskError, Item, start_batch
from orders.notes.models import BuyerNote
from orders.notes.statuses import UNHANDLED

CAP = 1000  # "1000+"
WORKING_RIGHTS = frozenset({Right.WORK_ORDERS, Right.SHIP})
ACT_KINDS: Mapping[str, tuple[str, ...]] = {
    "accepted": (EventKind.ACCEPTED,),
    "held": (EventKind.HELD,),
    "shipped": (EventKind.SHIPPED,),
    "notes": (EventKind.NOTE_CONFIRMED, EventKind.NOTE_DECLINED),
    "remarks": (EventKind.REMARKED,),
}


@dataclass(slots=True)
class PersonLoad:
    """One person: what they hold now, and what they did since midnight."""

    user_id: int
    username: str
    name: str
    is_at_work: bool = False
    claims: int = 0  # live ones, of orders that have not left yet
    earliest: datetime | None = None  # ship-by among them
    overdue: int = 0
    notes: int = 0  # given to them, and not handled
    acts: Counter[str] = field(default_factory=Counter)  # by the keys of ACT_KINDS
    act_count: int = 0  # of any kind
    last_act_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Workload:
    people: list[PersonLoad]
    total: PersonLoad
    unclaimed: int  # ready to ship and nobody's; one more than CAP: at least
    unclaimed_earliest: datetime | None


def workload(store: Store, now: datetime, *, only: User | None = None) -> Workload:
    """Return the load of everybody who works on orders or ships; `only` of one person. Six statements in all."""
    people = {person.user_id: person for person in _people(store, now, only)}
    day = business_day(now)
    for row in _claims(store, people, now):
        person = people[row["claimed_by_id"]]
        person.claims, person.earliest, person.overdue = row["count"], row["earliest"], row["late"]
    for user_id, count in _notes(store, people):
        people[user_id].notes = count
    for user_id, kind, count, last_at in acts_of_day(store, day, users=list(people)):
        _add_acts(people[user_id], kind, count, last_at)
    first = _unclaimed(store, now)
    return Workload(list(people.values()), _total(people.values()), len(first), first[0] if first else None)


def _people(store: Store, now: datetime, only: User | None) -> list[PersonLoad]:
    """Return the people in order: who is at work now first."""
    members = Membership.objects.active().filter(store=store).select_related("user").order_by("user__username")
    if only is not None:
        members = members.filter(user=only)
    here = set(people_at_work(store, now).values_list("user_id", flat=True))
    found = [
        PersonLoad(member.user_id, member.user.username, str(member.user), is_at_work=member.user_id in here)
        for member in members
        if WORKING_RIGHTS & member.rights
    ]
    return sorted(found, key=lambda person: not person.is_at_work)


def held_orders(store: Store, users: Iterable[int], now: datetime) -> OrderQuerySet:
    """Return the orders with a live claim of these people that have not left yet."""
    orders = Order.objects.for_store(store).filter(claimed_by__in=list(users), claim_expires_at__gt=now)
    return orders.filter(status__in=SHIPPABLE_STATUSES)


def _claims(store: Store, users: Iterable[int], now: datetime) -> Iterable[Mapping[str, Any]]:
    late = Q(ship_by__lt=now, status__in=OPEN_STATUSES)
    held: Any = held_orders(store, users, now).order_by().values("claimed_by_id")
    return held.annotate(count=Count("*"), earliest=Min("ship_by"), late=Count("pk", filter=late))


def _notes(store: Store, users: Iterable[int]) -> Iterable[tuple[int, int]]:
    notes = BuyerNote.objects.for_store(store).filter(assignee__in=list(users), state__in=UNHANDLED).order_by()
    return notes.values_list("assignee_id").annotate(count=Count("*"))


def acts_of_day(store: Store, day: date, *, users: list[int] | None = None) -> list[tuple[int, str, int, datetime]]:
    """Return person, kind, count and last time of what people did on a day, from the index alone."""
    first, following = day_bounds(day)
    events = OrderEvent.objects.filter(store=store, actor__isnull=False, at__gte=first, at__lt=following).order_by()
    if users is not None:
        events = events.filter(actor__in=users)
    return list(events.values_list("actor_id", "kind").annotate(count=Count("*"), last=Max("at")))


def _add_acts(person: PersonLoad, kind: str, count: int, last_at: datetime) -> None:
    person.act_count += count
    person.last_act_at = max(filter(None, (person.last_act_at, last_at)))
    for key, kinds in ACT_KINDS.items():
        if kind in kinds:
            person.acts[key] += count


def _unclaimed(store: Store, now: datetime) -> list[datetime | None]:
    """Return the ship-by times of the orders that are ready and nobody's, up to one more than CAP."""
    ready = Order.objects.for_store(store).pending_shipment().ready().unclaimed(now)
    return list(ready.order_by("ship_by", "pk").values_list("ship_by", flat=True)[: CAP + 1])


def _total(people: Iterable[PersonLoad]) -> PersonLoad:
    total = PersonLoad(0, "", "")
    for person in people:
        total.claims += person.claims
        total.overdue += person.overdue
        total.notes += person.notes
        total.act_count += person.act_count
        total.acts.update(person.acts)
        total.earliest = min(filter(None, (total.earliest, person.earliest)), default=None)
        total.last_act_at = max(filter(None, (total.last_act_at, person.last_act_at)), default=None)
    return total


# A manager's act on all claims of a person


def take_claims(*, store: Store, person: User, actor: User, at: datetime, slot: str = "") -> Job:
    """Take over all live claims of a person, as one batch with a receipt.

    Raises:
        DeskError: they hold none, or they are the actor.
    """
    if person.pk == actor.pk:
        raise DeskError(_("These claims are yours already."))
    text = _("Claims of %(who)s, taken over") % {"who": person}
    return _give_all(store=store, person=person, to=actor.pk, actor=actor, at=at, description=text, slot=slot)


def give_back_claims(*, store: Store, person: User, actor: User, at: datetime, slot: str = "") -> Job:
    """Give back all live claims of a person, so that anybody can claim the orders; one batch with a receipt.

    Raises:
        DeskError: they hold none.
    """
    text = _("Claims of %(who)s, given back") % {"who": person}
    return _give_all(store=store, person=person, to=None, actor=actor, at=at, description=text, slot=slot)


def _give_all(
    *, store: Store, person: User, to: int | None, actor: User, at: datetime, description: str, slot: str
) -> Job:
    refuse_repeat(slot)
    held = held_orders(store, [person.pk], at).order_by("ship_by", "pk").values_list("pk", "number")
    items = [Item(*row) for row in held[:SELECTION_LIMIT]]
    if not items:
        raise DeskError(_("%(who)s holds no order now.") % {"who": person})
    return start_batch(
        store=store,
        act=ACTS["assign"],
        items=items,
        values={"person": to},
        actor=actor,
        at=at,
        description=description,
        slot=slot,
    )
