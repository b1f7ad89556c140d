"""The purge of recipients and of what was agreed with them: what names a person goes, the sums stay."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Model, Q, QuerySet
from django.db.models.functions import Coalesce

from backoffice.common.audit import write_audit
from backoffice.common.models import Attachment, Store
from backoffice.common.services.attachments import forget_attachments
from orders.core.models import ContactLog, Extension, Order, Recipient, Remark, Wish
from orders.core.recipients import NOBODY
from orders.core.statuses import OrderStatus

BATCH = 1000
_WIPED = NOBODY._asdict() | {"changed": None}
# of these the texts as written go, the masked ones stay
_TEXTS: dict[str, type[Model]] = {"remarks": Remark, "contacts": ContactLog, "extensions": Extension, "wishes": Wish}


def purge_recipients(now: datetime) -> dict[str, int]:
    """Wipe recipients, sealed texts and pictures of orders that ended so many days ago as their store says."""
    counts = {"recipients": 0, "agreement_images": 0} | dict.fromkeys(_TEXTS, 0)
    for store in Store.objects.order_by("pk"):
        ended = ended_orders(store, now)
        last = 0
        while ids := _due(store, ended, after=last):
            counts["recipients"] += _wipe(store, ids, now)
            last = ids[-1]
        for name, model in _TEXTS.items():
            texts = model._base_manager.filter(store=store, sealed__isnull=False, order__in=ended)  # noqa: SLF001 -- public in Django's documentation
            counts[name] += texts.update(sealed=None)
        images = Extension.objects.filter(store=store, image__stored__gt="", order__in=ended).values("image")
        counts["agreement_images"] += forget_attachments(Attachment.objects.filter(pk__in=images))
    return counts


def ended_orders(store: Store, now: datetime) -> QuerySet[Order]:
    """Return the store's orders whose personal data has had its time; a closed one ended when it last moved."""
    end = Coalesce("completed_at", "shipped_at", "paid_at", "placed_at")
    final = Order.objects.for_store(store).filter(status__in=(OrderStatus.COMPLETED, OrderStatus.CLOSED))
    return final.annotate(ended_at=end).filter(ended_at__lte=now - timedelta(days=store.purge_days)).order_by()


def _due(store: Store, ended: QuerySet[Order], *, after: int) -> list[int]:
    is_sealed = Q(sealed__isnull=False) | Q(changed__isnull=False)
    due = Recipient.objects.filter(is_sealed, store=store, pk__gt=after, order__in=ended)
    return list(due.order_by("pk").values_list("pk", flat=True)[:BATCH])


@transaction.atomic
def _wipe(store: Store, ids: Sequence[int], now: datetime) -> int:
    wiped = Recipient.objects.filter(pk__in=ids).update(purged_at=now, **_WIPED)
    write_audit(store=store, actor=None, action="recipients_purged", at=now, data={"orders": wiped})
    return wiped
