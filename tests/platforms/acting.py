"""Acts on orders that the platform knows, and workers that send them."""

from orders.core.models import Order, OutboxMessage
from orders.core.services import add_remark, set_flag
from orders.fulfilment.services import ship_order
from orders.platforms.services import send_due, take_changes

TID = "3552600000000100"
NUMBER = "YT6900634716900"
OTHER = "YT6900634716901"


def make_known(store, shop, clock, tid, **values):
    """Put a trade on the platform and take it in."""
    shop.add(tid, **values)
    clock.on(minutes=1)
    take_changes(store=store, clock=clock)
    return Order.objects.get(number=tid)


def ship(order, clock, actor=None, number=NUMBER, lines=None):
    return ship_order(
        store=order.store,
        order_id=order.pk,
        courier="圆通",
        tracking_number=number,
        actor=actor,
        at=clock(),
        lines=lines,
    )


def remark(order, clock, text="改为发顺丰", actor=None):
    return add_remark(store=order.store, order_id=order.pk, text=text, actor=actor, at=clock())


def flag(order, clock, colour=3):
    return set_flag(store=order.store, order_id=order.pk, flag=colour, actor=None, at=clock())


def send(store, clock, **values):
    return send_due(store=store, clock=clock, **values)


def send_all(store, clock):
    """Let the workers come back until nothing waits."""
    for _ in range(40):
        send(store, clock)
        if not OutboxMessage.objects.filter(state="pending").exists():
            return
        clock.on(minutes=15)


def states():
    return list(OutboxMessage.objects.order_by("pk").values_list("kind", "state", "error_code"))
