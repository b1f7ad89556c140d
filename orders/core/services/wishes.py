"""Wishes: what a buyer wants and the shop agreed to. `Order.wish_kinds` repeats the kinds of the open ones."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from backoffice.common.masking import mask_text
from backoffice.common.models import Job, Store, User
from backoffice.common.sealing import SealError, seal_json, unseal_json
from orders.core.models import Order, Wish
from orders.core.services.base import bump, clean_reason, lock_order, record_event
from orders.core.services.errors import OrderError
from orders.core.statuses import LASTING_WISHES, EventKind, EventSource, WishKind
from orders.core.texts import wish_context

WISH_LENGTH = 300
WORDLESS = frozenset({WishKind.GIFT_WRAP, WishKind.GIFT, WishKind.INVOICE, WishKind.URGE})  # need no further words


def agree_wish(
    order: Order,
    *,
    kind: str,
    text: str,
    data: Mapping[str, Any] | None = None,
    note_version: int | None = None,
    line_id: int | None = None,
    actor: User | None,
    at: datetime,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> Wish:
    """Put down one thing that was agreed, on a locked order; the same open wish again changes nothing.

    Writes the event; the caller bumps the order with `wish_kinds`. Phone-like numbers are masked in text and data.

    Raises:
        OrderError: there is no such kind or line, or the text is missing or too long.
    """
    _check_wish(order, kind, line_id)
    written = {"text": text.strip(), "data": dict(data or {})}
    asked = {
        "kind": str(kind), "text": clean_wish(kind, text), "data": _masked(written["data"]),
        "note_version": note_version, "line_id": line_id,
    }  # fmt: skip
    sealed = _sealed(order, asked, written)
    same = next((wish for wish in open_wishes(order).filter(**asked) if _says(wish, order, sealed and written)), None)
    if same is not None:
        return same
    wish = Wish.objects.create(
        store_id=order.store_id, order=order, sealed=sealed, agreed_by=actor, agreed_at=at, **asked
    )
    after = wish_values(wish)
    record_event(order, EventKind.WISH_AGREED, actor=actor, at=at, source=source, after=after, job=job)
    _keep_kinds(order)
    return wish


def open_wishes(order: Order) -> QuerySet[Wish]:
    """Return what is still to do of the order's wishes."""
    return order.wishes.filter(done_at__isnull=True, withdrawn_at__isnull=True)


def clean_wish(kind: str, text: str) -> str:
    """Return what to do, trimmed and with phone-like numbers masked; some kinds say it without words.

    Raises:
        OrderError: it is missing or too long.
    """
    wanted = mask_text(text.strip())
    if not (wanted or kind in WORDLESS) or len(wanted) > WISH_LENGTH:
        raise OrderError(
            _("Say what to do for the buyer in 1 to %(count)s characters.") % {"count": WISH_LENGTH}, "field"
        )
    return wanted


def wish_values(wish: Wish) -> dict[str, Any]:
    """Return what events say of a wish."""
    return {"wish": str(wish.kind), "text": wish.text, "line": wish.line_id}


def _check_wish(order: Order, kind: str, line_id: int | None) -> None:
    if kind not in WishKind.values:
        raise OrderError(_("There is no wish of the kind “%(kind)s”.") % {"kind": kind}, "field")
    if line_id is not None and not order.lines.filter(pk=line_id).exists():
        raise OrderError(_("Order %(number)s has no such line.") % {"number": order.number}, "field")


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return mask_text(value)
    if isinstance(value, Mapping):
        return {str(key): _masked(item) for key, item in value.items()}
    return [_masked(item) for item in value] if isinstance(value, list | tuple) else value


def _sealed(order: Order, asked: dict[str, Any], written: dict[str, Any]) -> bytes | None:
    """Seal text and data as they were written; None when masking changes neither."""
    if all(asked[name] == value for name, value in written.items()):
        return None
    return seal_json(written, context=wish_context(order.store_id, order.number))


def _says(wish: Wish, order: Order, written: object) -> bool:
    """Tell whether a wish whose readable part is the same was written the same, too."""
    if wish.sealed is None or not written:
        return wish.sealed is None and not written
    try:
        return bool(unseal_json(wish.sealed, context=wish_context(order.store_id, order.number)) == written)
    except SealError:
        return False


