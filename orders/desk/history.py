"""The history of an order in words: what, when, who, and each value before and after, grouped by day."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from backoffice.common.display import listed, money_text
from orders.core.models import OrderEvent, OrderLine
from orders.core.services.base import TOLD_KINDS, TOLD_SOURCES
from orders.core.statuses import (
    Acceptance,
    ContactChannel,
    EventKind,
    EventSource,
    Flag,
    HoldKind,
    NoteState,
    OrderStatus,
    RefundStatus,
    WishKind,
)
from orders.desk.clear_labels import clear_label
from orders.desk.queues import PAYMENT_METHODS
from orders.desk.services import KIND as BATCH
from orders.desk.stored_words import reason_words, rule_words
from orders.fulfilment.couriers import find_courier
from orders.fulfilment.models import InvoiceRequest, LineCheck, PrintRecord
from orders.fulfilment.statuses import AnomalyKind, MessagePurpose, ShortageSolution, VoidReason
from orders.notes.queries import change_label
from orders.notes.queries.words import note_words
from orders.notes.statuses import BuyerNoteState, Negotiation, NoteType
from orders.platforms.words import ToldState, told_of


class Change(NamedTuple):
    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One event in words."""

    at: datetime
    kind: str
    what: str
    who: str
    source: str  # named when it was not a person at the desk
    changes: list[Change]
    batch: int | None = None
    batch_url: str = ""
    outbox: str = ""  # what the platform knows of it
    outbox_state: str = ""


_ANSWERS = frozenset({"agree", "receive", "refuse"})  # acts of apps above


@dataclass(slots=True)
class Day:
    label: str
    entries: list[Entry] = field(default_factory=list)


def history_days(
    events: Iterable[OrderEvent], *, lines: Iterable[OrderLine], legend: Mapping[str, str], now: datetime
) -> list[Day]:
    """Group events, newest first, under their days; one statement more if the platform should know of any."""
    events = list(events)
    told = told_of([event.pk for event in events if _may_be_told(event)])
    words = Words({line.pk: line.position for line in lines}, legend, told)
    today, days = timezone.localdate(now), []
    last: date | None = None
    for event in events:
        day = timezone.localdate(event.at)
        if day != last:
            days.append(Day(_day_label(day, today)))
            last = day
        days[-1].entries.append(words.entry(event))
    return days


def _may_be_told(event: OrderEvent) -> bool:
    """Tell whether the platform may know of it: acts on the order, and answers to its refunds."""
    is_answer = event.kind == EventKind.CASE_MOVED and event.after.get("act") in _ANSWERS
    return (is_answer or event.kind in TOLD_KINDS) and event.source in TOLD_SOURCES


def _day_label(day: date, today: date) -> str:
    if day == today:
        return _("Today")
    if day == today - timedelta(days=1):
        return _("Yesterday")
    return f"{day:%m-%d}" if day.year == today.year else f"{day:%Y-%m-%d}"


class Words:
    """Turns the codes of events into what staff call them; labels are looked up once."""

    def __init__(
        self, positions: Mapping[int, int], legend: Mapping[str, str], told: Mapping[int, ToldState] | None = None
    ) -> None:
        self.positions, self.legend, self.told = positions, legend, told or {}
        self.kinds: dict[str, str] = {value: str(label) for value, label in EventKind.choices}
        self.sources: dict[str, str] = {value: str(label) for value, label in EventSource.choices}

    def entry(self, event: OrderEvent) -> Entry:
        is_batch = event.job is not None and event.job.kind == BATCH
        source = "" if event.source == EventSource.STAFF else self.sources.get(event.source, event.source)
        told = self.told.get(event.pk)
        return Entry(
            at=event.at,
            kind=event.kind,
            what=self.kinds.get(event.kind, event.kind),
            who=event.actor_name or source or self.sources[EventSource.SYSTEM],
            source=source if event.actor_name else "",
            changes=self.changes(event),
            batch=event.job_id,
            batch_url=reverse("desk:batch-detail", args=[event.job_id]) if is_batch else "",
            outbox=told.words if told else "",
            outbox_state=told.state if told else "",
        )

    def changes(self, event: OrderEvent) -> list[Change]:
        """Return the values that the event changed; what a remark or a note said before is not among them."""
        before = {} if event.kind in _NO_BEFORE else event.before
        after = {} if event.kind == EventKind.REMARK_WITHDRAWN else event.after
        names = [name for name in dict.fromkeys([*after, *before]) if name not in _HIDDEN]
        main = _MAIN.get(event.kind)  # the kind says what it is already
        names.sort(key=lambda name: name != main)
        made = [self.change(name, before, after, is_main=name == main) for name in names]
        return [change for change in made if change is not None]

    def change(self, name: str, before: Mapping[str, Any], after: Mapping[str, Any], *, is_main: bool) -> Change | None:
        """Return one value before and after; what stayed the same is left out, unless it names the subject."""
        old, new = self.text(name, before), self.text(name, after)
        if old == new:
            old = ""
            new = new if name in _PLACES else ""
        return Change("" if is_main else self.label(name), old, new) if old or new else None

    def label(self, name: str) -> str:
        return str(LABELS[name] if name in LABELS else _told_above(name)[0])

    def text(self, name: str, values: Mapping[str, Any]) -> str:
        value = values.get(name)
        if value is None or value in ("", [], {}):
            return ""
        if name == "flag":
            return self.legend.get(str(value)) or _labelled(Flag)(value)
        if name == "line":  # a line that the platform replaced has no position any more
            return str(self.positions.get(value, ""))
        return (_FORMATS.get(name) or _told_above(name)[1])(value)


