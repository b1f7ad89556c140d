from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.views import APIView

from aftersales.topics.engine import Rule
from aftersales.topics.filters import BY_RULE, PARAMETERS, MentionFilter
from aftersales.topics.models import TopicMention
from aftersales.topics.queries import list_topics, mention_of, mention_page, product_actions, topic_of, try_words
from aftersales.topics.services import (
    TopicConflict,
    add_action,
    checked_words,
    decide_mention,
    draft_answer,
    save_topic,
    seed_topics,
    withdraw_action,
)
from aftersales.topics.statuses import Source, Verdict
from backoffice.api.authentication import ApiRequest
from backoffice.api.idempotency import once
from backoffice.api.paging import PLACE, page_links
from backoffice.api.permissions import operation
from backoffice.api.refusals import Conflict
from backoffice.api.schema import REFUSALS
from backoffice.api.serializers import listed, read_values
from backoffice.api.topics import serializers as shapes
from backoffice.common.access import Right
from backoffice.common.models.tokens import Scope
from orders.core.models import ProductTitle
from orders.desk.paging import Page

_READ = operation(Scope.REVIEWS_READ, Right.VIEW_ORDERS)
_DECIDE = operation(Scope.REVIEWS_WRITE, Right.REPLY_REVIEWS)
_TRY, _MANAGE = (operation(scope, Right.MANAGE_STORE) for scope in (Scope.REVIEWS_READ, Scope.REVIEWS_WRITE))
_DIGITS = 18  # of a key
_VERDICTS = [BY_RULE, *(value for value in Verdict.values if value)]
_QUERY = [
    OpenApiParameter("topic", {"type": "string", "maxLength": 40}, description="The code of a topic."),
    OpenApiParameter("source", OpenApiTypes.STR, enum=Source.values),
    OpenApiParameter("verdict", OpenApiTypes.STR, enum=_VERDICTS, description="Without it all but rejected ones."),
    OpenApiParameter("title", OpenApiTypes.INT, description="The id of a product; 0: of none."),
    OpenApiParameter("day_from", OpenApiTypes.DATE),
    OpenApiParameter("day_to", OpenApiTypes.DATE),
    OpenApiParameter("negative", OpenApiTypes.BOOL, description="Only poor reviews and refunds."),
    PLACE[0],
]
_TOPIC: dict[int | str, Any] = {200: shapes.TopicSerializer, **REFUSALS}


class TopicListView(APIView):
    @extend_schema(
        operation_id="topics_list", responses={200: shapes.TopicListSerializer, **REFUSALS},
        summary="What buyers speak of, with the words that say it",
    )  # fmt: skip
    @_READ
    def get(self, request: ApiRequest) -> Response:
        return Response({"results": listed(shapes.TopicSerializer, list_topics(request.store))})

    @extend_schema(
        operation_id="topics_create", request=shapes.TopicInputSerializer,
        responses={201: shapes.TopicSerializer, **REFUSALS}, summary="Make a topic; every text is read again for it",
    )  # fmt: skip
    @_MANAGE
    def post(self, request: ApiRequest) -> Response:
        values = read_values(shapes.TopicInputSerializer, request)
        values.pop("version", None)
        return once(request, lambda: Response(_saved(request, values), status=status.HTTP_201_CREATED))


def _saved(request: ApiRequest, values: dict[str, Any], pk: int | None = None) -> Any:
    try:
        saved = save_topic(store=request.store, actor=request.user, at=timezone.now(), topic_id=pk, **values)
    except TopicConflict as error:
        raise Conflict(error, dict(shapes.TopicSerializer(topic_of(request.store, pk or 0)).data)) from error
    return shapes.TopicSerializer(saved).data


class TopicView(APIView):
    @extend_schema(
        operation_id="topics_change", request=shapes.TopicInputSerializer, responses=_TOPIC,
        summary="Change a topic, or switch it off: all of it anew",
    )  # fmt: skip
    @_MANAGE
    def put(self, request: ApiRequest, pk: int) -> Response:
        topic_of(request.store, pk)
        return Response(_saved(request, read_values(shapes.TopicInputSerializer, request), pk))


class TopicSeedView(APIView):
    @extend_schema(
        operation_id="topics_seed", request=None, responses={200: shapes.TopicsSeededSerializer, **REFUSALS},
        summary="Give a store that has no topics the usual ones",
    )  # fmt: skip
    @_MANAGE
    def post(self, request: ApiRequest) -> Response:
        return once(request, lambda: Response({"made": seed_topics(store=request.store, at=timezone.now())}))


