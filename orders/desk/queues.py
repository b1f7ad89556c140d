"""The queues and sub-queues of the desk: keys of the address, labels, and which orders stand in them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice.common.clock import business_day, day_bounds
from backoffice.common.models import Store, User
from orders.core.statuses import OPEN_STATUSES, Acceptance, HoldKind, NoteState, OrderStatus

OPEN_QUEUE = "pending_shipment"


@dataclass(frozen=True, slots=True)
class Queue:
    """One tab; its exact count comes from orders.core.queries.tab_counts."""

    key: str
    label: Any
    condition: Q
    go_key: str = ""


def _status(*statuses: OrderStatus) -> Q:
    return Q(status=statuses[0]) if len(statuses) == 1 else Q(status__in=statuses)


QUEUES = (
    Queue("pending_payment", _("Awaiting payment"), _status(OrderStatus.PENDING_PAYMENT), "p"),
    Queue(OPEN_QUEUE, _("Awaiting shipment"), _status(*OPEN_STATUSES), "s"),
    Queue("shipped", _("Shipped"), _status(OrderStatus.SHIPPED)),
    Queue("aftersales", pgettext_lazy("queue", "After-sales"), Q(has_open_refund=True), "r"),
    Queue("completed", pgettext_lazy("queue", "Completed"), _status(OrderStatus.COMPLETED)),
    Queue("closed", pgettext_lazy("queue", "Closed"), _status(OrderStatus.CLOSED)),
    Queue("all", _("All"), Q()),
)
QUEUE_BY_KEY = {queue.key: queue for queue in QUEUES}

PAYMENT_METHODS = {  # the codes that intake derives; another text of a platform stands for itself
    "alipay": _("Alipay"),
    "wechat": _("WeChat Pay"),
    "huabei": _("Huabei"),
    "credit_card": _("Credit card"),
    "bank_card": _("Bank card"),
    "cod": _("Cash on delivery"),
    "other": _("Other method"),
}

Condition = Callable[[Store, User | None, datetime], Q]


@dataclass(frozen=True, slots=True)
class SubQueue:
    """One part of the open orders; the conditions are the twins of OrderQuerySet's methods."""

    key: str
    label: Any
    condition: Condition
    is_workable: bool = True  # holds that end by themselves are left out when somebody claims from it

    def title(self, store: Store) -> str:
        """Return the label as this store says it: with its own hours."""
        return str(self.label) % {"hours": store.due_soon_hours} if self.key == "due_soon" else str(self.label)


def _due_soon(store: Store, _user: User | None, now: datetime) -> Q:
    return Q(ship_by__gte=now, ship_by__lte=now + timedelta(hours=store.due_soon_hours))


def _today(_store: Store, _user: User | None, now: datetime) -> Q:
    return Q(ship_by__gte=now, ship_by__lt=day_bounds(business_day(now))[1])


def _tomorrow(_store: Store, _user: User | None, now: datetime) -> Q:
    first, following = day_bounds(business_day(now) + timedelta(days=1))
    return Q(ship_by__gte=first, ship_by__lt=following)


SUB_QUEUES = (
    SubQueue("ready", _("Ready to ship"), lambda *_a: Q(acceptance=Acceptance.ACCEPTED, hold_kinds=[])),
    SubQueue("unreviewed", _("Not reviewed"), lambda *_a: Q(acceptance=Acceptance.UNREVIEWED)),
    SubQueue("held", _("Held"), lambda *_a: ~Q(hold_kinds=[]), is_workable=False),
    SubQueue("overdue", _("Overdue"), lambda _s, _u, now: Q(ship_by__lt=now)),
    SubQueue("due_soon", _("Within %(hours)s h"), _due_soon),
    SubQueue("today", pgettext_lazy("ship by", "Today"), _today),
    SubQueue("tomorrow", pgettext_lazy("ship by", "Tomorrow"), _tomorrow),
    SubQueue("note", pgettext_lazy("queue", "Buyer note"), lambda *_a: Q(note_state=NoteState.UNHANDLED)),
    SubQueue(
        "out_of_stock",
        _("Out of stock"),
        lambda *_a: Q(hold_kinds__contains=[HoldKind.OUT_OF_STOCK]) & ~Q(hold_kinds=[]),
        is_workable=False,
    ),
    SubQueue("mine", _("Claimed by me"), lambda _s, user, now: Q(claimed_by=user, claim_expires_at__gt=now)),
)
SUB_QUEUE_BY_KEY = {sub.key: sub for sub in SUB_QUEUES}
