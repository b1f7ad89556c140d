"""A drop-down list of many options, written by plain code: through Django's templates each option is a template."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.safestring import SafeString

from backoffice.common.quick_html import fill, joined


class QuickSelect(forms.Select):
    """A select of one level of options, with the HTML that Django's own has."""

    def render(self, name: str, value: Any, attrs: Mapping[str, Any] | None = None, renderer: Any = None) -> SafeString:
        widget = self.get_context(name, value, dict(attrs or {}))["widget"]
        options = [option for _group, group, _index in widget["optgroups"] for option in group]
        rows = [(option["value"], _attributes(option["attrs"]), str(option["label"])) for option in options]
        return fill(
            '<select name="{}"{}>{}</select>',
            widget["name"], _attributes(widget["attrs"]), joined('<option value="{}"{}>{}</option>', rows),
        )  # fmt: skip


def _attributes(attrs: Mapping[str, Any]) -> SafeString:
    given = [(name, value) for name, value in attrs.items() if value is not False]
    return joined("{}", [(_attribute(name, value),) for name, value in given])


def _attribute(name: str, value: Any) -> SafeString:
    return fill(" {}", name) if value is True else fill(' {}="{}"', name, str(value))
