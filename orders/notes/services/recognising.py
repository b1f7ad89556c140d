"""Reading notes by rules: types, values and problems. It proposes; confirming is always a person's."""

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from backoffice.common.models import Store
from orders.core.models import OrderLine
from orders.notes.models import BuyerNote
from orders.notes.queries.specs import ProductKey, ordered_lines, product_key, sold_specs
from orders.notes.recognition import OrderedLine, Recognition, recognise
from orders.notes.statuses import BuyerNoteState

logger = logging.getLogger(__name__)

BATCH = 100  # notes locked at a time: whoever confirms one of them waits that long at most
_FIELDS = ["types", "findings", "recognised_at", "state"]


def recognise_notes(*, store: Store, at: datetime, limit: int = 500) -> int:
    """Read up to so many notes that wait for it, in batches of their own; return how many.

    Neither event nor version: nothing of the order changes. Notes that somebody is saving are left for the next time.
    """
    done, sold = 0, dict[ProductKey, tuple[str, ...]]()
    while done < limit:
        count = _read_batch(store, at, min(BATCH, limit - done), sold)
        done += count
        if not count:
            break
    return done


@transaction.atomic
def _read_batch(store: Store, at: datetime, size: int, sold: dict[ProductKey, tuple[str, ...]]) -> int:
    waiting = BuyerNote.objects.for_store(store).filter(recognised_at__isnull=True).order_by("pk")
    notes = list(waiting.select_for_update(of=("self",), skip_locked=True).select_related("order")[:size])
    lines = _lines_of(store, notes, sold)
    for note in notes:
        recognise_note(note, ordered_lines(lines[note.order_id], sold), at)
    BuyerNote.objects.bulk_update(notes, _FIELDS)
    return len(notes)


def _lines_of(
    store: Store, notes: Sequence[BuyerNote], sold: dict[ProductKey, tuple[str, ...]]
) -> Mapping[int, list[OrderLine]]:
    """Load the lines of the notes' orders, and into `sold` the specs of products not met before."""
    by_order: dict[int, list[OrderLine]] = defaultdict(list)
    lines = OrderLine.objects.filter(order__in=[note.order_id for note in notes]).select_related("title")
    for line in lines.order_by("order_id", "position", "pk"):
        by_order[line.order_id].append(line)
    keys = {product_key(line) for found in by_order.values() for line in found} - sold.keys()
    sold.update(sold_specs(store, keys))
    return by_order


def recognise_note(note: BuyerNote, lines: Sequence[OrderedLine], at: datetime) -> None:
    """Set what the rules make of one locked note; the caller saves types, findings, recognised_at and state.

    A note that a person has touched keeps its state.
    """
    found = read_text(note, lines)
    by_hand = {"by_hand": True} if note.findings.get("by_hand") else {}
    note.types, note.findings, note.recognised_at = list(found.types), found.as_json() | by_hand, at
    if note.state == BuyerNoteState.UNREAD:
        note.state = BuyerNoteState(found.state)


def read_text(note: BuyerNote, lines: Sequence[OrderedLine]) -> Recognition:
    """Return what the rules make of a note; days that it names count from when the buyer wrote it."""
    written_at = note.order.placed_at if note.version_count == 1 else note.received_at
    try:
        return recognise(note.text, lines=lines, at=written_at)
    except Exception:  # one strange text must not keep the others waiting
        logger.exception("The rules cannot read note %s.", note.pk)
        return Recognition((), {}, (), BuyerNoteState.MANUAL.value)
