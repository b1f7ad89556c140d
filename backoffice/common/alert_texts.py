"""What an alert says, in the language of who reads it, and where it leads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.common.models import Alert, AlertKind
from backoffice.common.templatetags.labels import job_kind

_QUEUE = "queue=pending_shipment"
_LISTS = {
    AlertKind.NEW_ORDERS: f"{_QUEUE}&sort=-paid_at",
    AlertKind.DUE_SOON: f"{_QUEUE}&sub=due_soon",
    AlertKind.OVERDUE: f"{_QUEUE}&sub=overdue",
    AlertKind.HELD: f"{_QUEUE}&sub=held",
    AlertKind.NOTE_CHANGED: f"{_QUEUE}&sub=note",
}
_PAGES = {  # beside lists of orders
    AlertKind.OUT_OF_STOCK: ("fulfilment:shortage-list", ""),
    AlertKind.LOW_STOCK: ("fulfilment:stock-list", "?tab=low"),
    AlertKind.ANOMALY: ("fulfilment:anomaly-list", ""),
    AlertKind.REFUND_NEW: ("refunds:refund-list", "?queue=requested"),
    AlertKind.REFUND_DUE: ("refunds:refund-list", "?queue=due_soon"),
    AlertKind.APPROVAL: ("refunds:refund-list", "?queue=to_approve"),
    AlertKind.LOW_REVIEW: ("reviews:review-list", "?tab=tasks"),
}
_JOB_PAGES = {"order_import": "intake:import-list", "order_export": "desk:export-list"}
ICONS = {
    AlertKind.NEW_ORDERS: "clipboard-list",
    AlertKind.DUE_SOON: "clock-hour-4",
    AlertKind.OVERDUE: "alert-triangle",
    AlertKind.HELD: "hand-stop",
    AlertKind.NOTE_CHANGED: "message-2",
    AlertKind.JOB_FAILED: "activity",
    AlertKind.OUTBOX_FAILED: "alert-triangle",
    AlertKind.ANOMALY: "truck-delivery",
    AlertKind.OUT_OF_STOCK: "package",
    AlertKind.LOW_STOCK: "packages",
    AlertKind.REFUND_NEW: "receipt-refund",
    AlertKind.REFUND_DUE: "clock-hour-4",
    AlertKind.APPROVAL: "shield-check",
    AlertKind.LOW_REVIEW: "star",
}
_LEVELS = {AlertKind.OVERDUE: "warning", AlertKind.NOTE_CHANGED: "warning", AlertKind.JOB_FAILED: "error",
           AlertKind.OUTBOX_FAILED: "error", AlertKind.ANOMALY: "warning",
           AlertKind.OUT_OF_STOCK: "warning", AlertKind.LOW_STOCK: "warning",
           AlertKind.REFUND_DUE: "warning", AlertKind.LOW_REVIEW: "warning"}  # fmt: skip


def _new_orders(alert: Alert) -> str:
    return ngettext("%(count)s new order", "%(count)s new orders", alert.count)


def _due_soon(alert: Alert) -> str:
    return ngettext("%(count)s order is due soon", "%(count)s orders are due soon", alert.count)


def _overdue(alert: Alert) -> str:
    return ngettext("%(count)s order became overdue", "%(count)s orders became overdue", alert.count)


def _held(alert: Alert) -> str:
    if not alert.data.get("rule"):
        return ngettext("A rule held %(count)s order", "Rules held %(count)s orders", alert.count)
    return ngettext("“%(rule)s” held %(count)s order", "“%(rule)s” held %(count)s orders", alert.count)


def _note_changed(alert: Alert) -> str:
    return ngettext(
        "The buyer changed the note of %(count)s order that is printed already",
        "Buyers changed the notes of %(count)s orders that are printed already",
        alert.count,
    )


def _job_failed(_alert: Alert) -> str:
    return _("“%(job)s” failed")


def _outbox_failed(alert: Alert) -> str:
    if not alert.subjects:
        return _("The platform does not let us in any more")
    return ngettext(
        "The platform did not take what %(count)s order should tell it",
        "The platform did not take what %(count)s orders should tell it",
        alert.count,
    )


def _anomaly(alert: Alert) -> str:
    return ngettext(
        "Something is wrong with %(count)s parcel", "Something is wrong with %(count)s parcels", alert.count
    )


def _out_of_stock(alert: Alert) -> str:
    return ngettext("%(count)s order is short of stock", "%(count)s orders are short of stock", alert.count)


def _low_stock(alert: Alert) -> str:
    return ngettext("%(count)s sku runs low", "%(count)s skus run low", alert.count)


def _refund_new(alert: Alert) -> str:
    return ngettext("%(count)s new after-sales case", "%(count)s new after-sales cases", alert.count)


def _refund_due(alert: Alert) -> str:
    return ngettext(
        "%(count)s after-sales case waits for the shop and is due soon",
        "%(count)s after-sales cases wait for the shop and are due soon",
        alert.count,
    )


def _approval(alert: Alert) -> str:
    return ngettext(
        "%(count)s refund waits for a second person", "%(count)s refunds wait for a second person", alert.count
    )


def _low_review(alert: Alert) -> str:
    return ngettext("%(count)s poor review to follow up", "%(count)s poor reviews to follow up", alert.count)


_SENTENCES: Mapping[str, Callable[[Alert], str]] = {
    AlertKind.NEW_ORDERS: _new_orders,
    AlertKind.DUE_SOON: _due_soon,
    AlertKind.OVERDUE: _overdue,
    AlertKind.HELD: _held,
    AlertKind.NOTE_CHANGED: _note_changed,
    AlertKind.JOB_FAILED: _job_failed,
    AlertKind.OUTBOX_FAILED: _outbox_failed,
    AlertKind.ANOMALY: _anomaly,
    AlertKind.OUT_OF_STOCK: _out_of_stock,
    AlertKind.LOW_STOCK: _low_stock,
    AlertKind.REFUND_NEW: _refund_new,
    AlertKind.LOW_REVIEW: _low_review,
    AlertKind.REFUND_DUE: _refund_due,
    AlertKind.APPROVAL: _approval,
}


@dataclass(frozen=True)
class AlertLine:
    """One alert as it is shown."""

    pk: int
    kind: str
    text: str
    detail: str  # why, where the alert knows it
    url: str
    orders: list[tuple[str, str]]  # number and address
    has_more: bool  # orders than those
    icon: str
    level: str
    at: datetime
    is_new: bool


def alert_line(alert: Alert, *, seen: int = 0) -> AlertLine:
    """Say an alert; it is new to who has seen only those up to `seen`."""
    orders = [(number, _url("desk:order-detail", number)) for number in alert.subjects]
    return AlertLine(
        pk=alert.pk,
        kind=alert.kind,
        text=_SENTENCES[alert.kind](alert) % _values(alert),
        detail=str(alert.data.get("error", "")),
        url=orders[0][1] if len(orders) == alert.count == 1 else _list_url(alert),
        orders=orders,
        has_more=0 < len(orders) < alert.count,
        icon=ICONS[AlertKind(alert.kind)],
        level=_LEVELS.get(AlertKind(alert.kind), "info"),
        at=alert.at,
        is_new=alert.pk > seen,
    )


def _values(alert: Alert) -> dict[str, Any]:
    return {
        "count": f"{alert.count:,}",
        "rule": alert.data.get("rule", ""),
        "job": job_kind(str(alert.data.get("kind", ""))),
    }


def _list_url(alert: Alert) -> str:
    if alert.kind == AlertKind.JOB_FAILED:
        return _url(_JOB_PAGES.get(str(alert.data.get("kind")), ""))
    if alert.kind in _PAGES:
        name, query = _PAGES[AlertKind(alert.kind)]
        return f"{_url(name)}{query}"
    if alert.kind == AlertKind.OUTBOX_FAILED:
        return _url("platforms:outbox") if alert.subjects else _url("platforms:connection")
    return f"{_url('desk:order-list')}?{_LISTS[AlertKind(alert.kind)]}"


def _url(name: str, *args: Any) -> str:
    """Return the address of a page of another app; "" where there is none."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""
