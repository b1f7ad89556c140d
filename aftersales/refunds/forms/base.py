"""What every form of an act on a case is made of."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from aftersales.refunds.acts import Situation
from aftersales.refunds.services.telling import answer_leaves

FOCUS = {"autofocus": True}
IMAGES = "image/png,image/jpeg,image/webp,image/gif"


class ActForm(forms.Form):
    """Base: an act without questions but whether."""

    template: ClassVar[str] = "components/_form.html"
    is_wide: ClassVar[bool] = False
    answers: ClassVar[bool] = False  # the buyer, as the platform may be told

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
    def leaves(self) -> bool:
        """Tell whether the platform is told of what an answer by this form decides."""
        return self.answers and answer_leaves(self.situation.refund)

    @property
    def hints(self) -> list[str]:
        """Return what the form should say first."""
        return []


class PicturesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class PicturesField(forms.FileField):
    """Several pictures, or none."""

    widget = PicturesInput(attrs={"accept": IMAGES})
    most = 10

    def clean(self, data: Any, initial: Any = None) -> Any:
        files = data if isinstance(data, list) else [data] if data else []
        if len(files) > self.most:
            raise ValidationError(_("A message takes up to %(count)s pictures."), params={"count": self.most})
        return [super(PicturesField, self).clean(file, initial) for file in files]
