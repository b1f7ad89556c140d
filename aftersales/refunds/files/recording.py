"""Taking in what the platform says of cases: the newest report wins in any state, and the same one twice is once.

Orders are locked first, in the order of their keys, then the cases; a handful in one transaction, so that a file does
not stop the people who work on those orders. What the database refuses is the one row's own trouble.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.db import IntegrityError, OperationalError, transaction
from django.utils.translation import gettext as _
from psycopg.errors import DeadlockDetected, LockNotAvailable

from aftersales.refunds.files.adding import NewCase, add_cases, is_simple, parcel_of
from aftersales.refunds.files.case_columns import LinesOf, amended, changed_state, new_case
from aftersales.refunds.files.joining import case_to_join, join_case, make_room, own_open_cases
from aftersales.refunds.files.messages import MessageRecord, add_messages
from aftersales.refunds.files.records import CaseRecord
from aftersales.refunds.files.waiting import Kept, keep_waiting, take_waiting
from aftersales.refunds.models import Refund, RefundPolicy, RefundStep, UnknownRefund
from aftersales.refunds.services.base import NO_PROPOSAL, policy_of, record_change, save_case
from aftersales.refunds.services.errors import RefundError
from aftersales.refunds.services.following import close_if_given_back, follow_order, gives
from aftersales.refunds.services.opening import insert_case
from aftersales.refunds.statuses import ANSWERS, OPEN_STATES, ParcelDirection
from backoffice.common.models import Job, Store
from orders.core.models import Order, OrderLine, OutboxMessage, OutboxState
from orders.core.services import OrderError, record_event
from orders.core.statuses import EventKind, EventSource

CREATED, UPDATED, UNCHANGED, STALE, QUARANTINED = "created", "updated", "unchanged", "stale", "quarantined"
_LOCKED = (LockNotAvailable, DeadlockDetected)
TOGETHER = 100  # cases whose orders are locked at once
_MONEY = ("amount", "refunded")


class Outcome(NamedTuple):
    """What became of a report; `is_waiting`: its order is not here yet."""

    code: str
    reason: str = ""
    refund: Refund | None = None
    is_waiting: bool = False


class Report(NamedTuple):
    """A case with what was said about it."""

    record: CaseRecord
    messages: Sequence[MessageRecord] = ()


@dataclass
class _Desk:
    """What is known, locked, of the orders and cases that are being taken in."""

    store: Store
    at: datetime
    job: Job | None
    policy: RefundPolicy
    orders: dict[str, Order] = field(default_factory=dict)
    lines: LinesOf = field(default_factory=dict)
    cases: dict[str, Refund] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)
    looked_up: Sequence[CaseRecord] = ()
    same: set[str] = field(default_factory=set)

    def look_up(self, records: Sequence[CaseRecord]) -> None:
        self.looked_up = records
        numbers = {record.number for record in records}
        orders = Order.objects.for_store(self.store).filter(number__in={record.order_number for record in records})
        self.orders = {order.number: order for order in orders.locked()}
        for order in self.orders.values():
            order.store = self.store
        self.lines = {order.pk: [] for order in self.orders.values()}
        found = OrderLine.objects.filter(order__in=list(self.lines)).select_related("title")
        for line in found.order_by("position", "pk"):
            self.lines[line.order_id].append(line)
        cases = Refund.objects.for_store(self.store).filter(number__in=numbers)
        self.cases = {refund.number: refund for refund in cases.locked()}
        waiting = UnknownRefund.objects.filter(store=self.store, number__in=numbers)
        self.waiting = set(waiting.values_list("number", flat=True))

    def note_same(self, refund: Refund, record: CaseRecord) -> None:
        """Remember that the same was reported again, and when."""
        if refund.snapshot_at is None or record.snapshot_at > refund.snapshot_at:
            refund.snapshot_at = record.snapshot_at
            self.same.add(refund.number)

    def save_same(self) -> None:
        refunds = [self.cases[number] for number in sorted(self.same)]
        for moment in {refund.snapshot_at for refund in refunds}:
            keys = [refund.pk for refund in refunds if refund.snapshot_at == moment]
            Refund.objects.filter(pk__in=keys).update(snapshot_at=moment)

    def forget(self, order: Order | None) -> None:
        """Read again what an undone row may have left changed in memory."""
        if order is not None:
            fresh = Order.objects.get(pk=order.pk)
            fresh.store = self.store
            self.orders[order.number] = fresh
            for refund in Refund.objects.filter(order=order, number__in=list(self.cases)):
                self.cases[refund.number] = refund


def record_case(
    *, store: Store, record: CaseRecord, at: datetime, job: Job | None = None, messages: Sequence[MessageRecord] = ()
) -> Outcome:
    """Take in one case; the platform may say any state, and only a newer report changes one that is here."""
    return record_cases(store=store, reports=[Report(record, messages)], at=at, job=job)[0]


def record_cases(*, store: Store, reports: Iterable[Report], at: datetime, job: Job | None = None) -> list[Outcome]:
    """Take in several, so many in one transaction; return what became of each, in order."""
    reports = list(reports)
    done: list[Outcome] = []
    for start in range(0, len(reports), TOGETHER):
        done += _taken(store, reports[start : start + TOGETHER], at, job)
    return done


def _taken(store: Store, reports: Sequence[Report], at: datetime, job: Job | None) -> list[Outcome]:
    """Take in a handful; when somebody holds one of its orders, or adds the same case, each on its own."""
    try:
        with transaction.atomic():
            return _take_all(store, reports, at, job)
    except (OperationalError, IntegrityError) as error:
        if not isinstance(error, IntegrityError) and not isinstance(error.__cause__, _LOCKED):
            raise
        if len(reports) > 1:
            return [outcome for report in reports for outcome in _taken(store, [report], at, job)]
    return [_taken_late(store, reports[0], at, job)]


def _taken_late(store: Store, report: Report, at: datetime, job: Job | None) -> Outcome:
    try:
        with transaction.atomic():
            return _take_all(store, [report], at, job)[0]
    except OperationalError as error:
        if not isinstance(error.__cause__, _LOCKED):
            raise
        return Outcome(QUARANTINED, _("Somebody is saving this order right now. Nothing was changed; try again."))


def _take_all(store: Store, reports: Sequence[Report], at: datetime, job: Job | None) -> list[Outcome]:
    desk = _Desk(store, at, job, policy_of(store))
    desk.look_up([report.record for report in reports])
    done = _added(desk, reports)
    # those that wait for their orders come last and by number: two files at once meet in the same order
    places = sorted(range(len(reports)), key=lambda place: _place(desk, reports[place].record, place))
    for place in places:
        if place not in done:
            done[place] = _tried(desk, reports[place])
    desk.save_same()
    return [done[place] for place in range(len(reports))]


def _added(desk: _Desk, reports: Sequence[Report]) -> dict[int, Outcome]:
    """Add at once the new cases of orders with nothing else to think of; all or none, and none is no refusal yet."""
    if len(reports) == 1:
        return {}
    new: dict[int, NewCase] = {}
    seen = _with_own_cases(desk)
    for place, (record, messages) in enumerate(reports):
        order = desk.orders.get(record.order_number)
        is_known = record.number in desk.cases or record.number in desk.waiting
        if order is not None and not (is_known or messages or order.number in seen) and is_simple(order):
            lines = desk.lines[order.pk]
            new[place] = NewCase(new_case(record, order, lines, policy=desk.policy, at=desk.at), record, lines)
        seen |= {record.order_number}
    return _saved(desk, new) if new else {}


def _with_own_cases(desk: _Desk) -> set[str]:
    """Return the orders that have cases opened here: the platform's own may be the same."""
    keys = set(own_open_cases(list(desk.lines)).values_list("order_id", flat=True)) if desk.lines else set()
    return {order.number for order in desk.orders.values() if order.pk in keys}


