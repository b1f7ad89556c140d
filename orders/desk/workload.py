"""Who has how much to do: the people of a shop with what they hold, what waits for them and what they did today."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from backoffice.common.access import Right
from backoffice.common.clock import business_day, day_bounds
from backoffice.common.models import Job, Membership, Store, User
from backoffice.common.queries import people_at_work
from backoffice.common.statements import Prepared, fetch
from orders.core.models import Order, OrderQuerySet
from orders.core.statuses import OPEN_STATUSES, SHIPPABLE_STATUSES, EventKind
from orders.desk.acts import ACTS
from orders.desk.once import refuse_repeat
from orders.desk.services import SELECTION_LIMIT, DeskError, Item, start_batch
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
    users = list(people)
    for user_id, *claims in fetch(_CLAIMS, {**_statuses(), "store": store.pk, "users": users, "now": now}):
        person = people[user_id]
        person.claims, person.earliest, person.overdue = claims
    for user_id, count in fetch(_NOTES, {"store": store.pk, "users": users, "states": list(UNHANDLED)}):
        people[user_id].notes = count
    for user_id, kind, count, last_at in acts_of_day(store, business_day(now), users=users):
        _add_acts(people[user_id], kind, count, last_at)
    unclaimed, earliest = _unclaimed(store, now)
    return Workload(list(people.values()), _total(people.values()), unclaimed, earliest)


def _people(store: Store, now: datetime, only: User | None) -> list[PersonLoad]:
    """Return the people in order: who is at work now first."""
    here = {member.user_id for member in _AT_WORK.fetch(store.pk, now - _AT_WORK_FOR, now)}
    found = [
        PersonLoad(member.user_id, member.user.username, str(member.user), is_at_work=member.user_id in here)
        for member in _MEMBERS.fetch(store.pk)
        if WORKING_RIGHTS & member.rights and (only is None or member.user_id == only.pk)
    ]
    return sorted(found, key=lambda person: not person.is_at_work)


# Compiling these by the ORM at every call takes longer than the database needs

_STORE, _NOW = -1, datetime(1970, 1, 1, tzinfo=UTC)  # stand for the values of a call
_AT_WORK_FOR = timedelta(minutes=15)
_AT_WORK = Prepared(
    lambda: people_at_work(Store(pk=_STORE), _NOW).only("user_id"), _STORE, _NOW - _AT_WORK_FOR, _NOW
)  # fmt: skip
_MEMBERS = Prepared(
    lambda: (
        Membership.objects.active()
        .filter(store=_STORE)
        .select_related("user")
        .only("roles", "user__username", "user__display_name")
        .order_by("user__username")
    ),
    _STORE,
)
# A claim of an order that has left counts no more: see held_orders. The few that are claimed are read first; asked for
# along with its status, they would be looked up among all open orders.
_CLAIMS = """
WITH claimed AS MATERIALIZED (
    SELECT claimed_by_id, ship_by, status, store_id FROM orders_order
    WHERE claimed_by_id = ANY(%(users)s) AND claim_expires_at > %(now)s
)
SELECT claimed_by_id, count(*), min(ship_by), count(*) FILTER (WHERE ship_by < %(now)s AND status = ANY(%(open)s))
FROM claimed WHERE store_id = %(store)s AND status = ANY(%(shippable)s) GROUP BY claimed_by_id
"""
_NOTES = """
SELECT assignee_id, count(*) FROM notes_buyernote
WHERE store_id = %(store)s AND assignee_id = ANY(%(users)s) AND state = ANY(%(states)s) GROUP BY assignee_id
"""
_ACTS = """
SELECT actor_id, kind, count(*), max(at) FROM orders_orderevent
WHERE store_id = %(store)s AND actor_id {who} AND at >= %(first)s AND at < %(following)s GROUP BY actor_id, kind
"""
_ALL_ACTS, _THEIR_ACTS = _ACTS.format(who="IS NOT NULL"), _ACTS.format(who="= ANY(%(users)s)")


def _statuses() -> dict[str, list[str]]:
    return {"shippable": [str(status) for status in SHIPPABLE_STATUSES], "open": [str(one) for one in OPEN_STATUSES]}


def held_orders(store: Store, users: Iterable[int], now: datetime) -> OrderQuerySet:
    """Return the orders with a live claim of these people that have not left yet."""
    orders = Order.objects.for_store(store).filter(claimed_by__in=list(users), claim_expires_at__gt=now)
    return orders.filter(status__in=SHIPPABLE_STATUSES)


def acts_of_day(store: Store, day: date, *, users: list[int] | None = None) -> list[tuple[int, str, int, datetime]]:
    """Return person, kind, count and last time of what people did on a day, from the index alone."""
    first, following = day_bounds(day)
    values = {"store": store.pk, "first": first, "following": following, "users": users}
    rows: Any = fetch(_ALL_ACTS if users is None else _THEIR_ACTS, values)
    return list(rows)


def _add_acts(person: PersonLoad, kind: str, count: int, last_at: datetime) -> None:
    person.act_count += count
    person.last_act_at = max(filter(None, (person.last_act_at, last_at)))
    for key, kinds in ACT_KINDS.items():
        if kind in kinds:
            person.acts[key] += count


def _unclaimed(store: Store, now: datetime) -> tuple[int, datetime | None]:
    """Count the orders that are ready and nobody's, up to one more than CAP; return the earliest ship-by time too."""
    text, values = _unclaimed_text()
    given = [store.pk if value == _STORE else now if value == _NOW else value for value in values]
    return fetch(text, given)[0]


@cache
def _unclaimed_text() -> tuple[str, list[Any]]:
    ready = Order.objects.filter(store=_STORE).pending_shipment().ready().unclaimed(_NOW)
    first = ready.order_by("ship_by", "pk").values_list("ship_by")[: CAP + 1]
    text, values = first.query.get_compiler(connection=connection).as_sql()
    return f"SELECT count(*), min(ship_by) FROM ({text}) AS ready (ship_by)", list(values)  # noqa: S608 -- the ORM's


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
