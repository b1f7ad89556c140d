from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from orders.notes.models import FaqEntry, QuickReply
from orders.notes.services.faq import ANSWER_LENGTH, QUESTION_LENGTH
from orders.notes.services.replies import TEXT_LENGTH, TITLE_LENGTH
from orders.notes.statuses import NoteType


class ReplyForm(forms.Form):
    """A ready text; `is_shared` is there only for who may write replies for everybody."""

    title = forms.CharField(label=_("Title"), max_length=TITLE_LENGTH)
    kind = forms.ChoiceField(
        label=_("Offered first for"), required=False, choices=[("", _("all types")), *NoteType.choices]
    )
    text = forms.CharField(
        label=_("Text"), max_length=TEXT_LENGTH, widget=forms.Textarea(attrs={"rows": 5, "maxlength": TEXT_LENGTH})
    )
    is_shared = forms.BooleanField(label=_("For everybody in the store"), required=False)

    def __init__(self, data: Any, *, reply: QuickReply | None, may_share: bool) -> None:
        initial = {}
        if reply is not None:
            initial = {
                "title": reply.title,
                "kind": reply.kind,
                "text": reply.text,
                "is_shared": reply.owner_id is None,
            }
        super().__init__(data, initial=initial)
        if not may_share:
            del self.fields["is_shared"]

    def values(self) -> dict[str, Any]:
        return {"is_shared": False, **self.cleaned_data}


class FaqForm(forms.Form):
    """A question that buyers ask in their notes, and the shop's answer."""

    question = forms.CharField(label=_("Question"), max_length=QUESTION_LENGTH)
    answer = forms.CharField(
        label=_("Answer"), max_length=ANSWER_LENGTH, required=False, widget=forms.Textarea(attrs={"rows": 8})
    )
    is_published = forms.BooleanField(label=_("Finished: it may stand on the product's page"), required=False)

    def __init__(self, data: Any, *, entry: FaqEntry) -> None:
        initial = {"question": entry.question, "answer": entry.answer, "is_published": not entry.is_draft}
        super().__init__(data, initial=initial)

    def values(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {"question": data["question"], "answer": data["answer"], "is_draft": not data["is_published"]}
