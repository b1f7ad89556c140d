"""Taking in what the platform says of reviews: the newest snapshot wins, and the same one twice changes nothing."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction

from aftersales.reviews.models import Review, ReviewSettings, ReviewTask
from aftersales.reviews.queries.shop import is_low, settings_of
from aftersales.reviews.services.base import Doing, save_review, tell_order
from aftersales.reviews.services.followups import open_due_task
from aftersales.reviews.services.records import ReviewRecord, check_record, platform_values, sealed_words
from aftersales.reviews.statuses import ReviewResult
from backoffice.common.models import AlertKind, Job, Store
from backoffice.common.models.alerts import ALERT_RIGHTS
from backoffice.common.services.alerts import raise_alert
from orders.core.models import Buyer, Order, OrderLine, ProductTitle
from orders.core.services import lock_order
from orders.core.statuses import EventKind, EventSource

CREATED, UPDATED, UNCHANGED, STALE = "created", "updated", "unchanged", "stale"
_TITLE_LENGTH = 500
_UNREAD: dict[str, Any] = {"read_by": None, "read_at": None, "sentiment": "", "sentiment_score": 0}


class Recorded(NamedTuple):
    """What became of a record; `task` is the follow-up that it opened."""

    review: Review
    outcome: str
    task: ReviewTask | None = None


class Names:
    """The products and buyers that records name, as they are stored."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def title(self, text: str) -> ProductTitle | None:
        return ProductTitle.objects.get_or_create(store=self.store, text=text)[0] if text else None

    def buyer(self, nick: str) -> Buyer | None:
        return Buyer.objects.filter(store=self.store, nick=nick).first() if nick else None


class Place(NamedTuple):
    """What a review is about, as far as the store knows it."""

    order: Order | None
    line: OrderLine | None
    names: Names

    def links(self, record: ReviewRecord) -> dict[str, Any]:
        """Return the rows that a review is tied to; who wrote is the order's buyer, else the one of this nick."""
        order, line, names = self
        title = line.title if line is not None else names.title(title_of(record))
        buyer = order.buyer if order is not None else names.buyer(nick_of(record))
        return {"order": order, "line": line, "buyer": buyer, "title": title}


def title_of(record: ReviewRecord) -> str:
    return record.title[:_TITLE_LENGTH]


def nick_of(record: ReviewRecord) -> str:
    """Return the nick that names a buyer; a masked one names nobody."""
    nick = record.nick or ""
    return "" if "*" in nick else nick


def record_review(
    *, store: Store, record: ReviewRecord, at: datetime, source: str = EventSource.PLATFORM, job: Job | None = None
) -> Recorded:
    """Take in one review; a poor one opens a follow-up and is told by the bell.

    Raises:
        ReviewError: the record is no review.
        OrderError: somebody holds the lock of its order for too long.
    """
    done = record_quietly(store, record, settings_of(store), Doing(None, at, source, job))
    tell_of_poor(store, [done], at)
    return done


def record_reviews(
    *, store: Store, records: Iterable[ReviewRecord], at: datetime, source: str = EventSource.PLATFORM,
    job: Job | None = None,
) -> list[Recorded]:  # fmt: skip
    """Take in several, each in a transaction of its own; the bell tells of the poor ones once.

    Raises:
        ReviewError: a record is no review; those before it are taken in.
    """
    settings, doing, done = settings_of(store), Doing(None, at, source, job), list[Recorded]()
    try:
        for record in records:
            done.append(record_quietly(store, record, settings, doing))
    finally:
        tell_of_poor(store, done, at)
    return done


def tell_of_poor(store: Store, done: Iterable[Recorded], at: datetime) -> None:
    """Raise one alert for all that opened a follow-up."""
    opened = [one.review for one in done if one.task is not None]
    if opened:
        kind = AlertKind.LOW_REVIEW
        numbers = list(dict.fromkeys(review.order_number for review in opened if review.order_id is not None))
        raise_alert(store=store, kind=kind, right=ALERT_RIGHTS[kind], at=at, count=len(opened), subjects=numbers)


def record_quietly(store: Store, record: ReviewRecord, settings: ReviewSettings, doing: Doing) -> Recorded:
    check_record(record)
    try:
        with transaction.atomic():
            return _take_in(store, record, settings, doing)
    except IntegrityError:  # the same review arrived at the same moment: now it is there
        with transaction.atomic():
            return _take_in(store, record, settings, doing)


def _take_in(store: Store, record: ReviewRecord, settings: ReviewSettings, doing: Doing) -> Recorded:
    order = _locked_order(store, record.number)
    place = Place(order, find_line(order, record) if order is not None else None, Names(store))
    review = _find(store, record, place.line)
    if review is not None:
        return renew(review, record, place, settings, doing)
    review = new_review(store, record, place, settings, doing)
    review.save(force_insert=True)
    tell_order(order, EventKind.REVIEWED, doing, said_first(review))
    return Recorded(review, CREATED, open_due_task(review, settings, doing.at))


