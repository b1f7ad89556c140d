from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from backoffice.common.models import Store, User
from orders.core.statuses import OPEN_STATUSES, Acceptance, HoldKind, NoteState, OrderStatus

if TYPE_CHECKING:
    from orders.core.models.orders import Order  # noqa: F401 -- named in the annotation below


class OrderQuerySet(models.QuerySet["Order"]):
    def for_store(self, store: Store) -> Self:
        return self.filter(store=store)

    def locked(self) -> Self:
        """Lock the rows, always in pk order so that two bulk acts cannot deadlock."""
        return self.order_by("pk").select_for_update(of=("self",))

    def pending_payment(self) -> Self:
        return self.filter(status=OrderStatus.PENDING_PAYMENT)

    def pending_shipment(self) -> Self:
        # See also Order.is_open
        return self.filter(status__in=OPEN_STATUSES)

    def shipped(self) -> Self:
        return self.filter(status=OrderStatus.SHIPPED)

    def completed(self) -> Self:
        return self.filter(status=OrderStatus.COMPLETED)

    def closed(self) -> Self:
        return self.filter(status=OrderStatus.CLOSED)

    def in_aftersales(self) -> Self:
        return self.filter(has_open_refund=True)

    def unreviewed(self) -> Self:
        return self.filter(acceptance=Acceptance.UNREVIEWED)

    def ready(self) -> Self:
        """Accepted and without an open hold."""
        return self.filter(acceptance=Acceptance.ACCEPTED, hold_kinds=[])

    def held(self) -> Self:
        return self.exclude(hold_kinds=[])

    def overdue(self, now: datetime) -> Self:
        return self.filter(ship_by__lt=now)

    def due_within(self, now: datetime, hours: int) -> Self:
        """Due after now and no later than so many hours ahead."""
        return self.filter(ship_by__gte=now, ship_by__lte=now + timedelta(hours=hours))

    def note_unhandled(self) -> Self:
        return self.filter(note_state=NoteState.UNHANDLED)

    def out_of_stock(self) -> Self:
        return self.filter(hold_kinds__contains=[HoldKind.OUT_OF_STOCK])

    def claimed_by(self, users: Iterable[User], now: datetime) -> Self:
        return self.filter(claimed_by__in=users, claim_expires_at__gt=now)

    def unclaimed(self, now: datetime) -> Self:
        return self.filter(Q(claimed_by__isnull=True) | Q(claim_expires_at__lte=now))