def _told_above(name: str) -> tuple[Any, Callable[[Any], str]]:
    """Return label and form of a value that an app above writes into the history: see settings.HISTORY_WORDS."""
    return _words_above().get(name, (name, _plain))


@cache
def _words_above() -> dict[str, tuple[Any, Callable[[Any], str]]]:
    return {name: words for path in settings.HISTORY_WORDS for name, words in import_string(path).items()}


def _plain(value: Any) -> str:
    return listed(value) if isinstance(value, list) else str(value)


def _labelled(choices: Any) -> Callable[[Any], str]:
    labels = dict(choices.choices)
    return lambda value: str(labels.get(value, value))


def _note_state(value: Any) -> str:
    return str(dict(BuyerNoteState.choices).get(value) or dict(NoteState.choices).get(value, value))


def _moment(value: Any) -> str:
    moment = parse_datetime(str(value))
    if moment is None:
        return str(value)
    return f"{timezone.localtime(moment) if timezone.is_aware(moment) else moment:%Y-%m-%d %H:%M}"


def _courier(value: Any) -> str:
    found = find_courier(str(value))
    return found.name if found else str(value)


def _pieces(value: Any) -> str:
    if not isinstance(value, Mapping):
        return _plain(value)
    return listed(_("line %(line)s × %(count)s") % {"line": line, "count": count} for line, count in value.items())


