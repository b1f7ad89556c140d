"""What the note inbox is narrowed to: read off a query string, the same for the page, its bulk acts and the API."""

from datetime import date
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from backoffice.common.clock import DAY_LIMITS
from backoffice.common.models import Store
from backoffice.common.ui import Chip
from orders.notes.queries import TABS, Found, Wanted, find_notes
from orders.notes.statuses import NoteType

NARROWING = ("kind", "product", "text", "received_from", "received_to")
PARAMETERS = ("tab", *NARROWING)
_UNKNOWN_TAB = _("There is no list of notes of that name.")


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label, required=False, validators=DAY_LIMITS,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip


class NoteFilter(forms.Form):
    """One tab of the inbox and what narrows it; `where` is its condition on the notes of the tab."""

    kind = forms.ChoiceField(label=_("Type"), required=False, choices=[("", _("all types")), *NoteType.choices])
    product = forms.CharField(label=_("Product contains"), required=False, max_length=200)
    text = forms.CharField(label=_("Note contains"), required=False, max_length=200)
    received_from = _day(_("Received from"))
    received_to = _day(_("Received to"))
    tab = forms.ChoiceField(
        required=False, widget=forms.HiddenInput, choices=[(tab, tab) for tab in TABS],
        error_messages={"invalid_choice": _UNKNOWN_TAB},
    )  # fmt: skip

    def __init__(self, data: QueryDict, *, store: Store) -> None:
        super().__init__(data, auto_id="f-%s")
        self.store = store

    @property
    def shown_tab(self) -> str:
        """Return the tab to show: the first one when none, or none of ours, is named."""
        chosen = self.data.get("tab", "")
        return chosen if chosen in TABS else TABS[0]

    @property
    def values(self) -> dict[str, Any]:
        """Return what narrows the list, as far as it could be read."""
        self.is_valid()
        return {name: self.cleaned_data[name] for name in NARROWING if self.cleaned_data.get(name)}

    @cached_property
    def found(self) -> Found:
        """Return the condition on the tab's notes; nothing fits when a value cannot be read."""
        if not self.is_valid():
            return Found(Q(pk__in=[]), 0)
        return find_notes(self.store, Wanted(**self.values), tab=self.shown_tab)

    @property
    def where(self) -> Q:
        return self.found.where

    def query(self, **changes: str) -> str:
        """Return the filter as a query string: its identity, without place; a parameter changed to "" is left out."""
        given = self._given | changes
        return urlencode({name: value for name, value in given.items() if value})

    @cached_property
    def _given(self) -> dict[str, str]:
        return {name: self.data.get(name, "") for name in PARAMETERS} | {"tab": self.shown_tab}

    def chips(self, path: str) -> list[Chip]:
        """Return what narrows the list in words, each with the list without it."""
        return [
            Chip(
                label=f"{self.fields[name].label}: {self._words(name, value)}",
                remove_url=f"{path}?{self.query(**{name: ''})}",
            )
            for name, value in self.values.items()
        ]

    @staticmethod
    def _words(name: str, value: Any) -> str:
        if isinstance(value, date):
            return value.isoformat()
        return str(NoteType(value).label) if name == "kind" else str(value)
