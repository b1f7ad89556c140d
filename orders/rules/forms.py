"""The form of a rule: its name and act, and one small form for each condition."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy, pgettext_lazy

from orders.core.statuses import HoldKind
from orders.rules.conditions import FIELDS, OPS, ConditionError, Field, clean_condition
from orders.rules.models import AcceptanceRule
from orders.rules.services import MAX_CONDITIONS, RuleValues
from orders.rules.statuses import HOLD_KINDS, RuleAction


class RuleForm(forms.Form):
    name = forms.CharField(
        label=pgettext_lazy("rule", "Name"), max_length=60, help_text=gettext_lazy("Stands on each order it decides.")
    )
    action = forms.ChoiceField(
        label=gettext_lazy("What it does"), choices=RuleAction.choices, widget=forms.RadioSelect, initial="accept"
    )
    hold_kind = forms.ChoiceField(
        label=gettext_lazy("Which hold"), choices=[(kind.value, HoldKind(kind).label) for kind in HOLD_KINDS],
        required=False, help_text=gettext_lazy("Only for a rule that holds."),
    )  # fmt: skip
    hold_reason = forms.CharField(
        label=gettext_lazy("Reason of the hold"), max_length=200, required=False,
        help_text=gettext_lazy("What colleagues read on the order; the rule's name when empty."),
    )  # fmt: skip
    is_active = forms.BooleanField(label=gettext_lazy("The rule is on"), required=False, initial=True)
    seen_at = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)


def _value_fields(field: Field) -> dict[str, forms.Field]:
    """Return the inputs of a condition's value; all may be empty, as the registry says what is missing."""
    label = gettext_lazy("Value")
    if field.kind == "choices":
        box = forms.CheckboxSelectMultiple
        return {"value": forms.MultipleChoiceField(label=label, choices=field.choices, widget=box, required=False)}
    if field.kind == "choice":
        return {"value": forms.ChoiceField(label=label, choices=field.choices, required=False)}
    if field.kind == "times":
        clock = forms.TimeInput(attrs={"type": "time"})
        return {
            "value": forms.CharField(label=pgettext_lazy("time", "From"), widget=clock, required=False, max_length=8),
            "until": forms.CharField(label=pgettext_lazy("time", "Until"), widget=clock, required=False, max_length=8),
        }
    if field.kind == "words":
        return {"value": forms.CharField(label=label, max_length=2000, required=False)}
    numeric = forms.TextInput(attrs={"inputmode": "decimal" if field.kind == "money" else "numeric"})
    return {"value": forms.CharField(label=label, max_length=20, widget=numeric, required=False)}


class ConditionForm(forms.Form):
    """One condition; what it asks about is fixed when it is added."""

    op = forms.ChoiceField(label=gettext_lazy("Comparison"), required=False)

    def __init__(self, key: str, index: int, data: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(data, prefix=f"c{index}", **kwargs)
        self.key, self.index, self.about = key, index, FIELDS[key]
        self.title = self.about.label
        chosen = self.fields["op"]
        assert isinstance(chosen, forms.ChoiceField)  # noqa: S101 -- declared above
        chosen.choices = [(op, OPS[op]) for op in self.about.ops]
        self.fields.update(_value_fields(self.about))
        for name, field in self.fields.items():
            field.widget.attrs["aria-label"] = f"{self.title}: {field.label}"
            field.help_text = str(self.about.help) if name == "value" else ""

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        try:
            self.stored = clean_condition(
                {"field": self.key, "op": values.get("op") or self.about.ops[0], "value": self._value(values)}
            )
        except ConditionError as error:
            if not self.errors:
                self.add_error("value", str(error))
        return values

    def _value(self, values: Mapping[str, Any]) -> Any:
        value = values.get("value", "")
        if self.about.kind == "words":
            return [word.strip() for word in _separated(value)]
        return [value, values.get("until", "")] if self.about.kind == "times" else value


def _separated(text: str) -> list[str]:
    for sign in "，、;；\n":
        text = text.replace(sign, ",")
    return text.split(",")


def _initial(stored: Mapping[str, Any]) -> dict[str, Any]:
    kind, value = FIELDS[stored["field"]].kind, stored["value"]
    if kind == "times":
        return {"op": stored["op"], "value": value[0], "until": value[1]}
    return {"op": stored["op"], "value": ", ".join(value) if kind == "words" else value}


class RuleEditor:
    """The whole form as a person has it: from a rule, or from what was sent with a row added or removed."""

    def __init__(self, rule: AcceptanceRule | None = None, data: QueryDict | None = None) -> None:
        self.rule, self.data = rule, data
        self.added = ""
        if data is None:
            self.form = RuleForm(initial=_rule_initial(rule) if rule else None)
            self.rows = [row for row in map(_kept_row, enumerate(rule.conditions if rule else ())) if row]
        else:
            self.form = RuleForm(data)
            self.rows = _sent_rows(data)

    def add(self, key: str) -> None:
        """Add an empty row that asks about this; an unknown field and a row too many are left out."""
        if key in FIELDS and len(self.rows) < MAX_CONDITIONS:
            index = max((row.index for row in self.rows), default=-1) + 1
            self.rows.append(ConditionForm(key, index))
            self.added = self.rows[-1].prefix or ""

    def remove(self, index: str) -> None:
        self.rows = [row for row in self.rows if str(row.index) != index]

    def unbind(self) -> None:
        """Show what was typed without judging it: the person is not done yet."""
        assert self.data is not None  # noqa: S101 -- only after a POST
        self.form = RuleForm(initial=_typed(self.form))
        self.rows = [
            ConditionForm(row.key, row.index, initial=_typed(row)) if row.is_bound else row for row in self.rows
        ]

    def is_valid(self) -> bool:
        rows_are_valid = [row.is_valid() for row in self.rows]
        return self.form.is_valid() and all(rows_are_valid)

    def values(self) -> RuleValues:
        values = {name: value for name, value in self.form.cleaned_data.items() if name != "seen_at"}
        return RuleValues(**values, conditions=[row.stored for row in self.rows])

    @property
    def seen_at(self) -> datetime | None:
        try:
            seen = parse_datetime(self.form.cleaned_data.get("seen_at") or "")
        except ValueError:
            return None
        return seen if seen and seen.tzinfo else None

    @property
    def choices(self) -> list[tuple[str, Any]]:
        return [(key, field.label) for key, field in FIELDS.items()]


def _rule_initial(rule: AcceptanceRule) -> dict[str, Any]:
    names = ("name", "action", "hold_kind", "hold_reason", "is_active")
    return {name: getattr(rule, name) for name in names} | {"seen_at": rule.updated_at.isoformat()}


def _kept_row(numbered: tuple[int, Any]) -> ConditionForm | None:
    """Return the row of a stored condition; one that cannot be read is not shown, and gone when the rule is saved."""
    index, stored = numbered
    try:
        return ConditionForm(stored["field"], index, initial=_initial(clean_condition(stored)))
    except (ConditionError, TypeError):
        return None


def _sent_rows(data: QueryDict) -> list[ConditionForm]:
    """Return the rows that were sent as `row` = "<index>:<field>"; anything else is no row."""
    rows: list[ConditionForm] = []
    for sent in data.getlist("row")[: MAX_CONDITIONS + 1]:
        index, _colon, key = sent.partition(":")
        if key in FIELDS and index.isascii() and index.isdigit() and len(index) <= len("999"):
            rows.append(ConditionForm(key, int(index), data))
    return rows


def _typed(form: forms.Form) -> dict[str, Any]:
    return {name: form[name].value() for name in form.fields}
