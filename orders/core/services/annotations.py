"""What staff write on an order without moving it: flag, tags, remarks."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.common.masking import mask_text
from backoffice.common.models import Job, Store, User
from orders.core.models import Order, Remark
from orders.core.services.base import bump, lock_order, record_event
from orders.core.services.errors import OrderError
from orders.core.statuses import EventKind, EventSource, Flag
from orders.core.texts import masked_and_sealed, remark_context

REMARK_LENGTH = 500
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
        OrderError: the text is empty or too long.
    """
    text = text.strip()
    if not text or len(text) > REMARK_LENGTH:
        raise OrderError(_("A remark has 1 to %(count)s characters.") % {"count": REMARK_LENGTH}, "field")
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


def mark_opened(*, store: Store, order_ids: Sequence[int], at: datetime) -> int:
    """Note that somebody has opened these orders; no event and no new version, since nothing of theirs changed."""
    return Order.objects.for_store(store).filter(pk__in=order_ids, opened_at__isnull=True).update(opened_at=at)
