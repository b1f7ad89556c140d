from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.api.authentication import ApiRequest
from backoffice.api.idempotency import once
from backoffice.api.notes.serializers import (
    InboxNoteSerializer,
    NotePageSerializer,
    RepliesSerializer,
    ReplyInputSerializer,
    ReplySerializer,
    TakenSerializer,
    TopicsSerializer,
)
from backoffice.api.paging import PLACE, page_links
from backoffice.api.permissions import operation
from backoffice.api.refusals import Refusal
from backoffice.api.schema import REFUSALS
from backoffice.api.serializers import listed, read_values
from backoffice.common.access import Right
from backoffice.common.models.tokens import Scope
from orders.desk.paging import Page
from orders.notes.filters import NoteFilter
from orders.notes.models import QuickReply
from orders.notes.queries import TABS, NoteCursorError, list_replies, note_inbox, topics
from orders.notes.services import delete_reply, save_reply, take_next_notes
from orders.notes.statuses import NoteType

_WORD: dict[str, Any] = {"type": "string", "maxLength": 200}
_QUERY = [
    OpenApiParameter("tab", OpenApiTypes.STR, enum=TABS, description="Which list; without it `todo`."),
    OpenApiParameter("kind", OpenApiTypes.STR, enum=NoteType.values),
    OpenApiParameter("product", _WORD, description="Part of a product's title."),
    OpenApiParameter("text", _WORD, description="Part of the note."),
    OpenApiParameter("received_from", OpenApiTypes.DATE),
    OpenApiParameter("received_to", OpenApiTypes.DATE),
    *PLACE,
]
_PERIODS = (7, 30, 90)
_READ = operation(Scope.ORDERS_READ, Right.VIEW_ORDERS)
_WRITE = operation(Scope.ORDERS_WRITE, Right.WORK_ORDERS)


class NoteListView(APIView):
    @extend_schema(
        operation_id="notes_list", parameters=_QUERY, responses={200: NotePageSerializer, **REFUSALS},
        summary="The note inbox: to do by deadline, states oldest first, handled latest first",
    )  # fmt: skip
    @_READ
    def get(self, request: ApiRequest) -> Response:
        _refuse_unknown(request)
        found = NoteFilter(request.GET, store=request.store)
        if not found.is_valid():
            raise ValidationError({name: [str(text) for text in texts] for name, texts in found.errors.items()})
        after, before = request.GET.get("after", ""), request.GET.get("before", "")
        try:
            page = note_inbox(
                request.store, request.user, tab=found.shown_tab, where=found.where, after=after, before=before
            )
        except NoteCursorError as error:
            raise Refusal(_("The cursor is damaged or belongs to another list."), "cursor") from error
        links = page_links(request, Page(rows=[], next=page.next, previous=page.previous))
        return Response({"results": listed(InboxNoteSerializer, page.rows), **links})


def _refuse_unknown(request: ApiRequest) -> None:
    """Refuse what no list is narrowed by: a misspelt parameter would otherwise answer with every note."""
    known = {parameter.name for parameter in _QUERY}
    unknown = [name for name in request.GET if name not in known]
    if unknown:
        raise ValidationError({name[:40]: [_("Notes are not narrowed by this.")] for name in unknown})


class TakeNextView(APIView):
    @extend_schema(
        operation_id="notes_take_next", request=None, responses={201: TakenSerializer, **REFUSALS},
        summary="Take the 20 most urgent notes that nobody has",
    )  # fmt: skip
    @_WRITE
    def post(self, request: ApiRequest) -> Response:
        return once(request, lambda: _take_next(request))


def _take_next(request: ApiRequest) -> Response:
    taken = take_next_notes(store=request.store, actor=request.user, at=timezone.now())
    if not taken:
        detail = _("No note is left that waits and is nobody's.")
        raise Refusal(detail, "state", status.HTTP_409_CONFLICT)
    mine = Q(pk__in=[note.pk for note in taken])
    page = note_inbox(request.store, request.user, tab="mine", where=mine, size=len(taken))
    return Response({"taken": listed(InboxNoteSerializer, page.rows)}, status=status.HTTP_201_CREATED)


class ReplyListView(APIView):
    @extend_schema(
        operation_id="quick_replies_list", responses={200: RepliesSerializer, **REFUSALS},
        summary="Quick replies: the store's and one's own",
    )  # fmt: skip
    @_READ
    def get(self, request: ApiRequest) -> Response:
        return Response({"results": listed(ReplySerializer, list_replies(request.store, request.user))})

    @extend_schema(
        operation_id="quick_replies_create", request=ReplyInputSerializer, responses={201: ReplySerializer, **REFUSALS},
        summary="Write a quick reply",
    )  # fmt: skip
    @_WRITE
    def post(self, request: ApiRequest) -> Response:
        values = read_values(ReplyInputSerializer, request)
        return once(request, lambda: _create_reply(request, values))


def _create_reply(request: ApiRequest, values: dict[str, Any]) -> Response:
    return Response(ReplySerializer(_save_reply(request, values)).data, status=status.HTTP_201_CREATED)


def _save_reply(request: ApiRequest, values: dict[str, Any], pk: int | None = None) -> QuickReply:
    return save_reply(
        store=request.store, actor=request.user, at=timezone.now(), title=values["title"], text=values["text"],
        kind=values["kind"], is_shared=values["shared"], may_share=Right.MANAGE_STORE in request.rights, reply_id=pk,
    )  # fmt: skip


class ReplyView(APIView):
    @extend_schema(
        operation_id="quick_replies_change", request=ReplyInputSerializer, responses={200: ReplySerializer, **REFUSALS},
        summary="Write a quick reply anew: one's own, or with manage_store the store's",
    )  # fmt: skip
    @_WRITE
    def put(self, request: ApiRequest, pk: int) -> Response:
        values = read_values(ReplyInputSerializer, request)
        return Response(ReplySerializer(_save_reply(request, values, pk)).data)

    @extend_schema(
        operation_id="quick_replies_delete", responses={204: None, **REFUSALS}, summary="Delete a quick reply"
    )
    @_WRITE
    def delete(self, request: ApiRequest, pk: int) -> Response:
        may_share = Right.MANAGE_STORE in request.rights
        delete_reply(store=request.store, reply_id=pk, actor=request.user, may_share=may_share)
        return Response(status=status.HTTP_204_NO_CONTENT)


class TopicsView(APIView):
    @extend_schema(
        operation_id="notes_topics",
        parameters=[OpenApiParameter("days", OpenApiTypes.INT, enum=_PERIODS, description="Without it 30.")],
        responses={200: TopicsSerializer, **REFUSALS},
        summary="What the notes of the last days ask for, with some of the notes",
    )
    @_READ
    def get(self, request: ApiRequest) -> Response:
        asked, now = request.GET.get("days", "30"), timezone.now()
        days = next((period for period in _PERIODS if str(period) == asked), None)
        if days is None:
            raise ValidationError({"days": [_("The topics are counted over 7, 30 or 90 days.")]})
        found = topics(request.store, now - timedelta(days=days), now)
        facts = {"days": days, "notes": found.total, "unread": found.unread}
        return Response(TopicsSerializer({**facts, "types": found.types, "wishes": found.wishes}).data)
