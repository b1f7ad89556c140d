from django.db.models import BooleanField, ExpressionWrapper, Max, Q
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.api.alerts.serializers import (
    AlertPageSerializer,
    AlertSerializer,
    AlertSettingsSerializer,
    SeenSerializer,
    UnseenSerializer,
)
from backoffice.api.authentication import ApiRequest
from backoffice.api.idempotency import once
from backoffice.api.paging import PLACE, id_page
from backoffice.api.permissions import operation
from backoffice.api.schema import REFUSALS
from backoffice.api.serializers import read_values
from backoffice.common.access import MEMBER
from backoffice.common.models.tokens import Scope
from backoffice.common.queries import alert_settings, alerts_of, unseen_count
from backoffice.common.services.alerts import mark_alerts_seen, save_alert_settings

_READ, _WRITE = operation(Scope.ORDERS_READ, MEMBER), operation(Scope.ORDERS_WRITE, MEMBER)


class AlertListView(APIView):
    @extend_schema(
        operation_id="alerts_list", parameters=PLACE, responses={200: AlertPageSerializer, **REFUSALS},
        summary="What the token's owner was told, newest first, muted kinds too",
    )  # fmt: skip
    @_READ
    def get(self, request: ApiRequest) -> Response:
        """Reading them does not count as having looked at them."""
        is_new = ExpressionWrapper(Q(pk__gt=request.membership.alerts_seen), output_field=BooleanField())
        page = id_page(request, alerts_of(request.membership).annotate(is_new=is_new), AlertSerializer)
        return Response({**page, "unseen": unseen_count(request.membership)})


class AlertsSeenView(APIView):
    @extend_schema(
        operation_id="alerts_seen", request=SeenSerializer, responses={200: UnseenSerializer, **REFUSALS},
        summary="Count alerts as looked at, up to one of them",
    )  # fmt: skip
    @_WRITE
    def post(self, request: ApiRequest) -> Response:
        """It never goes back."""
        newest = read_values(SeenSerializer, request).get("newest")
        return once(request, lambda: _see(request, newest))


def _see(request: ApiRequest, newest: int | None) -> Response:
    last = alerts_of(request.membership).aggregate(last=Max("pk"))["last"] or 0
    mark_alerts_seen(membership=request.membership, newest=last if newest is None else min(newest, last))
    return Response({"unseen": unseen_count(request.membership)})


class AlertSettingsView(APIView):
    @extend_schema(
        operation_id="alerts_settings_read", responses={200: AlertSettingsSerializer, **REFUSALS},
        summary="What the token's owner wants to be told of",
    )  # fmt: skip
    @_READ
    def get(self, request: ApiRequest) -> Response:
        return _settings(request)

    @extend_schema(
        operation_id="alerts_settings_change", request=AlertSettingsSerializer,
        responses={200: AlertSettingsSerializer, **REFUSALS}, summary="Set what the token's owner wants to be told of",
    )  # fmt: skip
    @_WRITE
    def put(self, request: ApiRequest) -> Response:
        values = read_values(AlertSettingsSerializer, request)
        request.membership = save_alert_settings(membership=request.membership, **values)
        return _settings(request)


def _settings(request: ApiRequest) -> Response:
    chosen = alert_settings(request.membership)
    return Response({"muted": sorted(chosen.muted), "sound": chosen.sound})
