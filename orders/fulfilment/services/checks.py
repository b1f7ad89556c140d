"""Checks before shipping: a named person has looked at a line."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.common.models import Job, Store, User
from orders.core.models import Order, OrderLine
from orders.core.services import bump, lock_order, record_event
from orders.core.statuses import EventKind, EventSource
from orders.fulfilment.checking import Check, looked_at, required_checks
from orders.fulfilment.models import LineCheck
from orders.fulfilment.services.errors import CheckError


@transaction.atomic
def tick_check(
    *,
    store: Store,
    order_id: int,
    line_id: int,
    kind: str,
    actor: User,
    at: datetime,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> LineCheck:
    """Note that this person has looked at a line; the same look twice stays the first one's.

    Raises:
        Order.DoesNotExist: the store has no such order.
        CheckError: the order has left, or the line does not ask for it.
        VersionConflict: the order changed since the caller saw it.
    """
    order = lock_order(store=store, order_id=order_id, version=version)
    if not order.is_open:
        raise CheckError(_("Order %(number)s does not await shipment: there is nothing to check.") % _named(order))
    check = _required(order, line_id, kind)
    if check.is_done:
        return LineCheck.objects.get(line=check.line, kind=kind)
    ticked, _new = LineCheck.objects.update_or_create(
        line=check.line, kind=kind,
        defaults={"store": store, "order": order, "spec": looked_at(check.line), "checked_by": actor, "checked_at": at},
    )  # fmt: skip
    after = {"line": check.line.position, "check": str(kind), "spec": ticked.spec}
    record_event(order, EventKind.LINE_CHECKED, actor=actor, at=at, source=source, after=after, job=job)
    bump(order, at, actor=actor)
    return ticked


def _required(order: Order, line_id: int, kind: str) -> Check:
    lines = list(OrderLine.objects.filter(order=order).order_by("position", "pk"))
    line = next((line for line in lines if line.pk == line_id), None)
    if line is None:
        raise CheckError(_("Order %(number)s has no such line.") % _named(order), "field")
    found = next((check for check in required_checks(order, [line]) if check.kind == kind), None)
    if found is None:
        raise CheckError(
            _("Line %(line)s of order %(number)s needs no such check.") % {**_named(order), "line": line.position},
            "field",
        )
    return found


def _named(order: Order) -> dict[str, str]:
    return {"number": order.number}