def _saved(desk: _Desk, new: Mapping[int, NewCase]) -> dict[int, Outcome]:
    cases = list(new.values())
    try:
        with transaction.atomic():
            add_cases(cases, at=desk.at, job=desk.job)
            for refund, _record, _lines in cases:
                close_if_given_back(refund, actor=None, at=desk.at, job=desk.job)
    except (IntegrityError, OrderError):
        desk.look_up(desk.looked_up)
        return {}
    for refund, record, _lines in cases:
        desk.cases[record.number], desk.orders[record.order_number] = refund, refund.order
    return {place: Outcome(CREATED, refund=case.refund) for place, case in new.items()}


def _place(desk: _Desk, record: CaseRecord, place: int) -> tuple[bool, str, int]:
    is_waiting = record.order_number not in desk.orders
    return is_waiting, record.number if is_waiting else "", place


def _tried(desk: _Desk, report: Report) -> Outcome:
    known = desk.cases.get(report.record.number)
    if known is not None and not report.messages and _is_known(known, report.record):
        desk.note_same(known, report.record)
        return Outcome(UNCHANGED, refund=known)
    try:
        with transaction.atomic():
            return _take_in(desk, report)
    except OrderError as error:
        desk.forget(desk.orders.get(report.record.order_number))
        return Outcome(QUARANTINED, str(error))


