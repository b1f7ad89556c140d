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
        return day_bounds(appointed_date)[1] - timedelta(seconds=1), ShipByRule.APPOINTED
    if presale_ship_at is not None:
        return presale_ship_at, ShipByRule.PRESALE
    return paid_at + timedelta(hours=store.promise_hours), ShipByRule.PROMISE


def explain_ship_by(order: Order) -> str:
    """Return the arithmetic behind the countdown: "Paid 06-01 10:12 + 48 h"."""
    if order.ship_by is None:
        return _("Not paid yet: no promise runs.") if order.paid_at is None else ""
    if order.ship_by_rule == ShipByRule.PROMISE and order.paid_at is not None:
        hours = round((order.ship_by - order.paid_at) / timedelta(hours=1))
        return _("Paid %(time)s + %(hours)s h") % {"time": _moment(order.paid_at), "hours": hours}
    sentences = {
        ShipByRule.PRESALE: _("Presale: ships by %(time)s"),
        ShipByRule.APPOINTED: _("The buyer appointed %(time)s"),
        ShipByRule.EXTENSION: _("The buyer agreed to wait until %(time)s"),
    }
    sentence = sentences.get(ShipByRule(order.ship_by_rule), _("Ships by %(time)s"))
    return sentence % {"time": _moment(order.ship_by)}


def _moment(at: datetime) -> str:
    return f"{timezone.localtime(at):%m-%d %H:%M}"
