"""Parcels in trouble in words."""

from datetime import datetime

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from orders.fulfilment.models import Anomaly
from orders.fulfilment.statuses import AnomalyKind, TraceState

_TONES = {
    TraceState.PICKED_UP: "blue",
    TraceState.IN_TRANSIT: "blue",
    TraceState.DELIVERING: "blue",
    TraceState.PROBLEM: "red-outline",
    TraceState.SIGNED: "green",
    TraceState.RETURNED: "amber",
}
_LABELS = dict(AnomalyKind.choices)


def state_tone(state: str) -> str:
    return _TONES.get(TraceState(state), "grey") if state in TraceState.values else "grey"


def kind_label(kind: str) -> str:
    return str(_LABELS.get(kind, kind))


def reason_words(case: Anomaly) -> str:
    """Return what the rule compared."""
    detail = case.detail
    since = _time(detail.get("since"))
    texts = {
        AnomalyKind.NOT_PICKED_UP: _("Shipped %(since)s, and no courier has scanned it."),
        AnomalyKind.SILENT: _("Nothing was heard since %(since)s."),
        AnomalyKind.UNSIGNED: _("Shipped %(since)s, and nobody has signed for it."),
        AnomalyKind.LOST: _("Shipped %(since)s, and it has not arrived: ask whether it is lost."),
        AnomalyKind.RETURNED: _("On its way back to the shop since %(since)s."),
        AnomalyKind.BEFORE_PAYMENT: _("First scanned %(scanned)s, paid %(paid)s: is it the right number?"),
        AnomalyKind.SIGNED_ELSEWHERE: _("Signed for in %(place)s, sent to %(order)s."),
    }
    values = {
        "since": since, "scanned": _time(detail.get("scanned")), "paid": _time(detail.get("paid")),
        "place": detail.get("place", ""), "order": detail.get("order", ""),
    }  # fmt: skip
    return texts[AnomalyKind(case.kind)] % values


def fact_words(case: Anomaly) -> str:
    """Return how a case ended; empty while it is open."""
    if case.closed_at is None:
        return ""
    if case.closed_by is not None:
        return _("Settled by %(who)s: %(outcome)s") % {"who": case.closed_by, "outcome": case.outcome}
    fact = case.detail.get("fact", {})
    if fact.get("state") == "received":
        return _("Ended by itself: the order was completed")
    if fact.get("state") == "replaced":
        return _("Ended by itself: it goes on as “%(kind)s”") % {"kind": kind_label(fact.get("by", ""))}
    labels = dict(TraceState.choices)
    values = {"state": labels.get(fact.get("state", ""), ""), "time": _time(fact.get("at"))}
    return _("Ended by itself: %(state)s %(time)s") % values


def _time(text: str | None) -> str:
    at: datetime | None = parse_datetime(text) if text else None
    return f"{timezone.localtime(at):%m-%d %H:%M}" if at else ""
