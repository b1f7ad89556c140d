"""What buyers speak of, by topic, product and week, from the nightly rollups."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.views import APIView

from aftersales.topics.queries import newest_mentions
from analytics import queries
from analytics.queries import Period
from analytics.queries.topics import (
    ProductRow,
    TopicSums,
    Week,
    product_figures,
    product_rows,
    topic_report,
)
from analytics.queries.weeks import weeks_ending
from backoffice.api.authentication import ApiRequest
from backoffice.api.permissions import operation
from backoffice.api.sales.refunds import ReturnRateSerializer
from backoffice.api.sales.serializers import FiguresSerializer
from backoffice.api.schema import REFUSALS
from backoffice.api.topics.serializers import MentionSerializer
from backoffice.common.access import Right
from backoffice.common.clock import business_day
from backoffice.common.models.tokens import Scope
from orders.core.models import ProductTitle

_MAY = operation(Scope.ANALYTICS_READ, Right.ANALYTICS)
_WEEKS, _USUAL, _LONGEST_WORD = ("4", "13", "26", "52"), "13", 200
_QUOTED_TOPICS, _QUOTES = 6, 3
_PERIOD = OpenApiParameter(
    "weeks", OpenApiTypes.STR, enum=list(_WEEKS), description="So many, from Monday on, up to yesterday; without it 13."
)
_WORD = OpenApiParameter("q", {"type": "string", "maxLength": _LONGEST_WORD}, description="A part of the title.")


class TopicFiguresSerializer(serializers.Serializer[TopicSums]):
    topic = serializers.CharField(source="topic.code")
    name = serializers.CharField(source="topic.name")
    mentions = serializers.IntegerField(source="total")
    by_source = serializers.DictField(child=serializers.IntegerField(), help_text="note, refund, review")
    negative = serializers.IntegerField(help_text="in poor reviews and refunds")
    confirmed = serializers.IntegerField(help_text="by a person")
    before = serializers.IntegerField(help_text="in as many days before")
    change = serializers.DecimalField(
        max_digits=10, decimal_places=4, allow_null=True, help_text="against them; 0.5 is half as much again"
    )
    mentions_query = serializers.CharField(help_text="parameters of `GET mentions/` that find exactly these texts")


class WeekSerializer(serializers.Serializer[Week]):
    first = serializers.DateField(source="period.first")
    last = serializers.DateField(source="period.last")
    mentions = serializers.IntegerField(source="total")
    by_source = serializers.DictField(child=serializers.IntegerField())


class _RolledSerializer(serializers.Serializer[Any]):
    rolled_at = serializers.DateTimeField(allow_null=True, help_text="when the rollups last ran")
    days_waiting = serializers.IntegerField(help_text="closed days that changed since and wait for the next run")


class TopicReportSerializer(_RolledSerializer):
    topics = TopicFiguresSerializer(many=True, help_text="the most frequent first")
    weeks = WeekSerializer(many=True)


class ProductTopicSerializer(serializers.Serializer[object]):
    name = serializers.CharField()
    mentions = serializers.IntegerField()


class SpokenProductSerializer(serializers.Serializer[ProductRow]):
    title = serializers.IntegerField(source="title_id")
    product = serializers.CharField(source="text")
    sales = FiguresSerializer(source="figures")
    returns = ReturnRateSerializer()
    mentions = serializers.IntegerField()
    negative = serializers.IntegerField()
    topics = serializers.SerializerMethodField(help_text="spoken of most")

    @extend_schema_field(ProductTopicSerializer(many=True))
    def get_topics(self, row: ProductRow) -> list[dict[str, Any]]:
        return [{"name": name, "mentions": count} for name, count in row.topics]


class SpokenProductsSerializer(_RolledSerializer):
    results = SpokenProductSerializer(many=True, help_text="those that buyers speak of most first, 50 at most")


class ProductReportSerializer(TopicReportSerializer):
    title = serializers.IntegerField()
    product = serializers.CharField()
    sales = FiguresSerializer()
    returns = ReturnRateSerializer()
    quotes = MentionSerializer(many=True, help_text="the newest words for the topics that are spoken of most")


class TopicFiguresView(APIView):
    @extend_schema(
        operation_id="topic_figures", parameters=[_PERIOD], responses={200: TopicReportSerializer, **REFUSALS},
        summary="How often each topic was spoken of, by source and week, from the nightly rollups",
    )  # fmt: skip
    @_MAY
    def get(self, request: ApiRequest) -> Response:
        return Response(TopicReportSerializer(_report(request, _period(request, "weeks"))).data)


def _period(request: ApiRequest, *known: str) -> Period:
    """Return the weeks that are asked for; what is not known is refused."""
    unknown = [name for name in request.GET if name not in known]
    weeks = request.GET.get("weeks", "") or _USUAL
    if unknown or weeks not in _WEEKS or "\0" in request.GET.get("q", ""):
        name = unknown[0][:40] if unknown else "weeks" if weeks not in _WEEKS else "q"
        raise ValidationError({name: [_("The figures are not narrowed by this.")]})
    return weeks_ending(business_day(timezone.now()) - timedelta(days=1), int(weeks))


def _report(request: ApiRequest, period: Period, title: int | None = None) -> dict[str, Any]:
    report = topic_report(request.store, period, title=title)
    return {
        "topics": [_topic(one, period, title) for one in report.sums],
        "weeks": report.weeks,
        **_rolled(request),
    }


def _rolled(request: ApiRequest) -> dict[str, Any]:
    freshness = queries.freshness(request.store, timezone.now())
    return {"rolled_at": freshness.ran_at, "days_waiting": freshness.pending}


def _topic(one: TopicSums, period: Period, title: int | None) -> dict[str, Any]:
    days = {"day_from": period.first.isoformat(), "day_to": period.last.isoformat()}
    about = {"topic": one.topic.code} | ({} if title is None else {"title": str(title)})
    names = ("topic", "total", "by_source", "negative", "confirmed", "before", "change")
    return {name: getattr(one, name) for name in names} | {"mentions_query": urlencode(about | days)}


class SpokenProductsView(APIView):
    @extend_schema(
        operation_id="product_figures", parameters=[_PERIOD, _WORD],
        responses={200: SpokenProductsSerializer, **REFUSALS},
        summary="Products that buyers speak of most, with what they sold and what came back",
    )  # fmt: skip
    @_MAY
    def get(self, request: ApiRequest) -> Response:
        period = _period(request, "weeks", "q")
        rows = product_rows(request.store, period, word=request.GET.get("q", "").strip()[:_LONGEST_WORD])
        return Response(SpokenProductsSerializer({"results": rows, **_rolled(request)}).data)


class ProductReportView(APIView):
    @extend_schema(
        operation_id="product_figures_read", parameters=[_PERIOD],
        responses={200: ProductReportSerializer, **REFUSALS},
        summary="One product: counts by topic and week, words of buyers, what it sold and what came back",
    )  # fmt: skip
    @_MAY
    def get(self, request: ApiRequest, pk: int) -> Response:
        """What was done about it stands at `product-actions/`."""
        title = ProductTitle.objects.get(store=request.store, pk=pk)
        period = _period(request, "weeks")
        figures, returns = product_figures(request.store, period, pk)
        report = _report(request, period, pk)
        shown = [row["topic"].pk for row in report["topics"] if row["total"]][:_QUOTED_TOPICS]
        answer = {
            **report, "title": pk, "product": title.text, "sales": figures, "returns": returns,
            "quotes": newest_mentions(request.store, pk, shown, each=_QUOTES),
        }  # fmt: skip
        return Response(ProductReportSerializer(answer).data)
