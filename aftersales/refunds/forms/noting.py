"""What the acts ask for that move nothing."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aftersales.refunds.forms.base import FOCUS, ActForm, PicturesField
from aftersales.refunds.services.annotations import REMARK
from aftersales.refunds.services.talking import LONGEST
from aftersales.refunds.statuses import FreightPayer, MessageRole
from backoffice.common.access import Right
from backoffice.common.models import Membership, Store, User


class SayForm(ActForm):
    role = forms.ChoiceField(
        label=gettext_lazy("Who says it"),
        choices=[(role.value, role.label) for role in (MessageRole.SHOP, MessageRole.BUYER, MessageRole.PLATFORM)],
        help_text=gettext_lazy("What the buyer or the platform said elsewhere can be written down here too."),
    )
    text = forms.CharField(
        label=gettext_lazy("Text"), required=False, max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4, **FOCUS}),
    )  # fmt: skip
    pictures = PicturesField(label=gettext_lazy("Pictures"), required=False)


class AssignForm(ActForm):
    owner = forms.ChoiceField(label=gettext_lazy("Handled by"), required=False)

    def prepare(self) -> None:
        self.people = {str(user.pk): user for user in handlers_of(self.situation.store)}
        self.choices_of("owner", [("", _("nobody")), *((key, str(user)) for key, user in self.people.items())])
        self.fields["owner"].initial = str(self.situation.refund.owner_id or "")

    def values(self) -> dict[str, Any]:
        return {"owner": self.people.get(self.cleaned_data["owner"])}


def handlers_of(store: Store, *rights: Right) -> list[User]:
    """Return who has one of the rights in this store: without any named, who may handle cases."""
    wanted = set(rights) or {Right.WORK_REFUNDS, Right.RECEIVE_RETURNS}
    members = Membership.objects.active().filter(store=store).select_related("user").order_by("user__username")
    return [member.user for member in members if wanted & member.rights]


class RemarkForm(ActForm):
    remark = forms.CharField(
        label=gettext_lazy("Remark for colleagues"), required=False, max_length=REMARK,
        widget=forms.Textarea(attrs={"rows": 3, **FOCUS}),
    )  # fmt: skip

    def prepare(self) -> None:
        self.fields["remark"].initial = self.situation.refund.remark


class FreightForm(ActForm):
    freight_payer = forms.ChoiceField(
        label=gettext_lazy("Return freight is paid by"), required=False, choices=FreightPayer.choices
    )

    def prepare(self) -> None:
        finding = self.situation.finding
        self.fields["freight_payer"].initial = self.situation.refund.freight_payer
        self.fields["freight_payer"].help_text = finding.freight if finding else ""
