"""The evidence sheet: a note's whole record on paper, to be laid beside a complaint."""

import hashlib
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from backoffice.common.access import Right, requires
from backoffice.common.display import listed
from backoffice.common.masking import mask_text
from backoffice.common.middleware import StoreRequest
from backoffice.common.sealing import SealError, unseal
from backoffice.common.statements import Prepared
from orders.core.models import Order, OrderEvent, OrderLine
from orders.core.statuses import EventKind, EventSource
from orders.core.texts import WIPED, note_context
from orders.notes.models import BuyerNote, NoteVersion
from orders.notes.queries import change_label, evidence, note_by_number, pair_label, pair_value
from orders.notes.statuses import BuyerNoteState, Negotiation, NoteType

# of what an event changed, that which the sheet names; contacts, wishes and versions have parts of their own
_TOLD = (
    "note_state",
    "types",
    "assignee",
    "negotiation",
    "outcome",
    "reason",
    "file",
    "sha256",
    "spec",
    "day",
    "slot",
    "text",
)
_LABELS: dict[str, Any] = {
    "types": NoteType, "note_state": BuyerNoteState, "negotiation": Negotiation,
}  # fmt: skip
_ORDER = -1  # stands for the order of a call
_LINES = Prepared(
    lambda: OrderLine.objects.filter(order=_ORDER).select_related("title").order_by("position", "pk"), _ORDER
)


@dataclass(frozen=True, slots=True)
class Version:
    """One text, and whether its hash still fits: None where the text as written cannot be read any more."""

    row: NoteVersion
    fits: bool | None

    @property
    def is_masked(self) -> bool:
        return self.row.sealed is not None

    @property
    def is_wiped(self) -> bool:
        return self.row.text == WIPED


@dataclass(frozen=True, slots=True)
class Step:
    event: OrderEvent
    what: str
    who: str
    details: str


@require_GET
@requires(Right.VIEW_ORDERS)
def evidence_sheet(request: StoreRequest, number: str) -> HttpResponse:
    try:
        note = note_by_number(request.store, number)
    except BuyerNote.DoesNotExist as error:
        raise Http404 from error
    found = evidence(note)
    context = {
        "active_nav": "notes",
        "now": timezone.now(),
        "found": found,
        "note": note,
        "order": note.order,
        "lines": _LINES.fetch(note.order_id),
        "types": listed(_label("types", kind) for kind in note.types),
        "pairs": [(pair_label(key), pair_value(key, value)) for key, value in note.findings.get("pairs", {}).items()],
        "versions": [Version(row, _fits(row, note.order)) for row in found.versions],
        "steps": [_step(event) for event in found.events],
        "order_url": reverse("desk:order-detail", args=[number]),
        "has_masked": any(row.sealed is not None for row in found.versions),
    }
    return render(request, "notes/evidence.html", context)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _fits(row: NoteVersion, order: Order) -> bool | None:
    """Compare the text as written with its hash; a sealed one is opened for that and not shown."""
    if row.text == WIPED:
        return None
    if row.sealed is None:
        return row.sha256 == _hash(row.text)
    try:
        written = unseal(row.sealed, context=note_context(order.store_id, order.number, row.number)).decode()
    except SealError:
        return None
    return row.sha256 == _hash(written) and row.text == mask_text(written)


def _step(event: OrderEvent) -> Step:
    source = "" if event.source == EventSource.STAFF else str(EventSource(event.source).label)
    return Step(
        event,
        str(EventKind(event.kind).label),
        event.actor_name or source or str(EventSource.SYSTEM.label),
        _details(event),
    )


def _details(event: OrderEvent) -> str:
    after = event.after or {}
    parts = [_label(name, after[name]) for name in _TOLD if after.get(name) not in (None, "", [])]
    if changes := after.get("changes"):
        parts.append(_("agreed: %(what)s") % {"what": listed(map(change_label, changes))})
    return " · ".join(parts)


def _label(name: str, value: Any) -> str:
    """Return a value of an event in words; a code that is no longer known stands for itself."""
    if isinstance(value, list):
        return listed(_label(name, item) for item in value)
    choices = _LABELS.get(name)
    if choices is not None and value in choices.values:
        return str(choices(value).label)
    return str(value)
