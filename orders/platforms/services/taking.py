"""Orders in, by what changed on the platform: window by window, so that nothing is missed after a break."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from backoffice.common.models import Job, Store
from orders.core.models import Order
from orders.platforms.models import PlatformConnection
from orders.platforms.queries import connection_of
from orders.platforms.services.connections import note_success, note_trouble, open_client, remember_fields
from orders.platforms.services.merging import Counted, merge_trade
from orders.platforms.top.client import TopClient
from orders.platforms.top.errors import Meaning, PlatformError, Refusal, Unanswered
from orders.platforms.top.rows import NEEDED
from orders.platforms.top.shapes import id_of, items, missing_fields, the_trade, time_of, unknown_fields

Clock = Callable[[], datetime]
WINDOW = timedelta(days=1)  # the longest that the platform answers for
OVERLAP = timedelta(minutes=5)  # changes show late in the increments
PAGE_SIZE = 50
_SETTLED = timedelta(seconds=0.5)  # see `snapshot_of`: no other state of the same second will come
_MOST_PAGES = 2000
FIELDS = (
    "tid,status,created,modified,pay_time,consign_time,end_time,payment,total_fee,post_fee,received_payment,buyer_nick,"
    "buyer_message,seller_memo,seller_flag,receiver_name,receiver_mobile,receiver_phone,receiver_address,"
    "receiver_state,receiver_city,receiver_district,receiver_town,receiver_zip,oaid,shipping_type,step_trade_status,"
    "alipay_no,send_time,orders"  # lines come whole, so that a field which the platform adds to them is seen
)


@dataclass
class Taken:
    """What one run took in."""

    windows: int = 0
    changed: int = 0  # trades that the increments named
    read: int = 0  # of which were read whole: the others were here already
    rows: Counted = field(default_factory=Counted)
    trouble: str = ""

    def as_dict(self) -> dict[str, Any]:
        told = {"windows": self.windows, "changed": self.changed, "read": self.read, **self.rows}
        return told | ({"trouble": self.trouble} if self.trouble else {})


def take_changes(
    *, store: Store, clock: Clock, job: Job | None = None, progress: Callable[[int], None] | None = None
) -> Taken:
    """Take in everything that changed since the last whole window, up to now.

    A window that was not read to its end is read again by the next run; what is here already is not read twice.
    """
    taken = Taken()
    connection = connection_of(store)
    if connection is None or not _may_pull(connection, clock()):
        return taken
    try:
        _Puller(connection, open_client(connection), clock, job, taken, progress).run()
    except PlatformError as error:
        taken.trouble = error.sentence
        note_trouble(connection, error, clock())
    else:
        note_success(connection, clock())
    PlatformConnection.objects.filter(pk=connection.pk).update(pulled_at=clock())
    return taken


def _may_pull(connection: PlatformConnection, now: datetime) -> bool:
    return connection.is_active and connection.pulls_orders and not connection.is_blocked(now)


def snapshot_of(modified: datetime, read_at: datetime) -> datetime:
    """Return when what was read was so: the platform's own second, and within it the later reading counts as newer."""
    waited = max((read_at - modified).total_seconds(), 0.0)
    return modified + timedelta(seconds=min(waited / (waited + 60), 0.999999))


@dataclass
class _Puller:
    connection: PlatformConnection
    client: TopClient
    clock: Clock
    job: Job | None
    taken: Taken
    progress: Callable[[int], None] | None

    def run(self) -> None:
        """Read windows until now; the mark moves only behind a window that was read whole."""
        end = self.clock().replace(microsecond=0)
        reached = self.connection.pulled_until or end - WINDOW
        while reached < end:
            start = reached - OVERLAP
            until = min(start + WINDOW, end)
            self._window(start, until)
            rows = PlatformConnection.objects.filter(pk=self.connection.pk, pulled_until=self.connection.pulled_until)
            rows.update(pulled_until=until)
            self.connection.pulled_until = reached = until
            self.taken.windows += 1

    def _window(self, start: datetime, end: datetime) -> None:
        seen: dict[str, datetime | None] = {}
        for trade in self._changes(start, end):
            seen[id_of(trade, "tid")] = time_of(trade, "modified")
        self.taken.changed += len(seen)
        for tid in self._unknown(seen):
            self._take(tid)

    def _changes(self, start: datetime, end: datetime) -> Iterator[dict[str, Any]]:
        """Read from the last page to the first: what moves up the list meanwhile is met again and never missed."""
        last = self._last_page(start, end)
        number, has_next = last, True
        while has_next and number < _MOST_PAGES:
            trades, has_next = self._page(start, end, number)
            yield from trades
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
        trades = [trade for trade in items(answer, "trades", "trade") if id_of(trade, "tid")]
        return trades, str(answer.get("has_next")).lower() == "true"

    def _ask(self, start: datetime, end: datetime, **paging: object) -> dict[str, Any]:
        return self.client.call(
            "taobao.trades.sold.incrementv.get", fields="tid,modified", start_create=start, end_create=end, **paging
        )

    def _unknown(self, seen: dict[str, datetime | None]) -> list[str]:
        """Leave out what is here as it is there."""
        orders = Order.objects.for_store(self.connection.store).filter(number__in=list(seen), has_list=True)
        known = dict(orders.values_list("number", "snapshot_at"))
        return [
            tid for tid, modified in seen.items()
            if modified is None or tid not in known or known[tid] < modified + _SETTLED
        ]  # fmt: skip

    def _take(self, tid: str) -> None:
        try:
            trade = the_trade(self.client.call("taobao.trade.fullinfo.get", tid=tid, fields=FIELDS))
        except Refusal as error:
            if error.meaning != Meaning.REFUSED:
                raise
            self.taken.rows["refused"] += 1  # one trade that may not be read stops no others
            return
        read_at = self.clock()
        if lacking := missing_fields(trade, NEEDED):
            raise Unanswered(_("The platform's answer lacks: %(names)s.") % {"names": ", ".join(lacking)})
        remember_fields(self.connection, unknown_fields(trade))
        modified = time_of(trade, "modified")
        if modified is None:
            raise Unanswered(_("The platform's answer lacks: %(names)s.") % {"names": "modified"})
        self.taken.rows += merge_trade(
            store=self.connection.store,
            trade=trade,
            snapshot_at=snapshot_of(modified, read_at),
            at=read_at,
            job=self.job,
        )
        self.taken.read += 1
        if self.progress:
            self.progress(self.taken.read)
