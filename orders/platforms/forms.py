from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from orders.platforms.models import PlatformConnection
from orders.platforms.services import ConnectionValues
from orders.platforms.statuses import GATEWAYS, SIGN_METHODS


class ConnectionForm(forms.Form):
    """How the store is connected; secrets are entered and never shown."""

    gateway = forms.CharField(
        label=_("Gateway"), max_length=200, initial=GATEWAYS[0], widget=forms.URLInput(attrs={"list": "gateways"})
    )
    app_key = forms.CharField(label=_("App key"), max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    secret = forms.CharField(
        label=_("App secret"), max_length=200, required=False, widget=forms.PasswordInput(attrs={"autocomplete": "off"})
    )
    session = forms.CharField(
        label=_("Session of the shop"), max_length=200, required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    sign_method = forms.ChoiceField(
        label=_("Sign method"), choices=[(name, name) for name in SIGN_METHODS], initial=SIGN_METHODS[-1]
    )
    pulls_orders = forms.BooleanField(label=_("Takes orders in"), required=False, initial=True)
    sends_acts = forms.BooleanField(label=_("Sends shipments, remarks and flags"), required=False, initial=True)
    sends_answers = forms.BooleanField(
        label=_("Sends answers to refunds"), required=False,
        help_text=_("Agreeing and refusing here does so on the platform: money moves by it."),
    )  # fmt: skip
    since = forms.DateTimeField(
        label=_("Take in changes since"), required=False,
        help_text=_("Empty: from yesterday on. At most 90 days back."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )  # fmt: skip
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, connection: PlatformConnection | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if connection is None:
            self.fields["secret"].required = self.fields["session"].required = True
            return
        del self.fields["since"]
        for name in ("secret", "session"):
            self.fields[name].help_text = str(_("Stored. Empty: it stays as it is."))
        for name in ("gateway", "app_key", "sign_method", "pulls_orders", "sends_acts", "sends_answers", "version"):
            self.initial.setdefault(name, getattr(connection, name))

    def values(self) -> ConnectionValues:
        data = dict(self.cleaned_data)
        since: datetime | None = data.pop("since", None)
        data.pop("version")
        return ConnectionValues(since=since, **data)