def _keep_kinds(order: Order) -> None:
    order.wish_kinds = sorted(set(open_wishes(order).values_list("kind", flat=True)))


@transaction.atomic
def finish_wish(
    *,
    store: Store,
    order_id: int,
    wish_id: int,
    actor: User | None,
    at: datetime,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> Wish:
    """Tick a wish off: it was done.

    Raises:
        OrderError: the order has no such wish, or it is done or withdrawn already.
    """
    order = lock_order(store=store, order_id=order_id, version=version)
    wish = _open_wish(order, wish_id)
    _finish(order, wish, actor=actor, at=at, source=source, job=job)
    _keep_kinds(order)
    bump(order, at, "wish_kinds", actor=actor)
    return wish


def finish_wishes(
    order: Order, *, actor: User | None, at: datetime, source: str = EventSource.STAFF, job: Job | None = None
) -> int:
    """Tick off what was done by the time a locked order left, with an event each; the caller bumps `wish_kinds`.

    Invoices follow the parcel, and what was agreed for a line that did not leave was not done.
    """
    has_left = Q(line__isnull=True) | Q(line__shipped_quantity__gt=0)
    wishes = list(open_wishes(order).filter(has_left).exclude(kind__in=LASTING_WISHES).order_by("pk"))
    for wish in wishes:
        _finish(order, wish, actor=actor, at=at, source=source, job=job)
    _keep_kinds(order)
    return len(wishes)


def _finish(order: Order, wish: Wish, *, actor: User | None, at: datetime, source: str, job: Job | None) -> None:
    wish.done_at, wish.done_by = at, actor
    wish.save(update_fields=["done_at", "done_by"])
    after = wish_values(wish)
    record_event(order, EventKind.WISH_DONE, actor=actor, at=at, source=source, after=after, job=job)


@transaction.atomic
def withdraw_wish(
    *,
    store: Store,
    order_id: int,
    wish_id: int,
    reason: str,
    actor: User | None,
    at: datetime,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> Wish:
    """Take a wish back that will not be met after all.

    Raises:
        OrderError: the reason is missing, the order has no such wish, or it is done or withdrawn already.
    """
    reason = clean_reason(reason)
    order = lock_order(store=store, order_id=order_id, version=version)
    wish = _open_wish(order, wish_id)
    _withdraw(order, wish, actor=actor, at=at, after={"reason": reason}, source=source, job=job)
    _keep_kinds(order)
    bump(order, at, "wish_kinds", actor=actor)
    return wish


def withdraw_wishes(
    order: Order,
    *,
    note_version: int | None,
    at: datetime,
    actor: User | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> int:
    """Take back what is still to do for the buyer's note, on a locked order; the caller bumps it with `wish_kinds`.

    `note_version` None means every version of the note. Wishes that no note asked for, and those done, stay.
    """
    wishes = open_wishes(order).filter(note_version__isnull=False)
    if note_version is not None:
        wishes = wishes.filter(note_version=note_version)
    withdrawn = list(wishes.order_by("pk"))
    for wish in withdrawn:
        _withdraw(order, wish, actor=actor, at=at, after={}, source=source, job=job)
    _keep_kinds(order)
    return len(withdrawn)


def _withdraw(
    order: Order, wish: Wish, *, actor: User | None, at: datetime, after: dict[str, str], source: str, job: Job | None
) -> None:
    wish.withdrawn_at = at
    wish.save(update_fields=["withdrawn_at"])
    before = wish_values(wish)
    record_event(
        order, EventKind.WISH_WITHDRAWN, actor=actor, at=at, source=source, before=before, after=after, job=job
    )


def _open_wish(order: Order, wish_id: int) -> Wish:
    wish = order.wishes.select_related("done_by").filter(pk=wish_id).first()
    if wish is None:
        raise OrderError(_("Order %(number)s has no such wish.") % {"number": order.number}, "field")
    if wish.withdrawn_at is not None:
        raise OrderError(_("The wish “%(text)s” was withdrawn already.") % {"text": _name(wish)})
    if wish.done_at is not None:
        raise OrderError(
            _("The wish “%(text)s” was fulfilled already, by %(who)s.")
            % {"text": _name(wish), "who": wish.done_by or _("System")}
        )
    return wish


def _name(wish: Wish) -> str:
    return wish.text or str(wish.get_kind_display())
