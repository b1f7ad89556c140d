"""Batches: one act to many orders, with a receipt that says what became of each."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.api.authentication import ApiRequest
from backoffice.api.exports.serializers import NUMBER
from backoffice.api.idempotency import once
from backoffice.api.orders.adapters import find_member
from backoffice.api.permissions import operation
from backoffice.api.refusals import Refusal
from backoffice.api.schema import REFUSALS
from backoffice.api.serializers import listed, read_values
from backoffice.common.access import Right
from backoffice.common.models import Job, JobRow, Store, User
from backoffice.common.models.jobs import JobState
from backoffice.common.models.tokens import Scope
from orders.core.models import Order
from orders.core.statuses import FACT_HOLDS, HoldKind
from orders.desk import services
from orders.desk.acts import ACTS, BulkAct
from orders.desk.claims import people_who_work
from orders.desk.filters import order_filter
from orders.desk.papers import AGAIN_CHOICES, PAPER_CHOICES, SORT_CHOICES, Paper
from orders.desk.queues import SUB_QUEUE_BY_KEY
from orders.desk.services import DeskError, Item
from orders.desk.shipping_table import TableRow, check_rows
from orders.fulfilment.papers.batches import AGAIN_ALL

SHOWN_ROWS, MAX_ORDERS = 500, 5_000
_HAND_HOLDS = [kind.value for kind in HoldKind if kind not in FACT_HOLDS]
_MAY = operation(
    Scope.ORDERS_WRITE, Right.WORK_ORDERS, Right.REMARK, Right.SHIP, Right.CLOSE_ORDERS, Right.MANAGE_STORE
)


class ParcelSerializer(serializers.Serializer[object]):
    order = serializers.RegexField(NUMBER)
    courier = serializers.CharField(
        max_length=60, default="", allow_blank=True, help_text="without it read from the number"
    )
    tracking_number = serializers.CharField(max_length=80)


class BatchRequestSerializer(serializers.Serializer[object]):
    """Which orders: `orders`, or all of a `query`, or for `ship` the `parcels`; and what the act needs."""

    act = serializers.ChoiceField(list(ACTS))
    orders = serializers.ListField(
        child=serializers.RegexField(NUMBER), required=False, allow_empty=False, max_length=MAX_ORDERS
    )
    query = serializers.CharField(required=False, max_length=4000, help_text="parameters of the order list")
    parcels = ParcelSerializer(many=True, required=False, allow_empty=False, help_text="for ship")
    flag = serializers.IntegerField(required=False, min_value=0, max_value=5)
    text = serializers.CharField(required=False, max_length=500, help_text="for remark")
    kind = serializers.ChoiceField(_HAND_HOLDS, required=False, help_text="for hold")
    reason = serializers.CharField(
        required=False, min_length=2, max_length=300, help_text="for hold, release and close_unpaid"
    )
    only = serializers.ChoiceField(_HAND_HOLDS, required=False, help_text="for release: this kind of hold alone")
    accept_too = serializers.BooleanField(
        required=False, help_text="for release: accept those, too, that are not reviewed yet"
    )
    release_reason = serializers.CharField(
        required=False, min_length=2, max_length=300,
        help_text="for accept: with it every hold that people may release goes first",
    )  # fmt: skip
    person = serializers.CharField(
        required=False, allow_null=True, max_length=150, help_text="for assign: a user name; null gives to nobody"
    )
    paper = serializers.ChoiceField(
        PAPER_CHOICES, default=Paper.PACKING_SLIP,
        help_text="for print; for waybills an order without a parcel gets one, with the next number of its courier",
    )  # fmt: skip
    sort = serializers.ChoiceField(SORT_CHOICES, default="ship_by", help_text="for print: the order of its pages")
    again = serializers.ChoiceField(
        AGAIN_CHOICES, default=AGAIN_ALL, help_text="for print: what becomes of papers that were printed before"
    )
    add_tags = serializers.ListField(child=serializers.CharField(max_length=40), default=list, max_length=20)
    remove_tags = serializers.ListField(child=serializers.CharField(max_length=40), default=list, max_length=20)

    def validate(self, attrs: Any) -> Any:
        missing = [name for name in ACTS[attrs["act"]].fields if name not in attrs]
        if missing:
            raise serializers.ValidationError({name: _("This act needs it.") for name in missing})
        ways = ("parcels",) if attrs["act"] == "ship" else ("orders", "query")
        if sum(name in attrs for name in ways) != 1:
            raise serializers.ValidationError({ways[0]: _("Say which orders: %(ways)s.") % {"ways": " / ".join(ways)}})
        return attrs


class OutcomeRowSerializer(serializers.Serializer[JobRow]):
    number = serializers.CharField(source="subject")
    outcome = serializers.ChoiceField(JobRow.Outcome.values)
    reason = serializers.CharField()


class BatchSerializer(serializers.Serializer[Job]):
    id = serializers.IntegerField()
    act = serializers.CharField(source="params.act")
    state = serializers.ChoiceField(JobState.values)
    count = serializers.IntegerField(source="params.count", help_text="orders that were tried")
    done = serializers.IntegerField(source="result.done", default=0)
    refused = serializers.IntegerField(source="result.refused", default=0)
    undone = serializers.BooleanField(source="result.undone", default=False, help_text="it was taken back")
    papers = serializers.IntegerField(
        source="result.papers", default=None, allow_null=True, help_text="for print: the job that makes the PDF"
    )
    left_out = serializers.DictField(
        source="params.left_out", default=dict, child=serializers.IntegerField(),
        help_text="orders that were not tried, counted by reason",
    )  # fmt: skip
    rows = serializers.SerializerMethodField(help_text=f"what became of each order, the first {SHOWN_ROWS}")
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)

    @extend_schema_field(OutcomeRowSerializer(many=True))
    def get_rows(self, job: Job) -> Any:
        return listed(OutcomeRowSerializer, job.rows.order_by("position")[:SHOWN_ROWS])


_CREATED: dict[int | str, Any] = {201: BatchSerializer, **REFUSALS}


def _created(job: Job, left_out: Counter[str] | None = None) -> Response:
    if left_out:
        job.params = {**job.params, "left_out": dict(left_out)}
        job.save(update_fields=["params"])
    return Response(BatchSerializer(job).data, status=status.HTTP_201_CREATED)


def _check_right(request: ApiRequest, act: BulkAct) -> None:
    if act.right not in request.rights:
        raise PermissionDenied(_("Your role does not include “%(act)s”.") % {"act": act.label})


class BatchListView(APIView):
    @extend_schema(
        operation_id="batches_create", request=BatchRequestSerializer, responses=_CREATED,
        summary="Do one act to many orders; above 500 the worker does it",
    )  # fmt: skip
    @_MAY
    def post(self, request: ApiRequest) -> Response:
        """Each order is done or refused by itself; the answer says which. 422 when the act applies to none."""
        values = read_values(BatchRequestSerializer, request)
        act = ACTS[values["act"]]
        _check_right(request, act)
        run = _ship if act.key == "ship" else _start
        return once(request, lambda: run(request, act, values))


def _start(request: ApiRequest, act: BulkAct, values: dict[str, Any]) -> Response:
    at, given = timezone.now(), _given(request, act, values)
    who: dict[str, Any] = {"store": request.store, "actor": request.user, "at": at}
    preview = services.preview_act(act=act, order_ids=_selected(request, values), values=given, **who)
    if not preview.items:
        reasons = ", ".join(f"{count} × {reason}" for reason, count in preview.skipped.most_common())
        raise DeskError(reasons or _("There is no order that this applies to."))
    job = services.start_batch(act=act, items=preview.items, values=given, description="API", **who)
    return _created(job, preview.skipped)


def _given(request: ApiRequest, act: BulkAct, values: dict[str, Any]) -> dict[str, Any]:
    """Return what the act takes, of what was sent: as the form of the pages has it, people by their ids."""
    names = (*act.fields, *act.limits, *act.options)
    given = {name: values[name] for name in names if name in values}
    if given.get("person") is not None:
        given["person"] = _worker(request.store, given["person"]).pk
    return given


def _worker(store: Store, username: str) -> User:
    person = find_member(store, username)
    if person.pk not in dict(people_who_work(store)):
        raise Refusal(_("%(who)s does not work on orders of this store.") % {"who": person}, "field")
    return person


def _selected(request: ApiRequest, values: dict[str, Any]) -> list[int]:
    orders = Order.objects.for_store(request.store)
    if "orders" in values:
        found = dict(orders.filter(number__in=values["orders"]).values_list("number", "pk"))
        unknown = [number for number in values["orders"] if number not in found]
        if unknown:
            raise Refusal(_("There is no order %(number)s in this store.") % {"number": unknown[0]}, "invalid")
        return list(found.values())
    chosen = order_filter(request.store, QueryDict(values["query"]), user=request.user, now=timezone.now())
    ids = list(chosen.qs.order_by().values_list("pk", flat=True)[: services.SELECTION_LIMIT + 1])
    for name, problems in chosen.form.errors.items():
        raise DeskError(f"{name}: {problems[0]}")
    return ids


def _ship(request: ApiRequest, act: BulkAct, values: dict[str, Any]) -> Response:
    table = [
        TableRow(line, parcel["order"], parcel["courier"], parcel["tracking_number"])
        for line, parcel in enumerate(values["parcels"], start=1)
    ]
    checked = check_rows(request.store, table)
    items: Sequence[Item] = [row.item() for row in checked if row.ships]
    if not items:
        raise DeskError("; ".join(dict.fromkeys(row.text for row in checked))[:500])
    job = services.start_batch(
        store=request.store, act=act, items=items, values={}, actor=request.user, at=timezone.now(), description="API"
    )
    services.add_left_out(job=job, rows=[(row.row.number, row.text) for row in checked if not row.ships])
    return _created(job)


def _batch(request: ApiRequest, pk: int) -> Job:
    jobs = Job.objects.for_store(request.store).select_related("requested_by", "store")
    job = jobs.get(pk=pk, kind=services.KIND)
    _check_right(request, ACTS[job.params["act"]])
    return job


class BatchView(APIView):
    @extend_schema(
        operation_id="batches_read", responses={200: BatchSerializer, **REFUSALS}, summary="The receipt of a batch"
    )
    @_MAY
    def get(self, request: ApiRequest, pk: int) -> Response:
        return Response(BatchSerializer(_batch(request, pk)).data)


class BatchUndoView(APIView):
    @extend_schema(
        operation_id="batches_undo", request=None, responses={200: BatchSerializer, **REFUSALS},
        summary="Take back what a batch did: within 15 minutes, by who did it",
    )  # fmt: skip
    @_MAY
    def post(self, request: ApiRequest, pk: int) -> Response:
        job = _batch(request, pk)
        return once(request, lambda: _undo(request, job))


def _undo(request: ApiRequest, job: Job) -> Response:
    services.undo_batch(store=request.store, job=job, actor=request.user, at=timezone.now())
    return Response(BatchSerializer(_batch(request, job.pk)).data)


class BatchRetryView(APIView):
    @extend_schema(
        operation_id="batches_retry",
        request=None,
        responses=_CREATED,
        summary="Try the refused orders of a batch again",
    )
    @_MAY
    def post(self, request: ApiRequest, pk: int) -> Response:
        job = _batch(request, pk)
        return once(
            request,
            lambda: _created(
                services.retry_batch(store=request.store, job=job, actor=request.user, at=timezone.now())
            ),
        )  # fmt: skip


class ClaimNextSerializer(serializers.Serializer[object]):
    sub = serializers.ChoiceField(
        list(SUB_QUEUE_BY_KEY), required=False, default="",
        help_text="of this sub-queue; without it of all that can be worked on",
    )  # fmt: skip


class ClaimNextView(APIView):
    @extend_schema(
        operation_id="orders_claim_next", request=ClaimNextSerializer, responses=_CREATED,
        summary="Claim the 20 most urgent open orders that are nobody's and can be worked on now",
    )  # fmt: skip
    @operation(Scope.ORDERS_WRITE, Right.WORK_ORDERS)
    def post(self, request: ApiRequest) -> Response:
        sub = read_values(ClaimNextSerializer, request)["sub"]
        return once(request, lambda: _claim_next(request, sub))


def _claim_next(request: ApiRequest, sub: str) -> Response:
    job = services.claim_next(store=request.store, actor=request.user, at=timezone.now(), sub=sub)
    if job is None:
        detail = _("No order is left here that is nobody's and can be worked on now.")
        raise Refusal(detail, "state", status.HTTP_409_CONFLICT)
    return _created(job)
