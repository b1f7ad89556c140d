"""The promise to ship: when an order must leave, and the rule behind it."""

from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.common.clock import day_bounds
from backoffice.common.models import Store
from orders.core.models import Order
from orders.core.statuses import ShipByRule


def ship_by_of(
    *,
    store: Store,
    paid_at: datetime | None,
    presale_ship_at: datetime | None = None,
    appointed_date: date | None = None,
    extended_until: datetime | None = None,
) -> tuple[datetime | None, ShipByRule]:
    """Return the moment an order must have shipped by, and why; an unpaid order has none.

    The later agreement wins: an extension, then the day the buyer appointed (its last second), then the presale's
    date, then the store's promise.
    """
    if paid_at is None:
        return None, ShipByRule.NONE
    if extended_until is not None:
        return extended_until, ShipByRule.EXTENSION
    if appointed_date is not None:
        return _end_of(appointed_date), ShipByRule.APPOINTED
    if presale_ship_at is not None:
        return presale_ship_at, ShipByRule.PRESALE
    return paid_at + timedelta(hours=store.promise_hours), ShipByRule.PROMISE


def explain_ship_by(order: Order, previous: datetime | None = None) -> str:
    """Return the arithmetic behind the countdown: "Paid 06-01 10:12 + 48 h".

    Args:
        order: the order.
        previous: when it had to leave before its extension (`Extension.previous_ship_by` of the one that stands).
    """
    if order.ship_by is None:
        return _("Not paid yet: no promise runs.") if order.paid_at is None else ""
    if order.ship_by_rule == ShipByRule.PROMISE and order.paid_at is not None:
        return _paid_plus(order.paid_at, order.ship_by)
    if order.ship_by_rule == ShipByRule.APPOINTED and order.appointed_date is not None:
        return _("The buyer appointed %(day)s: ships by %(time)s") % {
            "day": _appointed(order),
            "time": _moment(order.ship_by),
        }
    if order.ship_by_rule == ShipByRule.EXTENSION and previous is not None:
        return _("The buyer agreed to wait until %(time)s; before: %(before)s") % {
            "time": _moment(order.ship_by),
            "before": _explain_previous(order, previous),
        }
    sentences = {
        ShipByRule.PRESALE: _("Presale: ships by %(time)s"),
        ShipByRule.APPOINTED: _("The buyer appointed %(time)s"),
        ShipByRule.EXTENSION: _("The buyer agreed to wait until %(time)s"),
    }
    sentence = sentences.get(ShipByRule(order.ship_by_rule), _("Ships by %(time)s"))
    return sentence % {"time": _moment(order.ship_by)}


def _paid_plus(paid_at: datetime, ship_by: datetime) -> str:
    hours = round((ship_by - paid_at) / timedelta(hours=1))
    return _("Paid %(time)s + %(hours)s h") % {"time": _moment(paid_at), "hours": hours}


def _appointed(order: Order) -> str:
    return f"{order.appointed_date:%m-%d} {order.appointed_slot}".strip()


def _explain_previous(order: Order, previous: datetime) -> str:
    """Return the time before the extension with the rule that gives it, as far as the order still tells."""
    reason = _reason_of(order, previous)
    return f"{_moment(previous)} ({reason})" if reason else _moment(previous)


def _reason_of(order: Order, moment: datetime) -> str:
    if order.appointed_date is not None and moment == _end_of(order.appointed_date):
        return _("The buyer appointed %(time)s") % {"time": _appointed(order)}
    if order.presale_ship_at is not None:
        return _("Presale") if moment == order.presale_ship_at else ""
    is_promise = order.paid_at is not None and not (moment - order.paid_at) % timedelta(hours=1)
    return _paid_plus(order.paid_at, moment) if is_promise and order.paid_at is not None else ""


def _end_of(day: date) -> datetime:
    return day_bounds(day)[1] - timedelta(seconds=1)


def _moment(at: datetime) -> str:
    return f"{timezone.localtime(at):%m-%d %H:%M}"
