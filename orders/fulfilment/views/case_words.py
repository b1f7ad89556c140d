"""Parcels in trouble in words."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

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


_REASONS = {
    AnomalyKind.NOT_PICKED_UP: gettext_lazy("Shipped %(since)s, and no courier has scanned it."),
    AnomalyKind.SILENT: gettext_lazy("Nothing was heard since %(since)s."),
    AnomalyKind.UNSIGNED: gettext_lazy("Shipped %(since)s, and nobody has signed for it."),
    AnomalyKind.LOST: gettext_lazy("Shipped %(since)s, and it has not arrived: ask whether it is lost."),
    AnomalyKind.RETURNED: gettext_lazy("On its way back to the shop since %(since)s."),
    AnomalyKind.BEFORE_PAYMENT: gettext_lazy("First scanned %(scanned)s, paid %(paid)s: is it the right number?"),
    AnomalyKind.SIGNED_ELSEWHERE: gettext_lazy("Signed for in %(place)s, sent to %(order)s."),
}


def kind_tone(kind: str) -> str:
    return "red-outline" if kind in {AnomalyKind.LOST, AnomalyKind.SIGNED_ELSEWHERE} else "amber"


def reason_words(kind: str, detail: Mapping[str, Any]) -> str:
    """Return what the rule compared."""
    values = {name: _time(detail.get(name)) for name in ("since", "scanned", "paid")}
    values |= {name: detail.get(name, "") for name in ("place", "order")}
    return str(_REASONS[AnomalyKind(kind)]) % values


def fact_words(case: Anomaly) -> str:
    """Return how a case ended; empty while it is open."""
    return ended_words(case.detail, str(case.closed_by or ""), case.outcome) if case.closed_at else ""


def ended_words(detail: Mapping[str, Any], closed_by: str, outcome: str) -> str:
    """Return how a closed case ended: by whom, or by itself."""
    if closed_by:
        return _("Settled by %(who)s: %(outcome)s") % {"who": closed_by, "outcome": outcome}
    fact = detail.get("fact", {})
    if fact.get("state") == "received":
        return _("Ended by itself: the order was completed")
    if fact.get("state") == "replaced":
        return _("Ended by itself: it goes on as “%(kind)s”") % {"kind": kind_label(fact.get("by", ""))}
    labels = dict(TraceState.choices)
    values = {"state": labels.get(fact.get("state", ""), ""), "time": _time(fact.get("at"))}
    return _("Ended by itself: %(state)s %(time)s") % values


def _time(text: str | None) -> str:
    return f"{timezone.localtime(datetime.fromisoformat(text)):%m-%d %H:%M}" if text else ""
