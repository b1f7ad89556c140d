"""What one scan does: shows an order, ticks a check, ships a parcel, or is refused with what to do now.

Scans come as fast as a person can pull the trigger. What was refused never leaves a parcel on the table that the next
number could go to by mistake.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.common.display import listed
from backoffice.common.models import Store, User
from orders.core.models import Order
from orders.core.services import OrderError
from orders.fulfilment.couriers import (
    Courier,
    TrackingError,
    check_tracking,
    courier_name,
    find_courier,
    guess_courier,
    normalise_tracking,
)
from orders.fulfilment.models import CourierAccount, LineCheck, Shipment, Sku, Waybill
from orders.fulfilment.queries import shipments_numbered
from orders.fulfilment.services import assign_number, choose_courier, ship_order, ship_waybill, tick_check
from orders.fulfilment.station.parcels import Target, keys_of, target_of_order, target_of_waybill
from orders.fulfilment.statuses import WaybillState

LONGEST = 80  # no order, parcel or product has a longer number
OK, INFO, BAD = "ok", "info", "bad"
_USUAL = ("SF", "ZTO", "YTO", "YUNDA", "STO", "JT", "EMS", "JD")  # offered where the store has set up no courier
_MAX_DIGITS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """One scan, and what lay on the table when it came."""

    store: Store
    actor: User
    at: datetime
    text: str
    target: Target | None = None
    pending: str = ""  # a tracking number that waits for its courier, or for being scanned again
    counted: Mapping[int, int] = field(default_factory=dict)  # line id to pieces whose barcode was scanned
    issued_at: datetime | None = None  # when the form was made


class Answer(NamedTuple):
    """What became of a scan, and what lies on the table now."""

    tone: str
    title: str
    text: str = ""  # why, and what to do
    target: Target | None = None
    pending: str = ""
    counted: Mapping[int, int] = {}
    parcel: str = ""  # what left
    couriers: list[str] = []


def scan(given: Scan) -> Answer:
    """Do what a scan asks for; a refusal is an answer as well."""
    text = clean(given.text)
    if not text:
        return _stay(given, INFO, _("Nothing was scanned."), _("Scan an order, a label or a product."))
    if len(text) > LONGEST:
        return Answer(
            BAD, _("That is no number."), _("It has %(count)s characters. Scan again.") % {"count": len(text)}
        )
    given = replace(given, text=text)
    try:
        return _scan(given)
    except OrderError as error:
        return Answer(BAD, str(error), _("Put it aside, or scan it again once that is settled."))


def clean(text: str) -> str:
    """Return what was scanned without the signs that scanners add."""
    plain = unicodedata.normalize("NFKC", text)
    return "".join(sign for sign in plain if sign.isprintable()).strip()


def _scan(given: Scan) -> Answer:
    if given.target is not None and len(given.text) <= _MAX_DIGITS and given.text.isdigit():
        return _digit(given, given.target)
    order = Order.objects.for_store(given.store).filter(number=given.text).first()
    if order is not None:
        return _show(given, target_of_order(given.store, order), order)
    waybill = _waybill(given)
    if waybill is not None:
        return _label(given, waybill)
    sku = Sku.objects.for_store(given.store).filter(barcode=given.text).order_by("pk").first() or (
        Sku.objects.for_store(given.store).filter(code=given.text).first()
    )
    if sku is not None:
        return _product(given, sku)
    return _unknown(given) if given.target is None else _number(given, given.target)


def _waybill(given: Scan) -> Waybill | None:
    try:
        number = normalise_tracking(given.text)
    except TrackingError:
        return None
    found = list(Waybill.objects.for_store(given.store).filter(number=number).order_by("-pk")[:10])
    return next((one for one in found if one.state != WaybillState.VOID), found[0] if found else None)


# An order, a label


def _show(given: Scan, target: Target, order: Order) -> Answer:
    """Put an order on the table; what cannot leave at all is said at once."""
    if not order.is_open:
        last = order.shipments.select_related("shipped_by").order_by("-pk").first()
        return Answer(BAD, _left(last) if last else _state(order), _("Put the parcel aside and ask why it is here."))
    if not target.lines:
        return Answer(BAD, _("Order %(number)s has nothing left to ship.") % {"number": order.number})
    return Answer(INFO, order.number, _next_step(target), target)


def _state(order: Order) -> str:
    return _("Order %(number)s is “%(status)s”: it does not ship.") % {
        "number": order.number,
        "status": order.get_status_display(),
    }


def _left(shipment: Shipment) -> str:
    return _("Order %(number)s was already shipped by %(who)s at %(time)s, tracking number %(tracking)s.") % {
        "number": shipment.order.number,
        "who": shipment.shipped_by or shipment.get_source_display(),
        "time": f"{timezone.localtime(shipment.shipped_at):%m-%d %H:%M}",
        "tracking": shipment.tracking_number,
    }


def _next_step(target: Target) -> str:
    """Say what to scan next."""
    if target.open_checks:
        return _("Check what is marked: scan each product, or press the number beside it and Enter.")
    if target.number:
        return _("Scan its label %(number)s to ship it.") % {"number": target.number}
    if target.labels:
        return _("This order has several parcels. Scan the label of one: %(labels)s.") % {
            "labels": listed(target.labels)
        }
    return _("Scan the tracking number to ship it.")


def _label(given: Scan, waybill: Waybill) -> Answer:
    """Ship the parcel that lies on the table, or the one of the label when there is nothing to look at first."""
    target = target_of_waybill(given.store, waybill)
    if waybill.state in {WaybillState.SHIPPED, WaybillState.VOID}:
        return _ship(given, target)  # which says who and when
    if given.target is None or not target.lines:
        return Answer(INFO, waybill.number, _next_step(target), target) if target.needs_look else _ship(given, target)
    if _lies_there(given.target, target, waybill):
        return _ship(given, target)
    return Answer(
        BAD,
        _("Wrong label: %(tracking)s is for order %(other)s, not for %(number)s.")
        % {"tracking": waybill.number, "other": target.order.number, "number": given.target.order.number},
        _("Nothing was shipped. Scan the parcel that you have in your hands from the start."),
    )


def _lies_there(there: Target, target: Target, waybill: Waybill) -> bool:
    return there.key == target.key or waybill.number in there.labels


def _ship(given: Scan, target: Target) -> Answer:
    if target.open_checks and target.waybill and target.waybill.state != WaybillState.SHIPPED:
        return _unchecked(given, target)
    try:
        shipments = ship_waybill(
            store=given.store, waybill_id=target.waybill.pk if target.waybill else 0, actor=given.actor, at=given.at
        )
    except OrderError:
        if shipments := _sent_twice(given, Shipment.objects.filter(waybill=target.waybill)):
            return _done(shipments)
        raise
    return _done(shipments)


def _unchecked(given: Scan, target: Target) -> Answer:
    missing = listed(dict.fromkeys(f"{c.line.title.text[:20]}: {c.kind.label}" for c in target.open_checks))
    return Answer(
        BAD, _("Not checked yet: %(what)s.") % {"what": missing}, _next_step(target), target, counted=given.counted
    )


def _sent_twice(given: Scan, shipments: QuerySet[Shipment]) -> list[Shipment]:
    """Return the parcel when this very form, sent twice, has shipped it already."""
    if given.issued_at is None:
        return []
    mine = shipments.filter(shipped_by=given.actor, shipped_at__gte=given.issued_at)
    return list(mine.select_related("order").order_by("pk"))


def _done(shipments: list[Shipment], warning: str = "") -> Answer:
    numbers = listed(shipment.order.number for shipment in shipments)
    first = shipments[0]
    text = f"{courier_name(first.courier)} {first.tracking_number}"
    return Answer(OK, numbers, f"{text} · {warning}" if warning else text, parcel=first.tracking_number)


# A tracking number for what lies on the table


def _number(given: Scan, target: Target) -> Answer:
    if given.pending and given.text != given.pending:
        return _again(_("%(text)s is not the number that was asked for.") % {"text": given.text})
    if target.open_checks:
        return _unchecked(given, target)
    if label := target.number or listed(target.labels):
        title = _("%(text)s is not the label of this parcel.") % {"text": given.text}
        return Answer(BAD, title, _("Nothing was shipped. Its label is %(label)s.") % {"label": label})
    try:
        return _tracking(given, target, normalise_tracking(given.text))
    except TrackingError as error:
        return _again(str(error))


def _again(title: str) -> Answer:
    return Answer(BAD, title, _("Nothing was shipped. Scan the order again, then its tracking number."))


def _tracking(given: Scan, target: Target, number: str) -> Answer:
    """Ship under the number; one that does not look like its courier's is asked for once more."""
    courier = _courier_of(given, target, number)
    if courier is None:
        return _ask_courier(given, target)
    warning = check_tracking(courier, number) or ""
    if warning and not given.pending:
        text = _("To ship order %(order)s with it, scan it again.") % {"order": target.order.number}
        return Answer(BAD, warning, text, target, pending=given.text, counted=given.counted)
    return _ship_with(given, target, courier, number, warning)


