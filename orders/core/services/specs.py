"""Another spec for a line, as agreed with the buyer: it is what ships; what was ordered stays beside it."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.common.masking import mask_text
from backoffice.common.models import Job, Store, User
from orders.core.models import Order, OrderLine
from orders.core.services.base import bump, lock_order, record_event
from orders.core.services.errors import OrderError
from orders.core.statuses import SHIPPABLE_STATUSES, EventKind, EventSource

SPEC_LENGTH, CODE_LENGTH = 300, 100


@transaction.atomic
def agree_spec(
    *,
    store: Store,
    order_id: int,
    line_id: int,
    spec: str,
    sku_code: str = "",
    actor: User | None,
    at: datetime,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> OrderLine:
    """Ship this spec instead of the one ordered; an empty spec takes the agreement back.

    Raises:
        OrderError: a text is too long, the order has no such line, or nothing of the line is left to ship.
    """
    spec, sku_code = _clean(spec, sku_code)
    order = lock_order(store=store, order_id=order_id, version=version)
    line = _line_to_ship(order, line_id)
    if spec == line.spec and sku_code in ("", line.sku_code):
        spec = sku_code = ""  # what was ordered is no other agreement
    if (spec, sku_code) == (line.agreed_spec, line.agreed_sku_code):
        return line
    before = {"line": line.pk, **_values(line)}
    line.agreed_spec, line.agreed_sku_code = spec, sku_code
    line.save(update_fields=["agreed_spec", "agreed_sku_code"])
    after = {"line": line.pk, **_values(line)}
    record_event(order, EventKind.SPEC_AGREED, actor=actor, at=at, source=source, before=before, after=after, job=job)
    bump(order, at, actor=actor)
    return line


def _clean(spec: str, sku_code: str) -> tuple[str, str]:
    spec, sku_code = mask_text(" ".join(spec.split())), "".join(sku_code.split())
    if len(spec) > SPEC_LENGTH or len(sku_code) > CODE_LENGTH:
        raise OrderError(
            _("A spec has up to %(spec)s characters and a merchant code up to %(code)s.")
            % {"spec": SPEC_LENGTH, "code": CODE_LENGTH},
            "field",
        )
    if sku_code and not spec:
        raise OrderError(_("Say which spec the merchant code %(code)s stands for.") % {"code": sku_code}, "field")
    return spec, sku_code


def _line_to_ship(order: Order, line_id: int) -> OrderLine:
    line = order.lines.filter(pk=line_id).first()
    if line is None:
        raise OrderError(_("Order %(number)s has no such line.") % {"number": order.number}, "field")
    if order.status not in SHIPPABLE_STATUSES or not line.unshipped:
        raise OrderError(
            _("Nothing of line %(line)s of order %(number)s is left to ship: its spec cannot change any more.")
            % {"line": line.position, "number": order.number}
        )
    return line


def _values(line: OrderLine) -> dict[str, str]:
    return {"spec": line.shown_spec, "sku_code": line.agreed_sku_code or line.sku_code}
