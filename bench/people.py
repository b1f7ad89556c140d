"""The people of a measured shop: who works there, what they did today, what they were told and keep ready."""

from datetime import datetime, timedelta

from backoffice.common.access import Role
from backoffice.common.clock import business_day, day_start
from backoffice.common.models import Alert, AlertKind, Membership, Store, User
from backoffice.common.models.alerts import ALERT_RIGHTS
from backoffice.common.services.alerts import raise_alert
from orders.core.models import Order, OrderEvent
from orders.core.statuses import EventKind, HoldKind
from orders.desk.acts import ACTS
from orders.desk.services import Item, start_batch
from orders.intake.demo.desk import REPLIES, RULES
from orders.notes.models import QuickReply
from orders.notes.services import save_reply
from orders.rules.models import AcceptanceRule
from orders.rules.services import save_rule

USER = "bench"
COLLEAGUES = 8
ALERTS, ACTS_OF_DAY, BATCH = 120, 2_000, 300
_KINDS = (
    EventKind.ACCEPTED, EventKind.SHIPPED, EventKind.NOTE_CONFIRMED, EventKind.REMARKED, EventKind.HELD,
    EventKind.FLAG_CHANGED, EventKind.CLAIMED,
)  # fmt: skip


def hire(store: Store, user: User) -> None:
    """Let the measured person administer the store, and give it colleagues."""
    Membership.objects.get_or_create(user=user, store=store, defaults={"roles": [Role.ADMIN]})
    for number in range(1, COLLEAGUES + 1):
        name = f"{user.username}-{number}"
        colleague = User.objects.get_or_create(username=name, defaults={"display_name": f"Bench {number}"})[0]
        role = Role.WAREHOUSE if number % 3 == 0 else Role.AGENT
        Membership.objects.get_or_create(user=colleague, store=store, defaults={"roles": [role]})


def work_today(store: Store, user: User, now: datetime) -> int:
    """Let the people of a kept shop work today, once a day; return the number of a batch with a receipt."""
    Membership.objects.filter(store=store).update(seen_at=now)
    today = OrderEvent.objects.filter(store=store, actor=user, at__gte=day_start(business_day(now)), job__isnull=False)
    if found := today.order_by("-at").first():
        return int(found.job_id or 0)
    _furnish(store, user, now)
    orders = list(Order.objects.for_store(store).pending_shipment().order_by("ship_by", "pk")[:BATCH])
    _write_acts(store, orders, now)
    items = [Item(order.pk, order.number) for order in orders]
    flag = 1 + business_day(now).toordinal() % 5  # another one than yesterday
    job = start_batch(store=store, act=ACTS["flag"], items=items, values={"flag": flag}, actor=user, at=now)
    return job.pk


def _furnish(store: Store, user: User, now: datetime) -> None:
    if not QuickReply.objects.filter(store=store).exists():
        for title, kind, text in REPLIES:
            save_reply(
                store=store, title=title, text=text, kind=kind, is_shared=True, may_share=True, actor=user, at=now
            )
    if not AcceptanceRule.objects.for_store(store).exists():
        for values in RULES:
            save_rule(store=store, values=values, actor=user, at=now)
    kinds = [kind for kind in AlertKind if kind in ALERT_RIGHTS]
    for place in range(ALERTS - Alert.objects.for_store(store).count()):
        kind = kinds[place % len(kinds)]
        raise_alert(
            store=store, kind=kind, right=ALERT_RIGHTS[kind], count=1 + place % 7,
            at=now - timedelta(minutes=10 * (ALERTS - place)),
        )  # fmt: skip


def _write_acts(store: Store, orders: list[Order], now: datetime) -> None:
    """Write the day's acts of everybody, spread over the hours since midnight, straight into the history."""
    people = [member.user for member in Membership.objects.filter(store=store).select_related("user").order_by("pk")]
    seconds = (now - day_start(business_day(now))).total_seconds()
    OrderEvent.objects.bulk_create(
        OrderEvent(
            store=store, order=orders[place % len(orders)], kind=_KINDS[place % len(_KINDS)], source="staff",
            actor=people[place % len(people)], actor_name=str(people[place % len(people)]),
            before={}, after={"hold": HoldKind.MANUAL} if _KINDS[place % len(_KINDS)] == EventKind.HELD else {},
            at=now - timedelta(seconds=seconds * place / ACTS_OF_DAY),
        )
        for place in range(ACTS_OF_DAY)
    )  # fmt: skip