def _courier_of(given: Scan, target: Target, number: str) -> Courier | None:
    planned = find_courier(target.waybill.courier) if target.waybill and target.waybill.courier else None
    return planned or guess_courier(number) or _only_courier(given.store)


def _only_courier(store: Store) -> Courier | None:
    codes = offered_couriers(store)
    return find_courier(codes[0]) if len(codes) == 1 else None


def offered_couriers(store: Store) -> list[str]:
    """Return the couriers to choose from by their digit: the store's own, or the usual ones."""
    accounts = CourierAccount.objects.filter(store=store, is_active=True).order_by("-is_default", "pk")
    return list(accounts.values_list("courier", flat=True)[:9]) or list(_USUAL)


def _ask_courier(given: Scan, target: Target) -> Answer:
    codes = offered_couriers(given.store)
    return Answer(
        INFO, _("Which courier has %(tracking)s?") % {"tracking": given.text},
        _("Press the number of the courier and Enter."), target, given.text, given.counted, couriers=codes,
    )  # fmt: skip


@transaction.atomic
def _ship_with(given: Scan, target: Target, courier: Courier, number: str, warning: str = "") -> Answer:
    call: dict[str, Any] = {"store": given.store, "actor": given.actor, "at": given.at}
    if target.waybill is not None:
        pk = target.waybill.pk
        if target.waybill.courier != courier.code:
            choose_courier(**call, waybill_id=pk, courier=courier.code)
        assign_number(**call, waybill_id=pk, number=number)
        return _done(ship_waybill(**call, waybill_id=pk), warning)
    try:
        with transaction.atomic():
            shipment = ship_order(**call, order_id=target.order.pk, courier=courier.code, tracking_number=number)
    except OrderError:
        again = shipments_numbered(given.store, number).filter(order=target.order)
        if shipments := _sent_twice(given, again):
            return _done(shipments, warning)
        raise
    return _done([shipment], warning)


