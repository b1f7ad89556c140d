"""What every form of an act is made of."""

from typing import Any, ClassVar

from django import forms

from orders.core.models import OrderLine
from orders.core.spec_words import spec_values
from orders.desk.situations import Situation

FOCUS = {"autofocus": True}


class ActForm(forms.Form):
    """Base: an act without questions."""

    heading: ClassVar[Any] = ""
    submit: ClassVar[Any] = ""  # else the act's label
    second: ClassVar[tuple[str, Any] | None] = None  # name and label of another button that sends the form
    hint: ClassVar[Any] = ""
    template: ClassVar[str] = "components/_form.html"
    is_wide: ClassVar[bool] = False

    def __init__(self, situation: Situation, *args: Any, **kwargs: Any) -> None:
        self.situation = situation
        super().__init__(*args, **kwargs)
        self.prepare()

    def prepare(self) -> None:
        """Fit the fields to the situation."""

    def choices_of(self, name: str, choices: Any) -> None:
        """Offer these choices in a field of choices."""
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 # nosec B101 # for the type checker
        field.choices = choices

    def values(self) -> dict[str, Any]:
        return self.cleaned_data

    @property
    def notice(self) -> str:
        """Return what the form should say first."""
        return str(self.hint)


def reason_field(label: Any, *, longest: int = 300, suggestions: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label, min_length=2, max_length=longest,
        widget=forms.Textarea(attrs={"rows": 2, **FOCUS}), help_text=suggestions,
    )  # fmt: skip


class ItemForm(ActForm):
    """An act on one thing of the order: a line, a wish, a contact, a remark."""

    item = forms.IntegerField(min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)

    @property
    def item_id(self) -> int | None:
        """Return what the form is about, asked for or sent back; None: nothing that could be one."""
        text = str(self.data.get("item") if self.is_bound else self.initial.get("item") or "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None  # noqa: PLR2004 -- bigint


def line_label(line: OrderLine) -> str:
    return f"{line.title.text} {spec_values(line.shown_spec)}".strip()[:80]
