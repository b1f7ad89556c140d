"""A person's shift: what they handled on a day, what is left open, what was not as usual, and their own words."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from backoffice.common.access import Right
from backoffice.common.clock import business_day, day_bounds, day_start
from backoffice.common.masking import mask_text
from backoffice.common.models import JobRow, Membership, Store, User
from backoffice.common.statements import Prepared, fetch
from orders.core.models import Hold, Order, OrderEvent
from orders.core.statuses import OPEN_STATUSES, EventKind
from orders.desk.models import ShiftNote
from orders.desk.refusals import DeskError
from orders.desk.services import KIND as BATCH
from orders.desk.workload import WORKING_RIGHTS, acts_of_day
from orders.notes.models import BuyerNote
from orders.notes.statuses import UNHANDLED

SHOWN = 100  # rows of a list; one more says that there are more
PAGE = 50  # rows of the drill list
NOTE_LENGTH = 1000
FIRST_DAY = date(1990, 1, 1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CURSOR = re.compile(r"([0-9]{1,16})_([0-9]{1,18})")  # microseconds and a key, both within what the columns hold
_EXCEPTIONAL = (EventKind.NOTE_OVERRIDDEN, EventKind.EXTENDED)


def find_person(*, store: Store, user: User, rights: Collection[str], username: str) -> User:
    """Return whose shift is asked for.

    Raises:
        PermissionDenied: it is a colleague's, and the caller is no manager.
        User.DoesNotExist: the store has no such person.
    """
    if username in {"", user.username}:
        return user
    if Right.MANAGE_STORE not in rights:
        raise PermissionDenied(_("You see your own shift; a manager sees everybody's."))
    return User.objects.get(username=username.replace("\0", " ")[:160], memberships__store=store)


def read_day(text: str, today: date) -> tuple[date, str]:
    """Return the day that a parameter names, or today and why it cannot be that one."""
    if not text:
        return today, ""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return today, _("Enter a day like 2026-06-01.")
    if not FIRST_DAY <= day <= today:
        return today, _("A shift is of today or of a day before.")
    return day, ""


@dataclass(frozen=True, slots=True)
class Handled:
    """How often a person did one kind of act on the day."""

    kind: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Shift:
    """Everything that a shift's page and its text say. The lists hold up to SHOWN + 1 rows."""

    person: User
    day: date
    first_at: datetime | None
    last_at: datetime | None
    handled: list[Handled]
    note: ShiftNote | None
    claims: list[Order] = field(default_factory=list)  # claimed that day or still, and not shipped yet
    notes: list[BuyerNote] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    exceptions: list[OrderEvent] = field(default_factory=list)
    refused: list[JobRow] = field(default_factory=list)

    @property
    def act_count(self) -> int:
        return sum(row.count for row in self.handled)


def shift_of(store: Store, person: User, day: date) -> Shift:
    """Return the shift of a person; what is open is open now. Seven statements."""
    return replace(
        shift_head(store, person, day),
        claims=_open_claims(store, person, day),
        notes=_NOTES.fetch(store.pk, person.pk),
        holds=_HOLDS.fetch(store.pk, person.pk),
        exceptions=_exceptions(store, person, day),
        refused=_refused(store, person, day),
    )


def shift_head(store: Store, person: User, day: date) -> Shift:
    """Return a shift without its lists: what was handled, and the note. Two statements."""
    handled, first_at, last_at = _handled(store, person, day)
    note = next(iter(_WORDS.fetch(store.pk, person.pk, day)), None)
    return Shift(person, day, first_at, last_at, handled, note)


def kind_label(kind: str) -> str:
    return str(EventKind(kind).label) if kind in EventKind.values else kind


def events_of_shift(store: Store, person: User, day: date) -> QuerySet[OrderEvent]:
    """Return what a person did on a day."""
    first, following = day_bounds(day)
    return OrderEvent.objects.filter(store=store, actor=person, at__gte=first, at__lt=following)


