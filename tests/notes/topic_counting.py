"""What notes ask for, counted note by note in Python: shares no SQL with what it checks."""

from collections import Counter, defaultdict

from django.utils import timezone

from orders.core.models import OrderLine
from orders.notes.models import BuyerNote

WISHES = {"colour", "size", "gift", "packing", "courier", "courier_not", "delivery_slot"}


def said(note):
    """Yield (product title or "", key, value) of all that a note counts for."""
    yield "", "total", ""
    if note.recognised_at is None:
        yield "", "unread", ""
        return
    for kind in note.types or [""]:
        yield "", "type", kind
    titles = set(OrderLine.objects.filter(order=note.order_id).values_list("title__text", flat=True))
    for key, value in note.findings.get("pairs", {}).items():
        if key in WISHES:
            yield from ((title, key, value) for title in titles)


def recount(store, since, until):
    """Return counts and the newest notes of each, of the notes received from `since` to before `until`."""
    counts, newest = Counter(), defaultdict(list)
    notes = BuyerNote.objects.filter(store=store).select_related("order")
    for note in sorted(notes, key=lambda note: (note.received_at, note.pk), reverse=True):
        if since <= note.received_at < until:
            for thing in said(note):
                counts[thing] += 1
                newest[thing].append(note)
    return counts, {thing: found[:3] for thing, found in newest.items()}


def days_of(store):
    received = BuyerNote.objects.filter(store=store).values_list("received_at", flat=True)
    return sorted({timezone.localdate(at) for at in received})
