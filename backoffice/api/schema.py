"""How operations describe themselves: their scope and rights, the idempotency header, the refusals they share."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.permissions import AllowAny

from backoffice.common.access import PUBLIC, Right, requires
from backoffice.common.models.tokens import Scope

if TYPE_CHECKING:
    from drf_spectacular.openapi import AutoSchema as _Described
else:
    from rest_framework.schemas.inspectors import ViewInspector as _Described  # until it is asked what it describes

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


class OperationSchema(_Described):
    def get_description(self) -> str:  # type: ignore[override]  # spectacular has its own
        handler = getattr(self.view, self.method.lower(), None)
        scope: Scope | None = getattr(handler, "required_scope", None)
        rights: frozenset[Right] = getattr(handler, "required_rights", frozenset())
        needs = f"Scope: `{scope.value}`. Right, any of: {', '.join(sorted(rights))}." if scope else ""
        return "\n\n".join(filter(None, (super().get_description(), needs)))

    def get_override_parameters(self) -> list[Any]:
        return [IDEMPOTENCY_KEY] if self.method == "POST" else []


def load_schema() -> None:
    """Let operations describe themselves. What that takes is large, and a web process is hardly ever asked for it."""
    from drf_spectacular.openapi import AutoSchema  # noqa: PLC0415 -- takes 9 MB

    from backoffice.api import schemes  # noqa: F401, PLC0415 -- makes itself known

    OperationSchema.__bases__ = (AutoSchema,)


if settings.PROCESS_KIND != "web":
    load_schema()


@csrf_exempt
@requires(PUBLIC)
def schema(request: HttpRequest) -> HttpResponse:
    """Answer with the description of the whole API."""
    load_schema()
    from drf_spectacular.views import SpectacularAPIView  # noqa: PLC0415 -- as above

    return SpectacularAPIView.as_view(permission_classes=[AllowAny], authentication_classes=[])(request)
