"""The readers in order: what a buyer dictates is used up first, so that no word of it is taken for a request."""

from collections.abc import Callable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from orders.notes.recognition.address import read_address
from orders.notes.recognition.card import read_card
from orders.notes.recognition.colour_size import read_colour_size
from orders.notes.recognition.courier import read_courier
from orders.notes.recognition.courtesy import is_courtesy
from orders.notes.recognition.delivery import read_delivery, read_urge
from orders.notes.recognition.draft import Draft
from orders.notes.recognition.engraving import read_engraving
from orders.notes.recognition.gift import read_gift
from orders.notes.recognition.invoice import read_invoice
from orders.notes.recognition.packing import read_packing
from orders.notes.recognition.results import OrderedLine, Recognition, state_of
from orders.notes.recognition.text import without_pictures
from orders.notes.recognition.titles import hide_titles
from orders.notes.recognition.wrap import read_wrap
from orders.notes.statuses import NoteType

_ZONE = ZoneInfo("Asia/Shanghai")
_LONGEST = 1_000  # signs; the platform takes 500
_ORDER = {kind: at for at, kind in enumerate(NoteType.values)}
_DICTATED: tuple[Callable[[Draft], None], ...] = (read_card, read_engraving)
_READERS: tuple[Callable[[Draft], None], ...] = (
    read_invoice,
    read_address,
    read_courier,
    read_wrap,
    read_gift,
    read_colour_size,
    read_delivery,
    read_packing,
    read_urge,
)


def recognise(text: str, *, lines: Sequence[OrderedLine] = (), at: datetime) -> Recognition:
    """Return what a note asks for. The same text, lines and day give the same answer."""
    draft = _draft(text, lines, at)
    for read in _DICTATED:
        read(draft)
    draft.rest = without_pictures(draft.rest)
    for read in _READERS:
        read(draft)
    if not draft.types and is_courtesy(draft.text):
        draft.types.add(NoteType.OTHER.value)
    types = tuple(sorted(draft.types, key=_ORDER.__getitem__))
    return Recognition(types, draft.pairs, tuple(draft.problems), state_of(types, draft.problems))


def _draft(text: str, lines: Sequence[OrderedLine], at: datetime) -> Draft:
    draft = Draft(text[:_LONGEST], at.astimezone(_ZONE).date(), lines)
    hide_titles(draft)
    return draft


def asks_only_for_card(text: str, *, lines: Sequence[OrderedLine] = (), at: datetime) -> bool:
    """Tell a wish for a card from one for gift wrap, whose type it shares: nobody asked for a box or ribbons."""
    draft = _draft(text, lines, at)
    read_card(draft)
    has_card = NoteType.GIFT_WRAP in draft.types
    draft.types.clear()
    read_wrap(draft)
    return has_card and NoteType.GIFT_WRAP not in draft.types
