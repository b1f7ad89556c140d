"""How operations describe themselves: their scope and rights, the idempotency header, the refusals they share."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from backoffice.common.access import Right
from backoffice.common.models.tokens import Scope

LONGEST_KEY = 120
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key", {"type": "string", "maxLength": LONGEST_KEY, "pattern": "^[!-~]+$"}, OpenApiParameter.HEADER,
    description="The same key with the same request within 24 h acts once.",
)  # fmt: skip


class RefusalSerializer(serializers.Serializer[object]):
    """Why nothing was done: `fields` names bad fields, `current` is the order after a conflict of versions."""

    code = serializers.CharField()
    detail = serializers.CharField()
    fields = serializers.DictField(required=False)  # type: ignore[assignment]  # a field of that name
    current = serializers.DictField(required=False)


REFUSALS: dict[int | str, Any] = dict.fromkeys((400, 401, 403, 404, 406, 409, 413, 415, 422, 503), RefusalSerializer)


class OperationSchema(AutoSchema):
    def get_description(self) -> str:  # type: ignore[override]  # spectacular has its own
        handler = getattr(self.view, self.method.lower(), None)
        scope: Scope | None = getattr(handler, "required_scope", None)
        rights: frozenset[Right] = getattr(handler, "required_rights", frozenset())
        needs = f"Scope: `{scope.value}`. Right, any of: {', '.join(sorted(rights))}." if scope else ""
        return "\n\n".join(filter(None, (super().get_description(), needs)))

    def get_override_parameters(self) -> list[Any]:
        return [IDEMPOTENCY_KEY] if self.method == "POST" else []
