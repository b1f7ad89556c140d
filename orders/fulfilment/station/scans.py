"""What one scan does: shows an order, ticks a check, ships a parcel, or is refused with what to do now.

Scans come as fast as a person can pull the trigger. What was refused never leaves a parcel on the table that the next
number could go to by mistake.
"""

from dataclasses import replace
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from backoffice.common.display import listed
from backoffice.common.models import Store
from orders.core.models import Order
from orders.core.services import OrderError
from orders.core.spec_words import spec_values
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
from orders.fulfilment.services import (
    LabelError,
    assign_number,
    choose_courier,
    ship_order,
    ship_waybill,
    tick_check,
)
from orders.fulfilment.station.answers import BAD, INFO, LONGEST, OK, Answer, Scan, clean, left_words, state_words
from orders.fulfilment.station.parcels import Target, keys_of, target_of_order, target_of_waybill
from orders.fulfilment.statuses import WaybillState

_USUAL = ("SF", "ZTO", "YTO", "YUNDA", "STO", "JT", "EMS", "JD")  # offered where the store has set up no courier
_MAX_DIGITS = 2
CANCEL = ("CANCEL", "取消")  # scanned from a printed code, typed, or put in by Esc
_ASIDE, _LABEL = "aside", "label"  # questions: leave what lies there unfinished, is the label right
_RIGHT_LABEL = "0"  # the answer to the second


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


def _scan(given: Scan) -> Answer:
    if given.text.upper() in CANCEL:
        return _cancel(given.target)
    if given.target is not None and (answer := _at_table(given, given.target)):
        return answer
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


def _at_table(given: Scan, there: Target) -> Answer | None:
    """Do what a digit asks for, or the label of what lies there; None: something else was scanned."""
    if len(given.text) <= _MAX_DIGITS and given.text.isdigit():
        return _digit(given, there)
    is_its_label = there.waybill is not None and there.waybill.state != WaybillState.VOID and given.text == there.number
    return _ship(given, there) if is_its_label else None


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
        return Answer(
            BAD, left_words(last) if last else state_words(order), _("Put the parcel aside and ask why it is here.")
        )
    if not target.lines:
        return Answer(BAD, _("Order %(number)s has nothing left to ship.") % {"number": order.number})
    there = given.target
    if there is None or there.key == target.key:
        return Answer(INFO, order.number, _next_step(target), target, counted=given.counted if there else {})
    if _is_begun(given, there) and not given.is_asked(_ASIDE, order.number):
        return _ask_aside(given, there, order)
    return Answer(INFO, order.number, _next_step(target), target)


def _is_begun(given: Scan, there: Target) -> bool:
    return any(given.counted.values()) or any(check.is_done for check in there.checks)


def _ask_aside(given: Scan, there: Target, order: Order) -> Answer:
    values = {"there": there.order.number, "other": order.number}
    return Answer(
        BAD, _("Order %(there)s is begun and not shipped yet.") % values,
        _("Go on with it. Or scan order %(other)s again to leave this one: what was checked stays checked.") % values,
        there, f"{_ASIDE}:{order.number}", given.counted,
    )  # fmt: skip


def _cancel(there: Target | None) -> Answer:
    if there is None:
        return Answer(INFO, _("Nothing lies on the table."), _("Scan an order, a label or a product."))
    return Answer(
        INFO, _("Order %(number)s was taken off the table.") % {"number": there.order.number},
        _("Nothing was shipped; what was checked stays checked. Scan the next one."),
    )  # fmt: skip


def _next_step(target: Target) -> str:
    """Say what to scan next."""
    if target.moved:
        return _("The address was changed after its label was made: print the label again before it leaves.")
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
        return Answer(INFO, waybill.number, _look_first(target), target) if target.needs_look else _ship(given, target)
    if _lies_there(given.target, target, waybill):
        return _ship(given, target)
    return Answer(
        BAD,
        _("Wrong label: %(tracking)s is for order %(other)s, not for %(number)s.")
        % {"tracking": waybill.number, "other": target.order.number, "number": given.target.order.number},
        _("Nothing was shipped. Scan the parcel that you have in your hands from the start."),
    )


def _look_first(target: Target) -> str:
    """Say why the label alone did not ship its parcel."""
    if target.open_checks:
        return _next_step(target)
    return _("Put in what is marked below, then scan this label again: it ships.")


def _lies_there(there: Target, target: Target, waybill: Waybill) -> bool:
    return there.key == target.key or waybill.number in there.labels


def _ship(given: Scan, target: Target, *, has_right_label: bool = False) -> Answer:
    if target.open_checks and target.waybill and target.waybill.state != WaybillState.SHIPPED:
        return _unchecked(given, target)
    try:
        shipments = ship_waybill(
            store=given.store, waybill_id=target.waybill.pk if target.waybill else 0, actor=given.actor, at=given.at,
            has_right_label=has_right_label,
        )  # fmt: skip
    except LabelError as error:
        return _ask_label(given, target, error)
    except OrderError:
        if shipments := _sent_twice(given, Shipment.objects.filter(waybill=target.waybill)):
            return _done(shipments)
        raise
    return _done(shipments)


def _ask_label(given: Scan, target: Target, error: LabelError) -> Answer:
    """Ask for a look at the label; a merged parcel is packed again in any case."""
    if len(target.orders) > 1:
        return Answer(BAD, str(error), _("Put it aside, or scan it again once that is settled."))
    text = _("If the label on it shows the new address already, press %(key)s and Enter.") % {"key": _RIGHT_LABEL}
    return Answer(BAD, str(error), text, target, f"{_LABEL}:{target.number}", given.counted)


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
    if given.number and given.text != given.number:
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
    if warning and not given.number:
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
    if given.text == _RIGHT_LABEL and given.is_asked(_LABEL, target.number):
        return _ship(given, target, has_right_label=True)
    if given.number:
        codes = offered_couriers(given.store)
        place = int(given.text)
        courier = find_courier(codes[place - 1]) if 0 < place <= len(codes) else None
        if courier is None:
            return _ask_courier(replace(given, text=given.number), target)
        return _ship_with(given, target, courier, normalise_tracking(given.number))
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
            BAD, _("This is a product: %(code)s %(spec)s.") % {"code": sku.code, "spec": spec_values(sku.spec)},
            _("Scan an order or a label first."),
        )  # fmt: skip
    fitting = target.lines_of(sku)
    if not fitting:
        title = _("%(code)s %(spec)s does not belong to this parcel.") % {
            "code": sku.code,
            "spec": spec_values(sku.spec),
        }
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
        return Answer(BAD, left_words(shipment), _("Put the parcel aside and ask why it is here."))
    return Answer(
        BAD,
        _("No order, parcel or product here has the number %(text)s.") % {"text": given.text[:40]},
        _("Scan the order first, then its tracking number."),
    )


def _stay(given: Scan, tone: str, title: str, text: str) -> Answer:
    """Answer with what lies on the table as it is."""
    return Answer(tone, title, text, given.target, given.number, given.counted)
