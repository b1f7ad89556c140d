from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.api.authentication import ApiRequest
from backoffice.api.permissions import operation
from backoffice.api.schema import REFUSALS
from backoffice.api.store.serializers import StoreSettingsSerializer
from backoffice.common.access import Right
from backoffice.common.forms import StoreForm
from backoffice.common.models.tokens import Scope
from backoffice.common.services import save_store_settings

_SETTINGS: dict[int | str, Any] = {200: StoreSettingsSerializer, **REFUSALS}


class StoreSettingsView(APIView):
    @extend_schema(operation_id="settings_read", responses=_SETTINGS, summary="The store's own rules")
    @operation(Scope.ORDERS_READ, Right.MANAGE_STORE)
    def get(self, request: ApiRequest) -> Response:
        return Response(StoreSettingsSerializer(request.store).data)

    @extend_schema(
        operation_id="settings_change", request=StoreSettingsSerializer(partial=True), responses=_SETTINGS,
        summary="Change the store's own rules; what is left out stays",
    )  # fmt: skip
    @operation(Scope.ORDERS_WRITE, Right.MANAGE_STORE)
    def put(self, request: ApiRequest) -> Response:
        """Unknown flags are refused. The audit keeps what changed from what to what."""
        shape = StoreSettingsSerializer(data=request.data, partial=True)
        shape.is_valid(raise_exception=True)
        form = StoreForm(
            _as_form(StoreSettingsSerializer(request.store).data | shape.validated_data), instance=request.store
        )
        if not form.is_valid():
            raise ValidationError({name: [str(text) for text in texts] for name, texts in form.errors.items()})
        request.store = save_store_settings(
            store=request.store, values=form.values(), actor=request.user, at=timezone.now()
        )
        return Response(StoreSettingsSerializer(request.store).data)


def _as_form(values: dict[str, Any]) -> dict[str, Any]:
    """Return the values by the names that the page's form has."""
    legend = values.pop("flag_legend")
    return values | {f"flag_{number}": text for number, text in legend.items()}
