from collections import Counter
from collections.abc import Callable
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.views import APIView

from aftersales.reviews.filters import ReviewFilter
from aftersales.reviews.models import Review
from aftersales.reviews.queries import (
    TABS,
    ReviewCursorError,
    list_templates,
    others_of_buyer,
    reply_until,
    review_of,
    review_page,
    settings_of,
)
from aftersales.reviews.services import (
    Recorded,
    ReviewError,
    ReviewRecord,
    close_task,
    fill_reply,
    mark_read,
    open_task,
    own_task,
    reply_problem,
    reply_review,
)
from aftersales.reviews.services.base import Doing
from aftersales.reviews.services.batches import record_batch
from aftersales.reviews.services.recording import tell_of_poor
from aftersales.reviews.statuses import ReviewResult, Sentiment
from backoffice.api.authentication import ApiRequest
from backoffice.api.idempotency import once
from backoffice.api.orders.adapters import find_member
from backoffice.api.paging import PLACE, page_links
from backoffice.api.permissions import operation
from backoffice.api.refunds.queries import check_days
from backoffice.api.refusals import Conflict, Refusal
from backoffice.api.reviews import inputs
from backoffice.api.reviews import serializers as shapes
from backoffice.api.schema import REFUSALS
from backoffice.api.serializers import listed, read_values
from backoffice.common.access import Right
from backoffice.common.models import Store
from backoffice.common.models.tokens import Scope
from orders.core.services import OrderError
from orders.core.statuses import EventSource
from orders.desk.paging import Page

_READ = operation(Scope.REVIEWS_READ, Right.VIEW_ORDERS)
_ANSWER = operation(Scope.REVIEWS_WRITE, Right.REPLY_REVIEWS)
_TEXT = {"type": "string", "maxLength": 200}
_RELATED = ("title", "replied_by", "read_by", "task__owner", "task__closed_by")
_QUERY = [
    OpenApiParameter("tab", OpenApiTypes.STR, enum=list(TABS), description="Without it `all`, the newest first."),
    OpenApiParameter("q", _TEXT, description="A part of what the buyer wrote."),
    OpenApiParameter("product", _TEXT, description="A part of the title."),
    OpenApiParameter("result", OpenApiTypes.STR, enum=[value for value in ReviewResult.values if value]),
    OpenApiParameter("stars", OpenApiTypes.STR, enum=["1", "2", "3", "4", "5"]),
    OpenApiParameter("sentiment", OpenApiTypes.STR, enum=[value for value in Sentiment.values if value]),
    OpenApiParameter("topic", {"type": "string", "maxLength": 40}, description="The code of a topic."),
    OpenApiParameter("reviewed_from", OpenApiTypes.DATE),
    OpenApiParameter("reviewed_to", OpenApiTypes.DATE),
    *PLACE,
]
_ONE: dict[int | str, Any] = {200: shapes.ReviewDetailSerializer, **REFUSALS}


class ReviewListView(APIView):
    @extend_schema(
        operation_id="reviews_list", parameters=_QUERY, responses={200: shapes.ReviewPageSerializer, **REFUSALS},
        summary="Reviews: the parameters of the inbox, 50 reviews a page",
    )  # fmt: skip
    @_READ
    def get(self, request: ApiRequest) -> Response:
        found = _filter(request)
        after, before = request.GET.get("after", ""), request.GET.get("before", "")
        try:
            page = review_page(
                request.store, tab=found.shown_tab, where=found.found.where, first=found.found.first, after=after,
                before=before,
            )  # fmt: skip
        except ReviewCursorError as error:
            raise Refusal(_("The cursor is damaged or belongs to another list."), "cursor") from error
        reviews = _in_order(request.store, [row["id"] for row in page.rows])
        links = page_links(request, Page(rows=[], next=page.next, previous=page.previous))
        return Response({"results": listed(shapes.ReviewSerializer, reviews), **links})

    @extend_schema(
        operation_id="reviews_record", request=inputs.ReviewRecordsSerializer,
        responses={200: shapes.RecordedSerializer, **REFUSALS},
        summary="Take in what the platform says of reviews; the newest word wins, the same twice changes nothing",
    )  # fmt: skip
    @operation(Scope.REVIEWS_WRITE, Right.IMPORT)
    def post(self, request: ApiRequest) -> Response:
        """Each record by itself: one that is no review is refused with its reason, the others are taken in."""
        records = read_values(inputs.ReviewRecordsSerializer, request)["reviews"]
        return once(request, lambda: _record(request, records))


def _filter(request: ApiRequest) -> ReviewFilter:
    """Read the query; what the list is not narrowed by, or does not know, is refused."""
    known = {parameter.name for parameter in _QUERY}
    unknown = [name for name in request.GET if name not in known]
    if unknown:
        raise ValidationError({name[:40]: [_("Reviews are not narrowed by this.")] for name in unknown})
    query = request.GET.copy()
    if not query.get("tab"):
        query["tab"] = "all"
    found = ReviewFilter(query, store=request.store)
    if not found.is_valid():
        raise ValidationError({name: [str(text) for text in texts] for name, texts in found.errors.items()})
    check_days(found.cleaned_data)
    return found