def _take_in(desk: _Desk, report: Report) -> Outcome:
    record, order = report.record, desk.orders.get(report.record.order_number)
    if record.number in desk.cases and (order is None or desk.cases[record.number].order_id != order.pk):
        raise RefundError(_("Case number %(number)s belongs to another case.") % {"number": record.number})
    if order is None:
        return Outcome(keep_waiting(desk.store, record, report.messages, desk.at), is_waiting=True)
    if record.number not in desk.waiting:
        return _apply(desk, order, record, report.messages)
    desk.waiting.discard(record.number)
    return _apply_newest(desk, order, report, take_waiting(desk.store, record.number))


def _apply_newest(desk: _Desk, order: Order, report: Report, kept: Sequence[Kept]) -> Outcome:
    """Take in the newer of a report and of what waited for the order, with everything that was said."""
    record, messages = report.record, [*report.messages]
    for waited, said in kept:
        messages = [*said, *messages]
        if waited.order_number == record.order_number and waited.rank > record.rank:
            record = waited
    outcome = _apply(desk, order, record, messages)
    return outcome if record.digest == report.record.digest else outcome._replace(code=STALE)


def _apply(desk: _Desk, order: Order, record: CaseRecord, messages: Sequence[MessageRecord]) -> Outcome:
    known = desk.cases.get(record.number)
    refund = known or case_to_join(record, order, desk.lines[order.pk])
    if refund is None:
        refund = _create(desk, order, record)
        code = CREATED
    else:
        refund.order, refund.store = order, desk.store
        if known is None:
            join_case(refund, record, at=desk.at, job=desk.job)
        code = _renew(desk, refund, record, is_joined=known is None)
    if (add_messages(refund, messages) or known is None) and code in {UNCHANGED, STALE}:
        code = UPDATED
    desk.cases[record.number] = refund
    desk.orders[order.number] = refund.order  # closing an order reads it anew
    return Outcome(code, refund=refund)


def _create(desk: _Desk, order: Order, record: CaseRecord) -> Refund:
    refund = new_case(record, order, desk.lines[order.pk], policy=desk.policy, at=desk.at)
    if refund.is_open:
        make_room(refund, at=desk.at, job=desk.job)
    insert_case(refund, actor=None, at=desk.at, source=EventSource.PLATFORM, job=desk.job)
    _add_parcel(refund, record, desk.at)
    return refund


def _renew(desk: _Desk, refund: Refund, record: CaseRecord, *, is_joined: bool) -> str:
    """Write what a newer report says into a locked case; the platform never heard what one just joined went through."""
    if _is_known(refund, record):
        desk.note_same(refund, record)
        return UNCHANGED
    if not (is_joined or _is_newer(refund, record)):
        return STALE
    stands = _is_answer_on_its_way(refund, record)
    if record.status in OPEN_STATES and not (refund.is_open or stands):
        make_room(refund, at=desk.at, job=desk.job)
    state, columns = changed_state(refund, record, policy=desk.policy, at=desk.at), amended(refund, record)
    if stands:
        state, columns = {}, {name: value for name, value in columns.items() if name != "refunded"}
    is_new_parcel = _add_parcel(refund, record, desk.at)
    if not (state or columns or is_new_parcel):
        _mark(refund, record)
        return UNCHANGED
    columns |= {"snapshot_at": record.snapshot_at, "content_hash": record.digest, "source": EventSource.PLATFORM.value}
    columns |= _unsettled(refund, columns)
    if {"status", "kind"} & state.keys():
        _move(desk, refund, state | columns)
    else:
        _change(desk, refund, state | columns)
    return UPDATED


def _is_answer_on_its_way(refund: Refund, record: CaseRecord) -> bool:
    """Tell whether the platform still says what an answer, that it will be told of, was given to: it stands."""
    names = ("platform_version", "platform_status", "kind", "amount")
    is_same = all(getattr(record, name) == getattr(refund, name) for name in names)
    if record.status == refund.status or record.platform_version is None or not is_same:
        return False
    waiting = OutboxMessage.objects.filter(order=refund.order_id, state=OutboxState.PENDING)
    return waiting.filter(event__after__refund=refund.number, event__after__act__in=ANSWERS).exists()


