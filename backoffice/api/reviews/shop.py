"""Thanks to many, ready replies, and what the shop holds to in reviews."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.response import Response
from rest_framework.views import APIView

from aftersales.reviews.models import ReplyTemplate
from aftersales.reviews.queries import list_templates, settings_of
from aftersales.reviews.services import (
    delete_template,
    preview_thanks,
    save_settings,
    save_template,
    thank_reviews,
)
from aftersales.reviews.services.thanking import KIND
from backoffice.api.authentication import ApiRequest
from backoffice.api.idempotency import once
from backoffice.api.permissions import operation
from backoffice.api.reviews import inputs
from backoffice.api.reviews import serializers as shapes
from backoffice.api.schema import REFUSALS
from backoffice.api.serializers import listed, read_values
from backoffice.common.access import Right
from backoffice.common.models import Job
from backoffice.common.models.tokens import Scope

_READ = operation(Scope.REVIEWS_READ, Right.REPLY_REVIEWS)
_ANSWER = operation(Scope.REVIEWS_WRITE, Right.REPLY_REVIEWS)
_SEE, _MANAGE = (operation(scope, Right.MANAGE_STORE) for scope in (Scope.REVIEWS_READ, Scope.REVIEWS_WRITE))
_ROWS = 1000


class ThanksPreviewView(APIView):
    @extend_schema(
        operation_id="reviews_thanks_preview", request=inputs.ThanksInputSerializer,
        responses={200: shapes.ThanksPreviewSerializer, **REFUSALS},
        summary="What thanking these reviews would do; nothing is written",
    )  # fmt: skip
    @_READ
    def post(self, request: ApiRequest) -> Response:
        values = read_values(inputs.ThanksInputSerializer, request)
        template = ReplyTemplate.objects.get(store=request.store, pk=values["template"])
        made = preview_thanks(
            store=request.store, template=template, review_ids=values["reviews"], at=timezone.now()
        )  # fmt: skip
        examples = [{"review": review.pk, "text": text} for review, text in made.examples]
        return Response({"count": made.count, "examples": examples, "left_out": made.left_out})


class ThanksListView(APIView):
    @extend_schema(
        operation_id="reviews_thanks_start", request=inputs.ThanksInputSerializer,
        responses={202: shapes.ThanksSerializer, **REFUSALS},
        summary="Thank many good reviews with one ready reply, as a job with a receipt",
    )  # fmt: skip
    @_ANSWER
    def post(self, request: ApiRequest) -> Response:
        """Reviews that are not good, are answered, or whose time for a reply is over are left out."""
        values = read_values(inputs.ThanksInputSerializer, request)
        return once(request, lambda: _thank(request, values))


def _thank(request: ApiRequest, values: dict[str, Any]) -> Response:
    job = thank_reviews(
        store=request.store, template_id=values["template"], review_ids=values["reviews"], actor=request.user,
        at=timezone.now(),
    )  # fmt: skip
    return Response(_receipt(request, job.pk), status=status.HTTP_202_ACCEPTED)


def _receipt(request: ApiRequest, pk: int) -> Any:
    job = Job.objects.for_store(request.store).get(pk=pk, kind=KIND)
    vars(job).update(receipt=list(job.rows.order_by("position")[:_ROWS]))
    return shapes.ThanksSerializer(job).data


class ThanksView(APIView):
    @extend_schema(
        operation_id="reviews_thanks_read", responses={200: shapes.ThanksSerializer, **REFUSALS},
        summary="The receipt of thanks: what became of each review",
    )  # fmt: skip
    @_READ
    def get(self, request: ApiRequest, pk: int) -> Response:
        return Response(_receipt(request, pk))


class TemplateListView(APIView):
    @extend_schema(
        operation_id="reply_templates_list", responses={200: shapes.ReplyTemplatesSerializer, **REFUSALS},
        summary="Ready replies to reviews, the most used first",
    )  # fmt: skip
    @operation(Scope.REVIEWS_READ, Right.REPLY_REVIEWS, Right.MANAGE_STORE)
    def get(self, request: ApiRequest) -> Response:
        return Response({"results": listed(shapes.ReplyTemplateSerializer, list_templates(request.store))})

    @extend_schema(
        operation_id="reply_templates_create", request=inputs.ReplyTemplateInputSerializer,
        responses={201: shapes.ReplyTemplateSerializer, **REFUSALS}, summary="Make a ready reply",
    )  # fmt: skip
    @_MANAGE
    def post(self, request: ApiRequest) -> Response:
        values = read_values(inputs.ReplyTemplateInputSerializer, request)
        return once(request, lambda: Response(_saved(request, values), status=status.HTTP_201_CREATED))


def _saved(request: ApiRequest, values: dict[str, Any], pk: int | None = None) -> Any:
    made = save_template(
        store=request.store, actor=request.user, at=timezone.now(), template_id=pk, **values
    )  # fmt: skip
    return shapes.ReplyTemplateSerializer(made).data


class TemplateView(APIView):
    @extend_schema(
        operation_id="reply_templates_change", request=inputs.ReplyTemplateInputSerializer,
        responses={200: shapes.ReplyTemplateSerializer, **REFUSALS}, summary="Change a ready reply: all of it anew",
    )  # fmt: skip
    @_MANAGE
    def put(self, request: ApiRequest, pk: int) -> Response:
        ReplyTemplate.objects.only("pk").get(store=request.store, pk=pk)
        return Response(_saved(request, read_values(inputs.ReplyTemplateInputSerializer, request), pk))

    @extend_schema(
        operation_id="reply_templates_delete", responses={204: None, **REFUSALS}, summary="Delete a ready reply"
    )
    @_MANAGE
    def delete(self, request: ApiRequest, pk: int) -> Response:
        delete_template(store=request.store, template_id=pk, actor=request.user, at=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class ReviewSettingsView(APIView):
    @extend_schema(
        operation_id="reviews_settings_read", responses={200: shapes.ReviewSettingsSerializer, **REFUSALS},
        summary="What the shop holds to in reviews",
    )  # fmt: skip
    @_SEE
    def get(self, request: ApiRequest) -> Response:
        return Response(_settings(request))

    @extend_schema(
        operation_id="reviews_settings_change", request=inputs.ReviewSettingsInputSerializer,
        responses={200: shapes.ReviewSettingsSerializer, **REFUSALS}, summary="Change it; what is left out stays",
    )  # fmt: skip
    @_MANAGE
    def put(self, request: ApiRequest) -> Response:
        given = read_values(inputs.ReviewSettingsInputSerializer, request)
        version = given.pop("version", None)
        settings = settings_of(request.store)
        names = ("low_stars", "task_hours", "reply_days")
        values: dict[str, Any] = {name: getattr(settings, name) for name in names}
        values |= {"forbidden_words": request.store.forbidden_words} | given
        save_settings(store=request.store, actor=request.user, at=timezone.now(), version=version, **values)
        return Response(_settings(request))


def _settings(request: ApiRequest) -> Any:
    settings = settings_of(request.store)
    settings.store = request.store
    return shapes.ReviewSettingsSerializer(settings).data
