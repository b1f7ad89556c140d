"""After-sales figures of closed days, from the nightly rollups."""

from typing import Any
from urllib.parse import urlencode

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from aftersales.refunds.statuses import OPEN_STATES, ReasonKind
from analytics import queries
from analytics.queries import Period
from analytics.queries.refund_times import ANSWER, ANY_REASON, ANYBODY, WHOLE, Hours, TimeKey, refund_times
from analytics.queries.refunds import (
    CaseFigures,
    HighReturn,
    ReturnRate,
    added,
    cases_by_reason,
    high_returns,
    reasons_by_product_and_month,
    return_rate,
)
from analytics.refund_reports import DEFINITIONS
from backoffice.api.authentication import ApiRequest
from backoffice.api.permissions import operation
from backoffice.api.sales.serializers import PeriodSerializer
from backoffice.api.schema import REFUSALS
from backoffice.api.serializers import MoneyField
from backoffice.common.access import Right
from backoffice.common.models import User
from backoffice.common.models.tokens import Scope

_PRODUCTS, _RETURNS = 10, 20
_DAYS = [
    OpenApiParameter("from", OpenApiTypes.DATE, description="First day; without it 30 days before the last."),
    OpenApiParameter("to", OpenApiTypes.DATE, description="Last day, included; without it yesterday."),
]


def _rate_field(help_text: str) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=10, decimal_places=4, allow_null=True, help_text=help_text)


class CaseFiguresSerializer(serializers.Serializer[CaseFigures]):
    cases = serializers.IntegerField(source="case_count")
    succeeded = serializers.IntegerField(source="succeeded_count")
    closed = serializers.IntegerField(source="closed_count")
    asked = MoneyField()
    refunded = MoneyField()


class ReasonFiguresSerializer(CaseFiguresSerializer):
    reason_kind = serializers.ChoiceField(ReasonKind.values)
    refunds_query = serializers.CharField(help_text="parameters of `GET refunds/` that find exactly these cases")


class CaseTimesSerializer(serializers.Serializer[object]):
    """Of all stays in a step, of those that one person ended, or of those of one reason."""

    step = serializers.ChoiceField([ANSWER, *(state.value for state in OPEN_STATES), WHOLE])
    person = serializers.CharField(
        allow_null=True, help_text="a user name; empty: nobody, the clock or the platform; null: everybody"
    )
    reason_kind = serializers.ChoiceField(["", *ReasonKind.values], help_text="empty: any")
    count = serializers.IntegerField()
    median_seconds = serializers.IntegerField()
    p90_seconds = serializers.IntegerField()


class ReturnRateSerializer(serializers.Serializer[ReturnRate]):
    """Of the orders paid in these days, those with a case asked for since."""

    orders = serializers.IntegerField(source="order_count")
    asked = serializers.IntegerField(source="asked_count")
    returned = serializers.IntegerField(source="return_count", help_text="with a case whose goods come back")
    succeeded = serializers.IntegerField(source="succeeded_count")
    rate = _rate_field("0.0123 is 1.23 %")
    goods_rate = _rate_field("of those whose goods come back")


class HighReturnSerializer(serializers.Serializer[HighReturn]):
    title = serializers.IntegerField(source="title_id")
    product = serializers.CharField(source="text")
    returns = ReturnRateSerializer(source="rate")


class CaseMonthSerializer(serializers.Serializer[object]):
    title = serializers.IntegerField(
        source="title_id", help_text="id of a product; 0: orders of several; -1: all that are not named"
    )
    reason_kind = serializers.ChoiceField(ReasonKind.values)
    month = serializers.DateField(help_text="its first day")
    cases = serializers.IntegerField(source="case_count")


class RefundFiguresSerializer(serializers.Serializer[object]):
    total = CaseFiguresSerializer(help_text="of the cases asked for in these days")
    reasons = ReasonFiguresSerializer(many=True, help_text="the most frequent first")
    times = CaseTimesSerializer(many=True)
    returns = ReturnRateSerializer(help_text="an order counts once for each product that it holds")
    high_returns = HighReturnSerializer(many=True)
    products = serializers.DictField(child=serializers.CharField(), help_text="names of the products in `months`")
    months = CaseMonthSerializer(many=True, help_text="cases by product, reason and month")
    definitions = serializers.DictField(child=serializers.CharField())
    rolled_at = serializers.DateTimeField(allow_null=True, help_text="when the rollups last ran")
    days_waiting = serializers.IntegerField(help_text="closed days that changed since and wait for the next run")


class RefundFiguresView(APIView):
    @extend_schema(
        operation_id="refund_figures", parameters=_DAYS, responses={200: RefundFiguresSerializer, **REFUSALS},
        summary="How long cases take, why they are asked for and what comes back most, from the nightly rollups",
    )  # fmt: skip
    @operation(Scope.ANALYTICS_READ, Right.ANALYTICS)
    def get(self, request: ApiRequest) -> Response:
        """Exact medians and 90th percentiles: each is a time that occurred. At most 366 days."""
        asked = PeriodSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        return Response(RefundFiguresSerializer(_figures(request, asked.validated_data)).data)


def _figures(request: ApiRequest, period: Period) -> dict[str, Any]:
    store, reasons = request.store, cases_by_reason(request.store, period)
    matrix = reasons_by_product_and_month(store, period, limit=_PRODUCTS)
    freshness = queries.freshness(store, timezone.now())
    return {
        "total": added(reasons.values()),
        "reasons": [_reason(kind, figures, period) for kind, figures in reasons.items()],
        "times": _times(request, period),
        "returns": return_rate(store, period),
        "high_returns": high_returns(store, period, limit=_RETURNS),
        "products": {str(pk): text for pk, text in matrix.titles.items()},
        "months": matrix.cells,
        "definitions": {name: str(text) for name, text in DEFINITIONS.items()},
        "rolled_at": freshness.ran_at,
        "days_waiting": freshness.pending,
    }


def _reason(kind: str, figures: CaseFigures, period: Period) -> dict[str, Any]:
    names = ("case_count", "succeeded_count", "closed_count", "asked", "refunded")
    days = {"requested_from": period.first.isoformat(), "requested_to": period.last.isoformat()}
    return {
        **{name: getattr(figures, name) for name in names},
        "reason_kind": kind,
        "refunds_query": urlencode({"queue": "all", **days, "reason_kind": kind}),
    }


def _times(request: ApiRequest, period: Period) -> list[dict[str, Any]]:
    found = refund_times(request.store, period)
    people = dict(User.objects.filter(pk__in={key.actor_id for key in found}).values_list("pk", "username"))
    return [_time(key, hours, people) for key, hours in sorted(found.items())]


def _time(key: TimeKey, hours: Hours, people: dict[int, str]) -> dict[str, Any]:
    count, median, ninetieth = hours
    return {
        "step": key.step,
        "person": None if key.actor_id == ANYBODY else people.get(key.actor_id, ""),
        "reason_kind": key.reason_kind or ANY_REASON,
        "count": count,
        "median_seconds": median,
        "p90_seconds": ninetieth,
    }