class TopicTryView(APIView):
    @extend_schema(
        operation_id="topics_try", request=shapes.TopicTryInputSerializer,
        responses={200: shapes.TopicTryOutSerializer, **REFUSALS},
        summary="Try words on the newest texts; nothing is saved",
    )  # fmt: skip
    @_TRY
    def post(self, request: ApiRequest) -> Response:
        values = read_values(shapes.TopicTryInputSerializer, request)
        words, not_words = (tuple(checked_words(values[name])) for name in ("words", "not_words"))
        found = try_words(request.store, Rule(0, words, not_words, values["is_complaint"]))
        return Response(shapes.TopicTryOutSerializer(found).data)


class TopicDraftView(APIView):
    @extend_schema(
        operation_id="topics_draft", request=shapes.TopicDraftInputSerializer,
        responses={201: shapes.TopicDraftSerializer, **REFUSALS},
        summary="Draft a question for a product's page; it is written on and finished at faq/",
    )  # fmt: skip
    @operation(Scope.REVIEWS_WRITE, Right.WORK_ORDERS)
    def post(self, request: ApiRequest, pk: int) -> Response:
        topic_of(request.store, pk)
        values = read_values(shapes.TopicDraftInputSerializer, request)
        return once(request, lambda: _draft(request, pk, values["title_id"]))


def _draft(request: ApiRequest, topic: int, title: int) -> Response:
    made = draft_answer(store=request.store, topic_id=topic, title_id=title, actor=request.user, at=timezone.now())
    return Response(shapes.TopicDraftSerializer(made).data, status=status.HTTP_201_CREATED)


class MentionListView(APIView):
    @extend_schema(
        operation_id="mentions_list", parameters=_QUERY, responses={200: shapes.MentionPageSerializer, **REFUSALS},
        summary="Texts that speak of topics, the newest first; `previous` is always null",
    )  # fmt: skip
    @_READ
    def get(self, request: ApiRequest) -> Response:
        unknown = [name for name in request.GET if name not in {*PARAMETERS, "after"}]
        found = MentionFilter(request.GET, store=request.store)
        wanted = None if unknown else found.wanted
        if wanted is None:
            problems = {name: [str(text) for text in texts] for name, texts in found.errors.items()}
            problems |= {name[:40]: [_("Mentions are not narrowed by this.")] for name in unknown}
            raise ValidationError(problems)
        page = mention_page(request.store, wanted, after=request.GET.get("after", ""))
        links = page_links(request, Page(rows=[], next=page.next_key, previous=""))
        return Response({"results": listed(shapes.MentionSerializer, page.mentions), **links})


class VerdictView(APIView):
    @extend_schema(
        operation_id="mentions_decide", request=shapes.MentionVerdictSerializer,
        responses={200: shapes.MentionSerializer, **REFUSALS},
        summary="Confirm or reject that a text speaks of its topic; the last word counts",
    )  # fmt: skip
    @_DECIDE
    def put(self, request: ApiRequest, pk: int) -> Response:
        verdict = read_values(shapes.MentionVerdictSerializer, request)["verdict"]
        TopicMention.objects.only("pk").get(store=request.store, pk=pk)
        decide_mention(
            store=request.store, mention_id=pk, verdict=verdict, actor=request.user, at=timezone.now()
        )  # fmt: skip
        return Response(shapes.MentionSerializer(mention_of(request.store, pk)).data)


class ActionListView(APIView):
    @extend_schema(
        operation_id="product_actions_list", responses={200: shapes.ProductActionsSerializer, **REFUSALS},
        parameters=[OpenApiParameter("title", OpenApiTypes.INT, required=True, description="The id of a product.")],
        summary="What was done about a product, the newest first",
    )  # fmt: skip
    @_READ
    def get(self, request: ApiRequest) -> Response:
        text = request.GET.get("title", "")
        if not (text.isascii() and text.isdecimal() and len(text) <= _DIGITS):
            raise ValidationError({"title": [_("Give the id of a product.")]})
        title = ProductTitle.objects.get(store=request.store, pk=int(text))
        return Response({"results": listed(shapes.ProductActionSerializer, product_actions(request.store, title.pk))})

    @extend_schema(
        operation_id="product_actions_add", request=shapes.ProductActionInputSerializer,
        responses={201: shapes.ProductActionSerializer, **REFUSALS}, summary="Write down what was done about a product",
    )  # fmt: skip
    @_DECIDE
    def post(self, request: ApiRequest) -> Response:
        values = read_values(shapes.ProductActionInputSerializer, request)
        return once(request, lambda: _add(request, values))


def _add(request: ApiRequest, values: dict[str, Any]) -> Response:
    made = add_action(store=request.store, actor=request.user, at=timezone.now(), **values)
    return Response(shapes.ProductActionSerializer(made).data, status=status.HTTP_201_CREATED)


class ActionView(APIView):
    @extend_schema(
        operation_id="product_actions_withdraw", responses={204: None, **REFUSALS}, summary="Take it off the list"
    )
    @_DECIDE
    def delete(self, request: ApiRequest, pk: int) -> Response:
        withdraw_action(store=request.store, action_id=pk, at=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)