def _handled(store: Store, person: User, day: date) -> tuple[list[Handled], datetime | None, datetime | None]:
    """Return the acts by kind, the most frequent first, and when the first and the last was done."""
    first, following = day_bounds(day)
    values = {"store": store.pk, "person": person.pk, "first": first, "following": following}
    rows: list[Any] = fetch(_HANDLED, values)
    handled = sorted(
        (Handled(row[0], kind_label(row[0]), row[1]) for row in rows), key=lambda one: (-one.count, one.label)
    )
    return handled, min((row[2] for row in rows), default=None), max((row[3] for row in rows), default=None)


_HANDLED = """
SELECT kind, count(*), min(at), max(at) FROM orders_orderevent
WHERE store_id = %(store)s AND actor_id = %(person)s AND at >= %(first)s AND at < %(following)s GROUP BY kind
"""
_STORE, _PERSON = -1, -2  # these, and two moments of no shift, stand for the values of a call
_FIRST, _FOLLOWING = _EPOCH - timedelta(days=1), _EPOCH
_CLAIMS = Prepared(
    lambda: (
        Order.objects.filter(store=_STORE, claimed_by=_PERSON, claim_expires_at__gte=_FIRST, status__in=OPEN_STATUSES)
        .only("number", "ship_by", "claim_expires_at", "status")
        .order_by("ship_by", "pk")[: SHOWN + 1]
    ),
    _STORE,
    _PERSON,
    _FIRST,
)
_NOTES = Prepared(
    lambda: (
        BuyerNote.objects.filter(store=_STORE, assignee=_PERSON, state__in=UNHANDLED)
        .select_related("order")
        .only("text", "state", "order__number")
        .order_by("received_at", "pk")[: SHOWN + 1]
    ),
    _STORE,
    _PERSON,
)
_HOLDS = Prepared(
    lambda: (
        Hold.objects.filter(store=_STORE, opened_by=_PERSON, released_at__isnull=True)
        .select_related("order")
        .only("kind", "reason", "opened_at", "order__number")
        .order_by("opened_at", "pk")[: SHOWN + 1]
    ),
    _STORE,
    _PERSON,
)
_NOT_AS_USUAL = (
    Q(kind__in=_EXCEPTIONAL)
    | Q(kind=EventKind.CLAIMED, before__has_key="claimed_by") & ~Q(before__contains={"claimed_by": ""})
    | Q(kind=EventKind.PRINTED, after__print_count__gt=1)
)
_EXCEPTIONS = Prepared(
    lambda: (
        OrderEvent.objects.filter(_NOT_AS_USUAL, store=_STORE, actor=_PERSON, at__gte=_FIRST, at__lt=_FOLLOWING)
        .select_related("order")
        .only("kind", "at", "before", "after", "order__number")
        .order_by("-at", "-pk")[: SHOWN + 1]
    ),
    _STORE,
    _PERSON,
    _FIRST,
    _FOLLOWING,
)
_REFUSED = Prepared(
    lambda: (
        JobRow.objects.filter(
            job__store=_STORE, job__kind=BATCH, job__requested_by=_PERSON, job__created_at__gte=_FIRST,
            job__created_at__lt=_FOLLOWING,
        )
        .exclude(outcome=JobRow.Outcome.DONE)
        .select_related("job")
        .only("subject", "outcome", "reason", "job__created_at")
        .order_by("-job_id", "position")[: SHOWN + 1]
    ),
    _STORE,
    _PERSON,
    _FIRST,
    _FOLLOWING,
)  # fmt: skip
_WORDS = Prepared(
    lambda: ShiftNote.objects.filter(store=_STORE, user=_PERSON, day=FIRST_DAY), _STORE, _PERSON, FIRST_DAY
)  # fmt: skip
_PEOPLE = Prepared(
    lambda: (
        Membership.objects.filter(store=_STORE)
        .select_related("user")
        .only("roles", "is_active", "user__username", "user__display_name", "user__is_active")
        .order_by("user__username")
    ),
    _STORE,
)


def _open_claims(store: Store, person: User, day: date) -> list[Order]:
    """Return orders that are theirs and not shipped: a lease that ran out since the day began counts as unfinished."""
    return _CLAIMS.fetch(store.pk, person.pk, day_start(day))


def _exceptions(store: Store, person: User, day: date) -> list[OrderEvent]:
    """Return overrides, extensions, take-overs and reprints, the newest first."""
    return _EXCEPTIONS.fetch(store.pk, person.pk, *day_bounds(day))


