"""What the review inbox is narrowed to: read off a query string, the same for the page, its bulk acts and the API."""

from datetime import date
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from aftersales.reviews.queries import TABS, Found, Wanted, find_reviews
from aftersales.reviews.statuses import ReviewResult, Sentiment
from aftersales.topics.models import Topic
from backoffice.common.clock import DAY_LIMITS
from backoffice.common.models import Store
from backoffice.common.statements import Prepared
from backoffice.common.ui import Chip

FIRST_TAB = "unread"
NARROWING = ("q", "product", "result", "stars", "sentiment", "topic", "reviewed_from", "reviewed_to")
PARAMETERS = ("tab", *NARROWING)
RESULTS = [(value, label) for value, label in ReviewResult.choices if value]
SENTIMENTS = [(value, label) for value, label in Sentiment.choices if value]
_STORE, _MOST_TOPICS = -1, 200  # a sample, whose place a store takes
_TOPICS = Prepared(
    lambda: Topic.objects.active().filter(store=_STORE).order_by("position", "pk").only("code", "name")[:_MOST_TOPICS],
    _STORE,
)


def _day(label: Any) -> forms.DateField:
    return forms.DateField(label=label, required=False, validators=DAY_LIMITS)


class ReviewFilter(forms.Form):
    """One tab of the inbox and what narrows it; `found` is its condition on the reviews of the tab."""

    q = forms.CharField(label=_("Review contains"), required=False, max_length=200)
    product = forms.CharField(label=_("Product contains"), required=False, max_length=200)
    result = forms.ChoiceField(label=_("Result"), required=False, choices=[("", ""), *RESULTS])
    stars = forms.TypedChoiceField(
        label=_("Stars"), required=False, coerce=int, empty_value=None,
        choices=[("", ""), *((str(number), str(number)) for number in range(1, 6))],
    )  # fmt: skip
    sentiment = forms.ChoiceField(label=_("Tone"), required=False, choices=[("", ""), *SENTIMENTS])
    topic = forms.CharField(label=_("Topic"), required=False, max_length=40)
    reviewed_from = _day(_("Written from"))
    reviewed_to = _day(_("Written to"))
    tab = forms.ChoiceField(
        required=False, choices=[(tab, tab) for tab in TABS],
        error_messages={"invalid_choice": _("There is no list of reviews of that name.")},
    )  # fmt: skip

    def __init__(self, data: QueryDict, *, store: Store) -> None:
        super().__init__(data, auto_id="f-%s")
        self.store = store

    @cached_property
    def topics(self) -> list[Topic]:
        """Return the store's topics; one statement."""
        return _TOPICS.fetch(self.store.pk)

    def clean_topic(self) -> Topic | None:
        code = self.cleaned_data["topic"]
        if not code:
            return None
        found = next((topic for topic in self.topics if topic.code == code), None)
        if found is None:
            raise forms.ValidationError(_("There is no topic “%(topic)s”."), params={"topic": code})
        return found

    @property
    def shown_tab(self) -> str:
        """Return the tab to show: the first one when none, or none of ours, is named."""
        chosen = self.data.get("tab", "")
        return chosen if chosen in TABS else FIRST_TAB

    @cached_property
    def values(self) -> dict[str, Any]:
        """Return what narrows the list, as far as it could be read."""
        self.is_valid()
        return {name: self.cleaned_data[name] for name in NARROWING if self.cleaned_data.get(name)}

    @cached_property
    def found(self) -> Found:
        """Return the condition on the tab's reviews; nothing fits when a value cannot be read."""
        if not self.is_valid():
            return Found(Q(pk__in=[]), 0)
        values = dict(self.values)
        topic = values.pop("topic", None)
        first, last = values.pop("reviewed_from", None), values.pop("reviewed_to", None)
        wanted = Wanted(**values, topic=topic and topic.pk, first=first, last=last)
        return find_reviews(self.store, wanted, tab=self.shown_tab)

    def query(self, **changes: str) -> str:
        """Return the filter as a query string: its identity, without place; a parameter changed to "" is left out."""
        given = {name: self.data.get(name, "") for name in PARAMETERS} | {"tab": self.shown_tab} | changes
        return urlencode({name: value for name, value in given.items() if value})

    def chips(self, path: str) -> list[Chip]:
        """Return what narrows the list in words, each with the list without it."""
        return [
            Chip(
                label=f"{self.fields[name].label}: {_words(name, value)}",
                remove_url=f"{path}?{self.query(**{name: ''})}",
            )
            for name, value in self.values.items()
        ]


def _words(name: str, value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if name == "stars":
        return ngettext("%(count)s star", "%(count)s stars", value) % {"count": value}
    if name == "result":
        return str(ReviewResult(value).label)
    return str(Sentiment(value).label) if name == "sentiment" else str(value)
