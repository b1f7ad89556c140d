"""Stock that people move: what arrives, comes back, is scrapped, corrected or counted."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.common.models import Job, Store, User
from orders.core.services import clean_reason
from orders.fulfilment.models import Sku
from orders.fulfilment.services.stock.book import Book
from orders.fulfilment.services.stock.errors import StockError
from orders.fulfilment.services.stock.lines import take_back, wake_short_orders
from orders.fulfilment.services.stock.marks import mark_naming
from orders.fulfilment.statuses import MovementKind

MOST = 1_000_000
BY_HAND = (MovementKind.RECEIVE, MovementKind.RETURN, MovementKind.SCRAP, MovementKind.CORRECT)
_NEED_REASON = (MovementKind.SCRAP, MovementKind.CORRECT)


@transaction.atomic
def move_stock(
    *,
    store: Store,
    sku_id: int,
    kind: str,
    quantity: int,
    reason: str = "",
    actor: User | None,
    at: datetime,
    version: int | None = None,
    job: Job | None = None,
) -> Sku:
    """Record pieces that arrived, came back, were scrapped or are corrected (there `quantity` may be negative).

    Orders that lack the sku are looked at again; when fewer are left than were promised, the newest promises go.

    Raises:
        Sku.DoesNotExist: the store has no such sku.
        StockError: a value will not do, the sku was never counted, or fewer are on hand.
    """
    change = _signed(kind, quantity)
    reason = _checked_reason(kind, reason)
    sku = lock_sku(store=store, sku_id=sku_id, version=version)
    if sku.counted_at is None:
        raise StockError(_("%(sku)s was never counted: count it first, then what moves is known.") % {"sku": sku.code})
    book = Book(store=store, at=at, actor=actor, job=job, skus={sku.pk: sku})
    change_on_hand(book, sku, MovementKind(kind), change, reason)
    sku.version += 1
    book.save()
    wake_short_orders(book)
    return sku


@transaction.atomic
def count_stock(
    *,
    store: Store,
    sku_id: int,
    counted: int,
    reason: str = "",
    actor: User | None,
    at: datetime,
    version: int | None = None,
    job: Job | None = None,
) -> Sku:
    """Record that so many pieces are on the shelf; from the first count on the sku is promised and can be short.

    Raises:
        Sku.DoesNotExist: the store has no such sku.
        StockError: the number will not do, or promises that must go are being worked on right now.
    """
    if not 0 <= counted <= MOST:
        raise StockError(_("Count 0 to %(most)s pieces.") % {"most": f"{MOST:,}"}, "field")
    reason = _checked_reason(MovementKind.COUNT, reason)
    sku = lock_sku(store=store, sku_id=sku_id, version=version)
    book = Book(store=store, at=at, actor=actor, job=job, skus={sku.pk: sku})
    is_first = record_count(book, sku, counted, reason)
    book.save()
    wake_short_orders(book)
    if is_first:
        mark_naming(store=store, codes=[sku.code], items=[sku.product.platform_id], at=at)
    return sku


def lock_sku(*, store: Store, sku_id: int, version: int | None = None) -> Sku:
    """Lock one sku of the store.

    Raises:
        Sku.DoesNotExist: the store has no such sku.
        StockError: it is not at the version the caller saw.
    """
    sku = Sku.objects.for_store(store).select_for_update(of=("self",)).select_related("product").get(pk=sku_id)
    if version is not None and sku.version != version:
        raise StockError(
            _("%(sku)s was changed by somebody else while you were working on it. Nothing was saved.")
            % {"sku": sku.code}, "version",
        )  # fmt: skip
    return sku


def _signed(kind: str, quantity: int) -> int:
    if kind not in BY_HAND:
        raise StockError(_("Stock does not move by hand in this way."), "field")
    if kind == MovementKind.CORRECT and 0 < abs(quantity) <= MOST:
        return quantity
    if not 1 <= quantity <= MOST:
        raise StockError(_("Move 1 to %(most)s pieces.") % {"most": f"{MOST:,}"}, "field")
    return -quantity if kind == MovementKind.SCRAP else quantity


def _checked_reason(kind: str, reason: str) -> str:
    return clean_reason(reason, longest=200) if reason.strip() or kind in _NEED_REASON else ""


def record_count(book: Book, sku: Sku, counted: int, reason: str) -> bool:
    """Note a count of a locked sku, for the book to save; tell whether it is the first.

    Raises:
        StockError: promises that must go are being worked on right now.
    """
    is_first = sku.counted_at is None
    sku.counted_at, sku.version = book.at, sku.version + 1
    change_on_hand(book, sku, MovementKind.COUNT, counted - sku.on_hand, reason)
    return is_first


def change_on_hand(book: Book, sku: Sku, kind: MovementKind, change: int, reason: str) -> None:
    """Change what is on hand of a locked sku; the newest promises go when fewer are left than were promised.

    Raises:
        StockError: fewer are on hand, or promises that must go are being worked on right now.
    """
    if sku.on_hand + change < 0:
        raise StockError(
            _("%(count)s pieces of %(sku)s are on hand, fewer than that.") % {"sku": sku.code, "count": sku.on_hand},
            "field",
        )
    promised_too_many = sku.reserved - (sku.on_hand + change)
    if promised_too_many > 0 and take_back(book, sku, promised_too_many) < promised_too_many:
        raise StockError(
            _("Orders that %(sku)s is promised to are being packed right now. Nothing was changed; try again.")
            % {"sku": sku.code}
        )
    book.move(sku, kind, on_hand=change, reason=reason)
