"""What the list of mentions is narrowed to, read off a query string."""

from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from aftersales.topics.queries import TopicName, Wanted, topic_names
from aftersales.topics.statuses import Source, Verdict
from backoffice.common.clock import DAY_LIMITS
from backoffice.common.models import Store
from orders.core.models import ProductTitle

PARAMETERS = ("topic", "source", "verdict", "title", "day_from", "day_to", "negative")
_CHOICES = ("topic", "source", "verdict")
BY_RULE = "by_rule"  # in the address, as the value itself is empty
_VERDICTS = [(BY_RULE, Verdict.BY_RULE.label), *((value, label) for value, label in Verdict.choices if value)]


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label, required=False, validators=DAY_LIMITS, widget=forms.DateInput(attrs={"type": "date"})
    )


class MentionFilter(forms.Form):
    """Topic, source, verdict, product and days of mentions."""

    topic = forms.ChoiceField(label=_("Topic"), required=False)
    source = forms.ChoiceField(label=_("Found in"), required=False, choices=[("", _("everywhere")), *Source.choices])
    verdict = forms.ChoiceField(label=_("Looked at"), required=False, choices=[("", _("not rejected")), *_VERDICTS])
    day_from = _day(_("Said from"))
    day_to = _day(_("Said to"))
    negative = forms.BooleanField(label=_("Only poor reviews and refunds"), required=False)
    title = forms.IntegerField(required=False, min_value=0, max_value=2**62, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict, *, store: Store) -> None:
        super().__init__(data, auto_id="f-%s")
        self.store = store
        names = [(topic.code, topic.name) for topic in self.topics]
        self.fields["topic"].choices = [("", _("all topics")), *names]  # type: ignore[attr-defined]

    @cached_property
    def topics(self) -> list[TopicName]:
        return topic_names(self.store)

    @cached_property
    def product(self) -> ProductTitle | None:
        """Return the product that the list is narrowed to."""
        pk = self.cleaned_data.get("title") if self.is_valid() else None
        return ProductTitle.objects.filter(store=self.store, pk=pk).first() if pk else None

    @property
    def wanted(self) -> Wanted | None:
        """Return what is wanted; None when a value cannot be read."""
        if not self.is_valid():
            return None
        data = self.cleaned_data
        verdict = Verdict.BY_RULE.value if data["verdict"] == BY_RULE else data["verdict"] or None
        topic = next((topic.pk for topic in self.topics if topic.code == data["topic"]), None)
        return Wanted(
            topic=topic, source=data["source"], verdict=verdict, title=data["title"], first=data["day_from"],
            last=data["day_to"], is_negative=data["negative"],
        )  # fmt: skip

    def query(self, **changes: str) -> str:
        given = {name: self.data.get(name, "") for name in PARAMETERS} | changes
        return urlencode({name: value for name, value in given.items() if value})

    @property
    def choices(self) -> list[forms.BoundField]:
        return [self[name] for name in _CHOICES]

    @property
    def look(self) -> list[str] | None:
        """Return all that the choices look like; None where something was chosen that there is not."""
        if self.errors:
            return None
        chosen = [self.data.get(name, "") for name in _CHOICES]
        return [*chosen, *(text for topic in self.topics for text in (topic.code, topic.name))]

    @property
    def days(self) -> list[tuple[str, Any, str]]:
        """Return the days: name, label, what was given."""
        return [(name, self.fields[name].label, self.data.get(name, "")) for name in ("day_from", "day_to")]

    @property
    def is_narrowed(self) -> bool:
        return any(self.data.get(name) for name in PARAMETERS)

    def values(self) -> dict[str, Any]:
        return {name: self.data.get(name, "") for name in PARAMETERS if self.data.get(name)}