def _unsettled(refund: Refund, columns: Mapping[str, Any]) -> dict[str, Any]:
    """Take back what a colleague proposed of another amount, and what a second person approved of a smaller one."""
    undone = dict(NO_PROPOSAL) if "amount" in columns else {}
    is_more = columns.get("refunded", refund.refunded) > refund.refunded
    return undone | ({"approved_by": None} if is_more else {})


def _mark(refund: Refund, record: CaseRecord) -> None:
    """Remember how new the report is, though it says nothing new."""
    refund.snapshot_at, refund.content_hash = record.snapshot_at, record.digest
    refund.save(update_fields=["snapshot_at", "content_hash"])


def _is_known(refund: Refund, record: CaseRecord) -> bool:
    """Tell whether the platform said so before, and the case has not gone another way here since.

    If it has, the platform says it again with a newer time: its word counts, and not what was decided here.
    """
    if record.digest != refund.content_hash:
        return False
    is_later = refund.snapshot_at is None or record.snapshot_at > refund.snapshot_at
    return not is_later or (refund.status, refund.kind) == (record.status, record.kind)


def _is_newer(refund: Refund, record: CaseRecord) -> bool:
    """Tell whether the report is newer than the last one, and than what was done here since.

    What the shop answered to a version that the platform had left by then does not count: the platform takes no such
    answer, and does not say its newer version again.
    """
    if refund.snapshot_at is not None and record.rank <= (refund.snapshot_at, refund.content_hash):
        return False
    later = refund.steps.exclude(source=EventSource.PLATFORM).filter(left_at__gt=record.snapshot_at)
    acts = set(later.values_list("act", flat=True))
    return not acts or (bool(acts & ANSWERS) and _is_other_version(refund, record))


def _is_other_version(refund: Refund, record: CaseRecord) -> bool:
    versions = {refund.platform_version, record.platform_version}
    return len(versions) > 1 and None not in versions


def _move(desk: _Desk, refund: Refund, columns: dict[str, Any]) -> None:
    """Put the case into the state that the platform reports; the step's times are the platform's."""
    before, entered_at, gave = _facts(refund), refund.status_since, gives(refund)
    save_case(refund, desk.at, **(dict(NO_PROPOSAL) | columns))
    if before["case_status"] != refund.status:
        RefundStep.objects.create(
            refund=refund, store_id=refund.store_id, status=before["case_status"], to_status=refund.status,
            entered_at=entered_at, left_at=max(refund.status_since, entered_at), source=EventSource.PLATFORM,
        )  # fmt: skip
    after = {"refund": refund.number, "act": "", "version": refund.version, **_facts(refund)}
    _tell(desk, refund, EventKind.CASE_MOVED, before, after)
    _follow(desk, refund, gave)


def _change(desk: _Desk, refund: Refund, columns: dict[str, Any]) -> None:
    """Save what changed beside the state."""
    gave = gives(refund)
    before = {name: str(getattr(refund, name)) for name in _MONEY if name in columns}
    save_case(refund, desk.at, **columns)
    after = {name: str(getattr(refund, name)) for name in before}
    if before != after:
        _tell(
            desk, refund, EventKind.CASE_CHANGED, before, {"refund": refund.number, "version": refund.version, **after}
        )
        _follow(desk, refund, gave)
    else:
        record_change(refund, actor=None, at=desk.at, source=EventSource.PLATFORM, job=desk.job)


def _tell(desk: _Desk, refund: Refund, kind: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    record_event(
        refund.order, kind, actor=None, at=desk.at, source=EventSource.PLATFORM, before=before, after=after,
        job=desk.job,
    )  # fmt: skip


def _follow(desk: _Desk, refund: Refund, gave: Any) -> None:
    follow_order(refund, gave=gave, actor=None, at=desk.at, source=EventSource.PLATFORM, job=desk.job)
    close_if_given_back(refund, actor=None, at=desk.at, job=desk.job)


def _facts(refund: Refund) -> dict[str, str]:
    return {"case_status": str(refund.status), "kind": str(refund.kind)}


def _add_parcel(refund: Refund, record: CaseRecord, at: datetime) -> bool:
    """Add the buyer's parcel, once; tell whether it is new."""
    number = record.return_number
    if not number or refund.parcels.filter(direction=ParcelDirection.BACK, tracking_number=number).exists():
        return False
    parcel_of(refund, record, at).save(force_insert=True)
    return True
