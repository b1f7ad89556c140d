"""What a confirmed note changes on its order: dates, specs, the recipient, and wishes for those who pack."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.common.models import Job, User
from orders.core.models import Order, OrderLine
from orders.core.services import agree_spec, agree_wish, appoint_date, change_recipient
from orders.core.statuses import WishKind
from orders.notes.models import BuyerNote
from orders.notes.queries.specs import ordered_lines, product_key, sold_specs
from orders.notes.queries.words import pair_value
from orders.notes.recognition import OrderedLine, asks_only_for_card
from orders.notes.recognition.products import takes_engraving
from orders.notes.recognition.specs import same, spec_values
from orders.notes.services.recognising import read_text


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteChanges:
    """What was agreed with the buyer; empty means no change of that. Each text is a task for whoever packs."""

    ship_day: date | None = None  # the day on which it leaves the shop
    slot: str = ""  # when it should arrive: "Saturday afternoon"
    deliver_before: date | None = None
    packing: str = ""
    gift_wrap: str = ""
    card: str = ""  # what to write on it
    gift: str = ""
    courier: str = ""
    invoice_title: str = ""
    tax_number: str = ""
    engraving: Mapping[int, str] = field(default_factory=dict)  # line id -> text
    specs: Mapping[int, str] = field(default_factory=dict)  # line id -> spec that ships instead
    recipient: Mapping[str, str] | None = None

    def names(self) -> list[str]:
        """Return which changes there are, for the history: values stand in the events of the changes themselves."""
        return [name for name in self.__slots__ if getattr(self, name)]


@dataclass(frozen=True, slots=True)
class Act:
    """Who confirms, when and how: what every change is written with."""

    actor: User | None
    at: datetime
    source: str
    job: Job | None = None

    @property
    def values(self) -> dict[str, Any]:
        return {"actor": self.actor, "at": self.at, "source": self.source, "job": self.job}


def change_facts(order: Order, changes: NoteChanges, act: Act) -> None:
    """Write the changes that have a service of their own; each locks the order again and bumps it.

    Raises:
        OrderError: one of them is refused.
    """
    target = {"store": order.store, "order_id": order.pk, **act.values}
    if changes.ship_day is not None:
        appoint_date(day=changes.ship_day, slot=changes.slot, **target)
    for line_id, spec in sorted(changes.specs.items()):
        agree_spec(line_id=line_id, spec=spec, **target)
    if changes.recipient:
        change_recipient(fields=changes.recipient, **target)


def agree_wishes(order: Order, changes: NoteChanges, act: Act, *, note_version: int) -> None:
    """Put down the wishes on a locked order; the caller bumps it with `wish_kinds`.

    Raises:
        OrderError: a text is too long, or a line is not the order's.
    """
    for kind, text, data, line_id in _wishes(changes):
        agree_wish(order, kind=kind, text=text, data=data, line_id=line_id, note_version=note_version, **act.values)


def _wishes(changes: NoteChanges) -> Iterator[tuple[WishKind, str, dict[str, str], int | None]]:
    texts = (
        (WishKind.DELIVERY_TIME, _delivery_text(changes)),
        (WishKind.PACKING, changes.packing),
        (WishKind.GIFT_WRAP, changes.gift_wrap),
        (WishKind.GIFT, changes.gift),
        (WishKind.COURIER, changes.courier),
    )
    yield from ((kind, text, {}, None) for kind, text in texts if text.strip())
    if changes.card.strip():
        yield WishKind.GIFT_WRAP, _("Card: %(text)s") % {"text": changes.card.strip()}, {"card": changes.card}, None
    if changes.invoice_title.strip():
        yield WishKind.INVOICE, _invoice_text(changes), _invoice_data(changes), None
    for line_id, text in sorted(changes.engraving.items()):
        if text.strip():
            yield WishKind.ENGRAVING, text, {}, line_id


def _delivery_text(changes: NoteChanges) -> str:
    """Return when it should arrive, unless the appointed date says it already."""
    if changes.deliver_before is not None:
        return _("Deliver before %(day)s %(slot)s") % {"day": f"{changes.deliver_before:%m-%d}", "slot": changes.slot}
    return "" if changes.ship_day is not None else changes.slot


def _invoice_text(changes: NoteChanges) -> str:
    return " ".join(filter(None, (changes.invoice_title.strip(), changes.tax_number.strip())))


def _invoice_data(changes: NoteChanges) -> dict[str, str]:
    return {"title": changes.invoice_title.strip(), "tax_number": changes.tax_number.strip()}


def suggested_changes(
    note: BuyerNote,
    order: Order,
    lines: Sequence[OrderLine],
    at: datetime,
    answered: Mapping[str, str] = MappingProxyType({}),
) -> NoteChanges:
    """Return the changes that the note asks for, to be looked at by a person: from its findings, or read anew.

    `lines` need their titles; `answered` is what the buyer said since, by the keys of the pairs. Reads the products'
    specs in one statement when another colour or size is wanted.
    """
    note.order = order
    pairs: Mapping[str, str] = note.findings.get("pairs", {})
    types: Sequence[str] = note.types
    if note.recognised_at is None:
        found = read_text(note, ordered_lines(lines))
        pairs, types = found.pairs, found.types
    pairs = {**pairs, **answered}
    return NoteChanges(
        ship_day=_ship_day(pairs.get("delivery_date", ""), order, at),
        slot=pair_value("delivery_slot", pairs.get("delivery_slot", "")),
        deliver_before=_day(pairs.get("deliver_before", "")),
        packing=_said(WishKind.PACKING, types, pairs.get("packing", ""), note.text),
        gift_wrap=_gift_wrap(types, note, lines, at),
        card=pairs.get("card", ""),
        gift=_said(WishKind.GIFT, types, pairs.get("gift", ""), note.text),
        courier=_courier(pairs),
        invoice_title=pairs.get("invoice_title", ""),
        tax_number=pairs.get("tax_number", ""),
        engraving=_engraving(pairs.get("engraving", ""), lines),
        specs=_specs(pairs, order, lines),
        recipient={"street": pairs["address"]} if pairs.get("address") else None,
    )


def _said(kind: WishKind, types: Sequence[str], value: str, text: str) -> str:
    return (value or text[:300]) if kind in types else ""


def _gift_wrap(types: Sequence[str], note: BuyerNote, lines: Sequence[OrderLine], at: datetime) -> str:
    """Return the gift wrap that is asked for; a card alone has a field of its own."""
    is_asked = WishKind.GIFT_WRAP in types and not asks_only_for_card(note.text, lines=ordered_lines(lines), at=at)
    return str(WishKind.GIFT_WRAP.label) if is_asked else ""


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _ship_day(text: str, order: Order, at: datetime) -> date | None:
    """Return when it has to leave to arrive on that day: never a day that is over."""
    day = _day(text)
    return max(day - timedelta(days=order.store.transit_days), timezone.localdate(at)) if day else None


def _courier(pairs: Mapping[str, str]) -> str:
    refused = pairs.get("courier_not", "")
    return pairs.get("courier", "") or (_("not %(courier)s") % {"courier": refused} if refused else "")


def _engraving(text: str, lines: Sequence[OrderLine]) -> dict[int, str]:
    """Return the text for the one line that it can be for; with several, a person chooses."""
    open_lines = [line for line in lines if line.unshipped]
    named = [line for line in open_lines if takes_engraving(line.title.text)]
    chosen = open_lines if len(open_lines) == 1 else named
    return {chosen[0].pk: text} if text and len(chosen) == 1 else {}


def _specs(pairs: Mapping[str, str], order: Order, lines: Sequence[OrderLine]) -> dict[int, str]:
    """Return the other spec for the one line that comes in it."""
    wanted = {key: pairs[key] for key in ("colour", "size") if pairs.get(key)}
    open_lines = [line for line in lines if line.unshipped]
    if not wanted or not open_lines:
        return {}
    sold = sold_specs(order.store, [product_key(line) for line in open_lines])
    found = {line.line_id: spec for line in ordered_lines(open_lines, sold) if (spec := _other_spec(line, wanted))}
    return found if len(found) == 1 else {}


def _other_spec(line: OrderedLine, wanted: Mapping[str, str]) -> str:
    """Return the one spec of the product that has the wanted values, the others as ordered; "" when it is ordered."""
    ordered = spec_values(line.spec)
    target = {**ordered, **wanted}
    if _fits(ordered, target):
        return ""
    fitting = [spec for spec in line.allowed if _fits(spec_values(spec), target)]
    return fitting[0] if len(fitting) == 1 else ""


def _fits(values: Mapping[str, str], target: Mapping[str, str]) -> bool:
    return all(same(value, values.get(key, "")) for key, value in target.items())
