"""What confirming a note asks for: the changes that it makes to the order, filled in from what the rules found."""

from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from orders.core.divisions import PROVINCES
from orders.core.models import OrderLine
from orders.desk.act_forms.base import ActForm, line_label, reason_field
from orders.desk.note_words import answered_pairs, last_answer
from orders.desk.specs import specs_with_codes
from orders.notes.models import BuyerNote
from orders.notes.services import NoteChanges, suggested_changes
from orders.notes.statuses import NoteType

_RECIPIENT = ("name", "mobile", "province", "city", "district", "street")
_FIELD_OF = {
    "address": "street",
    "delivery_date": "ship_day",
    "delivery_slot": "slot",
    "colour": "spec",
    "size": "spec",
}
_TEXTS = ("slot", "packing", "gift_wrap", "card", "gift", "courier", "invoice_title", "tax_number")


class Group(NamedTuple):
    """Fields of one matter; the ones that the note is about are open."""

    title: str
    fields: list[forms.BoundField]
    is_open: bool


def _text(label: Any, longest: int = 300) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": "off"})
    return forms.CharField(label=label, required=False, max_length=longest, widget=widget)


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class ConfirmNoteForm(ActForm):
    template: ClassVar[str] = "desk/_order_confirm_fields.html"
    is_wide: ClassVar[bool] = True
    has_placed_answer = False  # beside its field
    hint = gettext_lazy("What was agreed with the buyer? It is written to the order, and the order goes on.")
    outcome = reason_field(gettext_lazy("Outcome"))
    ship_day = _day(gettext_lazy("Ships on"))
    slot = _text(gettext_lazy("Time of delivery"), 40)
    deliver_before = _day(gettext_lazy("Deliver before"))
    packing = _text(gettext_lazy("Packing"))
    gift_wrap = _text(gettext_lazy("Gift wrap"))
    card = _text(gettext_lazy("Text of the card"))
    gift = _text(pgettext_lazy("a present", "Gift"))
    courier = _text(gettext_lazy("Courier"))
    invoice_title = _text(gettext_lazy("Invoice title"), 120)
    tax_number = _text(gettext_lazy("Tax number"), 40)
    name = _text(pgettext_lazy("person", "Name"), 60)
    mobile = _text(gettext_lazy("Mobile"), 30)
    province = forms.ChoiceField(label=gettext_lazy("Province"), required=False, choices=[])
    city = _text(gettext_lazy("City"), 40)
    district = _text(gettext_lazy("District"), 40)
    street = _text(gettext_lazy("Street"), 200)

    def prepare(self) -> None:
        self.choices_of("province", [("", _("as it is")), *((name, name) for name in PROVINCES)])
        for line in self.open_lines:
            self.fields[f"engraving_{line.pk}"] = _text(self._label(_("Engrave"), line))
            self.fields[f"spec_{line.pk}"] = _text(self._label(_("Spec to ship"), line))
        note = self.situation.note
        answer = last_answer(note) if note else None
        self.answer = answer.answer if answer else ""
        answered = answered_pairs(note, answer) if note else {}
        self._show_answer(answered)
        if note and not self.is_bound:
            self._suggest(note, answered)

    def _show_answer(self, answered: Mapping[str, str]) -> None:
        """Set the answer beside the field that it is for; one for no field in particular stands above them all."""
        for key in answered:
            start = _FIELD_OF.get(key, key)
            for name in [name for name in self.fields if name == start or name.startswith(f"{start}_")]:
                self.fields[name].help_text = self.answer_words
                self.has_placed_answer = True

    @property
    def answer_words(self) -> str:
        return _("The buyer answered: %(answer)s") % {"answer": self.answer}

    @property
    def open_lines(self) -> list[OrderLine]:
        return [line for line in self.situation.lines if line.unshipped]

    def _label(self, what: str, line: OrderLine) -> str:
        return what if len(self.open_lines) == 1 else f"{what}: {line_label(line)}"

    def _suggest(self, note: BuyerNote, answered: Mapping[str, str]) -> None:
        situation = self.situation
        found = suggested_changes(note, situation.order, situation.lines, situation.now, answered)
        start: dict[str, Any] = {name: getattr(found, name) for name in (*_TEXTS, "ship_day", "deliver_before")}
        start |= {f"engraving_{pk}": text for pk, text in found.engraving.items()}
        start |= {f"spec_{pk}": spec for pk, spec in found.specs.items()}
        start |= dict(found.recipient or {})
        for name, value in {**start, "outcome": note.outcome or _("As the buyer asks.")}.items():
            if name in self.fields and len(str(value)) <= (getattr(self.fields[name], "max_length", None) or 300):
                self.fields[name].initial = value

    def groups(self) -> list[Group]:
        """Return the fields by matter, those that the note is about first."""
        kinds = set(self.situation.note.types if self.situation.note else ())
        made = [self._group(title, names, wanted & kinds) for title, names, wanted in self._matters()]
        return sorted((group for group in made if group.fields), key=lambda group: not group.is_open)

    def _group(self, title: str, names: tuple[str, ...], wanted: set[str]) -> Group:
        fields = [self[name] for name in names]
        return Group(title, fields, bool(wanted) or any(field.value() or field.errors for field in fields))

    def _matters(self) -> list[tuple[str, tuple[str, ...], set[str]]]:
        engraving = tuple(f"engraving_{line.pk}" for line in self.open_lines)
        specs = tuple(f"spec_{line.pk}" for line in self.open_lines)
        packing = {NoteType.PACKING, NoteType.GIFT_WRAP, NoteType.GIFT}
        return [
            (_("Delivery time"), ("ship_day", "slot", "deliver_before"), {NoteType.DELIVERY_TIME}),
            (_("Colour or size"), specs, {NoteType.COLOUR_SIZE}),
            (_("Engraving"), engraving, {NoteType.ENGRAVING}),
            (_("Packing and gifts"), ("gift_wrap", "card", "gift", "packing"), {str(kind) for kind in packing}),
            (_("Invoice"), ("invoice_title", "tax_number"), {NoteType.INVOICE}),
            (_("Courier"), ("courier",), {NoteType.COURIER}),
            (_("Address change"), _RECIPIENT, {NoteType.ADDRESS_CHANGE}),
        ]

    def known_specs(self) -> list[str]:
        """Return what the products of the order come in, as suggestions."""
        return list(dict.fromkeys(spec for line in self.open_lines for spec in specs_with_codes(line)))

    def values(self) -> dict[str, Any]:
        data = self.cleaned_data
        recipient = {name: data[name] for name in _RECIPIENT if data[name]}
        changes = NoteChanges(
            ship_day=data["ship_day"],
            deliver_before=data["deliver_before"],
            engraving=self._by_line("engraving"),
            specs=self._by_line("spec"),
            recipient=recipient or None,
            **{name: data[name] for name in _TEXTS},
        )
        return {"outcome": data["outcome"], "changes": changes}

    def _by_line(self, kind: str) -> Mapping[int, str]:
        given = {line.pk: self.cleaned_data[f"{kind}_{line.pk}"] for line in self.open_lines}
        return {pk: text for pk, text in given.items() if text}
