"""Cases in, by what changed on the platform: window by window, so that nothing is missed after a break."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from aftersales.refunds.files.messages import MessageRecord
from aftersales.refunds.files.recording import QUARANTINED, record_case
from aftersales.refunds.files.top import FIELDS, MESSAGE_FIELDS, Unreadable, messages_of, record_of
from aftersales.refunds.files.unread import forget_unread, keep_unread
from aftersales.refunds.files.waiting import keep_refused
from aftersales.refunds.files.waiting_tasks import try_again
from aftersales.refunds.models import Refund, RefundPull, UnknownRefund, UnreadRefund
from backoffice.common.models import AlertKind, Job, Store
from backoffice.common.models.alerts import ALERT_RIGHTS
from backoffice.common.services.alerts import raise_alert
from orders.platforms.models import PlatformConnection
from orders.platforms.queries import connection_of
from orders.platforms.services.connections import note_success, note_trouble, open_client
from orders.platforms.services.taking import OVERLAP, PAGE_SIZE, WINDOW, snapshot_of
from orders.platforms.top.client import TopClient
from orders.platforms.top.errors import Meaning, PlatformError, Refusal, Unanswered
from orders.platforms.top.shapes import id_of, items, time_of

Clock = Callable[[], datetime]
TAKES_BACK = timedelta(days=7)  # how far the first pull looks back
_SETTLED = timedelta(seconds=0.5)  # see `snapshot_of`: no other state of the same second will come
_MOST_PAGES, _MOST_MESSAGE_PAGES = 2000, 20
RECEIVED, READ, MESSAGES = "taobao.refunds.receive.get", "taobao.refund.get", "taobao.refund.messages.get"


@dataclass
class TakenCases:
    """What one run took in."""

    windows: int = 0
    changed: int = 0  # cases that the platform named
    read: int = 0  # of which were read whole: the others were here already
    outcomes: Counter[str] = field(default_factory=Counter)
    trouble: str = ""

    def as_dict(self) -> dict[str, Any]:
        told = {"windows": self.windows, "changed": self.changed, "read": self.read, **self.outcomes}
        return told | ({"trouble": self.trouble} if self.trouble else {})


def take_cases(
    *, store: Store, clock: Clock, job: Job | None = None, progress: Callable[[int], None] | None = None
) -> TakenCases:
    """Take in every case that changed since the last whole window, up to now.

    A window that was not read to its end is read again by the next run; what is here already is not read twice.
    """
    taken, now = TakenCases(), clock()
    connection = connection_of(store)
    if connection is None or not may_pull(connection, now):
        return taken
    pull, _is_new = RefundPull.objects.get_or_create(store=store, defaults={"pulled_until": now - TAKES_BACK})
    try:
        _Puller(store, open_client(connection), clock, job, taken, progress).run(pull)
    except PlatformError as error:
        taken.trouble = error.sentence
        note_trouble(connection, error, clock())
    else:
        note_success(connection, clock())
    RefundPull.objects.filter(pk=pull.pk).update(pulled_at=clock())
    return taken


def may_pull(connection: PlatformConnection, now: datetime) -> bool:
    return connection.is_active and connection.pulls_orders and not connection.is_blocked(now)


@dataclass
class _Puller:
    store: Store
    client: TopClient
    clock: Clock
    job: Job | None
    taken: TakenCases
    progress: Callable[[int], None] | None
    refused: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)  # the numbers of their orders

    def run(self, pull: RefundPull) -> None:
        try:
            self._read(pull)
        finally:
            self._tell_of_unread()
        self._try_again()

    def _read(self, pull: RefundPull) -> None:
        """Read windows until now; the mark moves only behind a window that was read whole."""
        end = self.clock().replace(microsecond=0)
        while pull.pulled_until < end:
            start = pull.pulled_until - OVERLAP
            until = min(start + WINDOW, end)
            self._window(start, until)
            RefundPull.objects.filter(pk=pull.pk, pulled_until=pull.pulled_until).update(pulled_until=until)
            pull.pulled_until = until
            self.taken.windows += 1

    def _tell_of_unread(self) -> None:
        """Tell of cases that nobody finds among the others: their deadlines run at the platform."""
        if self.unread:
            kind, orders = AlertKind.REFUND_NEW, sorted(set(self.unread))[:5]
            raise_alert(
                store=self.store, kind=kind, right=ALERT_RIGHTS[kind], at=self.clock(), count=len(self.unread),
                subjects=orders, data={"is_unread": True},
            )  # fmt: skip

    def _try_again(self) -> None:
        """Give what was refused a second chance: the case that was in its way may have ended in the same run."""
        done = try_again(store=self.store, numbers=self.refused, at=self.clock()) if self.refused else 0
        if done:
            self.taken.outcomes["late"] += done

    def _window(self, start: datetime, end: datetime) -> None:
        seen = {id_of(row, "refund_id"): time_of(row, "modified") for row in self._changes(start, end)}
        self.taken.changed += len(seen)
        for number in self._unknown(seen):
            self._take(number)

    def _changes(self, start: datetime, end: datetime) -> Iterator[dict[str, Any]]:
        """Read from the last page to the first: what moves up the list meanwhile is met again and never missed."""
        number = last = self._last_page(start, end)
        has_next = True
        while has_next and number < _MOST_PAGES:
            rows, has_next = self._page(start, end, number)
            yield from rows
            number += 1
        for number in range(last - 1, 0, -1):
            yield from self._page(start, end, number)[0]

    def _last_page(self, start: datetime, end: datetime) -> int:
        total = str(self._ask(start, end, page_no=1, page_size=1).get("total_results", 0))
        if not total.isdecimal() or int(total) > _MOST_PAGES * PAGE_SIZE:
            raise Unanswered(_("The platform's answer cannot be read."))
        return max(-(-int(total) // PAGE_SIZE), 1)

    def _page(self, start: datetime, end: datetime, number: int) -> tuple[list[dict[str, Any]], bool]:
        answer = self._ask(start, end, page_no=number, page_size=PAGE_SIZE, use_has_next=True)
        rows = [row for row in items(answer, "refunds", "refund") if id_of(row, "refund_id")]
        return rows, str(answer.get("has_next")).lower() == "true"

    def _ask(self, start: datetime, end: datetime, **paging: object) -> dict[str, Any]:
        return self.client.call(
            RECEIVED, fields="refund_id,tid,modified", start_modified=start, end_modified=end, **paging
        )

    def _unknown(self, seen: dict[str, datetime | None]) -> list[str]:
        """Leave out what is here, or waits here, as it is there."""
        known: dict[str, datetime | None] = {}
        for rows in (
            Refund.objects.for_store(self.store).filter(number__in=list(seen)),
            UnknownRefund.objects.filter(store=self.store, number__in=list(seen)),
            UnreadRefund.objects.filter(store=self.store, number__in=list(seen)),
        ):
            for number, at in rows.values_list("number", "snapshot_at"):
                known[number] = max(filter(None, (known.get(number), at)), default=None)
        return [number for number, modified in seen.items() if _is_news(known.get(number), modified)]

    def _take(self, number: str) -> None:
        try:
            row = self._refund(number)
            messages = self._messages(number, str(row.get("refund_phase") or ""))
        except Refusal as error:
            if error.meaning != Meaning.REFUSED:
                raise
            self.taken.outcomes["refused"] += 1  # one case that may not be read stops no others
            return
        self._record(number, row, messages)
        self.taken.read += 1
        if self.progress:
            self.progress(self.taken.read)

    def _refund(self, number: str) -> dict[str, Any]:
        row = self.client.call(READ, refund_id=number, fields=FIELDS).get("refund")
        if not isinstance(row, dict) or time_of(row, "modified") is None:
            raise Unanswered(_("The platform's answer lacks: %(names)s.") % {"names": "refund.modified"})
        return row

    def _messages(self, number: str, phase: str) -> list[MessageRecord]:
        found: list[MessageRecord] = []
        for page in range(1, _MOST_MESSAGE_PAGES + 1):
            answer = self.client.call(
                MESSAGES, refund_id=number, fields=MESSAGE_FIELDS, refund_phase=phase or None, page_no=page,
                page_size=PAGE_SIZE,
            )  # fmt: skip
            found += messages_of(answer)
            if len(items(answer, "refund_messages", "refund_message")) < PAGE_SIZE:
                break
        return found

    def _record(self, number: str, row: dict[str, Any], messages: list[MessageRecord]) -> None:
        at = self.clock()
        snapshot_at = snapshot_of(time_of(row, "modified") or at, at)
        try:
            record = record_of(row, snapshot_at=snapshot_at)
        except Unreadable as error:
            if keep_unread(self.store, number, row, messages, problem=str(error), snapshot_at=snapshot_at, at=at):
                self.unread.append(id_of(row, "tid"))
            self.taken.outcomes["unreadable"] += 1
            self.taken.trouble = str(error)
            return
        outcome = record_case(store=self.store, record=record, at=at, job=self.job, messages=messages)
        if outcome.code == QUARANTINED:
            keep_refused(self.store, record, messages, problem=outcome.reason, at=at)
            self.refused.append(record.number)
        forget_unread(self.store, number, snapshot_at)
        self.taken.outcomes[outcome.code] += 1


def _is_news(known: datetime | None, modified: datetime | None) -> bool:
    return known is None or modified is None or known < modified + _SETTLED