# Digits and products


def _digit(given: Scan, target: Target) -> Answer:
    """Tick the check with this number; or choose the courier of the number that waits for one."""
    if given.pending:
        codes = offered_couriers(given.store)
        place = int(given.text)
        courier = find_courier(codes[place - 1]) if 0 < place <= len(codes) else None
        if courier is None:
            return _ask_courier(replace(given, text=given.pending), target)
        return _ship_with(given, target, courier, normalise_tracking(given.pending))
    check = keys_of(target.checks).get(given.text)
    if check is None:
        return _stay(given, BAD, _("There is no check number %(number)s here.") % {"number": given.text}, "")
    return _tick(given, target, check.line.order_id, check.line.pk, check.kind)


def _tick(given: Scan, target: Target, order_id: int, line_id: int, kind: str) -> Answer:
    tick_check(store=given.store, order_id=order_id, line_id=line_id, kind=kind, actor=given.actor, at=given.at)
    target.__dict__.pop("checks", None)  # read again with the tick
    title = _("%(kind)s: checked") % {"kind": LineCheck.Kind(kind).label}
    return Answer(INFO, title, _next_step(target), target, counted=given.counted)


def _product(given: Scan, sku: Sku) -> Answer:
    """Count a scanned piece of the parcel; when all pieces of a line were scanned, its spec is checked."""
    target = given.target
    if target is None:
        return Answer(
            BAD, _("This is a product: %(code)s %(spec)s.") % {"code": sku.code, "spec": sku.spec},
            _("Scan an order or a label first."),
        )  # fmt: skip
    fitting = target.lines_of(sku)
    if not fitting:
        title = _("%(code)s %(spec)s does not belong to this parcel.") % {"code": sku.code, "spec": sku.spec}
        return _stay(given, BAD, title, _("Put it back and take the right one."))
    counted = dict(given.counted)
    line, wanted = next(((one, n) for one, n in fitting if counted.get(one.pk, 0) < n), fitting[-1])
    counted[line.pk] = min(counted.get(line.pk, 0) + 1, wanted)
    given = replace(given, counted=counted)
    is_open = any(c.line == line and c.kind == LineCheck.Kind.SPEC for c in target.open_checks)
    if is_open and counted[line.pk] == wanted:
        return _tick(given, target, line.order_id, line.pk, LineCheck.Kind.SPEC)
    title = _("Right: %(code)s, %(count)s of %(wanted)s")
    values = {"code": sku.code, "count": counted[line.pk], "wanted": wanted}
    return _stay(given, INFO, title % values, _next_step(target))


def _unknown(given: Scan) -> Answer:
    try:
        shipment = shipments_numbered(given.store, normalise_tracking(given.text)).select_related("shipped_by").first()
    except TrackingError:
        shipment = None
    if shipment is not None:
        return Answer(BAD, _left(shipment), _("Put the parcel aside and ask why it is here."))
    return Answer(
        BAD,
        _("No order, parcel or product here has the number %(text)s.") % {"text": given.text[:40]},
        _("Scan the order first, then its tracking number."),
    )


def _stay(given: Scan, tone: str, title: str, text: str) -> Answer:
    """Answer with what lies on the table as it is."""
    return Answer(tone, title, text, given.target, given.pending, given.counted)
