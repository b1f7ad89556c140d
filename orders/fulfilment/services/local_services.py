"""Services that the shop offers in some places: orders to there are tagged with their names when they are settled."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from backoffice.common.audit import write_audit
from backoffice.common.models import Store, User
from orders.core.divisions import province_name
from orders.core.models import Order
from orders.core.services import OrderError, bump, record_event
from orders.core.services.annotations import TAG_COUNT, TAG_LENGTH
from orders.core.statuses import OPEN_STATUSES, EventKind, EventSource
from orders.fulfilment.models import LocalService

PLACES, CODES, LENGTH = 200, 200, 100
_MARK_OPEN = """
INSERT INTO fulfilment_fulfilmentdue (order_id, store_id, since)
SELECT id, store_id, now() FROM orders_order
WHERE store_id = %(store)s AND status = ANY(%(open)s) AND province = ANY(%(provinces)s)
ORDER BY id ON CONFLICT DO NOTHING
"""


class ServiceError(OrderError):
    """A local service that cannot be kept so."""


@transaction.atomic
def save_service(
    *,
    store: Store,
    name: str,
    places: Sequence[str],
    product_codes: Sequence[str] = (),
    is_active: bool = True,
    actor: User | None,
    at: datetime,
    service_id: int | None = None,
) -> LocalService:
    """Make a service or change one; the open orders to its places are looked at again.

    A place is a province, a province and a city, or those and a district, as addresses begin. Without codes any product
    will do. Tags that orders have already stay.

    Raises:
        LocalService.DoesNotExist: the store has no such service.
        ServiceError: name, places or codes will not do, or the name is taken.
    """
    service = LocalService.objects.get(store=store, pk=service_id) if service_id else LocalService(store=store)
    service.name, service.places = _clean_name(name), _clean_places(places)
    service.product_codes = _clean_codes(product_codes)
    service.is_active, service.updated_by, service.updated_at = is_active, actor, at
    try:
        with transaction.atomic():
            service.save()
    except IntegrityError as error:
        raise ServiceError(_("There is a service “%(name)s” already.") % {"name": service.name}, "field") from error
    data = {"service": service.name, "places": len(service.places), "is_active": is_active}
    write_audit(store=store, actor=actor, action="local_service_saved", at=at, subject=service.name, data=data)
    _look_again(service)
    return service


def _clean_name(name: str) -> str:
    name = " ".join(name.split())
    if not 0 < len(name) <= TAG_LENGTH:
        raise ServiceError(
            _("A service has a name of up to %(count)s characters: orders are tagged with it.") % {"count": TAG_LENGTH},
            "field",
        )
    return name


def _clean_places(places: Sequence[str]) -> list[str]:
    cleaned = list(dict.fromkeys(_clean_place(place) for place in places if place.strip()))
    if not 0 < len(cleaned) <= PLACES:
        raise ServiceError(_("Name 1 to %(count)s places, one a line.") % {"count": PLACES}, "field")
    return cleaned


def _clean_place(place: str) -> str:
    """Return a place as orders name it: the province by its short name, then city and district."""
    head, *rest = place.split()
    province = province_name(head)
    if not province:
        raise ServiceError(_("%(name)s is not a province.") % {"name": head[:40]}, "field")
    cleaned = " ".join((province, *rest))
    if len(rest) > 2 or len(cleaned) > 60:  # noqa: PLR2004 -- city and district
        raise ServiceError(_("%(place)s: a place is province, city and district.") % {"place": place[:40]}, "field")
    return cleaned


def _clean_codes(codes: Sequence[str]) -> list[str]:
    cleaned = list(dict.fromkeys(code.strip() for code in codes if code.strip()))
    if len(cleaned) > CODES or any(len(code) > LENGTH for code in cleaned):
        raise ServiceError(
            _("Name up to %(count)s merchant codes of up to %(length)s characters.")
            % {"count": CODES, "length": LENGTH},
            "field",
        )
    return cleaned


def _look_again(service: LocalService) -> None:
    """Put the open orders to the service's provinces on the list of those that are settled next."""
    if not service.is_active:
        return
    provinces = sorted({place.split()[0] for place in service.places})
    values: dict[str, Any] = {"store": service.store_id, "open": list(OPEN_STATUSES), "provinces": provinces}
    with connection.cursor() as cursor:
        cursor.execute(_MARK_OPEN, values)


@transaction.atomic
def delete_service(*, store: Store, service_id: int, actor: User | None, at: datetime) -> None:
    """Take a service off the list; the tags of orders stay.

    Raises:
        LocalService.DoesNotExist: the store has no such service.
    """
    service = LocalService.objects.get(store=store, pk=service_id)
    data = {"service": service.name}
    write_audit(store=store, actor=actor, action="local_service_deleted", at=at, subject=service.name, data=data)
    service.delete()


def tag_order(order: Order, *, at: datetime) -> None:
    """Tag a locked open order with the services of its place; a step of settling.

    A tag that somebody took off again does not come back: each service is arranged once.
    """
    if not order.is_open or not order.province:
        return
    services = LocalService.objects.filter(store=order.store_id, is_active=True).order_by("pk")
    for service in services:
        if service.name not in order.tags and _serves(service, order) and not _was_arranged(order, service.name):
            _arrange(order, service.name, at)


def _serves(service: LocalService, order: Order) -> bool:
    if not any(_lies_in(order, place) for place in service.places):
        return False
    return not service.product_codes or _has_any(order, service.product_codes)


def _lies_in(order: Order, place: str) -> bool:
    """Tell whether the order goes there; 深圳 is the beginning of 深圳市."""
    province, *rest = place.split()
    named = (order.city, order.district)
    return order.province == province and all(name.startswith(part) for name, part in zip(named, rest, strict=False))


def _has_any(order: Order, codes: Iterable[str]) -> bool:
    wanted = set(codes)
    lines = order.lines.filter(is_closed=False, is_gift=False).values_list("sku_code", "agreed_sku_code")
    return any((agreed or code) in wanted for code, agreed in lines)


def _was_arranged(order: Order, name: str) -> bool:
    return order.events.filter(kind=EventKind.SERVICE_ARRANGED, after__service=name).exists()


def _arrange(order: Order, name: str, at: datetime) -> None:
    if len(order.tags) >= TAG_COUNT:
        return
    order.tags = [*order.tags, name]
    record_event(order, EventKind.SERVICE_ARRANGED, actor=None, at=at, source=EventSource.RULE, after={"service": name})
    bump(order, at, "tags")
