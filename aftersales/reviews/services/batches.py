"""Many records at once: what they name is locked and looked up together, and new reviews are written together.

The results are those of `record_review` for one after another. Orders, then reviews, are locked in the order of their
ids, and new rows are written in the order of their keys, so that two batches wait for each other rather than deadlock.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.db.models import Q

from aftersales.reviews.models import Review, ReviewSettings, ReviewTask
from aftersales.reviews.services.base import Doing
from aftersales.reviews.services.followups import due_task
from aftersales.reviews.services.recording import (
    CREATED,
    Names,
    Place,
    Recorded,
    is_of_line,
    new_review,
    nick_of,
    pick_line,
    record_quietly,
    renew,
    said_first,
    title_of,
)
from aftersales.reviews.services.records import ReviewRecord, check_record
from backoffice.common.models import Store
from orders.core.models import Buyer, Order, OrderEvent, OrderLine, ProductTitle
from orders.core.services import CLAIM_LEASE, OrderError
from orders.core.statuses import EventKind

Outcome = Recorded | OrderError
_ORDERS = """
UPDATE orders_order o SET version = n.version, updated_at = %s, claim_expires_at = n.expires
FROM unnest(%s::bigint[], %s::int[], %s::timestamptz[]) AS n(id, version, expires) WHERE o.id = n.id
"""


def record_batch(
    store: Store, records: Sequence[ReviewRecord], settings: ReviewSettings, doing: Doing
) -> list[Outcome]:  # fmt: skip
    """Take in up to some hundred records; return what became of each, in their order.

    One that is no review is refused by itself. Where the batch fails, as when somebody else saves one of its orders
    for too long or takes in the same review at that moment, its records are taken in one by one.
    """
    outcomes: dict[int, Outcome] = {}
    for at, record in enumerate(records):
        try:
            check_record(record)
        except OrderError as error:
            outcomes[at] = error
    good = sorted((at for at in range(len(records)) if at not in outcomes), key=lambda at: records[at].review_key)
    try:
        with transaction.atomic():
            done = _Batch(store, settings, doing, [records[at] for at in good]).take_in()
        outcomes |= zip(good, done, strict=True)
    except DatabaseError:
        outcomes |= {at: _one(store, records[at], settings, doing) for at in _in_order_of_locks(store, records, good)}
    return [outcomes[at] for at in range(len(records))]


def _one(store: Store, record: ReviewRecord, settings: ReviewSettings, doing: Doing) -> Outcome:
    try:
        return record_quietly(store, record, settings, doing)
    except OrderError as error:
        return error


def _in_order_of_locks(store: Store, records: Sequence[ReviewRecord], places: Sequence[int]) -> list[int]:
    """Return the places of these records as a batch would lock them: an outer transaction may hold all the locks."""
    orders = Order.objects.for_store(store).filter(number__in={records[at].number for at in places} - {""})
    order_ids = dict(orders.values_list("number", "pk"))
    known = Review.objects.for_store(store).filter(key__in={records[at].review_key for at in places})
    review_ids = dict(known.values_list("key", "pk"))

    def place(at: int) -> tuple[int, int, str]:
        record, last = records[at], 1 << 63
        return order_ids.get(record.number, last), review_ids.get(record.review_key, last), record.review_key

    return sorted(places, key=place)


class _Fetched(Names):
    """The products and buyers of a batch, read with one statement each."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self._titles: dict[str, ProductTitle] = {}
        self._buyers: dict[str, Buyer] = {}

    def fetch(self, records: Sequence[ReviewRecord]) -> None:
        """Read what these records name; products that are new are written in the order of their titles."""
        texts = {title_of(record) for record in records} - {""}
        self._titles = self._read_titles(texts)
        if missing := sorted(texts - self._titles.keys()):
            new = [ProductTitle(store=self.store, text=text) for text in missing]
            ProductTitle.objects.bulk_create(new, ignore_conflicts=True)
            self._titles |= self._read_titles(missing)
        if nicks := {nick_of(record) for record in records} - {""}:
            self._buyers = {one.nick: one for one in Buyer.objects.filter(store=self.store, nick__in=nicks)}

    def _read_titles(self, texts: Iterable[str]) -> dict[str, ProductTitle]:
        found = ProductTitle.objects.filter(store=self.store, text__in=texts) if texts else ()
        return {title.text: title for title in found}

    def title(self, text: str) -> ProductTitle | None:
        return self._titles.get(text) or super().title(text)

    def buyer(self, nick: str) -> Buyer | None:
        return self._buyers.get(nick) or super().buyer(nick)


