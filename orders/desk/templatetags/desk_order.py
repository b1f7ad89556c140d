"""Filters of the order page."""

from collections.abc import Mapping
from typing import Any

from django import template

register = template.Library()


@register.filter
def get(mapping: Mapping[Any, Any], key: Any) -> Any:
    """Return the value of a key, or an empty text."""
    return mapping.get(key, "")
