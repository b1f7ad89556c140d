"""The form of a row that could not be imported, whatever file it came in."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from orders.intake.masked import HIDDEN, mask_cell, personal_columns
from orders.intake.quarantine import OpenRow


class RowForm(forms.Form):
    """The cells of a quarantined row. A personal cell is shown masked and keeps its text unless a new one is typed."""

    def __init__(self, opened: OpenRow, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        personal = personal_columns(opened.match)
        bad = opened.row.column
        order = sorted(range(len(opened.match.header)), key=lambda index: (opened.match.header[index] != bad, index))
        for index in order:
            cell = opened.cells[index] if index < len(opened.cells) else None
            self._add(
                index, opened.match.header[index], cell, personal.get(index), is_bad=opened.match.header[index] == bad
            )

    def _add(self, index: int, title: str, cell: Any, field: str | None, *, is_bad: bool) -> None:
        shown = mask_cell(field, cell)
        is_hidden = bool(shown) and (field is not None or shown != str(cell))
        self.fields[f"cell-{index}"] = forms.CharField(
            label=title or f"#{index + 1}",
            required=False,
            strip=False,
            max_length=10_000,
            initial="" if is_hidden else "" if cell is None else str(cell),
            help_text=_("Now: %(text)s. Leave empty to keep it.") % {"text": shown or HIDDEN} if is_hidden else "",
            widget=forms.TextInput(attrs={"aria-invalid": "true"} if is_bad else {}),
        )

    def changes(self) -> dict[int, str]:
        """Return the cells that were given another text."""
        return {int(name.removeprefix("cell-")): self.cleaned_data[name] for name in self.changed_data}