class _Batch:
    """Takes in records within one transaction."""

    def __init__(
        self, store: Store, settings: ReviewSettings, doing: Doing, records: Sequence[ReviewRecord]
    ) -> None:  # fmt: skip
        self.store, self.settings, self.doing, self.records = store, settings, doing, records
        self.names = _Fetched(store)
        self._new: list[tuple[int, Review, Order | None]] = []
        self._done: dict[int, Recorded] = {}

    def take_in(self) -> list[Recorded]:
        if not self.records:
            return []
        self._lock()
        self.names.fetch([record for record in self.records if self._is_new(record)])
        for at, record in enumerate(self.records):
            self._done[at] = self._take(at, record)
        self._write_new()
        return [self._done[at] for at in range(len(self.records))]

    def _lock(self) -> None:
        numbers = {record.number for record in self.records} - {""}
        orders = Order.objects.for_store(self.store).locked().filter(number__in=numbers).select_related("buyer")
        self._orders = {order.number: order for order in orders}
        self._lines = defaultdict[int, list[OrderLine]](list)
        ids = [order.pk for order in self._orders.values()]
        for order in self._orders.values():
            order.store = self.store
        lines = OrderLine.objects.filter(order__in=ids).select_related("title")
        for line in lines.order_by("order", "position", "pk"):
            self._lines[line.order_id].append(line)
        self._find_known(ids)

    def _find_known(self, order_ids: Sequence[int]) -> None:
        keys = {record.review_key for record in self.records}
        known = Review.objects.for_store(self.store).filter(Q(key__in=keys) | Q(order__in=order_ids))
        self._by_key: dict[str, Review] = {}
        self._by_line: dict[int, Review] = {}
        for review in known.select_for_update(of=("self",)).order_by("pk"):
            review.store = self.store
            self._remember(review)

    def _remember(self, review: Review) -> None:
        self._by_key[review.key] = review
        if review.line_id is not None:
            self._by_line.setdefault(review.line_id, review)

    def _is_new(self, record: ReviewRecord) -> bool:
        """Tell whether a record is the first word of a review of which no order tells the product."""
        order = self._orders.get(record.number)
        has_line = order is not None and pick_line(self._lines[order.pk], record) is not None
        return not has_line and record.review_key not in self._by_key

    def _take(self, at: int, record: ReviewRecord) -> Recorded:
        order = self._orders.get(record.number)
        line = pick_line(self._lines[order.pk], record) if order is not None else None
        place, review = Place(order, line, self.names), self._known(record, line)
        if review is None:
            return self._begin(at, record, place)
        if review.pk is None:  # named twice in the batch: it is there from now on
            self._write_new()
        done = renew(review, record, place, self.settings, self.doing)
        self._remember(review)
        return done

    def _known(self, record: ReviewRecord, line: OrderLine | None) -> Review | None:
        found = self._by_key.get(record.review_key)
        if found is None and line is not None and is_of_line(record, line):
            found = self._by_line.get(line.pk)
        return found

    def _begin(self, at: int, record: ReviewRecord, place: Place) -> Recorded:
        review = new_review(self.store, record, place, self.settings, self.doing)
        self._new.append((at, review, place.order))
        self._remember(review)
        return Recorded(review, CREATED)

    def _write_new(self) -> None:
        """Write the new reviews with their events and follow-ups."""
        new, self._new = self._new, []
        Review.objects.bulk_create([review for _at, review, _order in new])
        tasks = {at: task for at, review, _order in new if (task := self._due(review))}
        ReviewTask.objects.bulk_create(tasks.values())
        for at, review, _order in new:
            self._done[at] = Recorded(review, CREATED, tasks.get(at))
        self._tell([(order, said_first(review)) for _at, review, order in new if order is not None])

    def _due(self, review: Review) -> ReviewTask | None:
        return due_task(review, self.settings, self.doing.at)

    def _tell(self, said: Sequence[tuple[Order, dict[str, Any]]]) -> None:
        """Write the history of the locked orders, as `tell_order` does for one."""
        OrderEvent.objects.bulk_create([self._event(order, after) for order, after in said])
        rows = {order.pk: (order.pk, order.version, order.claim_expires_at) for order, _after in said}
        if rows:
            with connection.cursor() as cursor:
                cursor.execute(_ORDERS, [self.doing.at, *map(list, zip(*rows.values(), strict=True))])

    def _event(self, order: Order, after: dict[str, Any]) -> OrderEvent:
        actor, at, source, job = self.doing
        event = OrderEvent(
            store_id=order.store_id, order=order, kind=EventKind.REVIEWED, source=source, actor=actor,
            actor_name=str(actor or "")[:60], before={}, after=after, job=job, at=at, order_version=order.version + 1,
        )  # fmt: skip
        order.version += 1
        order.updated_at = at
        if actor is not None and order.claimed_by_id == actor.pk and order.is_claimed(at):
            order.claim_expires_at = at + CLAIM_LEASE
        return event
