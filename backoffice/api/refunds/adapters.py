"""Between what a request holds and what a service takes: pictures, people by their user names, lines by their keys."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from aftersales.refunds import services
from aftersales.refunds.models import Refund
from aftersales.refunds.services import RefundError
from aftersales.refunds.services.goods import Found, inspect_return
from backoffice.api.orders.adapters import find_member
from backoffice.api.refunds.pictures import Picture, keep_pictures
from backoffice.common.models import Store, User
from orders.core.models import Order


@transaction.atomic
def refuse(*, store: Store, proof: Picture | None, actor: User, at: datetime, **act: Any) -> Refund:
    kept = keep_pictures(store, [proof] if proof is not None else [], actor=actor, at=at)
    return services.refuse_case(store=store, proof=kept[0] if kept else None, actor=actor, at=at, **act)


@transaction.atomic
def say(*, store: Store, pictures: list[Picture], actor: User, at: datetime, **act: Any) -> Refund:
    kept = keep_pictures(store, pictures, actor=actor, at=at)
    return services.say(store=store, attachments=kept, actor=actor, at=at, **act)


@transaction.atomic
def inspect(
    *, store: Store, items: list[dict[str, Any]], pictures: list[Picture], actor: User, at: datetime, **act: Any
) -> Refund:
    kept = keep_pictures(store, pictures, actor=actor, at=at)
    found = [Found(**item) for item in items]
    return inspect_return(store=store, items=found, attachments=kept, actor=actor, at=at, **act)


def assign(*, store: Store, actor: User, **act: Any) -> Refund:
    """Give the case to `owner`, by user name, or back with null; without one to the caller."""
    owner: User | str | None = act.pop("owner", actor)
    person = find_member(store, owner) if isinstance(owner, str) else owner
    return services.assign_case(store=store, owner=person, actor=actor, **act)


def open_case(*, store: Store, order: str, line: int | str | None, **wish: Any) -> Refund:
    """Open a case on an order by its number.

    Raises:
        Order.DoesNotExist: the store has no such order.
        RefundError: the order has no such line, or the case cannot be opened.
    """
    found = Order.objects.for_store(store).only("pk", "number").get(number=order)
    return services.open_case(store=store, order_id=found.pk, line_id=_line_of(found, line), **wish)


def _line_of(order: Order, line: int | str | None) -> int | None:
    """Return the id of the line that is named: a number is an id before it is a key, a text the other way round."""
    if line is None:
        return None
    ids = dict(order.lines.values_list("pk", "key"))
    by_key = next((pk for pk, key in ids.items() if key == str(line)), None)
    by_id = int(line) if str(line).isascii() and str(line).isdecimal() and int(line) in ids else None
    found = by_id or by_key if isinstance(line, int) else by_key or by_id
    if found is None:
        raise RefundError(
            _("Order %(number)s has no line “%(line)s”.") % {"number": order.number, "line": line}, "field"
        )  # fmt: skip
    return found
