"""Forms of exports and of their templates."""

from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy

from backoffice.common.access import Right
from backoffice.common.models import Store
from orders.desk.exports.columns import EXPORT_COLUMNS, LINE, ORDER
from orders.desk.exports.templates import DEFAULT, GRAINS, templates_of
from orders.desk.models import ExportTemplate

MASKED, CLEAR = "masked", "clear"


class SelectedField(forms.CharField):
    """Ids of orders, comma separated; signs that are none are left out."""

    def clean(self, value: Any) -> list[int]:
        words = (super().clean(value) or "").split(",")
        return [int(word) for word in words if word.isascii() and word.isdigit() and len(word) < 19]  # noqa: PLR2004 -- bigint


class ExportForm(forms.Form):
    """What file to make of the orders that were found; clear text only where the person may have it."""

    query = forms.CharField(required=False, max_length=4000, widget=forms.HiddenInput)
    selected = SelectedField(required=False, max_length=400_000, widget=forms.HiddenInput)
    template = forms.ChoiceField(label=gettext_lazy("Template"))
    file_format = forms.ChoiceField(
        label=gettext_lazy("Format"), widget=forms.RadioSelect, initial="xlsx",
        choices=[
            ("xlsx", gettext_lazy("Excel workbook (.xlsx), recommended for Excel")),
            ("csv", gettext_lazy("Plain CSV, for other programs")),
        ],
    )  # fmt: skip
    recipients = forms.ChoiceField(
        label=gettext_lazy("Recipients"), widget=forms.RadioSelect, initial=MASKED,
        choices=[
            (MASKED, gettext_lazy("Masked")),
            (CLEAR, gettext_lazy("Clear text, with a reason; the file bears your name and lives 24 hours")),
        ],
    )  # fmt: skip
    reason = forms.CharField(label=gettext_lazy("Reason for clear text"), required=False, max_length=200)

    def __init__(self, *args: Any, store: Store, rights: frozenset[Right], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(found.key, f"{found.label} · {found.grain_label}") for found in templates_of(store)]
        self.fields["template"].choices = choices  # type: ignore[attr-defined]
        self.fields["template"].initial = DEFAULT
        if Right.EXPORT_CLEAR not in rights:
            del self.fields["recipients"], self.fields["reason"]

    @property
    def values(self) -> dict[str, Any]:
        """Return what `create_export` asks for."""
        data = self.cleaned_data
        return {
            "query": data["query"],
            "selected": data["selected"],
            "template": data["template"],
            "file_format": data["file_format"],
            "is_clear": data.get("recipients") == CLEAR,
            "reason": data.get("reason", ""),
        }


class TemplateForm(forms.Form):
    """A template's columns, ordered by the numbers beside them."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=40)
    grain = forms.ChoiceField(
        label=gettext_lazy("One row per"), choices=list(GRAINS.items()), widget=forms.RadioSelect, initial=ORDER
    )

    def __init__(self, *args: Any, template: ExportTemplate | None = None, **kwargs: Any) -> None:
        chosen = list(template.columns) if template else ["number"]
        if template:
            kwargs["initial"] = {"name": template.name, "grain": template.grain}
        super().__init__(*args, **kwargs)
        self._chosen = self.columns if self.is_bound else chosen

    @property
    def columns(self) -> list[str]:
        """Return the ticked columns in the order of their numbers; those without one come last."""
        data = cast(QueryDict, self.data)
        return sorted(filter(None, data.getlist("columns")), key=self._place)

    def _place(self, key: str) -> int:
        text = self.data.get(f"place_{key}", "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 10_000  # noqa: PLR2004

    def rows(self) -> list[dict[str, Any]]:
        """Return every column, the chosen ones first and in their order."""
        places = {key: place for place, key in enumerate(self._chosen, start=1)}
        last = len(places) + 1
        known = sorted(EXPORT_COLUMNS, key=lambda column: places.get(column.key, last))
        return [
            {
                "key": column.key,
                "label": column.label,
                "place": places.get(column.key, ""),
                "is_line": column.grain == LINE,
                "is_chosen": column.key in places,
                "may_be_clear": column.open is not None,
            }
            for column in known
        ]
