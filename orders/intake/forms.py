from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from orders.intake.masked import HIDDEN, mask_cell, personal_columns
from orders.intake.quarantine import OpenRow

ENCODINGS = [("", _("Found by itself")), ("utf-8", "UTF-8"), ("gb18030", "GBK / GB18030"), ("big5", "Big5")]
MAX_FILES = 20


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One or several files."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> Any:
        files = data if isinstance(data, list) else [data] if data else []
        if len(files) > MAX_FILES:
            raise ValidationError(_("Choose up to %(count)s files at once."), params={"count": MAX_FILES})
        return [super(FilesField, self).clean(file, initial) for file in files or [None]]


class UploadForm(forms.Form):
    files = FilesField(  # type: ignore[assignment]  # a name that Django's forms use on instances only
        label=_("Order files"), help_text=_("Order list or order detail of the seller centre, CSV or XLSX")
    )

    def clean_files(self) -> list[Any]:
        files: list[Any] = self.cleaned_data["files"]
        limit = settings.IMPORT_MAX_BYTES
        for file in files:
            if file.size > limit:
                raise ValidationError(
                    _("%(name)s is larger than %(size)s MB."), params={"name": file.name, "size": limit // (1 << 20)}
                )
        return files


class StartForm(forms.Form):
    encoding = forms.ChoiceField(label=_("Encoding"), choices=ENCODINGS, required=False)
    snapshot_at = forms.DateTimeField(
        label=_("Snapshot time"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_(
            "When the platform wrote the file; an older file never overwrites what a newer one said. Empty: now."
        ),
    )


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
