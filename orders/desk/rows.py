"""One row of the queue as the template shows it: every text made here, once, so that 50 rows render quickly."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.common.display import due_text, due_tone, money_text, when_text
from backoffice.common.models import Store
from orders.core.statuses import Acceptance, Flag, HoldKind, NoteState, OrderStatus, RefundStatus, ShipByRule
from orders.desk.queues import OPEN_QUEUE, PAYMENT_METHODS
from orders.notes.statuses import NoteType

_SAMPLE = "0"  # replaced in the pattern of an order's address
Row = Mapping[str, Any]


class RowMaker:
    """Makes rows for one answer: labels are translated once, addresses built from one pattern."""

    def __init__(self, store: Store, now: datetime, *, shows_status: bool = True) -> None:
        self.store, self.now, self.shows_status = store, now, shows_status
        self.statuses = _texts(OrderStatus)
        self.holds, self.notes, self.refunds = _texts(HoldKind), _texts(NoteType), _texts(RefundStatus)
        self.payments = {code: str(label) for code, label in PAYMENT_METHODS.items()}
        legend = store.flag_legend or {}
        self.flags = {value: legend.get(str(value)) or str(label) for value, label in Flag.choices}
        self.rules = rule_texts(store)
        self.url_head, self.url_tail = reverse("desk:order-detail", args=[_SAMPLE]).split(_SAMPLE)
        self.paid_pattern = _("Paid %(time)s")
        self.placed_pattern = _("Placed %(time)s")

    def rows(self, orders: Iterable[Row], lines: Mapping[int, Sequence[Row]]) -> list[dict[str, Any]]:
        return [self.row(order, lines.get(order["id"], [])) for order in orders]

    def row(self, order: Row, lines: Sequence[Row]) -> dict[str, Any]:
        first = lines[0] if lines else None
        return {
            "id": order["id"],
            "number": order["number"],
            "url": f"{self.url_head}{order['number']}{self.url_tail}",
            "status": order["status"],
            "status_label": self.statuses[order["status"]] if self.shows_status else "",
            "is_new": order["opened_at"] is None,
            "is_unreviewed": order["acceptance"] == Acceptance.UNREVIEWED and order["status"] == OPEN_QUEUE,
            "due": self._due(order),
            "since": self._since(order),
            "first": first,
            "lines": lines,
            "more": len(lines) - 1,
            "paid": money_text(order["paid"]),
            "payment": self.payments.get(order["payment_method"], order["payment_method"]),
            "refund": self.refunds[order["refund_status"]] if order["refund_status"] else "",
            "refund_code": order["refund_status"],
            "person": f"{order['recipient__masked_name'] or ''} {order['recipient__masked_phone'] or ''}".strip(),
            "place": " ".join(filter(None, (order["province"], order["city"], order["district"]))),
            "note": order["note__text"] or "",
            "note_open": order["note_state"] == NoteState.UNHANDLED,
            "note_types": [self.notes.get(kind, kind) for kind in order["note__types"] or ()],
            "remark": order["latest_remark"],
            "remark_by": order["latest_remark_by"],
            "holds": [(kind, self.holds.get(kind, kind)) for kind in order["hold_kinds"]],
            "services": order["services"],
            "tags": order["tags"],
            "flag": order["flag"],
            "flag_label": self.flags[order["flag"]] if order["flag"] else "",
            "claim": self._claim(order),
            "buyer": order["buyer__nick"] or "",
            "placed": when_text(order["placed_at"], self.now, clock=True),
            "paid_at": when_text(order["paid_at"], self.now, clock=True) if order["paid_at"] else "",
            "version": order["version"],
        }

    def _due(self, order: Row) -> dict[str, str] | None:
        """Describe the deadline of an order that still has to ship."""
        deadline = order["ship_by"]
        if deadline is None or order["status"] not in {OrderStatus.PENDING_SHIPMENT, OrderStatus.PARTIALLY_SHIPPED}:
            return None
        local = timezone.localtime(deadline)
        return {
            "tone": due_tone(deadline, self.now),
            "iso": local.isoformat(timespec="seconds"),
            "text": due_text(deadline, self.now),
            "title": f"{local:%Y-%m-%d %H:%M} · {self._rule(order)}",
        }

    def _rule(self, order: Row) -> str:
        text = self.rules.get(order["ship_by_rule"], "")
        if "%(paid)s" in text and order["paid_at"]:
            return text % {"paid": f"{timezone.localtime(order['paid_at']):%m-%d %H:%M}"}
        return text

    def _since(self, order: Row) -> str:
        if order["paid_at"]:
            return self.paid_pattern % {"time": f"{timezone.localtime(order['paid_at']):%m-%d %H:%M}"}
        return self.placed_pattern % {"time": f"{timezone.localtime(order['placed_at']):%m-%d %H:%M}"}

    def _claim(self, order: Row) -> str:
        if order["claimed_by_id"] is None or order["claim_expires_at"] is None or order["claim_expires_at"] <= self.now:
            return ""
        return order["claimed_by__display_name"] or order["claimed_by__username"]


def rule_texts(store: Store) -> dict[str, str]:
    """Return the arithmetic behind a deadline, by ShipByRule; `%(paid)s` stands for the pay time."""
    texts: dict[str, str] = {str(value): str(label) for value, label in ShipByRule.choices}
    texts[ShipByRule.PROMISE] = _("Paid %(paid)s + %(hours)s h") % {"paid": "%(paid)s", "hours": store.promise_hours}
    return texts


def _texts(choices: Any) -> dict[str, str]:
    return {value: str(label) for value, label in choices.choices}