def _refused(store: Store, person: User, day: date) -> list[JobRow]:
    """Return the rows that their batches of the day left undone."""
    return _REFUSED.fetch(store.pk, person.pk, *day_bounds(day))


def drill(
    store: Store, person: User, day: date, kind: str, *, after: str = "", before: str = ""
) -> tuple[list[OrderEvent], str, str]:
    """Return one page of the acts of a kind, the newest first, and the cursors of the next and the previous page.

    A cursor that cannot be read gives the first page.
    """
    events = events_of_shift(store, person, day).filter(kind=kind).select_related("order", "job")
    place = _place(before)
    if place is not None:
        found = list(events.filter(_beyond(place, "gt")).order_by("at", "pk")[: PAGE + 1])
        shown = found[:PAGE][::-1]
        return shown, _cursor(shown[-1:]), _cursor(shown[:1]) if len(found) > PAGE else ""
    place = _place(after)
    if place is not None:
        events = events.filter(_beyond(place, "lt"))
    found = list(events.order_by("-at", "-pk")[: PAGE + 1])
    shown = found[:PAGE]
    return shown, _cursor(shown[-1:]) if len(found) > PAGE else "", _cursor(shown[:1]) if place is not None else ""


def _cursor(events: Sequence[OrderEvent]) -> str:
    return f"{(events[0].at - _EPOCH) // timedelta(microseconds=1)}_{events[0].pk}" if events else ""


def _place(cursor: str) -> tuple[datetime, int] | None:
    found = _CURSOR.fullmatch(cursor)
    return (_EPOCH + timedelta(microseconds=int(found[1])), int(found[2])) if found else None


def _beyond(place: tuple[datetime, int], side: str) -> Q:
    at, pk = place
    return Q(**{f"at__{side}": at}) | Q(at=at, **{f"pk__{side}": pk})


# Everybody's shift, for managers


@dataclass(frozen=True, slots=True)
class PersonDay:
    """One line of a manager's list: who did how much on the day, and whether they left a note."""

    user: User
    act_count: int
    last_at: datetime | None
    has_note: bool


_NOTED = "SELECT user_id FROM desk_shiftnote WHERE store_id = %s AND day = %s"


def people_of_day(store: Store, day: date) -> list[PersonDay]:
    """Return who works here or did something on the day, the busiest first. Three statements."""
    acts: dict[int, list[tuple[int, datetime]]] = {}
    for user_id, _kind, count, last_at in acts_of_day(store, day):
        acts.setdefault(user_id, []).append((count, last_at))
    noted = {user_id for (user_id,) in fetch(_NOTED, [store.pk, day])}
    shown = [member for member in _PEOPLE.fetch(store.pk) if member.user_id in {*acts, *noted} or _works(member)]
    people = [
        PersonDay(
            member.user,
            sum(count for count, _at in acts.get(member.user_id, [])),
            max((at for _count, at in acts.get(member.user_id, [])), default=None),
            member.user_id in noted,
        )
        for member in shown
    ]
    return sorted(people, key=lambda one: -one.act_count)


def _works(member: Membership) -> bool:
    return member.is_active and member.user.is_active and bool(WORKING_RIGHTS & member.rights)


# The note


@transaction.atomic
def save_shift_note(*, store: Store, actor: User, day: date, text: str, at: datetime) -> ShiftNote | None:
    """Keep a person's words for the next shift, in the place of earlier ones of the day; an empty text removes them.

    Raises:
        DeskError: the text is too long, or the day is neither today nor yesterday.
    """
    text = text.replace("\0", "").replace("\r\n", "\n").strip()
    if len(text) > NOTE_LENGTH:
        raise DeskError(
            _("The note has %(length)s characters; there is room for %(count)s.")
            % {"length": len(text), "count": NOTE_LENGTH}
        )
    if not timedelta(0) <= business_day(at) - day <= timedelta(days=1):
        raise DeskError(_("A shift's note is written on its day or the day after."))
    key: dict[str, Any] = {"store": store, "user": actor, "day": day}
    if not text:
        ShiftNote.objects.filter(**key).delete()
        return None
    values = {"text": mask_text(text)[:NOTE_LENGTH], "updated_at": at}
    return ShiftNote.objects.update_or_create(**key, defaults=values)[0]
