"""Typed functions that make rows: only what a test names differs from the plainest case."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from backoffice.common.access import Role
from backoffice.common.models import Job, Membership, Store, User
from orders.core.models import Buyer, Order, OrderLine, ProductTitle, Recipient
from orders.core.recipients import build_recipient
from orders.core.statuses import Acceptance, OrderStatus, ShipByRule

NOON = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)  # 12:00 in Asia/Shanghai
_serial = count(1)


def make_store(*, code: str = "", **values: Any) -> Store:
    code = code or f"store-{next(_serial)}"
    return Store.objects.create(code=code, name=values.pop("name", code), **values)


def make_user(
    username: str = "", *, store: Store | None = None, roles: tuple[str, ...] = (Role.AGENT,), **values: Any
) -> User:
    """Make a person, with these roles in the store when one is given."""
    user = User(username=username or f"user-{next(_serial)}", **values)
    user.set_unusable_password()
    user.save()
    if store is not None:
        make_member(user, store, *roles)
    return user


def make_member(user: User, store: Store, *roles: str) -> Membership:
    return Membership.objects.create(user=user, store=store, roles=list(roles))


def make_buyer(*, store: Store, nick: str = "") -> Buyer:
    return Buyer.objects.get_or_create(store=store, nick=nick or f"tb{next(_serial):07}")[0]


def make_title(*, store: Store, text: str = "真丝连衣裙") -> ProductTitle:
    return ProductTitle.objects.get_or_create(store=store, text=text)[0]


def make_order(*, store: Store | None = None, number: str = "", lines: int = 1, **values: Any) -> Order:
    """Make a paid, accepted order of ¥100 with so many one-piece lines; other statuses get the times they need."""
    store = store or make_store()
    serial = next(_serial)
    status = values.setdefault("status", OrderStatus.PENDING_SHIPMENT)
    is_paid = status != OrderStatus.PENDING_PAYMENT
    paid = values.pop("paid", Decimal(100) if is_paid else Decimal(0))
    placed_at = values.setdefault("placed_at", NOON - timedelta(hours=1))
    paid_at = values.setdefault("paid_at", placed_at if is_paid else None)
    values.setdefault("ship_by", paid_at and paid_at + timedelta(hours=48))
    defaults: dict[str, Any] = {
        "total": Decimal(100),
        "payable": Decimal(100),
        "paid": paid,
        "gross_paid": paid,
        "province": "广东",
        "city": "深圳市",
        "buyer": values.pop("buyer", None) or make_buyer(store=store),
        "acceptance": Acceptance.ACCEPTED if is_paid else Acceptance.UNREVIEWED,
        "ship_by_rule": ShipByRule.PROMISE if is_paid else ShipByRule.NONE,
        "snapshot_at": placed_at,
        "created_at": placed_at,
        "updated_at": placed_at,
        "line_count": lines,
        "piece_count": lines,
    }
    order = Order.objects.create(store=store, number=number or f"35526{serial:012}", **(defaults | values))
    for position in range(1, lines + 1):
        make_line(order=order, position=position)
    return order


def make_line(*, order: Order, position: int = 1, title: str = "真丝连衣裙", **values: Any) -> OrderLine:
    values.setdefault("key", f"{order.number}-{position}")
    return OrderLine.objects.create(
        store=order.store, order=order, position=position, title=make_title(store=order.store, text=title),
        placed_at=order.placed_at, **values,
    )  # fmt: skip


def make_recipient(*, order: Order, **clear: str) -> Recipient:
    """Seal a recipient for the order: 张三, 13812341234 and a street unless told otherwise."""
    clear = {"name": "张三", "mobile": "13812341234", "street": "科技园路 1 号", **clear}
    place = f"{order.province}{order.city}{order.district}"
    columns = build_recipient(order.store_id, order.number, clear, place=place)
    return Recipient.objects.create(order=order, store=order.store, **columns._asdict())


def make_job(*, store: Store | None = None, kind: str = "order_export", **values: Any) -> Job:
    defaults = {"not_before": NOON, "created_at": NOON}
    return Job.objects.create(store=store, kind=kind, **(defaults | values))
