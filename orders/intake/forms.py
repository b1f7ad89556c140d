from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

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