_NO_BEFORE = {EventKind.REMARKED, EventKind.ANSWERED}
_PLACES = {"line", "wish"}
_HIDDEN = {"version", "ship_by_rule", "extended_until", "sha256", "waybill", "shortage"}
_MAIN: dict[str, str] = {
    EventKind.FLAG_CHANGED: "flag",
    EventKind.TAGGED: "tags",
    EventKind.REMARKED: "remark",
    EventKind.HELD: "hold",
    EventKind.HOLD_RELEASED: "hold",
    EventKind.NOTE_RECEIVED: "note",
    EventKind.CLAIMED: "claimed_by",
    EventKind.CLAIM_RELEASED: "claimed_by",
    EventKind.REMARK_WITHDRAWN: "remark",
    EventKind.EXTENDED: "ship_by",
    EventKind.EXTENSION_WITHDRAWN: "ship_by",
    EventKind.PROMISE_CHANGED: "ship_by",
    EventKind.APPOINTED: "appointed_date",
    EventKind.RECIPIENT_CHANGED: "recipient",
    EventKind.SPEC_AGREED: "spec",
    EventKind.WISH_AGREED: "wish",
    EventKind.WISH_DONE: "wish",
    EventKind.WISH_WITHDRAWN: "wish",
    EventKind.CONTACTED: "text",
    EventKind.ANSWERED: "answer",
    EventKind.NOTE_SORTED: "types",
    EventKind.NOTE_ASSIGNED: "assignee",
    EventKind.NOTE_NEGOTIATED: "negotiation",
    EventKind.NOTE_FILE_ADDED: "file",
    EventKind.MESSAGED: "purpose",
    EventKind.SERVICE_ARRANGED: "service",
    EventKind.PARCEL_ANOMALY: "anomaly",
    EventKind.ANOMALY_SETTLED: "anomaly",
    EventKind.LINE_CHECKED: "check",
    EventKind.SHORTAGE_SETTLED: "solution",
    EventKind.REVIEWED: "text",
    EventKind.REVIEW_REPLIED: "reply",
    EventKind.REVIEW_FOLLOWED: "review_end",
}
_FORMATS: dict[str, Callable[[Any], str]] = {
    "status": _labelled(OrderStatus), "acceptance": _labelled(Acceptance), "refund_status": _labelled(RefundStatus),
    "hold": _labelled(HoldKind), "note_state": _note_state, "courier": _courier, "lines": _pieces,
    "total": money_text, "paid": money_text, "gross_paid": money_text, "refunded": money_text,
    "placed_at": _moment, "paid_at": _moment, "ship_by": _moment,
    "anomaly": _labelled(AnomalyKind), "signed_at": _moment,
    "wish": _labelled(WishKind), "channel": _labelled(ContactChannel), "negotiation": _labelled(Negotiation),
    "types": lambda value: listed(_labelled(NoteType)(kind) for kind in value),
    "image": lambda _value: _("kept as evidence"),
    "fields": lambda value: listed(map(clear_label, value)),
    "changes": lambda value: listed(map(change_label, value)),
    "rule": rule_words,
    "reason": reason_words,
    "note": note_words,
    "invoice_amount": money_text, "void_reason": _labelled(VoidReason), "purpose": _labelled(MessagePurpose),
    "invoice_title": lambda value: str(InvoiceRequest.Kind.PERSON.label) if value == "person" else str(value),
    "payment_method": lambda value: str(PAYMENT_METHODS.get(value, value)),
    "paper": _labelled(PrintRecord.Paper), "check": _labelled(LineCheck.Kind),
    "solution": _labelled(ShortageSolution), "is_offer": lambda _value: _("offered, not agreed yet"),
}  # fmt: skip
LABELS: dict[str, Any] = {
    "status": gettext_lazy("Status"),
    "acceptance": gettext_lazy("Review"),
    "flag": gettext_lazy("Flag"),
    "tags": gettext_lazy("Tags"),
    "remark": gettext_lazy("Remark"),
    "hold": gettext_lazy("Hold"),
    "reason": gettext_lazy("Reason"),
    "rule": "",  # the name says what it is
    "line": gettext_lazy("Line"),
    "lines": gettext_lazy("Pieces"),
    "claimed_by": gettext_lazy("Claimed by"),
    "note": gettext_lazy("Buyer note"),
    "note_state": gettext_lazy("Note state"),
    "outcome": gettext_lazy("Outcome"),
    "courier": gettext_lazy("Courier"),
    "tracking_number": gettext_lazy("Tracking number"),
    "payment_method": gettext_lazy("Payment method"),
    "paid": gettext_lazy("Paid"),
    "gross_paid": gettext_lazy("Paid at pay time"),
    "total": gettext_lazy("Total"),
    "refunded": gettext_lazy("Refunded"),
    "refund_status": gettext_lazy("Refund"),
    "close_reason": gettext_lazy("Reason"),
    "placed_at": gettext_lazy("Placed"),
    "paid_at": gettext_lazy("Paid at"),
    "province": gettext_lazy("Province"),
    "ship_by": gettext_lazy("Ship by"),
    "agreement": gettext_lazy("The buyer's words"),
    "image": gettext_lazy("Picture of the agreement"),
    "anomaly": gettext_lazy("Trouble"),
    "signed_at": gettext_lazy("Signed for"),
    "appointed_date": gettext_lazy("Appointed date"),
    "appointed_slot": gettext_lazy("Time of day"),
    "recipient": gettext_lazy("Recipient"),
    "place": gettext_lazy("Place"),
    "fields": gettext_lazy("What changed"),
    "spec": gettext_lazy("Spec"),
    "sku_code": gettext_lazy("Merchant code"),
    "wish": gettext_lazy("Wish"),
    "text": gettext_lazy("Words"),
    "channel": gettext_lazy("Channel"),
    "answer": gettext_lazy("Answer"),
    "assignee": gettext_lazy("Handled by"),
    "types": gettext_lazy("Types"),
    "negotiation": gettext_lazy("Negotiation"),
    "changes": gettext_lazy("Written to the order"),
    "file": gettext_lazy("File"),
    "paper": gettext_lazy("Paper"),
    "print_count": gettext_lazy("Times printed"),
    "invoice_title": gettext_lazy("Invoice title"),
    "tax_number": gettext_lazy("Tax number"),
    "invoice_amount": gettext_lazy("Amount on the invoice"),
    "invoice_number": gettext_lazy("Invoice number"),
    "void_reason": gettext_lazy("Reason"),
    "purpose": gettext_lazy("Message about"),
    "service": gettext_lazy("Local service"),
    "check": gettext_lazy("Checked"),
    "orders": pgettext_lazy("numbers", "Orders"),
    "quantity": gettext_lazy("Pieces"),
    "sku_codes": gettext_lazy("Merchant code"),
    "solution": gettext_lazy("Solution"),
    "is_offer": "",
    "expected_on": gettext_lazy("Stock is expected on"),
}
