from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.response import Response
from rest_framework.views import APIView

from analytics import queries
from analytics.queries import Period, Point
from analytics.reports import DEFINITIONS
from backoffice.api.authentication import ApiRequest
from backoffice.api.permissions import operation
from backoffice.api.sales.serializers import DailySalesSerializer, PeriodSerializer
from backoffice.api.schema import REFUSALS
from backoffice.common.access import Right
from backoffice.common.models.tokens import Scope

_DAYS = [
    OpenApiParameter("from", OpenApiTypes.DATE, description="First day; without it 30 days before the last."),
    OpenApiParameter("to", OpenApiTypes.DATE, description="Last day, included; without it yesterday."),
]


class DailySalesView(APIView):
    @extend_schema(
        operation_id="daily_sales", parameters=_DAYS, responses={200: DailySalesSerializer, **REFUSALS},
        summary="Figures by business day, with their definitions, from the nightly rollups",
    )  # fmt: skip
    @operation(Scope.ANALYTICS_READ, Right.ANALYTICS)
    def get(self, request: ApiRequest) -> Response:
        """At most 366 days, zeros included, oldest first. `orders_query` leads to exactly the orders of a figure."""
        asked = PeriodSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        period: Period = asked.validated_data
        freshness = queries.freshness(request.store, timezone.now())
        answer = {
            "results": [_day(point) for point in queries.daily_points(request.store, period)],
            "next": None,
            "previous": None,
            "total": queries.window_figures(request.store, period),
            "definitions": {name: str(text) for name, text in DEFINITIONS.items()},
            "currency": "CNY",
            "time_zone": settings.TIME_ZONE,
            "rolled_at": freshness.ran_at,
            "days_waiting": freshness.pending,
        }
        return Response(DailySalesSerializer(answer).data)


def _day(point: Point) -> dict[str, Any]:
    names = ("order_count", "piece_count", "gross_paid", "average", "buyer_count", "refunded", "refund_rate")
    day = point.period.first.isoformat()
    return {
        **{name: getattr(point.figures, name) for name in names},
        "period": point.period,
        "placed_count": point.placed_count,
        "orders_query": urlencode({"queue": "all", "paid_from": day, "paid_to": day}),
    }
