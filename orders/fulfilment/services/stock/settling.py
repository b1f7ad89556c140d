"""Looking at an order that is due: gifts, stock, merge mark, and the steps of others, in one transaction."""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import lru_cache

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.utils.module_loading import import_string

from backoffice.common.access import Right
from backoffice.common.models import AlertKind, Store
from backoffice.common.models.alerts import ALERT_RIGHTS
from backoffice.common.services.alerts import raise_alert
from orders.core.models import Order
from orders.core.services import bump
from orders.fulfilment.models import FulfilmentDue
from orders.fulfilment.services.gifts.giving import GIFT_COUNTS, follow_gifts
from orders.fulfilment.services.stock.book import Book
from orders.fulfilment.services.stock.lines import LineBook
from orders.fulfilment.services.stock.reading import (
    drop_gone,
    lines_of,
    lock_waiting,
    put_off,
    take_off_the_list,
)
from orders.fulfilment.services.stock.shorts import follow_shorts, is_given_up, open_shortages
from orders.fulfilment.services.waiting import claims_stock

logger = logging.getLogger(__name__)
_TOLD_AFTER = 5  # failures in a row, a quarter of an hour

_MARK_MERGE = """
WITH k AS (
    SELECT order_id, store_id, recipient_key FROM orders_recipient
    WHERE order_id = %(order)s AND recipient_key <> '' AND %(waits)s
), gone AS (
    DELETE FROM fulfilment_mergecandidate WHERE order_id = %(order)s AND NOT EXISTS (SELECT FROM k)
)
INSERT INTO fulfilment_mergecandidate AS m (order_id, store_id, recipient_key)
SELECT order_id, store_id, recipient_key FROM k
ON CONFLICT (order_id) DO UPDATE SET recipient_key = excluded.recipient_key
WHERE m.recipient_key <> excluded.recipient_key
"""


def settle_order(order: Order, *, at: datetime) -> None:
    """Bring gifts, stock and merge mark of a locked order in line with what it is now; again: no change."""
    settle(order, at=at)


def settle(order: Order, *, at: datetime) -> bool:
    """Settle a locked order; tell whether something of it became short."""
    lines = lines_of(order)
    has_gifts = follow_gifts(order, lines, at=at)
    book = LineBook(order, lines, Book(store=order.store, at=at))
    shortages = open_shortages(order) if book.before else []
    book.settle(given_up={row.line_id for row in shortages if is_given_up(row)})
    change = follow_shorts(book, shortages, at=at)
    if has_gifts or change.ended or change.has_other_holds:
        bump(order, at, "hold_kinds", *GIFT_COUNTS)
    book.save()
    mark_merge(order)
    for step in _steps(tuple(settings.FULFILMENT_STEPS)):
        step(order, at=at)
    return bool(change.opened)


def mark_merge(order: Order) -> None:
    """Keep the row by which orders to one recipient find each other, as long as the order is to be packed."""
    with connection.cursor() as cursor:
        cursor.execute(_MARK_MERGE, {"order": order.pk, "waits": claims_stock(order)})


@lru_cache(maxsize=8)
def _steps(paths: tuple[str, ...]) -> list[Callable[..., None]]:
    return [import_string(path) for path in paths]


def settle_due(*, store: Store, at: datetime, limit: int = 1000) -> int:
    """Settle the store's due orders, those that were paid first before others; return how many.

    Each is a transaction of its own that ends with taking the order off the list: what is killed halfway stays due. So
    does an order that somebody works on right now; one that fails is tried again later, and told of if it goes on so.
    """
    due = FulfilmentDue.objects.for_store(store).at(at)
    due = due.order_by(F("order__paid_at").asc(nulls_first=True), "order_id")
    done, short, stuck = 0, [], []
    waiting = list(due.values_list("order_id", "since")[:limit])
    if not waiting:
        drop_gone(store)
    for order_id, since in waiting:
        try:
            order, is_short = _settle_one(store, order_id, since, at)
        except Exception:  # the others must not wait for one that fails
            logger.exception("order %s could not be settled", order_id)
            stuck += [order_id] if put_off(order_id, at) == _TOLD_AFTER else []
            continue
        done += order is not None
        short += [order.number] if order is not None and is_short else []
    _alert(store, short, at)
    _tell_stuck(store, stuck, at)
    return done


@transaction.atomic
def _settle_one(store: Store, order_id: int, since: datetime, at: datetime) -> tuple[Order | None, bool]:
    order = lock_waiting(store, order_id)
    if order is None:
        return None, False
    is_short = settle(order, at=at)
    # a mark that was renewed in between, for a sku that was not there yet, stays
    take_off_the_list(order, since)
    return order, is_short


def _alert(store: Store, numbers: Iterable[str], at: datetime) -> None:
    if short := list(numbers):
        kind = AlertKind.OUT_OF_STOCK
        raise_alert(store=store, kind=kind, right=ALERT_RIGHTS[kind], at=at, count=len(short), subjects=short)


def _tell_stuck(store: Store, order_ids: Iterable[int], at: datetime) -> None:
    """Tell operations of orders that failed again and again: their stock, gifts and invoices are not looked after."""
    numbers = list(
        Order.objects.for_store(store).filter(pk__in=order_ids).order_by("pk").values_list("number", flat=True)
    )
    if numbers:
        data = {"kind": "fulfilment", "error": f"{len(numbers)} orders could not be settled"}
        raise_alert(
            store=store, kind=AlertKind.JOB_FAILED, right=Right.RUN_JOBS, at=at, subjects=numbers, data=data
        )  # fmt: skip
