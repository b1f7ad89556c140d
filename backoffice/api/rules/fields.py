"""The value of a condition: what it may be depends on the field that it is compared with."""

from collections.abc import Iterable
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

_TEXT = {"type": "string", "maxLength": 60}
_SHAPES: dict[str, Any] = {
    "oneOf": [
        {"type": "integer"},
        _TEXT,
        {"type": "array", "items": _TEXT, "maxItems": 40},
    ],
    "description": (
        "An amount in yuan as text, a whole number, one key, or a list: words, keys, or the two times of a span. "
        "The refusal of a bad value says what its field takes."
    ),
}


@extend_schema_field(_SHAPES)
class ConditionValueField(serializers.JSONField):
    """Any of the shapes; texts in it are checked for what no database keeps."""

    def to_internal_value(self, data: Any) -> Any:
        for text in _texts(data):
            serializers.CharField(allow_blank=True).run_validation(text)
        return super().to_internal_value(data)


def _texts(data: Any) -> Iterable[str]:
    items = data if isinstance(data, list) else [data]
    return (item for item in items if isinstance(item, str))
