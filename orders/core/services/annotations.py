"""What staff write on an order without moving it: flag, tags, remarks."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.common.masking import mask_text
from backoffice.common.models import Job, Store, User
from orders.core.models import Order, Remark
from orders.core.services.base import bump, lock_order, record_event, refuse_cards
from orders.core.services.errors import OrderError
from orders.core.statuses import EventKind, EventSource, Flag
from orders.core.texts import masked_and_sealed, remark_context

REMARK_LENGTH = 500
REMARK_MINUTES = 15  # in which its author may take a remark back
TAG_LENGTH, TAG_COUNT = 40, 20


@transaction.atomic
def set_flag(
    *,
    store: Store,
    order_id: int,
    flag: int,
    actor: User | None,
    at: datetime,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> Order:
    """Give the order one of the six flags; the same flag again changes nothing.

    Raises:
        OrderError: there is no such flag.
    """
    if flag not in Flag.values:
        raise OrderError(_("Flag %(flag)s does not exist; flags are 0 to 5.") % {"flag": flag}, "field")
    order = lock_order(store=store, order_id=order_id, version=version)
    if order.flag == flag:
        return order
    before, after = {"flag": int(order.flag)}, {"flag": int(flag)}
    record_event(order, EventKind.FLAG_CHANGED, actor=actor, at=at, source=source, before=before, after=after, job=job)
    order.flag = Flag(flag)
    bump(order, at, "flag", actor=actor)
    return order


@transaction.atomic
def set_tags(
    *,
    store: Store,
    order_id: int,
    tags: Iterable[str],
    actor: User | None,
    at: datetime,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> Order:
    """Replace the order's tags.

    Raises:
        OrderError: too many tags, or one that is too long.
    """
    wanted = _clean_tags(tags)
    order = lock_order(store=store, order_id=order_id, version=version)
    if order.tags == wanted:
        return order
    before, after = {"tags": order.tags}, {"tags": wanted}
    record_event(order, EventKind.TAGGED, actor=actor, at=at, source=source, before=before, after=after, job=job)
    order.tags = wanted
    bump(order, at, "tags", actor=actor)
    return order


def _clean_tags(tags: Iterable[str]) -> list[str]:
    wanted = list(dict.fromkeys(filter(None, (mask_text(" ".join(tag.split())) for tag in tags))))
    if len(wanted) > TAG_COUNT or any(len(tag) > TAG_LENGTH for tag in wanted):
        raise OrderError(
            _("An order takes up to %(count)s tags of up to %(length)s characters.")
            % {"count": TAG_COUNT, "length": TAG_LENGTH},
            "field",
        )
    return wanted


@transaction.atomic
def add_remark(
    *,
    store: Store,
    order_id: int,
    text: str,
    actor: User | None,
    at: datetime,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> Remark:
    """Append a remark for colleagues; phone-like numbers are masked, the text as written is sealed beside it.

    Raises:
        OrderError: the text is empty or too long, or holds a bank card number.
    """
    text = text.strip()
    if not text or len(text) > REMARK_LENGTH:
        raise OrderError(_("A remark has 1 to %(count)s characters.") % {"count": REMARK_LENGTH}, "field")
    if source != EventSource.PLATFORM:
        refuse_cards(text, store=store)
    order = lock_order(store=store, order_id=order_id, version=version)
    masked, sealed = masked_and_sealed(text, context=remark_context(store.pk, order.number))
    author = str(actor or EventSource(source).value)[:60]
    remark = Remark.objects.create(
        store=store, order=order, text=masked, sealed=sealed, author=actor, author_name=author, source=source, at=at
    )
    before, after = {"remark": order.latest_remark}, {"remark": masked}
    record_event(order, EventKind.REMARKED, actor=actor, at=at, source=source, before=before, after=after, job=job)
    order.latest_remark, order.latest_remark_by, order.latest_remark_at = masked, author, at
    bump(order, at, "latest_remark", "latest_remark_by", "latest_remark_at", actor=actor)
    return remark


@transaction.atomic
def withdraw_remark(
    *,
    store: Store,
    order_id: int,
    remark_id: int,
    actor: User | None,
    at: datetime,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> Remark:
    """Take one's own remark back within minutes; it stays in the history, and the one before it shows again.

    Raises:
        OrderError: the order has no such remark, it is somebody else's, or its minutes have passed.
    """
    order = lock_order(store=store, order_id=order_id, version=version)
    remark = _own_remark(order, remark_id, actor, at)
    remark.withdrawn_at = at
    remark.save(update_fields=["withdrawn_at"])
    latest = order.remarks.filter(withdrawn_at__isnull=True).order_by("-at", "-pk").first()
    order.latest_remark, order.latest_remark_by, order.latest_remark_at = (
        (latest.text, latest.author_name, latest.at) if latest else ("", "", None)
    )
    before, after = {"remark": remark.text}, {"remark": order.latest_remark}
    record_event(
        order, EventKind.REMARK_WITHDRAWN, actor=actor, at=at, source=source, before=before, after=after, job=job
    )
    bump(order, at, "latest_remark", "latest_remark_by", "latest_remark_at", actor=actor)
    return remark


def _own_remark(order: Order, remark_id: int, actor: User | None, at: datetime) -> Remark:
    remark = order.remarks.filter(pk=remark_id).first()
    if remark is None:
        raise OrderError(_("Order %(number)s has no such remark.") % {"number": order.number}, "field")
    if actor is None or remark.author_id != actor.pk:
        raise OrderError(
            _("The remark is by %(who)s: only who wrote it can take it back.") % {"who": remark.author_name}
        )
    if remark.withdrawn_at is not None:
        raise OrderError(_("The remark was taken back already."))
    if at > remark.at + timedelta(minutes=REMARK_MINUTES):
        raise OrderError(
            _("A remark can be taken back for %(count)s minutes; write another one that corrects it.")
            % {"count": REMARK_MINUTES}
        )
    return remark


def mark_opened(*, store: Store, order_ids: Sequence[int], at: datetime) -> int:
    """Note that somebody has opened these orders; no event and no new version, since nothing of theirs changed."""
    return Order.objects.for_store(store).filter(pk__in=order_ids, opened_at__isnull=True).update(opened_at=at)