def _in_order(store: Store, ids: list[int]) -> list[Review]:
    found = Review.objects.for_store(store).filter(pk__in=ids).select_related(*_RELATED).in_bulk()
    return [found[pk] for pk in ids if pk in found]


def _record(request: ApiRequest, records: list[dict[str, Any]]) -> Response:
    now, settings = timezone.now(), settings_of(request.store)
    doing = Doing(request.user, now, EventSource.API)
    given = [ReviewRecord(**{"snapshot_at": now} | record) for record in records]
    done = record_batch(request.store, given, settings, doing)
    taken = [one for one in done if isinstance(one, Recorded)]
    tell_of_poor(request.store, taken, now)
    counts = Counter(one.outcome for one in taken)
    counts["refused"] = len(done) - len(taken)
    names = ("created", "updated", "unchanged", "stale", "refused")
    return Response({**{name: counts[name] for name in names}, "outcomes": [_outcome(one) for one in done]})


def _outcome(one: Recorded | OrderError) -> dict[str, Any]:
    if isinstance(one, OrderError):
        return {"id": None, "result": "refused", "reason": str(one)}
    return {"id": one.review.pk, "result": one.outcome, "reason": ""}


class ReviewView(APIView):
    @extend_schema(operation_id="reviews_read", responses=_ONE, summary="One review; it stays unread")
    @_READ
    def get(self, request: ApiRequest, pk: int) -> Response:
        return Response(_shown(request, pk))


def _shown(request: ApiRequest, pk: int) -> dict[str, Any]:
    review, now = review_of(request.store, pk), timezone.now()
    until = reply_until(review, settings_of(request.store))
    templates = list_templates(request.store, result=review.result)
    vars(review).update(
        reply_until=until,
        reply_problem=reply_problem(review, until, now),
        replies=[{"id": one.pk, "title": one.title, "text": fill_reply(one.text, review)} for one in templates],
        others=[other.pk for other in others_of_buyer(review, now)],
    )
    return dict(shapes.ReviewDetailSerializer(review).data)


def act_view(name: str, service: Callable[..., Any], shape: type[serializers.Serializer[Any]], summary: str) -> Any:
    """Make the view of `POST reviews/{id}/<name>/`."""

    class ActView(APIView):
        @extend_schema(
            operation_id=f"reviews_act_{name.replace('/', '_')}", request=shape, responses=_ONE, summary=summary
        )  # fmt: skip
        @_ANSWER
        def post(self, request: ApiRequest, pk: int) -> Response:
            Review.objects.for_store(request.store).only("pk").get(pk=pk)
            values = read_values(shape, request)
            return once(request, lambda: _run(request, pk, service, values))

    return ActView


def _run(request: ApiRequest, pk: int, service: Callable[..., Any], values: dict[str, Any]) -> Response:
    try:
        service(request=request, review_id=pk, **values)
    except ReviewError as error:
        if error.code == "version":
            raise Conflict(error, _shown(request, pk)) from error
        raise
    return Response(_shown(request, pk))


def _call(request: ApiRequest) -> dict[str, Any]:
    return {"store": request.store, "actor": request.user, "at": timezone.now(), "source": EventSource.API}


def _reply(*, request: ApiRequest, **values: Any) -> None:
    reply_review(**_call(request), **values)


def _mark(*, request: ApiRequest, review_id: int) -> None:
    mark_read(store=request.store, review_ids=[review_id], actor=request.user, at=timezone.now())


def _open(*, request: ApiRequest, review_id: int) -> None:
    open_task(review_id=review_id, **_call(request))


def _own(*, request: ApiRequest, review_id: int, version: int | None = None, **values: Any) -> None:
    owner = values.get("owner", request.user)
    person = find_member(request.store, owner) if isinstance(owner, str) else owner
    own_task(store=request.store, review_id=review_id, owner=person, version=version)


def _close(*, request: ApiRequest, **values: Any) -> None:
    close_task(**_call(request), **values)


class NothingSerializer(serializers.Serializer[object]):
    """Nothing is to be said."""


class ReadView(APIView):
    @extend_schema(
        operation_id="reviews_mark_read", request=inputs.ReviewsSerializer,
        responses={200: shapes.ReviewsReadSerializer, **REFUSALS},
        summary="Note that the caller has read these reviews",
    )  # fmt: skip
    @_ANSWER
    def post(self, request: ApiRequest) -> Response:
        ids = read_values(inputs.ReviewsSerializer, request)["reviews"]
        return once(request, lambda: Response({"read": mark_read(
            store=request.store, review_ids=ids, actor=request.user, at=timezone.now())}))  # fmt: skip


ACT_VIEWS = {
    "reply": act_view(
        "reply", _reply, inputs.ReviewReplySerializer, "Record the reply; it is not sent to the platform"
    ),
    "read": act_view("read", _mark, NothingSerializer, "Note that the caller has read a review"),
    "task/open": act_view("task/open", _open, NothingSerializer, "Open a follow-up, or open it again; it is yours"),
    "task/own": act_view(
        "task/own", _own, inputs.ReviewOwnerSerializer, "Take an open follow-up, give it, give it back"
    ),
    "task/close": act_view(
        "task/close", _close, inputs.ReviewTaskEndSerializer, "Close a follow-up with what came of it"
    ),
}