def _locked_order(store: Store, number: str) -> Order | None:
    order_id = Order.objects.for_store(store).filter(number=number).values_list("pk", flat=True).first()
    return lock_order(store=store, order_id=order_id) if number and order_id is not None else None


def find_line(order: Order, record: ReviewRecord) -> OrderLine | None:
    return pick_line(list(order.lines.select_related("title").order_by("position", "pk")), record)


def pick_line(lines: Sequence[OrderLine], record: ReviewRecord) -> OrderLine | None:
    """Find the line by its key, else by its product where only one line has it, else the only line."""
    for fits in (
        lambda line: record.line_key and line.key == record.line_key,
        lambda line: record.product_id and line.product_id == record.product_id,
        lambda line: record.title and line.title.text == record.title,
        lambda line: len(lines) == 1,
    ):
        found = [line for line in lines if fits(line)]
        if len(found) == 1:
            return found[0]
    return None


def _find(store: Store, record: ReviewRecord, line: OrderLine | None) -> Review | None:
    """Find and lock the review: by its key, else the one of the same line, which another source called otherwise.

    A line that only stands for the one that the record names, as until the details of an order arrive, proves nothing.
    """
    reviews = Review.objects.for_store(store).select_for_update(of=("self",))
    found = reviews.filter(key=record.review_key).first()
    if found is None and line is not None and is_of_line(record, line):
        found = reviews.filter(order=line.order_id, line=line).order_by("pk").first()
    return found


def is_of_line(record: ReviewRecord, line: OrderLine) -> bool:
    return record.line_key in {"", line.key}


def new_review(
    store: Store, record: ReviewRecord, place: Place, settings: ReviewSettings, doing: Doing
) -> Review:  # fmt: skip
    """Return a review, not saved yet, of which the store knew nothing."""
    values = platform_values(record, None)
    values |= {"result": values.get("result", ReviewResult.UNKNOWN.value)}
    is_silent = values.get("is_default", True) and not values.get("follow_up")
    review = Review(
        store=store, key=record.review_key, order_number=record.number, snapshot_at=record.snapshot_at,
        content_hash=record.digest, created_at=doing.at, updated_at=doing.at,
        sealed=sealed_words(record, None, store_id=store.pk, key=record.review_key),
        **({"is_default": True} | values), **place.links(record),
    )  # fmt: skip
    if is_silent and not is_low(review, settings):
        review.read_at = doing.at  # there is nothing to read
    return review


def said_first(review: Review) -> dict[str, Any]:
    return _said(review, ("result", "stars", "text", "follow_up"))


def renew(
    review: Review, record: ReviewRecord, place: Place, settings: ReviewSettings, doing: Doing
) -> Recorded:  # fmt: skip
    """Write what is new in the record into a locked review."""
    values = _changed(review, platform_values(record, review))
    is_newer = (record.snapshot_at, record.digest) > (review.snapshot_at, review.content_hash)
    links = place.links(record) if review.order_id is None and place.order is not None else {}
    if values and not is_newer:
        if links:
            save_review(review, doing.at, links)
        return Recorded(review, STALE)
    if is_newer:
        review.snapshot_at, review.content_hash = record.snapshot_at, record.digest
        Review.objects.filter(pk=review.pk).update(snapshot_at=review.snapshot_at, content_hash=review.content_hash)
    if not (values or links):
        return Recorded(review, UNCHANGED)
    _write(review, record, place, values | links, doing)
    return Recorded(review, UPDATED, open_due_task(review, settings, doing.at))


def _write(
    review: Review, record: ReviewRecord, place: Place, values: dict[str, Any], doing: Doing
) -> None:  # fmt: skip
    """Save what changed; new words of the buyer are unread again, and told to the order."""
    said = [name for name in ("text", "follow_up") if values.get(name)]
    if {"text", "follow_up"} & values.keys():
        values["sealed"] = sealed_words(record, review, store_id=review.store_id, key=review.key)
    save_review(review, doing.at, values | (_UNREAD if said else {}))
    is_of_order = place.order is not None and place.order.pk == review.order_id
    if said and is_of_order:
        tell_order(place.order, EventKind.REVIEWED, doing, _said(review, said))


def _changed(review: Review, values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if getattr(review, name) != value}


def _said(review: Review, names: Iterable[str]) -> dict[str, Any]:
    """Return what the history tells, by the names that it knows."""
    found = {name: value for name in names if (value := getattr(review, name)) not in {None, ""}}
    return {"review_result" if name == "result" else name: value for name, value in found.items()}
