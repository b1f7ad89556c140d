"""What an act on the buyer's note asks for."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from backoffice.common.access import Right
from backoffice.common.models import Membership
from orders.core.statuses import ContactChannel
from orders.desk.act_forms.base import FOCUS, ActForm, reason_field
from orders.desk.note_words import question_of
from orders.notes.models import QuickReply
from orders.notes.queries.replies import list_replies, replies_of
from orders.notes.services import use_reply
from orders.notes.statuses import Negotiation, NoteType

_FILES = "image/png,image/jpeg,image/webp,image/gif,audio/*,.amr"
SHOWN_REPLIES = 8


class DeclineNoteForm(ActForm):
    hint = gettext_lazy("Why can the wish not be met, and what was the buyer told? The order goes on.")
    outcome = reason_field(pgettext_lazy("of declining", "Reason"))


class OverrideNoteForm(ActForm):
    hint = gettext_lazy("The order may ship with its note open. Your reason stands in the history.")
    reason = reason_field(pgettext_lazy("of the override", "Reason"))


class AskForm(ActForm):
    template: ClassVar[str] = "desk/_order_ask_fields.html"
    hint = gettext_lazy("Copy it, send it to the buyer, then save it here as asked. The note waits for the answer.")
    text = forms.CharField(
        label=gettext_lazy("Question"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4, **FOCUS}),
    )  # fmt: skip
    channel = forms.ChoiceField(label=gettext_lazy("Channel"), choices=ContactChannel.choices)

    def prepare(self) -> None:
        if not self.is_bound:
            self.fields["text"].initial = self._reply_text() or self._ready_question()

    def _ready_question(self) -> str:
        return question_of(self.situation.note) if self.situation.note else ""

    def _reply_text(self) -> str:
        """Return the ready reply that the address names, filled in for this order; choosing it counts as a use."""
        order, actor = self.situation.order, self.situation.actor
        chosen = str(self.initial.get("reply") or "")
        if not (chosen.isascii() and chosen.isdigit() and len(chosen) < 19):  # noqa: PLR2004 -- bigint
            return ""
        reply = replies_of(order.store, actor).filter(pk=chosen).first()
        return use_reply(reply=reply, order=order, actor=actor, at=self.situation.now) if reply else ""

    def replies(self) -> list[QuickReply]:
        kinds = self.situation.note.types if self.situation.note else ()
        return list_replies(self.situation.order.store, self.situation.actor, kinds)[:SHOWN_REPLIES]


class SortForm(ActForm):
    types = forms.MultipleChoiceField(
        label=gettext_lazy("What the note is about"), required=False, choices=NoteType.choices,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip

    def prepare(self) -> None:
        self.fields["types"].initial = self.situation.note.types if self.situation.note else []


class AssignForm(ActForm):
    assignee = forms.TypedChoiceField(label=gettext_lazy("Who handles it"), coerce=int, choices=[])

    def prepare(self) -> None:
        members = Membership.objects.active().filter(store=self.situation.order.store).select_related("user")
        people = [member.user for member in members.order_by("pk") if Right.WORK_ORDERS in member.rights]
        self.people = {person.pk: person for person in people}
        self.choices_of("assignee", [(person.pk, str(person)) for person in people])

    def values(self) -> dict[str, Any]:
        return {"assignee": self.people[self.cleaned_data["assignee"]]}


class HandOverForm(ActForm):
    hint = gettext_lazy("For a note that no rule can settle: a person looks at it in particular.")
    reason = reason_field(pgettext_lazy("of leaving it to a person", "Reason"))


class NegotiateForm(ActForm):
    hint = gettext_lazy("For a wish that cannot simply be met. After-sales sees it as well.")
    negotiation = forms.ChoiceField(
        label=gettext_lazy("How it stands"), choices=[pair for pair in Negotiation.choices if pair[0]]
    )  # fmt: skip
    text = reason_field(gettext_lazy("What was said"))


class ReopenNoteForm(ActForm):
    hint = gettext_lazy("The order is held again. What was agreed stays until the note is confirmed or declined anew.")
    reason = reason_field(pgettext_lazy("of reopening", "Reason"))


class AttachForm(ActForm):
    hint = gettext_lazy("Pictures up to 10 MB, voice files up to 20 MB. They are sealed, and deleted after a set time.")
    file = forms.FileField(
        label=gettext_lazy("Picture or voice file"), widget=forms.ClearableFileInput(attrs={"accept": _FILES})
    )  # fmt: skip

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file is not None and not file.size:
            raise ValidationError(_("This file is empty."))
        return file

    def values(self) -> dict[str, Any]:
        return {"file": self.cleaned_data["file"], "name": self.cleaned_data["file"].name}
